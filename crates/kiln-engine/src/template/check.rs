//! What a kit's texts may name: known filters, tests, functions, parts and components, with arguments that they have,
//! and no part or component that leads back to itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Source, Span, did_you_mean};

use super::guard::{LONGEST_CHAIN, longest_chain};
use super::scan::Library;
use super::syntax::{ComponentCall, Expression, ExpressionKind, FilterUse, Node, Range, Unit};
use super::words::{self, WordKind};

/// How many parts and components may lie between a template and the innermost of them.
const DEEPEST_NESTING: usize = 16;

pub(super) fn span(range: &Range) -> Span {
    Span::new(range.start, range.end)
}

/// What one text refers to, in source order.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) includes: Vec<(String, Range)>,
    pub(super) calls: Vec<(String, Range)>,
}

/// Checks one text, and says what its own body and each of its components refer to.
pub(super) fn check(
    unit: &Unit,
    source: &Arc<Source>,
    library: &Library<'_>,
    found: &mut Diagnostics,
) -> (Links, BTreeMap<String, Links>) {
    let mut checker = Checker { source, library, found, links: Links::default() };
    checker.nodes(&unit.body);
    let body = std::mem::take(&mut checker.links);
    let mut components = BTreeMap::new();
    for component in &unit.components {
        checker.nodes(&component.body);
        components.insert(component.name.clone(), std::mem::take(&mut checker.links));
    }
    (body, components)
}

struct Checker<'c> {
    source: &'c Arc<Source>,
    library: &'c Library<'c>,
    found: &'c mut Diagnostics,
    links: Links,
}

impl Checker<'_> {
    fn refuse(&mut self, message: String, range: &Range, hint: Option<String>) {
        let error = Diagnostic::error("template-invalid", message);
        self.found.push(error.at(self.source, span(range), "").hint_if(hint));
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Text(_) | Node::Leave => {}
                Node::Print(value) | Node::Set { value, .. } => self.top(value),
                Node::SetBlock { filters, body, .. } | Node::Filter { filters, body } => {
                    filters.iter().for_each(|filter| self.used(filter, WordKind::Filter));
                    self.nodes(body);
                }
                Node::Include { name, range } => self.include(name, range),
                Node::For(each) => {
                    self.top(&each.target);
                    self.nodes(&each.body);
                    self.nodes(&each.otherwise);
                }
                Node::If { branches, otherwise } => {
                    for (condition, body) in branches {
                        self.top(condition);
                        self.nodes(body);
                    }
                    self.nodes(otherwise);
                }
                Node::Call(call, body) => {
                    self.call(call);
                    self.nodes(body);
                }
            }
        }
    }

    fn top(&mut self, expression: &Expression) {
        let (links, range) = longest_chain(expression);
        if links > LONGEST_CHAIN {
            let message = format!("`~` joins more than {LONGEST_CHAIN} texts here");
            self.refuse(message, &range, Some("put them into a list and `join` it".to_owned()));
        }
        self.expression(expression);
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Filter { filter, .. } => self.named(filter, WordKind::Filter),
            ExpressionKind::Test { test, .. } => self.named(test, WordKind::Test),
            ExpressionKind::Function { name, arguments } => {
                self.word(WordKind::Function, name, &expression.range, arguments);
            }
            ExpressionKind::Call(call) => self.linked(call),
            _ => {}
        }
        for child in expression.children() {
            self.expression(child);
        }
    }

    fn named(&mut self, used: &FilterUse, kind: WordKind) {
        self.word(kind, &used.name, &used.range, &used.arguments);
    }

    fn used(&mut self, used: &FilterUse, kind: WordKind) {
        self.named(used, kind);
        used.arguments.iter().for_each(|(_, value)| self.top(value));
    }

    fn word(
        &mut self,
        kind: WordKind,
        name: &str,
        range: &Range,
        arguments: &[(String, Expression)],
    ) {
        let Some(word) = kind.find(name) else {
            let hint = words::instead(kind, name).or_else(|| did_you_mean(name, kind.names()));
            return self.refuse(format!("`{name}` is no {}", kind.noun()), range, hint);
        };
        for (argument, value) in arguments {
            if !word.arguments.contains(&argument.as_str()) {
                let hint = did_you_mean(argument, word.arguments.iter().copied());
                self.refuse(format!("`{name}` has no argument `{argument}`"), &value.range, hint);
            }
        }
        for needed in &word.arguments[..word.needed] {
            if !arguments.iter().any(|(argument, _)| argument == needed) {
                self.refuse(format!("`{name}` needs the argument `{needed}`"), range, None);
            }
        }
    }

    fn include(&mut self, name: &str, range: &Range) {
        if self.library.parts.contains_key(name) {
            return self.links.includes.push((name.to_owned(), range.clone()));
        }
        let hint = did_you_mean(name, self.library.parts.keys().copied());
        let hint = hint.or_else(|| {
            name.strip_prefix("parts/")
                .filter(|inner| self.library.parts.contains_key(inner))
                .map(|inner| format!("names are below `parts/`: write `{inner}`"))
        });
        self.refuse(format!("there is no part `{name}`"), range, hint);
    }

    fn call(&mut self, call: &ComponentCall) {
        self.linked(call);
        call.attributes.iter().for_each(|attribute| self.top(&attribute.value));
    }

    fn linked(&mut self, call: &ComponentCall) {
        let Some(component) = self.library.components.get(call.name.as_str()) else {
            let hint = did_you_mean(&call.name, self.library.components.keys().copied());
            let message = format!("there is no component `{}`", call.name);
            return self.refuse(message, &call.range, hint);
        };
        self.links.calls.push((call.name.clone(), call.range.clone()));
        if component.rest.is_some() {
            return;
        }
        for attribute in &call.attributes {
            let Some(name) = &attribute.name else { continue };
            let known = component.parameters.iter().map(|parameter| parameter.name.as_str());
            if !known.clone().any(|known| known == name) {
                let hint = did_you_mean(name, known);
                let message = format!("the component `{}` has no argument `{name}`", call.name);
                self.refuse(message, &attribute.value.range, hint);
            }
        }
    }
}

