//! The first thing that every writing command does: finish or roll back what an earlier run left, and after a restart
//! of the machine look once whether all of the last sync is really on the disk.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::Ordering;

use kiln_base::RelPath;

use crate::apply::finish;
use crate::back::roll_back;
use crate::change::Renders;
use crate::error::DiskError;
use crate::journal::{Journal, Stored};
use crate::local::staging_if;
use crate::root::Root;
use crate::settle::{At, Halt, Job, Run, Side, Source, belongs, new_bytes};
use crate::site::Site;
use crate::sys::Time;
use crate::vault::{JOURNAL_NAME, Locked};

/// What [`recover`] found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing was left to do.
    Nothing,
    /// An interrupted sync was finished.
    Finished {
        /// Its command.
        command: String,
        /// Files that were written or deleted now.
        redone: Vec<RelPath>,
        /// Files that somebody changed meanwhile: left, with their old facts.
        left: Vec<RelPath>,
    },
    /// An interrupted sync could not be finished and was taken back.
    RolledBack {
        /// Its command.
        command: String,
        /// Files that are as before again.
        restored: Vec<RelPath>,
        /// Files that somebody changed meanwhile: left.
        left: Vec<RelPath>,
    },
    /// An interrupted sync belongs to another tree (git has moved it since), or its journal is damaged: nothing of it
    /// is applied, its backups stay in the vault.
    SetAside,
    /// Files of the last sync had not reached the disk when the machine stopped.
    Repaired {
        /// Those files.
        redone: Vec<RelPath>,
    },
}

/// Finishes or rolls back an interrupted sync.
///
/// # Errors
/// [`DiskError`] if the disk fails, or if neither side can be reached; the journal stays.
pub fn recover(
    root: &Root,
    locked: &Locked<'_>,
    renders: &dyn Renders,
) -> Result<Recovery, DiskError> {
    let vault = locked.vault;
    let mut stored = match Journal::read(&vault.dir, JOURNAL_NAME) {
        Ok(stored) => stored,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            sweep(root, locked)?;
            return verify_last(root, locked, renders);
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return set_aside(root, locked, None);
        }
        Err(error) => return Err(vault.failed("read", JOURNAL_NAME, error)),
    };
    if !belongs(root, &stored.journal)? {
        return set_aside(root, locked, Some(&stored.journal));
    }
    let command = stored.journal.command.clone();
    let site = Site::open(root, stored.journal.id, stored.journal.modes)?;
    let run = Run { site: &site, vault, cancel: None };
    run.put_strangers_back(&stored.journal)?;
    match forward(&run, &mut stored, renders) {
        Ok((redone, left)) => Ok(Recovery::Finished { command, redone, left }),
        Err(Halt::Lost(_)) => {
            let (_, bytes) = torn_bytes(&run, &stored, renders)?;
            let new = |at: usize| bytes.get(&at).cloned();
            let back =
                roll_back(&run, &stored, &new, renders, &BTreeSet::new()).map_err(in_words)?;
            Ok(Recovery::RolledBack { command, restored: back.restored, left: back.left })
        }
        Err(halt) => Err(in_words(halt)),
    }
}

/// Slots that a finished sync could not empty any more.
fn sweep(root: &Root, locked: &Locked<'_>) -> Result<(), DiskError> {
    let staging = staging_if(root).map_err(|error| DiskError::io("open", ".kiln/tmp", error))?;
    if staging.is_none() {
        return Ok(());
    }
    let site = Site::open(root, 0, root.keeps_executable_bits()?)?;
    Run { site: &site, vault: locked.vault, cancel: None }.sweep(locked)
}

pub(crate) fn in_words(halt: Halt) -> DiskError {
    let other = |doing, path: &RelPath, why: &str| {
        DiskError::io(doing, path, io::Error::other(why.to_owned()))
    };
    match halt {
        Halt::Disk(error) => error,
        Halt::Cancelled => DiskError::io("finish", ".", io::Error::other("it was interrupted")),
        Halt::Changed(path) => other("write", &path, "it changed while kiln ran"),
        Halt::Lost(path) => other("restore", &path, "its bytes cannot be had"),
    }
}

type NewBytes = std::collections::BTreeMap<usize, Vec<u8>>;

/// Where every path stands, with the new bytes of those that may be torn.
pub(crate) fn torn_bytes(
    run: &Run<'_>,
    stored: &Stored,
    renders: &dyn Renders,
) -> Result<(Vec<At>, NewBytes), DiskError> {
    let journal = &stored.journal;
    let first = run.survey(journal, &|_| None)?;
    let odd: BTreeSet<usize> = (0..first.len()).filter(|&at| first[at].0 == At::Other).collect();
    let bytes = new_bytes(run, stored, &odd, renders);
    let places =
        if bytes.is_empty() { first } else { run.survey(journal, &|at| bytes.get(&at).cloned())? };
    Ok((places.into_iter().map(|(place, _)| place).collect(), bytes))
}

