//! `new`: a folder with a spec, locked and synced.

use std::path::{Path, PathBuf};

use kiln_base::Diagnostic;
use kiln_disk::Root;

use crate::ops::project::{Project, Texts};
use crate::ops::sync::{SyncOptions, refuse_if_locked, sync_project};
use crate::ops::{Failure, Outcome, Report, Settings};

/// What `new` is asked.
#[derive(Debug, Clone, Default)]
pub struct NewOptions {
    /// Kits to use; `start` is the folder to make.
    pub settings: Settings,
    /// The spec to start from.
    pub from: PathBuf,
}

/// Makes a folder with the spec of another and syncs it. Lock and history that lie beside the spec come along.
///
/// # Errors
/// The folder is not empty, the spec is not there, or anything that sync refuses.
pub fn new(options: &NewOptions) -> Outcome<Report> {
    let from = &options.from;
    let folder = from.parent().filter(|folder| !folder.as_os_str().is_empty());
    let source = Root::open(folder.unwrap_or(Path::new(".")))?;
    let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let texts = Texts::read(&source, &name)?.ok_or_else(|| {
        Failure::from(Diagnostic::error(
            "no-spec",
            format!("there is no spec `{}`", from.display()),
        ))
    })?;
    // The sum says what stood beside the other spec; here nothing stands yet.
    let texts = Texts { sum: None, ..texts };
    // A spec that is refused makes no folder.
    let shown = Some(from.to_string_lossy().into_owned());
    let there = Texts { shown, ..texts.clone() };
    let tried = Project::assemble(source, there, &options.settings)?;
    let resolved = tried.resolve()?;
    refuse_if_locked(&options.settings, &resolved)?;
    tried.plan(&resolved)?;
    let start = &options.settings.start;
    let was_there = start.exists();
    let made = make(options, texts);
    if made.is_err() && !was_there {
        // What is refused leaves no folder. One that has anything in it stays.
        let _ = std::fs::remove_dir(start);
    }
    made
}

fn make(options: &NewOptions, texts: Texts) -> Outcome<Report> {
    let root = Root::create(&options.settings.start)?;
    let entries = root.list(None)?;
    if let Some(entry) = entries.iter().find(|entry| entry.name != ".git") {
        return Err(Diagnostic::error(
            "not-empty",
            format!("`{}` is not empty: it has `{}`", options.settings.start.display(), entry.name),
        )
        .hint("name a folder that is not there yet, or an empty one")
        .into());
    }
    let mut project = Project::assemble(root, texts.clone(), &options.settings)?;
    project.fresh = Some(texts);
    let sync = SyncOptions { settings: options.settings.clone(), ..SyncOptions::default() };
    let mut report = sync_project(project, "new", &sync)?;
    report.command = "new";
    Ok(report)
}
