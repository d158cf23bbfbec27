//! `cargo xtask sync` for any Rust repository: an xtask crate whose main function is [`run`].
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     kiln::xtask::run()
//! }
//! ```

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Global, ProjectCommand, project_command, run as run_command};

/// Keep what kits generate in this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
struct Xtask {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: ProjectCommand,
}

/// Runs `sync`, `check`, `diff`, `status` or `upgrade` with the arguments of this process, with the flags and exit
/// codes of `kiln`.
#[must_use]
pub fn run() -> ExitCode {
    run_with(std::env::args_os())
}

/// The same with given arguments, the first of which is the name of the program.
#[must_use]
pub fn run_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Xtask::try_parse_from(arguments) {
        Ok(Xtask { mut global, command }) => {
            global.xtask = true;
            run_command(&global, |settings| project_command(&global, settings, command))
        }
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe is no reason to fail.
            let _ = error.print();
            ExitCode::from(code)
        }
    }
}