/// Redoes what is missing, then the documents.
fn forward(
    run: &Run<'_>,
    stored: &mut Stored,
    renders: &dyn Renders,
) -> Result<(Vec<RelPath>, Vec<RelPath>), Halt> {
    let (places, torn) = torn_bytes(run, stored, renders)?;
    // Files that change places go back together if a person was at one of them.
    let chained = stored.journal.chained();
    if let Some(&at) = chained.iter().find(|&&at| places[at] == At::Other) {
        return Err(Halt::Lost(stored.journal.entries[at].path.clone()));
    }
    let done = redo(run, stored, &places, torn, renders)?;
    let mut left: BTreeSet<usize> = done.left;
    let journal = &stored.journal;
    let is_left = |(at, place): (usize, &At)| (*place == At::Other).then_some(at);
    left.extend(places.iter().enumerate().filter_map(is_left));
    let older = run.with_pairs(journal, left);
    run.amend(stored, older, renders)?;
    let left: Vec<RelPath> = stored.journal.overtaken.iter().cloned().collect();
    let redone = done.redone.into_iter().filter(|path| !left.contains(path)).collect();
    finish(run, stored, left.clone())?;
    run.clear_slots(&stored.journal);
    Ok((redone, left))
}

struct Redone {
    redone: Vec<RelPath>,
    left: BTreeSet<usize>,
}

/// Brings all paths that stand at the old side, or are torn, to the new side.
fn redo(
    run: &Run<'_>,
    stored: &Stored,
    places: &[At],
    mut bytes: NewBytes,
    renders: &dyn Renders,
) -> Result<Redone, Halt> {
    let journal = &stored.journal;
    let wanted: BTreeSet<usize> = (0..places.len())
        .filter(|&at| places[at] == At::Old && writes_bytes(journal, at))
        .filter(|at| !bytes.contains_key(at))
        .collect();
    bytes.extend(new_bytes(run, stored, &wanted, renders));
    let (mut puts, mut deletions) = (Vec::new(), Vec::new());
    for (at, step) in journal.entries.iter().enumerate() {
        let from = match places[at] {
            At::Old if !journal.overtaken.contains(&step.path) => step.old,
            At::Torn(mark) => Some(mark),
            _ => continue,
        };
        let source = match bytes.remove(&at) {
            Some(bytes) => Source::Bytes(Cow::Owned(bytes)),
            None if writes_bytes(journal, at) => return Err(Halt::Lost(step.path.clone())),
            None => Source::Nothing,
        };
        let jobs = if step.new.is_some() { &mut puts } else { &mut deletions };
        jobs.push(Job { at, from, to: step.new, source });
    }
    let (records, puts): (Vec<_>, Vec<_>) =
        puts.into_iter().partition(|job| journal.entries[job.at].record);
    let mut left = run.perform(journal, &records, true)?;
    left.extend(run.perform(journal, &puts, false)?);
    let stands = |at: usize| {
        let done = puts.iter().chain(&records).any(|job| job.at == at) && !left.contains(&at);
        places[at] == At::New || done
    };
    // The old place of a move goes only when the new one stands.
    let held = journal
        .entries
        .iter()
        .enumerate()
        .filter(|&(at, step)| step.moved_from.is_some() && step.new.is_some() && !stands(at));
    let held: BTreeSet<RelPath> = held.filter_map(|(_, step)| step.moved_from.clone()).collect();
    let deletions: Vec<Job<'_>> =
        deletions.into_iter().filter(|job| !held.contains(&journal.entries[job.at].path)).collect();
    left.extend(run.perform(journal, &deletions, false)?);
    let jobs = records.iter().chain(&puts).chain(&deletions);
    let redone = jobs.map(|job| journal.entries[job.at].path.clone()).collect();
    Ok(Redone { redone, left })
}

fn writes_bytes(journal: &Journal, at: usize) -> bool {
    let step = &journal.entries[at];
    step.new.is_some_and(|new| step.old.is_none_or(|old| old.digest != new.digest))
}

/// Ends a journal that says nothing of this tree. What its slots hold of a person's goes to the vault.
fn set_aside(
    root: &Root,
    locked: &Locked<'_>,
    journal: Option<&Journal>,
) -> Result<Recovery, DiskError> {
    let vault = locked.vault;
    let id = match journal {
        Some(journal) => journal.id,
        None => locked.next_id()?,
    };
    if let Some(journal) = journal {
        let site = Site::open(root, journal.id, journal.modes)?;
        Run { site: &site, vault, cancel: None }.clear_slots(journal);
    }
    let name = format!("{id:010}.aside");
    vault
        .dir
        .rename(JOURNAL_NAME, &vault.dir, &name)
        .map_err(|error| vault.failed("write", &name, error))?;
    Ok(Recovery::SetAside)
}

