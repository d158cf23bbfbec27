//! How much work a process has done: renders, digests, calls to the disk. Counted in builds with debug assertions only,
//! so that tests can say how much an operation may do; a release build counts nothing.

use std::sync::atomic::{AtomicU64, Ordering};

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A template was rendered.
    Render,
    /// A template was read: its syntax, and what it reads.
    Template,
    /// A sha256 digest was taken.
    Digest,
    /// So many bytes went into one.
    DigestedByte,
    /// A name or an open file was looked at.
    Stat,
    /// A file was opened for reading.
    Open,
    /// A folder was opened.
    OpenFolder,
    /// A folder was listed.
    List,
    /// So many bytes were read from files.
    ReadByte,
    /// So many bytes were written to files.
    WrittenByte,
    /// A file was created, or opened for writing.
    Create,
    /// A name was made, changed or removed.
    Rename,
    /// The disk was waited for.
    Sync,
}

impl Work {
    /// All kinds, with the names that reports give them.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::Render, "renders"),
        (Self::Template, "templates"),
        (Self::Digest, "digests"),
        (Self::DigestedByte, "digested-bytes"),
        (Self::Stat, "stats"),
        (Self::Open, "opens"),
        (Self::OpenFolder, "folder-opens"),
        (Self::List, "listings"),
        (Self::ReadByte, "read-bytes"),
        (Self::WrittenByte, "written-bytes"),
        (Self::Create, "creations"),
        (Self::Rename, "renames"),
        (Self::Sync, "syncs"),
    ];
}

static COUNTS: [AtomicU64; Work::ALL.len()] = [const { AtomicU64::new(0) }; Work::ALL.len()];

/// Notes that so much work of a kind is done.
pub fn count(work: Work, amount: u64) {
    if cfg!(debug_assertions) {
        COUNTS[work as usize].fetch_add(amount, Ordering::Relaxed);
    }
}

/// How much was done so far in this process, by name. Zeros in a build without debug assertions.
#[must_use]
pub fn counted() -> [(&'static str, u64); Work::ALL.len()] {
    Work::ALL.map(|(work, name)| (name, COUNTS[work as usize].load(Ordering::Relaxed)))
}

#[cfg(test)]
mod tests {
    use super::Work;

    #[test]
    fn kinds_stand_at_their_places() {
        for (place, (work, _)) in Work::ALL.into_iter().enumerate() {
            assert_eq!(work as usize, place);
        }
    }
}
