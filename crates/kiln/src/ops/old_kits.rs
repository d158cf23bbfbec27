//! Kits of the repository as an earlier commit has them: for bases that the kits of today no longer render.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kiln_base::{RelPath, Source};
use kiln_engine::compose::Plan;
use kiln_git::Repository;
use kiln_model::Package;
use kiln_resolve::{Catalog, Lock, read_lock};

use crate::ops::project::{LOCK, Project};

/// The file that makes a folder a kit.
const MANIFEST: &str = "kit.kdl";

/// The plan of a lock with the path kits of its commit; none if it has none, or they cannot be had.
pub(crate) fn plan_at(
    project: &Project,
    repository: &Repository,
    commit: &str,
    text: &str,
) -> Option<Plan> {
    let lock = read_lock(&Source::new(LOCK, text)).ok()?;
    let origins: BTreeSet<&str> = lock
        .kits
        .values()
        .map(|kit| kit.source.as_str())
        .filter(|s| s.starts_with("path:"))
        .collect();
    if origins.is_empty() {
        return None;
    }
    let mut packages = others(project, &lock);
    for origin in origins {
        let folder = RelPath::new(origin.trim_start_matches("path:").trim_end_matches('/')).ok()?;
        packages.extend(kits(repository.files(commit, &folder)?, origin));
    }
    project.plan_of_lock_with(text, &Catalog::new(packages))
}

/// The kits of the lock that lie elsewhere.
fn others(project: &Project, lock: &Lock) -> Vec<Arc<Package>> {
    let elsewhere = lock.kits.iter().filter(|(_, kit)| !kit.source.starts_with("path:"));
    elsewhere.flat_map(|(id, _)| project.kits.catalog.versions(id)).cloned().collect()
}

/// The kits of a library's files. What does not decode any more is left out.
fn kits(files: Vec<(RelPath, Vec<u8>)>, origin: &str) -> Vec<Arc<Package>> {
    let folders: Vec<RelPath> = files
        .iter()
        .filter(|(path, _)| path.file_name() == MANIFEST)
        .filter_map(|(path, _)| path.parent())
        .collect();
    let mut contents: BTreeMap<&RelPath, Vec<(RelPath, Vec<u8>)>> = BTreeMap::new();
    for (path, bytes) in files {
        let below = |folder: &&RelPath| {
            path.as_str().strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        // The outermost folder is the kit: its tests may hold manifests of their own.
        let Some(folder) = folders.iter().filter(below).min_by_key(|f| f.as_str().len()) else {
            continue;
        };
        if let Ok(within) = RelPath::new(&path.as_str()[folder.as_str().len() + 1..]) {
            contents.entry(folder).or_default().push((within, bytes));
        }
    }
    let read =
        |(folder, files): (&RelPath, _)| kiln_library::kit(files, folder.as_str(), origin).ok();
    contents.into_iter().filter_map(read).map(|(package, _)| Arc::new(package)).collect()
}
