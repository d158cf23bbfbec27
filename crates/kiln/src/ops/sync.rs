//! `lock` and `sync`: solve, render, compare, and write what changed.

use std::collections::BTreeMap;

use kiln_base::{Diagnostic, Diagnostics};
use kiln_disk::{Changes, Host, LockError, Locked, Recovery, Vault, Wait, apply, recover};
use kiln_engine::compose::{NextStep, Output, Plan};
use kiln_model::Ownership;
use kiln_resolve::Sum;
use kiln_schema::Record;

use crate::ops::change::{disk_change, document, findings, output_change, output_report};
use crate::ops::compare::{Compared, Refresh, Words, compare};
use crate::ops::history::{new_records, record_change};
use crate::ops::old::{FromLocks, bases, parts_of, parts_of_output};
use crate::ops::project::{LOCK, Project, Resolved, SPEC, SUM, known_path};
use crate::ops::report::{Counts, Finding, OutputChange, Report, SCHEMA};
use crate::ops::{Failure, Outcome, Settings};

/// What a sync is asked.
#[derive(Debug, Clone, Default)]
pub struct SyncOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Paths or globs for which kiln's version is taken.
    pub take: Vec<String>,
    /// Paths or globs for which the person's version is kept.
    pub keep: Vec<String>,
    /// Fail at once if another kiln works on the project.
    pub no_wait: bool,
}

/// What `kiln lock` did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LockReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit code.
    pub exit: u8,
    /// The lock was written.
    pub written: bool,
    /// Why it was not as it should be.
    pub reasons: Vec<String>,
    /// The kits with their versions, in order.
    pub kits: Vec<(String, String)>,
}

/// Solves the spec and writes `kiln.lock`.
///
/// # Errors
/// Everything that is wrong with spec, kits or lock; under `--locked`, a lock that would change.
pub fn lock(settings: &Settings) -> Outcome<LockReport> {
    let project = Project::open(settings)?;
    let resolved = project.resolve()?;
    // A lock that cannot be composed is not written.
    project.plan(&resolved)?;
    refuse_if_locked(settings, &resolved)?;
    let written = !resolved.stale.is_empty();
    if written {
        let vault = open_vault(&project)?;
        let locked = hold(&vault, "lock", false)?;
        recover_first(&project, &locked)?;
        if let Some(text) = project.lock_text.as_ref().filter(|_| project.sum_text.is_some()) {
            locked.keep_lock(text)?;
        }
        let changes = Changes {
            command: "lock".to_owned(),
            lock: document(known_path(LOCK)?, project.lock_text.as_deref(), &resolved.text),
            ..Changes::default()
        };
        apply(&project.root, &locked, &changes, &FromLocks(&project), None)
            .map_err(|error| Failure::from(Diagnostic::from(&error)))?;
    }
    let kits = resolved
        .resolution
        .kits
        .iter()
        .map(|p| (p.id().to_owned(), p.manifest.version.to_string()))
        .collect();
    Ok(LockReport { schema: SCHEMA, exit: 0, written, reasons: resolved.stale, kits })
}

/// Under `--locked` a lock that would change is an expected failure.
pub(crate) fn refuse_if_locked(settings: &Settings, resolved: &Resolved) -> Outcome<()> {
    if !settings.locked || resolved.stale.is_empty() {
        return Ok(());
    }
    let message =
        format!("`{LOCK}` would change, and `--locked` forbids it: {}", resolved.stale.join("; "));
    let diagnostics = Diagnostics::from(
        Diagnostic::error("lock-stale", message)
            .hint("run `kiln sync` without `--locked` and commit the lock"),
    );
    Err(Failure { diagnostics, code: 1 })
}

pub(crate) fn open_vault(project: &Project) -> Outcome<Vault> {
    Vault::open(&project.root, Host::current()).map_err(|error| lock_failure(&error))
}

fn lock_failure(error: &LockError) -> Failure {
    match error {
        LockError::Disk(error) => error.into(),
        LockError::Held(_) => Diagnostic::error("busy", error.to_string())
            .hint("wait until it is done, or stop it")
            .into(),
        LockError::Interrupted => Failure {
            diagnostics: Diagnostic::error("cancelled", error.to_string()).into(),
            code: 130,
        },
    }
}

pub(crate) fn hold<'v>(vault: &'v Vault, command: &str, no_wait: bool) -> Outcome<Locked<'v>> {
    let wait = if no_wait { Wait::Refuse } else { Wait::Notify(&|_| ()) };
    vault.lock(command, &wait).map_err(|error| lock_failure(&error))
}

