//! Rolling back: every file and document of a journal as it was before.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::RelPath;

use crate::change::Renders;
use crate::error::DiskError;
use crate::journal::{Journal, Stored};
use crate::observe::Mark;
use crate::settle::{At, Halt, Job, Run, Side, Source, in_either_form};
use crate::site::{Look, Slot};
use crate::vault::JOURNAL_NAME;

/// What was rolled back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RolledBack {
    pub(crate) restored: Vec<RelPath>,
    /// Files in which a person was meanwhile.
    pub(crate) left: Vec<RelPath>,
}

/// Takes a sync back and ends its journal. Lock and sum go first, so that the sum never names a base that a file has
/// not taken in. `new_bytes` tells a torn file from a person's. Files of a person that `take` names go back too.
pub(crate) fn roll_back(
    run: &Run<'_>,
    stored: &Stored,
    new_bytes: &(dyn Fn(usize) -> Option<Vec<u8>> + Sync),
    renders: &dyn Renders,
    take: &BTreeSet<RelPath>,
) -> Result<RolledBack, Halt> {
    let journal = &stored.journal;
    let mut places: Vec<At> =
        run.survey(journal, new_bytes)?.into_iter().map(|(place, _)| place).collect();
    let mut missing = BTreeSet::new();
    for (at, step) in journal.entries.iter().enumerate() {
        if places[at] != At::Other || !take.contains(&step.path) {
            continue;
        }
        // What the person wrote is in the vault: as if it were a file that was written by half.
        let look = run.site.look(&step.path);
        match look.map_err(|error| DiskError::io("read", &step.path, error))?.0 {
            Look::File(mark) => places[at] = At::Torn(mark),
            Look::Absent if step.old.is_none() => places[at] = At::Old,
            Look::Absent => {
                places[at] = At::New;
                missing.insert(at);
            }
            Look::Other => {}
        }
    }
    let mut sources = sources(run, stored, &places, renders)?;
    run.documents(journal, Side::Before)?;
    let mut left: Vec<usize> = Vec::new();
    let (mut puts, mut deletions) = (Vec::new(), Vec::new());
    for (at, (step, place)) in journal.entries.iter().zip(&places).enumerate() {
        let from = match place {
            At::Old => continue,
            At::Other => {
                left.push(at);
                continue;
            }
            At::New if missing.contains(&at) => None,
            At::New => step.new,
            At::Torn(mark) => Some(*mark),
        };
        let source = sources.remove(&at).unwrap_or(Source::Nothing);
        let jobs = if step.old.is_some() { &mut puts } else { &mut deletions };
        jobs.push(Job { at, from, to: step.old, source });
    }
    left.extend(run.perform(journal, &puts, false)?);
    left.extend(run.perform(journal, &deletions, false)?);
    for folder in journal.folders.iter().rev() {
        run.site.remove_folder(folder);
    }
    let dir = &run.vault.dir;
    let end = |error| run.vault.failed("remove", JOURNAL_NAME, error);
    dir.remove(JOURNAL_NAME).map_err(end)?;
    dir.sync().map_err(end)?;
    let _ = run.site.empty_filled();
    run.clear_slots(journal);
    let paths = |places: &[usize]| -> Vec<RelPath> {
        places.iter().map(|&at| journal.entries[at].path.clone()).collect()
    };
    let restored: Vec<usize> =
        puts.iter().chain(&deletions).map(|job| job.at).filter(|at| !left.contains(at)).collect();
    Ok(RolledBack { restored: paths(&restored), left: paths(&left) })
}

/// Where the old bytes of all files are that have to come back. Fails before anything is written if some are nowhere.
fn sources<'b>(
    run: &Run<'_>,
    stored: &Stored,
    places: &[At],
    renders: &dyn Renders,
) -> Result<BTreeMap<usize, Source<'b>>, Halt> {
    let journal = &stored.journal;
    let mut found = BTreeMap::new();
    let mut missing = Vec::new();
    for (at, (step, place)) in journal.entries.iter().zip(places).enumerate() {
        let (Some(old), At::New | At::Torn(_)) = (step.old, place) else { continue };
        if *place == At::New && step.new.is_some_and(|new| new.digest == old.digest) {
            continue;
        }
        let slots = run.site.slots(&step.path, at).unwrap_or_default();
        let holds = |slot: &Slot| matches!(slot.look(), Ok(Look::File(mark)) if journal.same(Some(mark), Some(old)));
        if let Some(slot) = slots.into_iter().find(holds) {
            found.insert(at, Source::Slot(slot));
        } else if let Some(bytes) = old_bytes(run, stored, places, old) {
            found.insert(at, Source::Earlier(bytes));
        } else {
            missing.push(at);
        }
    }
    for (at, bytes) in rendered_before(journal, &missing, renders) {
        found.insert(at, Source::Earlier(bytes));
    }
    match missing.iter().find(|at| !found.contains_key(at)) {
        Some(&at) => Err(Halt::Lost(journal.entries[at].path.clone())),
        None => Ok(found),
    }
}

/// Old bytes from the backup, or from the place that they were moved to.
fn old_bytes(run: &Run<'_>, stored: &Stored, places: &[At], old: Mark) -> Option<Vec<u8>> {
    let fits = |bytes: &Vec<u8>| Mark::of(bytes, old.executable).digest == old.digest;
    stored.blob(&old.digest).or_else(|| {
        let entries = stored.journal.entries.iter().zip(places);
        entries
            .filter(|(step, place)| {
                let digest = match place {
                    At::New => step.new,
                    At::Old => step.old,
                    _ => None,
                };
                digest.is_some_and(|mark| mark.digest == old.digest)
            })
            .find_map(|(step, _)| run.site.bytes(&step.path).filter(fits))
    })
}

/// Old bytes rendered again from the lock before.
pub(crate) fn rendered_before(
    journal: &Journal,
    wanted: &[usize],
    renders: &dyn Renders,
) -> BTreeMap<usize, Vec<u8>> {
    let lock = journal.lock.as_ref().and_then(|lock| lock.before.as_deref());
    let Some(lock) = lock.filter(|_| !wanted.is_empty()) else { return BTreeMap::new() };
    let paths: Vec<RelPath> = wanted.iter().map(|&at| journal.entries[at].path.clone()).collect();
    let mut rendered = renders.render(lock, &paths);
    let bytes = |&at: &usize| {
        let step = &journal.entries[at];
        let plain = rendered.remove(&step.path)?;
        Some((at, in_either_form(&plain, step, step.old?)?))
    };
    wanted.iter().filter_map(bytes).collect()
}
