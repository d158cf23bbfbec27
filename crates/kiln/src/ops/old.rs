//! Bases: what an output had taken in, rendered again from an older lock and verified against the sum.
//!
//! Locks are tried in this order: the one on the disk before solving, those in the vault, those that git remembers. An
//! output into which two branches went has taken in parts that no single lock renders: its base is put together from
//! the renders of both, part by part verified like any other.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{RelPath, Sha256};
use kiln_disk::{Renders, Vault};
use kiln_engine::compose::{Output, Plan};
use kiln_git::Repository;
use kiln_merge::{Labels, MergeInput, Outcome};
use kiln_resolve::{Fact, Sum};

use crate::ops::old_kits::plan_at;
use crate::ops::project::{LOCK, Project, read_sum};

/// What a path has taken in, by part.
pub(crate) type Parts = BTreeSet<(String, Sha256)>;

/// How many different renders of one output are kept to put a base together from.
const MOST_CANDIDATES: usize = 8;

/// The facts of a path that have a digest.
pub(crate) fn parts_of<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> Parts {
    facts.into_iter().filter_map(|fact| Some((fact.part.clone(), fact.digest?))).collect()
}

/// The parts of a rendered output.
pub(crate) fn parts_of_output(output: &Output) -> Parts {
    output.facts.iter().map(|fact| (fact.part.clone(), fact.digest)).collect()
}

/// Renders `wanted` from earlier locks and keeps what is exactly what the sum says.
pub(crate) fn bases(
    project: &Project,
    vault: Option<&Vault>,
    wanted: &BTreeMap<RelPath, Parts>,
) -> BTreeMap<RelPath, Vec<u8>> {
    if wanted.is_empty() {
        return BTreeMap::new();
    }
    let kept = vault.and_then(|vault| vault.locks().ok()).unwrap_or_default();
    let mut search = Search::new(project, wanted);
    for text in project.lock_text.iter().chain(&kept) {
        if search.is_done() {
            break;
        }
        search.look(text, || project.plan_of_lock(text));
    }
    if !search.is_done() {
        search.look_in_git();
    }
    search.put_together();
    search.found
}

/// The search for the bases of some outputs.
struct Search<'a> {
    project: &'a Project,
    wanted: &'a BTreeMap<RelPath, Parts>,
    /// What two branches changed in one part has two facts; the new render is not its base.
    new: BTreeMap<RelPath, Parts>,
    found: BTreeMap<RelPath, Vec<u8>>,
    candidates: BTreeMap<RelPath, Vec<(Parts, Vec<u8>)>>,
    seen: BTreeSet<String>,
}

impl<'a> Search<'a> {
    fn new(project: &'a Project, wanted: &'a BTreeMap<RelPath, Parts>) -> Self {
        let twofold: BTreeSet<&RelPath> =
            wanted.iter().filter(|(_, parts)| is_twofold(parts)).map(|(path, _)| path).collect();
        let plan = || project.plan(&project.resolve().ok()?).ok();
        let outputs = if twofold.is_empty() { None } else { plan() }
            .and_then(|plan| plan.render_some(|path| twofold.contains(path)).ok());
        let parts = |output: Output| (output.path.clone(), parts_of_output(&output));
        Self {
            project,
            wanted,
            new: outputs.into_iter().flatten().map(parts).collect(),
            found: BTreeMap::new(),
            candidates: BTreeMap::new(),
            seen: BTreeSet::new(),
        }
    }

    fn is_done(&self) -> bool {
        self.wanted.keys().all(|path| self.found.contains_key(path))
    }

    /// Whether an output with these parts is the base of a path: it holds what the path has taken in, and is not what
    /// the path has yet to take in.
    fn fits(&self, path: &RelPath, parts: &Parts) -> bool {
        let Some(wanted) = self.wanted.get(path) else { return false };
        if !is_twofold(wanted) {
            return wanted == parts;
        }
        let names = |parts: &Parts| -> BTreeSet<String> {
            parts.iter().map(|(part, _)| part.clone()).collect()
        };
        parts.is_subset(wanted)
            && names(parts) == names(wanted)
            && self.new.get(path).is_some_and(|new| new != parts)
    }

