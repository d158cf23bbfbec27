//! Patches on the terminal: coloured for people, byte for byte for programs.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::ops::DiffReport;
use crate::terminal::{out, raw};

/// Prints all patches one after the other; together they are one patch.
pub(crate) fn show_diff(report: &DiffReport) {
    let plain = AutoStream::choice(&std::io::stdout()) == ColorChoice::Never;
    for file in &report.files {
        if plain {
            // A program may read it, and a file may have control sequences of its own.
            raw(&file.diff);
        } else {
            file.diff.split_inclusive('\n').for_each(coloured);
        }
    }
}

fn coloured(line: &str) {
    let text = line.trim_end_matches('\n');
    let style = match text.as_bytes().first() {
        _ if ["diff ", "+++ ", "--- "].iter().any(|word| text.starts_with(word)) => {
            Style::new().bold()
        }
        Some(b'+') => AnsiColor::Green.on_default(),
        Some(b'-') => AnsiColor::Red.on_default(),
        Some(b'@') => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    };
    out(&format!("{style}{text}{style:#}\n"));
}
