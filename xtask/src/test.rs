//! All tests, cheapest first.

use crate::{Result, golden, own, shell, tidy, verify};

/// Runs everything that must hold before a change lands.
pub(crate) fn run(all: bool) -> Result<()> {
    tidy::run()?;
    shell::run("cargo", &["fmt", "--all", "--check"])?;
    shell::run(
        "cargo",
        &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"],
    )?;
    own("check")?;
    golden::check()?;
    for name in golden::names()? {
        verify::run(&name, all, &[])?;
    }
    // Last, so that the summary of the test runner closes the output.
    shell::run("cargo", &["test", "--workspace", "--quiet"])
}
