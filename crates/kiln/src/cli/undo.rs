//! The commands that go back and look back: `undo`, `resolve`.

use clap::Subcommand;

use crate::cli::{Global, interruptible, show};
use crate::ops::{self, Outcome, Settings};
use crate::terminal;

/// Going back and looking back.
#[derive(Debug, Subcommand)]
pub(crate) enum UndoCommand {
    /// Bring back what stood before the last sync
    Undo {
        /// Say what is recorded, and change nothing
        #[arg(long, conflicts_with_all = ["take", "keep_spec", "no_wait"])]
        list: bool,
        /// Take these back too although they changed since; yours go to the vault
        #[arg(long, value_name = "PATH")]
        take: Vec<String>,
        /// Leave the spec as it is, although the command edited it
        #[arg(long)]
        keep_spec: bool,
        /// Fail at once if another kiln works on the project
        #[arg(long)]
        no_wait: bool,
    },
    /// Look over files with conflicts: markers left, lines lost, lines doubled
    Resolve {
        /// Only these files
        paths: Vec<String>,
        /// Look only; the default, since resolving is done in the file
        #[arg(long)]
        check: bool,
    },
}

/// Runs one of them.
pub(crate) fn run(global: &Global, settings: Settings, command: UndoCommand) -> Outcome<u8> {
    match command {
        UndoCommand::Undo { list: true, .. } => {
            let answer = ops::undo_list(&settings)?;
            show(global, &answer, || terminal::show_undo_list(&answer, settings.watch.clock));
            Ok(0)
        }
        UndoCommand::Undo { take, keep_spec, no_wait, .. } => {
            let settings = interruptible(settings);
            let answer = ops::undo(&ops::UndoOptions { settings, take, keep_spec, no_wait })?;
            show(global, &answer, || terminal::show_undo(&answer));
            Ok(answer.exit)
        }
        UndoCommand::Resolve { paths, .. } => {
            let answer = ops::resolve_check(&ops::ResolveOptions { settings, paths })?;
            show(global, &answer, || terminal::show_resolve(&answer));
            Ok(answer.exit)
        }
    }
}
