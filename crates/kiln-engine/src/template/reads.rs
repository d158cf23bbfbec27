//! What a template reads of its context: places, and the slice of a context that they name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use kiln_model::{Map, Value};

/// One step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The value of a name.
    Field(Arc<str>),
    /// Every item of a list, every value of a map.
    Each,
    /// The first value of a map: the key of an item.
    Key,
    /// The value of the names that stand at these places of the context.
    At(Arc<BTreeSet<Path>>),
}

/// A place in a context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Path(pub(super) Arc<[Step]>);

impl Path {
    pub(super) fn step(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if at == 0 => write!(f, "{name}")?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Each => write!(f, "[*]")?,
                Step::Key => write!(f, "[key]")?,
                Step::At(places) => {
                    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
                    write!(f, "[{}]", places.join("|"))?;
                }
            }
        }
        Ok(())
    }
}

/// How much of a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// That it is there, what it is, and whether it is empty. A text or number is always read whole.
    Kind,
    /// Also how many items it has, and the names of a map.
    Length,
    /// What can be `in` it: the items of a list, the names of a map.
    Members,
    /// All of it.
    Whole,
}

/// The places of a context that a template reads.
///
/// It shows them one per line, as in `slots.routers[*].prefix`, `domain.mixins[entity.name]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    root: Node,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    whole: bool,
    length: bool,
    members: bool,
    steps: BTreeMap<Step, Self>,
}

impl Reads {
    /// Adds a place.
    pub(super) fn add(&mut self, path: &Path, depth: Depth) {
        let mut node = &mut self.root;
        for step in path.0.iter() {
            if node.whole {
                return;
            }
            node = node.steps.entry(step.clone()).or_default();
        }
        match depth {
            Depth::Kind => {}
            Depth::Length => node.length = true,
            Depth::Members => node.members = true,
            Depth::Whole => {
                *node = Node { whole: true, ..Node::default() };
            }
        }
    }

    /// The slice of `context` that these places name. What is absent stays absent; a list or map of which nothing is
    /// read but that it is there is represented by a shell that is empty exactly if it is.
    #[must_use]
    pub fn prune(&self, context: &Value) -> Value {
        let Value::Map(map) = context else { return Value::map().build() };
        let pruner = Pruner { context };
        Value::Map(Arc::new(pruner.map(&[&self.root], map, false)))
    }

    /// All places, in the order of their text.
    #[must_use]
    pub fn places(&self) -> Vec<String> {
        let mut places = Vec::new();
        collect(&self.root, &Path::default(), &mut places);
        places.sort();
        places
    }

    /// True if one of the places lies at or below the dotted name, or holds it: `option.scale`, `slots.jobs.name`.
    /// Steps into lists are left out of the name.
    #[must_use]
    pub fn reach(&self, name: &str) -> bool {
        let mut nodes = vec![&self.root];
        for part in name.split('.') {
            let mut at = 0;
            while let Some(node) = nodes.get(at).copied() {
                if node.whole {
                    return true;
                }
                nodes.extend(node.steps.get(&Step::Each));
                at += 1;
            }
            let field = Step::Field(Arc::from(part));
            nodes = nodes
                .iter()
                .flat_map(|node| &node.steps)
                .filter(|(step, _)| **step == field || matches!(step, Step::At(_)))
                .map(|(_, node)| node)
                .collect();
        }
        !nodes.is_empty()
    }
}

impl fmt::Display for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.places().iter().try_for_each(|place| writeln!(f, "{place}"))
    }
}

fn collect(node: &Node, path: &Path, places: &mut Vec<String>) {
    let marked = node.whole || node.length || node.members;
    if path.len() > 0 && (marked || node.steps.is_empty()) {
        places.push(path.to_string());
    }
    for (step, inner) in &node.steps {
        collect(inner, &path.step(step.clone()), places);
    }
}

struct Pruner<'c> {
    context: &'c Value,
}

