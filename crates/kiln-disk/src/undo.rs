//! Undo: a sync to the state that the last one recorded, all or nothing, which itself can be undone.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use kiln_base::{Diagnostic, RelPath};

use crate::apply::apply;
use crate::back::{rendered_before, roll_back};
use crate::change::{Applied, ApplyError, Change, ChangeKind, Changes, Document, Put, Renders};
use crate::error::DiskError;
use crate::index::Index;
use crate::journal::{Journal, Step, Stored};
use crate::observe::{Mark, Observed, observe};
use crate::recover::{in_words, recover, torn_bytes};
use crate::root::Root;
use crate::settle::{At, Halt, Run, belongs, text};
use crate::site::{Look, Site};
use crate::vault::{Locked, Vault};

/// What an undo is told besides.
#[derive(Debug, Clone, Default)]
pub struct UndoWords {
    /// Files that go back although they changed since: their bytes go to the vault.
    pub take: BTreeSet<RelPath>,
    /// What becomes of a spec that the command edited.
    pub spec: SpecBack,
}

/// What becomes of the spec in an undo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SpecBack {
    /// It goes back; it must be as the command left it.
    #[default]
    AsBefore,
    /// It stays as it is.
    Left,
    /// It becomes another text: somebody edited it since, and only the command's edit goes.
    Instead {
        /// What it must say now.
        now: String,
        /// What it says then.
        then: String,
    },
}

/// What an undo would take back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoable {
    /// The command.
    pub command: String,
    /// It was interrupted and is not at its end.
    pub interrupted: bool,
    /// The files that it wrote or deleted, or was to.
    pub paths: Vec<RelPath>,
    /// Its edit of the spec.
    pub spec: Option<Document>,
}

impl Vault {
    /// What an undo would take back: an interrupted run, else the last one.
    ///
    /// # Errors
    /// [`DiskError::Io`] if the vault cannot be read.
    pub fn undoable(&self) -> Result<Option<Undoable>, DiskError> {
        let (stored, interrupted) = match self.journal()? {
            Some(stored) => (stored, true),
            None => match self.last_record()? {
                Some(stored) => (stored, false),
                None => return Ok(None),
            },
        };
        let Journal { command, entries, spec, .. } = stored.journal;
        let paths = entries.into_iter().map(|step| step.path).collect();
        Ok(Some(Undoable { command, interrupted, paths, spec }))
    }
}

/// What was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The command that was undone.
    pub command: String,
    /// It had been interrupted and was rolled back.
    pub interrupted: bool,
    /// What was done.
    pub applied: Applied,
}

/// Why nothing was undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// No sync is recorded.
    #[error("there is nothing to undo")]
    Nothing,
    /// Lock, sum or spec are not as the last sync left them.
    #[error("`{0}` is not as the last sync left it, so that sync cannot be undone")]
    Moved(RelPath),
    /// Files that were changed since.
    #[error("{} changed since the last sync; nothing was undone", list(.0))]
    Stops(Vec<RelPath>),
    /// Old bytes that are neither in the vault nor rendered again.
    #[error("the earlier bytes of {} cannot be had; nothing was undone", list(.0))]
    Lost(Vec<RelPath>),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The sync back failed.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

fn list(paths: &[RelPath]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    names.join(", ")
}

impl From<&UndoError> for Diagnostic {
    fn from(error: &UndoError) -> Self {
        let id = match error {
            UndoError::Nothing => "nothing-to-undo",
            UndoError::Moved(_) => "undo-moved",
            UndoError::Stops(_) => "undo-edited",
            UndoError::Lost(_) => "undo-lost",
            UndoError::Disk(error) => error.id(),
            UndoError::Apply(error) => error.id(),
        };
        let mut diagnostic = Self::error(id, error.to_string());
        if let UndoError::Stops(paths) = error {
            for path in paths {
                let hint = format!("undo it too, yours is kept: kiln undo --take {path}");
                diagnostic = diagnostic.hint(hint);
            }
        }
        diagnostic
    }
}

