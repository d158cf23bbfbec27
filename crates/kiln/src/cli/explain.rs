//! The commands that say where things come from: `explain`, `cat`.

use clap::{Subcommand, ValueEnum};

use crate::cli::{Global, show};
use crate::ops::{self, Outcome, Settings};
use crate::terminal;

/// Saying where things come from.
#[derive(Debug, Subcommand)]
pub(crate) enum ExplainCommand {
    /// Say where an output, a line, a key comes from, what an option reaches, or what an id means
    Explain {
        /// An output (`PATH`), a line of it (`PATH:LINE`), a key of a document (`PATH#key`), or the id of a message
        #[arg(required_unless_present = "option")]
        what: Option<String>,
        /// Say which outputs an option of a kit reaches
        #[arg(long, value_name = "KIT.OPTION", conflicts_with = "what")]
        option: Option<String>,
    },
    /// Print one side of an output, byte for byte
    Cat {
        /// The output
        path: String,
        /// Which side: what the file has taken in, what kiln would write, what stands on the disk
        #[arg(long, value_enum, default_value_t)]
        side: Side,
    },
}

/// A side of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Side {
    /// What the file has taken in, as kiln.sum says
    Base,
    /// What kiln would write
    #[default]
    Kit,
    /// What stands on the disk
    Yours,
}

/// Runs one of them.
pub(crate) fn run(global: &Global, settings: Settings, command: ExplainCommand) -> Outcome<u8> {
    match command {
        ExplainCommand::Explain { what, option } => {
            let what = what.unwrap_or_default();
            let answer = ops::explain(&ops::ExplainOptions { settings, what, option })?;
            show(global, &answer, || terminal::show_explanation(&answer.about));
            Ok(answer.exit)
        }
        ExplainCommand::Cat { path, side } => {
            let side = match side {
                Side::Base => ops::ShownSide::Base,
                Side::Kit => ops::ShownSide::Kit,
                Side::Yours => ops::ShownSide::Yours,
            };
            let answer = ops::cat(&ops::CatOptions { settings, path, side })?;
            show(global, &answer, || terminal::show_bytes(&answer.bytes));
            Ok(answer.exit)
        }
    }
}
