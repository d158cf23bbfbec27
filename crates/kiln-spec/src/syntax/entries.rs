//! What stands behind a node's name: arguments, properties, the block.

use kiln_base::{Span, Spanned};

use super::characters::{is_newline, is_space, is_word};
use super::reader::Reader;
use super::{Entry, Node, Scalar};

impl Reader<'_> {
    pub(super) fn entries(&mut self, node: &mut Node, depth: usize) {
        let mut block_seen = false;
        loop {
            let spaced = self.space();
            match self.peek() {
                None | Some(';' | '}') => return,
                Some(c) if is_newline(c) => return,
                Some('/') if self.rest().starts_with("//") => return,
                Some('{') if node.children.is_none() => {
                    let start = self.at;
                    node.children = Some(self.block(depth));
                    node.block = Some(self.span_from(start));
                    block_seen = true;
                }
                Some('/') if spaced && self.eat("/-") => {
                    self.line_space();
                    if self.peek() == Some('{') {
                        self.block(depth);
                        block_seen = true;
                    } else {
                        self.entry();
                    }
                }
                Some(_) if block_seen => self.refuse_after_block(depth),
                Some('=') if node.entries.is_empty() => {
                    node.entries.extend(self.equals(node));
                }
                Some(_) => {
                    let start = self.at;
                    let entry = self.entry();
                    let invalid = matches!(&entry, Some(entry) if entry.value == Scalar::Invalid);
                    if spaced || invalid {
                        node.entries.extend(entry);
                    } else {
                        let place = self.span_from(start);
                        self.report("missing-space", place, "a space is missing before it", None);
                    }
                }
            }
        }
    }

    /// `title = "…"`: KDL has no such thing, but people write it.
    fn equals(&mut self, node: &Node) -> Option<Entry> {
        let start = self.at;
        self.at += 1;
        self.space();
        let entry = match self.peek() {
            None | Some(';' | '}' | '{') => None,
            Some(c) if is_newline(c) => None,
            Some(_) => self.entry(),
        };
        let place = self.span_from(start);
        let value = entry.as_ref().map_or("VALUE", |entry| {
            &self.text[entry.span.start as usize..entry.span.end as usize]
        });
        let hint = format!(
            "write `{} {value}`",
            &self.text[node.name.span.start as usize..node.name.span.end as usize]
        );
        self.report("equals-sign", place, "`=` stands behind the name of a node", Some(hint));
        entry.map(|entry| Entry { value: Scalar::Invalid, name: None, ..entry })
    }

    fn refuse_after_block(&mut self, depth: usize) {
        let start = self.at;
        if self.peek() == Some('{') {
            self.block(depth);
            let place = Span::new(start, start + 1);
            self.report("second-block", place, "a node has one block", None);
            return;
        }
        self.eat_while(|c| !is_newline(c) && !matches!(c, ';' | '{' | '}'));
        let place = Span::new(start, self.end_of_node(start));
        let shown = &self.text[start..place.end as usize];
        let hint = "a block ends its node; a text with `{` or `}` is quoted";
        self.report(
            "after-block",
            place,
            format!("`{shown}` stands behind the block"),
            Some(hint.to_owned()),
        );
    }

    /// What stands in parentheses, if anything does.
    pub(super) fn annotation(&mut self) -> Option<Spanned<String>> {
        let start = self.at;
        if !self.eat("(") {
            return None;
        }
        self.space();
        let (value, _) = match self.peek() {
            Some(c) if is_word(c) || matches!(c, '"' | '#') => self.value(),
            _ => (Scalar::Null, false),
        };
        self.space();
        let closed = self.eat(")");
        let span = self.span_from(start);
        match value {
            Scalar::Text(text) if closed => return Some(Spanned::new(text, span)),
            Scalar::Invalid if closed => {}
            _ => self.report(
                "bad-annotation",
                span,
                "a word in parentheses was begun and not closed",
                Some("a text with parentheses is quoted".to_owned()),
            ),
        }
        Some(Spanned::new(String::new(), span))
    }

    /// An argument or a property.
    fn entry(&mut self) -> Option<Entry> {
        let start = self.at;
        if let Some(annotation) = self.annotation() {
            return Some(self.annotated(start, annotation));
        }
        let (value, text) = self.value();
        let span = self.span_from(start);
        self.space();
        if self.peek() != Some('=') {
            self.at = span.end as usize;
            return Some(Entry { name: None, annotation: None, value, span });
        }
        self.at += 1;
        if text && self.refuse_range(start, span) {
            return Some(Entry { name: None, annotation: None, value: Scalar::Invalid, span });
        }
        self.property(Spanned::new(value, span), text)
    }

    fn annotated(&mut self, start: usize, annotation: Spanned<String>) -> Entry {
        self.space();
        let ends = self.peek().is_none_or(|c| is_newline(c) || matches!(c, ';' | '}' | '{'));
        let value = if ends {
            if !annotation.value.is_empty() {
                let place = self.span_from(start);
                self.report("missing-value", place, "no value follows the parentheses", None);
            }
            Scalar::Invalid
        } else {
            self.value().0
        };
        Entry { name: None, annotation: Some(annotation), value, span: self.span_from(start) }
    }

    fn property(&mut self, key: Spanned<Scalar>, text: bool) -> Option<Entry> {
        self.space();
        let start = self.at;
        let annotation = self.annotation();
        let ends = self.peek().is_none_or(|c| is_newline(c) || matches!(c, ';' | '}'));
        let value = if ends {
            let place = Span { start: key.span.start, end: Span::new(0, self.at).end };
            self.report("missing-value", place, "nothing follows `=`", None);
            Scalar::Invalid
        } else {
            self.value().0
        };
        let name = match key.value {
            Scalar::Text(name) if text => name,
            Scalar::Invalid => return None,
            _ => {
                let message = "the name of a property is a word or a quoted text";
                self.report("bad-name", key.span, message, None);
                return None;
            }
        };
        let span = self.span_from(start);
        Some(Entry { name: Some(Spanned::new(name, key.span)), annotation, value, span })
    }

    /// `>=1` without quotes is a property named `>` to KDL; nobody means that.
    fn refuse_range(&mut self, start: usize, key: Span) -> bool {
        let word = &self.text[key.start as usize..key.end as usize];
        if word.is_empty() || !word.chars().all(|c| "<>=!~^".contains(c)) {
            return false;
        }
        loop {
            self.space();
            let part = self.eat_while(|c| {
                !is_space(c) && !is_newline(c) && !matches!(c, ';' | '{' | '}' | '"')
            });
            if part.is_empty() || !part.ends_with(',') {
                break;
            }
        }
        let place = self.span_from(start);
        let shown = &self.text[start..self.at];
        let hint = format!("quote it: `\"{shown}\"`");
        self.report(
            "unquoted-range",
            place,
            format!("KDL reads `{shown}` as a property named `{word}`"),
            Some(hint),
        );
        true
    }
}