/// Takes the last sync back: tree, sum, lock, history, and the spec if that sync edited it. An interrupted sync is
/// rolled back. Files changed since stop it, unless `words` take them: their bytes go to the vault. `cancel` is as in
/// [`apply`]; a roll-back is not cancelled.
///
/// # Errors
/// [`UndoError`]; nothing was undone then, except as an [`ApplyError`] in it says.
pub fn undo(
    root: &Root,
    locked: &Locked<'_>,
    renders: &dyn Renders,
    words: &UndoWords,
    cancel: Option<&AtomicBool>,
) -> Result<Undone, UndoError> {
    if locked.has_journal()? {
        return undo_interrupted(root, locked, renders, &words.take);
    }
    // What the last sync left in its slots, or what a power loss took of it.
    recover(root, locked, renders)?;
    let stored = locked.vault.last_record()?.ok_or(UndoError::Nothing)?;
    let journal = &stored.journal;
    for document in journal.documents() {
        let is_spec = journal.spec.as_ref() == Some(document);
        if is_spec && words.spec == SpecBack::Left {
            continue;
        }
        let expected = match &words.spec {
            SpecBack::Instead { now, .. } if is_spec => Some(now),
            _ => document.after.as_ref(),
        };
        if text(root, &document.path)?.as_ref() != expected {
            return Err(UndoError::Moved(document.path.clone()));
        }
    }
    let touched: Vec<usize> = (0..journal.entries.len())
        .filter(|&at| !journal.overtaken.contains(&journal.entries[at].path))
        .collect();
    let paths: Vec<RelPath> = touched.iter().map(|&at| journal.entries[at].path.clone()).collect();
    let seen = observe(root, &paths, &Index::default())?;
    let mut edited = Vec::new();
    for (&at, observed) in touched.iter().zip(&seen) {
        let step = &journal.entries[at];
        let obstructed = matches!(observed, Observed::Obstructed(_));
        let same = !obstructed && journal.same(observed.mark(), step.new);
        if obstructed || !(same || words.take.contains(&step.path)) {
            edited.push(step.path.clone());
        }
    }
    if !edited.is_empty() {
        return Err(UndoError::Stops(edited));
    }
    let mut changes = reversed(root, &stored, &touched, &seen, renders)?;
    match &words.spec {
        SpecBack::AsBefore => {}
        SpecBack::Left => changes.spec = None,
        SpecBack::Instead { now, then } => {
            let instead = |spec: Document| Document {
                path: spec.path,
                before: Some(now.clone()),
                after: Some(then.clone()),
            };
            changes.spec = changes.spec.map(instead).filter(|spec| spec.before != spec.after);
        }
    }
    let applied = apply(root, locked, &changes, renders, cancel)?;
    Ok(Undone { command: journal.command.clone(), interrupted: false, applied })
}

fn undo_interrupted(
    root: &Root,
    locked: &Locked<'_>,
    renders: &dyn Renders,
    take: &BTreeSet<RelPath>,
) -> Result<Undone, UndoError> {
    let stored = locked.vault.journal()?.ok_or(UndoError::Nothing)?;
    let journal = &stored.journal;
    if !belongs(root, journal)? {
        let lock = journal.lock.as_ref().or(journal.sum.as_ref());
        return Err(lock.map_or(UndoError::Nothing, |lock| UndoError::Moved(lock.path.clone())));
    }
    let site = Site::open(root, journal.id, journal.modes)?;
    let run = Run { site: &site, vault: locked.vault, cancel: None };
    run.put_strangers_back(journal)?;
    let (places, bytes) = torn_bytes(&run, &stored, renders)?;
    let steps = journal.entries.iter().zip(&places);
    let edited: Vec<RelPath> = steps
        .filter(|(step, place)| **place == At::Other && !journal.overtaken.contains(&step.path))
        .filter(|(step, _)| !take.contains(&step.path))
        .map(|(step, _)| step.path.clone())
        .collect();
    if !edited.is_empty() {
        return Err(UndoError::Stops(edited));
    }
    let new = |at: usize| bytes.get(&at).cloned();
    let rescued = rescued(&run, journal, &places, take)?;
    let back = roll_back(&run, &stored, &new, renders, take).map_err(|halt| match halt {
        Halt::Lost(path) => UndoError::Lost(vec![path]),
        halt => in_words(halt).into(),
    })?;
    let (written, overtaken) = (back.restored, back.left);
    let applied = Applied { written, overtaken, rescued, ..Applied::default() };
    Ok(Undone { command: journal.command.clone(), interrupted: true, applied })
}

