//! Which places of its context a template reads, found by running it over shapes instead of values.
//!
//! Control flow is hardly followed: what some branch reads counts as read, and a variable has every shape that some
//! `set` gives it. So the reads are a superset of what any run needs, and rendering the pruned context gives what
//! the whole context gives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::reads::{Depth, Path, Reads, Step};
use super::syntax::{
    BinaryOperator, Component, ComponentCall, Entry, Expression, ExpressionKind, FilterUse, Node,
    Range, Unit,
};

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

/// What a value may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Shape {
    /// What stands at these places of the context.
    paths: BTreeSet<Path>,
    /// A list or map that the template built, of such items.
    items: Option<Box<Shape>>,
    /// A map that the template wrote out.
    fields: BTreeMap<String, Shape>,
    /// Something worked out, of which nothing leads back into the context.
    computed: bool,
}

impl Shape {
    fn computed() -> Self {
        Self { computed: true, ..Self::default() }
    }

    fn at(path: Path) -> Self {
        Self { paths: BTreeSet::from([path]), ..Self::default() }
    }

    fn of_items(item: Self) -> Self {
        Self { items: Some(Box::new(item)), ..Self::default() }
    }

    fn join(&mut self, other: &Self) {
        self.paths.extend(other.paths.iter().cloned());
        self.computed |= other.computed;
        if let Some(theirs) = &other.items {
            self.items.get_or_insert_default().join(theirs);
        }
        for (name, theirs) in &other.fields {
            self.fields.entry(name.clone()).or_default().join(theirs);
        }
    }

