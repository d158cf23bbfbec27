//! The seal: which steps of the schema databases have run. A guard for those who want it, written when a release is
//! deployed; a sealed step can neither vanish nor be made anew.

use kiln_base::{Diagnostic, Diagnostics};
use kiln_disk::{Change, ChangeKind, Changes, Mark, Put, Root, apply};
use kiln_schema::{Record, Seal};
use serde::Serialize;

use crate::ops::history_words::open;
use crate::ops::old::FromLocks;
use crate::ops::project::{Project, known_path, read_text};
use crate::ops::recovering::recover_first;
use crate::ops::report::{Finding, SCHEMA};
use crate::ops::sync::{apply_failure, hold, open_vault};
use crate::ops::{Failure, Outcome, Settings};

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SealReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit code.
    pub exit: u8,
    /// The steps that are sealed now and were not before.
    pub sealed: Vec<String>,
    /// How many steps are sealed.
    pub all: usize,
}

/// The seal of a project; an empty one if there is none.
///
/// # Errors
/// It cannot be read.
pub(crate) fn seal_of(root: &Root) -> Outcome<Seal> {
    let text = read_text(root, &known_path(Seal::PATH)?)?;
    Ok(text.map(|text| Seal::read(&text)).unwrap_or_default())
}

/// Seals all steps of the history: databases have run them.
///
/// # Errors
/// A step is not in the history yet, a sealed one is gone, or the disk fails.
pub fn history_seal(settings: &Settings) -> Outcome<SealReport> {
    let project = open(settings)?;
    let resolved = project.resolve()?;
    let plan = project.plan(&resolved)?;
    if let Some(step) = plan.new_records.first() {
        let message = format!("a step of `{}` is not in the history: {}", step.chain, step.title);
        return Err(Failure {
            code: 1,
            ..Diagnostic::error("history-stale", message)
                .hint("run `kiln sync`, deploy it, and seal it then")
                .into()
        });
    }
    let vault = open_vault(&project)?;
    let locked = hold(&vault, "history seal", false, settings)?;
    if recover_first(&project, &locked, settings)?.is_some() || project.is_outdated()? {
        let message = "another run was finished meanwhile";
        return Err(Diagnostic::error("changed-meanwhile", message)
            .hint("run the command again")
            .into());
    }
    let path = known_path(Seal::PATH)?;
    let before = read_text(&project.root, &path)?;
    let mut seal = seal_of(&project.root)?;
    refuse_gone(&project, &seal)?;
    let steps = project.history.records();
    let sealed: Vec<String> = steps
        .filter(|record| seal.add(record))
        .map(|r| format!("{}/{}", r.chain, r.shown()))
        .collect();
    if !sealed.is_empty() {
        let put = Put { bytes: seal.write().into_bytes(), ..Put::default() };
        let change = Change {
            path,
            kind: ChangeKind::Put(put),
            expected: before.as_ref().map(|text| Mark::of(text.as_bytes(), false)),
            backup: before.is_some(),
        };
        let changes = Changes {
            command: "history seal".to_owned(),
            records: vec![change],
            ..Changes::default()
        };
        let cancel = settings.watch.cancel.as_deref();
        apply(&project.root, &locked, &changes, &FromLocks(&project), cancel)
            .map_err(|error| apply_failure(&error))?;
    }
    let all = project.history.records().filter(|record| seal.holds(record)).count();
    Ok(SealReport { schema: SCHEMA, exit: 0, sealed, all })
}

fn refuse_gone(project: &Project, seal: &Seal) -> Outcome<()> {
    let mut problems = Diagnostics::new();
    for finding in gone(project, seal) {
        let problem = Diagnostic::error("sealed-step", finding.message);
        problems.push(finding.hints.into_iter().fold(problem, Diagnostic::hint));
    }
    Ok(problems.finish(()).map(|_| ())?)
}

/// Sealed steps that are gone: databases have run them, and no next step can be made without them.
///
/// # Errors
/// The seal cannot be read.
pub(crate) fn sealed_findings(project: &Project) -> Outcome<Vec<Finding>> {
    Ok(gone(project, &seal_of(&project.root)?))
}

fn gone(project: &Project, seal: &Seal) -> Vec<Finding> {
    let finding = |step: &str| {
        let path = format!("kiln.history/{step}.toml");
        Finding {
            id: "sealed-step".to_owned(),
            message: format!("`{step}` is sealed, since databases have run it, and it is gone"),
            hints: vec![
                format!("restore `{path}` and its migration from git"),
                format!("if no database ever ran it: take its line out of `{}`", Seal::PATH),
            ],
            path: Some(path),
            fails: true,
            stops: true,
            ..Finding::default()
        }
    };
    seal.missing(&project.history).map(finding).collect()
}

/// Steps that databases have run are not taken away or made anew.
///
/// # Errors
/// One of them is sealed.
pub(crate) fn refuse_sealed(project: &Project, removed: &[Record]) -> Outcome<()> {
    let seal = seal_of(&project.root)?;
    let mut problems = Diagnostics::new();
    for record in removed.iter().filter(|record| seal.holds(record)) {
        let message = format!("`{}` is sealed: databases have run it", record.shown());
        problems.push(
            Diagnostic::error("sealed-step", message)
                .hint("change the entities, and `kiln sync` makes the next step"),
        );
    }
    Ok(problems.finish(()).map(|_| ())?)
}
