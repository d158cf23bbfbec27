//! The commands that say something in words: a line of the spec, and what follows from it.

use std::time::Instant;

use clap::{Args, Subcommand};
use kiln_model::{Ownership, OwnershipWord};

use crate::cli::{Global, again_if_changed, interruptible, show, verbosity};
use crate::ops::{self, Outcome, Settings};
use crate::terminal;

/// What all of them take.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Show the edit of the spec and what sync would do; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Take kiln's version of these paths; yours goes to the vault
    #[arg(long, value_name = "PATH")]
    take: Vec<String>,
    /// Keep your version of these paths
    #[arg(long, value_name = "PATH")]
    keep: Vec<String>,
    /// Put these together by markers, where nobody knows what they started from
    #[arg(long, value_name = "PATH")]
    merge: Vec<String>,
    /// Fail at once if another kiln works on the project
    #[arg(long)]
    no_wait: bool,
}

/// What those take that a later sync can finish.
#[derive(Debug, Clone, Args)]
pub(crate) struct Later {
    /// Only edit the spec; a later sync does the rest
    #[arg(long, conflicts_with_all = ["take", "keep", "merge"])]
    no_sync: bool,
}

/// Saying something in words.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum WordCommand {
    /// Say whose outputs are: yours to edit and merged by kiln, unless another word is given
    Own {
        /// Outputs, folders or globs
        #[arg(required = true)]
        paths: Vec<String>,
        /// Why, for others
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        /// kiln's alone: edits are refused
        #[arg(long, conflicts_with_all = ["merged", "seeded"])]
        managed: bool,
        /// Edited by you, kept current by kiln; the default
        #[arg(long, conflicts_with = "seeded")]
        merged: bool,
        /// Yours from now on: kiln writes it once and never again
        #[arg(long)]
        seeded: bool,
        #[command(flatten)]
        later: Later,
        #[command(flatten)]
        common: Common,
    },
    /// Let kiln forget outputs; the files stay
    Exclude {
        /// Outputs, folders or globs
        #[arg(required = true)]
        paths: Vec<String>,
        /// Why, for others
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        #[command(flatten)]
        later: Later,
        #[command(flatten)]
        common: Common,
    },
    /// Delete outputs and keep them away; your edits go to the vault
    Rm {
        /// Outputs, folders or globs
        #[arg(required = true)]
        paths: Vec<String>,
        /// Why, for others
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Move an output, with your edits and with what its kit does to it later
    Mv {
        /// An output, or a folder of outputs
        from: String,
        /// Where it shall stand; you may have moved it already
        to: String,
        #[command(flatten)]
        later: Later,
        #[command(flatten)]
        common: Common,
    },
    /// Bring outputs back to what their kits make; yours goes to the vault
    Restore {
        /// Outputs, folders or globs
        #[arg(required = true)]
        paths: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Take keys of a document over
    Foreign {
        /// `FILE#KEY`, such as `package.json#scripts.dev`
        #[arg(required = true, value_name = "FILE#KEY")]
        keys: Vec<String>,
        /// Why, for others
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        #[command(flatten)]
        later: Later,
        #[command(flatten)]
        common: Common,
    },
    /// Add kits to the spec, or change their versions and options
    Add {
        /// Kits, each with the versions that will do
        #[arg(required = true, value_name = "KIT[@RANGE]")]
        kits: Vec<String>,
        /// Set an option; with several kits `KIT.OPTION=VALUE`
        #[arg(long, value_name = "OPTION=VALUE")]
        set: Vec<String>,
        #[command(flatten)]
        later: Later,
        #[command(flatten)]
        common: Common,
    },
    /// Take kits out of the spec; what they wrote goes
    Remove {
        /// Kits
        #[arg(required = true)]
        kits: Vec<String>,
        /// Why a kit of the preset is not wanted, for others
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        #[command(flatten)]
        later: Later,
        #[command(flatten)]
        common: Common,
    },
}

/// Runs one of them.
pub(crate) fn run(global: &Global, settings: Settings, command: WordCommand) -> Outcome<u8> {
    let began = Instant::now();
    let settings = interruptible(settings);
    let mut answer = again_if_changed(|| answer(settings.clone(), command.clone()))?;
    let findings = answer.sync.iter_mut().flat_map(|sync| &mut sync.findings);
    global.localize(findings.flat_map(|finding| &mut finding.hints));
    show(global, &answer, || terminal::show_word(&answer, began.elapsed(), verbosity(global)));
    Ok(answer.exit)
}

fn answer(settings: Settings, command: WordCommand) -> Outcome<ops::WordReport> {
    let with = |common: Common, later: Option<Later>| ops::WordOptions {
        settings,
        no_sync: later.is_some_and(|later| later.no_sync),
        dry_run: common.dry_run,
        no_wait: common.no_wait,
        take: common.take,
        keep: common.keep,
        merge: common.merge,
    };
    match command {
        WordCommand::Own { paths, why, managed, seeded, later, common, merged: _ } => {
            let ownership = match (managed, seeded) {
                (true, _) => Ownership::Managed,
                (_, true) => Ownership::Seeded,
                _ => Ownership::Merged,
            };
            let word = OwnershipWord::Owned(ownership);
            ops::own(&ops::OwnOptions { common: with(common, Some(later)), paths, word, why })
        }
        WordCommand::Exclude { paths, why, later, common } => {
            let word = OwnershipWord::Exclude;
            ops::own(&ops::OwnOptions { common: with(common, Some(later)), paths, word, why })
        }
        WordCommand::Rm { paths, why, common } => {
            ops::rm(&ops::PathsOptions { common: with(common, None), paths, why })
        }
        WordCommand::Mv { from, to, later, common } => {
            ops::mv(&ops::MoveOptions { common: with(common, Some(later)), from, to })
        }
        WordCommand::Restore { paths, common } => {
            ops::restore(&ops::PathsOptions { common: with(common, None), paths, why: None })
        }
        WordCommand::Foreign { keys, why, later, common } => {
            ops::foreign(&ops::PathsOptions { common: with(common, Some(later)), paths: keys, why })
        }
        WordCommand::Add { kits, set, later, common } => {
            ops::add(&ops::AddOptions { common: with(common, Some(later)), kits, set })
        }
        WordCommand::Remove { kits, why, later, common } => {
            ops::remove(&ops::RemoveOptions { common: with(common, Some(later)), kits, why })
        }
    }
}
