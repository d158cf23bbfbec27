//! From decisions to a report and to the changes of a transaction.

use kiln_disk::{
    Action, Backup, Change, ChangeKind, Document, Finding as DiskFinding, Note, Ownership, Put,
    Stop, Word,
};
use kiln_model::Ownership as Owned;

use crate::ops::compare::Decision;
use crate::ops::report::{Finding, OutputChange, OutputReport};

/// What becomes of the output of a decision.
pub(crate) fn output_change(decision: &Decision) -> OutputChange {
    match (decision.row.action, decision.row.note) {
        (Action::Create, _) if decision.known_before => OutputChange::Restored,
        (Action::Create, _) => OutputChange::Created,
        (Action::Replace, _) => OutputChange::Updated,
        (Action::Merge | Action::TwoWay, _) => OutputChange::Merged,
        (Action::Delete, _) => OutputChange::Deleted,
        (Action::Leave, _) if decision.row.stop.is_some() || decision.row.finding.is_some() => {
            OutputChange::Left
        }
        (Action::Leave, Some(Note::Customised)) => OutputChange::Customised,
        (Action::Leave, Some(Note::Yours)) => OutputChange::Yours,
        (Action::Leave, Some(Note::LeftThere)) => OutputChange::Forgotten,
        (Action::Leave, None) if decision.ownership.is_none() => OutputChange::Forgotten,
        (Action::Leave, None) => OutputChange::Unchanged,
    }
}

pub(crate) fn output_report(decision: &Decision) -> OutputReport {
    OutputReport {
        path: decision.path.as_str().to_owned(),
        change: output_change(decision),
        kit: decision.kit.clone(),
        ownership: decision.ownership.map_or("", Owned::name).to_owned(),
    }
}

fn disk_ownership(ownership: Option<Owned>) -> Ownership {
    match ownership {
        Some(Owned::Managed) => Ownership::Managed,
        Some(Owned::Seeded) => Ownership::Seeded,
        Some(Owned::AppendOnly) => Ownership::AppendOnly,
        Some(Owned::Computed) => Ownership::Computed,
        Some(Owned::Merged) | None => Ownership::Merged,
    }
}

/// The findings of one decision.
pub(crate) fn findings(decision: &Decision) -> Vec<Finding> {
    let mut found = Vec::new();
    let path = decision.path.as_str();
    let kit = &decision.kit;
    let one = |id: &str, message: String, hints: Vec<String>, fails: bool, stops: bool| Finding {
        id: id.to_owned(),
        path: Some(path.to_owned()),
        kit: Some(kit.clone()),
        message,
        hints,
        fails,
        stops,
        ..Finding::default()
    };
    if let Some(stop) = decision.row.stop {
        found.push(one(
            stop.id(),
            stop_message(stop, decision),
            stop_hints(stop, decision),
            true,
            true,
        ));
    } else if decision.row.action == Action::Merge {
        let message = format!(
            "`{path}` was edited, and `{kit}` changes it; merging the two is not supported yet"
        );
        found.push(one("merge", message, word_hints(path, &[Word::Take, Word::Keep]), true, true));
    }
    if let Some(finding) = decision.row.finding {
        let (id, message, hints) = match finding {
            DiskFinding::Edited => (
                "edited",
                format!("`{path}` was edited, and `{kit}` manages it"),
                vec![
                    format!("take kiln's version, yours is kept: kiln sync --take {path}"),
                    format!("keep your edits: say `merged \"{path}\"` in `ownership` of kiln.kdl"),
                ],
            ),
            DiskFinding::Conflict => (
                "conflict",
                format!("`{path}` has markers of a conflict"),
                vec![format!("resolve it in the file, or: kiln sync --take {path}")],
            ),
            DiskFinding::Obstructed => (
                "obstructed",
                format!("`{path}` of `{kit}` cannot be written: {}", obstruction(decision)),
                vec!["move it away, or exclude the path in `ownership` of kiln.kdl".to_owned()],
            ),
            DiskFinding::Missing => (
                "missing",
                format!("`{path}` of `{kit}` is missing"),
                vec!["`kiln sync` restores it; to keep it away, exclude it in `ownership` of kiln.kdl".to_owned()],
            ),
        };
        // What sync puts right makes only check fail.
        let repaired = finding == DiskFinding::Missing;
        found.push(Finding { fails: !repaired, ..one(id, message, hints, true, false) });
    }
    if let Some(note) = decision.row.note {
        let (id, message) = match note {
            Note::Customised => ("customised", format!("`{path}` of `{kit}` has your changes")),
            Note::Yours => ("yours", format!("`{path}` is yours")),
            Note::LeftThere => ("left-there", format!("`{path}` stays; kiln no longer knows it")),
        };
        found.push(one(id, message, Vec::new(), false, false));
    }
    for text in &decision.diverged {
        found.push(one("pin-diverged", text.clone(), Vec::new(), false, false));
    }
    found
}

