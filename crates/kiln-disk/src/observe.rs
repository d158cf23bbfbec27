//! What stands on the disk at each output, looked at once, in parallel, without following anything.

use std::collections::BTreeMap;
use std::io;

use kiln_base::{RelPath, Sha256, sha256};
use rayon::prelude::*;

use crate::error::{DiskError, Obstruction};
use crate::index::{Index, Record, Recorded};
use crate::local;
use crate::root::{Borders, Root, Way, sibling};
use crate::sys::{Dir, Kind, Stat, Time};
use crate::text::{LineEnds, Markers, is_binary, line_ends, markers, normalise};

/// The most bytes of an output that kiln reads.
pub(crate) const CAP: u64 = 256 << 20;

/// The state of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// Nothing stands there.
    Absent,
    /// A plain file.
    File(Found),
    /// Something that kiln neither reads nor replaces, or a place that it may not go to.
    Obstructed(Obstruction),
}

/// What is known of a plain file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Digest of its bytes.
    pub raw: Sha256,
    /// Digest of its bytes after CRLF → LF; for binary bytes the same as `raw`. This is what facts are compared with.
    pub text: Sha256,
    /// Its owner may execute it.
    pub executable: bool,
    /// How most of its lines end.
    pub line_ends: LineEnds,
    /// It holds a NUL byte.
    pub binary: bool,
    /// Marker lines of conflicts in it.
    pub markers: Markers,
    /// Its size in bytes.
    pub size: u64,
}

/// The exact state of a file that a change starts from or leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// Digest of its bytes as they are on the disk.
    pub digest: [u8; 32],
    /// Its owner may execute it.
    pub executable: bool,
}

impl Mark {
    /// The mark of a file with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8], executable: bool) -> Self {
        Self { digest: sha256(bytes).0, executable }
    }
}

impl Found {
    /// What is known of a file with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8], executable: bool) -> Self {
        let raw = sha256(bytes);
        let plain = normalise(bytes);
        let text = if plain.len() == bytes.len() { raw } else { sha256(&plain) };
        Self {
            raw,
            text,
            executable,
            line_ends: line_ends(bytes),
            binary: is_binary(bytes),
            markers: markers(bytes),
            size: bytes.len() as u64,
        }
    }

    /// Its mark.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        Mark { digest: self.raw.0, executable: self.executable }
    }
}

impl Observed {
    /// The file, if it is one.
    #[must_use]
    pub const fn file(&self) -> Option<&Found> {
        match self {
            Self::File(found) => Some(found),
            _ => None,
        }
    }

    /// The mark that a change at this path starts from; none for nothing.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        self.file().map(Found::mark)
    }
}

/// Looks at all `paths`; the answers come in their order. Writes nothing.
///
/// # Errors
/// [`DiskError::Io`] for a fault of the disk; what a person can put in the way is an [`Observed::Obstructed`].
pub fn observe(root: &Root, paths: &[RelPath], index: &Index) -> Result<Vec<Observed>, DiskError> {
    Ok(look_at_all(root, paths, index)?.into_iter().map(|seen| seen.observed).collect())
}

/// As [`observe`], and brings `index` up to date; [`Index::store`] writes it.
///
/// # Errors
/// As [`observe`]; also if `.kiln/` cannot be written.
pub fn observe_and_refresh(
    root: &Root,
    paths: &[RelPath],
    index: &mut Index,
) -> Result<Vec<Observed>, DiskError> {
    let stamp = local::stamp(root).map_err(|error| DiskError::io("write in", ".kiln", error))?;
    if stamp < index.stamp() {
        *index = Index::default();
    }
    let seen = look_at_all(root, paths, index)?;
    let known = seen.iter().filter(|seen| seen.known).count();
    let files = seen.iter().filter(|seen| seen.observed.file().is_some()).count();
    if known != files || files != index.files() {
        *index = Index::build(records(paths, &seen), stamp);
    }
    Ok(seen.into_iter().map(|seen| seen.observed).collect())
}

fn records(paths: &[RelPath], seen: &[Seen]) -> Vec<Record> {
    let record = |(path, seen): (&RelPath, &Seen)| {
        let (stat, found) = (seen.stat?, seen.observed.file()?.clone());
        let seen = Recorded::File(stat, found);
        Some(Record { path: path.as_str().to_owned(), seen, watched: false })
    };
    paths.iter().zip(seen).filter_map(record).collect()
}

/// One answer, with the stat data that it was taken under.
pub(crate) struct Seen {
    pub(crate) observed: Observed,
    pub(crate) stat: Option<Stat>,
    known: bool,
}

impl Seen {
    const fn only(observed: Observed) -> Self {
        Self { observed, stat: None, known: false }
    }
}

