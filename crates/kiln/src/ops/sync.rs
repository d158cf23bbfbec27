//! `lock` and `sync`: solve, render, compare, and write what changed.

use kiln_base::{Diagnostic, Diagnostics};
use kiln_disk::{
    ApplyError, Changes, Document, Holder, Host, Index, Limits, LockError, Locked, Trust, Vault,
    Wait, Word, apply,
};
use kiln_engine::compose::NextStep;

use crate::ops::answer::{Asker, keep, recall};
use crate::ops::change::{disk_changes, document};
use crate::ops::compare::Refresh;
use crate::ops::history::{record_change, removals};
use crate::ops::old::FromLocks;
use crate::ops::prepare::{Prepared, prepare, report};
use crate::ops::project::{LOCK, Project, Resolved, SPEC, SUM, known_path};
use crate::ops::recovering::{open_to_write, recover_first};
use crate::ops::report::{Finding, Report, SCHEMA};
use crate::ops::resolutions;
use crate::ops::said::Words;
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
    /// Paths or globs of files without a known base, whose two versions are put together with markers.
    pub merge: Vec<String>,
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
    let project = open_to_write("lock", false, settings)?;
    let resolved = project.resolve()?;
    // A lock that cannot be composed is not written.
    project.plan(&resolved)?;
    refuse_if_locked(settings, &resolved)?;
    let written = !resolved.stale.is_empty();
    if written {
        let vault = open_vault(&project)?;
        let locked = hold(&vault, "lock", false, settings)?;
        let recovered = recover_first(&project, &locked, settings)?;
        if recovered.is_some() || project.is_outdated()? {
            drop(locked);
            return lock(settings);
        }
        if let Some(text) = project.lock_text.as_ref().filter(|_| project.sum_text.is_some()) {
            locked.keep_lock(text)?;
        }
        let changes = Changes {
            command: "lock".to_owned(),
            lock: document(known_path(LOCK)?, project.lock_text.as_deref(), &resolved.text),
            ..Changes::default()
        };
        let cancel = settings.watch.cancel.as_deref();
        apply(&project.root, &locked, &changes, &FromLocks(&project), cancel)
            .map_err(|error| apply_failure(&error))?;
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

/// Takes the lock of the project; another kiln that has it is waited for, unless `no_wait`.
pub(crate) fn hold<'v>(
    vault: &'v Vault,
    command: &str,
    no_wait: bool,
    settings: &Settings,
) -> Outcome<Locked<'v>> {
    let tell = |holder: &Holder| {
        if let Some(tell) = settings.watch.tell {
            tell(&format!("waiting for another kiln: {holder}"));
        }
    };
    let wait = match (no_wait, settings.watch.cancel.as_deref()) {
        (true, _) => Wait::Refuse,
        (_, Some(cancel)) => Wait::Cancellable(&tell, cancel),
        (_, None) => Wait::Notify(&tell),
    };
    vault.lock(command, &wait).map_err(|error| lock_failure(&error))
}

/// What the transaction could not do. A clean stop on a signal has its own exit code.
pub(crate) fn apply_failure(error: &ApplyError) -> Failure {
    let code = if matches!(error, ApplyError::Cancelled(_)) { 130 } else { 2 };
    Failure { code, ..Diagnostic::from(error).into() }
}

/// Brings the project to what its spec says.
///
/// # Errors
/// Everything that is wrong with spec, kits, lock or disk. Outputs that need a person's word are no error: the report
/// names them, has exit code 1, and nothing is written.
pub fn sync(options: &SyncOptions) -> Outcome<Report> {
    let has_words = [&options.take, &options.keep, &options.merge].iter().any(|w| !w.is_empty());
    if !(has_words || options.no_wait)
        && let Some(answer) = recall(&options.settings, Asker::Sync, Trust::Stat)?
    {
        return Ok(answer.report);
    }
    let project = open_to_write("sync", options.no_wait, &options.settings)?;
    sync_project(project, "sync", options)
}

/// What [`sync_project`] would do.
///
/// # Errors
/// As [`sync`].
pub(crate) fn preview(project: &Project, options: &SyncOptions) -> Outcome<Report> {
    let vault = Vault::find(&project.root, Host::current())?;
    let words = words(project, options)?;
    let resolved = project.resolve()?;
    refuse_if_locked(&options.settings, &resolved)?;
    let prepared = prepare(project, &resolved, vault.as_ref(), &words, Refresh::No)?;
    let notes = words.checked(&project.here, &prepared.compared.decisions, false)?;
    refuse_changes_if_locked(options, project, &prepared)?;
    let mut report = report("sync", project, &resolved, &prepared, None);
    report.findings.extend(notes);
    Ok(report)
}

