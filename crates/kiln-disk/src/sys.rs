//! The only calls to the operating system: handles of folders and files, one name at a time, nothing followed.
//!
//! A port to another system replaces this file. Every call passes the hook of `faults`.

use std::fs::File as StdFile;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use kiln_base::work::{Work, count};

use crate::faults::{Hook, Primitive, Verdict};

/// What stands at a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, never followed.
    Symlink,
    /// A device, socket or pipe.
    Special,
}

impl From<FileType> for Kind {
    fn from(file_type: FileType) -> Self {
        match file_type {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            FileType::Symlink => Self::Symlink,
            _ => Self::Special,
        }
    }
}

/// A moment by the clock of a file system: seconds since 1970 and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Time {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanoseconds: u32,
}

/// What the file system says about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Size in bytes.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// Last change of the bytes.
    pub modified: Time,
    /// Last change of bytes, name or permission; no program can set it.
    pub changed: Time,
    /// Number of the file within its file system.
    pub inode: u64,
    /// Number of the file system.
    pub device: u64,
}

impl Stat {
    /// True if its owner may execute it.
    #[must_use]
    pub const fn executable(&self) -> bool {
        self.mode & 0o100 != 0
    }
}

impl From<rustix::fs::Stat> for Stat {
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_cast,
        reason = "the types differ between systems"
    )]
    fn from(stat: rustix::fs::Stat) -> Self {
        let time = |seconds, nanoseconds| Time { seconds, nanoseconds };
        Self {
            kind: FileType::from_raw_mode(stat.st_mode).into(),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mode: u32::from(Mode::from_raw_mode(stat.st_mode).bits()) & 0o7777,
            modified: time(stat.st_mtime as i64, stat.st_mtime_nsec as u32),
            changed: time(stat.st_ctime as i64, stat.st_ctime_nsec as u32),
            inode: stat.st_ino as u64,
            device: stat.st_dev as u64,
        }
    }
}

/// What a file system can do, by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// It keeps the executable bit.
    pub(crate) modes: bool,
    /// Its stat data may stand in for reading: it is no network file system.
    pub(crate) stat_trusted: bool,
}

const NO_MODES: [u64; 7] = [
    0x4d44,      // msdos, vfat
    0x2011_bab0, // exfat
    0x5346_544e, // ntfs
    0x7366_746e, // ntfs3
    0xff53_4d42, // cifs
    0xfe53_4d42, // smb2
    0x517b,      // smb
];
const NETWORK: [u64; 9] = [
    0x6969,      // nfs
    0xff53_4d42, // cifs
    0xfe53_4d42, // smb2
    0x517b,      // smb
    0x0102_1997, // 9p
    0x6573_5546, // fuse
    0x00c3_6400, // ceph
    0x5346_414f, // afs
    0x0bd0_0bd0, // lustre
];

