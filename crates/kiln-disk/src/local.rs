//! `.kiln/`: the cache folder of a project, ignored by git, which may vanish at any time.

use std::io;

use crate::error::DiskError;
use crate::observe::not_a_file;
use crate::root::Root;
use crate::sys::{Dir, Kind, Time};

/// Its name below the root.
pub(crate) const LOCAL_NAME: &str = ".kiln";
const STAGING_NAME: &str = "tmp";
const STAMP_NAME: &str = "stamp";
const HOLDER_NAME: &str = "holder";
pub(crate) const INDEX_NAME: &str = "index";

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

/// Fails if something stands in the place of `.kiln/` or of what kiln writes in it, so that this is known before
/// anything is written anywhere. Makes nothing.
pub(crate) fn refuse_obstructed(root: &Root) -> Result<(), DiskError> {
    let fail = |path: &str| {
        let path = path.to_owned();
        move |error| DiskError::io("look at", path, error)
    };
    let Some(stat) = root.dir.stat(LOCAL_NAME).map_err(fail(LOCAL_NAME))? else { return Ok(()) };
    let dir = match stat.kind {
        Kind::Folder => root.dir.open_dir(LOCAL_NAME).map_err(fail(LOCAL_NAME))?,
        kind => return Err(in_the_place_of_a_folder(LOCAL_NAME.to_owned(), kind)),
    };
    for name in [STAGING_NAME, STAMP_NAME, HOLDER_NAME, INDEX_NAME] {
        let path = format!("{LOCAL_NAME}/{name}");
        let Some(stat) = dir.stat(name).map_err(fail(&path))? else { continue };
        if name == STAGING_NAME {
            if stat.kind != Kind::Folder {
                return Err(in_the_place_of_a_folder(path, stat.kind));
            }
        } else if let Some(what) = not_a_file(stat.kind) {
            return Err(DiskError::Obstructed { path, what });
        }
    }
    Ok(())
}

fn in_the_place_of_a_folder(path: String, kind: Kind) -> DiskError {
    match not_a_file(kind) {
        Some(what) => DiskError::Obstructed { path, what },
        None => {
            DiskError::io("open the folder", path, io::Error::from(io::ErrorKind::NotADirectory))
        }
    }
}

/// Says who works on the project: in the cache folder, as a command that changes nothing touches no other file.
pub(crate) fn set_holder(root: &Root, text: &str) -> io::Result<()> {
    let folder = local(root)?;
    let mut file = folder.open_or_create(HOLDER_NAME)?;
    file.rewrite(text.as_bytes())
}

/// What [`set_holder`] wrote last; empty if nothing is there.
pub(crate) fn holder(root: &Root) -> String {
    let read = || {
        let dir = root.dir.open_dir(LOCAL_NAME).ok()?;
        String::from_utf8(dir.open_file(HOLDER_NAME).ok()?.read(4096).ok()??).ok()
    };
    read().unwrap_or_default()
}

/// `.kiln/`, made if it is missing.
pub(crate) fn local(root: &Root) -> io::Result<Dir> {
    open_ignored(&root.dir, LOCAL_NAME)
}

/// The last [`stamp`] that was taken; none if there was none. Writes nothing.
pub(crate) fn last_stamp(root: &Root) -> Option<Time> {
    let dir = root.dir.open_dir(LOCAL_NAME).ok()?;
    Some(dir.stat(STAMP_NAME).ok()??.modified)
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
