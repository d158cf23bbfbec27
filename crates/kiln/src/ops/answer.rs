//! The answer of a run that found nothing to do, kept until anything that it came from changes.
//!
//! It is kept in the note of the project's index, under a fingerprint of every text that it was worked out from, beside
//! snapshots of all that was looked at on the disk: outputs, lists of patterns that git ignores, libraries in folders.
//! Only where all of these are proven to be the same is the answer given again; then nothing is parsed, solved,
//! composed or rendered. Whatever else an answer may depend on (an unfinished run, merges to look over, patterns of git
//! that hide something, the words of a command) bars it from being kept or given.

use std::collections::BTreeMap;
use std::path::Path;

use kiln_base::{KeyHasher, RelPath};
use kiln_disk::{Host, Index, Root, Trust, Vault};
use kiln_schema::Seal;
use serde::{Deserialize, Serialize};

use crate::ops::check::{Status, examine, own_changes_of};
use crate::ops::diff::FileDiff;
use crate::ops::ignored;
use crate::ops::prepare::{Prepared, would_write};
use crate::ops::project::{Project, Resolved, SPEC, Texts, read_text, standing_in};
use crate::ops::report::{Counts, Finding, OutputChange, OutputReport, Report, SCHEMA};
use crate::ops::{Outcome, Settings, resolutions};

/// Which command asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Sync,
    Check,
    Status,
}

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    project: String,
    /// Libraries in folders, as the spec names them, with a snapshot of each.
    libraries: Vec<(String, Vec<u8>)>,
    /// Kits and kinds of ownership, each once.
    names: Vec<String>,
    outputs: Vec<KeptOutput>,
    /// The findings of a sync, and of a check.
    sync: Vec<KeptFinding>,
    check: Vec<KeptFinding>,
    /// What a person changed.
    mine: Vec<FileDiff>,
}

#[derive(Serialize, Deserialize)]
struct KeptOutput {
    path: String,
    change: OutputChange,
    kit: u32,
    ownership: u32,
}

#[derive(Serialize, Deserialize)]
struct KeptFinding {
    id: String,
    path: Option<String>,
    kit: Option<String>,
    message: String,
    hints: Vec<String>,
    fails: bool,
    formatting: bool,
    line: Option<usize>,
}

/// The answer to `asker`, if the last run's holds still.
///
/// # Errors
/// A fault of the disk.
pub(crate) fn recall(settings: &Settings, asker: Asker, trust: Trust) -> Outcome<Option<Status>> {
    let Some(build) = &settings.build else { return Ok(None) };
    let Some(root) = Root::find(&settings.start, SPEC)? else { return Ok(None) };
    let index = Index::load(&root);
    if index.note().is_empty() {
        return Ok(None);
    }
    // What cannot be read is told by the long way.
    let Ok(Some(texts)) = Texts::read(&root, SPEC) else { return Ok(None) };
    if index.fingerprint() != fingerprint(build, settings, &root, &texts) {
        return Ok(None);
    }
    let Ok(kept) = postcard::from_bytes::<Kept>(index.note()) else { return Ok(None) };
    if is_busy(&root, asker)? || !libraries_hold(&root, &kept)? || !index.holds(&root, trust)? {
        return Ok(None);
    }
    Ok(Some(kept.status(asker)))
}

/// Keeps the answer of a sync that had nothing to do, if it is one that may be kept; else none is kept any more.
///
/// # Errors
/// A fault of the disk.
pub(crate) fn keep(
    settings: &Settings,
    project: &Project,
    resolved: &Resolved,
    prepared: &mut Prepared,
    vault: &Vault,
    sync: &Report,
) -> Outcome<()> {
    let kept = answer(project, resolved, prepared, vault, sync)?;
    let fingerprint = match (settings.build, texts_of(project)?) {
        (Some(build), Some(texts)) => Some(fingerprint(&build, settings, &project.root, &texts)),
        _ => None,
    };
    let is_whole = kept.is_some() && all_watched(project, prepared)?;
    let Some(index) = prepared.compared.index.as_mut() else { return Ok(()) };
    match (kept.and_then(|kept| postcard::to_stdvec(&kept).ok()), fingerprint) {
        (Some(note), Some(fingerprint)) if is_whole => index.set_note(fingerprint, &note),
        _ => index.set_note([0; 32], &[]),
    }
    Ok(())
}

