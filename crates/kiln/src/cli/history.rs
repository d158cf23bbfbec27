//! `kiln history`: the steps of the schema, and the words about them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::{Format, Global, from_here, interruptible, report, show};
use crate::ops::{self, Outcome, Settings};
use crate::terminal;

/// The steps of the schema.
#[derive(Debug, Args)]
pub(crate) struct HistoryCommand {
    #[command(subcommand)]
    word: Option<HistoryWord>,
}

#[derive(Debug, Subcommand)]
enum HistoryWord {
    /// Make your own SQL the next step; it does what the entities want and the history lacks
    Adopt {
        /// The SQL; what follows a line `-- down` takes it back
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// The module, if it is not clear
        #[arg(long)]
        module: Option<String>,
        /// What the step is called; else as the file
        #[arg(long)]
        title: Option<String>,
    },
    /// Make the last step of these modules anew: only if no database has it
    Amend {
        /// The modules
        #[arg(required = true)]
        modules: Vec<String>,
    },
    /// Replace all steps of these modules by one
    Squash {
        /// The modules
        #[arg(required = true)]
        modules: Vec<String>,
    },
    /// Take back steps that no database has
    Drop {
        /// The steps, as `kiln history` lists them
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Note that databases have run all steps: none of them may vanish or be made anew
    Seal,
}

/// Runs one of them; lists the steps if there is no word.
pub(crate) fn run(global: &Global, settings: Settings, command: HistoryCommand) -> Outcome<u8> {
    let Some(word) = command.word else {
        let answer = ops::history(&settings)?;
        show(global, &answer, || terminal::show_history(&answer));
        return Ok(u8::from(!answer.findings.is_empty()));
    };
    let settings = interruptible(settings);
    match word {
        HistoryWord::Adopt { file, module, title } => {
            let file = from_here(global, file);
            let options = ops::HistoryAdoptOptions { settings, file, module, title };
            report(global, || ops::history_adopt(&options))
        }
        HistoryWord::Amend { modules: names } => {
            report(global, || ops::history_amend(&ops::HistoryOptions { settings, names }))
        }
        HistoryWord::Squash { modules: names } => {
            report(global, || ops::history_squash(&ops::HistoryOptions { settings, names }))
        }
        HistoryWord::Drop { ids: names } => {
            let code = report(global, || {
                ops::history_drop(&ops::HistoryOptions { settings, names: names.clone() })
            })?;
            if code == 0 && global.output_format == Format::Human {
                terminal::show_dropped(&names);
            }
            Ok(code)
        }
        HistoryWord::Seal => {
            let answer = ops::history_seal(&settings)?;
            show(global, &answer, || terminal::show_seal(&answer));
            Ok(answer.exit)
        }
    }
}
