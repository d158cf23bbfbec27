//! The git repository that a project lies in, as far as names of files need it.

use std::path::{Path, PathBuf};

/// The folder that holds `.git`: `start` or the nearest above it.
pub(crate) fn repository_top(start: &Path) -> Option<PathBuf> {
    nearest(start, ".git")
}

/// The project's folder as its repository names it, with `/`; empty at the top and outside repositories.
#[must_use]
pub fn folder_in_repository(start: &Path) -> String {
    let Ok(start) = start.canonicalize() else { return String::new() };
    let root = nearest(&start, super::project::SPEC).unwrap_or(start);
    let Some(top) = repository_top(&root) else { return String::new() };
    let parts = root.strip_prefix(&top).into_iter().flat_map(Path::components);
    let names: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    names.join("/")
}

fn nearest(start: &Path, name: &str) -> Option<PathBuf> {
    let holds = |folder: &&Path| folder.join(name).symlink_metadata().is_ok();
    start.ancestors().find(holds).map(Path::to_owned)
}
