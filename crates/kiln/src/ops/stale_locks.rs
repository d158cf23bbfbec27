//! Dependency locks on the disk that lack what the kits need. What a person added to them is nobody's concern.

use kiln_base::RelPath;
use kiln_deps::python::{compare_requirements, locked_packages, merge_requirements, normalize};
use kiln_disk::{Action, FactAfter, Note, Row, Word};
use kiln_engine::compose::Plan;
use kiln_model::Ownership;

use crate::ops::Outcome;
use crate::ops::change::output_change;
use crate::ops::compare::Decision;
use crate::ops::old::{Parts, parts_of};
use crate::ops::project::Project;
use crate::ops::report::Finding;
use crate::ops::said::Words;

/// The largest lock that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// More packages than this are counted.
const SHOWN: usize = 4;

/// A finding for each dependency lock without all packages of the kits. What a sync would write is the lock on the
/// disk joined with them, so it names what is missing whatever a person added.
///
/// # Errors
/// A lock that cannot be read.
pub(crate) fn stale_locks(project: &Project, decisions: &[Decision]) -> Outcome<Vec<Finding>> {
    let locks = decisions.iter().filter(|one| one.ownership == Some(Ownership::Computed));
    let mut findings = Vec::new();
    for lock in locks {
        let adopted = lock.facts.iter().any(|fact| fact.adopted);
        if lock.observed.file().is_none() || !(adopted || output_change(lock).writes()) {
            continue;
        }
        let disk = text_of(project, &lock.path)?;
        let found = compare_requirements(&disk, &String::from_utf8_lossy(&lock.bytes));
        let told = [
            said(&lock.path, "lacks", &found.missing),
            said(&lock.path, "has other markers or hashes for", &found.differing),
        ];
        findings.extend(told.into_iter().flatten().map(|message| Finding {
            id: "dependency-lock-stale".to_owned(),
            path: Some(lock.path.as_str().to_owned()),
            kit: Some(lock.kit.clone()),
            message,
            hints: vec![if adopted {
                format!("join it with what the kits need: kiln sync --take {}", lock.path)
            } else {
                "put it right, your own packages stay: kiln sync".to_owned()
            }],
            fails: !adopted,
            ..Finding::default()
        }));
    }
    Ok(findings)
}

/// The text of a lock on the disk.
fn text_of(project: &Project, path: &RelPath) -> Outcome<String> {
    let bytes = project.root.read(path, LARGEST)?;
    Ok(String::from_utf8_lossy(&kiln_disk::normalise(&bytes)).into_owned())
}

/// Whether the lock at a place stays as it is because it stood there before kiln: `adopt` changes no byte of it, and
/// nothing does before the kits want something else. One that has all they need is a lock like any other.
pub(crate) fn stands_as_adopted(
    project: &Project,
    words: &Words,
    path: &RelPath,
    parts: &Parts,
    new: &[u8],
) -> bool {
    if words.of(path.as_str()) == Some(Word::Take) {
        return false;
    }
    let mut facts = project.sum.of(path).peekable();
    if facts.peek().is_some() {
        let facts: Vec<_> = facts.cloned().collect();
        return facts.iter().any(|fact| fact.adopted) && parts_of(&facts) == *parts;
    }
    if !project.asked.adopting {
        return false;
    }
    let Ok(disk) = text_of(project, path) else { return false };
    let new = String::from_utf8_lossy(new);
    merge_requirements(Some(&new), &disk, &new).text != disk
}

/// The decision over such a lock.
pub(crate) fn leave_as_adopted(decision: &mut Decision) {
    if decision.observed.file().is_none() {
        return;
    }
    decision.row = Row {
        action: Action::Leave,
        stop: None,
        finding: None,
        note: Some(Note::Customised),
        fact: FactAfter::New,
        ..decision.row
    };
    for fact in &mut decision.facts {
        fact.adopted = true;
    }
}

/// A finding for each package that a kit or the spec asks for, that the catalogue lacks, and that the person has not
/// locked in its stead.
///
/// # Errors
/// A lock that cannot be read.
pub(crate) fn incomplete_locks(
    project: &Project,
    plan: &Plan,
    decisions: &[Decision],
) -> Outcome<Vec<Finding>> {
    let mut findings = Vec::new();
    for action in &plan.actions {
        let mut lacking = action.lacking_packages().peekable();
        let at = decisions.iter().find(|decision| decision.path == action.path);
        let Some(decision) = at.filter(|_| lacking.peek().is_some()) else { continue };
        let path = &action.path;
        let text = match decision.row.action {
            Action::Leave if decision.observed.file().is_some() => text_of(project, path)?,
            _ => String::from_utf8_lossy(&decision.bytes).into_owned(),
        };
        let locked = locked_packages(&text);
        for (request, nearest) in lacking {
            if locked.contains(&normalize(&request.name)) {
                continue;
            }
            let name = &request.name;
            let meant = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
            let tool = format!(
                "run what the first lines of `{path}` say, in its folder: kiln keeps what it locks"
            );
            findings.push(Finding {
                id: "dependency-lock-incomplete".to_owned(),
                path: Some(path.as_str().to_owned()),
                kit: Some(action.kit_id.clone()),
                message: format!(
                    "`{path}` lacks `{name}`, which {} asks for: the catalogue does not have it",
                    request.contributed_by
                ),
                hints: meant.into_iter().chain([tool]).collect(),
                fails: true,
                ..Finding::default()
            });
        }
    }
    Ok(findings)
}

fn said(path: &RelPath, lacks: &str, packages: &[String]) -> Option<String> {
    if packages.is_empty() {
        return None;
    }
    let shown: Vec<String> = packages.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = packages.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("`{path}` {lacks} {}{more}, which the kits need", shown.join(", ")))
}
