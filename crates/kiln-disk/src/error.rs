//! What can go wrong on the disk, said so that a person can act on it.

use std::io;

use kiln_base::{Diagnostic, RelPath};

/// Why a path below the root is nothing that kiln reads or writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Obstruction {
    /// A symbolic link.
    #[error("a symlink")]
    Symlink,
    /// A folder.
    #[error("a folder")]
    Folder,
    /// A device, socket or pipe.
    #[error("neither file nor folder")]
    Special,
    /// No permission to read it or its folder.
    #[error("not readable")]
    Unreadable,
    /// More bytes than kiln reads.
    #[error("larger than 256 MiB")]
    TooLarge,
    /// A folder on the way is a symlink or a file.
    #[error("below `{0}`, which is no plain folder")]
    Parent(RelPath),
    /// A folder on the way is another git repository.
    #[error("inside the git repository `{0}`")]
    Repository(RelPath),
    /// A folder on the way is another kiln project.
    #[error("inside the kiln project `{0}`")]
    Project(RelPath),
    /// The file system takes another casing for the same name.
    #[error("written `{0}` on this disk, which does not tell upper from lower case")]
    Casing(RelPath),
}

/// A failed look at the disk or change of it.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// Nothing stands there.
    #[error("`{0}` does not exist")]
    Missing(String),
    /// Something stands there that kiln does not touch.
    #[error("`{path}` is {what}")]
    Obstructed {
        /// The path below the root.
        path: String,
        /// What stands there.
        what: Obstruction,
    },
    /// More bytes than the caller allows.
    #[error("`{path}` has more than {cap} bytes")]
    TooLarge {
        /// The path below the root.
        path: String,
        /// The most bytes allowed.
        cap: u64,
    },
    /// Not UTF-8.
    #[error("`{0}` is not UTF-8 text")]
    NotText(String),
    /// A folder tree with more files than the caller allows.
    #[error("`{path}` holds more than {cap} files")]
    TooMany {
        /// The folder.
        path: String,
        /// The most files allowed.
        cap: usize,
    },
    /// A name in a folder tree that is no path on every system.
    #[error(transparent)]
    Name(#[from] kiln_base::PathError),
    /// A name in a folder tree that is not UTF-8, as it can be shown.
    #[error("the name `{0}` is not UTF-8")]
    NotUtf8(String),
    /// The operating system refused.
    #[error("cannot {doing} `{path}`: {}", reason(source))]
    Io {
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// What it was done to.
        path: String,
        /// The refusal.
        source: io::Error,
    },
}

impl DiskError {
    pub(crate) fn io(doing: &'static str, path: impl ToString, source: io::Error) -> Self {
        Self::Io { doing, path: path.to_string(), source }
    }

    /// A stable id in kebab case.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Missing(_) => "file-missing",
            Self::Obstructed { .. } => "obstructed",
            Self::TooLarge { .. } | Self::TooMany { .. } => "too-large",
            Self::NotText(_) => "not-text",
            Self::Name(_) | Self::NotUtf8(_) => "bad-path",
            Self::Io { .. } => "disk",
        }
    }
}

impl From<&DiskError> for Diagnostic {
    fn from(error: &DiskError) -> Self {
        Self::error(error.id(), error.to_string())
    }
}

/// An error of the operating system in words, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the disk".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::AlreadyExists => "it exists already".to_owned(),
        io::ErrorKind::NotADirectory => "it is not a folder".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text);
            let mut chars = text.chars();
            chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
        }
    }
}
