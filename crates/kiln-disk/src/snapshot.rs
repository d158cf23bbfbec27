//! Whether everything that a run has looked at is still as it was: what makes the answer of that run the answer of this
//! one.
//!
//! A project's [`Index`] is such a snapshot of its outputs, and of the places that were found empty. A library's is made
//! of the stat data of its files and of its folders: whatever is added to a folder or taken out of it moves the times
//! of the folder, so no folder has to be listed again. The rules of trust are the index's: a record that they do not
//! cover is read again, or the snapshot does not hold.

use std::io;

use kiln_base::RelPath;
use rayon::prelude::*;

use crate::error::DiskError;
use crate::index::{Entry, Index, Record, Recorded};
use crate::local;
use crate::observe::{Observed, look_at};
use crate::root::{Borders, GIT_NAME, Root, Way, child, is_border};
use crate::sys::{Dir, Kind};

/// How a snapshot is compared with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// What the stat data proves is not read.
    Stat,
    /// Every file is read.
    Nothing,
}

/// The name of the root in a snapshot.
const TOP: &str = ".";
/// How many neighbours are looked at in one go.
const IN_ONE_GO: usize = 512;

impl Index {
    /// Whether every place in it is as it was recorded. What cannot be looked at is not.
    ///
    /// # Errors
    /// [`DiskError::Io`] if the root itself cannot be looked at.
    pub fn holds(&self, root: &Root, trust: Trust) -> Result<bool, DiskError> {
        if !root.abilities()?.stat_trusted {
            return Ok(false);
        }
        let own = root.dir.own_stat().map_err(|error| DiskError::io("look at", TOP, error))?;
        let entries: Vec<Entry<'_>> = self.entries().collect();
        // The first difference ends the search.
        Ok(entries
            .par_chunks(IN_ONE_GO)
            .all(|entries| holds_all(root, entries, trust, own.device).unwrap_or_default()))
    }

    /// Adds what stands at `paths`, which are no outputs. The index must be one that was refreshed just now.
    ///
    /// # Errors
    /// [`DiskError`] if something there cannot be read.
    pub fn watch(&mut self, root: &Root, paths: &[RelPath]) -> Result<(), DiskError> {
        let stamp =
            local::stamp(root).map_err(|error| DiskError::io("write in", ".kiln", error))?;
        let stamp = stamp.min(self.stamp());
        let mut records: Vec<Record> =
            self.entries().filter(|entry| !entry.is_watched()).map(Entry::record).collect();
        let device =
            root.dir.own_stat().map_err(|error| DiskError::io("look at", TOP, error))?.device;
        for path in paths {
            let failed = |error| DiskError::io("look at", path, error);
            let seen = match root.enter(path.parent().as_ref(), Borders::Respect).map_err(failed)? {
                Way::Open(dir) => {
                    let seen = look_at(root, &dir, path, None, device).map_err(failed)?;
                    match (seen.observed, seen.stat) {
                        (Observed::File(found), Some(stat)) => Recorded::File(stat, found),
                        (Observed::Absent, _) => Recorded::Absent,
                        // What cannot be recorded makes a snapshot that never holds.
                        _ => Recorded::Folder(root.dir.own_stat().map_err(failed)?),
                    }
                }
                Way::Absent => Recorded::Absent,
                Way::Obstructed(_) => Recorded::Folder(root.dir.own_stat().map_err(failed)?),
            };
            records.push(Record { path: path.as_str().to_owned(), seen, watched: true });
        }
        *self = Self::build(records, stamp);
        Ok(())
    }

    /// Notes the moment by the clock of `root`: what is older then can be trusted by the next [`Index::of_tree`].
    ///
    /// # Errors
    /// [`DiskError`] if `.kiln/` cannot be written.
    pub fn note_time(root: &Root) -> Result<(), DiskError> {
        let noted = local::stamp(root).map(|_| ());
        noted.map_err(|error| DiskError::io("write in", ".kiln", error))
    }

    /// A snapshot of the stat data of everything below `tree`, by the clock of `root`; none if nothing about it could be
    /// trusted. It writes nothing, so it goes by the moment that the last run took: what has changed since is as if it
    /// changed just now, and the next snapshot trusts it.
    ///
    /// # Errors
    /// [`DiskError`] if the tree cannot be read.
    pub fn of_tree(tree: &Root, root: &Root) -> Result<Option<Self>, DiskError> {
        let failed = |error| DiskError::io("look at", TOP, error);
        let here = tree.dir.own_stat().map_err(failed)?;
        let same_clock = here.device == root.dir.own_stat().map_err(failed)?.device;
        if !same_clock || !tree.abilities()?.stat_trusted {
            return Ok(None);
        }
        let Some(stamp) = local::last_stamp(root) else { return Ok(None) };
        let mut records = Vec::new();
        let mut level: Vec<(Option<RelPath>, Dir)> = vec![(None, tree.dir.clone())];
        while !level.is_empty() {
            let looked: Result<Vec<_>, DiskError> =
                level.par_iter().map(|(path, dir)| tree_folder(path.as_ref(), dir)).collect();
            level.clear();
            for (seen, below) in looked? {
                records.extend(seen);
                level.extend(below);
            }
        }
        Ok(Some(Self::build(records, stamp)))
    }
}

