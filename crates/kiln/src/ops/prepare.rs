//! What a sync would do, before anything is done: compose, render, compare, and the report of it.

use std::collections::BTreeMap;

use kiln_disk::Vault;
use kiln_engine::compose::{Output, Plan};
use kiln_model::Ownership;
use kiln_resolve::Sum;
use kiln_schema::Record;

use crate::ops::Outcome;
use crate::ops::change::{output_change, output_report};
use crate::ops::compare::{Compared, Refresh, compare};
use crate::ops::findings::findings;
use crate::ops::history::{new_records, pin, schema_findings};
use crate::ops::ignored::git_ignored;
use crate::ops::old::{bases, parts_of, parts_of_output};
use crate::ops::project::{LOCK, Project, Resolved, SUM};
use crate::ops::report::{Counts, Finding, OutputChange, Report, SCHEMA};
use crate::ops::said::Words;

/// Everything that a sync would do, before anything is done.
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    pub(crate) compared: Compared,
    pub(crate) records: Vec<Record>,
    pub(crate) sum: String,
    pub(crate) findings: Vec<Finding>,
}

/// Composes, renders and compares.
pub(crate) fn prepare(
    project: &Project,
    resolved: &Resolved,
    vault: Option<&Vault>,
    words: &Words,
    refresh: Refresh,
) -> Outcome<Prepared> {
    let plan = project.plan(resolved)?;
    let mut outputs = plan.render()?;
    let records = new_records(project, &plan, &outputs);
    pin(project, &mut outputs)?;
    let diverged = join_locks(project, vault, &mut outputs);
    let mut compared = compare(project, resolved, vault, &plan, outputs, words, refresh)?;
    for (path, joined, texts) in diverged {
        if let Some(decision) = compared.decisions.iter_mut().find(|decision| decision.path == path)
        {
            decision.rendered = !joined;
            decision.diverged = texts;
        }
    }
    let facts =
        compared.decisions.iter().flat_map(|decision| decision.facts.iter().cloned()).collect();
    let sum = Sum { facts, had_markers: false }.write();
    let mut all: Vec<Finding> = compared.decisions.iter().flat_map(findings).collect();
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
    all.extend(git_ignored(&project.root, &compared.decisions));
    Ok(Prepared { plan, compared, records, sum, findings: all })
}

/// The largest dependency lock that is read, in bytes.
const LARGEST_LOCK: u64 = 64 << 20;

/// A dependency lock, whether it was joined with what stands on the disk, and what diverges there.
type Joined = (kiln_base::RelPath, bool, Vec<String>);

/// Joins dependency locks with what stands on the disk: a person's packages stay.
fn join_locks(project: &Project, vault: Option<&Vault>, outputs: &mut [Output]) -> Vec<Joined> {
    let mut all = Vec::new();
    for output in outputs.iter_mut().filter(|output| output.ownership == Ownership::Computed) {
        let Ok(Some(disk)) = project.root.read_text_if(&output.path, LARGEST_LOCK) else {
            continue;
        };
        let disk = disk.replace("\r\n", "\n");
        let new = String::from_utf8_lossy(&output.bytes).into_owned();
        let untouched =
            |fact: &kiln_resolve::Fact| fact.digest == Some(kiln_base::sha256(disk.as_bytes()));
        if disk == new || project.sum.of(&output.path).any(untouched) {
            continue;
        }
        let facts = parts_of(project.sum.of(&output.path));
        let base = if facts == parts_of_output(output) {
            Some(new.clone())
        } else {
            let wanted = BTreeMap::from([(output.path.clone(), facts)]);
            bases(project, vault, &wanted)
                .remove(&output.path)
                .and_then(|bytes| String::from_utf8(bytes).ok())
        };
        let merged = kiln_deps::python::merge_requirements(base.as_deref(), &disk, &new);
        let texts = merged.diverged.iter().map(|divergence| {
            format!(
                "`{}` is {} in `{}`, and the catalogue has {}",
                divergence.name,
                divergence.on_disk.join(" and "),
                output.path,
                divergence.in_closure.join(" and ")
            )
        });
        all.push((output.path.clone(), true, texts.collect()));
        output.bytes = merged.text.into_bytes();
    }
    all
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
