//! The stat index: when the digest of a file may be known from `lstat` alone.
//!
//! An entry is trusted only if size, modification time, change time, inode and mode are as recorded and both times lie
//! before a stamp that was read from the same file system *before* the file was looked at. A stamp taken later gives
//! wrong answers. File systems whose times have whole seconds, and network file systems, are never trusted.
//!
//! The file is a header, records of one size sorted by path, and the paths; it is searched as it lies, not parsed.

use std::time::{SystemTime, UNIX_EPOCH};

use kiln_base::{KeyHasher, RelPath, Sha256};

use crate::error::DiskError;
use crate::local::{INDEX_NAME, LOCAL_NAME, local};
use crate::observe::Found;
use crate::root::Root;
use crate::sys::{Stat, Time};
use crate::text::{LineEnds, Markers};

const MAGIC: &[u8; 8] = b"kilnidx1";
const HEADER: usize = 8 + 32 + 32 + 12 + 4;
const RECORD: usize = 8 + 8 + 12 + 12 + 8 + 4 + 4 + 32 + 32;
const CAP: u64 = 1 << 30;

/// The stat index of a project. Lost, broken or of another version, it is empty.
#[derive(Debug, Clone)]
pub struct Index {
    bytes: Vec<u8>,
    changed: bool,
}

/// What is recorded of one file.
pub(crate) struct Record {
    pub(crate) path: RelPath,
    pub(crate) stat: Stat,
    pub(crate) found: Found,
}

impl Default for Index {
    fn default() -> Self {
        Self::build(Vec::new(), Time::default(), [0; 32])
    }
}

impl Index {
    /// Reads the index of a project.
    #[must_use]
    pub fn load(root: &Root) -> Self {
        let read = || {
            let dir = root.dir.open_dir(LOCAL_NAME).ok()?;
            let bytes = dir.open_file(INDEX_NAME).ok()?.read(CAP).ok()??;
            Some(Self { bytes, changed: false }).filter(Self::is_whole)
        };
        read().filter(|index| index.stamp() <= now()).unwrap_or_default()
    }

    /// Writes it, if it is not what was loaded.
    ///
    /// # Errors
    /// [`DiskError::Io`]; the index is only a cache, so a caller may go on.
    pub fn store(&mut self, root: &Root) -> Result<(), DiskError> {
        if !self.changed {
            return Ok(());
        }
        let write = || {
            let dir = local(root)?;
            let mut file = dir.open_or_create("index.new")?;
            file.rewrite(&self.bytes)?;
            dir.rename("index.new", &dir, INDEX_NAME)
        };
        write().map_err(|source| DiskError::io("write", ".kiln/index", source))?;
        self.changed = false;
        Ok(())
    }

    /// The state of all inputs and outputs at which the last sync had nothing to do, as the caller fingerprints it.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.array(40)
    }

    /// Sets [`Index::fingerprint`].
    pub fn set_fingerprint(&mut self, fingerprint: [u8; 32]) {
        if self.fingerprint() != fingerprint {
            self.bytes[40..72].copy_from_slice(&fingerprint);
            self.seal();
        }
    }

    /// Number of files in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.number(84) as usize
    }

    /// True if no file is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn stamp(&self) -> Time {
        self.time(72)
    }

    /// What is known of `path` if `stat` proves that it is as it was.
    pub(crate) fn trusted(&self, path: &RelPath, stat: &Stat) -> Option<Found> {
        let at = self.find(path.as_str())?;
        let same = self.long(at + 8) == stat.size
            && self.time(at + 16) == stat.modified
            && self.time(at + 28) == stat.changed
            && self.long(at + 40) == stat.inode
            && self.number(at + 48) == stat.mode;
        let settled = stat.modified.max(stat.changed) < self.stamp();
        let fine_clock = stat.changed.nanoseconds != 0;
        if !(same && settled && fine_clock) {
            return None;
        }
        let flags = self.number(at + 52);
        let is = |bit: u32| flags & bit != 0;
        Some(Found {
            raw: Sha256(self.array(at + 56)),
            text: Sha256(self.array(at + 88)),
            executable: stat.executable(),
            line_ends: if is(2) { LineEnds::Crlf } else { LineEnds::Lf },
            binary: is(1),
            markers: Markers { kiln: is(4), git: is(8) },
            size: stat.size,
        })
    }

    /// An index of `records` (sorted here) that were looked at after `stamp`.
    pub(crate) fn build(mut records: Vec<Record>, stamp: Time, fingerprint: [u8; 32]) -> Self {
        records.sort_by(|a, b| a.path.cmp(&b.path));
        let mut bytes = Vec::with_capacity(HEADER + records.len() * (RECORD + 40));
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[0; 32]);
        bytes.extend_from_slice(&fingerprint);
        put_time(&mut bytes, stamp);
        bytes.extend_from_slice(&(records.len() as u32).to_le_bytes());
        let mut paths = HEADER + records.len() * RECORD;
        for record in &records {
            put_record(&mut bytes, record, paths as u32);
            paths += record.path.as_str().len();
        }
        for record in &records {
            bytes.extend_from_slice(record.path.as_str().as_bytes());
        }
        let mut index = Self { bytes, changed: false };
        index.seal();
        index
    }

    fn seal(&mut self) {
        let sum = checksum(&self.bytes[40..]);
        self.bytes[8..40].copy_from_slice(&sum);
        self.changed = true;
    }

    fn is_whole(&self) -> bool {
        self.bytes.len() >= HEADER
            && self.bytes.starts_with(MAGIC)
            && self.array::<32>(8) == checksum(&self.bytes[40..])
            && self.bytes.len() >= HEADER + self.len().saturating_mul(RECORD)
    }

    fn find(&self, path: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let at = HEADER + middle * RECORD;
            let start = self.number(at) as usize;
            let name = self.bytes.get(start..start + self.number(at + 4) as usize)?;
            match name.cmp(path.as_bytes()) {
                std::cmp::Ordering::Equal => return Some(at),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut array = [0; N];
        if let Some(bytes) = self.bytes.get(at..at + N) {
            array.copy_from_slice(bytes);
        }
        array
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.array(at))
    }

    fn long(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.array(at))
    }

    fn time(&self, at: usize) -> Time {
        Time { seconds: i64::from_le_bytes(self.array(at)), nanoseconds: self.number(at + 8) }
    }
}