/// Finishes or rolls back what an earlier run left, and says so.
fn recover_first(project: &Project, locked: &Locked<'_>) -> Outcome<Option<String>> {
    Ok(match recover(&project.root, locked, &FromLocks(project))? {
        Recovery::Nothing => None,
        Recovery::Finished { command, redone, .. } => {
            Some(format!("finished the interrupted `kiln {command}`: {} files written", redone.len()))
        }
        Recovery::RolledBack { command, restored, .. } => {
            Some(format!("took back the interrupted `kiln {command}`: {} files restored", restored.len()))
        }
        Recovery::SetAside => Some("an interrupted run belonged to another state of the project; its backups are in the vault".to_owned()),
        Recovery::Repaired { redone } => {
            Some(format!("{} files of the last sync had not reached the disk and were written again", redone.len()))
        }
    })
}

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
    let records = new_records(&plan, &outputs);
    let diverged = join_locks(project, vault, &mut outputs);
    let mut compared = compare(project, vault, &plan, outputs, words, refresh)?;
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

/// Brings the project to what its spec says.
///
/// # Errors
/// Everything that is wrong with spec, kits, lock or disk. Outputs that need a person's word are no error: the report
/// names them, has exit code 1, and nothing is written.
pub fn sync(options: &SyncOptions) -> Outcome<Report> {
    let project = Project::open(&options.settings)?;
    sync_project(project, options)
}

/// As [`sync`], for a project that is open.
pub(crate) fn sync_project(project: Project, options: &SyncOptions) -> Outcome<Report> {
    let words = words(options)?;
    // Where there is no vault, no sync was: what is refused leaves nothing behind, not even an empty vault.
    let early = match Vault::find(&project.root, Host::current())? {
        Some(_) => None,
        None => Some(decided(&project, options, None, &words, None)?),
    };
    if let Some(decided) = early.as_ref().filter(|decided| decided.report.stopped()) {
        return Ok(decided.report.clone());
    }
    let vault = open_vault(&project)?;
    let locked = hold(&vault, "sync", options.no_wait)?;
    let recovered = recover_first(&project, &locked)?;
    let project =
        if recovered.is_some() { Project::read(project.root, &options.settings)? } else { project };
    let Decided { resolved, mut prepared, mut report } = match early {
        // Nobody was here in between.
        Some(early) if recovered.is_none() && vault.records()?.is_empty() => early,
        _ => decided(&project, options, Some(&vault), &words, recovered)?,
    };
    if report.stopped() {
        return Ok(report);
    }
    let changes = changes(&project, &resolved, &prepared)?;
    let empty = changes.outputs.is_empty()
        && changes.records.is_empty()
        && changes.sum.is_none()
        && changes.lock.is_none();
    if !empty {
        let applied = apply(&project.root, &locked, &changes, &FromLocks(&project), None)
            .map_err(|error| Failure::from(Diagnostic::from(&error)))?;
        for path in applied.overtaken {
            report.findings.push(Finding {
                id: "overtaken".to_owned(),
                path: Some(path.as_str().to_owned()),
                kit: None,
                message: format!(
                    "`{path}` was saved by somebody while kiln ran; it was left as it is"
                ),
                hints: vec!["run `kiln sync` again".to_owned()],
                fails: true,
                stops: false,
                ..Finding::default()
            });
        }
    }
    if let Some(index) = prepared.compared.index.as_mut() {
        index.store(&project.root)?;
    }
    report.next = next_steps(&prepared.plan.next, &report);
    report.exit = report.verdict();
    Ok(report)
}

/// What a sync would do, and what it says about that.
struct Decided {
    resolved: Resolved,
    prepared: Prepared,
    report: Report,
}

fn decided(
    project: &Project,
    options: &SyncOptions,
    vault: Option<&Vault>,
    words: &Words,
    recovered: Option<String>,
) -> Outcome<Decided> {
    let resolved = project.resolve()?;
    refuse_if_locked(&options.settings, &resolved)?;
    let refresh = if vault.is_some() { Refresh::Yes } else { Refresh::No };
    let prepared = prepare(project, &resolved, vault, words, refresh)?;
    refuse_words_for_nothing(words, &prepared)?;
    refuse_changes_if_locked(options, project, &prepared)?;
    let mut report = report("sync", project, &resolved, &prepared, recovered);
    if report.stopped() {
        report.exit = 1;
    }
    Ok(Decided { resolved, prepared, report })
}