/// Once after a restart of the machine: the end of the last sync may be on the disk although some of its files are not.
fn verify_last(
    root: &Root,
    locked: &Locked<'_>,
    renders: &dyn Renders,
) -> Result<Recovery, DiskError> {
    let vault = locked.vault;
    if locked.whole.load(Ordering::Relaxed) {
        return Ok(Recovery::Nothing);
    }
    let Some((stored, note)) = vault.unverified()? else { return Ok(Recovery::Nothing) };
    let journal = &stored.journal;
    let mut redone = Vec::new();
    if is_last_state(root, &stored)? {
        let site = Site::open(root, journal.id, journal.modes)?;
        let run = Run { site: &site, vault, cancel: None };
        let (places, torn) = last_places(&run, &stored, renders)?;
        redone = redo(&run, &stored, &places, torn, renders).map_err(in_words)?.redone;
        run.documents(journal, Side::After).map_err(in_words)?;
        let _ = site.empty_filled();
        run.clear_slots(journal);
    }
    locked.set_verified(&note)?;
    Ok(if redone.is_empty() { Recovery::Nothing } else { Recovery::Repaired { redone } })
}

/// True if the tree is the one that the last sync left, or was to leave.
fn is_last_state(root: &Root, stored: &Stored) -> Result<bool, DiskError> {
    let journal = &stored.journal;
    Ok(belongs(root, journal)? && documents_untouched(root, journal, ended(stored)?)?)
}

/// When the record of the last sync was finished.
fn ended(stored: &Stored) -> Result<Time, DiskError> {
    let stat = stored.file.stat();
    Ok(stat.map_err(|error| DiskError::io("read", "undo record", error))?.changed)
}

/// Where the files of the last sync stand after a restart.
///
/// A file that stands as before the sync was either never written, or put back since by a person; it was put back if
/// its name or bytes changed after the record was finished.
fn last_places(
    run: &Run<'_>,
    stored: &Stored,
    renders: &dyn Renders,
) -> Result<(Vec<At>, NewBytes), DiskError> {
    let journal = &stored.journal;
    let ended = ended(stored)?;
    let (mut places, torn) = torn_bytes(run, stored, renders)?;
    let again = run.survey(journal, &|_| None)?;
    for (place, (_, stat)) in places.iter_mut().zip(again) {
        if *place == At::Old && stat.is_some_and(|stat| stat.changed > ended) {
            *place = At::Other;
        }
    }
    // What is merely missing is restored by any sync, or the person took it away: only bytes that no render gives are
    // written again.
    for (place, step) in places.iter_mut().zip(&journal.entries) {
        if *place == At::Old && step.old.is_none() && step.rendered {
            *place = At::Other;
        }
    }
    Ok((places, torn))
}

/// Renders nothing: records of history are kept in the journal itself.
struct NoRenders;

impl Renders for NoRenders {
    fn render(
        &self,
        _lock: &str,
        _paths: &[RelPath],
    ) -> std::collections::BTreeMap<RelPath, Vec<u8>> {
        std::collections::BTreeMap::new()
    }

    fn mix_sum(&self, _before: &str, after: &str, _older: &BTreeSet<RelPath>) -> String {
        after.to_owned()
    }
}

/// Writes the records of schema history that an interrupted sync left undone or torn, and after a restart of the machine
/// those of the last one. Nothing of a project can be rendered before its history is whole, so this comes before its
/// records are read; it needs nothing but the journal. [`recover`] does the rest, and may take all of it back.
///
/// # Errors
/// [`DiskError`] if the disk fails; the journal stays.
pub fn recover_records(root: &Root, locked: &Locked<'_>) -> Result<Vec<RelPath>, DiskError> {
    let vault = locked.vault;
    let (stored, ended) = match vault.journal()? {
        Some(stored) => (stored, false),
        None if locked.has_journal()? => return Ok(Vec::new()),
        None => match vault.unverified()? {
            Some((stored, _)) => (stored, true),
            None => {
                locked.whole.store(true, Ordering::Relaxed);
                return Ok(Vec::new());
            }
        },
    };
    let journal = &stored.journal;
    let is_this = if ended { is_last_state(root, &stored)? } else { belongs(root, journal)? };
    if !is_this || !journal.entries.iter().any(|step| step.record) {
        return Ok(Vec::new());
    }
    let site = Site::open(root, journal.id, journal.modes)?;
    let run = Run { site: &site, vault, cancel: None };
    run.put_strangers_back(journal)?;
    let (mut places, torn) = match ended {
        true => last_places(&run, &stored, &NoRenders)?,
        false => torn_bytes(&run, &stored, &NoRenders)?,
    };
    for (place, _) in places.iter_mut().zip(&journal.entries).filter(|(_, step)| !step.record) {
        *place = At::Other;
    }
    let redone = match redo(&run, &stored, &places, torn, &NoRenders) {
        Ok(done) => done.redone,
        // Recovery takes the sync back, or says that it cannot.
        Err(Halt::Lost(_)) => Vec::new(),
        Err(halt) => return Err(in_words(halt)),
    };
    let _ = site.empty_filled();
    Ok(redone)
}

/// True if lock and sum are as the sync left them, or as before it and not touched since: not yet written, that is.
fn documents_untouched(root: &Root, journal: &Journal, ended: Time) -> Result<bool, DiskError> {
    for document in [&journal.sum, &journal.lock].into_iter().flatten() {
        let now = crate::settle::text(root, &document.path)?;
        let since = root.stat(&document.path)?.is_none_or(|stat| stat.changed > ended);
        if now != document.after && since {
            return Ok(false);
        }
    }
    Ok(true)
}
