//! Dependency locks on the disk that lack what the kits need. What a person added to them is nobody's concern.

use kiln_deps::python::compare_requirements;
use kiln_model::Ownership;

use crate::ops::Outcome;
use crate::ops::change::output_change;
use crate::ops::compare::Decision;
use crate::ops::project::Project;
use crate::ops::report::Finding;

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
    for lock in locks.filter(|lock| output_change(lock).writes()) {
        if lock.observed.file().is_none() {
            continue;
        }
        let disk = project.root.read(&lock.path, LARGEST)?;
        let disk = String::from_utf8_lossy(&kiln_disk::normalise(&disk)).into_owned();
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
            hints: vec!["put it right, your own packages stay: kiln sync".to_owned()],
            fails: true,
            ..Finding::default()
        }));
    }
    Ok(findings)
}

fn said(path: &kiln_base::RelPath, lacks: &str, packages: &[String]) -> Option<String> {
    if packages.is_empty() {
        return None;
    }
    let shown: Vec<String> = packages.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = packages.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("`{path}` {lacks} {}{more}, which the kits need", shown.join(", ")))
}
