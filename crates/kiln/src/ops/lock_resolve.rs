//! `lock --resolve`: a lock of which git left two versions is solved anew, with both as preferences.

use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Source, Span};
use kiln_disk::{Changes, Root, apply};
use kiln_resolve::{
    Lock, MarkerError, Moved, Preference, Sides, differing, prefer, read_lock, split_conflicts,
    write_lock,
};

use crate::ops::change::document;
use crate::ops::old::FromLocks;
use crate::ops::project::{LOCK, Project, Resolved, SPEC, Texts, known_path, no_project};
use crate::ops::recovering::recover_first;
use crate::ops::report::SCHEMA;
use crate::ops::sync::{apply_failure, hold, open_vault};
use crate::ops::{Failure, Outcome, Settings};

/// A kit that the two sides of a lock did not have in one version.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChosenKit {
    /// The kit.
    pub kit: String,
    /// Its version on our side; none if it was not there.
    pub ours: Option<String>,
    /// Its version on their side; none if it was not there.
    pub theirs: Option<String>,
    /// The version that was chosen; none if the spec no longer needs the kit.
    pub chosen: Option<String>,
    /// Why.
    pub why: &'static str,
}

/// A value besides versions that the two sides of a lock did not have alike: the spec says which one counts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChosenValue {
    /// The keys of the lock that lead to it, with dots between.
    pub key: String,
    /// On our side; none if it was not there.
    pub ours: Option<String>,
    /// On their side; none if it was not there.
    pub theirs: Option<String>,
    /// In the new lock; none if the spec does not have it.
    pub chosen: Option<String>,
}

/// What `kiln lock --resolve` did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LockResolveReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit code.
    pub exit: u8,
    /// The lock was written: it had markers.
    pub written: bool,
    /// Kits that the sides had in different versions, by name.
    pub chosen: Vec<ChosenKit>,
    /// Other values that the sides had otherwise, by key.
    pub values: Vec<ChosenValue>,
    /// The kits of the lock with their versions, in order.
    pub kits: Vec<(String, String)>,
    /// What to run next.
    pub next: Vec<String>,
}

/// Solves the spec anew from a lock with markers of conflicts and writes the result.
///
/// # Errors
/// Markers in the spec, sides that are no locks, and everything that is wrong with spec or kits.
pub fn lock_resolve(settings: &Settings) -> Outcome<LockResolveReport> {
    let root = Root::find(&settings.start, SPEC)?.ok_or_else(no_project)?;
    let texts = Texts::read(&root, SPEC)?.unwrap_or_default();
    let disk = texts.lock.clone().unwrap_or_default();
    let source = Source::new(LOCK, disk.as_str());
    let Some(sides) = split_conflicts(&disk).map_err(|error| unfit(&source, error))? else {
        let project = Project::assemble(root, texts, settings)?;
        let resolved = project.resolve()?;
        let kits = kits(&resolved);
        return Ok(LockResolveReport { written: false, next: Vec::new(), ..told(&[], kits) });
    };
    let (ours, theirs, base) = read_sides(&source, &sides)?;
    let (preferred, moved) = prefer(base.as_ref(), &ours, &theirs);
    let texts = Texts { lock: Some(write_lock(&preferred)), ..texts };
    let project = Project::assemble(root, texts, settings)?;
    let resolved = project.resolve()?;
    // A lock that cannot be composed is not written.
    project.plan(&resolved)?;
    if settings.locked {
        let message = format!("`{LOCK}` would change, and `--locked` forbids it");
        let diagnostic = Diagnostic::error("lock-stale", message).hint("leave `--locked` out");
        return Err(Failure { code: 1, ..diagnostic.into() });
    }
    write(&project, &resolved, &disk, &sides, settings)?;
    let values = differing(&sides.ours, &sides.theirs, &resolved.text);
    let values = values.into_iter().map(|one| ChosenValue {
        key: one.key,
        ours: one.ours,
        theirs: one.theirs,
        chosen: one.chosen,
    });
    Ok(LockResolveReport { values: values.collect(), ..told(&moved, kits(&resolved)) })
}

