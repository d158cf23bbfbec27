//! `cargo xtask sync` writes what `kiln.kdl` says; `cargo xtask check` says whether it is so.

fn main() -> std::process::ExitCode {
    kiln::xtask::run()
}
