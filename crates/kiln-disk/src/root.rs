//! The root of a project or library as a capability: everything is reached from its handle, folder by folder, and
//! no symlink is ever followed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kiln_base::RelPath;
use rayon::prelude::*;

use crate::error::{DiskError, Obstruction};
use crate::faults::{Faults, Hook};
use crate::sys::{Abilities, Dir, Kind, Stat};

/// The file that makes a folder a kiln project.
pub(crate) const SPEC_NAME: &str = "kiln.kdl";
/// The entry that makes a folder a git repository.
pub(crate) const GIT_NAME: &str = ".git";

/// How many neighbours are read in one go.
const READ_TOGETHER: usize = 64;

/// An open root folder.
#[derive(Clone)]
pub struct Root {
    pub(crate) dir: Dir,
    path: PathBuf,
    folds: bool,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Root").field(&self.path).finish()
    }
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name in the folder.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// Where the way to a folder ends.
pub(crate) enum Way {
    Open(Dir),
    Absent,
    Obstructed(Obstruction),
}

/// Whether the way may lead into another repository or project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Borders {
    Cross,
    Respect,
}

impl Root {
    /// Opens the folder `path`, which itself may be reached through links.
    ///
    /// # Errors
    /// [`DiskError::Io`] if it is no folder or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        Self::open_hooked(path, Hook::default())
    }

    /// As [`Root::open`], with a hook that decides over every call: for tests that break the disk.
    ///
    /// # Errors
    /// As [`Root::open`].
    pub fn open_with_faults(path: &Path, faults: Arc<dyn Faults>) -> Result<Self, DiskError> {
        Self::open_hooked(path, Hook(Some(faults)))
    }

    fn open_hooked(path: &Path, hook: Hook) -> Result<Self, DiskError> {
        let fail = |source| DiskError::io("open the folder", path.display(), source);
        let path = path.canonicalize().map_err(fail)?;
        let dir = Dir::open_trusted(&path, hook).map_err(fail)?;
        let folds = folds(&dir).map_err(fail)?;
        Ok(Self { dir, path, folds })
    }

    /// Opens the folder `path` after making it and the folders above it where they are missing.
    ///
    /// # Errors
    /// [`DiskError::Io`] if that fails.
    #[expect(clippy::disallowed_methods, reason = "the root itself lies below no handle yet")]
    pub fn create(path: &Path) -> Result<Self, DiskError> {
        std::fs::create_dir_all(path)
            .map_err(|source| DiskError::io("make the folder", path.display(), source))?;
        Self::open(path)
    }

    /// The nearest folder with `file_name` in it: `start` or one above, not beyond the first git repository.
    ///
    /// # Errors
    /// [`DiskError::Io`] if `start` cannot be opened.
    pub fn find(start: &Path, file_name: &str) -> Result<Option<Self>, DiskError> {
        let fail = |source| DiskError::io("open the folder", start.display(), source);
        let start = start.canonicalize().map_err(fail)?;
        for folder in start.ancestors() {
            if folder.join(file_name).symlink_metadata().is_ok() {
                return Self::open(folder).map(Some);
            }
            if folder.join(GIT_NAME).symlink_metadata().is_ok() {
                break;
            }
        }
        Ok(None)
    }

    /// Its path, for messages and for starting other programs in it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn abilities(&self) -> Result<Abilities, DiskError> {
        self.dir.abilities().map_err(|source| DiskError::io("look at", self.path.display(), source))
    }

    /// True if executable bits mean something on its file system.
    ///
    /// # Errors
    /// [`DiskError::Io`] if the file system does not answer.
    pub fn keeps_executable_bits(&self) -> Result<bool, DiskError> {
        Ok(self.abilities()?.modes)
    }

    /// Reads a plain file of at most `cap` bytes.
    ///
    /// # Errors
    /// [`DiskError`] says whether it is missing, obstructed, too large or unreadable.
    pub fn read(&self, path: &RelPath, cap: u64) -> Result<Vec<u8>, DiskError> {
        read_in(&self.folder_of(path)?, path, cap)
    }

    /// As [`Root::read`] for many files at once, in parallel; answers come in the order of the paths. Sorted paths are
    /// read fastest, as neighbours share the way.
    #[must_use]
    pub fn read_all(&self, paths: &[&RelPath], cap: u64) -> Vec<Result<Vec<u8>, DiskError>> {
        let read = |paths: &[&RelPath]| {
            let mut way: Option<(Option<RelPath>, Dir)> = None;
            let mut all = Vec::with_capacity(paths.len());
            for path in paths {
                let parent = path.parent();
                if way.as_ref().is_none_or(|(folder, _)| *folder != parent) {
                    way = self.folder_of(path).ok().map(|dir| (parent, dir));
                }
                all.push(match &way {
                    Some((_, dir)) => read_in(dir, path, cap),
                    None => self.read(path, cap),
                });
            }
            all
        };
        paths.par_chunks(READ_TOGETHER).map(read).flatten_iter().collect()
    }

    /// As [`Root::read`]; none if it or a folder on the way is missing.
    ///
    /// # Errors
    /// As [`Root::read`].
    pub fn read_if(&self, path: &RelPath, cap: u64) -> Result<Option<Vec<u8>>, DiskError> {
        match self.read(path, cap) {
            Err(DiskError::Missing(_)) => Ok(None),
            other => other.map(Some),
        }
    }

    /// As [`Root::read_if`], for UTF-8 text.
    ///
    /// # Errors
    /// As [`Root::read`], and [`DiskError::NotText`].
    pub fn read_text_if(&self, path: &RelPath, cap: u64) -> Result<Option<String>, DiskError> {
        let text =
            |bytes| String::from_utf8(bytes).map_err(|_| DiskError::NotText(path.to_string()));
        self.read_if(path, cap)?.map(text).transpose()
    }

    /// What stands at `path`, not followed; none if nothing does.
    ///
    /// # Errors
    /// [`DiskError`] if a folder on the way is obstructed or unreadable.
    pub fn stat(&self, path: &RelPath) -> Result<Option<Stat>, DiskError> {
        let dir = match self.folder_of(path) {
            Err(DiskError::Missing(_)) => return Ok(None),
            other => other?,
        };
        dir.stat(path.file_name()).map_err(|source| DiskError::io("look at", path, source))
    }

    /// The entries of a folder (the root itself if none is named), sorted by name.
    ///
    /// # Errors
    /// [`DiskError`] if it is missing, obstructed or unreadable, or has a name that is not UTF-8.
    pub fn list(&self, folder: Option<&RelPath>) -> Result<Vec<Entry>, DiskError> {
        let dir = self.folder(folder)?;
        let name = || folder.map_or_else(|| ".".to_owned(), ToString::to_string);
        let entries = dir.entries().map_err(|source| DiskError::io("list", name(), source))?;
        let entry = |(name, kind): (Result<String, String>, Kind)| match name {
            Ok(name) => Ok(Entry { name, kind }),
            Err(shown) => {
                let folder = folder.map_or_else(String::new, |folder| format!("{folder}/"));
                Err(DiskError::NotUtf8(format!("{folder}{shown}")))
            }
        };
        entries.into_iter().map(entry).collect()
    }

    /// All plain files below a folder (the root itself if none is named), sorted; what belongs to git is left out.
    ///
    /// # Errors
    /// [`DiskError`] for a symlink or special file, a name that is no [`RelPath`], or more than `cap` files.
    pub fn walk(&self, folder: Option<&RelPath>, cap: usize) -> Result<Vec<RelPath>, DiskError> {
        let mut files = Vec::new();
        let mut folders = vec![folder.cloned()];
        while let Some(folder) = folders.pop() {
            for entry in self.list(folder.as_ref())? {
                if entry.name == GIT_NAME {
                    continue;
                }
                let path = child(folder.as_ref(), &entry.name)?;
                match entry.kind {
                    Kind::File if files.len() >= cap => {
                        let path = folder.map_or_else(|| ".".to_owned(), |path| path.to_string());
                        return Err(DiskError::TooMany { path, cap });
                    }
                    Kind::File => files.push(path),
                    Kind::Folder => folders.push(Some(path)),
                    Kind::Symlink => return Err(obstructed(&path, Obstruction::Symlink)),
                    Kind::Special => return Err(obstructed(&path, Obstruction::Special)),
                }
            }
        }
        files.sort();
        Ok(files)
    }

    fn folder_of(&self, path: &RelPath) -> Result<Dir, DiskError> {
        let dir = self.folder(path.parent().as_ref());
        dir.map_err(|error| match error {
            DiskError::Missing(_) => DiskError::Missing(path.to_string()),
            DiskError::Obstructed { what, .. } => obstructed(path, what),
            other => other,
        })
    }

    fn folder(&self, folder: Option<&RelPath>) -> Result<Dir, DiskError> {
        let Some(path) = folder else { return Ok(self.dir.clone()) };
        match self.enter(folder, Borders::Cross) {
            Ok(Way::Open(dir)) => Ok(dir),
            Ok(Way::Absent) => Err(DiskError::Missing(path.to_string())),
            Ok(Way::Obstructed(what)) => Err(obstructed(path, what)),
            Err(source) => Err(DiskError::io("open the folder", path, source)),
        }
    }

    /// Goes down to `folder`, part by part.
    pub(crate) fn enter(&self, folder: Option<&RelPath>, borders: Borders) -> io::Result<Way> {
        let mut dir = self.dir.clone();
        let mut length = 0;
        let Some(folder) = folder else { return Ok(Way::Open(dir)) };
        for part in folder.parts() {
            length += part.len() + usize::from(length > 0);
            let here = || prefix(folder, length);
            let next = match dir.open_dir(part) {
                Ok(next) => next,
                Err(error) => return way_not_open(error, here()),
            };
            if let Some(found) = self.other_casing(&dir, part)? {
                return Ok(Way::Obstructed(Obstruction::Casing(sibling(&here(), &found))));
            }
            if borders == Borders::Respect
                && let Some(what) = border(&next, here())?
            {
                return Ok(Way::Obstructed(what));
            }
            dir = next;
        }
        Ok(Way::Open(dir))
    }

    /// As [`Root::enter`] for a folder that is made where it is missing; `made` hears of each.
    pub(crate) fn enter_making(
        &self,
        folder: Option<&RelPath>,
        made: &mut dyn FnMut(RelPath),
    ) -> io::Result<Way> {
        let mut dir = self.dir.clone();
        let mut length = 0;
        let Some(folder) = folder else { return Ok(Way::Open(dir)) };
        for part in folder.parts() {
            length += part.len() + usize::from(length > 0);
            let here = || prefix(folder, length);
            let opened = match dir.open_dir(part) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    match dir.make_dir(part) {
                        Ok(()) => made(here()),
                        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                        Err(error) => return Err(error),
                    }
                    dir.open_dir(part)
                }
                other => other,
            };
            dir = match opened {
                Ok(next) => next,
                Err(error) => return way_not_open(error, here()),
            };
            if let Some(what) = border(&dir, here())? {
                return Ok(Way::Obstructed(what));
            }
        }
        Ok(Way::Open(dir))
    }

    /// On a file system that folds case, the name by which `name` is really stored if it is another.
    pub(crate) fn other_casing(&self, dir: &Dir, name: &str) -> io::Result<Option<String>> {
        if !self.folds {
            return Ok(None);
        }
        let names = dir.list()?;
        Ok(stored_name(names.iter().map(|(name, _)| name.as_str()), name).map(str::to_owned))
    }
}

