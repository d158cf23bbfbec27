//! `undo`: the project as it was before the last sync, and the list of what can be looked at.

use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

use globset::GlobBuilder;
use kiln_base::{Diagnostic, RelPath};
use kiln_disk::{
    ApplyError, Host, Limits, Locked, Recovery, Root, UndoError, Vault, recover, recover_records,
};

use crate::ops::old::FromLocks;
use crate::ops::project::{Project, SPEC, Texts, read_history};
use crate::ops::recovering::open_to_write;
use crate::ops::report::SCHEMA;
use crate::ops::sync::hold;
use crate::ops::{Failure, Outcome, Settings};

/// What an undo is asked.
#[derive(Debug, Clone, Default)]
pub struct UndoOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Paths or globs of files that changed since and are taken back too; yours go to the vault.
    pub take: Vec<String>,
    /// Fail at once if another kiln works on the project.
    pub no_wait: bool,
}

/// What was undone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct UndoReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit code: 1 if somebody saved a file meanwhile.
    pub exit: u8,
    /// The command that was undone.
    pub undone: String,
    /// It had been interrupted and was taken back.
    pub interrupted: bool,
    /// Files written, from the project's root.
    pub written: Vec<String>,
    /// Files deleted.
    pub deleted: Vec<String>,
    /// Files that somebody saved meanwhile: left as they are.
    pub overtaken: Vec<String>,
}

/// A command that is recorded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Recorded {
    /// Its number; later ones have higher ones.
    pub number: u64,
    /// The command.
    pub command: String,
    /// When it ended, in seconds since 1970-01-01 UTC.
    pub ended: u64,
    /// The files that it wrote or deleted.
    pub paths: Vec<String>,
    /// What its record takes in the vault, in bytes.
    pub bytes: u64,
}

/// All that is recorded, the last one first; only that one can be undone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct UndoList {
    /// The version of this form.
    pub schema: u32,
    /// The records.
    pub records: Vec<Recorded>,
}

/// Brings back tree, lock, sum and history of before the last sync. An interrupted run is taken back.
///
/// # Errors
/// There is nothing to undo; files changed since and were not named by `take`; the disk failed.
pub fn undo(options: &UndoOptions) -> Outcome<UndoReport> {
    let settings = &options.settings;
    let project =
        open_to_write("undo", options.no_wait, settings).or_else(|_| without_spec(settings))?;
    let Some(vault) = Vault::find(&project.root, Host::current())? else {
        return Err(failure(&UndoError::Nothing));
    };
    let locked = hold(&vault, "undo", options.no_wait, settings)?;
    let records = recover_records(&project.root, &locked)?;
    // Another kiln may have written since.
    let again = !records.is_empty() || project.is_outdated()?;
    let project = if again { open_anyhow(settings)? } else { project };
    let take = taken(&vault, &options.take)?;
    let cancel = options.settings.watch.cancel.as_deref();
    let renders = FromLocks(&project);
    let run = |locked: &Locked<'_>| kiln_disk::undo(&project.root, locked, &renders, &take, cancel);
    let undone = match run(&locked) {
        // A journal of another state is set aside; then the last sync is looked at again.
        Err(UndoError::Moved(path)) => match recover(&project.root, &locked, &renders)? {
            Recovery::SetAside => run(&locked),
            _ => Err(UndoError::Moved(path)),
        },
        other => other,
    };
    let undone = undone.map_err(|error| failure(&error))?;
    if let Some(clock) = options.settings.watch.clock {
        // What cannot be collected now is collected another time.
        let _ = locked.collect(clock(), &Limits::default());
    }
    let names = |paths: &[RelPath]| paths.iter().map(|path| path.as_str().to_owned()).collect();
    Ok(UndoReport {
        schema: SCHEMA,
        exit: u8::from(!undone.applied.overtaken.is_empty()),
        undone: undone.command,
        interrupted: undone.interrupted,
        written: names(&undone.applied.written),
        deleted: names(&undone.applied.deleted),
        overtaken: names(&undone.applied.overtaken),
    })
}

/// The commands that are recorded.
///
/// # Errors
/// There is no project, or its vault cannot be read.
pub fn undo_list(settings: &Settings) -> Outcome<UndoList> {
    let root = find(settings)?;
    let records = match Vault::find(&root, Host::current())? {
        Some(vault) => vault.records()?,
        None => Vec::new(),
    };
    let records = records
        .into_iter()
        .map(|record| Recorded {
            number: record.id,
            command: record.command,
            ended: record.ended.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            paths: record.paths.iter().map(|path| path.as_str().to_owned()).collect(),
            bytes: record.size,
        })
        .collect();
    Ok(UndoList { schema: SCHEMA, records })
}

fn find(settings: &Settings) -> Outcome<Root> {
    let none = || {
        Diagnostic::error("no-project", format!("there is no `{SPEC}` in this folder or above it"))
    };
    Ok(Root::find(&settings.start, SPEC)?.ok_or_else(none)?)
}

fn open_anyhow(settings: &Settings) -> Outcome<Project> {
    Project::open(settings).or_else(|_| without_spec(settings))
}

/// The project whatever its spec says: a spec with an error in it must not keep anybody from going back.
fn without_spec(settings: &Settings) -> Outcome<Project> {
    let root = find(settings)?;
    let texts =
        |history| Texts { spec: "project unknown\n".to_owned(), history, ..Texts::default() };
    let with_history = read_history(&root)
        .and_then(|history| Project::assemble(root.clone(), texts(history), settings));
    with_history.or_else(|_| Project::assemble(root, texts(Vec::new()), settings))
}

/// The paths of the last sync that the globs name.
fn taken(vault: &Vault, globs: &[String]) -> Outcome<BTreeSet<RelPath>> {
    let mut taken = BTreeSet::new();
    let touched =
        vault.records()?.into_iter().next().map(|record| record.paths).unwrap_or_default();
    for text in globs {
        // What names a path is that path, whatever else it would match as a glob.
        if let Some(path) = touched.iter().find(|path| path.as_str() == text) {
            taken.insert(path.clone());
            continue;
        }
        let glob = GlobBuilder::new(text).literal_separator(true).build().map_err(|error| {
            Failure::from(Diagnostic::error(
                "glob",
                format!("`{text}` is no path or glob: {}", error.kind()),
            ))
        })?;
        let glob = glob.compile_matcher();
        let before = taken.len();
        taken.extend(touched.iter().filter(|path| glob.is_match(path.as_str())).cloned());
        if taken.len() == before {
            let message = format!("the last sync did not touch `{text}`");
            let hint = kiln_base::did_you_mean(text, touched.iter().map(RelPath::as_str));
            return Err(Diagnostic::error("unknown-output", message).hint_if(hint).into());
        }
    }
    Ok(taken)
}

fn failure(error: &UndoError) -> Failure {
    let code = match error {
        UndoError::Apply(ApplyError::Cancelled(_)) => 130,
        UndoError::Nothing | UndoError::Moved(_) | UndoError::Stops(_) => 1,
        _ => 2,
    };
    Failure { code, ..Diagnostic::from(error).into() }
}
