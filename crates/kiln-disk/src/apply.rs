//! The transaction: journal with backups, puts, deletions, spec, sum, lock, and the journal becomes the undo record.
//!
//! Four synchronisations whatever the number of files: journal, its folder, sum, lock (and the spec, where kiln edits
//! it). Outputs come before the sum and the sum before the lock, so that in doubt the sum names the older base. No
//! writing step comes before the last check.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use kiln_base::RelPath;

use crate::back::{rendered_before, roll_back};
use crate::change::{Aftermath, Applied, ApplyError, Change, ChangeKind, Changes, Put, Renders};
use crate::error::DiskError;
use crate::journal::{Journal, Step, Stored};
use crate::local::LOCAL_NAME;
use crate::observe::{CAP, Mark};
use crate::root::{Borders, Root, Way};
use crate::settle::{Halt, Job, Run, Side, Source, text};
use crate::site::Site;
use crate::text::{LineEnds, with_line_ends};
use crate::vault::{BESIDE_NAME, JOURNAL_NAME, Locked};

/// Does all of `changes`, or nothing: on a failure everything that was written is taken back, and where even that
/// fails the journal stays for [`crate::recover`].
///
/// `cancel` is looked at before the first write, before each file and before sum and lock; once it is set, everything
/// is taken back.
///
/// # Errors
/// [`ApplyError`] says why, and what the disk looks like.
pub fn apply(
    root: &Root,
    locked: &Locked<'_>,
    changes: &Changes,
    renders: &dyn Renders,
    cancel: Option<&AtomicBool>,
) -> Result<Applied, ApplyError> {
    let vault = locked.vault;
    if vault.dir.stat(JOURNAL_NAME).is_ok_and(|stat| stat.is_some()) {
        return Err(ApplyError::Interrupted);
    }
    if changes.is_empty() {
        return Ok(Applied::default());
    }
    check_paths(changes)?;
    check_documents(root, changes)?;
    let modes = root.keeps_executable_bits().map_err(ApplyError::untouched)?;
    let id = locked.next_id().map_err(ApplyError::untouched)?;
    let journal = Journal::new(id, changes.command.clone(), vault.host.boot.clone(), modes);
    let (mut journal, bytes) = plan(journal, changes);
    journal.folders = missing_folders(root, &journal).map_err(ApplyError::untouched)?;
    let lost = not_rendered_before(&journal, changes, renders);
    let blobs = blobs(root, changes, &journal, &bytes, &lost)?;
    if cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
        return Err(ApplyError::Cancelled(Aftermath::Untouched));
    }
    let site = Site::open(root, id, modes).map_err(ApplyError::untouched)?;
    let written = journal
        .write(&vault.dir, JOURNAL_NAME, &blobs)
        .and_then(|()| Journal::read(&vault.dir, JOURNAL_NAME));
    drop(blobs);
    let mut stored = match written {
        Ok(stored) => stored,
        Err(error) => {
            let cause = vault.failed("write", JOURNAL_NAME, error);
            return Err(ApplyError::Failed { cause, after: discard(locked) });
        }
    };
    let run = Run { site: &site, vault, cancel };
    match forward(&run, &mut stored, &bytes, renders) {
        Ok(applied) => Ok(applied),
        Err(halt) => Err(take_back(&run, &stored, &bytes, renders, halt)),
    }
}

