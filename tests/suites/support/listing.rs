//! A listing of a folder: every entry with kind, mode, bytes and time of change, so that "nothing was written" can be
//! said of all of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::SystemTime;

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `file`, `folder`, `link` or `special`.
    kind: &'static str,
    mode: u32,
    /// The bytes of a file, the target of a link.
    bytes: Vec<u8>,
    /// A file that is written again with the same bytes has another time or another inode.
    touched: (Option<SystemTime>, u64),
}

/// Everything below a folder, by path. Folders have no time: reading never changes one, and writing shows in what they
/// hold.
pub(crate) type Listing = BTreeMap<String, Entry>;

/// Lists everything below `root`.
pub(crate) fn listing(root: &Path) -> Listing {
    let mut listing = Listing::new();
    walk(root, "", &mut listing);
    listing
}

fn walk(folder: &Path, prefix: &str, listing: &mut Listing) {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let shown = format!("{prefix}{}", name.to_string_lossy());
        let data = fs::symlink_metadata(&path).unwrap();
        let kind = data.file_type();
        let mut entry = Entry {
            kind: "special",
            mode: data.permissions().mode() & 0o7777,
            bytes: Vec::new(),
            touched: (None, data.ino()),
        };
        if kind.is_symlink() {
            entry.kind = "link";
            entry.bytes = fs::read_link(&path).unwrap().to_string_lossy().into_owned().into_bytes();
        } else if kind.is_dir() {
            entry.kind = "folder";
            walk(&path, &format!("{shown}/"), listing);
        } else if kind.is_file() {
            entry.kind = "file";
            entry.bytes = fs::read(&path).unwrap();
            entry.touched.0 = data.modified().ok();
        }
        listing.insert(shown, entry);
    }
}

/// What differs between two listings, one line per path; empty if nothing was touched.
pub(crate) fn difference(before: &Listing, after: &Listing) -> String {
    let mut lines = Vec::new();
    for (path, entry) in before {
        match after.get(path) {
            None => lines.push(format!("- {path}")),
            Some(now) if now.kind != entry.kind => {
                lines.push(format!("! {path} is a {}", now.kind))
            }
            Some(now) if now.bytes != entry.bytes => lines.push(format!("M {path}")),
            Some(now) if now.mode != entry.mode => lines.push(format!("m {path} {:o}", now.mode)),
            Some(now) if now != entry => lines.push(format!("t {path}")),
            Some(_) => {}
        }
    }
    lines.extend(
        after.keys().filter(|path| !before.contains_key(*path)).map(|path| format!("+ {path}")),
    );
    lines.sort_by(|a, b| a[2..].cmp(&b[2..]));
    lines.join("\n")
}

/// Only the bytes and modes, for comparing two folders.
pub(crate) fn contents(
    root: &Path,
    keep: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, (u32, Vec<u8>)> {
    listing(root)
        .into_iter()
        .filter(|(path, entry)| entry.kind != "folder" && keep(path))
        .map(|(path, entry)| (path, (entry.mode, entry.bytes)))
        .collect()
}