/// The entry of `names` that stands for `name` on a file system that folds case, if it is written otherwise.
fn stored_name<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let folded = RelPath::new(name).ok()?.fold();
    let mut other = None;
    for entry in names {
        if entry == name {
            return None;
        }
        if RelPath::new(entry).is_ok_and(|entry| entry.fold() == folded) {
            other = Some(entry);
        }
    }
    other
}

/// True if the file system takes `KILN.KDL` for `kiln.kdl`.
fn folds(dir: &Dir) -> io::Result<bool> {
    let Some(spec) = dir.stat(SPEC_NAME)? else { return Ok(false) };
    let upper = dir.stat("KILN.KDL")?;
    let names =
        || -> io::Result<bool> { Ok(!dir.list()?.iter().any(|(name, _)| name == "KILN.KDL")) };
    Ok(upper.is_some_and(|upper| upper.inode == spec.inode) && names()?)
}

/// Whether another repository or project begins at `dir`.
pub(crate) fn is_border(dir: &Dir) -> io::Result<bool> {
    Ok(dir.stat(GIT_NAME)?.is_some() || dir.stat(SPEC_NAME)?.is_some())
}

fn border(dir: &Dir, path: RelPath) -> io::Result<Option<Obstruction>> {
    if dir.stat(GIT_NAME)?.is_some() {
        return Ok(Some(Obstruction::Repository(path)));
    }
    Ok(dir.stat(SPEC_NAME)?.map(|_| Obstruction::Project(path)))
}

