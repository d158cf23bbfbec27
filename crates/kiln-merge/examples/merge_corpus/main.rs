//! Measures merging on real histories: takes the two-sided merges of files out of clones, merges each with git and
//! with this crate, and compares both with what the people committed. Run by `cargo xtask merges`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that shows what it measures"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a program for developers works on folders that it is given"
)]

mod check;
mod graph;
mod history;
mod judge;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

/// What the program is told.
struct Settings {
    /// The folder with the clones.
    folder: PathBuf,
    /// The most cases of one clone and language.
    most: usize,
    /// Where cases that a person should look at are written.
    keep: Option<PathBuf>,
    /// A `node_modules` folder with `typescript`.
    node_modules: Option<PathBuf>,
}

const USAGE: &str = "usage: merge_corpus FOLDER [--most N] [--keep FOLDER] [--node-modules FOLDER]";

fn settings() -> Result<Settings, String> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().ok_or(USAGE)?.into();
    let mut settings = Settings { folder, most: 400, keep: None, node_modules: None };
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match word.as_str() {
            "--most" => settings.most = value.parse().map_err(|_| USAGE)?,
            "--keep" => settings.keep = Some(value.into()),
            "--node-modules" => settings.node_modules = Some(value.into()),
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(settings)
}

fn run(settings: &Settings) -> Result<(), String> {
    let mut judge = judge::Judge::new(settings.node_modules.as_deref())?;
    let mut report = report::Report::new(settings.keep.clone());
    for clone in history::clones(&settings.folder)? {
        let before = report.total();
        let merges = history::two_sided(&clone, settings.most, |case| {
            report.add(&clone.name, &case, &judge.verdict(&case)?)
        })?;
        println!("{}: {merges} merges, {} files", clone.name, report.total() - before);
    }
    report.print();
    Ok(())
}

fn main() -> ExitCode {
    match settings().and_then(|settings| run(&settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
