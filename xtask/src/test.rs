//! All tests, cheapest first.

use std::process::ExitCode;

use crate::{Result, golden, own, shell, tidy, verify};

/// Runs everything that must hold before a change lands.
pub(crate) fn run(all: bool) -> Result<()> {
    tidy::run()?;
    shell::run("cargo", &["fmt", "--all", "--check"])?;
    shell::run(
        "cargo",
        &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"],
    )?;
    if own("check", &[]) != ExitCode::SUCCESS {
        return Err(
            "what kiln keeps in this repository is not current; run `cargo xtask sync`".to_owned()
        );
    }
    golden::check()?;
    for name in golden::names()? {
        verify::run(&name, all, &[], false, None)?;
    }
    // Last, so that the summary of the test runner closes the output.
    shell::run("cargo", &["test", "--workspace", "--quiet"])
}
