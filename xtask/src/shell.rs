//! Running other programs, with their output where a person sees it.

use std::process::Command;

use crate::{Result, root};

/// Runs a program in the root of the repository; fails if it does.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<()> {
    println!("$ {program} {}", arguments.join(" "));
    let status = Command::new(program)
        .args(arguments)
        .current_dir(root())
        // The same cases in every run, so that a red one is about the change; other seeds are for hunting.
        .env("PROPTEST_RNG_SEED", "1")
        .status()
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{program} {}` failed", arguments.join(" ")))
    }
}
