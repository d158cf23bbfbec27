//! What the vault keeps between syncs: undo records with their backups, kept locks; and their collection.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kiln_base::RelPath;

use crate::error::DiskError;
use crate::journal::{Journal, Stored};
use crate::vault::{JOURNAL_NAME, Locked, Vault};

const RECORD: &str = ".undo";
const KEPT_LOCK: &str = ".lock";
const VERIFIED: &str = "verified";
const LOCK_CAP: u64 = 64 << 20;

/// One finished sync that can be looked up, for `undo --list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number; later syncs have higher ones.
    pub id: u64,
    /// Its command.
    pub command: String,
    /// When it ended, by the clock of the file system.
    pub ended: SystemTime,
    /// The files that it wrote or deleted.
    pub paths: Vec<RelPath>,
    /// Its size with backups, in bytes.
    pub size: u64,
}

/// What collection never takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nothing younger than this.
    pub age: Duration,
    /// Nothing of so many last syncs.
    pub syncs: usize,
    /// Nothing at all while everything together has no more bytes than this.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { age: Duration::from_secs(90 * 24 * 60 * 60), syncs: 10, bytes: 256 << 20 }
    }
}

impl Vault {
    /// Finished syncs, the last one first. Damaged ones are left out.
    ///
    /// # Errors
    /// [`DiskError::Io`] if the vault cannot be read.
    pub fn records(&self) -> Result<Vec<Record>, DiskError> {
        let mut records = Vec::new();
        for id in self.numbers(RECORD)? {
            let Some(Stored { journal, file, .. }) = self.record(id)? else { continue };
            let stat = file.stat().map_err(|error| self.failed("read", RECORD, error))?;
            let ended = Duration::new(
                u64::try_from(stat.changed.seconds).unwrap_or(0),
                stat.changed.nanoseconds,
            );
            records.push(Record {
                id,
                command: journal.command,
                ended: UNIX_EPOCH + ended,
                paths: journal.entries.into_iter().map(|step| step.path).collect(),
                size: stat.size,
            });
        }
        Ok(records)
    }

    /// All lock texts that are kept here, the likeliest base first: those of the journal, then kept ones and those of
    /// undo records by age. None twice.
    ///
    /// # Errors
    /// [`DiskError::Io`] if the vault cannot be read.
    pub fn locks(&self) -> Result<Vec<String>, DiskError> {
        let mut locks: Vec<String> = Vec::new();
        let mut add = |text: Option<String>| {
            locks.extend(text.filter(|text| !locks.contains(text)));
        };
        if let Some(Stored { journal, .. }) = self.journal()? {
            let (before, after) = texts(journal);
            add(before);
            add(after);
        }
        let mut numbered: Vec<(u64, bool)> =
            self.numbers(RECORD)?.into_iter().map(|id| (id, true)).collect();
        numbered.extend(self.numbers(KEPT_LOCK)?.into_iter().map(|id| (id, false)));
        numbered.sort_by(|a, b| b.cmp(a));
        for (id, is_record) in numbered {
            if !is_record {
                add(self.kept_lock(id));
            } else if let Some(Stored { journal, .. }) = self.record(id)? {
                let (before, after) = texts(journal);
                add(after);
                add(before);
            }
        }
        Ok(locks)
    }

    fn kept_lock(&self, id: u64) -> Option<String> {
        let bytes =
            self.dir.open_file(&format!("{id:010}{KEPT_LOCK}")).ok()?.read(LOCK_CAP).ok()?;
        String::from_utf8(bytes?).ok()
    }

    /// Numbers of the files whose names end so, the highest first.
    fn numbers(&self, ending: &str) -> Result<Vec<u64>, DiskError> {
        let names = self.dir.list().map_err(|error| self.failed("list", "", error))?;
        let number = |(name, _): &(String, _)| name.strip_suffix(ending)?.parse().ok();
        let mut numbers: Vec<u64> = names.iter().filter_map(number).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers)
    }

    pub(crate) fn record(&self, id: u64) -> Result<Option<Stored>, DiskError> {
        let name = format!("{id:010}{RECORD}");
        match Journal::read(&self.dir, &name) {
            Ok(stored) => Ok(Some(stored)),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.failed("read", &name, error)),
        }
    }
}

