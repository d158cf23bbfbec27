//! What a person must or may know of a decision: stops with the ways out, findings, notes.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::RelPath;
use kiln_disk::{Finding as DiskFinding, Note, Observed, Obstruction, Ownership, Stop, Word};
use kiln_merge::Found;
use kiln_model::Ownership as Owned;

use crate::ops::commands::shell_word;
use crate::ops::compare::Decision;
use crate::ops::report::Finding;
use crate::ops::resolutions::{Review, rule_words};
use crate::ops::unreadable::line_at;

fn disk_ownership(ownership: Option<Owned>) -> Ownership {
    match ownership {
        Some(Owned::Managed) => Ownership::Managed,
        Some(Owned::Seeded) => Ownership::Seeded,
        Some(Owned::AppendOnly) => Ownership::AppendOnly,
        Some(Owned::Computed) => Ownership::Computed,
        Some(Owned::Merged) | None => Ownership::Merged,
    }
}

/// The findings of all decisions. What one folder obstructs is told once, of the folder.
pub(crate) fn all_findings(decisions: &[Decision]) -> Vec<Finding> {
    let mut folders: BTreeMap<&RelPath, Vec<&Decision>> = BTreeMap::new();
    let mut found = Vec::new();
    for decision in decisions {
        match obstructing_folder(decision) {
            Some(folder) => folders.entry(folder).or_default().push(decision),
            None => found.extend(findings(decision)),
        }
    }
    for (folder, below) in folders {
        match below.as_slice() {
            [one] => found.extend(findings(one)),
            all => found.push(obstructed_folder(folder, all)),
        }
    }
    found
}

/// The folder on the way that keeps kiln from an output.
fn obstructing_folder(decision: &Decision) -> Option<&RelPath> {
    let stopped = decision.row.stop == Some(Stop::Obstructed)
        || decision.row.finding == Some(DiskFinding::Obstructed);
    let Observed::Obstructed(what) = &decision.observed else { return None };
    match what {
        Obstruction::Parent(folder)
        | Obstruction::Repository(folder)
        | Obstruction::Project(folder)
            if stopped =>
        {
            Some(folder)
        }
        _ => None,
    }
}

