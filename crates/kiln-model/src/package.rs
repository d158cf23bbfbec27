//! A kit as it travels: its manifest and its files, from whatever library.

use std::collections::BTreeMap;
use std::sync::Arc;

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

/// A kit with all its files.
#[derive(Debug, Clone)]
pub struct Package {
    /// The decoded manifest.
    pub manifest: Arc<Manifest>,
    /// The text of `kit.kdl`, for messages.
    pub source: Arc<Source>,
    /// Every file but the manifest, by its path in the kit.
    pub files: BTreeMap<RelPath, PackageFile>,
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
