//! Rendered × sum × disk: what is to be done with every output.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{RelPath, Source, sha256};
use kiln_disk::{Index, LineEnds, Observed, Row, Vault, observe, observe_and_refresh};
use kiln_engine::compose::{Output, Plan};
use kiln_merge::{CloseMerge, KeyConflict};
use kiln_model::Ownership as Owned;
use kiln_resolve::{Fact, Lock, read_lock};

use crate::ops::Outcome;
use crate::ops::change::puts;
use crate::ops::decide::{Decider, Place};
use crate::ops::moving::{Moves, changes_of_places, handed_on, moves};
use crate::ops::old::{Parts, bases, parts_of, parts_of_output};
use crate::ops::project::{LOCK, Project, Resolved};
use crate::ops::said::Words;
use crate::ops::unreadable::Unreadable;

/// What is to be done with one path.
pub(crate) struct Decision {
    pub(crate) path: RelPath,
    pub(crate) kit: String,
    pub(crate) ownership: Option<Owned>,
    pub(crate) observed: Observed,
    pub(crate) row: Row,
    /// What shall stand there.
    pub(crate) bytes: Vec<u8>,
    /// How its lines shall end.
    pub(crate) line_ends: LineEnds,
    /// The bytes are the render itself, so that a lock gives them again.
    pub(crate) rendered: bool,
    pub(crate) executable: bool,
    /// A fact was there before.
    pub(crate) known_before: bool,
    /// The facts afterwards.
    pub(crate) facts: Vec<Fact>,
    /// Findings and notes that the join of a dependency lock makes.
    pub(crate) diverged: Vec<String>,
    /// What is to be looked over after a merge.
    pub(crate) close: Vec<CloseMerge>,
    /// Conflicts with markers in the bytes.
    pub(crate) conflicts: usize,
    /// The conflicts are resolved as they were the last time.
    pub(crate) remembered: bool,
    /// The line of the first marker, in what stands there or will stand there.
    pub(crate) marker: Option<usize>,
    /// Why it is not merged by its keys although it is a document.
    pub(crate) unread: Option<Unreadable>,
    /// Keys of a document that both changed: nothing is written.
    pub(crate) keys: Vec<KeyConflict>,
    /// A word of the person for the path changed what is done.
    pub(crate) decided: bool,
    /// The keys of a document that both changed, before anything was said of them; only if something was.
    pub(crate) in_question: Vec<kiln_merge::KeyPath>,
    /// Where it stood, if the move is made now.
    pub(crate) moved: Option<MovedFrom>,
    /// What it started from and what kiln has now, if they were merged.
    pub(crate) merged_from: Option<MergedFrom>,
}

/// The old place of an output.
pub(crate) struct MovedFrom {
    pub(crate) path: RelPath,
    pub(crate) observed: Observed,
    pub(crate) backup: kiln_disk::Backup,
    /// The new place holds the bytes already.
    pub(crate) done: bool,
    /// Another output comes to stand there.
    pub(crate) handed_on: bool,
}

/// The versions of a merge, for those who look at its resolution later.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct MergedFrom {
    pub(crate) base: String,
    pub(crate) yours: String,
    pub(crate) theirs: String,
}

/// All decisions, by path.
pub(crate) struct Compared {
    pub(crate) decisions: Vec<Decision>,
    /// The index after looking, if it was asked for.
    pub(crate) index: Option<Index>,
}

/// Whether the index is refreshed: only what writes does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    Yes,
    No,
    /// It is not even believed: every output is read.
    Ignore,
}

/// A path with what the plan, the sum and the disk say of it.
pub(crate) struct Open {
    pub(crate) path: RelPath,
    pub(crate) output: Option<Output>,
    pub(crate) observed: Observed,
    pub(crate) facts: Vec<Fact>,
}

