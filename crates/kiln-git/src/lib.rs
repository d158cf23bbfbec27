//! What the git repository of a project remembers: earlier texts of its files, read-only.
//!
//! A repository is untrusted input. Nothing of its configuration is read, so nothing that it names can be started; no
//! object is fetched; every object, the number of commits and all that is read have bounds. Whatever cannot be read (a
//! missing object of a shallow clone, another hash function, damage) is as if it were not there: git is a help here and
//! never a condition.

mod locate;
mod refs;
mod walk;

use std::fmt;
use std::path::Path;

use kiln_base::RelPath;

pub use locate::Located;
pub use walk::{Earlier, Version};

/// The largest object that is read, in bytes.
const LARGEST: usize = 16 << 20;

/// The objects and references of one repository, as seen from a folder of its work tree.
pub struct Repository {
    located: Located,
    objects: gix_odb::Handle,
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Repository").field(&self.located).finish()
    }
}

impl Repository {
    /// The repository that `folder` lies in; none outside of git.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        let located = Located::of(folder)?;
        let options = gix_odb::store::init::Options {
            alloc_limit_bytes: Some(LARGEST),
            // Relative paths of alternates are seen from the objects; where this process stands means nothing.
            current_dir: Some(located.git.clone()),
            ..gix_odb::store::init::Options::default()
        };
        let objects = located.common.join("objects");
        let objects = gix_odb::at_opts(objects, gix_hash::Kind::Sha1, None, options).ok()?;
        Some(Self { located, objects })
    }

    /// Where it lies.
    #[must_use]
    pub fn located(&self) -> &Located {
        &self.located
    }

    /// The texts that `path` (seen from the folder) had: those of `HEAD`, of what is being merged or applied and of
    /// their parents first, then the last ones that changed it, newest first. None twice, 24 at most.
    ///
    /// A text counts again with every other state of the files or folders `beside` it.
    pub fn earlier(&self, path: &RelPath, beside: &[RelPath]) -> Earlier<'_> {
        Earlier::new(self, path, beside)
    }

    /// All files below `folder` (seen from the folder of this value) as `commit` has them.
    #[must_use]
    pub fn files(&self, commit: &str, folder: &RelPath) -> Option<Vec<(RelPath, Vec<u8>)>> {
        walk::files(self, commit, folder)
    }
}