impl Pruner<'_> {
    /// What all of `nodes` together read of `value`.
    fn value(&self, nodes: &[&Node], value: &Value) -> Value {
        match value {
            Value::Map(map) if !nodes.iter().any(|node| node.whole) => {
                Value::Map(Arc::new(self.map(nodes, map, true)))
            }
            Value::List(items) if !nodes.iter().any(|node| node.whole || node.members) => {
                self.list(nodes, items)
            }
            _ => value.clone(),
        }
    }

    fn map(&self, nodes: &[&Node], map: &Map, is_value: bool) -> Map {
        let steps: Vec<(Wanted, &Node)> = self.wanted(nodes);
        let names_count = nodes
            .iter()
            .any(|node| node.length || node.members || node.steps.contains_key(&Step::Each));
        let mut kept = Vec::new();
        for (at, (name, value)) in map.iter().enumerate() {
            let inner: Vec<&Node> = steps
                .iter()
                .filter(|(wanted, _)| wanted.takes(name, at))
                .map(|(_, node)| *node)
                .collect();
            if !inner.is_empty() {
                kept.push((Arc::clone(name), self.value(&inner, value)));
            } else if names_count {
                kept.push((Arc::clone(name), Value::Null));
            }
        }
        if kept.is_empty() && !map.is_empty() && is_value {
            kept.push((Arc::from(""), Value::Null));
        }
        kept.into_iter().collect()
    }

    fn list(&self, nodes: &[&Node], items: &Arc<[Value]>) -> Value {
        let inner: Vec<&Node> = nodes
            .iter()
            .flat_map(|node| &node.steps)
            .filter(|(step, _)| !matches!(step, Step::Key))
            .map(|(_, node)| node)
            .collect();
        if !inner.is_empty() {
            return Value::List(items.iter().map(|item| self.value(&inner, item)).collect());
        }
        let count = if nodes.iter().any(|node| node.length) {
            items.len()
        } else {
            usize::from(!items.is_empty())
        };
        Value::List(std::iter::repeat_n(Value::Null, count).collect())
    }

    fn wanted<'n>(&self, nodes: &[&'n Node]) -> Vec<(Wanted<'n>, &'n Node)> {
        nodes
            .iter()
            .flat_map(|node| &node.steps)
            .map(|(step, node)| {
                let wanted = match step {
                    Step::Field(name) => Wanted::Name(name),
                    Step::Each => Wanted::All,
                    Step::Key => Wanted::First,
                    Step::At(places) => Wanted::Names(self.names(places)),
                };
                (wanted, node)
            })
            .collect()
    }

    /// The names that stand at some places of the context.
    fn names(&self, places: &BTreeSet<Path>) -> BTreeSet<String> {
        let mut found = Vec::new();
        for place in places {
            self.follow(self.context, &place.0, &mut found);
        }
        found.into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn follow<'v>(&self, value: &'v Value, steps: &[Step], found: &mut Vec<&'v Value>) {
        let Some((step, rest)) = steps.split_first() else {
            found.push(value);
            return;
        };
        match (step, value) {
            (Step::Field(name), Value::Map(map)) => {
                if let Some(inner) = map.get(name) {
                    self.follow(inner, rest, found);
                }
            }
            (Step::Key, Value::Map(map)) => {
                if let Some((_, inner)) = map.iter().next() {
                    self.follow(inner, rest, found);
                }
            }
            (Step::At(places), Value::Map(map)) => {
                for name in self.names(places) {
                    if let Some(inner) = map.get(&name) {
                        self.follow(inner, rest, found);
                    }
                }
            }
            (Step::Each, Value::Map(map)) => {
                map.iter().for_each(|(_, inner)| self.follow(inner, rest, found));
            }
            (Step::Each | Step::At(_), Value::List(items)) => {
                items.iter().for_each(|inner| self.follow(inner, rest, found));
            }
            _ => {}
        }
    }
}

enum Wanted<'n> {
    Name(&'n str),
    Names(BTreeSet<String>),
    First,
    All,
}

impl Wanted<'_> {
    fn takes(&self, name: &str, at: usize) -> bool {
        match self {
            Self::Name(wanted) => *wanted == name,
            Self::Names(names) => names.contains(name),
            Self::First => at == 0,
            Self::All => true,
        }
    }
}

/// The names of what stands at the first of `paths` that the context has, for hints.
pub(super) fn names_at<'v>(paths: &BTreeSet<Path>, context: &'v Value) -> Vec<&'v str> {
    let pruner = Pruner { context };
    let mut found = Vec::new();
    for path in paths {
        pruner.follow(context, &path.0, &mut found);
    }
    let mut names: Vec<&str> =
        found.iter().filter_map(|value| value.as_map()).flat_map(Map::names).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &[Step]) -> Path {
        Path(steps.into())
    }

    fn field(name: &str) -> Step {
        Step::Field(Arc::from(name))
    }

    #[test]
    fn keeps_what_is_read_and_shells_of_the_rest() {
        let item = |name: &str, n: i64| Value::map().with("name", name).with("n", n).build();
        let context = Value::map()
            .with("items", vec![item("a", 1), item("b", 2)])
            .with("types", Value::map().with("a", "A").with("b", "B").with("c", "C"))
            .with("kind", "c")
            .with("present", Value::map().with("big", "text"))
            .with("count", vec![1, 2, 3])
            .with("unread", 1)
            .build();
        let mut reads = Reads::default();
        reads.add(&path(&[field("items"), Step::Each, field("n")]), Depth::Whole);
        let kind = path(&[field("kind")]);
        reads.add(&kind, Depth::Whole);
        let at = Step::At(Arc::new(BTreeSet::from([kind])));
        reads.add(&path(&[field("types"), at]), Depth::Whole);
        reads.add(&path(&[field("present")]), Depth::Kind);
        reads.add(&path(&[field("count")]), Depth::Length);
        reads.add(&path(&[field("absent"), field("x")]), Depth::Whole);
        let pruned = reads.prune(&context);
        insta::assert_snapshot!(format!("{pruned:?}"), @r#"{"items": [{"n": 1}, {"n": 2}], "types": {"c": "C"}, "kind": "c", "present": {"": null}, "count": [null, null, null]}"#);
        assert_eq!(reads.prune(&pruned), pruned);
        insta::assert_snapshot!(reads, @"
        absent.x
        count
        items[*].n
        kind
        present
        types[kind]
        ");
        assert!(reads.reach("items.n") && reads.reach("types") && !reads.reach("items.name"));
    }
}