/// Writes the edited spec of a project and nothing else.
///
/// # Errors
/// A spec that cannot be solved or composed, and what the disk refuses.
pub(crate) fn write_spec(project: Project, command: &str, options: &SyncOptions) -> Outcome<()> {
    project.plan(&project.resolve()?)?;
    let settings = &options.settings;
    let vault = open_vault(&project)?;
    let locked = hold(&vault, command, options.no_wait, settings)?;
    let recovered = recover_first(&project, &locked, settings)?;
    let again = recovered.is_some() || project.is_outdated()?;
    let project = if again { project.read_again(settings)? } else { project };
    let before = project.spec_before.as_deref();
    let changes = Changes {
        command: command.to_owned(),
        spec: document(known_path(SPEC)?, before, &project.spec.source.text),
        ..Changes::default()
    };
    let cancel = settings.watch.cancel.as_deref();
    apply(&project.root, &locked, &changes, &FromLocks(&project), cancel)
        .map_err(|error| apply_failure(&error))?;
    Ok(())
}

/// As [`sync`], for a project that is open.
pub(crate) fn sync_project(
    project: Project,
    command: &str,
    options: &SyncOptions,
) -> Outcome<Report> {
    let words = words(&project, options)?;
    // Where there is no vault, no sync was: what is refused leaves nothing behind, not even an empty vault.
    let early = match Vault::find(&project.root, Host::current())? {
        Some(_) => None,
        None => Some(decided(&project, options, None, &words, None)?),
    };
    // Unless another kiln has begun meanwhile: then what was seen may be half of what it writes.
    let alone = || -> Outcome<bool> { Ok(Vault::find(&project.root, Host::current())?.is_none()) };
    let early = match early {
        Some(decided) if decided.report.stopped() && alone()? => return Ok(decided.report),
        other => other.filter(|decided| !decided.report.stopped()),
    };
    let vault = open_vault(&project)?;
    let locked = hold(&vault, command, options.no_wait, &options.settings)?;
    let recovered = recover_first(&project, &locked, &options.settings)?;
    let again = recovered.is_some() || project.is_outdated()?;
    let project = if again { project.read_again(&options.settings)? } else { project };
    let Decided { resolved, mut prepared, mut report } = match early {
        // Nobody was here in between.
        Some(early) if !again && vault.records()?.is_empty() => early,
        _ => decided(&project, options, Some(&vault), &words, recovered)?,
    };
    if report.stopped() {
        return Ok(report);
    }
    let changes = changes(command, &project, &resolved, &prepared)?;
    let decisions = &prepared.compared.decisions;
    resolutions::harvest(&project, &locked, &vault, decisions)?;
    let empty = changes.is_empty();
    if !empty {
        let cancel = options.settings.watch.cancel.as_deref();
        let applied = apply(&project.root, &locked, &changes, &FromLocks(&project), cancel)
            .map_err(|error| apply_failure(&error))?;
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
    if !empty {
        resolutions::note(&vault, &locked, decisions)?;
        // What cannot be collected now is collected another time.
        if let Some(clock) = options.settings.watch.clock {
            let _ = locked.collect(clock(), &Limits::default());
        }
    }
    report.next = next_steps(&prepared.plan.next, &report);
    report.exit = report.verdict();
    if empty {
        keep(&options.settings, &project, &resolved, &mut prepared, &vault, &report)?;
    }
    match prepared.compared.index.as_mut() {
        Some(index) => index.store(&project.root)?,
        None => Index::note_time(&project.root)?,
    }
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
    let repeated = recovered.is_some();
    let notes = words.checked(&project.here, &prepared.compared.decisions, repeated)?;
    refuse_changes_if_locked(options, project, &prepared)?;
    let mut report = report("sync", project, &resolved, &prepared, recovered);
    report.findings.extend(notes);
    if report.stopped() {
        report.exit = 1;
    }
    Ok(Decided { resolved, prepared, report })
}

fn words(project: &Project, options: &SyncOptions) -> Outcome<Words> {
    let words = Words::read(
        &project.here,
        [
            (Word::Take, options.take.as_slice()),
            (Word::Keep, options.keep.as_slice()),
            (Word::Merge, options.merge.as_slice()),
        ],
    )?;
    Ok(words.taking(&project.asked.taken))
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

fn changes(
    command: &str,
    project: &Project,
    resolved: &Resolved,
    prepared: &Prepared,
) -> Outcome<Changes> {
    let mut records = Vec::new();
    for record in &prepared.records {
        records.push(record_change(&record.path(), record.write())?);
    }
    records.extend(removals(project, &prepared.plan)?);
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
        .flat_map(|decision| disk_changes(decision, renders_before))
        .collect();
    let spec = match (&project.fresh, &project.spec_before) {
        (Some(texts), _) => document(known_path(SPEC)?, None, &texts.spec),
        (None, Some(before)) => {
            document(known_path(SPEC)?, Some(before), &project.spec.source.text)
        }
        (None, None) => None,
    };
    let lock_before = project.lock_text.as_deref().filter(|_| project.fresh.is_none());
    Ok(Changes {
        command: command.to_owned(),
        records,
        outputs,
        spec,
        sum: Some(Document {
            path: known_path(SUM)?,
            before: project.sum_text.clone(),
            after: Some(prepared.sum.clone()),
        }),
        // Also where it stays the same: what is written is rendered from it again after a crash.
        lock: Some(Document {
            path: known_path(LOCK)?,
            before: lock_before.map(str::to_owned),
            after: Some(resolved.text.clone()),
        }),
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
