//! tera's errors as diagnostics over the original text.

use std::sync::Arc;

use kiln_base::{Diagnostic, Source, Span, did_you_mean};
use kiln_model::{Map, Value};

use super::check::span;
use super::filters::UNDEFINED;
use super::guard::Guarded;
use super::meter::Limit;
use super::reads::{Path, names_at};
use super::scan::{Library, Mention, mentions};
use super::syntax::{Component, Expression, ExpressionKind, Node, Range, Unit};

/// Where an error lies and what is known there.
pub(super) struct Place<'e> {
    pub(super) source: &'e Arc<Source>,
    pub(super) unit: &'e Unit,
    pub(super) guarded: &'e Guarded,
    pub(super) library: &'e Library<'e>,
    pub(super) context: &'e Value,
}

/// The diagnostic of what tera says about a range of a guarded text.
pub(super) fn explain(
    place: &Place<'_>,
    message: &str,
    range: &Range,
    hit: Option<Limit>,
) -> Diagnostic {
    let original = place.guarded.original(range);
    if let Some(limit) = hit {
        return Diagnostic::error("template-too-costly", limit.message()).at(
            place.source,
            span(&original),
            "",
        );
    }
    if message == UNDEFINED || message.contains("undefined") || message.contains("is not defined") {
        let is_base = message.starts_with("Cannot index") || message.starts_with("Cannot slice");
        return undefined(place, &original, is_base);
    }
    let text = tidy(message);
    Diagnostic::error("template-failed", text).at(place.source, span(&original), "")
}

/// A limit that was hit at no certain place of a text.
pub(super) fn too_costly(source: &Arc<Source>, limit: Limit) -> Diagnostic {
    Diagnostic::error("template-too-costly", limit.message()).at(source, Span::default(), "")
}

/// tera's sentence in the style and the words of the format.
pub(super) fn tidy(message: &str) -> String {
    let quoted = |text: &str| text.split('`').nth(1).map(kind_of).unwrap_or("something else");
    if let Some((_, kind)) = message.split_once("Iteration not possible on type ") {
        return format!("a loop goes over a list, map or text, not {}", quoted(kind));
    }
    let types =
        message.split_once("expected `").and_then(|(_, rest)| rest.split_once("` but got "));
    if let Some((expected, got)) = types {
        return format!("expected {}, found {}", kind_of(expected), quoted(got));
    }
    if let Some((_, path)) = message.split_once("does not have an attribute at path: ") {
        return format!("an item of the list has no `{path}`");
    }
    let mut chars = message.trim_end_matches('.').chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => "the template failed".to_owned(),
    }
}

/// What tera's name of a type stands for.
fn kind_of(name: &str) -> &'static str {
    match name {
        "&str" | "string" | "String" => "a text",
        "array" | "&[Value]" | "Vec<Value>" => "a list",
        "map/struct" | "Map" => "a map",
        "bool" => "a bool",
        "none" => "nothing",
        _ => "a number",
    }
}

fn undefined(place: &Place<'_>, range: &Range, is_base: bool) -> Diagnostic {
    let mut finder = Finder { range, is_base, found: None };
    finder.nodes(&place.unit.body);
    place.unit.components.iter().for_each(|component: &Component| finder.nodes(&component.body));
    let text = |range: &Range| &place.source.text[range.clone()];
    let Some(expression) = finder.found else {
        let message = format!("`{}` is not defined", text(range).trim());
        return Diagnostic::error("template-undefined", message).at(place.source, span(range), "");
    };
    match &expression.kind {
        ExpressionKind::Variable(name) => {
            let message = format!("`{name}` is not defined");
            let own = names_of(place.unit);
            let in_scope = place.context.as_map().into_iter().flat_map(Map::names);
            let hint = did_you_mean(name, in_scope.chain(own.iter().map(String::as_str)));
            Diagnostic::error("template-undefined", message)
                .at(place.source, span(&expression.range), "")
                .hint_if(hint)
        }
        ExpressionKind::Attribute { base, name, name_range } => {
            let message = format!("`{}` has no `{name}`", text(&base.range));
            let parents = mentions(place.unit, place.library)
                .into_iter()
                .filter(|mention: &Mention| mention.range == *name_range)
                .flat_map(|mention| mention.parents)
                .collect::<std::collections::BTreeSet<Path>>();
            let hint = did_you_mean(name, names_at(&parents, place.context));
            Diagnostic::error("template-undefined", message)
                .at(place.source, span(name_range), "")
                .hint_if(hint)
        }
        _ => {
            let message = format!("`{}` does not exist", text(&expression.range));
            Diagnostic::error("template-undefined", message).at(
                place.source,
                span(&expression.range),
                "",
            )
        }
    }
}