fn obstructed_folder(folder: &RelPath, below: &[&Decision]) -> Finding {
    let kits: BTreeSet<&str> = below.iter().map(|decision| decision.kit.as_str()).collect();
    let of = match kits.len() {
        1 => format!(" of `{}`", below[0].kit),
        number => format!(" of {number} kits"),
    };
    let why = match &below[0].observed {
        Observed::Obstructed(Obstruction::Repository(_)) => "is another git repository",
        Observed::Obstructed(Obstruction::Project(_)) => "is another kiln project",
        _ => "is no plain folder",
    };
    let shown = shell_word(folder.as_str());
    Finding {
        id: "obstructed".to_owned(),
        path: Some(folder.as_str().to_owned()),
        kit: (kits.len() == 1).then(|| below[0].kit.clone()),
        message: format!("`{folder}` {why}, so {} outputs{of} cannot be written", below.len()),
        hints: vec![format!("move it away, or leave all of them alone: kiln exclude {shown}")],
        fails: true,
        stops: below.iter().any(|decision| decision.row.stop.is_some()),
        ..Finding::default()
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
        let (message, hints) = (stop_message(stop, decision), stop_hints(stop, decision));
        found.push(Finding { line: decision.marker, ..one(stop.id(), message, hints, true, true) });
    }
    for conflict in &decision.keys {
        let at = format!("{path}#{}", conflict.path);
        let message = match &conflict.why {
            Some(why) => format!("`{path}` was edited, `{kit}` changes it, and {why}"),
            None => format!(
                "`{at}` is {} for you and {} for `{kit}`; it was {}",
                value(conflict.yours.as_ref()),
                value(conflict.theirs.as_ref()),
                value(conflict.base.as_ref())
            ),
        };
        let line = conflict.yours.as_ref().zip(decision.merged_from.as_ref());
        let line =
            line.map(|(found, from)| line_at(&from.yours.replace("\r\n", "\n"), found.span.start));
        let whole = conflict.path.0.is_empty();
        let shown = shell_word(if whole { path } else { &at });
        let mut hints = vec![
            format!("take kiln's, yours is kept in the vault: kiln sync --take {shown}"),
            format!("keep yours: kiln sync --keep {shown}"),
        ];
        // Places in a list mean nothing at another time: only the whole list can be somebody's.
        let lasting = conflict.list.as_ref().unwrap_or(&conflict.path);
        if !lasting.0.is_empty() {
            let key = shell_word(&format!("{path}#{lasting}"));
            let what =
                if conflict.list.is_some() { "the whole list is yours" } else { "keep yours" };
            hints.push(format!("{what} from now on: kiln foreign {key}"));
        }
        let line = line.filter(|_| !whole);
        found.push(Finding { line, ..one("document-key", message, hints, true, true) });
    }
    if decision.conflicts > 0 {
        let message = format!(
            "`{path}` was edited, and `{kit}` changes the same lines: {}",
            match decision.conflicts {
                1 => "1 conflict".to_owned(),
                number => format!("{number} conflicts"),
            }
        );
        let hints = vec![
            "resolve what is between the markers in the file; `kiln resolve --check` looks it over"
                .to_owned(),
            format!(
                "take kiln's version, yours is kept in the vault: kiln sync --take {}",
                shell_word(path)
            ),
        ];
        let line = decision.marker;
        found.push(Finding { line, ..one("conflict", message, hints, true, false) });
    }
    if decision.remembered {
        let message = format!("the conflict in `{path}` is resolved as it was the last time");
        found.push(one("resolved-before", message, Vec::new(), false, false));
    }
    for close in &decision.close {
        let message = format!(
            "`{path}`: {} from a close merge: {}",
            lines(close.lines.start, close.lines.end),
            rule_words(close.rule)
        );
        let line = Some(close.lines.start);
        found.push(Finding { line, ..one("merged-closely", message, Vec::new(), false, false) });
    }
    if let Some(finding) = decision.row.finding {
        let shown = &*shell_word(path);
        let (id, message, hints) = match finding {
            DiskFinding::Edited => (
                "edited",
                format!("`{path}` was edited, and `{kit}` manages it"),
                vec![
                    format!("take kiln's version, yours is kept: kiln sync --take {shown}"),
                    format!("keep your edits and merge from now on: kiln own {shown}"),
                ],
            ),
            DiskFinding::Conflict => (
                "conflict",
                format!("`{path}` has markers of a conflict"),
                vec![
                    "resolve it in the file; `kiln resolve --check` looks it over".to_owned(),
                    format!(
                        "take kiln's version, yours is kept in the vault: kiln sync --take {shown}"
                    ),
                ],
            ),
            DiskFinding::Obstructed => (
                "obstructed",
                format!("`{path}` of `{kit}` cannot be written: {}", obstruction(decision)),
                vec![format!("move it away, or leave it alone: kiln exclude {shown}")],
            ),
            DiskFinding::Missing => (
                "missing",
                format!("`{path}` of `{kit}` is missing"),
                vec!["restore it: kiln sync".to_owned(), format!("keep it away: kiln rm {shown}")],
            ),
        };
        // What sync puts right makes only check fail.
        let repaired = finding == DiskFinding::Missing;
        let line = decision.marker;
        found.push(Finding { fails: !repaired, line, ..one(id, message, hints, true, false) });
    }
    found.extend(decision.unread.iter().map(|unread| unread.finding(path, kit)));
    if let Some(note) = decision.row.note {
        let (id, message) = match note {
            Note::Customised => ("customised", format!("`{path}` of `{kit}` has your changes")),
            Note::Yours if decision.ownership.is_none() => (
                "yours",
                format!("`{path}` stays: `{kit}` wrote it once and no longer asks for it"),
            ),
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

pub(crate) fn stop_message(stop: Stop, decision: &Decision) -> String {
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

pub(crate) fn stop_hints(stop: Stop, decision: &Decision) -> Vec<String> {
    let path = &*shell_word(decision.path.as_str());
    let words: Vec<Word> = stop
        .words(disk_ownership(decision.ownership))
        .iter()
        .copied()
        .filter(|word| (stop, *word) != (Stop::Orphan, Word::Take))
        // Where a move ends, what stands there can only give way.
        .filter(|word| decision.row.id != "MV3" || *word == Word::Take)
        .collect();
    let mut hints = word_hints(path, &words);
    match stop {
        Stop::InTheWay => hints.push(format!("leave it alone: kiln exclude {path}")),
        Stop::Edited => {
            hints.insert(0, format!("keep your edits and merge from now on: kiln own {path}"))
        }
        Stop::Unresolved => hints.insert(0, "resolve it in the file".to_owned()),
        Stop::Obstructed => {
            hints.push(format!("move it away, or leave it alone: kiln exclude {path}"))
        }
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
        Word::Take => {
            format!("take kiln's version, yours is kept in the vault: kiln sync --take {path}")
        }
        Word::Keep => format!("keep yours: kiln sync --keep {path}"),
        Word::Merge => format!("put the two together by hand: kiln sync --merge {path}"),
    };
    words.iter().map(hint).collect()
}

/// Lines in words: the first one and the one after the last.
fn lines(start: usize, end: usize) -> String {
    match end.saturating_sub(start) {
        0 => format!("what is gone before line {start} comes"),
        1 => format!("line {start} comes"),
        _ => format!("lines {start} to {} come", end - 1),
    }
}

/// A value of a document in few words.
fn value(found: Option<&Found>) -> String {
    let Some(found) = found else { return "absent".to_owned() };
    let text = found.value.to_string();
    if text.chars().count() <= 40 {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(39).collect::<String>())
}

/// What the last sync put together closely and nobody has touched since.
pub(crate) fn to_review(decisions: &[Decision], review: Vec<Review>) -> Vec<Finding> {
    let untouched = |review: &Review| {
        let decision = decisions.iter().find(|decision| decision.path.as_str() == review.path)?;
        let found = decision.observed.file()?;
        (found.raw.to_string() == review.sha256).then(|| decision.kit.clone())
    };
    review
        .into_iter()
        .filter_map(|review| {
            let kit = untouched(&review)?;
            Some(Finding {
                id: "merged-closely".to_owned(),
                message: format!(
                    "`{}`: {} from a close merge of the last sync: {}",
                    review.path,
                    lines(review.lines.0, review.lines.1),
                    review.rule
                ),
                path: Some(review.path),
                line: Some(review.lines.0),
                kit: Some(kit),
                ..Finding::default()
            })
        })
        .collect()
}