    fn depth(&self) -> usize {
        let inside = self.items.iter().map(|item| item.depth());
        1 + inside.chain(self.fields.values().map(Self::depth)).max().unwrap_or(0)
    }
}

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

    /// Reads what evaluating an expression reads, and says what it yields.
    fn shape(&mut self, expression: &'u Expression) -> Shape {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Shape::computed();
        }
        match &expression.kind {
            ExpressionKind::Literal(_) | ExpressionKind::Loop => Shape::computed(),
            ExpressionKind::Variable(name) => self.lookup(name),
            ExpressionKind::Attribute { base, name, name_range } => {
                let base = self.shape(base);
                if self.remember && self.nesting == 0 {
                    let mention =
                        Mention { range: name_range.clone(), parents: base.paths.clone() };
                    self.mentions.push(mention);
                }
                self.step(&base, &Step::Field(name.as_str().into()))
            }
            ExpressionKind::Item { base, index } => self.item(base, index),
            ExpressionKind::Slice { base, bounds } => {
                let base = self.shape(base);
                bounds.iter().for_each(|bound| self.whole(bound));
                Shape { computed: true, ..Shape::of_items(self.each(&base)) }
            }
            ExpressionKind::List(entries) => self.list(entries),
            ExpressionKind::Map(entries) => self.map(entries),
            ExpressionKind::Filter { base, filter } => self.filter(base, filter),
            ExpressionKind::Test { base, test } => {
                let base = self.shape(base);
                if !test.arguments.is_empty() {
                    self.read(&base, Depth::Whole);
                }
                self.arguments(std::slice::from_ref(test));
                Shape::computed()
            }
            ExpressionKind::Choice { condition, yes, no } => {
                self.shape(condition);
                let mut shape = self.shape(yes);
                shape.join(&self.shape(no));
                shape
            }
            ExpressionKind::Comprehension(each) => {
                let target = self.shape(&each.target);
                self.looped(&target, each.key.as_ref(), &each.value);
                each.condition.iter().for_each(|condition| drop(self.shape(condition)));
                let item = self.shape(&each.item);
                self.scopes.pop();
                let list = Shape::of_items(item);
                self.limited(list)
            }
            ExpressionKind::Call(call) => {
                self.call(call);
                Shape::computed()
            }
            ExpressionKind::Function { arguments, .. } => {
                arguments.iter().for_each(|(_, value)| self.whole(value));
                Shape::computed()
            }
            ExpressionKind::Not(inner) => {
                self.shape(inner);
                Shape::computed()
            }
            ExpressionKind::Minus(inner) => {
                self.whole(inner);
                Shape::computed()
            }
            ExpressionKind::Binary { operator, left, right } => self.binary(*operator, left, right),
        }
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &'u Expression,
        right: &'u Expression,
    ) -> Shape {
        match operator {
            BinaryOperator::And | BinaryOperator::Or => {
                let mut shape = self.shape(left);
                shape.join(&self.shape(right));
                return shape;
            }
            BinaryOperator::In => {
                self.whole(left);
                let container = self.shape(right);
                self.read(&container, Depth::Members);
            }
            BinaryOperator::Compare | BinaryOperator::Concat | BinaryOperator::Arithmetic => {
                self.whole(left);
                self.whole(right);
            }
        }
        Shape::computed()
    }

    fn item(&mut self, base: &'u Expression, index: &'u Expression) -> Shape {
        let base = self.shape(base);
        if let Some(name) = index.as_text() {
            return self.step(&base, &Step::Field(name.into()));
        }
        let index = self.shape(index);
        self.read(&index, Depth::Whole);
        let is_place = !index.computed && index.items.is_none() && index.fields.is_empty();
        if is_place && !index.paths.is_empty() {
            let at = Step::At(Arc::new(index.paths));
            return self.step(&base, &at);
        }
        self.each(&base)
    }

    fn list(&mut self, entries: &'u [Entry]) -> Shape {
        let mut item = Shape::default();
        for entry in entries {
            let shape = self.shape(&entry.value);
            item.join(&if entry.is_spread { self.each(&shape) } else { shape });
        }
        let list = Shape::of_items(item);
        self.limited(list)
    }

    fn map(&mut self, entries: &'u [Entry]) -> Shape {
        let mut map = Shape::default();
        for entry in entries {
            let shape = self.shape(&entry.value);
            match &entry.key {
                Some(key) => map.fields.entry(key.clone()).or_default().join(&shape),
                None => {
                    let inner = self.each(&shape);
                    map.items.get_or_insert_default().join(&inner);
                    map.paths.extend(shape.paths);
                }
            }
        }
        if map == Shape::default() {
            map.computed = true;
        }
        self.limited(map)
    }

    fn filter(&mut self, base: &'u Expression, filter: &'u FilterUse) -> Shape {
        let base = self.shape(base);
        let argument =
            |name: &str| filter.arguments.iter().find(|(known, _)| known == name).map(|(_, v)| v);
        let text = |name: &str| argument(name).and_then(Expression::as_text);
        match (filter.name.as_str(), text("attribute"), text("get")) {
            ("default", ..) => {
                let mut shape = base;
                for (_, value) in &filter.arguments {
                    shape.join(&self.shape(value));
                }
                return self.limited(shape);
            }
            ("first" | "last" | "nth", ..) => {
                self.arguments(std::slice::from_ref(filter));
                return Shape { computed: true, ..self.each(&base) };
            }
            ("reverse" | "values", ..) => {
                return Shape { computed: true, ..Shape::of_items(self.each(&base)) };
            }
            ("length" | "keys", ..) => self.read(&base, Depth::Length),
            ("sort", Some(attribute), _) => {
                let item = self.each(&base);
                let key = self.dotted(&item, attribute);
                self.read(&key, Depth::Whole);
                return Shape::of_items(item);
            }
            ("unique", ..) => {
                self.read(&base, Depth::Whole);
                return Shape::of_items(self.each(&base));
            }
            ("group_by", Some(attribute), _) => {
                let item = self.each(&base);
                let key = self.dotted(&item, attribute);
                self.read(&key, Depth::Whole);
                return Shape::of_items(Shape::of_items(item));
            }
            ("pluck", Some(attribute), _) => {
                let item = self.each(&base);
                let field = self.dotted(&item, attribute);
                let mut inner = self.each(&field);
                inner.join(&field);
                return Shape::of_items(inner);
            }
            ("find", _, get) if get.is_some() || argument("get").is_none() => {
                self.arguments(std::slice::from_ref(filter));
                let item = self.each(&base);
                let key = self.step(&item, &Step::Key);
                self.read(&key, Depth::Whole);
                let found = match get {
                    Some(get) => self.dotted(&item, get),
                    None => item,
                };
                return Shape { computed: true, ..found };
            }
            ("get", ..) if text("key").is_some() => {
                let mut shape = self.step(&base, &Step::Field(text("key").unwrap_or("").into()));
                if let Some(value) = argument("default") {
                    shape.join(&self.shape(value));
                }
                return self.limited(shape);
            }
            _ => self.read(&base, Depth::Whole),
        }
        self.arguments(std::slice::from_ref(filter));
        Shape::computed()
    }

    fn call(&mut self, call: &'u ComponentCall) {
        let mut passed = BTreeMap::new();
        let mut spread = Vec::new();
        for attribute in &call.attributes {
            let shape = self.shape(&attribute.value);
            match &attribute.name {
                Some(name) => drop(passed.insert(name.clone(), shape)),
                None => spread.push(shape),
            }
        }
        for shape in &spread {
            self.read(shape, Depth::Whole);
        }
        let Some(component) = self.library.components.get(call.name.as_str()) else { return };
        let component: &'u Component = component;
        let mut names = BTreeMap::new();
        for parameter in &component.parameters {
            let name = &parameter.name;
            let mut shape = passed.remove(name).unwrap_or_else(Shape::computed);
            if parameter.is_implicit {
                shape.join(&self.lookup_outwards(name));
            }
            shape.computed |= !spread.is_empty();
            names.insert(name.clone(), shape);
        }
        if let Some(rest) = &component.rest {
            names.insert(rest.clone(), Shape { fields: passed, ..Shape::computed() });
        }
        names.insert("body".to_owned(), Shape::computed());
        self.scopes.push(Scope::Component(names));
        self.nesting += 1;
        let assigned = std::mem::take(&mut self.assigned);
        self.nodes(&component.body);
        self.assigned = assigned;
        self.nesting -= 1;
        self.scopes.pop();
    }
}
