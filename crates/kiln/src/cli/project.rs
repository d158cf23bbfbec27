//! The commands that work on a project: those of `kiln` and of `cargo xtask` alike.

use clap::Subcommand;

use crate::cli::{
    Format, Global, adopt, explain, git, history, interruptible, report, show, undo, verbosity,
    words,
};
use crate::ops::{self, Outcome, Settings};
use crate::terminal;

/// The commands that work on a project.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {
    /// Write what the spec says; only what changed is touched
    Sync {
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
    },
    /// Say whether everything is as the spec says; write nothing
    Check {
        /// Read every output, even where its size and times say that it is as it was
        #[arg(long)]
        content: bool,
    },
    /// Show what sync would change
    Diff {
        /// Only these outputs, folders or globs
        paths: Vec<String>,
        /// Show your own changes instead
        #[arg(long, conflicts_with = "pristine")]
        mine: bool,
        /// Show what would take your own changes back
        #[arg(long)]
        pristine: bool,
        /// Exit 1 if there is a difference
        #[arg(long)]
        exit_code: bool,
    },
    /// Show what is edited, missing or stale
    Status {
        /// Only these outputs, folders or globs
        paths: Vec<String>,
    },
    /// List the steps of the schema, or say a word about them
    History(history::HistoryCommand),
    /// Move kits to newer versions
    Upgrade {
        /// Only these kits
        kits: Vec<String>,
    },
    #[command(flatten)]
    Word(words::WordCommand),
    #[command(flatten)]
    Adopt(adopt::AdoptCommand),
    #[command(flatten)]
    Undo(undo::UndoCommand),
    /// Let git merge what kiln writes
    #[command(subcommand)]
    Git(git::GitCommand),
    #[command(flatten)]
    Explain(explain::ExplainCommand),
}

impl ProjectCommand {
    /// Whether its answer is made of findings.
    fn has_findings(&self) -> bool {
        matches!(self, Self::Sync { .. } | Self::Check { .. } | Self::Status { .. })
    }

    /// The names of all of them, as they are typed.
    pub(crate) fn names() -> impl Iterator<Item = String> {
        let command = Self::augment_subcommands(clap::Command::new("kiln"));
        let names: Vec<String> =
            command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        names.into_iter()
    }
}

/// Runs one of the commands that work on a project.
pub(crate) fn project_command(
    global: &Global,
    settings: Settings,
    command: ProjectCommand,
) -> Outcome<u8> {
    match command {
        other if global.refuses(other.has_findings()) => Err(global.refusal()),
        ProjectCommand::Sync { take, keep, merge, no_wait } => {
            let settings = interruptible(settings);
            let options = ops::SyncOptions { settings, take, keep, merge, no_wait };
            report(global, || ops::sync(&options))
        }
        ProjectCommand::Check { content } => {
            report(global, || ops::check(&ops::CheckOptions { settings, reads_all: content }))
        }
        ProjectCommand::Status { paths } => {
            let options = ops::StatusOptions { settings, paths };
            let mut mine = Vec::new();
            let code = report(global, || {
                let answer = ops::status(&options)?;
                mine = answer.mine;
                Ok(answer.report)
            })?;
            if global.output_format == Format::Human && verbosity(global) >= 0 {
                let own = ops::DiffReport { schema: ops::SCHEMA, exit: 0, files: mine };
                terminal::show_diff(&own);
            }
            Ok(code)
        }
        ProjectCommand::Diff { paths, mine, pristine, exit_code } => {
            let options = ops::DiffOptions { settings, mine, pristine, exit_code, paths };
            let answer = ops::diff(&options)?;
            show(global, &answer, || terminal::show_diff(&answer));
            Ok(answer.exit)
        }
        ProjectCommand::Git(command) => git::run(global, settings, command),
        ProjectCommand::Word(command) => words::run(global, settings, command),
        ProjectCommand::Adopt(command) => adopt::run(global, settings, command),
        ProjectCommand::Undo(command) => undo::run(global, settings, command),
        ProjectCommand::Explain(command) => explain::run(global, settings, command),
        ProjectCommand::History(command) => history::run(global, settings, command),
        ProjectCommand::Upgrade { .. } => {
            Err(kiln_base::Diagnostic::error("not-yet", "`upgrade` is not there yet")
                .hint("`kiln sync` keeps the versions of the lock")
                .into())
        }
    }
}
