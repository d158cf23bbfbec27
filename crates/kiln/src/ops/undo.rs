//! `undo`: the project as it was before the last sync, and the list of what can be looked at.

use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

use kiln_base::{Diagnostic, RelPath};
use kiln_disk::{
    ApplyError, Document, Host, Limits, Locked, Recovery, Root, SpecBack, UndoError, UndoWords,
    Vault, recover, recover_records,
};
use kiln_merge::{Labels, MergeInput};

use crate::ops::commands::shell_word;
use crate::ops::here::Here;
use crate::ops::old::FromLocks;
use crate::ops::project::{LOCK, Project, SPEC, SUM, Texts, known_path, no_project, read_history};
use crate::ops::recovering::open_to_write;
use crate::ops::report::SCHEMA;
use crate::ops::sync::hold;
use crate::ops::words::choose;
use crate::ops::{Failure, Outcome, Settings};

/// What an undo is asked.
#[derive(Debug, Clone, Default)]
pub struct UndoOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Paths or globs of files that changed since and are taken back too; yours go to the vault.
    pub take: Vec<String>,
    /// The spec stays as it is, although the command edited it; all else goes back.
    pub keep_spec: bool,
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
    /// kiln's own files that changed: spec, lock, sum.
    pub own_files: Vec<String>,
    /// Files that somebody saved meanwhile: left as they are.
    pub overtaken: Vec<String>,
    /// What a person should know or do now.
    pub next: Vec<String>,
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
    let undoable = vault.undoable()?;
    let touched = undoable.as_ref().map(|one| one.paths.iter().cloned().collect());
    let take = taken(&project.here, &touched.unwrap_or_default(), &options.take)?;
    let edit = undoable.filter(|one| !one.interrupted).and_then(|one| one.spec);
    let spec = match edit {
        _ if options.keep_spec => SpecBack::Left,
        Some(edit) => spec_back(&project.root, &edit)?,
        None => SpecBack::AsBefore,
    };
    let words = UndoWords { take, spec };
    let cancel = options.settings.watch.cancel.as_deref();
    let before = own_texts(&project.root)?;
    let renders = FromLocks(&project);
    let run =
        |locked: &Locked<'_>| kiln_disk::undo(&project.root, locked, &renders, &words, cancel);
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
    let next = next_steps(settings, &undone.command);
    let after = own_texts(&project.root)?;
    let changed = before.into_iter().zip(after).filter(|(before, after)| before != after);
    let own_files = changed.map(|((name, _), _)| name.to_owned()).collect();
    Ok(UndoReport {
        schema: SCHEMA,
        next,
        exit: u8::from(!undone.applied.overtaken.is_empty()),
        undone: undone.command,
        interrupted: undone.interrupted,
        written: names(&undone.applied.written),
        deleted: names(&undone.applied.deleted),
        own_files,
        overtaken: names(&undone.applied.overtaken),
    })
}

/// The command that a record is about, and how often it was undone and done again: the record of an undo names the
/// record that it took back.
#[must_use]
pub fn times_undone(command: &str) -> (&str, usize) {
    let (mut command, mut times) = (command, 0);
    while let Some(inner) = command.strip_prefix("undo of ") {
        (command, times) = (inner, times + 1);
    }
    (command, times)
}

/// What spec, lock and sum say, as far as they are there.
fn own_texts(root: &Root) -> Outcome<Vec<(&'static str, Option<String>)>> {
    let read = |name: &'static str| {
        let text = root.read_text_if(&known_path(name)?, 64 << 20)?;
        Ok((name, text))
    };
    [SPEC, LOCK, SUM].into_iter().map(read).collect()
}

/// What follows from an undo: the spec may still ask for what was undone.
fn next_steps(settings: &Settings, undone: &str) -> Vec<String> {
    let project = match (Project::open(settings), find(settings)) {
        (Ok(project), _) => project,
        (Err(_), Ok(_)) => return vec![format!("`{SPEC}` has an error: `kiln check` says which")],
        // The undo took the spec away too, as that of `new` does.
        (Err(_), Err(_)) => return Vec::new(),
    };
    let stale = project.resolve().is_ok_and(|resolved| !resolved.stale.is_empty());
    let mut next = Vec::new();
    if stale && times_undone(undone).1.is_multiple_of(2) {
        next.push(format!(
            "`{SPEC}` still asks for it: change it, or the next `kiln sync` does it again"
        ));
    }
    next.push("`kiln undo` once more takes this back".to_owned());
    next
}

/// What the spec says afterwards: what it said before the command, with all that somebody edited since. Where the two
/// cannot be told apart, it is left to the person.
fn spec_back(root: &Root, edit: &Document) -> Outcome<SpecBack> {
    let now = crate::ops::project::read_text(root, &edit.path)?;
    let (Some(before), Some(after), Some(now)) = (&edit.before, &edit.after, now) else {
        return Ok(SpecBack::AsBefore);
    };
    if now == *after {
        return Ok(SpecBack::AsBefore);
    }
    let merged = kiln_merge::merge(&MergeInput {
        path: SPEC,
        base: after.as_bytes(),
        yours: now.as_bytes(),
        theirs: before.as_bytes(),
        labels: &Labels::kiln("", ""),
        foreign: &[],
        taken: &[],
    });
    Ok(match merged {
        kiln_merge::Outcome::Clean { text, close } if close.is_empty() => {
            SpecBack::Instead { now, then: text }
        }
        _ => SpecBack::AsBefore,
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
    Ok(Root::find(&settings.start, SPEC)?.ok_or_else(no_project)?)
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

/// The paths of the last sync that paths, folders and globs of the command line name.
fn taken(here: &Here, touched: &BTreeSet<RelPath>, texts: &[String]) -> Outcome<BTreeSet<RelPath>> {
    let chosen = choose(here, texts, touched).map_err(|mut failure| {
        for problem in failure.diagnostics.0.iter_mut().filter(|one| one.id == "unknown-output") {
            problem.message =
                problem.message.replace("no kit writes", "the last sync did not touch");
        }
        failure
    })?;
    Ok(chosen.into_iter().flat_map(|one| one.paths).collect())
}

/// Why nothing was undone, with the way on.
fn failure(error: &UndoError) -> Failure {
    let code = match error {
        UndoError::Apply(ApplyError::Cancelled(_)) => 130,
        UndoError::Nothing | UndoError::Moved(_) | UndoError::Stops(_) => 1,
        _ => 2,
    };
    let mut diagnostic = Diagnostic::from(error);
    match error {
        UndoError::Stops(paths) => {
            diagnostic.hints = paths
                .iter()
                .map(|path| {
                    let shown = shell_word(path.as_str());
                    format!("undo it too, yours is kept in the vault: kiln undo --take {shown}")
                })
                .collect();
        }
        UndoError::Moved(path) if path.as_str() == SPEC => {
            diagnostic.message =
                format!("`{SPEC}` was edited since, in the lines that the command edited too");
            diagnostic.hints = vec![
                format!("undo all else, `{SPEC}` stays as it is: kiln undo --keep-spec"),
                format!("or put those lines of `{SPEC}` back as the command left them"),
            ];
        }
        UndoError::Moved(_) => {
            diagnostic.hints = vec![
                "another commit or branch is there now: check out the one that was synced, or go back with git"
                    .to_owned(),
                "`kiln sync` makes the project as its spec says now".to_owned(),
            ];
        }
        UndoError::Nothing => {
            diagnostic.hints =
                vec!["records are kept in this clone only; go back further with git".to_owned()];
        }
        _ => {}
    }
    Failure { code, ..diagnostic.into() }
}