/// A text or component in the graph of what leads to what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Part(String),
    Component(String),
}

/// Who leads to whom, and where.
#[derive(Default)]
pub(super) struct Graph {
    edges: BTreeMap<Target, Vec<(Target, Arc<Source>, Range)>>,
}

impl Graph {
    pub(super) fn add(&mut self, from: Target, links: &Links, source: &Arc<Source>) {
        let parts = links.includes.iter().map(|(name, at)| (Target::Part(name.clone()), at));
        let calls = links.calls.iter().map(|(name, at)| (Target::Component(name.clone()), at));
        let edges = parts.chain(calls).map(|(to, at)| (to, Arc::clone(source), at.clone()));
        self.edges.insert(from, edges.collect());
    }

    /// Refuses cycles, and chains that are too long.
    pub(super) fn check(&self, found: &mut Diagnostics) {
        let mut depths = BTreeMap::new();
        for target in self.edges.keys() {
            let mut open = Vec::new();
            self.depth(target, &mut open, &mut depths, found);
        }
    }

    /// How many texts lie below `target`; 0 where that is refused.
    fn depth(
        &self,
        target: &Target,
        open: &mut Vec<Target>,
        depths: &mut BTreeMap<Target, usize>,
        found: &mut Diagnostics,
    ) -> usize {
        if let Some(depth) = depths.get(target) {
            return *depth;
        }
        if open.len() > 4 * DEEPEST_NESTING {
            return 0;
        }
        open.push(target.clone());
        let mut deepest = 0;
        for (to, source, range) in self.edges.get(target).into_iter().flatten() {
            let message = if open.contains(to) {
                format!("{} leads back to itself", show(to))
            } else {
                let depth = 1 + self.depth(to, open, depths, found);
                deepest = deepest.max(depth);
                if depth != DEEPEST_NESTING {
                    continue;
                }
                format!("parts and components nest deeper than {DEEPEST_NESTING} here")
            };
            let error = Diagnostic::error("template-invalid", message);
            found.push(error.at(source, span(range), ""));
        }
        open.pop();
        depths.insert(target.clone(), deepest);
        deepest
    }

    /// Everything that a body with these links can reach.
    pub(super) fn reach(&self, links: &Links) -> std::collections::BTreeSet<Target> {
        let mut reached = std::collections::BTreeSet::new();
        let parts = links.includes.iter().map(|(name, _)| Target::Part(name.clone()));
        let calls = links.calls.iter().map(|(name, _)| Target::Component(name.clone()));
        let mut waiting: Vec<Target> = parts.chain(calls).collect();
        while let Some(target) = waiting.pop() {
            if reached.insert(target.clone()) {
                let edges = self.edges.get(&target).into_iter().flatten();
                waiting.extend(edges.map(|(to, ..)| to.clone()));
            }
        }
        reached
    }
}

fn show(target: &Target) -> String {
    match target {
        Target::Part(name) => format!("the part `{name}`"),
        Target::Component(name) => format!("the component `{name}`"),
    }
}
