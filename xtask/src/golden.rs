//! `lockfiles/`: lock, sum and history of every example, made anew from nothing, so that a change of a kit shows up
//! in review.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kiln::ops::{NewOptions, Settings};

use crate::{Result, root};

type Files = BTreeMap<String, String>;

/// The names of the folders in `lockfiles/`, sorted.
pub(crate) fn names() -> Result<Vec<String>> {
    let mut names = Vec::new();
    let folder = root().join("lockfiles");
    for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry.path().join("kiln.kdl").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Writes what is not current.
pub(crate) fn sync() -> Result<()> {
    for name in names()? {
        let folder = root().join("lockfiles").join(&name);
        let (made, there) = (make(&name)?, kept(&folder)?);
        for path in there.keys().filter(|path| !made.contains_key(*path)) {
            fs::remove_file(folder.join(path)).map_err(|error| format!("{path}: {error}"))?;
            println!("deleted lockfiles/{name}/{path}");
        }
        for (path, text) in made.iter().filter(|(path, text)| there.get(*path) != Some(*text)) {
            let target = folder.join(path);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent).map_err(|error| format!("{path}: {error}"))?;
            }
            fs::write(&target, text).map_err(|error| format!("{path}: {error}"))?;
            println!("wrote lockfiles/{name}/{path}");
        }
    }
    Ok(())
}

/// Fails if something is not current.
pub(crate) fn check() -> Result<()> {
    let mut stale = Vec::new();
    for name in names()? {
        let (made, there) = (make(&name)?, kept(&root().join("lockfiles").join(&name))?);
        let paths =
            made.keys().chain(there.keys()).filter(|path| made.get(*path) != there.get(*path));
        stale.extend(paths.map(|path| format!("lockfiles/{name}/{path}")));
    }
    stale.sort();
    stale.dedup();
    if stale.is_empty() {
        println!("lockfiles/ is current");
        return Ok(());
    }
    Err(format!("not current: {}; run `cargo xtask sync` and commit the result", stale.join(", ")))
}

/// Lock, sum and records that a spec makes in an empty folder.
fn make(name: &str) -> Result<Files> {
    let folder = root().join("target/lockfiles").join(name);
    let spec = root().join("target/lockfiles/specs").join(name).join("kiln.kdl");
    clear(&folder)?;
    project(&root().join("lockfiles").join(name).join("kiln.kdl"), &spec, &folder)?;
    kept(&folder)
}

/// Removes a folder that this command made before.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Makes a project in `folder` from a copy of `from`, so that no lock beside it comes along.
pub(crate) fn project(from: &Path, copy: &Path, folder: &Path) -> Result<()> {
    let text = fs::read_to_string(from).map_err(|error| format!("{}: {error}", from.display()))?;
    if let Some(parent) = copy.parent() {
        fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    }
    fs::write(copy, text).map_err(|error| error.to_string())?;
    let settings = Settings {
        start: folder.to_path_buf(),
        library: Some(root().join("kits")),
        ..Settings::default()
    };
    let options = NewOptions { settings, from: copy.to_path_buf() };
    let report = kiln::ops::new(&options)
        .map_err(|failure| format!("{}:\n{}", from.display(), failure.diagnostics))?;
    if report.exit != 0 {
        return Err(format!("{}: {} findings", from.display(), report.findings.len()));
    }
    Ok(())
}

/// Lock, sum and records that lie in a folder.
fn kept(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut paths: Vec<PathBuf> =
        ["kiln.lock", "kiln.sum"].iter().map(|name| folder.join(name)).collect();
    below(&folder.join("kiln.history"), &mut paths);
    for path in paths.into_iter().filter(|path| path.is_file()) {
        let name = path
            .strip_prefix(folder)
            .map_err(|error| error.to_string())?
            .to_string_lossy()
            .into_owned();
        files.insert(
            name,
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?,
        );
    }
    Ok(files)
}

/// Every file below a folder.
pub(crate) fn below(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            below(&entry.path(), paths);
        } else {
            paths.push(entry.path());
        }
    }
}