fn way_not_open(error: io::Error, here: RelPath) -> io::Result<Way> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(Way::Absent),
        io::ErrorKind::PermissionDenied => Ok(Way::Obstructed(Obstruction::Unreadable)),
        io::ErrorKind::NotADirectory => Ok(Way::Obstructed(Obstruction::Parent(here))),
        _ => Err(error),
    }
}

fn read_in(dir: &Dir, path: &RelPath, cap: u64) -> Result<Vec<u8>, DiskError> {
    let mut file = match dir.open_file(path.file_name()) {
        Ok(file) => file,
        Err(error) => return Err(refusal(dir, path, error)),
    };
    let too_large = || DiskError::TooLarge { path: path.to_string(), cap };
    file.read(cap).map_err(|source| DiskError::io("read", path, source))?.ok_or_else(too_large)
}

/// Why a file did not open, by what stands in its place.
fn refusal(dir: &Dir, path: &RelPath, error: io::Error) -> DiskError {
    match dir.stat(path.file_name()) {
        Ok(None) => DiskError::Missing(path.to_string()),
        Ok(Some(stat)) => match stat.kind {
            Kind::Symlink => obstructed(path, Obstruction::Symlink),
            Kind::Folder => obstructed(path, Obstruction::Folder),
            Kind::Special => obstructed(path, Obstruction::Special),
            Kind::File => DiskError::io("read", path, error),
        },
        Err(_) => DiskError::io("read", path, error),
    }
}

