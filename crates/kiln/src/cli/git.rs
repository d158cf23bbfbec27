//! The commands about git: merge drivers for what kiln writes.

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::{Global, from_here, show, verbosity};
use crate::ops::{self, GitDeed, MergeFiles, Outcome, Settings};
use crate::terminal;

/// What git is told, and what git calls.
#[derive(Debug, Subcommand)]
pub(crate) enum GitCommand {
    /// Let git merge kiln.lock by value and kiln.sum as a set, in this clone
    Install {
        /// Say what is missing and write nothing
        #[arg(long, conflicts_with = "remove")]
        check: bool,
        /// Take out what was put into this clone; .gitattributes holds for everybody and stays
        #[arg(long)]
        remove: bool,
    },
    /// Take out what `install` put into this clone; .gitattributes holds for everybody and stays
    Uninstall,
    /// Merge three versions of kiln.lock: git calls this
    #[command(hide = true)]
    MergeLock(DriverFiles),
    /// Merge three versions of kiln.sum: git calls this
    #[command(hide = true)]
    MergeSum(DriverFiles),
}

/// What git gives a merge driver.
#[derive(Debug, clap::Args)]
pub(crate) struct DriverFiles {
    /// What both sides started from
    base: PathBuf,
    /// Our side; the result goes here
    ours: PathBuf,
    /// Their side
    theirs: PathBuf,
    /// The path in the work tree
    path: String,
}

impl DriverFiles {
    fn files(&self, global: &Global) -> MergeFiles {
        let here = |path: &PathBuf| from_here(global, path.clone());
        MergeFiles { base: here(&self.base), ours: here(&self.ours), theirs: here(&self.theirs) }
    }
}

/// Runs one of them.
pub(crate) fn run(global: &Global, settings: Settings, command: GitCommand) -> Outcome<u8> {
    match command {
        command @ (GitCommand::Install { .. } | GitCommand::Uninstall) => {
            let deed = match command {
                GitCommand::Install { check: true, .. } => GitDeed::Check,
                GitCommand::Install { remove: false, .. } => GitDeed::Install,
                _ => GitDeed::Remove,
            };
            let program = if global.xtask { "cargo xtask" } else { "kiln" }.to_owned();
            let answer = ops::git_install(&ops::GitOptions { settings, deed, program })?;
            show(global, &answer, || terminal::show_git(&answer, deed, verbosity(global)));
            Ok(answer.exit)
        }
        GitCommand::MergeLock(driver) => {
            let answer = ops::git_merge_lock(&driver.files(global), &driver.path)?;
            show(global, &answer, || terminal::show_git_merge(&answer));
            Ok(answer.exit)
        }
        GitCommand::MergeSum(driver) => {
            let answer = ops::git_merge_sum(&driver.files(global), &driver.path)?;
            show(global, &answer, || terminal::show_git_merge(&answer));
            Ok(answer.exit)
        }
    }
}