/// Takes a journal away that could not be written whole. Nothing else has been written.
fn discard(locked: &Locked<'_>) -> Aftermath {
    let dir = &locked.vault.dir;
    let _ = dir.remove(&format!("{JOURNAL_NAME}.new"));
    match dir.remove(JOURNAL_NAME) {
        Ok(()) => match dir.sync() {
            Ok(()) => Aftermath::Untouched,
            Err(_) => Aftermath::Unfinished,
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Aftermath::Untouched,
        Err(_) => Aftermath::Unfinished,
    }
}

fn take_back(
    run: &Run<'_>,
    stored: &Stored,
    bytes: &[Option<Cow<'_, [u8]>>],
    renders: &dyn Renders,
    halt: Halt,
) -> ApplyError {
    let new = |at: usize| bytes[at].as_ref().map(|bytes| bytes.to_vec());
    let run = Run { cancel: None, ..*run };
    let after = match roll_back(&run, stored, &new, renders, &BTreeSet::new()) {
        Ok(_) => Aftermath::RolledBack,
        Err(_) => Aftermath::Unfinished,
    };
    match halt {
        Halt::Cancelled => ApplyError::Cancelled(after),
        Halt::Disk(cause) => ApplyError::Failed { cause, after },
        Halt::Changed(path) | Halt::Lost(path) => match after {
            Aftermath::Unfinished => {
                let error = std::io::Error::other("it changed while kiln ran");
                ApplyError::Failed { cause: DiskError::io("write", &path, error), after }
            }
            _ => ApplyError::Changed(path),
        },
    }
}

fn forward(
    run: &Run<'_>,
    stored: &mut Stored,
    bytes: &[Option<Cow<'_, [u8]>>],
    renders: &dyn Renders,
) -> Result<Applied, Halt> {
    let journal = &stored.journal;
    let jobs = |wanted: &dyn Fn(&Step) -> bool| jobs(journal, bytes, wanted);
    let records = run.perform(journal, &jobs(&|step| step.record), true)?;
    if let Some(&at) = records.first() {
        return Err(Halt::Changed(journal.entries[at].path.clone()));
    }
    let mut overtaken =
        run.perform(journal, &jobs(&|step| !step.record && step.new.is_some()), false)?;
    // Where files change places, one that cannot leaves no place to another.
    let chained = journal.chained();
    if let Some(&at) = overtaken.iter().find(|at| chained.contains(at)) {
        return Err(Halt::Changed(journal.entries[at].path.clone()));
    }
    let held: BTreeSet<RelPath> = run.with_pairs(journal, overtaken.iter().copied());
    let deletions = jobs(&|step| step.new.is_none() && !held.contains(&step.path));
    overtaken.extend(run.perform(journal, &deletions, false)?);
    run.refuse_cancelled()?;
    let older = run.with_pairs(journal, overtaken.iter().copied());
    run.amend(stored, older.clone(), renders)?;
    finish(run, stored, older.into_iter().collect())
}

/// The jobs of the wanted steps, from the state that was looked at.
fn jobs<'b>(
    journal: &Journal,
    bytes: &'b [Option<Cow<'b, [u8]>>],
    wanted: &dyn Fn(&Step) -> bool,
) -> Vec<Job<'b>> {
    let mut jobs = Vec::new();
    for (at, (step, bytes)) in journal.entries.iter().zip(bytes).enumerate() {
        let source = bytes.as_deref().map_or(Source::Nothing, |b| Source::Bytes(Cow::Borrowed(b)));
        if wanted(step) {
            jobs.push(Job { at, from: step.old, to: step.new, source });
        }
    }
    jobs
}

/// Documents, the end of the journal, the slots.
pub(crate) fn finish(
    run: &Run<'_>,
    stored: &Stored,
    overtaken: Vec<RelPath>,
) -> Result<Applied, Halt> {
    let journal = &stored.journal;
    run.documents(journal, Side::After)?;
    remove_empty_folders(run, journal);
    let record = format!("{:010}.undo", journal.id);
    let dir = &run.vault.dir;
    dir.rename(JOURNAL_NAME, dir, &record)
        .map_err(|error| run.vault.failed("write", &record, error))?;
    let mut rescued = Vec::new();
    for (path, slot) in run.site.empty_filled() {
        let at = journal.entries.iter().position(|step| step.path == path);
        rescued.extend(run.rescue(journal.id, at.unwrap_or(journal.entries.len()), &slot));
    }
    if !overtaken.is_empty() {
        rescued.extend(run.clear_slots(journal));
    }
    let done = |wanted: &dyn Fn(&Step) -> bool| -> Vec<RelPath> {
        let steps = journal.entries.iter().filter(|step| wanted(step));
        let paths = steps.map(|step| step.path.clone());
        paths.filter(|path| !overtaken.contains(path)).collect()
    };
    Ok(Applied {
        written: done(&|step| step.new.is_some()),
        deleted: done(&|step| step.new.is_none()),
        overtaken,
        rescued,
    })
}

/// Folders that held nothing but what was deleted.
fn remove_empty_folders(run: &Run<'_>, journal: &Journal) {
    for step in journal.entries.iter().rev().filter(|step| step.new.is_none()) {
        let mut folder = step.path.parent();
        while let Some(path) = folder {
            if !run.site.remove_folder(&path) {
                break;
            }
            folder = path.parent();
        }
    }
}

/// The steps of the journal, and the bytes that each writes.
fn plan(mut journal: Journal, changes: &Changes) -> (Journal, Vec<Option<Cow<'_, [u8]>>>) {
    journal.spec.clone_from(&changes.spec);
    journal.sum.clone_from(&changes.sum);
    journal.lock.clone_from(&changes.lock);
    let has_lock = changes.lock.as_ref().is_some_and(|lock| lock.after.is_some());
    let mut bytes = Vec::new();
    for (change, record) in in_order(changes) {
        let (new, line_ends, rendered, moved_from, content) = match &change.kind {
            ChangeKind::Delete => (None, LineEnds::Lf, false, None, None),
            ChangeKind::Put(Put { bytes, executable, line_ends, rendered, moved_from }) => {
                let content = with_line_ends(bytes, *line_ends);
                let mark = Mark::of(&content, *executable);
                (Some(mark), *line_ends, *rendered && has_lock, moved_from.clone(), Some(content))
            }
        };
        let path = change.path.clone();
        let old = change.expected;
        journal.entries.push(Step { path, old, new, line_ends, rendered, record, moved_from });
        bytes.push(content);
    }
    (journal, bytes)
}