fn obstruction(decision: &Decision) -> String {
    match &decision.observed {
        kiln_disk::Observed::Obstructed(reason) => reason.to_string(),
        _ => "something else stands there".to_owned(),
    }
}

fn stop_message(stop: Stop, decision: &Decision) -> String {
    let (path, kit) = (&decision.path, &decision.kit);
    match stop {
        Stop::InTheWay => format!("`{path}` is there already, and `{kit}` wants to write it"),
        Stop::Edited => format!("`{path}` was edited, and `{kit}` changes it"),
        Stop::NoBase => format!(
            "`{path}` was edited, `{kit}` changes it, and what it started from cannot be rendered any more"
        ),
        Stop::Binary => format!(
            "`{path}` was edited, `{kit}` changes it, and it is no text that could be merged"
        ),
        Stop::Orphan => format!("`{path}` was edited, and `{kit}` no longer writes it"),
        Stop::Unresolved => format!("`{path}` has markers of a conflict, and `{kit}` changes it"),
        Stop::Obstructed => {
            format!("`{path}` of `{kit}` cannot be written: {}", obstruction(decision))
        }
        Stop::Frozen => format!(
            "`{path}` of `{kit}` is written once and never again, and would come out otherwise now"
        ),
    }
}

fn stop_hints(stop: Stop, decision: &Decision) -> Vec<String> {
    let path = decision.path.as_str();
    let words: Vec<Word> = stop
        .words(disk_ownership(decision.ownership))
        .iter()
        .copied()
        .filter(|word| *word != Word::Merge && (stop, *word) != (Stop::Orphan, Word::Take))
        .collect();
    let mut hints = word_hints(path, &words);
    match stop {
        Stop::InTheWay => hints
            .push(format!("leave it alone: say `exclude \"{path}\"` in `ownership` of kiln.kdl")),
        Stop::Edited => hints.insert(
            0,
            format!("keep your edits: say `merged \"{path}\"` in `ownership` of kiln.kdl"),
        ),
        Stop::Unresolved => hints.insert(0, "resolve it in the file".to_owned()),
        Stop::Obstructed => hints
            .push(format!("move it away, or say `exclude \"{path}\"` in `ownership` of kiln.kdl")),
        Stop::Frozen => {
            hints.push("set the options that changed back to what they were".to_owned())
        }
        Stop::Orphan => hints
            .insert(0, format!("delete it, yours is kept in the vault: kiln sync --take {path}")),
        Stop::NoBase | Stop::Binary => {}
    }
    hints
}

fn word_hints(path: &str, words: &[Word]) -> Vec<String> {
    let hint = |word: &Word| match word {
        Word::Take => Some(format!(
            "take kiln's version, yours is kept in the vault: kiln sync --take {path}"
        )),
        Word::Keep => Some(format!("keep yours: kiln sync --keep {path}")),
        Word::Merge => None,
    };
    words.iter().filter_map(hint).collect()
}

/// The change of the disk that a decision asks for.
pub(crate) fn disk_change(decision: &Decision, renders_before: bool) -> Option<Change> {
    let backup = match decision.row.backup {
        Backup::Never => false,
        Backup::UnlessRenderable => !renders_before,
        Backup::Always => true,
    };
    let kind = match decision.row.action {
        Action::Leave | Action::Merge | Action::TwoWay => return None,
        Action::Delete => ChangeKind::Delete,
        Action::Create | Action::Replace => ChangeKind::Put(Put {
            bytes: decision.bytes.clone(),
            executable: decision.executable,
            line_ends: decision.observed.file().map(|found| found.line_ends).unwrap_or_default(),
            rendered: decision.rendered,
            moved_from: None,
        }),
    };
    Some(Change { path: decision.path.clone(), kind, expected: decision.observed.mark(), backup })
}

/// A document that changes, or nothing.
pub(crate) fn document(
    path: kiln_base::RelPath,
    before: Option<&str>,
    after: &str,
) -> Option<Document> {
    (before != Some(after)).then(|| Document {
        path,
        before: before.map(str::to_owned),
        after: Some(after.to_owned()),
    })
}
