//! What a sync would do, before anything is done: compose, render, compare, and the report of it.

use std::collections::BTreeMap;

use kiln_base::RelPath;
use kiln_disk::{Action, Vault};
use kiln_engine::compose::{Output, Plan};
use kiln_model::Ownership;
use kiln_resolve::Sum;
use kiln_schema::Record;

use crate::ops::Outcome;
use crate::ops::answer::surroundings;
use crate::ops::change::{output_change, output_report};
use crate::ops::compare::{Compared, Decision, Refresh, compare};
use crate::ops::findings::all_findings;
use crate::ops::history::{new_records, schema_findings};
use crate::ops::ignored::{Ignored, git_ignored};
use crate::ops::old::{Parts, bases, parts_of, parts_of_output};
use crate::ops::pinned::{pin, refuse_unpinned};
use crate::ops::project::{LOCK, Project, Resolved, SUM};
use crate::ops::report::{Counts, Finding, OutputChange, Report, SCHEMA};
use crate::ops::said::Words;
use crate::ops::sealing::sealed_findings;
use crate::ops::stale_locks::{incomplete_locks, leave_as_adopted, stands_as_adopted};

/// Everything that a sync would do, before anything is done.
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    pub(crate) compared: Compared,
    pub(crate) records: Vec<Record>,
    pub(crate) sum: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) ignored: Ignored,
    /// What was around the project before anything of it was looked at.
    pub(crate) surroundings: [u8; 32],
}

/// Composes, renders and compares.
pub(crate) fn prepare(
    project: &Project,
    resolved: &Resolved,
    vault: Option<&Vault>,
    words: &Words,
    refresh: Refresh,
) -> Outcome<Prepared> {
    let surroundings = surroundings(&project.root);
    let plan = project.plan(resolved)?;
    let mut outputs = plan.render()?;
    let records = new_records(project, &plan, &outputs);
    let unpinned = pin(project, vault, words, &mut outputs)?;
    let diverged = join_locks(project, vault, words, &mut outputs);
    let mut compared = compare(project, resolved, vault, &plan, outputs, words, refresh)?;
    for (path, joined, texts) in diverged {
        if let Some(decision) = compared.decisions.iter_mut().find(|decision| decision.path == path)
        {
            decision.rendered = !joined;
            decision.diverged = texts;
        }
    }
    settle_locks(project, vault, words, &mut compared.decisions);
    let gone = refuse_unpinned(&mut compared.decisions, &unpinned);
    let facts = compared.decisions.iter().flat_map(|decision| decision.facts.iter().cloned());
    let sum = facts.collect::<Sum>().write();
    let mut all = all_findings(&compared.decisions);
    all.extend(gone);
    all.extend(schema_findings(&plan));
    if project.sum.had_markers {
        all.push(Finding {
            id: "sum-conflict".to_owned(),
            path: Some(SUM.to_owned()),
            kit: None,
            message: format!(
                "`{SUM}` had markers of a conflict; each line of both sides is a fact"
            ),
            hints: Vec::new(),
            fails: false,
            stops: false,
            ..Finding::default()
        });
    }
    all.extend(incomplete_locks(project, &plan, &compared.decisions)?);
    all.extend(sealed_findings(project)?);
    let mut ignored = git_ignored(&project.root, &compared.decisions);
    all.append(&mut ignored.findings);
    Ok(Prepared { plan, compared, records, sum, findings: all, ignored, surroundings })
}

/// The largest dependency lock that is read, in bytes.
const LARGEST_LOCK: u64 = 64 << 20;

/// A dependency lock, whether it was joined with what stands on the disk, and what diverges there.
type Joined = (kiln_base::RelPath, bool, Vec<String>);

/// Joins dependency locks with what stands on the disk: a person's packages stay.
fn join_locks(
    project: &Project,
    vault: Option<&Vault>,
    words: &Words,
    outputs: &mut [Output],
) -> Vec<Joined> {
    let mut all = Vec::new();
    for output in outputs.iter_mut().filter(|output| output.ownership == Ownership::Computed) {
        let parts = parts_of_output(output);
        if stands_as_adopted(project, words, &output.path, &parts, &output.bytes) {
            continue;
        }
        if let Some((bytes, texts)) = joined(project, vault, &output.path, &parts, &output.bytes) {
            all.push((output.path.clone(), true, texts));
            output.bytes = bytes;
        }
    }
    all
}

