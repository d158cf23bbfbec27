//! Bases: what an output had taken in, rendered again from an older lock and verified against the sum.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{RelPath, Sha256};
use kiln_disk::{Renders, Vault};
use kiln_engine::compose::Output;
use kiln_resolve::{Fact, Sum};

use crate::ops::project::{Project, read_sum};

/// What a path has taken in, by part.
pub(crate) type Parts = BTreeSet<(String, Sha256)>;

/// The facts of a path that have a digest.
pub(crate) fn parts_of<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> Parts {
    facts.into_iter().filter_map(|fact| Some((fact.part.clone(), fact.digest?))).collect()
}

/// The parts of a rendered output.
pub(crate) fn parts_of_output(output: &Output) -> Parts {
    output.facts.iter().map(|fact| (fact.part.clone(), fact.digest)).collect()
}

/// Renders `wanted` from the lock on the disk before solving, then from those in the vault, and keeps what is exactly
/// what the sum says.
pub(crate) fn bases(
    project: &Project,
    vault: Option<&Vault>,
    wanted: &BTreeMap<RelPath, Parts>,
) -> BTreeMap<RelPath, Vec<u8>> {
    let mut found = BTreeMap::new();
    if wanted.is_empty() {
        return found;
    }
    let kept = vault.and_then(|vault| vault.locks().ok()).unwrap_or_default();
    for text in project.lock_text.iter().chain(&kept) {
        if wanted.keys().all(|path| found.contains_key(path)) {
            break;
        }
        let Some(plan) = project.plan_of_lock(text) else { continue };
        let open = |path: &RelPath| wanted.contains_key(path) && !found.contains_key(path);
        let Ok(outputs) = plan.render_some(open) else { continue };
        for output in outputs {
            if wanted.get(&output.path) == Some(&parts_of_output(&output)) {
                found.insert(output.path, output.bytes);
            }
        }
    }
    found
}

/// Renders for the transaction: from a lock's text alone.
pub(crate) struct FromLocks<'p>(pub(crate) &'p Project);

impl Renders for FromLocks<'_> {
    fn render(&self, lock: &str, paths: &[RelPath]) -> BTreeMap<RelPath, Vec<u8>> {
        let wanted: BTreeSet<&RelPath> = paths.iter().collect();
        let outputs = self
            .0
            .plan_of_lock(lock)
            .and_then(|plan| plan.render_some(|path| wanted.contains(path)).ok());
        outputs.into_iter().flatten().map(|output| (output.path, output.bytes)).collect()
    }

    fn mix_sum(&self, before: &str, after: &str, older: &BTreeSet<RelPath>) -> String {
        let read = |text: &str| read_sum(Some(text)).unwrap_or_default();
        let keep = |sum: Sum, older_ones: bool| {
            sum.facts.into_iter().filter(move |fact| older.contains(&fact.path) == older_ones)
        };
        let facts = keep(read(before), true).chain(keep(read(after), false)).collect();
        Sum { facts, had_markers: false }.write()
    }
}
