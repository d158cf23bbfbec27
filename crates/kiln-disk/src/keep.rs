//! What the vault keeps between syncs: undo records with their backups, kept locks, resolutions of conflicts; and their
//! collection.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kiln_base::{KeyHasher, RelPath, Sha256};

use crate::error::DiskError;
use crate::journal::{Journal, Stored};
use crate::local::open_or_make;
use crate::sys::{Dir, Kind};
use crate::vault::{JOURNAL_NAME, Locked, Vault};

const RECORD: &str = ".undo";
const KEPT_LOCK: &str = ".lock";
const VERIFIED: &str = "verified";
const LOCK_CAP: u64 = 64 << 20;
const RESOLUTIONS: &str = "resolutions";
const RESOLUTION_CAP: u64 = 64 << 20;

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

    /// What was kept under `key` by [`Locked::keep_resolution`], if it is still there.
    #[must_use]
    pub fn resolution(&self, key: &str) -> Option<Vec<u8>> {
        let dir = self.dir.open_dir(RESOLUTIONS).ok()?;
        dir.open_file(&resolution_name(key)).ok()?.read(RESOLUTION_CAP).ok()?
    }

    /// Numbers of the files whose names end so, the highest first.
    fn numbers(&self, ending: &str) -> Result<Vec<u64>, DiskError> {
        let names = self.dir.list().map_err(|error| self.failed("list", "", error))?;
        let number = |(name, _): &(String, _)| name.strip_suffix(ending)?.parse().ok();
        let mut numbers: Vec<u64> = names.iter().filter_map(number).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers)
    }

    /// The record of the last sync.
    pub(crate) fn last_record(&self) -> Result<Option<Stored>, DiskError> {
        match self.numbers(RECORD)?.first() {
            Some(&id) => self.record(id),
            None => Ok(None),
        }
    }

    /// The record of the last sync with the note that it was looked at, if the machine was started again since it was
    /// written and nobody has looked.
    pub(crate) fn unverified(&self) -> Result<Option<(Stored, String)>, DiskError> {
        let Some(stored) = self.last_record()? else { return Ok(None) };
        let note = format!("{} {}\n", stored.journal.id, self.host.boot);
        let known = || {
            let bytes = self.dir.open_file(VERIFIED).ok()?.read(4096).ok()??;
            String::from_utf8(bytes).ok()
        };
        let looked = stored.journal.boot == self.host.boot || known().as_ref() == Some(&note);
        Ok((!looked).then_some((stored, note)))
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

/// The file of a resolution: a key of any kind makes a plain name.
fn resolution_name(key: &str) -> String {
    Sha256(KeyHasher::new("kiln 2026 resolution key v1").text(key).finish()).to_string()
}

/// One file of the vault that collection looks at.
struct Kept {
    /// Its last change, by the clock of the file system.
    ended: SystemTime,
    folder: Dir,
    name: String,
    size: u64,
    /// Its number among records and locks; none for a resolution.
    number: Option<u64>,
}

impl Locked<'_> {
    /// Keeps how a conflict was resolved, durably, under a key that the caller makes of everything it depends on. A
    /// second resolution of the same key replaces the first. [`Vault::resolution`] gives it back; collection takes it
    /// by age and size as everything else.
    ///
    /// # Errors
    /// [`DiskError::Io`] if it cannot be written.
    pub fn keep_resolution(&self, key: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let name = resolution_name(key);
        let write = || {
            let had = self.vault.dir.stat(RESOLUTIONS)?.is_some();
            let dir = open_or_make(&self.vault.dir, RESOLUTIONS)?;
            if !had {
                self.vault.dir.sync()?;
            }
            let temporary = format!("{name}.new");
            match dir.remove(&temporary) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = dir.create_new(&temporary, 0o600)?;
            file.write(bytes)?;
            file.sync()?;
            dir.rename(&temporary, &dir, &name)?;
            dir.sync()
        };
        write().map_err(|error| self.vault.failed("write", RESOLUTIONS, error))
    }

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

    /// Removes undo records, kept locks and resolutions that `limits` do not keep, the oldest first, until all that is
    /// left is small enough. Returns how many files went. It lists the vault and looks at each name once.
    ///
    /// # Errors
    /// [`DiskError::Io`] if one cannot be looked at or removed.
    pub fn collect(&self, now: SystemTime, limits: &Limits) -> Result<usize, DiskError> {
        let fail = |error| self.vault.failed("collect", "", error);
        let all = self.everything_kept().map_err(fail)?;
        let mut total: u64 = all.iter().map(|kept| kept.size).sum();
        if total <= limits.bytes {
            return Ok(0);
        }
        let is_record = |kept: &&Kept| kept.name.ends_with(RECORD);
        let mut records: Vec<u64> =
            all.iter().filter(is_record).filter_map(|kept| kept.number).collect();
        records.sort_unstable_by(|a, b| b.cmp(a));
        let first_kept = match limits.syncs.checked_sub(1) {
            None => u64::MAX,
            Some(last) => records.get(last).copied().unwrap_or(0),
        };
        let may_go = |kept: &Kept| {
            let old = now.duration_since(kept.ended).is_ok_and(|age| age >= limits.age);
            old && kept.number.is_none_or(|number| number < first_kept)
        };
        let mut old: Vec<Kept> = all.into_iter().filter(may_go).collect();
        old.sort_by(|a, b| (a.ended, &a.name).cmp(&(b.ended, &b.name)));
        let mut removed = 0;
        for kept in old {
            if total <= limits.bytes {
                break;
            }
            kept.folder.remove(&kept.name).map_err(fail)?;
            total -= kept.size;
            removed += 1;
        }
        Ok(removed)
    }

    /// Every numbered file of the vault, and every resolution.
    fn everything_kept(&self) -> io::Result<Vec<Kept>> {
        let dir = &self.vault.dir;
        let mut folders = vec![(dir.clone(), false)];
        match dir.open_dir(RESOLUTIONS) {
            Ok(resolutions) => folders.push((resolutions, true)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut all = Vec::new();
        for (folder, resolutions) in folders {
            for (name, kind) in folder.list()? {
                let number = name.get(..10).and_then(|number| number.parse::<u64>().ok());
                let number = number.filter(|_| !resolutions);
                if kind != Kind::File || (number.is_none() && !resolutions) {
                    continue;
                }
                let Some(stat) = folder.stat(&name)? else { continue };
                let seconds = u64::try_from(stat.changed.seconds).unwrap_or(0);
                let ended = UNIX_EPOCH + Duration::new(seconds, stat.changed.nanoseconds);
                all.push(Kept { ended, folder: folder.clone(), name, size: stat.size, number });
            }
        }
        Ok(all)
    }

    /// A number that no file of the vault has.
    pub(crate) fn next_id(&self) -> Result<u64, DiskError> {
        let names = self.vault.dir.list().map_err(|error| self.vault.failed("list", "", error))?;
        let numbers = names.iter().filter_map(|(name, _)| name.get(..10)?.parse::<u64>().ok());
        let journal = self.vault.journal()?.map(|stored| stored.journal.id);
        Ok(numbers.chain(journal).max().unwrap_or(0) + 1)
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