/// A word about a path that no kit writes is a slip: the path that was meant would stay as it is.
fn refuse_words_for_nothing(words: &Words, prepared: &Prepared) -> Outcome<()> {
    let known = || prepared.compared.decisions.iter().map(|decision| decision.path.as_str());
    let mut problems = Diagnostics::new();
    for (_, glob) in words.iter().filter(|(_, glob)| !known().any(|path| glob.is_match(path))) {
        let text = glob.glob().glob();
        let hint = kiln_base::did_you_mean(text, known())
            .unwrap_or_else(|| "paths are written from the project's root, with `/`".to_owned());
        problems.push(
            Diagnostic::error("unknown-output", format!("no kit writes `{text}`")).hint(hint),
        );
    }
    Ok(problems.finish(()).map(|_| ())?)
}

fn words(options: &SyncOptions) -> Outcome<Words> {
    let mut words = Words::new();
    for (word, globs) in
        [(kiln_disk::Word::Take, &options.take), (kiln_disk::Word::Keep, &options.keep)]
    {
        for text in globs {
            let glob = globset::GlobBuilder::new(text).literal_separator(true).build().map_err(
                |error| {
                    Failure::from(Diagnostic::error(
                        "glob",
                        format!("`{text}` is no path or glob: {}", error.kind()),
                    ))
                },
            )?;
            words.push((word, glob.compile_matcher()));
        }
    }
    Ok(words)
}

/// `--locked` covers sum and history too; both may be written where there is neither.
fn refuse_changes_if_locked(
    options: &SyncOptions,
    project: &Project,
    prepared: &Prepared,
) -> Outcome<()> {
    let first = project.sum_text.is_none() && project.history.chains.is_empty();
    if !options.settings.locked || first {
        return Ok(());
    }
    let mut changed = Vec::new();
    if project.sum_text.as_deref() != Some(prepared.sum.as_str()) && project.sum_text.is_some() {
        changed.push(SUM);
    }
    if !prepared.records.is_empty() {
        changed.push(crate::ops::project::HISTORY);
    }
    if changed.is_empty() {
        return Ok(());
    }
    let message = format!("`{}` would change, and `--locked` forbids it", changed.join("` and `"));
    let diagnostics = Diagnostics::from(
        Diagnostic::error("lock-stale", message)
            .hint("run `kiln sync` without `--locked` and commit the result"),
    );
    Err(Failure { diagnostics, code: 1 })
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

fn changes(project: &Project, resolved: &Resolved, prepared: &Prepared) -> Outcome<Changes> {
    let mut records = Vec::new();
    for record in &prepared.records {
        records.push(record_change(&record.path(), record.write())?);
    }
    for (path, text) in project.fresh.iter().flat_map(|texts| &texts.history) {
        records.push(record_change(path.as_str(), text.clone())?);
    }
    // What the old lock renders need not be kept: undo renders it again. A lock that stays the same proves that its
    // kits are at hand.
    let renders_before = resolved.stale.is_empty();
    let outputs = prepared
        .compared
        .decisions
        .iter()
        .filter_map(|decision| disk_change(decision, renders_before))
        .collect();
    let spec = match &project.fresh {
        Some(texts) => document(known_path(SPEC)?, None, &texts.spec),
        None => None,
    };
    let lock_before = project.lock_text.as_deref().filter(|_| project.fresh.is_none());
    Ok(Changes {
        command: "sync".to_owned(),
        records,
        outputs,
        spec,
        sum: document(known_path(SUM)?, project.sum_text.as_deref(), &prepared.sum),
        lock: document(known_path(LOCK)?, lock_before, &resolved.text),
    })
}

/// What a person should run after these changes.
fn next_steps(next: &[NextStep], report: &Report) -> Vec<String> {
    let changed: Vec<&str> = report
        .outputs
        .iter()
        .filter(|output| output.change.writes())
        .map(|output| output.path.as_str())
        .collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let applies = |step: &&NextStep| {
        step.when_changed.is_empty()
            || step.when_changed.iter().filter_map(|glob| globset::Glob::new(glob).ok()).any(
                |glob| {
                    let glob = glob.compile_matcher();
                    changed.iter().any(|path| glob.is_match(path))
                },
            )
    };
    let mut texts: Vec<String> = Vec::new();
    for step in next.iter().filter(applies) {
        if !texts.contains(&step.text) {
            texts.push(step.text.clone());
        }
    }
    texts
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
