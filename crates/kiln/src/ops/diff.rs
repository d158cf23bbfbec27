//! `diff`: what a sync would change, or what a person changed, as a patch.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{RelPath, sha256};
use kiln_disk::{Action, Host, LineEnds, Note, Observed, Vault};
use kiln_model::Ownership;

use crate::ops::change::output_change;
use crate::ops::compare::{Decision, Refresh};
use crate::ops::here::Here;
use crate::ops::old::{Parts, bases, parts_of};
use crate::ops::patch::{Patch, State, patch};
use crate::ops::prepare::prepare;
use crate::ops::project::Project;
use crate::ops::report::{OutputChange, SCHEMA};
use crate::ops::said::Words;
use crate::ops::words::choose;
use crate::ops::{Outcome, Settings};

/// The largest output that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// What a diff is asked.
#[derive(Debug, Clone, Default)]
pub struct DiffOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Show what the person changed against the render, not what a sync would change.
    pub mine: bool,
    /// Show what would have to change for every output to be as kiln wrote it: `mine`, turned round.
    pub pristine: bool,
    /// Exit 1 if there is a difference.
    pub exit_code: bool,
    /// Only these paths, folders or globs; all if empty.
    pub paths: Vec<String>,
}

/// The difference of one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileDiff {
    /// The output.
    pub path: String,
    /// The kit that writes it.
    pub kit: String,
    /// Who may change it.
    pub ownership: String,
    /// What becomes of it.
    pub change: OutputChange,
    /// The patch, as `git apply` takes it; a line about a binary file.
    pub diff: String,
    /// It is no text, so the patch does not hold it.
    pub binary: bool,
}

/// All differences.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DiffReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit code.
    pub exit: u8,
    /// The differences, by path.
    pub files: Vec<FileDiff>,
}

/// Shows what a sync would change, or what a person changed.
///
/// # Errors
/// Everything that is wrong with spec, kits, lock or disk; a path that no kit writes.
pub fn diff(options: &DiffOptions) -> Outcome<DiffReport> {
    let project = Project::open(&options.settings)?;
    let resolved = project.resolve()?;
    let vault = Vault::find(&project.root, Host::current())?;
    let prepared = prepare(&project, &resolved, vault.as_ref(), &Words::default(), Refresh::No)?;
    let decisions = &prepared.compared.decisions;
    let wanted = Wanted::read(&project.here, &options.paths, decisions)?;
    let wanted: Vec<&Decision> =
        decisions.iter().filter(|one| wanted.holds(one.path.as_str())).collect();
    let mut files = Vec::new();
    if options.mine || options.pristine {
        files = own_changes(&project, vault.as_ref(), &wanted, options.pristine)?;
    } else {
        for decision in wanted {
            files.extend(next_changes(&project, decision)?);
        }
    }
    let exit = u8::from(options.exit_code && !files.is_empty());
    Ok(DiffReport { schema: SCHEMA, exit, files })
}

/// What the person changed, or what would take it back.
///
/// # Errors
/// An output that cannot be read.
pub(crate) fn own_changes(
    project: &Project,
    vault: Option<&Vault>,
    decisions: &[&Decision],
    pristine: bool,
) -> Outcome<Vec<FileDiff>> {
    let bases = started_from(project, vault, decisions);
    let mut files = Vec::new();
    for decision in decisions {
        files.extend(own_change(project, decision, bases.get(stands(decision).0), pristine)?);
    }
    Ok(files)
}

/// The paths that were asked for; all if none was.
pub(crate) struct Wanted(Option<BTreeSet<String>>);

impl Wanted {
    /// What texts of the command line stand for among outputs: paths, folders or globs.
    ///
    /// # Errors
    /// A text that stands for none: nothing would be shown, as if it had no difference.
    pub(crate) fn read(here: &Here, texts: &[String], decisions: &[Decision]) -> Outcome<Self> {
        if texts.is_empty() {
            return Ok(Self(None));
        }
        let known = decisions.iter().map(|decision| decision.path.clone()).collect();
        let chosen = choose(here, texts, &known)?;
        let paths = chosen.into_iter().flat_map(|one| one.paths);
        Ok(Self(Some(paths.map(|path| path.as_str().to_owned()).collect())))
    }

    pub(crate) fn holds(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|paths| paths.contains(path))
    }
}

/// Where a file stands now, which is its old place if a move is still to be made.
fn stands(decision: &Decision) -> (&RelPath, &Observed) {
    match &decision.moved {
        Some(moved) => (&moved.path, &moved.observed),
        None => (&decision.path, &decision.observed),
    }
}

/// What a sync would change of one output: of a moved one, both places.
fn next_changes(project: &Project, decision: &Decision) -> Outcome<Vec<FileDiff>> {
    let mut files = Vec::new();
    if decision.moved.as_ref().is_some_and(|moved| !moved.handed_on) {
        let (path, observed) = stands(decision);
        let gone = on_disk(project, path, observed)?;
        let executable = observed.file().is_some_and(|found| found.executable);
        let before = gone.as_ref().map(|bytes| State { bytes, executable });
        let gone = file(decision, patch(path.as_str(), before, None));
        files.extend(gone.map(|gone| FileDiff { path: path.as_str().to_owned(), ..gone }));
    }
    files.extend(next_change(project, decision)?);
    Ok(files)
}

