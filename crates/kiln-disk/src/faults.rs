//! The seam by which a test stops the process or breaks the disk at any step: every primitive asks it first.

use std::sync::Arc;

use kiln_base::work::{Work, count};

/// One kind of call to the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Primitive {
    /// Opens a file for reading.
    Open,
    /// Opens a folder.
    OpenFolder,
    /// Reads an open file.
    Read,
    /// Looks at a name without following it.
    Stat,
    /// Lists a folder.
    List,
    /// Makes a folder.
    MakeFolder,
    /// Creates a file that must not be there yet.
    Create,
    /// Opens a file for writing, creating it if need be.
    OpenForWriting,
    /// Writes bytes to an open file.
    Write,
    /// Sets the permission bits of an open file.
    SetMode,
    /// Gives a file another name.
    Rename,
    /// Swaps two names.
    Exchange,
    /// Gives a file a second name.
    Link,
    /// Removes a file's name.
    Remove,
    /// Removes an empty folder.
    RemoveFolder,
    /// Waits until a file's bytes are on the disk.
    SyncFile,
    /// Waits until a folder's names are on the disk.
    SyncFolder,
}

impl Primitive {
    /// The kind of work that it is; reading and writing are counted by their bytes.
    const fn work(self) -> Option<Work> {
        Some(match self {
            Self::Open => Work::Open,
            Self::OpenFolder => Work::OpenFolder,
            Self::Stat => Work::Stat,
            Self::List => Work::List,
            Self::Create | Self::OpenForWriting => Work::Create,
            Self::MakeFolder | Self::Rename | Self::Exchange | Self::Link => Work::Rename,
            Self::Remove | Self::RemoveFolder => Work::Rename,
            Self::SyncFile | Self::SyncFolder => Work::Sync,
            Self::Read | Self::Write | Self::SetMode => return None,
        })
    }

    /// True if it may change what is on the disk, or whether it stays there.
    #[must_use]
    pub const fn changes_disk(self) -> bool {
        !matches!(self, Self::Open | Self::OpenFolder | Self::Read | Self::Stat | Self::List)
    }
}

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is made.
    Go,
    /// It is not made and fails with this error number of the operating system.
    Fail(i32),
    /// Only so many bytes of a write are written, then it fails with this error number.
    Short(usize, i32),
}

/// Decides over every call before it is made. A harness that stops a process lets every later call fail too.
pub trait Faults: Send + Sync {
    /// Called before `primitive` is made on the entry `name` of some folder, or on the open file of that name.
    fn before(&self, primitive: Primitive, name: &str) -> Verdict;
}

/// The hook as handles carry it; none outside tests.
#[derive(Clone, Default)]
pub(crate) struct Hook(pub(crate) Option<Arc<dyn Faults>>);

impl Hook {
    pub(crate) fn verdict(&self, primitive: Primitive, name: &str) -> Verdict {
        if let Some(work) = primitive.work() {
            count(work, 1);
        }
        self.0.as_ref().map_or(Verdict::Go, |faults| faults.before(primitive, name))
    }

    pub(crate) fn check(&self, primitive: Primitive, name: &str) -> std::io::Result<()> {
        match self.verdict(primitive, name) {
            Verdict::Go => Ok(()),
            Verdict::Fail(number) | Verdict::Short(_, number) => {
                Err(std::io::Error::from_raw_os_error(number))
            }
        }
    }
}
