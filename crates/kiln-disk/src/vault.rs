//! The vault: what must outlive a crash and a cleaned work tree. Journal, undo records with backups, kept locks, and the
//! lock between processes.
//!
//! It lies in the git folder (`<git dir>/kiln/<project>/`), which `git clean -fdx` leaves alone, and for a project
//! outside git in `.kiln-vault/` beside the spec. All files lie flat in it:
//! `lock`, `journal`, `NNNNNNNNNN.undo`, `NNNNNNNNNN.lock` (a kept lock), `NNNNNNNNNN.aside` (a journal that belongs to
//! another tree), `NNNNNNNNNN-N.rescued`, `verified`; and the folder `resolutions`.
//!
//! The file `lock` is only locked, never written: who holds it stands in `.kiln/holder`, so that a sync that changes
//! nothing touches no file outside the cache folder.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kiln_base::{KeyHasher, Sha256};

use crate::error::DiskError;
use crate::host::{Holder, Host};
use crate::journal::{Journal, Stored};
use crate::local::{holder, open_ignored, open_or_make, refuse_obstructed, set_holder};
use crate::root::{GIT_NAME, Root};
use crate::sys::{Dir, File, Kind};

/// Its name outside git.
pub(crate) const BESIDE_NAME: &str = ".kiln-vault";
pub(crate) const JOURNAL_NAME: &str = "journal";
const LOCK_NAME: &str = "lock";
const IN_GIT_NAME: &str = "kiln";
/// How often a wait that can be cancelled looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// The vault of one project.
pub struct Vault {
    pub(crate) dir: Dir,
    pub(crate) host: Host,
    root: Root,
    path: PathBuf,
}

/// What a writing command does while another kiln runs.
pub enum Wait<'a> {
    /// It fails.
    Refuse,
    /// It tells who runs, then waits.
    Notify(&'a dyn Fn(&Holder)),
    /// It tells who runs, then waits until the flag is set.
    Cancellable(&'a dyn Fn(&Holder), &'a AtomicBool),
}

/// Why the lock of a vault was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another kiln has it.
    #[error("another kiln is running: {0}")]
    Held(Holder),
    /// A signal came while waiting, or the caller's flag was set.
    #[error("interrupted while waiting for another kiln")]
    Interrupted,
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A vault whose lock this process holds until the value is dropped.
pub struct Locked<'v> {
    pub(crate) vault: &'v Vault,
    /// The record of the last sync was looked at, and nothing of it can be missing.
    pub(crate) whole: AtomicBool,
    _lock: File,
}

impl std::fmt::Debug for Locked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Locked").field(&self.vault.path).finish()
    }
}

/// A run that a read-only command finds unfinished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// Its command.
    pub command: String,
    /// Its process still runs: it is not interrupted, only not done.
    pub running: bool,
}

/// Where the vault of a project belongs.
struct Place {
    git: PathBuf,
    key: String,
}

impl Vault {
    /// Opens the vault of a project if there is one. Makes nothing.
    ///
    /// # Errors
    /// [`DiskError::Io`] if it is there and cannot be opened.
    pub fn find(root: &Root, host: Host) -> Result<Option<Self>, DiskError> {
        if let Some(Place { git, key }) = place(root) {
            let open = || root.dir.trusted(&git)?.open_dir(IN_GIT_NAME)?.open_dir(&key);
            let path = git.join(IN_GIT_NAME).join(&key);
            match open() {
                Ok(dir) => return Ok(Some(Self { dir, host, root: root.clone(), path })),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(DiskError::io("open", path.display(), error)),
            }
        }
        let path = root.path().join(BESIDE_NAME);
        match root.dir.open_dir(BESIDE_NAME) {
            Ok(dir) => Ok(Some(Self { dir, host, root: root.clone(), path })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DiskError::io("open", path.display(), error)),
        }
    }

    /// Opens the vault of a project, making it if it is missing. One that lies beside the spec is moved into git's
    /// folder once there is one.
    ///
    /// # Errors
    /// [`LockError`] if it cannot be made, or if a running kiln has the one that is to be moved.
    pub fn open(root: &Root, host: Host) -> Result<Self, LockError> {
        refuse_obstructed(root)?;
        let Some(Place { git, key }) = place(root) else { return Ok(Self::beside(root, host)?) };
        let path = git.join(IN_GIT_NAME).join(&key);
        let failed = |error| DiskError::io("make", path.display(), error);
        let folder = root.dir.trusted(&git).map_err(failed)?;
        let had = matches!(folder.stat(IN_GIT_NAME), Ok(Some(_)));
        let vaults = open_or_make(&folder, IN_GIT_NAME).map_err(failed)?;
        if !had {
            folder.sync().map_err(failed)?;
        }
        if vaults.stat(&key).map_err(failed)?.is_none() {
            let beside = root.dir.stat(BESIDE_NAME).map_err(failed)?;
            if beside.is_some_and(|stat| stat.kind == Kind::Folder) {
                let old = Self::beside(root, host.clone())?;
                let _lock = old.lock("move", &Wait::Refuse)?;
                if root.dir.rename_new(BESIDE_NAME, &vaults, &key).is_err() {
                    return Ok(Self::beside(root, host)?);
                }
            }
            open_or_make(&vaults, &key).map_err(failed)?;
            vaults.sync().map_err(failed)?;
        }
        Ok(Self { dir: vaults.open_dir(&key).map_err(failed)?, host, root: root.clone(), path })
    }