/// What a sync would change at the place of one output.
fn next_change(project: &Project, decision: &Decision) -> Outcome<Option<FileDiff>> {
    let change = output_change(decision);
    if !change.writes() && decision.row.stop.is_none() {
        return Ok(None);
    }
    let disk = on_disk(project, &decision.path, &decision.observed)?;
    let executable = |bit: bool| decision.observed.file().map_or(bit, |found| found.executable);
    let before = disk.as_ref().map(|bytes| State { bytes, executable: executable(false) });
    let new = State { bytes: &decision.bytes, executable: decision.executable };
    let after =
        (decision.row.action != Action::Delete && decision.ownership.is_some()).then_some(new);
    Ok(file(decision, patch(decision.path.as_str(), before, after)))
}

/// What the person changed of one output, or what would take it back.
fn own_change(
    project: &Project,
    decision: &Decision,
    base: Option<&Base>,
    turned: bool,
) -> Outcome<Option<FileDiff>> {
    let Some(base) = base else { return Ok(None) };
    let (path, observed) = stands(decision);
    let disk = match observed {
        Observed::Obstructed(_) => return Ok(None),
        _ => on_disk(project, path, observed)?,
    };
    let executable = observed.file().is_some_and(|found| found.executable);
    let mine = disk.as_ref().map(|bytes| State { bytes, executable });
    let pristine = Some(State { bytes: &base.bytes, executable: base.executable });
    let (before, after) = if turned { (mine, pristine) } else { (pristine, mine) };
    let own = file(decision, patch(path.as_str(), before, after));
    Ok(own.map(|own| FileDiff { path: path.as_str().to_owned(), ..own }))
}

fn file(decision: &Decision, patch: Patch) -> Option<FileDiff> {
    let (diff, binary) = match patch {
        Patch::Same => return None,
        Patch::Text(text) => (text, false),
        Patch::Binary(text) => (text, true),
    };
    Some(FileDiff {
        path: decision.path.as_str().to_owned(),
        kit: decision.kit.clone(),
        ownership: decision.ownership.map_or("", Ownership::name).to_owned(),
        change: output_change(decision),
        diff,
        binary,
    })
}

/// The bytes on the disk as they are compared: where most lines end in CRLF, all line ends are the checkout's and not
/// the person's. None if there is no file.
fn on_disk(project: &Project, path: &RelPath, observed: &Observed) -> Outcome<Option<Vec<u8>>> {
    let Some(found) = observed.file() else { return Ok(None) };
    let bytes = project.root.read(path, LARGEST)?;
    Ok(Some(match found.line_ends {
        LineEnds::Lf => bytes,
        LineEnds::Crlf => kiln_disk::normalise(&bytes).into_owned(),
    }))
}

/// What an output started from.
struct Base {
    bytes: Vec<u8>,
    executable: bool,
}

/// What those of the outputs started from that a person may have changed. Where nobody can tell, the person's change
/// cannot be told either.
fn started_from(
    project: &Project,
    vault: Option<&Vault>,
    decisions: &[&Decision],
) -> BTreeMap<RelPath, Base> {
    let mut found = BTreeMap::new();
    let mut open: BTreeMap<RelPath, Parts> = BTreeMap::new();
    for decision in decisions.iter().filter(|decision| decision.known_before) {
        let (path, observed) = stands(decision);
        let facts: Vec<_> = project.sum.of(path).collect();
        let executable = facts.iter().any(|fact| fact.executable);
        let parts = parts_of(facts.iter().copied());
        if parts.is_empty() || !may_differ(decision, observed, executable) {
            continue;
        }
        let digest = sha256(&decision.bytes);
        let whole = parts.len() == 1 && parts.iter().all(|(_, known)| *known == digest);
        let taken_in = decision.rendered && decision.row.note == Some(Note::Customised);
        if taken_in || whole {
            found.insert(path.clone(), Base { bytes: decision.bytes.clone(), executable });
        } else {
            open.insert(path.clone(), parts);
        }
    }
    for (path, bytes) in bases(project, vault, &open) {
        let executable = project.sum.of(&path).any(|fact| fact.executable);
        found.insert(path, Base { bytes, executable });
    }
    found
}

/// Whether the disk may have something else than kiln wrote.
fn may_differ(decision: &Decision, observed: &Observed, executable: bool) -> bool {
    let row = &decision.row;
    let mode = observed.file().is_some_and(|found| found.executable != executable);
    let gone = *observed == Observed::Absent;
    let moved = decision.moved.is_some();
    let merges = matches!(row.action, Action::Merge | Action::TwoWay);
    let joined = decision.ownership == Some(Ownership::Computed);
    let told = row.finding.is_some() || row.stop.is_some() || row.note.is_some();
    told || merges || mode || gone || moved || joined
}
