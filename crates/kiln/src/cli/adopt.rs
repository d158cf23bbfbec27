//! The commands at both ends of kiln's care for a repository: `adopt`, `eject`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Subcommand;

use crate::cli::{Global, from_here, interruptible, show, verbosity};
use crate::ops::{self, Outcome, Settings};
use crate::terminal;

/// Beginning and ending kiln's care.
#[derive(Debug, Subcommand)]
pub(crate) enum AdoptCommand {
    /// Bring a repository that was made elsewhere under management; nothing that stands there is changed
    Adopt {
        /// The spec to begin with, where the repository has none
        #[arg(long, value_name = "SPEC")]
        from: Option<PathBuf>,
        /// Show what would be done; write nothing
        #[arg(long)]
        dry_run: bool,
        /// Fail at once if another kiln works on the project
        #[arg(long)]
        no_wait: bool,
    },
    /// Make what kits wrote yours: it stays as it is, and kiln forgets it
    Eject {
        /// Kits; all if there is none
        kits: Vec<String>,
        /// Show what would be done; write nothing
        #[arg(long)]
        dry_run: bool,
        /// Fail at once if another kiln works on the project
        #[arg(long)]
        no_wait: bool,
    },
}

/// Runs one of them.
pub(crate) fn run(global: &Global, settings: Settings, command: AdoptCommand) -> Outcome<u8> {
    let began = Instant::now();
    let settings = interruptible(settings);
    let with = |dry_run, no_wait| ops::WordOptions {
        settings,
        dry_run,
        no_wait,
        ..ops::WordOptions::default()
    };
    let mut answer = match command {
        AdoptCommand::Adopt { from, dry_run, no_wait } => {
            let from = from.map(|from| from_here(global, from));
            ops::adopt(&ops::AdoptOptions { common: with(dry_run, no_wait), from })?
        }
        AdoptCommand::Eject { kits, dry_run, no_wait } => {
            ops::eject(&ops::EjectOptions { common: with(dry_run, no_wait), kits })?
        }
    };
    let findings = answer.sync.iter_mut().flat_map(|sync| &mut sync.findings);
    global.localize(findings.flat_map(|finding| &mut finding.hints));
    show(global, &answer, || terminal::show_word(&answer, began.elapsed(), verbosity(global)));
    Ok(answer.exit)
}