/// Puts what a person wrote into the files that `take` names into the vault, before it is replaced.
fn rescued(
    run: &Run<'_>,
    journal: &Journal,
    places: &[At],
    take: &BTreeSet<RelPath>,
) -> Result<Vec<String>, UndoError> {
    let mut names = Vec::new();
    for (at, step) in journal.entries.iter().enumerate() {
        if places[at] != At::Other || !take.contains(&step.path) {
            continue;
        }
        let (look, _) =
            run.site.look(&step.path).map_err(|error| DiskError::io("read", &step.path, error))?;
        match look {
            Look::Absent => {}
            Look::Other => return Err(UndoError::Stops(vec![step.path.clone()])),
            Look::File(_) => {
                let kept = run.site.bytes(&step.path).and_then(|b| run.keep(journal.id, at, &b));
                let kept = kept.ok_or_else(|| UndoError::Stops(vec![step.path.clone()]))?;
                names.push(kept);
            }
        }
    }
    Ok(names)
}

/// The changes that lead back.
fn reversed(
    root: &Root,
    stored: &Stored,
    touched: &[usize],
    seen: &[Observed],
    renders: &dyn Renders,
) -> Result<Changes, UndoError> {
    let journal = &stored.journal;
    let wanted: Vec<usize> = touched
        .iter()
        .copied()
        .filter(|&at| {
            let old = journal.entries[at].old;
            old.is_some_and(|old| stored.blob(&old.digest).is_none())
        })
        .collect();
    let rendered = rendered_before(journal, &wanted, renders);
    let mut changes = Changes {
        command: format!("undo of {}", journal.command),
        spec: back(journal.spec.as_ref()),
        sum: back(journal.sum.as_ref()),
        lock: back(journal.lock.as_ref()),
        ..Changes::default()
    };
    let mut lost = Vec::new();
    for (&at, observed) in touched.iter().zip(seen) {
        let step = &journal.entries[at];
        let again = rendered.get(&at);
        let bytes = again.cloned().or_else(|| earlier(root, stored, step));
        if step.old.is_some() && bytes.is_none() {
            lost.push(step.path.clone());
            continue;
        }
        let Some(change) = change_back(journal, step, observed, bytes, again.is_some()) else {
            continue;
        };
        if step.record { changes.records.push(change) } else { changes.outputs.push(change) }
    }
    if lost.is_empty() { Ok(changes) } else { Err(UndoError::Lost(lost)) }
}

/// The change of one path that leads back; none if nothing stands there and nothing shall.
fn change_back(
    journal: &Journal,
    step: &Step,
    observed: &Observed,
    bytes: Option<Vec<u8>>,
    rendered: bool,
) -> Option<Change> {
    let expected = observed.mark();
    let taken = !journal.same(expected, step.new);
    let kind = match (step.old, bytes) {
        (Some(old), Some(bytes)) => {
            let back_from = journal
                .entries
                .iter()
                .find(|other| other.moved_from.as_ref() == Some(&step.path) && step.new.is_none());
            ChangeKind::Put(Put {
                bytes,
                executable: old.executable,
                rendered,
                moved_from: back_from.map(|other| other.path.clone()),
                ..Put::default()
            })
        }
        _ if expected.is_none() => return None,
        _ => ChangeKind::Delete,
    };
    // Where records go, no lock renders again what they stood for.
    let records_go = journal.entries.iter().any(|other| other.record && other.new.is_some());
    let backup = expected.is_some() && (taken || !step.rendered || records_go);
    Some(Change { path: step.path.clone(), kind, expected, backup })
}

/// Old bytes from the backup, from the disk if only the executable bit changed, or from where they were moved to.
fn earlier(root: &Root, stored: &Stored, step: &Step) -> Option<Vec<u8>> {
    let old = step.old?;
    let fits = |bytes: &Vec<u8>| Mark::of(bytes, old.executable).digest == old.digest;
    let here = |path: &RelPath| root.read(path, crate::observe::CAP).ok().filter(fits);
    stored.blob(&old.digest).or_else(|| {
        let entries = stored.journal.entries.iter();
        let same = entries.filter(|other| other.new.is_some_and(|new| new.digest == old.digest));
        same.map(|other| &other.path).find_map(here)
    })
}

fn back(document: Option<&Document>) -> Option<Document> {
    document.map(|Document { path, before, after }| Document {
        path: path.clone(),
        before: after.clone(),
        after: before.clone(),
    })
}
