//! `check` and `status`: sync that stops before writing.

use std::collections::BTreeSet;

use kiln_base::RelPath;
use kiln_disk::{Host, Root, Trust, Vault};
use kiln_model::Ownership;

use crate::ops::answer::{Asker, recall};
use crate::ops::compare::{Decision, Refresh};
use crate::ops::diff::{FileDiff, own_changes};
use crate::ops::findings::to_review;
use crate::ops::here::Here;
use crate::ops::prepare::{Prepared, pending, prepare, report, would_write};
use crate::ops::project::{LOCK, Project, Resolved, SPEC, SUM, no_project};
use crate::ops::report::{Counts, Finding, Report};
use crate::ops::resolutions;
use crate::ops::said::Words;
use crate::ops::stale_locks::stale_locks;
use crate::ops::words::choose;
use crate::ops::{Outcome, Settings, reformat};

/// What a check is asked.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Every output is read, also where its size and times say that it is as it was.
    pub reads_all: bool,
}

fn about(id: &str, path: Option<&str>, message: String, hint: &str) -> Finding {
    Finding {
        id: id.to_owned(),
        path: path.map(str::to_owned),
        kit: None,
        message,
        hints: vec![hint.to_owned()],
        fails: true,
        stops: false,
        ..Finding::default()
    }
}

/// Says whether the project is what its spec, lock, history and sum say. Writes nothing.
///
/// # Errors
/// Everything that is wrong with spec, kits, lock or disk.
pub fn check(options: &CheckOptions) -> Outcome<Report> {
    if let Some(answer) = recall(&options.settings, Asker::Check, trust(options))? {
        return Ok(answer.report);
    }
    let mut report = examined("check", options, |_, _, _| Ok(()))?.0;
    report.exit = report.verdict();
    Ok(report)
}

/// What a status is asked.
#[derive(Debug, Clone, Default)]
pub struct StatusOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Only these outputs, folders or globs; all if empty.
    pub paths: Vec<String>,
}

/// Says the same without failing: what is edited, missing, stale.
///
/// # Errors
/// As [`check`]; a path that no kit writes.
pub fn status(options: &StatusOptions) -> Outcome<Status> {
    let mut answer = status_of_all(&options.settings)?;
    if options.paths.is_empty() {
        return Ok(answer);
    }
    let report = &mut answer.report;
    let root = Root::find(&options.settings.start, SPEC)?.ok_or_else(no_project)?;
    let known = report.outputs.iter().filter_map(|output| RelPath::new(&output.path).ok());
    let chosen =
        choose(&Here::of(&root, &options.settings.start), &options.paths, &known.collect())?;
    let wanted: BTreeSet<&str> =
        chosen.iter().flat_map(|one| &one.paths).map(RelPath::as_str).collect();
    report.outputs.retain(|output| wanted.contains(output.path.as_str()));
    report.findings.retain(|one| one.path.as_deref().is_some_and(|path| wanted.contains(path)));
    report.own_files.clear();
    report.counts = Counts::of(&report.outputs);
    answer.mine.retain(|file| wanted.contains(file.path.as_str()));
    Ok(answer)
}

fn status_of_all(settings: &Settings) -> Outcome<Status> {
    if let Some(answer) = recall(settings, Asker::Status, Trust::Stat)? {
        return Ok(answer);
    }
    let options = CheckOptions { settings: settings.clone(), reads_all: false };
    let (report, mine) = examined("status", &options, own_changes_of)?;
    Ok(Status { report, mine })
}

/// How a project stands.
#[derive(Debug, Clone)]
pub struct Status {
    /// As a check says it, without failing.
    pub report: Report,
    /// What a person changed in outputs that are not wholly theirs.
    pub mine: Vec<FileDiff>,
}