/// Finds the expression that a range names: the path whose last name it is, or the largest path within it.
struct Finder<'f> {
    range: &'f Range,
    /// What is missing is what some index or slice is taken of; the range is where that starts.
    is_base: bool,
    found: Option<&'f Expression>,
}

impl<'f> Finder<'f> {
    fn nodes(&mut self, nodes: &'f [Node]) {
        for node in nodes {
            match node {
                Node::Text(_) | Node::Leave | Node::Include { .. } => {}
                Node::Print(value) | Node::Set { value, .. } => self.expression(value),
                Node::SetBlock { filters, body, .. } | Node::Filter { filters, body } => {
                    let arguments = filters.iter().flat_map(|filter| &filter.arguments);
                    arguments.for_each(|(_, value)| self.expression(value));
                    self.nodes(body);
                }
                Node::For(each) => {
                    self.expression(&each.target);
                    self.nodes(&each.body);
                    self.nodes(&each.otherwise);
                }
                Node::If { branches, otherwise } => {
                    for (condition, body) in branches {
                        self.expression(condition);
                        self.nodes(body);
                    }
                    self.nodes(otherwise);
                }
                Node::Call(call, body) => {
                    call.attributes.iter().for_each(|each| self.expression(&each.value));
                    self.nodes(body);
                }
            }
        }
    }

    fn expression(&mut self, expression: &'f Expression) {
        if let (true, ExpressionKind::Item { base, .. } | ExpressionKind::Slice { base, .. }) =
            (self.is_base, &expression.kind)
        {
            let found = self.found.or(Some(base));
            self.found = found.filter(|found| found.range.start == self.range.start);
        }
        if self.is_base {
            return expression.children().into_iter().for_each(|child| self.expression(child));
        }
        let within =
            |outer: &Range, inner: &Range| outer.start <= inner.start && inner.end <= outer.end;
        let matches = match &expression.kind {
            ExpressionKind::Variable(_) => within(self.range, &expression.range),
            ExpressionKind::Attribute { name_range, .. } => within(self.range, name_range),
            // tera shows a part of it that reaches into the brackets.
            ExpressionKind::Item { base, .. } => {
                self.range.start == expression.range.start
                    && self.range.end > base.range.end + 1
                    && self.range.end <= expression.range.end
            }
            _ => false,
        };
        if matches && self.found.is_none_or(|found| within(&expression.range, &found.range)) {
            self.found = Some(expression);
        }
        // The outermost path is the one that is missing; what it is made of comes next only where it does not match.
        if !matches {
            expression.children().into_iter().for_each(|child| self.expression(child));
        }
    }
}

/// The names that a text gives to values.
fn names_of(unit: &Unit) -> Vec<String> {
    fn collect(nodes: &[Node], names: &mut Vec<String>) {
        for node in nodes {
            match node {
                Node::Set { name, .. } => names.push(name.clone()),
                Node::SetBlock { name, body, .. } => {
                    names.push(name.clone());
                    collect(body, names);
                }
                Node::For(each) => {
                    names.extend(each.key.iter().chain([&each.value]).cloned());
                    collect(&each.body, names);
                    collect(&each.otherwise, names);
                }
                Node::If { branches, otherwise } => {
                    branches.iter().for_each(|(_, body)| collect(body, names));
                    collect(otherwise, names);
                }
                Node::Filter { body, .. } | Node::Call(_, body) => collect(body, names),
                _ => {}
            }
        }
    }
    let mut names = Vec::new();
    collect(&unit.body, &mut names);
    for component in &unit.components {
        names.extend(component.parameters.iter().map(|parameter| parameter.name.clone()));
        collect(&component.body, &mut names);
    }
    names
}