fn put_time(bytes: &mut Vec<u8>, time: Time) {
    bytes.extend_from_slice(&time.seconds.to_le_bytes());
    bytes.extend_from_slice(&time.nanoseconds.to_le_bytes());
}

fn put_record(bytes: &mut Vec<u8>, Record { path, stat, found }: &Record, start: u32) {
    let flags = u32::from(found.binary)
        | u32::from(found.line_ends == LineEnds::Crlf) << 1
        | u32::from(found.markers.kiln) << 2
        | u32::from(found.markers.git) << 3;
    bytes.extend_from_slice(&start.to_le_bytes());
    bytes.extend_from_slice(&(path.as_str().len() as u32).to_le_bytes());
    bytes.extend_from_slice(&stat.size.to_le_bytes());
    put_time(bytes, stat.modified);
    put_time(bytes, stat.changed);
    bytes.extend_from_slice(&stat.inode.to_le_bytes());
    bytes.extend_from_slice(&stat.mode.to_le_bytes());
    bytes.extend_from_slice(&flags.to_le_bytes());
    bytes.extend_from_slice(&found.raw.0);
    bytes.extend_from_slice(&found.text.0);
}

fn checksum(bytes: &[u8]) -> [u8; 32] {
    KeyHasher::new("kiln 2026 stat index v1").bytes(bytes).finish()
}

