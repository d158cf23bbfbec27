//! `.kiln/`: the cache folder of a project, ignored by git, which may vanish at any time.

use std::io;

use crate::root::Root;
use crate::sys::{Dir, Time};

/// Its name below the root.
pub(crate) const LOCAL_NAME: &str = ".kiln";
const STAGING_NAME: &str = "tmp";
const STAMP_NAME: &str = "stamp";

/// Opens the folder `name` of `dir`, making it if it is missing.
pub(crate) fn open_or_make(dir: &Dir, name: &str) -> io::Result<Dir> {
    match dir.open_dir(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => return other,
    }
    match dir.make_dir(name) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => dir.open_dir(name),
    }
}

/// As [`open_or_make`], with a `.gitignore` of `*` in it.
pub(crate) fn open_ignored(dir: &Dir, name: &str) -> io::Result<Dir> {
    let folder = open_or_make(dir, name)?;
    match folder.stat(".gitignore")? {
        Some(_) => {}
        None => match folder.create_new(".gitignore", 0o644) {
            Ok(mut file) => file.write(b"*\n")?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        },
    }
    Ok(folder)
}

/// `.kiln/`, made if it is missing.
pub(crate) fn local(root: &Root) -> io::Result<Dir> {
    open_ignored(&root.dir, LOCAL_NAME)
}

/// `.kiln/tmp/`, made if it is missing.
pub(crate) fn staging(root: &Root) -> io::Result<Dir> {
    open_or_make(&local(root)?, STAGING_NAME)
}

/// `.kiln/tmp/` if it is there.
pub(crate) fn staging_if(root: &Root) -> io::Result<Option<Dir>> {
    let open = || root.dir.open_dir(LOCAL_NAME)?.open_dir(STAGING_NAME);
    match open() {
        Ok(dir) => Ok(Some(dir)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The moment by the clock of the project's file system: what is written later has a later or the same time.
pub(crate) fn stamp(root: &Root) -> io::Result<Time> {
    let mut file = local(root)?.open_or_create(STAMP_NAME)?;
    file.rewrite(b"\n")?;
    Ok(file.stat()?.modified)
}
