//! What the suites share: a folder to work in, a terminal to run kiln in, and a listing of everything in the folder.

mod listing;
mod terminal;
mod texts;

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use listing::{Listing, contents, difference};
pub(crate) use terminal::{Answer, Terminal};
pub(crate) use texts::redacted;

/// The folder of this package.
pub(crate) fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Copies a folder with everything in it. What `skip` names at the top stays behind.
pub(crate) fn copy(from: &Path, to: &Path, skip: &dyn Fn(&str) -> bool) {
    fs::create_dir_all(to).unwrap();
    let mut entries: Vec<_> = fs::read_dir(from).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().into_string().unwrap();
        if skip(&name) {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target, &|_| false);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Writes a file and the folders above it.
pub(crate) fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
