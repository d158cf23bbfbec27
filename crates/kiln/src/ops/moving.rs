//! Outputs that stand elsewhere now: by the spec's `place`, by a renamed entity, by another version of their kit.
//!
//! What an output is does not depend on where it stands: it is its kit, the kit's file, and the item that the file is
//! repeated for. The same one at another path is a move, which takes a person's edits along.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{RelPath, sha256};
use kiln_disk::Observed;
use kiln_engine::compose::{Action, Output, Plan};
use kiln_model::Inputs;
use kiln_resolve::{Fact, Lock};

use crate::ops::compare::Open;
use crate::ops::project::{Project, Resolved};

/// Old place and new place.
pub(crate) type Moves = BTreeMap<RelPath, RelPath>;

/// Pairs places that kiln wrote and that the plan has no more (`gone`) with outputs that kiln never wrote where the
/// plan has them (`fresh`).
pub(crate) fn moves(
    project: &Project,
    resolved: &Resolved,
    lock: Option<&Lock>,
    old: Option<&Plan>,
    new: &Plan,
    gone: &BTreeSet<RelPath>,
    fresh: &BTreeSet<RelPath>,
) -> Moves {
    let renames = Renames::of(&project.spec.inputs);
    let mut moves = Moves::new();
    let mut taken = BTreeSet::new();
    let fresh_actions = || new.actions.iter().filter(|action| fresh.contains(&action.path));
    // A place that the spec names, and its end; unless another output had the kit's place.
    let was_home = |action: &&Action| {
        let before = old.and_then(|old| old.actions.iter().find(|one| one.path == action.home));
        before.is_none_or(|one| one.kit_id == action.kit_id && one.home == action.home)
    };
    let leaves = |action: &&Action| gone.contains(&action.home) && action.home != action.path;
    for action in fresh_actions().filter(leaves).filter(was_home) {
        moves.insert(action.home.clone(), action.path.clone());
        taken.insert(&action.path);
    }
    for (from, to) in moved_by_kits(lock, resolved, new) {
        let now = fresh_actions().find(|action| action.home == to);
        if let Some(now) = now.filter(|now| gone.contains(&from) && !taken.contains(&now.path))
            && !moves.contains_key(&from)
        {
            taken.insert(&now.path);
            moves.insert(from, now.path.clone());
        }
    }
    let Some(old) = old else { return moves };
    let same_home: BTreeMap<(&str, &RelPath), &Action> =
        new.actions.iter().map(|action| ((action.kit_id.as_str(), &action.home), action)).collect();
    for action in old.actions.iter().filter(|action| gone.contains(&action.path)) {
        let now = same_home.get(&(action.kit_id.as_str(), &action.home));
        if let Some(now) = now.filter(|now| fresh.contains(&now.path) && !taken.contains(&now.path))
            && !moves.contains_key(&action.path)
        {
            moves.insert(action.path.clone(), now.path.clone());
            taken.insert(&now.path);
        }
    }
    let mut before = BTreeMap::new();
    for action in old.actions.iter().filter(|action| gone.contains(&action.path)) {
        let list: &mut Vec<&RelPath> =
            before.entry(identity(action, renames.part(&action.part))).or_default();
        list.push(&action.path);
    }
    let mut after = BTreeMap::new();
    for action in fresh_actions().filter(|action| !taken.contains(&action.path)) {
        let list: &mut Vec<&RelPath> =
            after.entry(identity(action, action.part.clone())).or_default();
        list.push(&action.path);
    }
    for (identity, from) in before {
        // Several of one identity are repeated over a list: which became which, nobody knows.
        if let (&[from], Some(&[to])) = (&from[..], after.get(&identity).map(|list| &list[..]))
            && !moves.contains_key(from)
        {
            moves.insert(from.clone(), to.clone());
        }
    }
    moves
}

/// What an output is, wherever it stands: its kit, the kit's file, the item it is repeated for, the step it renders.
type Identity = (String, String, String, Option<String>);

fn identity(action: &Action, part: String) -> Identity {
    (action.kit_id.clone(), action.source.clone(), part, action.change.clone())
}

/// Of some places those that another output has now than before.
pub(crate) fn handed_on<'p>(
    project: &Project,
    old: &Plan,
    new: &Plan,
    places: impl Iterator<Item = &'p RelPath>,
) -> BTreeSet<RelPath> {
    let renames = Renames::of(&project.spec.inputs);
    let by_path = |plan: &'_ Plan| -> BTreeMap<RelPath, Action> {
        plan.actions.iter().map(|action| (action.path.clone(), action.clone())).collect()
    };
    let [before, now] = [by_path(old), by_path(new)];
    let mut counts: BTreeMap<Identity, usize> = BTreeMap::new();
    for action in &new.actions {
        *counts.entry(identity(action, action.part.clone())).or_default() += 1;
    }
    let is_other = |path: &&RelPath| {
        let (Some(was), Some(is)) = (before.get(*path), now.get(*path)) else { return false };
        let known = identity(is, is.part.clone());
        // Of several with one identity the kit's place says which is which.
        identity(was, renames.part(&was.part)) != known
            || (was.home != is.home && counts.get(&known).is_some_and(|&count| count > 1))
    };
    places.filter(is_other).cloned().collect()
}

/// An output that changes its place.
pub(crate) struct ChangeOfPlace {
    /// The old place.
    pub(crate) from: Open,
    pub(crate) output: Output,
    /// What stands at the new place, and what the sum says of it if nobody moves that away.
    pub(crate) there: Observed,
    pub(crate) facts_there: Vec<Fact>,
    /// What stands at the new place moves away in the same sync.
    pub(crate) vacated: bool,
    /// The person has moved it already, with all that stood in its way.
    pub(crate) by_person: bool,
}