fn obstructed(path: &RelPath, what: Obstruction) -> DiskError {
    DiskError::Obstructed { path: path.to_string(), what }
}

/// The path of the entry `name` of `folder`.
pub(crate) fn child(folder: Option<&RelPath>, name: &str) -> Result<RelPath, DiskError> {
    let text = folder.map_or_else(|| name.to_owned(), |folder| format!("{folder}/{name}"));
    Ok(RelPath::new(&text)?)
}

/// The first `length` bytes of a path, which end at a part.
fn prefix(path: &RelPath, length: usize) -> RelPath {
    let mut folder = path.clone();
    while folder.as_str().len() > length {
        match folder.parent() {
            Some(parent) => folder = parent,
            None => break,
        }
    }
    folder
}

/// `path` with another last part.
pub(crate) fn sibling(path: &RelPath, name: &str) -> RelPath {
    child(path.parent().as_ref(), name).unwrap_or_else(|_| path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_casing_is_found_only_where_the_name_itself_is_missing() {
        let names = ["README.md", "src"];
        assert_eq!(stored_name(names.into_iter(), "Readme.md"), Some("README.md"));
        assert_eq!(stored_name(names.into_iter(), "README.md"), None);
        assert_eq!(stored_name(names.into_iter(), "lib"), None);
    }

    #[test]
    fn a_prefix_ends_at_a_part() {
        let path = RelPath::new("a/bc/d").unwrap();
        let prefixes = [1, 4, 6].map(|length| prefix(&path, length).to_string());
        assert_eq!(prefixes, ["a", "a/bc", "a/bc/d"]);
    }
}
