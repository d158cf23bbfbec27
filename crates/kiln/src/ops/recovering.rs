//! What comes before everything else of a command that writes: what an earlier run left is finished or taken back.
//!
//! A record of schema history is not waited for when it is written. Where the power went, it may be torn, and the
//! project cannot be read. So records come first, from the journal alone; only then the project is read, and the rest
//! is rendered and redone.

use kiln_base::{Diagnostic, Diagnostics};
use kiln_disk::{Host, Locked, Recovery, Root, Vault, recover, recover_records};

use crate::ops::old::FromLocks;
use crate::ops::project::{Project, SPEC, no_project};
use crate::ops::sync::hold;
use crate::ops::{Failure, Outcome, Settings};

/// Finds and reads a project that will be written. Where its history cannot be read because an earlier run did not reach
/// the disk whole, that is put right first.
pub(crate) fn open_to_write(command: &str, no_wait: bool, settings: &Settings) -> Outcome<Project> {
    let root = Root::find(&settings.start, SPEC)?.ok_or_else(no_project)?;
    let failure = match Project::read(root.clone(), settings) {
        Ok(project) => return Ok(project),
        Err(failure) => failure,
    };
    let Some((vault, _)) = unfinished(&root, &failure) else { return Err(failure) };
    let locked = hold(&vault, command, no_wait, settings)?;
    recover_records(&root, &locked)?;
    drop(locked);
    Project::read(root, settings)
}

/// Why a project cannot be read, for a command that writes nothing: an unfinished run is the reason before all others.
pub(crate) fn tell_unfinished(root: &Root, failure: Failure) -> Failure {
    let Some((_, command)) = unfinished(root, &failure) else { return failure };
    let message = format!("`kiln {command}` was interrupted, and its history is not whole");
    let first = Diagnostic::error("interrupted", message).hint("`kiln sync` finishes it");
    let diagnostics = std::iter::once(first).chain(failure.diagnostics.0).collect();
    Failure { diagnostics: Diagnostics(diagnostics), code: 1 }
}

/// The vault and the command of a run that may be why the history cannot be read.
fn unfinished(root: &Root, failure: &Failure) -> Option<(Vault, String)> {
    let of_history = |one: &Diagnostic| matches!(one.id, "history-record" | "not-utf8");
    if !failure.diagnostics.0.iter().any(of_history) {
        return None;
    }
    let vault = Vault::find(root, Host::current()).ok()??;
    let command = vault.unfinished(root).ok()??;
    Some((vault, command))
}

/// Finishes or rolls back what an earlier run left, and says so.
pub(crate) fn recover_first(
    project: &Project,
    locked: &Locked<'_>,
    settings: &Settings,
) -> Outcome<Option<String>> {
    let records = recover_records(&project.root, locked)?.len();
    // What is rendered follows from the history as it is now.
    let read = (records > 0).then(|| Project::read(project.root.clone(), settings).ok()).flatten();
    let project = read.as_ref().unwrap_or(project);
    let files = |number: usize, done: &str| match number {
        0 => String::new(),
        1 => format!(": 1 file {done}"),
        number => format!(": {number} files {done}"),
    };
    Ok(match recover(&project.root, locked, &FromLocks(project))? {
        Recovery::Nothing if records == 0 => None,
        Recovery::Nothing => Some(not_arrived(records)),
        Recovery::Finished { command, redone, .. } => Some(format!(
            "finished the interrupted `kiln {command}`{}",
            files(redone.len() + records, "written")
        )),
        Recovery::RolledBack { command, restored, .. } => Some(format!(
            "took back the interrupted `kiln {command}`{}",
            files(restored.len(), "restored")
        )),
        Recovery::SetAside => Some(
            "an interrupted run belonged to another state of the project; its backups are in the vault"
                .to_owned(),
        ),
        Recovery::Repaired { redone } => Some(not_arrived(redone.len() + records)),
    })
}

fn not_arrived(number: usize) -> String {
    let files = if number == 1 { "1 file" } else { &format!("{number} files") };
    format!("{files} of the last sync had not reached the disk and were written again")
}
