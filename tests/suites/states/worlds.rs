//! All worlds of the model: every owner, fact, state of the disk and new render of one output.

use std::collections::BTreeSet;

use super::model::{Data, Facts, Line, Node, Output, Owner, World};

/// A text of two lines.
pub(crate) const fn text(first: &'static str, second: &'static str) -> Data {
    Data::Text([Line::Text(first), Line::Text(second)])
}

/// Everything that can stand at a path.
pub(crate) fn disks() -> Vec<Option<Node>> {
    let mut all = vec![None];
    for first in ["k0", "k1", "p1", ""] {
        for second in ["c0", "c1", "p2", ""] {
            for (crlf, executable) in [(false, false), (false, true), (true, false), (true, true)] {
                all.push(Some(Node::File { data: text(first, second), executable, crlf }));
            }
        }
    }
    let conflicts = [
        [Line::Conflict("p1", "k2"), Line::Text("c0")],
        [Line::Text("k1"), Line::Conflict("p2", "c1")],
    ];
    for executable in [false, true] {
        for lines in conflicts.clone() {
            all.push(Some(Node::File { data: Data::Text(lines), executable, crlf: false }));
        }
        for token in ["b0", "b1", "pbin"] {
            let data = Data::Binary(token);
            all.push(Some(Node::File { data, executable, crlf: false }));
        }
    }
    all.extend(["link", "folder", "parent"].map(|kind| Some(Node::Obstacle(kind))));
    all
}

fn facts() -> Vec<Option<Facts>> {
    let one = |data: Data, bit| BTreeSet::from([(data, bit)]);
    let old = text("k0", "c0");
    vec![
        None,
        Some(BTreeSet::new()),
        Some(one(old.clone(), false)),
        Some(BTreeSet::from([(old.clone(), false), (text("k2", "c0"), false)])),
        Some(one(Data::Binary("b0"), false)),
        Some(one(old, true)),
        Some(one(text("k1", "c0"), false)),
    ]
}

fn outputs() -> Vec<Option<Output>> {
    let all = [
        text("k0", "c0"),
        text("k1", "c0"),
        text("k1", "c1"),
        Data::Binary("b0"),
        Data::Binary("b1"),
    ];
    let with_bits = |data: Data| {
        [false, true].map(|executable| Some(Output { data: data.clone(), executable }))
    };
    all.into_iter().flat_map(with_bits).collect()
}

/// Every world.
pub(crate) fn worlds() -> impl Iterator<Item = World> {
    let planned = [Owner::Managed, Owner::Merged, Owner::Seeded, Owner::Frozen, Owner::Computed];
    let gone = [Owner::Left, Owner::LeftSeeded, Owner::Kept, Owner::Excluded];
    let with_render =
        planned.into_iter().flat_map(|owner| outputs().into_iter().map(move |new| (owner, new)));
    let without = gone.into_iter().map(|owner| (owner, None));
    with_render
        .chain(without)
        .flat_map(|(owner, new)| {
            facts().into_iter().flat_map(move |facts| {
                let new = new.clone();
                [true, false].into_iter().flat_map(move |known| {
                    let (facts, new) = (facts.clone(), new.clone());
                    disks().into_iter().map(move |disk| World {
                        owner,
                        new: new.clone(),
                        facts: facts.clone(),
                        disk,
                        known,
                    })
                })
            })
        })
        .filter(World::can_be)
}

impl World {
    /// A world that a project can be in: what left the plan has a fact, and none without digest unless it was seeded.
    fn can_be(&self) -> bool {
        let gone = self.new.is_none();
        let digests = self.facts.as_ref().map_or(0, BTreeSet::len);
        let own = self.facts.is_some() && digests == 0;
        match self.owner {
            Owner::Left | Owner::Kept => digests > 0,
            Owner::LeftSeeded | Owner::Excluded => gone && self.facts.is_some(),
            Owner::Seeded => self.known || digests > 0,
            _ => !own && (self.known || digests > 0),
        }
    }
}
