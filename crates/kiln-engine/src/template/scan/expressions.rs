//! What expressions read and yield.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::reads::{Depth, Step};
use super::super::syntax::{
    BinaryOperator, Component, ComponentCall, Comprehension, Entry, Expression, ExpressionKind,
    FilterUse, Range,
};
use super::shape::Shape;
use super::{MOST_STEPS, Mention, Scanner, Scope};

impl<'u> Scanner<'u> {
    /// Reads what evaluating an expression reads, and says what it yields.
    pub(super) fn shape(&mut self, expression: &'u Expression) -> Shape {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Shape::computed();
        }
        match &expression.kind {
            ExpressionKind::Literal(_) | ExpressionKind::Loop => return Shape::computed(),
            ExpressionKind::Variable(name) => return self.lookup(name),
            ExpressionKind::Attribute { base, name, name_range } => {
                return self.attribute(base, name, name_range);
            }
            ExpressionKind::Item { base, index } => return self.item(base, index),
            ExpressionKind::Slice { base, bounds } => {
                let base = self.shape(base);
                bounds.iter().for_each(|bound| self.whole(bound));
                return Shape { computed: true, ..Shape::of_items(self.each(&base)) };
            }
            ExpressionKind::List(entries) => return self.list(entries),
            ExpressionKind::Map(entries) => return self.map(entries),
            ExpressionKind::Filter { base, filter } => return self.filter(base, filter),
            ExpressionKind::Choice { condition, yes, no } => {
                self.shape(condition);
                return self.either(yes, no);
            }
            ExpressionKind::Comprehension(each) => return self.comprehension(each),
            ExpressionKind::Binary { operator, left, right } => {
                return self.binary(*operator, left, right);
            }
            ExpressionKind::Test { base, test } => self.test(base, test),
            ExpressionKind::Call(call) => self.call(call),
            ExpressionKind::Function { arguments, .. } => {
                arguments.iter().for_each(|(_, value)| self.whole(value));
            }
            ExpressionKind::Not(inner) => drop(self.shape(inner)),
            ExpressionKind::Minus(inner) => self.whole(inner),
        }
        Shape::computed()
    }

    fn attribute(&mut self, base: &'u Expression, name: &str, name_range: &Range) -> Shape {
        let base = self.shape(base);
        if self.remember && self.nesting == 0 {
            let mention = Mention { range: name_range.clone(), parents: base.paths.clone() };
            self.mentions.push(mention);
        }
        self.step(&base, &Step::Field(name.into()))
    }

    fn test(&mut self, base: &'u Expression, test: &'u FilterUse) {
        let base = self.shape(base);
        if !test.arguments.is_empty() {
            self.read(&base, Depth::Whole);
        }
        self.arguments(std::slice::from_ref(test));
    }

    fn either(&mut self, one: &'u Expression, other: &'u Expression) -> Shape {
        let mut shape = self.shape(one);
        shape.join(&self.shape(other));
        shape
    }

    fn comprehension(&mut self, each: &'u Comprehension) -> Shape {
        let target = self.shape(&each.target);
        self.looped(&target, each.key.as_ref(), &each.value);
        each.condition.iter().for_each(|condition| drop(self.shape(condition)));
        let item = self.shape(&each.item);
        self.scopes.pop();
        let list = Shape::of_items(item);
        self.limited(list)
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &'u Expression,
        right: &'u Expression,
    ) -> Shape {
        match operator {
            BinaryOperator::And | BinaryOperator::Or => return self.either(left, right),
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

    pub(super) fn call(&mut self, call: &'u ComponentCall) {
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
        if let Some(component) = self.library.components.get(call.name.as_str()) {
            self.called(component, passed, !spread.is_empty());
        }
    }

    fn called(
        &mut self,
        component: &'u Component,
        mut passed: BTreeMap<String, Shape>,
        more: bool,
    ) {
        let mut names = BTreeMap::new();
        for parameter in &component.parameters {
            let name = &parameter.name;
            let mut shape = passed.remove(name).unwrap_or_else(Shape::computed);
            if parameter.is_implicit {
                shape.join(&self.lookup_outwards(name));
            }
            shape.computed |= more;
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
