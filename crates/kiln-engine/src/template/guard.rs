//! The text that tera gets: lines of one statement are gone, and every operation that costs more than a constant, or
//! would take what does not exist for nothing, goes through a function of the engine.
//!
//! tera counts neither rounds of loops nor bytes of values. So `for x in a.b` becomes `for x in __loop(v=a.b,w=12)`,
//! which pays for all rounds when the loop starts; lists, maps and joined texts go through `__new`, comparisons and
//! costly filters through `__use`, prints that go into a value instead of the output through `__out`. Names with two
//! underscores cannot be written in a template. Offsets in the new text are mapped back, so that errors show the
//! original.

use super::syntax::{
    BinaryOperator, ComponentCall, Expression, ExpressionKind, FilterUse, Literal, Node, Range,
    Unit,
};
use super::words;

/// How many texts one `~` chain may join.
pub(super) const LONGEST_CHAIN: usize = 64;

/// A text for tera.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) text: String,
    /// Where pieces of the original begin: in the new text, and in the original.
    pieces: Vec<(usize, usize)>,
}

impl Guarded {
    /// The place in the original of a place in the new text.
    pub(super) fn original(&self, range: &Range) -> Range {
        let start = self.offset(range.start);
        start..self.offset(range.end).max(start)
    }

    fn offset(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(new, _)| *new <= at).saturating_sub(1);
        let (new, original) = self.pieces[piece];
        let next = self.pieces.get(piece + 1).map_or(usize::MAX, |(_, original)| *original);
        (original + (at - new)).min(next)
    }
}

enum Edit {
    Insert(String),
    Remove(usize),
}

/// Rewrites a parsed text.
pub(super) fn guard(text: &str, unit: &Unit, is_part: bool) -> Guarded {
    guard_with(text, unit, is_part, Vec::new())
}

/// The same with more texts put in, none of them within what vanishes.
pub(super) fn guard_with(
    text: &str,
    unit: &Unit,
    is_part: bool,
    inserted: Vec<(usize, String)>,
) -> Guarded {
    let edits = inserted.into_iter().map(|(at, text)| (at, Edit::Insert(text))).collect();
    let mut guard = Guard { edits, is_captured: is_part };
    if is_part {
        guard.insert(0, format!("{{= __tick(w={}) =}}", text.len()));
    }
    guard.nodes(&unit.body);
    guard.is_captured = true;
    for component in &unit.components {
        let range = &component.body_range;
        let trim = if component.trims { "-" } else { "" };
        guard.insert(range.start, format!("{{= __tick(w={}) {trim}=}}", range.len()));
        guard.nodes(&component.body);
    }
    let removals = unit.vanishing.iter().map(|range| (range.start, Edit::Remove(range.end)));
    guard.edits.extend(removals);
    guard.edits.sort_by_key(|(at, _)| *at);
    apply(text, guard.edits)
}

fn apply(text: &str, edits: Vec<(usize, Edit)>) -> Guarded {
    let mut guarded = Guarded { text: String::with_capacity(text.len() * 2), pieces: vec![(0, 0)] };
    let mut at = 0;
    for (place, edit) in edits {
        guarded.text.push_str(&text[at..place]);
        at = place;
        match edit {
            Edit::Insert(inserted) => {
                guarded.pieces.push((guarded.text.len(), place));
                guarded.text.push_str(&inserted);
            }
            Edit::Remove(end) => at = end,
        }
        // What was inserted has no place of its own: its end is the place itself.
        guarded.pieces.push((guarded.text.len(), at));
    }
    guarded.text.push_str(&text[at..]);
    guarded
}

struct Guard {
    edits: Vec<(usize, Edit)>,
    /// What is printed here goes into a value, or may be run any number of times.
    is_captured: bool,
}