/// What there is to keep; none if it must not be kept.
fn answer(
    project: &Project,
    resolved: &Resolved,
    prepared: &Prepared,
    vault: &Vault,
    sync: &Report,
) -> Outcome<Option<Kept>> {
    let bars = !may_be_kept(project, sync)
        || would_write(project, resolved, prepared)
        || !resolutions::review(vault).is_empty();
    let libraries: Option<Vec<_>> = project
        .kits
        .snapshots
        .iter()
        .map(|(path, seen)| Some((path.clone(), seen.as_ref()?.as_bytes().to_vec())))
        .collect();
    let Some(libraries) = libraries.filter(|_| !bars) else { return Ok(None) };
    let check = examine("check", project, resolved, Some(vault), prepared)?;
    if !may_be_kept(project, &check) {
        return Ok(None);
    }
    let mut names = Names::default();
    let outputs = sync.outputs.iter().map(|output| KeptOutput {
        path: output.path.clone(),
        change: output.change,
        kit: names.place(&output.kit),
        ownership: names.place(&output.ownership),
    });
    let outputs = outputs.collect();
    Ok(Some(Kept {
        project: sync.project.clone(),
        libraries,
        names: names.all,
        outputs,
        sync: sync.findings.iter().map(KeptFinding::of).collect(),
        check: check.findings.iter().map(KeptFinding::of).collect(),
        mine: own_changes_of(project, Some(vault), prepared)?,
    }))
}

/// Puts into the index what else the answer came from; false if it is not any more what the answer came from. What is
/// looked at is recorded first and judged then: a change in between shows in the record.
fn all_watched(project: &Project, prepared: &mut Prepared) -> Outcome<bool> {
    let Some(index) = prepared.compared.index.as_mut() else { return Ok(false) };
    let decisions = &prepared.compared.decisions;
    let gone = decisions.iter().map(|decision| &decision.path).filter(|path| !index.covers(path));
    let gone: Vec<RelPath> = gone.cloned().collect();
    let mut watched = prepared.ignored.consulted.clone();
    watched.retain(|path| !index.covers(path) && !gone.contains(path));
    watched.extend(gone.iter().cloned());
    index.watch(&project.root, &watched)?;
    let again = ignored::git_ignored(&project.root, decisions);
    Ok(!again.hides_any
        && again.consulted == prepared.ignored.consulted
        && prepared.surroundings == surroundings(&project.root)
        && gone.iter().all(|path| index.has_nothing_at(path)))
}

/// The project's texts, if they are still what was read.
fn texts_of(project: &Project) -> Outcome<Option<Texts>> {
    let Ok(texts) = Texts::read(&project.root, SPEC) else { return Ok(None) };
    Ok(texts.filter(|texts| {
        texts.spec == project.spec.source.text
            && texts.lock == project.lock_text
            && texts.sum == project.sum_text
            && texts.history == project.history_texts
    }))
}

/// Nothing is said that comes from elsewhere than the disk and the texts, and nothing is asked besides.
fn may_be_kept(project: &Project, report: &Report) -> bool {
    project.fresh.is_none()
        && project.spec_before.is_none()
        && project.rewrite.is_empty()
        && project.asked.is_empty()
        && report.exit == 0
        && report.recovered.is_none()
        && report.own_files.is_empty()
        && report.warnings.0.is_empty()
        && report.failing().next().is_none()
}