/// An open folder.
#[derive(Clone)]
pub(crate) struct Dir {
    fd: Arc<OwnedFd>,
    hook: Hook,
}

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Dir {
    /// Opens a folder by a path that is trusted, links in it followed: a root, or git's folder.
    pub(crate) fn open_trusted(path: &Path, hook: Hook) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { fd: Arc::new(fd), hook })
    }

    /// As [`Dir::open_trusted`], with the same hook.
    pub(crate) fn trusted(&self, path: &Path) -> io::Result<Self> {
        self.hook.check(Primitive::OpenFolder, "")?;
        Self::open_trusted(path, self.hook.clone())
    }

    /// Opens a folder; a link or file in its place is `NotADirectory`.
    pub(crate) fn open_dir(&self, name: &str) -> io::Result<Self> {
        self.hook.check(Primitive::OpenFolder, name)?;
        match rustix::fs::openat(&self.fd, name, FOLDER, Mode::empty()) {
            Ok(fd) => Ok(Self { fd: Arc::new(fd), hook: self.hook.clone() }),
            Err(Errno::LOOP) => Err(Errno::NOTDIR.into()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn make_dir(&self, name: &str) -> io::Result<()> {
        self.hook.check(Primitive::MakeFolder, name)?;
        Ok(rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o777))?)
    }

    /// Opens a plain file for reading. A pipe never blocks it; what is no plain file is `InvalidInput`.
    pub(crate) fn open_file(&self, name: &str) -> io::Result<File> {
        self.hook.check(Primitive::Open, name)?;
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = self.file(rustix::fs::openat(&self.fd, name, flags, Mode::empty())?, name);
        if file.stat()?.kind != Kind::File {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        Ok(file)
    }

    pub(crate) fn create_new(&self, name: &str, mode: u32) -> io::Result<File> {
        self.hook.check(Primitive::Create, name)?;
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(mode);
        Ok(self.file(rustix::fs::openat(&self.fd, name, flags, mode)?, name))
    }

    pub(crate) fn open_or_create(&self, name: &str) -> io::Result<File> {
        self.hook.check(Primitive::OpenForWriting, name)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o644);
        Ok(self.file(rustix::fs::openat(&self.fd, name, flags, mode)?, name))
    }

    fn file(&self, fd: OwnedFd, name: &str) -> File {
        File { inner: StdFile::from(fd), hook: self.hook.clone(), name: name.to_owned() }
    }

    /// What stands at `name`; none if nothing does.
    pub(crate) fn stat(&self, name: &str) -> io::Result<Option<Stat>> {
        self.hook.check(Primitive::Stat, name)?;
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat.into())),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn own_stat(&self) -> io::Result<Stat> {
        Ok(rustix::fs::fstat(&self.fd)?.into())
    }

    /// Renames over whatever is there.
    pub(crate) fn rename(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        self.hook.check(Primitive::Rename, name)?;
        Ok(rustix::fs::renameat(&self.fd, name, &to.fd, to_name)?)
    }

    /// Renames, unless something is there (`AlreadyExists`).
    pub(crate) fn rename_new(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        self.hook.check(Primitive::Rename, name)?;
        let flags = RenameFlags::NOREPLACE;
        match rustix::fs::renameat_with(&self.fd, name, &to.fd, to_name, flags) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                if to.stat(to_name)?.is_some() {
                    return Err(io::Error::from(io::ErrorKind::AlreadyExists));
                }
                Ok(rustix::fs::renameat(&self.fd, name, &to.fd, to_name)?)
            }
            other => Ok(other?),
        }
    }

    /// Swaps two names in one step. `Unsupported` where the file system cannot.
    pub(crate) fn exchange(&self, name: &str, with: &Self, with_name: &str) -> io::Result<()> {
        let unsupported = |error: io::Error| {
            let number = error.raw_os_error().unwrap_or(0);
            let known = [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP];
            if known.iter().any(|errno| errno.raw_os_error() == number) {
                io::Error::from(io::ErrorKind::Unsupported)
            } else {
                error
            }
        };
        self.hook.check(Primitive::Exchange, name).map_err(unsupported)?;
        rustix::fs::renameat_with(&self.fd, name, &with.fd, with_name, RenameFlags::EXCHANGE)
            .map_err(|errno| unsupported(errno.into()))
    }

    pub(crate) fn link(&self, name: &str, to: &Self, to_name: &str) -> io::Result<()> {
        self.hook.check(Primitive::Link, name)?;
        Ok(rustix::fs::linkat(&self.fd, name, &to.fd, to_name, AtFlags::empty())?)
    }

    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        self.hook.check(Primitive::Remove, name)?;
        Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    pub(crate) fn remove_dir(&self, name: &str) -> io::Result<()> {
        self.hook.check(Primitive::RemoveFolder, name)?;
        Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR)?)
    }

    /// Its entries without `.` and `..`, sorted; names that are not UTF-8 are left out, as no file of kiln's has one.
    pub(crate) fn list(&self) -> io::Result<Vec<(String, Kind)>> {
        let entries = self.entries()?.into_iter();
        Ok(entries.filter_map(|(name, kind)| Some((name.ok()?, kind))).collect())
    }

    /// Its entries without `.` and `..`, sorted; a name that is not UTF-8 comes as it can be shown.
    pub(crate) fn entries(&self) -> io::Result<Vec<(Result<String, String>, Kind)>> {
        self.hook.check(Primitive::List, "")?;
        let mut entries = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                let shown = entry.file_name().to_string_lossy().into_owned();
                entries.push((Err(shown), entry.file_type().into()));
                continue;
            };
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => match self.stat(name)? {
                    Some(stat) => stat.kind,
                    None => continue,
                },
                known => known.into(),
            };
            entries.push((Ok(name.to_owned()), kind));
        }
        entries.sort();
        Ok(entries)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.hook.check(Primitive::SyncFolder, "")?;
        Ok(rustix::fs::fsync(&self.fd)?)
    }

    pub(crate) fn abilities(&self) -> io::Result<Abilities> {
        let kind = rustix::fs::fstatfs(&self.fd)?.f_type as u64 & 0xffff_ffff;
        Ok(Abilities { modes: !NO_MODES.contains(&kind), stat_trusted: !NETWORK.contains(&kind) })
    }
}

