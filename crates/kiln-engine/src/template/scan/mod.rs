//! Which places of its context a template reads, found by running it over shapes instead of values.
//!
//! Control flow is hardly followed: what some branch reads counts as read, and a variable has every shape that some
//! `set` gives it. So the reads are a superset of what any run needs, and rendering the pruned context gives what
//! the whole context gives.

mod expressions;
mod filters;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use super::reads::{Depth, Path, Reads, Step};
use super::syntax::{Component, Expression, FilterUse, Node, Range, Unit};
use shape::Shape;

/// Passes after which the shapes of variables are widened until they hold still.
const EXACT_PASSES: usize = 5;
/// More places than this in one shape are read whole instead.
const MOST_PATHS: usize = 48;
/// Longer places than this are read whole instead.
const LONGEST_PATH: usize = 24;
/// Deeper literals than this are read whole instead.
const DEEPEST_SHAPE: usize = 6;
/// Steps of a scan: a template whose parts unfold to more is refused.
const MOST_STEPS: usize = 400_000;

/// A use of a name after a dot: where it stands and what it is looked up in.
pub(super) struct Mention {
    pub(super) range: Range,
    pub(super) parents: BTreeSet<Path>,
}

/// The texts of a kit as far as a scan needs them.
pub(super) struct Library<'u> {
    pub(super) parts: BTreeMap<&'u str, &'u Unit>,
    pub(super) components: BTreeMap<&'u str, &'u Component>,
}

/// The reads of `unit`; none if it unfolds to too much.
pub(super) fn scan(unit: &Unit, library: &Library<'_>) -> Option<Reads> {
    run(unit, library, false).map(|scanner| scanner.reads)
}

/// Every use of a name after a dot in `unit` itself.
pub(super) fn mentions(unit: &Unit, library: &Library<'_>) -> Vec<Mention> {
    run(unit, library, true).map(|scanner| scanner.mentions).unwrap_or_default()
}

fn run<'u>(unit: &'u Unit, library: &'u Library<'u>, remember: bool) -> Option<Scanner<'u>> {
    let mut scanner = Scanner {
        library,
        reads: Reads::default(),
        sets: BTreeMap::new(),
        widened: BTreeSet::new(),
        scopes: Vec::new(),
        assigned: BTreeSet::new(),
        steps: 0,
        remember,
        nesting: 0,
        mentions: Vec::new(),
    };
    for pass in 0.. {
        let before = scanner.sets.clone();
        scanner.mentions.clear();
        scanner.assigned.clear();
        scanner.nodes(&unit.body);
        if remember {
            for component in &unit.components {
                scanner.scopes.push(Scope::Component(BTreeMap::new()));
                scanner.nodes(&component.body);
                scanner.scopes.pop();
            }
        }
        if scanner.steps > MOST_STEPS {
            return None;
        }
        if scanner.sets == before {
            break;
        }
        if pass >= EXACT_PASSES {
            scanner.widen(&before);
        }
    }
    Some(scanner)
}

enum Scope {
    Loop(Vec<(String, Shape)>),
    /// Only what the call passes is in scope.
    Component(BTreeMap<String, Shape>),
}

struct Scanner<'u> {
    library: &'u Library<'u>,
    reads: Reads,
    sets: BTreeMap<String, Shape>,
    widened: BTreeSet<String>,
    scopes: Vec<Scope>,
    /// Names that a `set` has given a value on every way to the current place.
    assigned: BTreeSet<String>,
    steps: usize,
    remember: bool,
    /// Depth of parts and components below the text that is scanned.
    nesting: usize,
    mentions: Vec<Mention>,
}

impl<'u> Scanner<'u> {
    /// Stops the shapes of all variables that still grow.
    fn widen(&mut self, before: &BTreeMap<String, Shape>) {
        let growing: Vec<String> = self
            .sets
            .iter()
            .filter(|(name, shape)| before.get(*name) != Some(*shape))
            .map(|(name, _)| name.clone())
            .collect();
        for name in growing {
            let shape = self.sets.remove(&name).unwrap_or_default();
            self.read(&shape, Depth::Whole);
            self.sets.insert(name.clone(), Shape { computed: true, ..shape });
            self.widened.insert(name);
        }
    }

    fn assign(&mut self, name: &str, shape: Shape) {
        if self.widened.contains(name) {
            self.read(&shape, Depth::Whole);
        } else {
            let mut joined = self.sets.remove(name).unwrap_or_default();
            joined.join(&shape);
            let joined = self.limited(joined);
            self.sets.insert(name.to_owned(), joined);
        }
    }

    /// The shape, or something computed of which all is read if it is too large to follow.
    fn limited(&mut self, shape: Shape) -> Shape {
        let long = shape.paths.iter().any(|path| path.len() > LONGEST_PATH);
        if long || shape.paths.len() > MOST_PATHS || shape.depth() > DEEPEST_SHAPE {
            self.read(&shape, Depth::Whole);
            return Shape::computed();
        }
        shape
    }

    fn read(&mut self, shape: &Shape, depth: Depth) {
        for path in &shape.paths {
            self.reads.add(path, depth);
        }
        if matches!(depth, Depth::Whole | Depth::Members) {
            if let Some(items) = &shape.items {
                self.read(items, Depth::Whole);
            }
            shape.fields.values().for_each(|field| self.read(field, Depth::Whole));
        }
    }

