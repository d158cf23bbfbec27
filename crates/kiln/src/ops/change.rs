//! From decisions to a report and to the changes of a transaction.

use kiln_disk::{Action, Backup, Change, ChangeKind, Document, Note, Put};
use kiln_model::Ownership as Owned;

use crate::ops::compare::Decision;
use crate::ops::report::{OutputChange, OutputReport};

/// What becomes of the output of a decision.
pub(crate) fn output_change(decision: &Decision) -> OutputChange {
    if !decision.keys.is_empty() {
        return OutputChange::Left;
    }
    if decision.moved.is_some() {
        return OutputChange::Moved;
    }
    match (decision.row.action, decision.row.note) {
        (Action::Create, _) if decision.known_before => OutputChange::Restored,
        (Action::Create, _) => OutputChange::Created,
        (Action::Replace, _) => OutputChange::Updated,
        (Action::Merge | Action::TwoWay, _) if decision.conflicts > 0 => OutputChange::Conflicted,
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
        from: decision.moved.as_ref().map(|moved| moved.path.as_str().to_owned()),
        ownership: decision.ownership.map_or("", Owned::name).to_owned(),
    }
}

/// Whether a decision writes bytes at its place.
pub(crate) fn puts(decision: &Decision) -> bool {
    let writes = matches!(
        decision.row.action,
        Action::Create | Action::Replace | Action::Merge | Action::TwoWay
    );
    decision.moved.as_ref().map_or(writes, |moved| !moved.done)
}

/// The changes of the disk that a decision asks for.
pub(crate) fn disk_changes(decision: &Decision, renders_before: bool) -> Vec<Change> {
    let backup = |backup: Backup| match backup {
        Backup::Never => false,
        Backup::UnlessRenderable => !renders_before,
        Backup::Always => true,
    };
    let put = Put {
        bytes: decision.bytes.clone(),
        executable: decision.executable,
        line_ends: decision.line_ends,
        rendered: decision.rendered,
        moved_from: decision.moved.as_ref().map(|moved| moved.path.clone()),
    };
    let here = |kind: ChangeKind| Change {
        path: decision.path.clone(),
        kind,
        expected: decision.observed.mark(),
        backup: backup(decision.row.backup),
    };
    let mut changes = Vec::new();
    if puts(decision) {
        changes.push(here(ChangeKind::Put(put)));
    } else if decision.moved.is_none() && decision.row.action == Action::Delete {
        changes.push(here(ChangeKind::Delete));
    }
    // Where another output comes to stand, that one replaces it.
    let leaves = decision.moved.iter().filter(|moved| !moved.handed_on);
    changes.extend(leaves.map(|moved| Change {
        path: moved.path.clone(),
        kind: ChangeKind::Delete,
        expected: moved.observed.mark(),
        backup: backup(moved.backup),
    }));
    changes
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