pub(crate) fn compare(
    project: &Project,
    resolved: &Resolved,
    vault: Option<&Vault>,
    plan: &Plan,
    outputs: Vec<Output>,
    words: &Words,
    refresh: Refresh,
) -> Outcome<Compared> {
    let mut by_path: BTreeMap<RelPath, Option<Output>> =
        outputs.into_iter().map(|output| (output.path.clone(), Some(output))).collect();
    for fact in project.sum.facts() {
        by_path.entry(fact.path.clone()).or_insert(None);
    }
    let paths: Vec<RelPath> = by_path.keys().cloned().collect();
    let words = &words.narrowed(paths.iter().map(RelPath::as_str));
    let mut index = match refresh {
        Refresh::Ignore => Index::default(),
        Refresh::Yes | Refresh::No => Index::load(&project.root),
    };
    let observed = match refresh {
        Refresh::Yes => observe_and_refresh(&project.root, &paths, &mut index)?,
        Refresh::No | Refresh::Ignore => observe(&project.root, &paths, &index)?,
    };
    let index = (refresh == Refresh::Yes).then_some(index);
    let mut facts: BTreeMap<&RelPath, Vec<Fact>> = BTreeMap::new();
    let asked = &project.asked;
    for fact in project.sum.facts().iter().filter(|fact| !asked.reseeded.contains(&fact.path)) {
        facts.entry(&fact.path).or_default().push(fact.clone());
    }
    let mut open: BTreeMap<RelPath, Open> = BTreeMap::new();
    for ((path, output), observed) in by_path.into_iter().zip(observed) {
        let facts = facts.remove(&path).unwrap_or_default();
        open.insert(path.clone(), Open { path, output, observed, facts });
    }
    let excluded: BTreeSet<&RelPath> = plan.excluded.iter().collect();
    let old = Old::of(project, resolved, vault, plan, &open, &excluded);
    let wanted: BTreeMap<RelPath, Parts> = open
        .values()
        .filter(|one| {
            let output = old.moves.get(&one.path).map_or(one.output.as_ref(), |to| {
                open.get(to).and_then(|target| target.output.as_ref())
            });
            needs_base(output, &one.facts, &one.observed, old.moves.contains_key(&one.path))
        })
        .map(|one| (one.path.clone(), parts_of(&one.facts)))
        .collect();
    let mut bases = bases(project, vault, &wanted);
    let decider = Decider::new(project, resolved, vault, words);
    let mut decisions = Vec::with_capacity(open.len());
    for change in changes_of_places(&old.moves, &mut open) {
        let base = bases.remove(&change.from.path);
        decisions.push(decider.changed_place(change, base)?);
    }
    for one in open.into_values() {
        let base = bases.remove(&one.path);
        let place = Place { path: one.path, observed: one.observed, facts: one.facts };
        decisions.push(match one.output {
            Some(output) if old.moves.contains_key(&place.path) => {
                decider.in_free_place(output, place)?
            }
            Some(output) => decider.planned(output, place, base)?,
            None => {
                let ejected = asked.ejecting && !decider.keeps(&place.path, &place.facts);
                let excluded = (excluded.contains(&place.path) || ejected)
                    && !asked.removed.contains(&place.path);
                decider.left(place, base, excluded)
            }
        });
    }
    let written: BTreeSet<RelPath> =
        decisions.iter().filter(|one| puts(one)).map(|one| one.path.clone()).collect();
    for moved in decisions.iter_mut().filter_map(|decision| decision.moved.as_mut()) {
        moved.handed_on = written.contains(&moved.path);
    }
    decisions.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Compared { decisions, index })
}

/// What the plan of the lock on the disk tells of places that the plan has no more.
#[derive(Default)]
struct Old {
    moves: Moves,
}