impl Guard {
    fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.edits.push((at, Edit::Insert(text.into())));
    }

    /// Passes an expression through a function, with what is inside of it.
    fn through(&mut self, function: &str, expression: &Expression) {
        self.insert(expression.range.start, format!("{function}(v="));
        self.inside(expression);
        self.insert(expression.range.end, ")");
    }

    /// An expression whose value must exist.
    fn defined(&mut self, expression: &Expression) {
        if expression.may_be_undefined() {
            self.through("__def", expression);
        } else {
            self.inside(expression);
        }
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn captured(&mut self, nodes: &[Node]) {
        let outer = std::mem::replace(&mut self.is_captured, true);
        self.nodes(nodes);
        self.is_captured = outer;
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(_) | Node::Leave | Node::Include { .. } => {}
            Node::Print(value) if self.is_captured => self.through("__out", value),
            Node::Print(value) => self.inside(value),
            Node::Set { value, .. } => self.defined(value),
            Node::SetBlock { filters, body, .. } | Node::Filter { filters, body } => {
                filters.iter().for_each(|filter| self.arguments(filter));
                self.captured(body);
            }
            Node::For(each) => {
                self.looped(&each.target, each.range.len());
                self.nodes(&each.body);
                self.nodes(&each.otherwise);
            }
            Node::If { branches, otherwise } => {
                for (condition, body) in branches {
                    self.inside(condition);
                    self.nodes(body);
                }
                self.nodes(otherwise);
            }
            Node::Call(call, body) => {
                self.call(call);
                self.captured(body);
            }
        }
    }

    fn looped(&mut self, target: &Expression, weight: usize) {
        self.insert(target.range.start, "__loop(v=");
        self.inside(target);
        self.insert(target.range.end, format!(",w={weight})"));
    }

    fn arguments(&mut self, filter: &FilterUse) {
        filter.arguments.iter().for_each(|(_, value)| self.defined(value));
    }

    fn call(&mut self, call: &ComponentCall) {
        for attribute in &call.attributes {
            if attribute.is_short {
                let name = attribute.name.as_deref().unwrap_or("");
                self.insert(attribute.value.range.end, format!("={{__def(v={name})}}"));
            } else {
                self.defined(&attribute.value);
            }
        }
    }

    /// The guards inside of an expression that is not passed through a function itself.
    fn inside(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Binary { operator: BinaryOperator::Concat, .. } => {
                self.insert(expression.range.start, "__new(v=");
                self.chain(expression);
                self.insert(expression.range.end, ")");
            }
            ExpressionKind::List(entries) | ExpressionKind::Map(entries) => {
                if entries.iter().all(|entry| entry.value.is_literal()) {
                    return;
                }
                self.insert(expression.range.start, "__new(v=");
                entries.iter().for_each(|entry| self.defined(&entry.value));
                self.insert(expression.range.end, ")");
            }
            ExpressionKind::Comprehension(each) => {
                self.insert(expression.range.start, "__new(v=");
                match each.item.kind {
                    ExpressionKind::Variable(_) => {}
                    _ => self.defined(&each.item),
                }
                self.looped(&each.target, expression.range.len());
                each.condition.iter().for_each(|condition| self.inside(condition));
                self.insert(expression.range.end, ")");
            }
            ExpressionKind::Binary { operator, left, right } => self.binary(*operator, left, right),
            ExpressionKind::Item { base, index } => {
                self.inside(base);
                if index.as_text().is_none() {
                    self.through("__at", index);
                }
            }
            ExpressionKind::Slice { base, bounds } => {
                self.inside(base);
                bounds.iter().for_each(|bound| self.through("__at", bound));
            }
            ExpressionKind::Filter { base, filter } => {
                match words::filter(&filter.name).map_or(words::Cost::Own, |known| known.cost) {
                    words::Cost::Own if filter.name == "default" => self.inside(base),
                    words::Cost::Own => self.defined(base),
                    words::Cost::Shallow => self.through("__few", base),
                    words::Cost::Deep => self.through("__use", base),
                }
                self.arguments(filter);
            }
            ExpressionKind::Test { base, test } => {
                match test.name.as_str() {
                    "defined" | "undefined" => self.inside(base),
                    _ => self.defined(base),
                }
                self.arguments(test);
            }
            ExpressionKind::Minus(inner) => self.defined(inner),
            ExpressionKind::Call(call) => self.call(call),
            ExpressionKind::Function { arguments, .. } => {
                arguments.iter().for_each(|(_, value)| self.defined(value));
            }
            _ => expression.children().into_iter().for_each(|child| self.inside(child)),
        }
    }

    /// The operands of a chain of `~`; each is as large as a value may be at most.
    fn chain(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Binary { operator: BinaryOperator::Concat, left, right } => {
                self.chain(left);
                self.chain(right);
            }
            ExpressionKind::Literal(Literal::Nothing | Literal::Number | Literal::Bool)
            | ExpressionKind::Literal(Literal::Text(_))
            | ExpressionKind::Loop => {}
            _ => self.through("__use", expression),
        }
    }

    fn binary(&mut self, operator: BinaryOperator, left: &Expression, right: &Expression) {
        match operator {
            BinaryOperator::Compare if left.is_literal() || right.is_literal() => {
                self.defined(left);
                self.defined(right);
            }
            BinaryOperator::Compare => {
                self.through("__use", left);
                self.defined(right);
            }
            BinaryOperator::In => {
                self.defined(left);
                if matches!(right.kind, ExpressionKind::List(_)) {
                    self.inside(right);
                } else {
                    self.through("__use", right);
                }
            }
            BinaryOperator::Arithmetic | BinaryOperator::Concat => {
                self.defined(left);
                self.defined(right);
            }
            BinaryOperator::And | BinaryOperator::Or => {
                self.inside(left);
                self.inside(right);
            }
        }
    }
}

/// The longest chain of `~` in an expression, and where it stands.
pub(super) fn longest_chain(expression: &Expression) -> (usize, Range) {
    let own = match &expression.kind {
        ExpressionKind::Binary { operator: BinaryOperator::Concat, left, right } => {
            links(left) + links(right)
        }
        _ => 0,
    };
    let inside = expression.children().into_iter().map(longest_chain);
    inside.fold(
        (own, expression.range.clone()),
        |longest, next| {
            if next.0 > longest.0 { next } else { longest }
        },
    )
}

fn links(expression: &Expression) -> usize {
    match &expression.kind {
        ExpressionKind::Binary { operator: BinaryOperator::Concat, left, right } => {
            links(left) + links(right)
        }
        _ => 1,
    }
}
