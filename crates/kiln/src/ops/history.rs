//! Records of the schema's history that a sync adds, those that a command takes away, and the files of those that are
//! there.

use kiln_base::{Diagnostic, RelPath, sha256};
use kiln_disk::{Change, ChangeKind, LineEnds, Mark, Put};
use kiln_engine::compose::{Output, Plan};
use kiln_schema::{FileRef, OwnSql, Record};

use crate::ops::Outcome;
use crate::ops::project::{Project, known_path};
use crate::ops::report::Finding;

/// The largest migration file that is read, in bytes.
pub(crate) const LARGEST_MIGRATION: u64 = 64 << 20;

/// What a command for the history changes besides the steps that are missing. The history of the project is already
/// the one that it leads to.
#[derive(Debug, Default)]
pub(crate) struct Rewrite {
    /// Steps that go.
    pub(crate) removed: Vec<Record>,
    /// Steps that come, and stand in the history already.
    pub(crate) added: Vec<Record>,
    /// A person's SQL, which does what is missing.
    pub(crate) own: Option<OwnSql>,
}

impl Rewrite {
    /// Nothing is changed besides.
    pub(crate) fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty() && self.own.is_none()
    }
}

/// The new records of a plan, each with the file that it was rendered to.
pub(crate) fn new_records(project: &Project, plan: &Plan, outputs: &[Output]) -> Vec<Record> {
    let with_file = |record: &Record| {
        let id = record.id();
        let output = outputs.iter().find(|output| output.change.as_deref() == Some(id.as_str()));
        let file = output
            .map(|output| FileRef { path: output.path.clone(), sha256: sha256(&output.bytes) });
        Record { file, ..record.clone() }
    };
    let stays =
        |record: &&Record| project.rewrite.removed.iter().any(|old| old.id() == record.id());
    let added = project.rewrite.added.iter().chain(&plan.new_records);
    added.filter(|record| !stays(record)).map(with_file).collect()
}

/// The change that writes a record.
pub(crate) fn record_change(path: &str, text: String) -> Outcome<Change> {
    let put = Put {
        bytes: text.into_bytes(),
        executable: false,
        line_ends: LineEnds::default(),
        rendered: false,
        moved_from: None,
    };
    Ok(Change {
        path: known_path(path)?,
        kind: ChangeKind::Put(put),
        expected: None,
        backup: false,
    })
}

/// The changes that delete records, unless a new step is the same.
pub(crate) fn removals(project: &Project, plan: &Plan) -> Outcome<Vec<Change>> {
    let again = |record: &&Record| plan.new_records.iter().any(|new| new.id() == record.id());
    let mut changes = Vec::new();
    for record in project.rewrite.removed.iter().filter(|record| !again(record)) {
        changes.extend(deletion(project, known_path(&record.path())?)?);
        // A migration of which the sum says nothing, as after a merge by hand: no decision is made about it.
        let file = record.file.as_ref().filter(|file| project.sum.of(&file.path).next().is_none());
        if let Some(file) = file {
            changes.extend(deletion(project, file.path.clone())?);
        }
    }
    Ok(changes)
}

fn deletion(project: &Project, path: RelPath) -> Outcome<Option<Change>> {
    let text = project.root.read_text_if(&path, LARGEST_MIGRATION)?;
    Ok(text.map(|text| Change {
        path,
        kind: ChangeKind::Delete,
        expected: Some(Mark::of(text.as_bytes(), false)),
        backup: true,
    }))
}

/// What a person has to decide about the schema before anything is written.
pub(crate) fn schema_findings(plan: &Plan) -> impl Iterator<Item = Finding> {
    plan.schema_problems.iter().map(finding)
}

fn finding(problem: &Diagnostic) -> Finding {
    let record = |subject: &String| subject.starts_with("kiln.history/");
    Finding {
        id: problem.id.to_owned(),
        path: problem.subject.clone().filter(record),
        message: problem.message.clone(),
        hints: problem.hints.clone(),
        fails: true,
        stops: true,
        ..Finding::default()
    }
}