/// The clock, only to see that it was set back behind the stamp.
#[expect(clippy::disallowed_methods, reason = "a cache is dropped by it; nothing is rendered")]
fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time {
        seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        nanoseconds: since.subsec_nanos(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Kind;
    use proptest::prelude::*;

    const fn time(seconds: i64) -> Time {
        Time { seconds, nanoseconds: 7 }
    }

    fn stat(size: u64, modified: i64, changed: i64, inode: u64, mode: u32) -> Stat {
        let (modified, changed) = (time(modified), time(changed));
        Stat { kind: Kind::File, size, mode, modified, changed, inode, device: 1 }
    }

    fn record(name: &str, stat: Stat, bytes: &[u8]) -> Record {
        let found = Found { size: stat.size, ..Found::of(bytes, stat.executable()) };
        Record { path: RelPath::new(name).unwrap(), stat, found }
    }

    proptest! {
        /// The index answers what was recorded exactly when all of the stat data is equal and older than the stamp.
        #[test]
        fn trust_needs_everything_equal_and_older_than_the_stamp(
            then in (0_u64..2, 0_i64..4, 0_i64..4, 0_u64..2, 0_u32..2),
            now in (0_u64..2, 0_i64..4, 0_i64..4, 0_u64..2, 0_u32..2),
            stamp in 0_i64..5,
            bytes in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let of = |(size, modified, changed, inode, mode)| {
                stat(size, modified, changed, inode, 0o600 + mode * 0o100)
            };
            let others = [
                record("a", of(then), b"\0"),
                record("sub/x", of(then), b"<<<<<<< kiln: yours\r\n"),
                record("z", of(then), b"z"),
            ];
            let mut records: Vec<Record> = others.into_iter().collect();
            let wanted = record("sub/w", of(then), &bytes);
            let found = wanted.found.clone();
            records.push(wanted);
            let index = Index::build(records, time(stamp), [3; 32]);
            let expected = (then == now && then.1.max(then.2) < stamp).then_some(found);
            prop_assert_eq!(index.trusted(&RelPath::new("sub/w").unwrap(), &of(now)), expected);
            prop_assert_eq!(index.trusted(&RelPath::new("sub").unwrap(), &of(now)), None);
            prop_assert!(index.is_whole());
        }

        #[test]
        fn a_changed_byte_is_seen(at in 0_usize..330, bit in 0_u8..8) {
            let mut index =
                Index::build(vec![record("a/b", stat(1, 1, 1, 1, 0o644), b"x")], time(9), [0; 32]);
            let at = at % index.bytes.len();
            index.bytes[at] ^= 1 << bit;
            prop_assert!(!index.is_whole());
        }
    }

    /// What can happen to a file, to the clock and to the index.
    #[derive(Debug, Clone, Copy)]
    enum Event {
        /// Other bytes of the same size, in place.
        Write,
        /// The modification time is set to the recorded one, as tar and rsync do.
        Touch,
        /// Another file of the same size and time takes the name.
        Swap,
        Tick,
        Back,
        /// The file is looked at, after a stamp.
        Look,
        /// The index is written.
        Save,
    }

    /// A file on a disk whose clock has steps, and what the index says of it: true if that is ever wrong.
    fn answers_wrongly(events: &[Event], step: i64) -> bool {
        let (mut clock, mut inode, mut version) = (100_i64, 1, 0_u8);
        let (mut modified, mut changed) = (80_i64, 80_i64);
        let (mut pending, mut index): (Option<(Stat, Time, u8)>, Option<Index>) = (None, None);
        let mut recorded = modified;
        for event in events {
            let now = clock / step * step;
            match event {
                Event::Write => (modified, changed, version) = (now, now, version + 1),
                Event::Touch => (modified, changed) = (recorded, now),
                Event::Swap => (inode, changed, version) = (inode + 1, now, version + 1),
                Event::Tick => clock += 1,
                Event::Back => clock -= 1,
                Event::Look => {
                    let seen = stat(1, modified, changed, inode, 0o644);
                    pending = Some((seen, time(now), version));
                }
                Event::Save => {
                    if let Some((seen, stamp, version)) = pending.take() {
                        recorded = seen.modified.seconds;
                        index =
                            Some(Index::build(vec![record("a", seen, &[version])], stamp, [0; 32]));
                    }
                }
            }
            let at_hand = stat(1, modified, changed, inode, 0o644);
            // A clock that stands before the stamp drops the index.
            let index = index.as_ref().filter(|index| index.stamp() <= time(clock));
            let found =
                index.and_then(|index| index.trusted(&RelPath::new("a").unwrap(), &at_hand));
            if found.is_some_and(|found| found.raw != kiln_base::sha256(&[version])) {
                return true;
            }
        }
        false
    }

    #[test]
    fn no_sequence_of_events_fools_the_index_while_the_clock_goes_forward() {
        let all = [
            Event::Write,
            Event::Touch,
            Event::Swap,
            Event::Tick,
            Event::Back,
            Event::Look,
            Event::Save,
        ];
        let (mut sequences, mut set_back) = (0, 0);
        for code in 0..7_usize.pow(6) {
            let events: Vec<Event> =
                (0..6).map(|place| all[code / 7_usize.pow(place) % 7]).collect();
            let is_set_back = events.iter().any(|event| matches!(event, Event::Back));
            for step in [1, 2] {
                let wrong = answers_wrongly(&events, step);
                assert!(!wrong || is_set_back, "{events:?}, steps of {step}");
                set_back += usize::from(wrong);
                sequences += 1;
            }
        }
        // In so few events not even a clock that is set back does it.
        assert_eq!((sequences, set_back), (235_298, 0));
    }

    #[test]
    fn whole_seconds_are_never_trusted() {
        let mut coarse = stat(1, 1, 1, 1, 0o644);
        coarse.changed.nanoseconds = 0;
        let index = Index::build(vec![record("a", coarse, b"x")], time(9), [0; 32]);
        assert_eq!(index.trusted(&RelPath::new("a").unwrap(), &coarse), None);
    }

    #[test]
    fn a_fingerprint_stays_with_its_sum() {
        let mut index = Index::default();
        index.set_fingerprint([9; 32]);
        assert_eq!(index.fingerprint(), [9; 32]);
        assert!(index.is_whole() && index.changed);
    }
}