/// A run that is to be finished first, or merges that a person has yet to look over.
fn is_busy(root: &Root, asker: Asker) -> Outcome<bool> {
    let Some(vault) = Vault::find(root, Host::current())? else { return Ok(false) };
    let unfinished = match asker {
        Asker::Sync => vault.unfinished(root)?.is_some(),
        Asker::Check | Asker::Status => vault.interrupted(root)?.is_some(),
    };
    Ok(unfinished || !resolutions::review(&vault).is_empty())
}

fn libraries_hold(root: &Root, kept: &Kept) -> Outcome<bool> {
    for (path, snapshot) in &kept.libraries {
        let library = Root::open(&root.path().join(path));
        let (Ok(library), Some(snapshot)) = (library, Index::from_bytes(snapshot.clone())) else {
            return Ok(false);
        };
        if !snapshot.holds(&library, Trust::Stat)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Of every text that an answer comes from.
fn fingerprint(build: &[u8; 32], settings: &Settings, root: &Root, texts: &Texts) -> [u8; 32] {
    let mut hasher = KeyHasher::new("kiln 2026 answer v1");
    hasher.bytes(build).text(&texts.spec);
    for folder in settings.library.iter().flat_map(|folder| standing_in(folder)) {
        hasher.text(&folder.to_string_lossy());
    }
    for text in [&texts.lock, &texts.sum] {
        hasher.number(u64::from(text.is_some())).text(text.as_deref().unwrap_or_default());
    }
    hasher.number(texts.history.len() as u64);
    for (path, text) in &texts.history {
        hasher.text(path.as_str()).text(text);
    }
    hasher.bytes(&surroundings(root)).finish()
}

/// Of what else an answer comes from: the seal, where the project lies in its repository, what is ignored above it.
pub(crate) fn surroundings(root: &Root) -> [u8; 32] {
    let mut hasher = KeyHasher::new("kiln 2026 surroundings v1");
    let seal = RelPath::new(Seal::PATH).ok().and_then(|path| read_text(root, &path).ok());
    hasher.text(seal.flatten().as_deref().unwrap_or_default());
    let above = ignored::texts_above(root);
    hasher.number(above.len() as u64);
    for (way, text) in &above {
        hasher.text(way).text(text);
    }
    hasher.number(u64::from(is_in_git(root.path()))).finish()
}

fn is_in_git(path: &Path) -> bool {
    crate::ops::repository::repository_top(path).is_some()
}

#[derive(Default)]
struct Names {
    all: Vec<String>,
    places: BTreeMap<String, u32>,
}

impl Names {
    fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.all.len() as u32;
        self.all.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }
}

impl Kept {
    fn status(self, asker: Asker) -> Status {
        let name = |at: u32| self.names.get(at as usize).cloned().unwrap_or_default();
        let outputs: Vec<OutputReport> = self
            .outputs
            .into_iter()
            .map(|output| OutputReport {
                path: output.path,
                change: output.change,
                from: None,
                kit: name(output.kit),
                ownership: name(output.ownership),
            })
            .collect();
        let (command, findings) = match asker {
            Asker::Sync => ("sync", self.sync),
            Asker::Check => ("check", self.check),
            Asker::Status => ("status", self.check),
        };
        let report = Report {
            schema: SCHEMA,
            command,
            project: self.project,
            exit: 0,
            counts: Counts::of(&outputs),
            own_files: Vec::new(),
            outputs,
            findings: findings.into_iter().map(KeptFinding::finding).collect(),
            ..Report::default()
        };
        Status { report, mine: self.mine }
    }
}

impl KeptFinding {
    fn of(finding: &Finding) -> Self {
        let Finding { id, path, kit, message, hints, fails, stops: _, formatting, line } =
            finding.clone();
        Self { id, path, kit, message, hints, fails, formatting, line }
    }

    fn finding(self) -> Finding {
        let Self { id, path, kit, message, hints, fails, formatting, line } = self;
        Finding { id, path, kit, message, hints, fails, stops: false, formatting, line }
    }
}
