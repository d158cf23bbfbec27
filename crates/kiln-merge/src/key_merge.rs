//! Three-way merge of documents by key: what it comes to, and where both sides changed one key differently.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::key::{KeyGlob, KeyPath};
use crate::tree::{Member, Node, Plan, Slot};
use crate::value::Value;

mod lists;

/// A value of one side and its place in that side's text (with LF line ends), in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The value.
    pub value: Value,
    /// Its place.
    pub span: Range<usize>,
}

/// A key that cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyConflict {
    /// The key; the empty path is the whole document. A number is the place in a list of the base.
    pub path: KeyPath,
    /// The outermost list that it lies in, if it does: places in lists mean nothing at another time, its path does.
    pub list: Option<KeyPath>,
    /// What the base has; `None` if the key is absent there.
    pub base: Option<Found>,
    /// What the person has; `None` if the key is absent there.
    pub yours: Option<Found>,
    /// What kiln has now; `None` if the key is absent there.
    pub theirs: Option<Found>,
    /// Why, if it is not that both sides changed the key.
    pub why: Option<String>,
}

/// The plan for yours with theirs as the other text, and the conflicts; where there is one, yours stays in the plan.
/// Without a base, what only one has stays.
pub(crate) fn plan(
    base: Option<&Node>,
    yours: &Node,
    theirs: &Node,
    foreign: &[KeyGlob],
    taken: &[KeyGlob],
) -> (Plan, Vec<KeyConflict>) {
    let mut merge = KeyMerge { foreign, taken, conflicts: Vec::new() };
    let plan = merge.node(base, yours, theirs, &KeyPath::default());
    let mut conflicts = merge.conflicts;
    for conflict in &mut conflicts {
        let roots = [base, Some(yours), Some(theirs)].into_iter().flatten();
        conflict.list = roots.filter_map(|root| list_on_the_way(root, &conflict.path)).min();
    }
    (plan, conflicts)
}

/// The outermost list that a path leads through.
fn list_on_the_way(root: &Node, path: &KeyPath) -> Option<KeyPath> {
    let mut node = root;
    for (depth, key) in path.0.iter().enumerate() {
        if node.is_plain_list() {
            return Some(KeyPath(path.0[..depth].to_vec()));
        }
        node = node.get(key)?;
    }
    None
}

struct KeyMerge<'a> {
    foreign: &'a [KeyGlob],
    taken: &'a [KeyGlob],
    conflicts: Vec<KeyConflict>,
}

fn found(node: Option<&Node>) -> Option<Found> {
    node.map(|node| Found { value: node.value(), span: node.span.clone() })
}

fn same(a: &Node, b: &Node) -> bool {
    a.means(b)
}

/// Where each key stands.
fn index(members: &[Member]) -> BTreeMap<&str, usize> {
    members.iter().enumerate().map(|(at, member)| (member.key.as_str(), at)).collect()
}

/// True if the longer list has the elements of the shorter one, in their order.
fn within(shorter: &Node, longer: &Node) -> bool {
    let mut rest = longer.items().iter();
    shorter.items().iter().all(|item| rest.any(|other| other.means(item)))
}

