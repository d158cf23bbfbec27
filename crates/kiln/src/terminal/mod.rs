//! What people see: colours, diagnostics with their source, reports. The only place that prints.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the terminal layer")]

mod diagnostics;
mod explain;
mod formats;
mod git;
mod history;
mod patches;
mod reports;
mod undo;
mod words;

use anstream::{AutoStream, ColorChoice};
use kiln_base::Diagnostics;
use serde::Serialize;

pub(crate) use explain::{show_bytes, show_explanation};
pub(crate) use formats::{Annotations, Told};
pub(crate) use git::{show_git, show_git_merge, show_lock_resolve};
pub(crate) use history::{show_dropped, show_history, show_seal};
pub(crate) use patches::show_diff;
pub(crate) use reports::{show_kit, show_kits, show_lock, show_report};
pub(crate) use undo::{show_resolve, show_undo, show_undo_list};
pub(crate) use words::show_word;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Color {
    /// If it is a terminal and `NO_COLOR` is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    pub(crate) fn set(self) {
        match self {
            Self::Auto => {}
            Self::Always => ColorChoice::Always.write_global(),
            Self::Never => ColorChoice::Never.write_global(),
        }
    }
}

/// Prints data.
pub(crate) fn out(text: &str) {
    anstream::print!("{text}");
}

/// Prints talk.
pub(crate) fn say(text: &str) {
    anstream::eprintln!("{text}");
}

/// Prints a value as JSON, one document.
pub(crate) fn json<T: Serialize>(value: &T) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("{error}"),
    }
}

/// Prints what another program reads, byte for byte.
pub(crate) fn raw(text: &str) {
    use std::io::Write as _;
    // A closed pipe is no reason to fail.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Prints diagnostics to stderr.
pub(crate) fn diagnostics(diagnostics: &Diagnostics) {
    let styled = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    for diagnostic in &diagnostics.0 {
        say(&diagnostics::rendered(diagnostic, styled));
    }
}

/// A failure as JSON.
pub(crate) fn failure_value(failure: &crate::ops::Failure) -> serde_json::Value {
    let one = |diagnostic: &kiln_base::Diagnostic| {
        let labels: Vec<_> = diagnostic
            .labels
            .iter()
            .map(|label| {
                let (line, column) = label.source.position(label.span.start as usize);
                serde_json::json!({ "file": label.source.name, "line": line, "column": column, "text": label.text })
            })
            .collect();
        serde_json::json!({
            "id": diagnostic.id,
            "severity": diagnostic.severity,
            "message": diagnostic.message,
            "places": labels,
            "hints": diagnostic.hints,
        })
    };
    let diagnostics: Vec<_> = failure.diagnostics.0.iter().map(one).collect();
    serde_json::json!({ "schema": crate::ops::SCHEMA, "exit": failure.code, "diagnostics": diagnostics })
}