/// The lock before and after a sync.
fn texts(journal: Journal) -> (Option<String>, Option<String>) {
    journal.lock.map_or((None, None), |lock| (lock.before, lock.after))
}

impl Locked<'_> {
    /// Keeps the lock that the sum belongs to, durably: what `kiln lock` does before it writes another one.
    ///
    /// # Errors
    /// [`DiskError::Io`] if it cannot be written.
    pub fn keep_lock(&self, text: &str) -> Result<(), DiskError> {
        if self.vault.locks()?.first().is_some_and(|lock| lock == text) {
            return Ok(());
        }
        let name = format!("{:010}{KEPT_LOCK}", self.next_id()?);
        let dir = &self.vault.dir;
        let write = || {
            let mut file = dir.create_new(&name, 0o600)?;
            file.write(text.as_bytes())?;
            file.sync()?;
            dir.sync()
        };
        write().map_err(|error| self.vault.failed("write", &name, error))
    }

    /// Removes undo records and kept locks that `limits` do not keep, the oldest first, until all that is left is small
    /// enough. Returns how many files went.
    ///
    /// # Errors
    /// [`DiskError::Io`] if one cannot be looked at or removed.
    pub fn collect(&self, now: SystemTime, limits: &Limits) -> Result<usize, DiskError> {
        let dir = &self.vault.dir;
        let fail = |error| self.vault.failed("collect", "", error);
        let kept = self.vault.numbers(RECORD)?.get(limits.syncs.saturating_sub(1)).copied();
        let kept = if limits.syncs == 0 { u64::MAX } else { kept.unwrap_or(0) };
        let (mut total, mut old) = (0, Vec::new());
        for (name, _) in dir.list().map_err(fail)? {
            let Some(stat) = dir.stat(&name).map_err(fail)? else { continue };
            total += stat.size;
            let ended = UNIX_EPOCH
                + Duration::from_secs(u64::try_from(stat.changed.seconds).unwrap_or(u64::MAX / 4));
            let young = now.duration_since(ended).is_ok_and(|age| age < limits.age) || ended > now;
            let number = name.get(..10).and_then(|number| number.parse::<u64>().ok());
            if let Some(number) = number.filter(|&number| number < kept && !young) {
                old.push((number, name, stat.size));
            }
        }
        old.sort();
        let mut removed = 0;
        for (_, name, size) in old {
            if total <= limits.bytes {
                break;
            }
            dir.remove(&name).map_err(fail)?;
            total -= size;
            removed += 1;
        }
        Ok(removed)
    }

    /// A number that no file of the vault has.
    pub(crate) fn next_id(&self) -> Result<u64, DiskError> {
        let names = self.vault.dir.list().map_err(|error| self.vault.failed("list", "", error))?;
        let numbers = names.iter().filter_map(|(name, _)| name.get(..10)?.parse::<u64>().ok());
        let journal = self.vault.journal()?.map(|stored| stored.journal.id);
        Ok(numbers.chain(journal).max().unwrap_or(0) + 1)
    }

    /// The record of the last sync.
    pub(crate) fn last_record(&self) -> Result<Option<Stored>, DiskError> {
        match self.vault.numbers(RECORD)?.first() {
            Some(&id) => self.vault.record(id),
            None => Ok(None),
        }
    }

    /// Which record was looked at in which boot.
    pub(crate) fn verified(&self) -> Option<String> {
        let bytes = self.vault.dir.open_file(VERIFIED).ok()?.read(4096).ok()??;
        String::from_utf8(bytes).ok()
    }

    pub(crate) fn set_verified(&self, note: &str) -> Result<(), DiskError> {
        let write = || self.vault.dir.open_or_create(VERIFIED)?.rewrite(note.as_bytes());
        write().map_err(|error| self.vault.failed("write", VERIFIED, error))
    }

    /// True if a journal waits.
    pub(crate) fn has_journal(&self) -> Result<bool, DiskError> {
        let stat = self.vault.dir.stat(JOURNAL_NAME);
        Ok(stat.map_err(|error| self.vault.failed("read", JOURNAL_NAME, error))?.is_some())
    }
}