impl Old {
    fn of(
        project: &Project,
        resolved: &Resolved,
        vault: Option<&Vault>,
        plan: &Plan,
        open: &BTreeMap<RelPath, Open>,
        excluded: &BTreeSet<&RelPath>,
    ) -> Self {
        let left = |one: &&Open| one.output.is_none() && !excluded.contains(&one.path);
        let mut gone: BTreeSet<RelPath> =
            open.values().filter(left).map(|one| one.path.clone()).collect();
        let changed = match places_may_change(project, resolved) {
            true => open.values().filter_map(changed_render).collect(),
            false => BTreeMap::new(),
        };
        if gone.is_empty() && changed.is_empty() {
            return Self::default();
        }
        let new = |one: &&Open| one.output.is_some() && one.facts.is_empty();
        let mut fresh: BTreeSet<RelPath> =
            open.values().filter(new).map(|one| one.path.clone()).collect();
        let old = plan_that_wrote(project, vault, &gone, &changed);
        let lock = old.as_ref().map(|(lock, _)| lock).or(project.lock.as_ref());
        let plans = old.as_ref().map(|(_, plan)| plan);
        if let Some(before) = plans {
            let others = handed_on(project, before, plan, changed.keys());
            gone.extend(others.iter().cloned());
            fresh.extend(others);
        }
        Self { moves: moves(project, resolved, lock, plans, plan, &gone, &fresh) }
    }
}

/// Whether an output may stand where another one stood: places or names are others, or the lock has moved on before.
fn places_may_change(project: &Project, resolved: &Resolved) -> bool {
    let Some(lock) = &project.lock else { return true };
    let places = |inputs: &kiln_model::Inputs| -> BTreeMap<String, String> {
        let pair = |place: &kiln_model::Place| (place.from.value.clone(), place.to.value.clone());
        inputs.places.iter().map(pair).collect()
    };
    let entities = |inputs: &kiln_model::Inputs| -> Vec<(String, Vec<String>)> {
        let modules = inputs.modules.iter().map(|module| {
            let entities = module.entities.iter().map(|entity| entity.name.value.clone());
            (module.name.value.clone(), entities.collect())
        });
        modules.collect()
    };
    let spec = &project.spec.inputs;
    resolved.stale.is_empty()
        || places(&lock.inputs) != places(spec)
        || entities(&lock.inputs) != entities(spec)
}

/// What a path has taken in, where its render is another one now.
fn changed_render(one: &Open) -> Option<(RelPath, Parts)> {
    let output = one.output.as_ref()?;
    let parts = parts_of(&one.facts);
    (!parts.is_empty() && parts != parts_of_output(output)).then(|| (one.path.clone(), parts))
}

/// The lock, and its plan, that has most of the places that the sum knows and the new plan has not, and renders most of
/// what is there and changes: usually the one on the disk, but after `kiln lock` the one that was kept.
fn plan_that_wrote(
    project: &Project,
    vault: Option<&Vault>,
    gone: &BTreeSet<RelPath>,
    changed: &BTreeMap<RelPath, Parts>,
) -> Option<(Lock, Plan)> {
    let rendered = |plan: &Plan| {
        let outputs = match changed.is_empty() {
            true => Vec::new(),
            false => plan.render_some(|path| changed.contains_key(path)).unwrap_or_default(),
        };
        let same = |output: &&Output| changed.get(&output.path) == Some(&parts_of_output(output));
        outputs.iter().filter(same).count()
    };
    let kept = vault.and_then(|vault| vault.locks().ok()).unwrap_or_default();
    let mut best: Option<(usize, Lock, Plan)> = None;
    for text in project.lock_text.iter().chain(&kept) {
        let lock = read_lock(&Source::new(LOCK, text.as_str())).ok();
        let Some((lock, plan)) = lock.zip(project.plan_of_lock(text)) else { continue };
        let covered = plan.actions.iter().filter(|action| gone.contains(&action.path)).count()
            + rendered(&plan);
        if best.as_ref().is_none_or(|(most, ..)| covered > *most) {
            best = Some((covered, lock, plan));
        }
        if covered >= gone.len() + changed.len() {
            break;
        }
    }
    best.map(|(_, lock, plan)| (lock, plan))
}

/// Whether the base of an output matters: the disk has something else than the render, and the sum says that it has
/// taken in something else.
fn needs_base(output: Option<&Output>, facts: &[Fact], observed: &Observed, moved: bool) -> bool {
    let parts = parts_of(facts);
    if parts.is_empty() {
        return false;
    }
    let Some(found) = observed.file() else { return moved };
    match output {
        Some(output) => found.text != sha256(&output.bytes) && parts != parts_of_output(output),
        // One fact says the digest of the whole file; of several parts the file must be put together again.
        None => parts.len() > 1,
    }
}
