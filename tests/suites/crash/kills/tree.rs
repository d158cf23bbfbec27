//! What lies in a folder: trees to compare, and whether a text is anywhere.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Bytes and executable bits of all files, by path.
pub(crate) type Tree = BTreeMap<PathBuf, (Vec<u8>, bool)>;

/// The files of a project; kiln's and git's own folders are left out unless `own` is set.
pub(crate) fn tree(root: &Path, own: bool) -> io::Result<Tree> {
    let mut tree = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_own =
                folder == root && [".git", ".kiln", ".kiln-vault"].iter().any(|own| name == *own);
            if is_own && !own {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let bits = entry.metadata()?.permissions().mode();
            let path = entry.path();
            let path = path.strip_prefix(root).map_err(io::Error::other)?.to_owned();
            tree.insert(path, (fs::read(entry.path())?, bits & 0o100 != 0));
        }
    }
    Ok(tree)
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Those of `texts` that stand in no file of the folder, vault included.
pub(crate) fn missing(root: &Path, texts: &[String]) -> io::Result<Vec<String>> {
    let all = tree(root, true)?;
    let all: Vec<_> = all.values().map(|(bytes, _)| String::from_utf8_lossy(bytes)).collect();
    let stands = |text: &&String| all.iter().any(|found| found.contains(text.as_str()));
    Ok(texts.iter().filter(|text| !stands(text)).cloned().collect())
}

/// The paths in which two trees differ, for messages.
pub(crate) fn difference(a: &Tree, b: &Tree) -> Vec<String> {
    let mut paths: Vec<&PathBuf> = a.keys().chain(b.keys()).collect();
    paths.sort();
    paths.dedup();
    let differs = paths.into_iter().filter(|path| a.get(*path) != b.get(*path));
    differs.map(|path| path.display().to_string()).collect()
}