impl KeyMerge<'_> {
    fn is_foreign(&self, path: &KeyPath) -> bool {
        self.foreign.iter().any(|glob| glob.matches(path))
    }

    /// Notes a conflict, unless it is said whose value shall stand there; true if it is kiln's.
    fn conflict(
        &mut self,
        path: &KeyPath,
        base: Option<&Node>,
        yours: Option<&Node>,
        theirs: Option<&Node>,
    ) -> bool {
        if self.taken.iter().any(|glob| glob.matches(path)) {
            return true;
        }
        // Keys of maps were looked at before; this is an element of a list.
        if self.is_foreign(path) {
            return false;
        }
        self.conflicts.push(KeyConflict {
            path: path.clone(),
            list: None,
            base: found(base),
            yours: found(yours),
            theirs: found(theirs),
            why: None,
        });
        false
    }

    fn node(&mut self, base: Option<&Node>, yours: &Node, theirs: &Node, path: &KeyPath) -> Plan {
        if yours.is_plain_map() && theirs.is_plain_map() {
            if self.foreign.is_empty() && base.is_some_and(|base| same(base, theirs)) {
                return Plan::Keep;
            }
            let base = base.filter(|base| base.is_plain_map());
            return self.map(base, yours, Some(theirs), path);
        }
        if same(yours, theirs) || base.is_some_and(|base| same(base, theirs)) {
            return Plan::Keep;
        }
        if yours.is_plain_list() && theirs.is_plain_list() {
            if let Some(base) = base.filter(|base| base.is_plain_list()) {
                return self.list(base, yours, theirs, path);
            }
            // Both made a list: which order its elements have to each other nobody knows, unless one has them all.
            if within(yours, theirs) {
                return Plan::Take;
            } else if within(theirs, yours) {
                return Plan::Keep;
            }
        }
        if base.is_some_and(|base| same(base, yours)) {
            return Plan::Take;
        }
        if self.conflict(path, base, Some(yours), Some(theirs)) { Plan::Take } else { Plan::Keep }
    }

    /// `theirs` is absent where kiln has the whole map no longer.
    fn map(
        &mut self,
        base: Option<&Node>,
        yours: &Node,
        theirs: Option<&Node>,
        path: &KeyPath,
    ) -> Plan {
        let donors = theirs.map_or(&[][..], Node::members);
        let mut slots: Vec<Slot> = Vec::with_capacity(yours.members().len() + 2);
        let (in_base, in_yours, in_theirs) =
            (index(base.map_or(&[][..], Node::members)), index(yours.members()), index(donors));
        let old = |key: &str| {
            let at = in_base.get(key)?;
            base.map(|base| &base.members()[*at].node)
        };
        for (at, member) in yours.members().iter().enumerate() {
            let path = path.join(&member.key);
            let partner = in_theirs.get(member.key.as_str()).copied();
            let old = old(&member.key);
            let plan = match partner {
                _ if self.is_foreign(&path) => Some(Plan::Keep),
                Some(partner) => Some(self.node(old, &member.node, &donors[partner].node, &path)),
                None => self.gone_from_theirs(old, &member.node, &path),
            };
            if let Some(plan) = plan {
                slots.push(Slot::Ours { at, partner, plan });
            }
        }
        for (at, donor) in donors.iter().enumerate() {
            let path = path.join(&donor.key);
            if in_yours.contains_key(donor.key.as_str()) || self.is_foreign(&path) {
                continue;
            }
            match old(&donor.key) {
                None => insert(&mut slots, at),
                Some(old) if same(old, &donor.node) => {}
                old => {
                    if self.conflict(&path, old, None, Some(&donor.node)) {
                        insert(&mut slots, at);
                    }
                }
            }
        }
        let plan = Plan::Map(slots);
        if plan.changes_nothing(yours) { Plan::Keep } else { plan }
    }

    /// What becomes of a value of yours that theirs has no longer or never had; `None`: it goes.
    fn gone_from_theirs(
        &mut self,
        base: Option<&Node>,
        yours: &Node,
        path: &KeyPath,
    ) -> Option<Plan> {
        let Some(base) = base else { return Some(Plan::Keep) };
        let foreign_below = self.foreign.iter().any(|glob| glob.reaches_below(path));
        if same(base, yours) && !foreign_below {
            return None;
        }
        if base.is_plain_map() && yours.is_plain_map() {
            // What the person added to a map stays when kiln gives the map up.
            let plan = self.map(Some(base), yours, None, path);
            let nothing = plan.value(yours, None) == Value::Map(Vec::new());
            return if nothing { None } else { Some(plan) };
        }
        if same(base, yours) {
            return None;
        }
        let taken = self.conflict(path, Some(base), Some(yours), None);
        (!taken).then_some(Plan::Keep)
    }
}

/// Puts a member of theirs behind the one that it follows there, or first, or last if that one is gone.
fn insert(slots: &mut Vec<Slot>, at: usize) {
    let before = |slot: &Slot| match slot {
        Slot::Theirs(other) => *other < at,
        Slot::Ours { partner, .. } => partner.is_some_and(|partner| partner < at),
    };
    let follows = slots.iter().rposition(before);
    let precedes = slots.iter().position(|slot| match slot {
        Slot::Theirs(other) => *other > at,
        Slot::Ours { partner, .. } => partner.is_some_and(|partner| partner > at),
    });
    let place = match (follows, precedes) {
        (Some(follows), _) => follows + 1,
        (None, Some(precedes)) => precedes,
        (None, None) => slots.len(),
    };
    slots.insert(place, Slot::Theirs(at));
}

#[cfg(test)]
mod tests;
