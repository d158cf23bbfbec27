//! The developer commands of this repository: `cargo xtask --help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for developers prints")]
#![expect(
    clippy::disallowed_methods,
    reason = "a command for developers works on this repository's files"
)]

mod fixtures;
mod golden;
mod shell;
mod test;
mod tidy;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The developer commands of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Regenerate all that this repository generates: its own outputs, lockfiles/, fixtures of kits
    Sync,
    /// Say whether all that this repository generates is current
    Check,
    /// Run all tests: format, lints, unit and cross-crate tests, generated things, architecture, verify
    Test {
        /// Leave out every kit that can be left out, instead of a sample of them
        #[arg(long)]
        all: bool,
    },
    /// Generate a project of lockfiles/ and test it for real
    Verify {
        /// Its folder in lockfiles/
        name: String,
        /// Leave out every kit that can be left out, one at a time
        #[arg(long)]
        all: bool,
        /// Leave out only these kits, one at a time
        #[arg(long, value_name = "KIT")]
        without: Vec<String>,
    },
    /// Check the rules of the architecture: dependencies, headers, sizes
    Tidy,
    /// Show what would change in what kiln keeps in this repository
    Diff,
    /// Show what is edited or stale in what kiln keeps in this repository
    Status,
}

/// What a step of a command answers: nothing, or why it failed.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map_or_else(|| own.clone(), PathBuf::from)
}

/// Runs a command of kiln on this repository itself, as `cargo xtask` of any repository does.
fn own(command: &str) -> Result<()> {
    let arguments: Vec<OsString> = ["xtask", command, "--directory"]
        .iter()
        .map(OsString::from)
        .chain([root().into()])
        .collect();
    let code = kiln::xtask::run_with(arguments);
    if code == ExitCode::SUCCESS { Ok(()) } else { Err(format!("kiln {command} failed")) }
}

fn main() -> ExitCode {
    let done = match Xtask::parse().command {
        Command::Sync => own("sync").and_then(|()| golden::sync()).and_then(|()| fixtures::sync()),
        Command::Check => own("check").and_then(|()| golden::check()),
        Command::Test { all } => test::run(all),
        Command::Verify { name, all, without } => verify::run(&name, all, &without),
        Command::Tidy => tidy::run(),
        Command::Diff => own("diff"),
        Command::Status => own("status"),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
