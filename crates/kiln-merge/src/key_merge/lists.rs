//! Three-way merge of lists: elements are known by their value, or by what names them where a side changed them.

use crate::diff::{Hunk, diff};
use crate::key::KeyPath;
use crate::lines::numbered_by;
use crate::tree::{Node, Plan, Slot};
use crate::value::Value;

use super::KeyMerge;

impl KeyMerge<'_> {
    pub(super) fn list(
        &mut self,
        base: &Node,
        yours: &Node,
        theirs: &Node,
        path: &KeyPath,
    ) -> Plan {
        let values = |node: &Node| node.items().iter().map(Node::value).collect::<Vec<_>>();
        let (old, ours, new) = (values(base), values(yours), values(theirs));
        let left = Edits::of(&old, &ours);
        let right = Edits::of(&old, &new);
        let mut slots = Vec::with_capacity(ours.len() + 2);
        let moved = |value: &Value, gone: &Edits| {
            old.iter().zip(&gone.items).any(|(o, edit)| o == value && *edit == Edit::Removed)
        };
        for gap in 0..=old.len() {
            let path = path.join(&gap.to_string());
            for &at in &left.added[gap] {
                // What the person moved and kiln removed is gone; so is the reverse.
                if moved(&ours[at], &right) && !new.contains(&ours[at]) {
                    continue;
                }
                // Both added the same thing, each in its own way.
                let twin = right.added[gap].iter().copied().find(|&other| {
                    new[other] != ours[at]
                        && name(&new[other]).is_some()
                        && name(&new[other]) == name(&ours[at])
                });
                let plan = twin.map_or(Plan::Keep, |other| {
                    self.node(None, &yours.items()[at], &theirs.items()[other], &path)
                });
                slots.push(Slot::Ours { at, partner: twin, plan });
            }
            for &at in &right.added[gap] {
                let paired = slots.iter().any(|slot| is_partner(slot, at));
                if !paired && !left.brings(&ours, &new[at]) && !moved(&new[at], &left) {
                    slots.push(Slot::Theirs(at));
                }
            }
            // What kiln put in the place of an element may stand elsewhere already, by the person's hand.
            if let (Some(Edit::Kept(_)), Some(Edit::Changed(at))) =
                (left.items.get(gap), right.items.get(gap))
                && left.brings(&ours, &new[*at])
            {
                continue;
            }
            if let (Some(left), Some(right)) = (left.items.get(gap), right.items.get(gap)) {
                let base = Some(&base.items()[gap]);
                slots.extend(self.element(base, (yours, theirs), *left, *right, &path));
            }
        }
        self.without_twins(&mut slots, (yours, &ours), (theirs, &new), path);
        let plan = Plan::List(slots);
        if plan.changes_nothing(yours) { Plan::Keep } else { plan }
    }

    fn element(
        &mut self,
        base: Option<&Node>,
        (yours, theirs): (&Node, &Node),
        left: Edit,
        right: Edit,
        path: &KeyPath,
    ) -> Option<Slot> {
        let ours = |at: usize| Slot::Ours { at, partner: None, plan: Plan::Keep };
        match (left, right) {
            (Edit::Kept(at) | Edit::Changed(at), Edit::Kept(_)) => Some(ours(at)),
            (Edit::Removed, Edit::Kept(_) | Edit::Removed) | (Edit::Kept(_), Edit::Removed) => None,
            (Edit::Kept(at) | Edit::Changed(at), Edit::Changed(partner)) => {
                let plan = self.node(base, &yours.items()[at], &theirs.items()[partner], path);
                Some(Slot::Ours { at, partner: Some(partner), plan })
            }
            (Edit::Changed(at), Edit::Removed) => {
                let taken = self.conflict(path, base, Some(&yours.items()[at]), None);
                (!taken).then(|| ours(at))
            }
            (Edit::Removed, Edit::Changed(partner)) => {
                let taken = self.conflict(path, base, None, Some(&theirs.items()[partner]));
                taken.then_some(Slot::Theirs(partner))
            }
        }
    }

    /// What neither side has twice must not be there twice now: one thing in two versions is a conflict.
    fn without_twins(
        &mut self,
        slots: &mut Vec<Slot>,
        (yours, ours): (&Node, &[Value]),
        (theirs, new): (&Node, &[Value]),
        path: &KeyPath,
    ) {
        let once = |side: &[Value], wanted: &str| {
            side.iter().filter(|value| name(value).as_deref() == Some(wanted)).count() < 2
        };
        let mine: Vec<(usize, String)> = slots
            .iter()
            .filter_map(|slot| match slot {
                Slot::Ours { at, .. } => Some((*at, name(&ours[*at])?)),
                Slot::Theirs(_) => None,
            })
            .collect();
        let mut gone = Vec::new();
        for slot in slots.iter() {
            let Slot::Theirs(at) = slot else { continue };
            let Some(known) = name(&new[*at]) else { continue };
            let twin = mine.iter().find(|(_, other)| *other == known);
            let Some((other, _)) = twin.filter(|_| once(ours, &known) && once(new, &known)) else {
                continue;
            };
            let sides = (Some(&yours.items()[*other]), Some(&theirs.items()[*at]));
            let taken = self.conflict(&path.join(&other.to_string()), None, sides.0, sides.1);
            gone.push(if taken {
                Slot::Ours { at: *other, partner: None, plan: Plan::Keep }
            } else {
                Slot::Theirs(*at)
            });
        }
        slots.retain(|slot| !gone.iter().any(|gone| same_place(slot, gone)));
    }
}