    /// Renders what is open from one lock.
    fn look(&mut self, text: &str, plan: impl FnOnce() -> Option<Plan>) {
        if !self.seen.insert(text.to_owned()) {
            return;
        }
        if let Some(plan) = plan() {
            self.take(&plan);
        }
    }

    fn take(&mut self, plan: &Plan) {
        let open =
            |path: &RelPath| self.wanted.contains_key(path) && !self.found.contains_key(path);
        let Ok(outputs) = plan.render_some(open) else { return };
        for output in outputs {
            let parts = parts_of_output(&output);
            if self.fits(&output.path, &parts) {
                self.found.insert(output.path, output.bytes);
                continue;
            }
            let candidates = self.candidates.entry(output.path).or_default();
            if candidates.len() < MOST_CANDIDATES
                && candidates.iter().all(|(known, _)| *known != parts)
            {
                candidates.push((parts, output.bytes));
            }
        }
    }

    fn look_in_git(&mut self) {
        let (Some(repository), Ok(path)) =
            (Repository::of(self.project.root.path()), RelPath::new(LOCK))
        else {
            return;
        };
        let libraries = self.project.spec.libraries.iter();
        let beside: Vec<RelPath> =
            libraries.filter_map(|library| RelPath::new(&library.path.value).ok()).collect();
        for version in repository.earlier(&path, &beside) {
            let Ok(text) = String::from_utf8(version.bytes) else { continue };
            let text = text.replace("\r\n", "\n");
            let project = self.project;
            self.look(&text, || project.plan_of_lock(&text));
            // Kits of this repository are not in the lock's digest: what they were then is in the same commit.
            if !self.is_done()
                && let Some(plan) = plan_at(project, &repository, &version.commit, &text)
            {
                self.take(&plan);
            }
            if self.is_done() {
                break;
            }
        }
    }

    /// Puts bases together for what is still open: two renders merged over a third, where the facts, merged in the same
    /// way, are what the sum says.
    fn put_together(&mut self) {
        let open: Vec<RelPath> = self
            .candidates
            .keys()
            .filter(|path| !self.found.contains_key(*path))
            .cloned()
            .collect();
        for path in open {
            if let Some(bytes) = self.put_one_together(&path) {
                self.found.insert(path, bytes);
            }
        }
    }

    fn put_one_together(&self, path: &RelPath) -> Option<Vec<u8>> {
        let candidates = self.candidates.get(path)?;
        let labels = Labels::kiln("", "");
        for (at, (ours, yours)) in candidates.iter().enumerate() {
            for (theirs, other) in &candidates[at + 1..] {
                for (before, base) in candidates {
                    let parts = merged(before, ours, theirs);
                    if !parts.is_some_and(|parts| self.fits(path, &parts)) {
                        continue;
                    }
                    let input = MergeInput {
                        path: path.as_str(),
                        base,
                        yours,
                        theirs: other,
                        labels: &labels,
                        foreign: &[],
                        taken: &[],
                    };
                    if let Outcome::Clean { text, close } = kiln_merge::merge(&input)
                        && close.is_empty()
                    {
                        return Some(text.into_bytes());
                    }
                }
            }
        }
        None
    }
}

/// Some part has two facts: two branches changed it.
fn is_twofold(parts: &Parts) -> bool {
    let names: BTreeSet<&str> = parts.iter().map(|(part, _)| part.as_str()).collect();
    names.len() < parts.len()
}

/// Parts of two renders over a third; none if both changed one of them.
fn merged(before: &Parts, ours: &Parts, theirs: &Parts) -> Option<Parts> {
    let by_name = |parts: &Parts| -> BTreeMap<String, Sha256> { parts.iter().cloned().collect() };
    let [before, ours, theirs] = [before, ours, theirs].map(by_name);
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut parts = Parts::new();
    for name in names {
        let [was, mine, other] = [&before, &ours, &theirs].map(|side| side.get(name));
        let digest = match () {
            () if mine == other || other == was => mine,
            () if mine == was => other,
            () => return None,
        };
        parts.extend(digest.map(|digest| (name.clone(), *digest)));
    }
    Some(parts)
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
            let all = sum.facts().clone().into_iter();
            all.filter(move |fact| older.contains(&fact.path) == older_ones)
        };
        let facts = keep(read(before), true).chain(keep(read(after), false));
        facts.collect::<Sum>().write()
    }
}