    fn beside(root: &Root, host: Host) -> Result<Self, DiskError> {
        let path = root.path().join(BESIDE_NAME);
        let had = matches!(root.dir.stat(BESIDE_NAME), Ok(Some(_)));
        let make = || {
            let dir = open_ignored(&root.dir, BESIDE_NAME)?;
            if !had {
                root.dir.sync()?;
            }
            Ok(dir)
        };
        let dir = make().map_err(|error| DiskError::io("make", path.display(), error))?;
        Ok(Self { dir, host, root: root.clone(), path })
    }

    /// Where it lies, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the lock between processes. It is advisory and goes with the process.
    ///
    /// # Errors
    /// [`LockError`] if another kiln has it and `wait` refuses, or the disk fails.
    pub fn lock(&self, command: &str, wait: &Wait<'_>) -> Result<Locked<'_>, LockError> {
        let failed = |error| DiskError::io("lock", self.path.join(LOCK_NAME).display(), error);
        // Opened for writing, as network file systems want it, but never written.
        let lock = self.dir.open_or_create(LOCK_NAME).map_err(failed)?;
        if !lock.lock(false).map_err(failed)? {
            let holder = self.holder();
            match wait {
                Wait::Refuse => return Err(LockError::Held(holder)),
                Wait::Notify(notify) => {
                    notify(&holder);
                    match lock.lock(true) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                            return Err(LockError::Interrupted);
                        }
                        other => other.map_err(failed)?,
                    };
                }
                Wait::Cancellable(notify, cancel) => {
                    notify(&holder);
                    while !lock.lock(false).map_err(failed)? {
                        if cancel.load(Ordering::Relaxed) {
                            return Err(LockError::Interrupted);
                        }
                        std::thread::sleep(LOOK_AGAIN);
                    }
                }
            }
        }
        // Only a name for messages: where it cannot be written, one who waits is told that it is not known.
        let _ = set_holder(&self.root, &Holder::new(&self.host, command).to_text());
        Ok(Locked { vault: self, whole: AtomicBool::new(false), _lock: lock })
    }

    /// Who holds the lock, if it has said so: a name that a process left which is gone says nothing.
    fn holder(&self) -> Holder {
        let holder = Holder::from_text(&holder(&self.root));
        if holder.is_alive(&self.host) { holder } else { Holder::from_text("") }
    }

    /// The run that left a journal which belongs to the lock and sum on the disk, if any. Takes no lock.
    ///
    /// # Errors
    /// [`DiskError`] if vault or root cannot be read.
    pub fn interrupted(&self, root: &Root) -> Result<Option<Interrupted>, DiskError> {
        let Some(stored) = self.journal()? else { return Ok(None) };
        if !crate::settle::belongs(root, &stored.journal)? {
            return Ok(None);
        }
        let running = self.holder().is_alive(&self.host);
        Ok(Some(Interrupted { command: stored.journal.command, running }))
    }

    /// The command of a run of which something may be missing on the disk: one that was interrupted, or the last one
    /// before the machine was started again. Takes no lock.
    ///
    /// # Errors
    /// [`DiskError`] if root or vault cannot be read.
    pub fn unfinished(&self, root: &Root) -> Result<Option<String>, DiskError> {
        if let Some(interrupted) = self.interrupted(root)? {
            return Ok(Some(interrupted.command));
        }
        Ok(self.unverified()?.map(|(stored, _)| stored.journal.command))
    }

    /// The journal, if there is a whole one.
    pub(crate) fn journal(&self) -> Result<Option<Stored>, DiskError> {
        match Journal::read(&self.dir, JOURNAL_NAME) {
            Ok(stored) => Ok(Some(stored)),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.failed("read", JOURNAL_NAME, error)),
        }
    }

    pub(crate) fn failed(&self, doing: &'static str, name: &str, error: io::Error) -> DiskError {
        DiskError::io(doing, self.path.join(name).display(), error)
    }
}

/// The git folder of the repository that holds the root, and the project's key in it.
fn place(root: &Root) -> Option<Place> {
    for folder in root.path().ancestors() {
        let entry = folder.join(GIT_NAME);
        let Ok(metadata) = entry.symlink_metadata() else { continue };
        let git = if metadata.is_dir() { entry } else { linked(folder, &entry)? };
        git.join("HEAD").symlink_metadata().ok()?;
        let below = root.path().strip_prefix(folder).ok()?;
        return Some(Place { git, key: key(below) });
    }
    None
}

/// The git folder that a `.git` file of a worktree or submodule names.
#[expect(clippy::disallowed_methods, reason = "git's own file, beside the root or above it")]
fn linked(folder: &Path, entry: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(entry).ok()?;
    let target = text.strip_prefix("gitdir:")?.trim();
    Some(folder.join(target))
}

/// The name of a project's vault: readable, and different for each path in a repository.
fn key(below: &Path) -> String {
    let Some(name) = below.file_name() else { return "root".to_owned() };
    let path = below.to_string_lossy().replace('\\', "/");
    let digest = Sha256(KeyHasher::new("kiln 2026 vault key v1").text(&path).finish()).to_string();
    let name: String = name.to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{name}-{}", &digest[..12])
}