/// Records first, then puts, then deletions.
fn in_order(changes: &Changes) -> impl Iterator<Item = (&Change, bool)> {
    let puts = |change: &&Change| matches!(change.kind, ChangeKind::Put(_));
    let records = changes.records.iter().map(|change| (change, true));
    let outputs = changes.outputs.iter();
    records
        .chain(outputs.clone().filter(puts).map(|change| (change, false)))
        .chain(outputs.filter(move |change| !puts(change)).map(|change| (change, false)))
}

/// Steps that take bytes away which are not backed up and which the lock before does not render again, whatever the
/// caller believes: a kit that is edited in place, or a file whose lines end in both ways.
fn not_rendered_before(
    journal: &Journal,
    changes: &Changes,
    renders: &dyn Renders,
) -> BTreeSet<usize> {
    let takes_away = |(at, (step, (change, _))): (usize, (&Step, (&Change, bool)))| {
        let old = step.old.filter(|_| !change.backup)?;
        step.new.is_none_or(|new| new.digest != old.digest).then_some(at)
    };
    let steps = journal.entries.iter().zip(in_order(changes)).enumerate();
    let taken: Vec<usize> = steps.filter_map(takes_away).collect();
    let rendered = rendered_before(journal, &taken, renders);
    taken.into_iter().filter(|at| !rendered.contains_key(at)).collect()
}

/// Bytes of people, and new bytes that no lock renders again.
fn blobs(
    root: &Root,
    changes: &Changes,
    journal: &Journal,
    bytes: &[Option<Cow<'_, [u8]>>],
    lost: &BTreeSet<usize>,
) -> Result<Vec<Vec<u8>>, ApplyError> {
    let mut blobs = Vec::new();
    let steps = in_order(changes).zip(&journal.entries).zip(bytes).enumerate();
    for (at, (((change, _), step), bytes)) in steps {
        if let Some(expected) = change.expected.filter(|_| change.backup || lost.contains(&at)) {
            let now = match root.read(&change.path, CAP) {
                Ok(now) => now,
                Err(DiskError::Missing(_)) => return Err(ApplyError::Changed(step.path.clone())),
                Err(error) => return Err(ApplyError::untouched(error)),
            };
            if Mark::of(&now, expected.executable).digest != expected.digest {
                return Err(ApplyError::Changed(step.path.clone()));
            }
            blobs.push(now);
        }
        let same = |old: &Mark| step.new.is_some_and(|new| new.digest == old.digest);
        if step.rendered || step.old.as_ref().is_some_and(same) {
            continue;
        }
        if let Some(bytes) = bytes {
            blobs.push(bytes.to_vec());
        }
    }
    Ok(blobs)
}

/// Folders that have to be made, outermost first. Fails if one cannot be had.
fn missing_folders(root: &Root, journal: &Journal) -> Result<Vec<RelPath>, DiskError> {
    let mut parents: BTreeMap<RelPath, &RelPath> = BTreeMap::new();
    for step in journal.entries.iter().filter(|step| step.new.is_some()) {
        parents.extend(step.path.parent().map(|parent| (parent, &step.path)));
    }
    let mut missing = BTreeSet::new();
    for (folder, path) in parents {
        let failed = |error| DiskError::io("open the folder", &folder, error);
        match root.enter(Some(&folder), Borders::Respect).map_err(failed)? {
            Way::Open(_) => continue,
            Way::Obstructed(what) => {
                return Err(DiskError::Obstructed { path: path.to_string(), what });
            }
            Way::Absent => {}
        }
        let mut next = Some(folder.clone());
        while let Some(path) = next {
            if missing.contains(&path)
                || matches!(root.enter(Some(&path), Borders::Respect), Ok(Way::Open(_)))
            {
                break;
            }
            next = path.parent();
            missing.insert(path);
        }
    }
    Ok(missing.into_iter().collect())
}

fn check_paths(changes: &Changes) -> Result<(), ApplyError> {
    let documents = [&changes.spec, &changes.sum, &changes.lock];
    let mut seen: BTreeSet<&RelPath> =
        documents.into_iter().flatten().map(|document| &document.path).collect();
    for (change, _) in in_order(changes) {
        let path = &change.path;
        let refuse = |why| Err(ApplyError::Refused { path: path.clone(), why });
        let first = path.parts().next().unwrap_or_default();
        if first == LOCAL_NAME || first == BESIDE_NAME {
            return refuse("it is kiln's own");
        }
        if !seen.insert(path) {
            return refuse("it is changed twice");
        }
        if matches!(change.kind, ChangeKind::Delete) && change.expected.is_none() {
            return refuse("what is to be deleted is not named");
        }
    }
    Ok(())
}

fn check_documents(root: &Root, changes: &Changes) -> Result<(), ApplyError> {
    for document in [&changes.spec, &changes.sum, &changes.lock].into_iter().flatten() {
        let now = text(root, &document.path).map_err(ApplyError::untouched)?;
        if now != document.before {
            return Err(ApplyError::Changed(document.path.clone()));
        }
    }
    Ok(())
}