/// What a person changed; what is wholly the person's is no news.
pub(crate) fn own_changes_of(
    project: &Project,
    vault: Option<&Vault>,
    prepared: &Prepared,
) -> Outcome<Vec<FileDiff>> {
    let decisions: Vec<&Decision> = prepared.compared.decisions.iter().collect();
    let mut files = own_changes(project, vault, &decisions, false)?;
    files.retain(|file| file.ownership != Ownership::Seeded.name());
    Ok(files)
}

const fn trust(options: &CheckOptions) -> Trust {
    if options.reads_all { Trust::Nothing } else { Trust::Stat }
}

/// The report, and what else `look` makes of what was prepared.
fn examined<T>(
    command: &'static str,
    options: &CheckOptions,
    look: impl FnOnce(&Project, Option<&Vault>, &Prepared) -> Outcome<T>,
) -> Outcome<(Report, T)> {
    let project = Project::open(&options.settings)?;
    let resolved = project.resolve()?;
    let vault = Vault::find(&project.root, Host::current())?;
    let refresh = if options.reads_all { Refresh::Ignore } else { Refresh::No };
    let prepared = prepare(&project, &resolved, vault.as_ref(), &Words::default(), refresh)?;
    let report = examine(command, &project, &resolved, vault.as_ref(), &prepared)?;
    Ok((report, look(&project, vault.as_ref(), &prepared)?))
}

/// The report of a check over what is prepared.
///
/// # Errors
/// An output that cannot be read.
pub(crate) fn examine(
    command: &'static str,
    project: &Project,
    resolved: &Resolved,
    vault: Option<&Vault>,
    prepared: &Prepared,
) -> Outcome<Report> {
    let mut report = report(command, project, resolved, prepared, None);
    if let Some(vault) = vault
        && let Some(interrupted) =
            vault.interrupted(&project.root)?.filter(|interrupted| !interrupted.running)
    {
        let message = format!("`kiln {}` was interrupted", interrupted.command);
        report.findings.push(about("interrupted", None, message, "`kiln sync` finishes it"));
    }
    if let Some(vault) = vault {
        let review = resolutions::review(vault);
        report.findings.extend(to_review(&prepared.compared.decisions, review));
    }
    if !resolved.stale.is_empty() {
        let message =
            format!("`{LOCK}` does not say what the spec says: {}", resolved.stale.join("; "));
        report.findings.push(about(
            "spec-stale",
            Some(LOCK),
            message,
            "run `kiln sync` and commit the result",
        ));
    }
    for record in &prepared.records {
        let message =
            format!("a step of module `{}` is not in the history: {}", record.chain, record.title);
        report.findings.push(about(
            "history-stale",
            Some(&record.path()),
            message,
            "run `kiln sync` and commit the result",
        ));
    }
    report.findings.extend(stale_locks(project, &prepared.compared.decisions)?);
    reformat::tell(project, &prepared.compared.decisions, &mut report.findings)?;
    // A missing file makes check fail although sync puts it right.
    for finding in report.findings.iter_mut().filter(|finding| finding.id == "missing") {
        finding.fails = true;
    }
    let pending: Vec<String> = pending(&report).into_iter().map(str::to_owned).collect();
    if !pending.is_empty() {
        let shown: Vec<String> = pending.iter().take(5).map(|path| format!("`{path}`")).collect();
        let more = pending.len().saturating_sub(shown.len());
        let what = match pending.len() {
            1 => "1 output".to_owned(),
            number => format!("{number} outputs"),
        };
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!("{what} would be written: {}{more}", shown.join(", "));
        report.findings.push(about(
            "lock-stale",
            None,
            message,
            "run `kiln sync` and commit the result; `kiln diff` shows the changes",
        ));
    } else if would_write(project, resolved, prepared) && report.failing().next().is_none() {
        let message = format!("`{SUM}` is not what kiln would write");
        report.findings.push(about(
            "lock-stale",
            Some(SUM),
            message,
            "run `kiln sync` and commit the result",
        ));
    }
    report.findings.sort_by(|a, b| (!a.fails, &a.path, &a.id).cmp(&(!b.fails, &b.path, &b.id)));
    report.findings.dedup();
    Ok(report)
}
