//! Outputs that stand elsewhere now: by the spec's `place`, by a renamed entity, by another version of their kit.
//!
//! What an output is does not depend on where it stands: it is its kit, the kit's file, and the item that the file is
//! repeated for. The same one at another path is a move, which takes a person's edits along.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::RelPath;
use kiln_engine::compose::{Action, Plan};
use kiln_model::Inputs;
use kiln_resolve::Lock;

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
    // A place that the spec names, and its end.
    for action in fresh_actions().filter(|action| gone.contains(&action.home)) {
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
    let identity = |action: &Action, part: String| {
        (action.kit_id.clone(), action.source.clone(), part, action.change.clone())
    };
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
