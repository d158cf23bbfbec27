//! A kit as it travels: its manifest and its files, from whatever library.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use kiln_base::{RelPath, Sha256, Source};

use crate::manifest::Manifest;

/// One file of a kit. Line ends of texts are LF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// It starts with `#!`.
    pub executable: bool,
}

/// The files of a kit by their paths in it, the manifest left out; unpacked when they are first looked at.
pub struct PackageFiles(LazyLock<BTreeMap<RelPath, PackageFile>, Unpack>);

type Unpack = Box<dyn FnOnce() -> BTreeMap<RelPath, PackageFile> + Send + Sync>;

impl PackageFiles {
    /// Files that `unpack` gives when they are first looked at.
    pub fn lazy(
        unpack: impl FnOnce() -> BTreeMap<RelPath, PackageFile> + Send + Sync + 'static,
    ) -> Self {
        Self(LazyLock::new(Box::new(unpack)))
    }
}

impl From<BTreeMap<RelPath, PackageFile>> for PackageFiles {
    fn from(files: BTreeMap<RelPath, PackageFile>) -> Self {
        Self::lazy(move || files)
    }
}

impl Deref for PackageFiles {
    type Target = BTreeMap<RelPath, PackageFile>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl fmt::Debug for PackageFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys()).finish()
    }
}

/// A kit with all its files.
#[derive(Debug)]
pub struct Package {
    /// The decoded manifest.
    pub manifest: Arc<Manifest>,
    /// The text of `kit.kdl`, for messages.
    pub source: Arc<Source>,
    /// Every file but the manifest, by its path in the kit.
    pub files: PackageFiles,
    /// The digest of the package: sorted paths, modes and bytes.
    pub digest: Sha256,
    /// Where it came from, as the lock says it: `builtin`, `path:tools/kits/house-style`.
    pub origin: String,
}

impl Package {
    /// The kit's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.id.value
    }

    /// The text of a file of the kit, if it is there and is UTF-8.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).and_then(|file| std::str::from_utf8(&file.bytes).ok())
    }
}