fn look_at_all(root: &Root, paths: &[RelPath], index: &Index) -> Result<Vec<Seen>, DiskError> {
    let trust = root.abilities()?.stat_trusted;
    let device = root.dir.own_stat().map_err(|error| DiskError::io("look at", ".", error))?.device;
    let mut folders: BTreeMap<Option<RelPath>, Vec<usize>> = BTreeMap::new();
    for (at, path) in paths.iter().enumerate() {
        folders.entry(path.parent()).or_default().push(at);
    }
    let folders: Vec<(Option<RelPath>, Vec<usize>)> = folders.into_iter().collect();
    let index = trust.then_some(index);
    let look = |(folder, places): &(Option<RelPath>, Vec<usize>)| {
        look_in(root, folder.as_ref(), places, paths, index, device)
    };
    let seen: Result<Vec<_>, DiskError> = folders.par_iter().map(look).collect();
    let mut ordered: Vec<(usize, Seen)> = seen?.into_iter().flatten().collect();
    ordered.sort_by_key(|(at, _)| *at);
    Ok(ordered.into_iter().map(|(_, seen)| seen).collect())
}

fn look_in(
    root: &Root,
    folder: Option<&RelPath>,
    places: &[usize],
    paths: &[RelPath],
    index: Option<&Index>,
    device: u64,
) -> Result<Vec<(usize, Seen)>, DiskError> {
    let failed =
        |error| DiskError::io("open the folder", folder.map_or(".", RelPath::as_str), error);
    let dir = match root.enter(folder, Borders::Respect).map_err(failed)? {
        Way::Open(dir) => dir,
        Way::Absent => {
            let absent = |&at| (at, Seen::only(Observed::Absent));
            return Ok(places.iter().map(absent).collect());
        }
        Way::Obstructed(what) => {
            let obstructed = |&at| (at, Seen::only(Observed::Obstructed(what.clone())));
            return Ok(places.iter().map(obstructed).collect());
        }
    };
    let look = |&at: &usize| {
        let path = &paths[at];
        let seen = look_at(root, &dir, path, index, device);
        seen.map(|seen| (at, seen)).map_err(|error| DiskError::io("read", path, error))
    };
    // A folder with many outputs is itself worth splitting.
    if places.len() > 64 {
        places.par_iter().map(look).collect()
    } else {
        places.iter().map(look).collect()
    }
}

pub(crate) fn look_at(
    root: &Root,
    dir: &Dir,
    path: &RelPath,
    index: Option<&Index>,
    device: u64,
) -> io::Result<Seen> {
    let name = path.file_name();
    let stat = match dir.stat(name) {
        Ok(Some(stat)) => stat,
        Ok(None) => return Ok(Seen::only(Observed::Absent)),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Ok(Seen::only(Observed::Obstructed(Obstruction::Unreadable)));
        }
        Err(error) => return Err(error),
    };
    if let Some(what) = not_a_file(stat.kind) {
        return Ok(Seen::only(Observed::Obstructed(what)));
    }
    if let Some(stored) = root.other_casing(dir, name)? {
        let what = Obstruction::Casing(sibling(path, &stored));
        return Ok(Seen::only(Observed::Obstructed(what)));
    }
    let known =
        index.filter(|_| stat.device == device).and_then(|index| index.trusted(path, &stat));
    if let Some(found) = known {
        return Ok(Seen { observed: Observed::File(found), stat: Some(stat), known: true });
    }
    read_file(dir, name)
}

/// Why something of this kind is no output.
pub(crate) const fn not_a_file(kind: Kind) -> Option<Obstruction> {
    match kind {
        Kind::File => None,
        Kind::Folder => Some(Obstruction::Folder),
        Kind::Symlink => Some(Obstruction::Symlink),
        Kind::Special => Some(Obstruction::Special),
    }
}

/// Reads and hashes a file that was a plain one a moment ago. The stat data is older than the bytes, never newer.
fn read_file(dir: &Dir, name: &str) -> io::Result<Seen> {
    let obstructed = |what| Ok(Seen::only(Observed::Obstructed(what)));
    let mut file = match dir.open_file(name) {
        Ok(file) => file,
        Err(error) => {
            return match error.kind() {
                io::ErrorKind::NotFound => Ok(Seen::only(Observed::Absent)),
                io::ErrorKind::PermissionDenied => obstructed(Obstruction::Unreadable),
                io::ErrorKind::InvalidInput => obstructed(Obstruction::Special),
                _ => Err(error),
            };
        }
    };
    let stat = file.stat()?;
    match file.read(CAP)? {
        None => obstructed(Obstruction::TooLarge),
        Some(bytes) => {
            let observed = Observed::File(Found::of(&bytes, stat.executable()));
            let settled = stat.size == bytes.len() as u64 && stat.modified != Time::default();
            Ok(Seen { observed, stat: settled.then_some(stat), known: false })
        }
    }
}
