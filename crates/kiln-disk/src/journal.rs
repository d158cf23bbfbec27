//! The journal of a running sync and the undo record of a finished one: one format for both.
//!
//! A file: eight bytes of magic, the length of the head as a little-endian u64, a keyed digest of the head, the head,
//! and the blobs: bytes of people that are replaced, and new bytes that no lock renders again. It is one file, so one
//! synchronisation covers journal and backups.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use kiln_base::{KeyHasher, RelPath, sha256};

use crate::change::Document;
use crate::observe::Mark;
use crate::sys::{Dir, File};
use crate::text::LineEnds;

const MAGIC: &[u8; 8] = b"kilnjrn1";
const FIXED: usize = 8 + 8 + 32;
const HEAD_CAP: u64 = 1 << 30;

/// What one sync does.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Journal {
    /// Its number in the vault; later syncs have higher ones.
    pub(crate) id: u64,
    pub(crate) command: String,
    /// The boot of the machine in which it was written: after another one, bytes that were not synced may be missing.
    pub(crate) boot: String,
    /// The file system keeps executable bits.
    pub(crate) modes: bool,
    pub(crate) spec: Option<Document>,
    pub(crate) sum: Option<Document>,
    pub(crate) lock: Option<Document>,
    /// Records of history first, then puts, then deletions.
    pub(crate) entries: Vec<Step>,
    /// Folders that it makes.
    pub(crate) folders: Vec<RelPath>,
    /// Paths that somebody changed meanwhile; their facts in `sum.after` are the old ones.
    pub(crate) overtaken: BTreeSet<RelPath>,
    /// Digests of what `sum.after` said before the paths overtaken last were noted: it may have been written by then.
    pub(crate) earlier_sums: Vec<[u8; 32]>,
    blobs: Vec<Blob>,
}

/// One file of a sync.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Step {
    pub(crate) path: RelPath,
    pub(crate) old: Option<Mark>,
    pub(crate) new: Option<Mark>,
    pub(crate) line_ends: LineEnds,
    /// The new bytes can be rendered again from the lock afterwards.
    pub(crate) rendered: bool,
    /// A record of schema history.
    pub(crate) record: bool,
    pub(crate) moved_from: Option<RelPath>,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Blob {
    digest: [u8; 32],
    /// From the end of the head.
    offset: u64,
    length: u64,
}

impl Journal {
    pub(crate) fn new(id: u64, command: String, boot: String, modes: bool) -> Self {
        Self {
            id,
            command,
            boot,
            modes,
            spec: None,
            sum: None,
            lock: None,
            entries: Vec::new(),
            folders: Vec::new(),
            overtaken: BTreeSet::new(),
            earlier_sums: Vec::new(),
            blobs: Vec::new(),
        }
    }

    /// Spec, sum and lock, in the order in which they are written.
    pub(crate) fn documents(&self) -> impl DoubleEndedIterator<Item = &Document> {
        [&self.spec, &self.sum, &self.lock].into_iter().flatten()
    }

    /// Steps that hand places on: the place of one is the old place of another, as where two files change places. They
    /// stand or fall together.
    pub(crate) fn chained(&self) -> BTreeSet<usize> {
        let places: BTreeMap<&RelPath, usize> = self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, step)| step.new.is_some())
            .map(|(at, step)| (&step.path, at))
            .collect();
        let pair = |(at, step): (usize, &Step)| {
            let from = places.get(step.moved_from.as_ref()?)?;
            Some([at, *from])
        };
        self.entries.iter().enumerate().filter_map(pair).flatten().collect()
    }

    /// True if both marks mean the same file on this file system.
    pub(crate) fn same(&self, a: Option<Mark>, b: Option<Mark>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) if !self.modes => a.digest == b.digest,
            (a, b) => a == b,
        }
    }

    /// Writes it with its blobs as `name` of `dir`, synced, in one step: there is a whole one or none.
    pub(crate) fn write(&mut self, dir: &Dir, name: &str, blobs: &[Vec<u8>]) -> io::Result<()> {
        self.blobs.clear();
        let mut offset = 0;
        for bytes in blobs {
            let length = bytes.len() as u64;
            self.blobs.push(Blob { digest: sha256(bytes).0, offset, length });
            offset += length;
        }
        let head =
            postcard::to_stdvec(self).map_err(|error| io::Error::other(error.to_string()))?;
        let mut start = Vec::with_capacity(FIXED + head.len());
        start.extend_from_slice(MAGIC);
        start.extend_from_slice(&(head.len() as u64).to_le_bytes());
        start.extend_from_slice(&checksum(&head));
        start.extend_from_slice(&head);
        let temporary = format!("{name}.new");
        match dir.remove(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = dir.create_new(&temporary, 0o600)?;
        file.write(&start)?;
        for bytes in blobs {
            file.write(bytes)?;
        }
        file.sync()?;
        dir.rename(&temporary, dir, name)?;
        dir.sync()
    }

    /// Reads the one named `name`. A damaged one is `InvalidData`, a missing one `NotFound`.
    pub(crate) fn read(dir: &Dir, name: &str) -> io::Result<Stored> {
        let file = dir.open_file(name)?;
        let damaged = || io::Error::from(io::ErrorKind::InvalidData);
        let short = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged(),
            _ => error,
        };
        let fixed = file.read_at(0, FIXED).map_err(short)?;
        let mut length = [0; 8];
        length.copy_from_slice(&fixed[8..16]);
        let length = u64::from_le_bytes(length);
        if !fixed.starts_with(MAGIC) || length > HEAD_CAP {
            return Err(damaged());
        }
        let head = file.read_at(FIXED as u64, length as usize).map_err(short)?;
        if fixed[16..] != checksum(&head) {
            return Err(damaged());
        }
        let journal: Self = postcard::from_bytes(&head).map_err(|_| damaged())?;
        Ok(Stored { journal, file, blobs_at: FIXED as u64 + length })
    }
}

/// A journal as it lies in the vault, with its blobs within reach.
pub(crate) struct Stored {
    pub(crate) journal: Journal,
    pub(crate) file: File,
    blobs_at: u64,
}

impl Stored {
    /// The blob with this digest, if it is there and whole.
    pub(crate) fn blob(&self, digest: &[u8; 32]) -> Option<Vec<u8>> {
        let blob = self.journal.blobs.iter().find(|blob| blob.digest == *digest)?;
        let at = self.blobs_at.checked_add(blob.offset)?;
        let bytes = self.file.read_at(at, usize::try_from(blob.length).ok()?).ok()?;
        (sha256(&bytes).0 == *digest).then_some(bytes)
    }

    /// All blobs that are whole, in order.
    pub(crate) fn all_blobs(&self) -> Vec<Vec<u8>> {
        self.journal.blobs.iter().filter_map(|blob| self.blob(&blob.digest)).collect()
    }
}

fn checksum(head: &[u8]) -> [u8; 32] {
    KeyHasher::new("kiln 2026 journal head v1").bytes(head).finish()
}