fn is_partner(slot: &Slot, at: usize) -> bool {
    matches!(slot, Slot::Ours { partner: Some(partner), .. } if *partner == at)
}

fn same_place(slot: &Slot, other: &Slot) -> bool {
    match (slot, other) {
        (Slot::Ours { at, .. }, Slot::Ours { at: other, .. }) => at == other,
        (Slot::Theirs(at), Slot::Theirs(other)) => at == other,
        _ => false,
    }
}

/// What an element is called by, if it has a name: of a map its `id` or `name`, or else its first value if that is a
/// text; of a text what stands before its version or value, as in `ruff>=0.14`, `react@19` and `PORT=80`.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::Map(entries) => {
            let by = ["id", "name"].iter().find_map(|key| Some((*key, value.get(key)?)));
            let first = entries.first().map(|(key, value)| (key.as_str(), value));
            let (key, named) = by.or(first)?;
            match named {
                Value::Text(text) => Some(format!("{key}\0{}", text_name(text).unwrap_or(text))),
                _ => None,
            }
        }
        Value::Text(text) => text_name(text).map(str::to_owned),
        _ => None,
    }
}

fn text_name(text: &str) -> Option<&str> {
    let of_name = |c: char| c.is_alphanumeric() || "._/-@".contains(c);
    // A scope may begin with the character that else ends a name.
    let end = text
        .char_indices()
        .find(|&(at, c)| !of_name(c) || (c == '@' && at > 0))
        .map_or(text.len(), |(at, _)| at);
    let rest = &text[end..];
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let rest = rest.trim_start();
    let ends =
        rest.starts_with(['<', '>', '=', '!', '~', '^', '@', ':', ';']) && !rest.starts_with("://");
    (end > 0 && ends).then(|| &text[..end])
}

/// What a side did to one element of the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    /// It stands at this position.
    Kept(usize),
    /// Another one stands in its place.
    Changed(usize),
    Removed,
}

struct Edits {
    items: Vec<Edit>,
    /// For each place before an element of the base, and the end: what was added.
    added: Vec<Vec<usize>>,
}

impl Edits {
    /// True if the side added the value, or put it in the place of another.
    fn brings(&self, side: &[Value], value: &Value) -> bool {
        let changed = self.items.iter().filter_map(|edit| match edit {
            Edit::Changed(at) => Some(at),
            _ => None,
        });
        self.added.iter().flatten().chain(changed).any(|&at| side[at] == *value)
    }

    /// Within a run that was replaced, elements of one name are changes; of what is between them, runs of equal length
    /// are changes one by one, others are removals and additions.
    fn of(base: &[Value], side: &[Value]) -> Self {
        let (before, after) = numbered_by(base, side);
        let mut edits = Self { items: Vec::new(), added: vec![Vec::new(); base.len() + 1] };
        let mut at = 0;
        for Hunk { before, after } in diff(&before, &after) {
            edits.keep(before.start, &mut at, Edit::Kept);
            let (old, new) = (names(&base[before.clone()]), names(&side[after.clone()]));
            let (old, new) = numbered_by(&old, &new);
            for inner in diff(&old, &new) {
                let gone = before.start + inner.before.start..before.start + inner.before.end;
                let fresh = after.start + inner.after.start..after.start + inner.after.end;
                edits.keep(gone.start, &mut at, Edit::Changed);
                if gone.len() == fresh.len() {
                    edits.items.extend(fresh.clone().map(Edit::Changed));
                } else {
                    edits.added[gone.start].extend(fresh.clone());
                    edits.items.extend(gone.map(|_| Edit::Removed));
                }
                at = fresh.end;
            }
            edits.keep(before.end, &mut at, Edit::Changed);
        }
        edits.keep(base.len(), &mut at, Edit::Kept);
        edits
    }

    /// The elements of the base up to `end` stand in the side from `at` on.
    fn keep(&mut self, end: usize, at: &mut usize, edit: fn(usize) -> Edit) {
        while self.items.len() < end {
            self.items.push(edit(*at));
            *at += 1;
        }
    }
}

/// The names of elements, or what tells one without name from all others.
fn names(values: &[Value]) -> Vec<Result<String, &Value>> {
    values.iter().map(|value| name(value).ok_or(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_before_versions_and_values() {
        let named = [
            "ruff>=0.14",
            "uvicorn[standard] >=1; x",
            "@s/p@^1",
            "PORT=80",
            "5432:80",
            "https://a.b",
            "npm run x",
            "x",
        ]
        .map(|text| text_name(text).unwrap_or("-"));
        insta::assert_snapshot!(named.join(" "), @"ruff uvicorn @s/p PORT 5432 - - -");
    }
}
