//! Records of the schema's history that a sync adds.

use kiln_base::sha256;
use kiln_disk::{Change, ChangeKind, LineEnds, Put};
use kiln_engine::compose::{Output, Plan};
use kiln_schema::{FileRef, Record};

use crate::ops::Outcome;
use crate::ops::project::known_path;

/// The new records of a plan, each with the file that it was rendered to.
pub(crate) fn new_records(plan: &Plan, outputs: &[Output]) -> Vec<Record> {
    let with_file = |record: &Record| {
        let id = record.id();
        let output = outputs.iter().find(|output| output.change.as_deref() == Some(id.as_str()));
        let file = output
            .map(|output| FileRef { path: output.path.clone(), sha256: sha256(&output.bytes) });
        Record { file, ..record.clone() }
    };
    plan.new_records.iter().map(with_file).collect()
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