/// The lock that stands at `place`, joined with a new one; none if there is nothing to join.
fn joined(
    project: &Project,
    vault: Option<&Vault>,
    place: &RelPath,
    new_parts: &Parts,
    new: &[u8],
) -> Option<(Vec<u8>, Vec<String>)> {
    let disk = project.root.read_text_if(place, LARGEST_LOCK).ok()??.replace("\r\n", "\n");
    let new = String::from_utf8_lossy(new).into_owned();
    let untouched =
        |fact: &kiln_resolve::Fact| fact.digest == Some(kiln_base::sha256(disk.as_bytes()));
    let marks = kiln_disk::markers(disk.as_bytes());
    if disk == new || marks.kiln || marks.git || project.sum.of(place).any(untouched) {
        return None;
    }
    let facts = parts_of(project.sum.of(place));
    let adopting = project.asked.adopting && facts.is_empty();
    let base = if facts == *new_parts || adopting {
        Some(new.clone())
    } else {
        let wanted = BTreeMap::from([(place.clone(), facts)]);
        bases(project, vault, &wanted).remove(place).and_then(|bytes| String::from_utf8(bytes).ok())
    };
    let merged = kiln_deps::python::merge_requirements(base.as_deref(), &disk, &new);
    let texts = merged.diverged.iter().map(|divergence| {
        format!(
            "`{}` is {} in `{place}`, and the catalogue has {}",
            divergence.name,
            divergence.on_disk.join(" and "),
            divergence.in_closure.join(" and ")
        )
    });
    let texts = texts.collect();
    Some((merged.text.into_bytes(), texts))
}

/// What is done with dependency locks beyond the table: one with markers of a conflict waits for the person, one that
/// moves takes the person's packages along.
fn settle_locks(
    project: &Project,
    vault: Option<&Vault>,
    words: &Words,
    decisions: &mut [Decision],
) {
    for decision in decisions.iter_mut() {
        if decision.ownership != Some(Ownership::Computed) || decision.row.id == "take" {
            continue;
        }
        let marked = |found: &kiln_disk::Found| found.markers.kiln || found.markers.git;
        if decision.moved.is_none() && decision.observed.file().is_some_and(marked) {
            decision.row.action = Action::Leave;
            decision.row.finding = Some(kiln_disk::Finding::Conflict);
            decision.facts = project.sum.of(&decision.path).cloned().collect();
            continue;
        }
        let parts = parts_of(&decision.facts);
        if decision.moved.is_none()
            && stands_as_adopted(project, words, &decision.path, &parts, &decision.bytes)
        {
            leave_as_adopted(decision);
            continue;
        }
        let Some(moved) = decision.moved.as_mut().filter(|moved| !moved.done) else { continue };
        if stands_as_adopted(project, words, &moved.path, &parts, &decision.bytes)
            && let Ok(bytes) = project.root.read(&moved.path, LARGEST_LOCK)
        {
            decision.bytes = bytes;
            decision.rendered = false;
            decision.facts.iter_mut().for_each(|fact| fact.adopted = true);
        } else if let Some((bytes, texts)) =
            joined(project, vault, &moved.path, &parts, &decision.bytes)
        {
            decision.bytes = bytes;
            decision.rendered = false;
            decision.diverged = texts;
        }
    }
}

/// The report of what was prepared.
pub(crate) fn report(
    command: &'static str,
    project: &Project,
    resolved: &Resolved,
    prepared: &Prepared,
    recovered: Option<String>,
) -> Report {
    let mut warnings = project.warnings.clone();
    warnings.extend(resolved.resolution.warnings.clone());
    warnings.extend(prepared.plan.warnings.clone());
    let outputs: Vec<_> = prepared.compared.decisions.iter().map(output_report).collect();
    let mut findings = prepared.findings.clone();
    findings.extend(warnings.0.iter().map(|warning| Finding {
        id: warning.id.to_owned(),
        path: None,
        kit: None,
        message: warning.message.clone(),
        hints: warning.hints.clone(),
        fails: false,
        stops: false,
        ..Finding::default()
    }));
    findings.sort_by(|a, b| (!a.fails, &a.path, &a.id).cmp(&(!b.fails, &b.path, &b.id)));
    let mut own_files: Vec<String> = prepared.records.iter().map(Record::path).collect();
    if project.sum_text.as_deref() != Some(prepared.sum.as_str()) {
        own_files.push(SUM.to_owned());
    }
    if project.fresh.is_some() || !resolved.stale.is_empty() {
        own_files.push(LOCK.to_owned());
    }
    Report {
        schema: SCHEMA,
        command,
        project: project.spec.inputs.project.name.value.clone(),
        exit: 0,
        counts: Counts::of(&outputs),
        own_files,
        outputs,
        findings,
        next: Vec::new(),
        warnings,
        recovered,
    }
}

/// Whether anything of what was prepared would be written.
pub(crate) fn would_write(project: &Project, resolved: &Resolved, prepared: &Prepared) -> bool {
    !resolved.stale.is_empty()
        || !prepared.records.is_empty()
        || project.sum_text.as_deref() != Some(prepared.sum.as_str())
        || prepared.compared.decisions.iter().any(|decision| output_change(decision).writes())
}

/// Outputs that a sync would write, for messages.
pub(crate) fn pending(report: &Report) -> Vec<&str> {
    report
        .outputs
        .iter()
        .filter(|output| output.change.writes() && output.change != OutputChange::Restored)
        .map(|output| output.path.as_str())
        .collect()
}