type Below = (Vec<Record>, Vec<(Option<RelPath>, Dir)>);

/// One folder of a tree: its own record and those of its files, and the folders in it.
fn tree_folder(path: Option<&RelPath>, dir: &Dir) -> Result<Below, DiskError> {
    let name = path.map_or(TOP, RelPath::as_str);
    let failed = |error| DiskError::io("look at", name, error);
    // Before it is listed: what is added meanwhile gives it another time.
    let own = dir.own_stat().map_err(failed)?;
    let record = |path: &str, seen| Record { path: path.to_owned(), seen, watched: false };
    let mut records = vec![record(name, Recorded::Folder(own))];
    let mut below = Vec::new();
    for (name, kind) in dir.list().map_err(failed)? {
        if name == GIT_NAME {
            continue;
        }
        let inner = child(path, &name)?;
        match kind {
            Kind::Folder => {
                let dir = dir.open_dir(&name).map_err(failed)?;
                below.push((Some(inner), dir));
            }
            _ => {
                let Some(stat) = dir.stat(&name).map_err(failed)? else { continue };
                records.push(record(inner.as_str(), Recorded::Unread(stat)));
            }
        }
    }
    Ok((records, below))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether neighbours are as they were recorded.
fn holds_all(root: &Root, entries: &[Entry<'_>], trust: Trust, device: u64) -> io::Result<bool> {
    // A library may hold whole projects; in a project another one is an obstacle.
    let is_tree = entries.iter().any(|one| one.is_unread() || one.is_folder());
    let borders = if is_tree { Borders::Cross } else { Borders::Respect };
    let mut way = Descent::new(root, borders);
    for entry in entries {
        let held = match way.enter(folder_of(entry.path()))? {
            Some(dir) => holds_at(root, dir, *entry, trust, device)?,
            None => entry.is_absent() && way.ends_in_nothing,
        };
        if !held {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The way down to one folder after another: what neighbours share is gone once.
struct Descent<'r> {
    root: &'r Root,
    borders: Borders,
    /// The folders of the way, with how much of the path leads to each.
    way: Vec<(usize, Dir)>,
    path: String,
    /// The last way that could not be gone ended where nothing stands.
    ends_in_nothing: bool,
}

impl<'r> Descent<'r> {
    const fn new(root: &'r Root, borders: Borders) -> Self {
        Self { root, borders, way: Vec::new(), path: String::new(), ends_in_nothing: false }
    }

    /// The folder at `folder`, empty for the root; none if the way does not lead there.
    fn enter(&mut self, folder: &str) -> io::Result<Option<&Dir>> {
        let leads = |length: usize| {
            folder.as_bytes().get(..length) == self.path.as_bytes().get(..length)
                && matches!(folder.as_bytes().get(length), None | Some(b'/'))
        };
        let kept = self.way.iter().take_while(|(length, _)| leads(*length)).count();
        self.way.truncate(kept);
        let start = self.way.last().map_or(0, |(length, _)| *length);
        folder.clone_into(&mut self.path);
        let mut length = start;
        for part in folder[start..].split('/').filter(|part| !part.is_empty()) {
            length += part.len() + usize::from(length > 0);
            let Some(next) = self.step(part)? else {
                self.path.truncate(self.way.last().map_or(0, |(length, _)| *length));
                return Ok(None);
            };
            self.way.push((length, next));
        }
        Ok(Some(self.way.last().map_or(&self.root.dir, |(_, dir)| dir)))
    }

    fn step(&mut self, part: &str) -> io::Result<Option<Dir>> {
        self.ends_in_nothing = false;
        // The index is a file that anybody may have written.
        if part == TOP || part == ".." {
            return Ok(None);
        }
        let here = self.way.last().map_or(&self.root.dir, |(_, dir)| dir);
        let next = match here.open_dir(part) {
            Ok(next) => next,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.ends_in_nothing = true;
                return Ok(None);
            }
            Err(error) if is_obstacle(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let bars = self.root.other_casing(here, part)?.is_some()
            || (self.borders == Borders::Respect && is_border(&next)?);
        Ok((!bars).then_some(next))
    }
}

fn is_obstacle(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory)
}

fn holds_at(
    root: &Root,
    dir: &Dir,
    entry: Entry<'_>,
    trust: Trust,
    device: u64,
) -> io::Result<bool> {
    let name = entry.path().rsplit_once('/').map_or(entry.path(), |(_, name)| name);
    let stat = if name == TOP { Some(dir.own_stat()?) } else { dir.stat(name)? };
    let Some(stat) = stat else { return Ok(entry.is_absent()) };
    let wanted = if entry.is_folder() { Kind::Folder } else { Kind::File };
    if entry.is_absent() || stat.kind != wanted || stat.device != device {
        return Ok(false);
    }
    if entry.is_folder() || entry.is_unread() {
        return Ok(entry.is_same(&stat));
    }
    if root.other_casing(dir, name)?.is_some() {
        return Ok(false);
    }
    if trust == Trust::Stat && entry.is_same(&stat) {
        return Ok(true);
    }
    let Ok(path) = RelPath::new(entry.path()) else { return Ok(false) };
    let seen = look_at(root, dir, &path, None, device)?;
    Ok(seen.observed.file().is_some_and(|found| entry.has_content(found)))
}