/// Both sides, and what they started from if it can be read.
fn read_sides(source: &Arc<Source>, sides: &Sides) -> Outcome<(Lock, Lock, Option<Lock>)> {
    let read = |name: &str, text: &str| {
        read_lock(&Source::new(format!("{LOCK} of {name}"), text)).map_err(|mut errors| {
            for error in &mut errors.0 {
                error.hints = vec![format!(
                    "take the other side with git, then run `kiln lock`: git checkout --{} {LOCK}",
                    if name == "ours" { "theirs" } else { "ours" }
                )];
            }
            errors
        })
    };
    let both = [read("ours", &sides.ours), read("theirs", &sides.theirs)];
    let base = sides
        .base
        .as_ref()
        .and_then(|text| read_lock(&Source::new(&source.name, text.as_str())).ok());
    match both {
        [Ok(ours), Ok(theirs)] => Ok((ours, theirs, base)),
        both => {
            let mut problems = Diagnostics::new();
            both.into_iter().filter_map(Result::err).for_each(|errors| problems.extend(errors));
            Err(problems.into())
        }
    }
}

fn write(
    project: &Project,
    resolved: &Resolved,
    disk: &str,
    sides: &Sides,
    settings: &Settings,
) -> Outcome<()> {
    let vault = open_vault(project)?;
    let locked = hold(&vault, "lock --resolve", false, settings)?;
    recover_first(project, &locked, settings)?;
    // The facts of the sum are those of both sides: both locks name bases until the next sync.
    for side in [&sides.theirs, &sides.ours].into_iter().filter(|_| project.sum_text.is_some()) {
        locked.keep_lock(&side.replace("\r\n", "\n"))?;
    }
    let changes = Changes {
        command: "lock --resolve".to_owned(),
        lock: document(known_path(LOCK)?, Some(disk), &resolved.text),
        ..Changes::default()
    };
    let cancel = settings.watch.cancel.as_deref();
    apply(&project.root, &locked, &changes, &FromLocks(project), cancel)
        .map_err(|error| apply_failure(&error))?;
    Ok(())
}

fn kits(resolved: &Resolved) -> Vec<(String, String)> {
    let kits = resolved.resolution.kits.iter();
    kits.map(|kit| (kit.id().to_owned(), kit.manifest.version.to_string())).collect()
}

fn told(moved: &[Moved], kits: Vec<(String, String)>) -> LockResolveReport {
    let chosen = moved.iter().map(|moved| {
        let chosen =
            kits.iter().find(|(id, _)| *id == moved.kit).map(|(_, version)| version.clone());
        let why = match (&chosen, moved.preference) {
            (None, _) => "the spec does not need it",
            (Some(version), _) if *version != moved.preferred.to_string() => {
                "what the spec and the other kits ask for"
            }
            _ if moved.ours.is_none() || moved.theirs.is_none() => "only one side has it",
            (_, Preference::Higher) => "the higher of both",
            _ => "only this side moved it",
        };
        let text = |version: &Option<semver::Version>| version.as_ref().map(ToString::to_string);
        ChosenKit {
            kit: moved.kit.clone(),
            ours: text(&moved.ours),
            theirs: text(&moved.theirs),
            chosen,
            why,
        }
    });
    LockResolveReport {
        schema: SCHEMA,
        exit: 0,
        written: true,
        chosen: chosen.collect(),
        values: Vec::new(),
        kits,
        next: vec!["kiln sync".to_owned()],
    }
}

fn line_span(text: &str, line: usize) -> Span {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    Span::new(start, end)
}

fn unfit(source: &Arc<Source>, error: MarkerError) -> Failure {
    Diagnostic::error("lock-conflict", format!("`{}`: {error}", source.name))
        .at(source, line_span(&source.text, error.line), "")
        .hint(format!("let git write the conflict again: git checkout --merge {LOCK}"))
        .hint(format!("or take one side, then run `kiln lock`: git checkout --ours {LOCK}"))
        .into()
}
