//! What going back and looking back says to people.

use std::time::SystemTime;

use crate::ops::{ResolveReport, UndoList, UndoReport, times_undone};
use crate::terminal::reports::{BOLD, DIM, GREEN, RED, count, styled};
use crate::terminal::{out, say};

/// What was undone.
pub(crate) fn show_undo(report: &UndoReport) {
    for path in &report.overtaken {
        say(&format!(
            "{}: `{path}` was saved by somebody while kiln ran; it was left as it is",
            styled(RED, "error")
        ));
    }
    let (command, times) = times_undone(&report.undone);
    let what = match (report.interrupted, times) {
        (true, 0) => format!("took back the interrupted `kiln {command}`"),
        (true, _) => "took back the interrupted `kiln undo`".to_owned(),
        (false, 0) => format!("undid `kiln {command}`"),
        (false, times) if times.is_multiple_of(2) => format!("undid `kiln {command}` again"),
        (false, _) => format!("did `kiln {command}` again"),
    };
    let own = match report.own_files.as_slice() {
        [] => String::new(),
        names => format!("; {} too", names.join(", ")),
    };
    out(&format!(
        "{} {what}: {} restored, {} deleted{own}\n",
        styled(GREEN, "✓"),
        count(report.written.len(), "file", "files"),
        report.deleted.len()
    ));
    for step in &report.next {
        out(&format!("  {step}\n"));
    }
}

/// What is recorded, the last one first.
pub(crate) fn show_undo_list(list: &UndoList, clock: Option<fn() -> SystemTime>) {
    if list.records.is_empty() {
        out("nothing is recorded\n");
    }
    let now = clock
        .and_then(|clock| clock().duration_since(SystemTime::UNIX_EPOCH).ok())
        .map(|since| since.as_secs());
    for (at, record) in list.records.iter().enumerate() {
        // Only the last one can be taken back, and that is a record then; a number would promise more.
        let mark = if at == 0 { "kiln undo" } else { "" };
        let age = now.map_or_else(String::new, |now| ago(now.saturating_sub(record.ended)));
        let (command, times) = times_undone(&record.command);
        let what = match times {
            0 => format!("kiln {command}"),
            times if times.is_multiple_of(2) => format!("kiln {command}, done again"),
            _ => format!("kiln {command}, undone"),
        };
        out(&format!(
            "{mark:>9}  {}  {}  {}\n",
            styled(BOLD, &what),
            match record.paths.len() {
                0 => "only kiln's own files".to_owned(),
                number => count(number, "file", "files"),
            },
            styled(DIM, &age)
        ));
    }
}

fn ago(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural} ago")
}

/// What is wrong with conflicts and their resolutions.
pub(crate) fn show_resolve(report: &ResolveReport) {
    for file in &report.files {
        for found in &file.found {
            let line = found.line;
            let text = match (found.what, found.from) {
                ("marker", _) => format!("{}:{line}: a marker is left: {}", file.path, found.text),
                ("lost", Some("yours")) => {
                    format!("{}: your line {line} is nowhere: {}", file.path, found.text)
                }
                ("lost", Some("kit")) => {
                    format!("{}: the kit's line {line} is nowhere: {}", file.path, found.text)
                }
                ("lost", _) => format!(
                    "{}: line {line} of what both started from is nowhere: {}",
                    file.path, found.text
                ),
                _ => format!(
                    "{}:{line}: stands more often than in any version: {}",
                    file.path, found.text
                ),
            };
            out(&format!("{text}\n"));
        }
        if file.found.is_empty() {
            out(&format!("{} {} is resolved\n", styled(GREEN, "✓"), file.path));
        }
    }
    if report.files.is_empty() {
        out("there are no conflicts\n");
    }
}