    fn lookup(&mut self, name: &str) -> Shape {
        let mut shape = None;
        for scope in self.scopes.iter().rev() {
            match scope {
                Scope::Loop(names) => {
                    shape = names.iter().find(|(known, _)| known == name).map(|(_, s)| s.clone());
                }
                Scope::Component(names) => {
                    shape = Some(names.get(name).cloned().unwrap_or_default());
                }
            }
            if shape.is_some() {
                break;
            }
        }
        let mut shape = shape.unwrap_or_else(|| {
            if self.assigned.contains(name) {
                return Shape::default();
            }
            Shape::at(Path::default().step(Step::Field(name.into())))
        });
        if let Some(set) = self.sets.get(name) {
            shape.join(set);
        }
        self.read(&shape, Depth::Kind);
        shape
    }

    /// What a name may be in any scope round a call, as implicit arguments find it.
    fn lookup_outwards(&mut self, name: &str) -> Shape {
        let mut shape = self.lookup(name);
        shape.join(&Shape::at(Path::default().step(Step::Field(name.into()))));
        for scope in &self.scopes {
            match scope {
                Scope::Loop(names) => {
                    let known = names.iter().filter(|(known, _)| known == name);
                    known.for_each(|(_, known)| shape.join(known));
                }
                Scope::Component(names) => names.get(name).iter().for_each(|s| shape.join(s)),
            }
        }
        self.read(&shape, Depth::Kind);
        shape
    }

    /// One step into a shape.
    fn step(&mut self, shape: &Shape, step: &Step) -> Shape {
        let mut inner = Shape { computed: shape.computed, ..Shape::default() };
        inner.paths.extend(shape.paths.iter().map(|path| path.step(step.clone())));
        match step {
            Step::Field(name) => {
                if let Some(field) = shape.fields.get(&**name) {
                    inner.join(field);
                }
                if let Some(items) = &shape.items {
                    inner.join(items);
                }
            }
            _ => {
                shape.fields.values().for_each(|field| inner.join(field));
                shape.items.iter().for_each(|item| inner.join(item));
            }
        }
        let inner = self.limited(inner);
        self.read(&inner, Depth::Kind);
        inner
    }

    fn each(&mut self, shape: &Shape) -> Shape {
        self.read(shape, Depth::Length);
        self.step(shape, &Step::Each)
    }

    /// What a dotted path of an argument such as `attribute="a.b"` leads to.
    fn dotted(&mut self, shape: &Shape, path: &str) -> Shape {
        path.split('.').fold(shape.clone(), |shape, part| {
            if part.parse::<usize>().is_ok() {
                self.each(&shape)
            } else {
                self.step(&shape, &Step::Field(part.into()))
            }
        })
    }

    /// Nodes that may not run, or whose variables end with them.
    fn branch(&mut self, nodes: &'u [Node]) {
        let assigned = self.assigned.clone();
        self.nodes(nodes);
        self.assigned = assigned;
    }

    fn nodes(&mut self, nodes: &'u [Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &'u Node) {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return;
        }
        match node {
            Node::Text(_) | Node::Leave => {}
            Node::Print(value) => self.whole(value),
            Node::Set { name, value, .. } => {
                let shape = self.shape(value);
                self.assign(name, shape);
                self.assigned.insert(name.clone());
            }
            Node::SetBlock { name, filters, body, .. } => {
                self.nodes(body);
                self.arguments(filters);
                self.assign(name, Shape::computed());
                self.assigned.insert(name.clone());
            }
            Node::Include { name, .. } => {
                if let Some(part) = self.library.parts.get(name.as_str()) {
                    self.nesting += 1;
                    self.branch(&part.body);
                    self.nesting -= 1;
                }
            }
            Node::For(each) => {
                let target = self.shape(&each.target);
                self.looped(&target, each.key.as_ref(), &each.value);
                self.branch(&each.body);
                self.scopes.pop();
                self.branch(&each.otherwise);
            }
            Node::If { branches, otherwise } => {
                for (condition, body) in branches {
                    self.shape(condition);
                    self.branch(body);
                }
                self.branch(otherwise);
            }
            Node::Filter { filters, body } => {
                self.nodes(body);
                self.arguments(filters);
            }
            Node::Call(call, body) => {
                self.nodes(body);
                self.call(call);
            }
        }
    }

    /// Opens the scope of a loop over a shape.
    fn looped(&mut self, target: &Shape, key: Option<&String>, value: &str) {
        let item = self.each(target);
        let mut names = vec![(value.to_owned(), item)];
        names.extend(key.map(|key| (key.clone(), Shape::computed())));
        self.scopes.push(Scope::Loop(names));
    }

    fn arguments(&mut self, filters: &'u [FilterUse]) {
        for (_, value) in filters.iter().flat_map(|filter| &filter.arguments) {
            self.whole(value);
        }
    }

    fn whole(&mut self, expression: &'u Expression) {
        let shape = self.shape(expression);
        self.read(&shape, Depth::Whole);
    }
}