/// Takes out of `open` what changes its place. What comes to stand where another output was, and was nowhere before,
/// finds nothing there.
pub(crate) fn changes_of_places(
    moves: &Moves,
    open: &mut BTreeMap<RelPath, Open>,
) -> Vec<ChangeOfPlace> {
    let moved = moved_by_person(moves, open);
    let mut outputs: BTreeMap<RelPath, Output> = moves
        .values()
        .filter_map(|to| Some((to.clone(), open.get_mut(to)?.output.take()?)))
        .collect();
    let mut changes = Vec::new();
    for (from, to) in moves {
        let (Some(source), Some(target)) = (open.get(from), open.get(to)) else { continue };
        let Some(output) = outputs.remove(to) else { continue };
        let vacated = moves.contains_key(to);
        changes.push(ChangeOfPlace {
            from: Open {
                path: from.clone(),
                output: None,
                observed: source.observed.clone(),
                facts: source.facts.clone(),
            },
            output,
            there: target.observed.clone(),
            facts_there: if vacated { Vec::new() } else { target.facts.clone() },
            vacated,
            by_person: moved.contains(from),
        });
    }
    for path in moves.keys().chain(moves.values()) {
        match open.get_mut(path) {
            // A new output in a place that becomes free.
            Some(one) if one.output.is_some() => one.facts.clear(),
            _ => drop(open.remove(path)),
        }
    }
    changes
}

/// Moves that hand places on and that a person has made already: each new place holds what the old one took in, and no
/// old place does.
fn moved_by_person(moves: &Moves, open: &BTreeMap<RelPath, Open>) -> BTreeSet<RelPath> {
    let holds = |place: &RelPath, facts: &RelPath| {
        let (Some(there), Some(taken)) = (open.get(place), open.get(facts)) else { return false };
        let Some(digest) = there.observed.file().map(|found| found.text) else { return false };
        let new = there.output.as_ref().is_some_and(|new| sha256(&new.bytes) == digest);
        let render = new && place != facts;
        render || taken.facts.iter().any(|fact| fact.digest == Some(digest))
    };
    let mut found = BTreeSet::new();
    for start in moves.keys().filter(|from| !moves.values().any(|to| to == *from)) {
        found.extend(by_person(chain(moves, start), moves, &holds));
    }
    for start in moves.keys().filter(|from| moves.values().any(|to| to == *from)) {
        let all = chain(moves, start);
        // Those in a circle have no beginning.
        if all.last().and_then(|last| moves.get(*last)) == Some(start) {
            found.extend(by_person(all, moves, &holds));
        }
    }
    found
}

/// The moves from a place on, each to the place that the next one leaves.
fn chain<'m>(moves: &'m Moves, start: &'m RelPath) -> Vec<&'m RelPath> {
    let mut all = vec![start];
    while let Some(next) = all.last().and_then(|last| moves.get_key_value(moves.get(*last)?)) {
        if all.contains(&next.0) {
            break;
        }
        all.push(next.0);
    }
    all
}

fn by_person<'m>(
    chain: Vec<&'m RelPath>,
    moves: &Moves,
    holds: &dyn Fn(&RelPath, &RelPath) -> bool,
) -> Vec<RelPath> {
    let made = |from: &&RelPath| holds(&moves[*from], from) && !holds(from, from);
    match chain.len() > 1 && chain.iter().all(made) {
        true => chain.into_iter().cloned().collect(),
        false => Vec::new(),
    }
}

/// Where outputs were with the locked versions of their kits, and where they are: the moves of all versions in between,
/// one after another.
fn moved_by_kits(old: Option<&Lock>, resolved: &Resolved, new: &Plan) -> Moves {
    let mut moves = Moves::new();
    for moved in &new.moved {
        let locked = old.and_then(|lock| lock.kits.get(&moved.kit_id));
        let kits = &resolved.resolution.kits;
        let now = kits.iter().find(|kit| kit.id() == moved.kit_id);
        let (Some(locked), Some(now)) = (locked, now) else { continue };
        if moved.version <= locked.version || moved.version > now.manifest.version {
            continue;
        }
        let earlier = moves.iter().find(|(_, to)| **to == moved.from).map(|(from, _)| from.clone());
        moves.insert(earlier.unwrap_or_else(|| moved.from.clone()), moved.to.clone());
    }
    moves
}

/// Old names of modules and entities with the new ones.
struct Renames(Vec<(String, String)>);

impl Renames {
    fn of(inputs: &Inputs) -> Self {
        let mut renames = Vec::new();
        for module in &inputs.modules {
            let old = module.was.as_ref().unwrap_or(&module.name);
            for entity in &module.entities {
                let was = entity.was.as_ref().unwrap_or(&entity.name);
                let item = |module: &str, entity: &str| format!("{module}.{entity}");
                renames.push((item(old, was), item(&module.name, &entity.name)));
            }
            renames.push((old.value.clone(), module.name.value.clone()));
        }
        renames.retain(|(old, new)| old != new);
        Self(renames)
    }

    /// A part of `kiln.sum` as it is called now.
    fn part(&self, part: &str) -> String {
        let Some((kit, item)) = part.split_once('/') else { return part.to_owned() };
        let new = self.0.iter().find(|(old, _)| old == item).map(|(_, new)| new.as_str());
        format!("{kit}/{}", new.unwrap_or(item))
    }
}
