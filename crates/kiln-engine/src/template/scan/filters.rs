//! What filters read of their value, and what of it they hand on.

use super::super::reads::{Depth, Step};
use super::super::syntax::{Expression, FilterUse};
use super::Scanner;
use super::shape::Shape;

fn argument<'u>(filter: &'u FilterUse, name: &str) -> Option<&'u Expression> {
    filter.arguments.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// An argument that is written out as a text.
fn text<'u>(filter: &'u FilterUse, name: &str) -> Option<&'u str> {
    argument(filter, name).and_then(Expression::as_text)
}

impl<'u> Scanner<'u> {
    pub(super) fn filter(&mut self, base: &'u Expression, filter: &'u FilterUse) -> Shape {
        let base = self.shape(base);
        if let Some(attribute) = text(filter, "attribute") {
            return self.by_attribute(&base, filter, attribute);
        }
        match filter.name.as_str() {
            "default" => return self.or_default(base, filter),
            "find" => return self.find(&base, filter),
            "get" if text(filter, "key").is_some() => return self.get(&base, filter),
            "first" | "last" | "nth" => {
                self.arguments(std::slice::from_ref(filter));
                return Shape { computed: true, ..self.each(&base) };
            }
            "reverse" | "values" => {
                return Shape { computed: true, ..Shape::of_items(self.each(&base)) };
            }
            "unique" => {
                self.read(&base, Depth::Whole);
                return Shape::of_items(self.each(&base));
            }
            "length" | "keys" => self.read(&base, Depth::Length),
            _ => self.read(&base, Depth::Whole),
        }
        self.arguments(std::slice::from_ref(filter));
        Shape::computed()
    }

    /// Filters that look at one place in each item.
    fn by_attribute(&mut self, base: &Shape, filter: &'u FilterUse, attribute: &str) -> Shape {
        let item = self.each(base);
        let field = self.dotted(&item, attribute);
        if filter.name == "pluck" {
            let mut inner = self.each(&field);
            inner.join(&field);
            return Shape::of_items(inner);
        }
        self.read(&field, Depth::Whole);
        match filter.name.as_str() {
            "sort" => Shape::of_items(item),
            "group_by" => Shape::of_items(Shape::of_items(item)),
            _ => {
                self.read(base, Depth::Whole);
                Shape::computed()
            }
        }
    }

    fn or_default(&mut self, mut shape: Shape, filter: &'u FilterUse) -> Shape {
        for (_, value) in &filter.arguments {
            shape.join(&self.shape(value));
        }
        self.limited(shape)
    }

    fn find(&mut self, base: &Shape, filter: &'u FilterUse) -> Shape {
        self.arguments(std::slice::from_ref(filter));
        let item = self.each(base);
        let key = self.step(&item, &Step::Key);
        self.read(&key, Depth::Whole);
        let found = match (argument(filter, "get"), text(filter, "get")) {
            (None, _) => item,
            (_, Some(get)) => self.dotted(&item, get),
            _ => {
                self.read(&item, Depth::Whole);
                Shape::default()
            }
        };
        Shape { computed: true, ..found }
    }

    fn get(&mut self, base: &Shape, filter: &'u FilterUse) -> Shape {
        let key = text(filter, "key").unwrap_or_default();
        let mut shape = self.step(base, &Step::Field(key.into()));
        if let Some(value) = argument(filter, "default") {
            shape.join(&self.shape(value));
        }
        self.limited(shape)
    }
}