/// An open file.
pub(crate) struct File {
    inner: StdFile,
    hook: Hook,
    name: String,
}

impl File {
    pub(crate) fn stat(&self) -> io::Result<Stat> {
        self.hook.check(Primitive::Stat, &self.name)?;
        Ok(rustix::fs::fstat(&self.inner)?.into())
    }

    /// Its bytes; none if there are more than `cap`.
    pub(crate) fn read(&mut self, cap: u64) -> io::Result<Option<Vec<u8>>> {
        self.hook.check(Primitive::Read, &self.name)?;
        let expected = self.inner.metadata()?.len();
        if expected > cap {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
        (&self.inner).take(cap.saturating_add(1)).read_to_end(&mut bytes)?;
        count(Work::ReadByte, bytes.len() as u64);
        Ok((bytes.len() as u64 <= cap).then_some(bytes))
    }

    pub(crate) fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        use std::os::unix::fs::FileExt as _;
        self.hook.check(Primitive::Read, &self.name)?;
        let available = self.inner.metadata()?.len().saturating_sub(offset);
        if (length as u64) > available {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        let mut bytes = vec![0; length];
        self.inner.read_exact_at(&mut bytes, offset)?;
        count(Work::ReadByte, length as u64);
        Ok(bytes)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        count(Work::WrittenByte, bytes.len() as u64);
        match self.hook.verdict(Primitive::Write, &self.name) {
            Verdict::Go => self.inner.write_all(bytes),
            Verdict::Fail(number) => Err(io::Error::from_raw_os_error(number)),
            Verdict::Short(length, number) => {
                self.inner.write_all(&bytes[..length.min(bytes.len())])?;
                Err(io::Error::from_raw_os_error(number))
            }
        }
    }

    /// Replaces all of its bytes.
    pub(crate) fn rewrite(&mut self, bytes: &[u8]) -> io::Result<()> {
        use std::io::Seek as _;
        self.hook.check(Primitive::Write, &self.name)?;
        count(Work::WrittenByte, bytes.len() as u64);
        self.inner.set_len(0)?;
        self.inner.rewind()?;
        self.inner.write_all(bytes)
    }

    pub(crate) fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.hook.check(Primitive::SetMode, &self.name)?;
        Ok(rustix::fs::fchmod(&self.inner, Mode::from_raw_mode(mode & 0o7777))?)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.hook.check(Primitive::SyncFile, &self.name)?;
        Ok(rustix::fs::fsync(&self.inner)?)
    }

    /// Takes the advisory lock; false if another process holds it and `wait` is not set.
    pub(crate) fn lock(&self, wait: bool) -> io::Result<bool> {
        let operation = if wait {
            FlockOperation::LockExclusive
        } else {
            FlockOperation::NonBlockingLockExclusive
        };
        match rustix::fs::flock(&self.inner, operation) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) if !wait => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
