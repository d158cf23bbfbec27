//! Takes a node apart: what is asked for is known, and what nobody asked for is an error.

use std::collections::BTreeMap;

use kiln_base::{Span, Spanned, did_you_mean};
use kiln_model::Raw;
use semver::{Version, VersionReq};

use crate::context::{Context, one_of};
use crate::syntax::{Entry, Node, Scalar};

/// A node of which parts are taken one by one. [`Cursor::finish`] complains about the rest.
pub(crate) struct Cursor<'n> {
    /// The node.
    pub(crate) node: &'n Node,
    usage: &'static str,
    arguments: std::vec::IntoIter<&'n Entry>,
    properties: Vec<(&'n Spanned<String>, &'n Entry)>,
    known: Vec<&'static str>,
    block_used: bool,
    refused: bool,
}

impl<'n> Cursor<'n> {
    /// Starts; `usage` is how the node is written.
    pub(crate) fn new(cx: &mut Context, node: &'n Node, usage: &'static str) -> Self {
        if let Some(annotation) = &node.annotation
            && !annotation.value.is_empty()
        {
            let message = format!("`({})` may not stand before a node", annotation.value);
            cx.report("unknown-annotation", annotation.span, message);
        }
        let mut properties: Vec<(&Spanned<String>, &Entry)> = Vec::new();
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut arguments = Vec::new();
        for entry in &node.entries {
            let Some(name) = &entry.name else {
                arguments.push(entry);
                continue;
            };
            match seen.insert(&name.value, name.span) {
                Some(first) => cx.report_twice(
                    "duplicate-property",
                    first,
                    name.span,
                    format!("`{}` stands twice in `{}`", name.value, node.name.value),
                ),
                None => properties.push((name, entry)),
            }
        }
        Self {
            node,
            usage,
            arguments: arguments.into_iter(),
            properties,
            known: Vec::new(),
            block_used: false,
            refused: false,
        }
    }

    /// The node's name.
    pub(crate) fn name(&self) -> &'n str {
        &self.node.name.value
    }

    /// The next argument, which must be there and be text.
    pub(crate) fn text(&mut self, cx: &mut Context, what: &str) -> Option<Spanned<String>> {
        if self.arguments.len() == 0 {
            self.report_missing(cx, what);
            return None;
        }
        self.optional_text(cx)
    }

    /// The next argument, text if there is one.
    pub(crate) fn optional_text(&mut self, cx: &mut Context) -> Option<Spanned<String>> {
        self.arguments.next().and_then(|entry| text_of(cx, entry))
    }

    /// All further arguments, which must be texts, at least one.
    pub(crate) fn texts(&mut self, cx: &mut Context, what: &str) -> Vec<Spanned<String>> {
        if self.arguments.len() == 0 {
            self.report_missing(cx, what);
        }
        self.rest_of_texts(cx)
    }

    /// All further arguments, which must be texts, if any.
    pub(crate) fn rest_of_texts(&mut self, cx: &mut Context) -> Vec<Spanned<String>> {
        self.arguments.by_ref().filter_map(|entry| text_of(cx, entry)).collect()
    }

    /// The next argument, of any kind.
    pub(crate) fn value(&mut self, cx: &mut Context, what: &str) -> Option<Spanned<Raw>> {
        match self.arguments.next() {
            Some(entry) => raw_of(cx, entry),
            None => {
                self.report_missing(cx, what);
                None
            }
        }
    }

    /// All further arguments, of any kind.
    pub(crate) fn values(&mut self, cx: &mut Context) -> Vec<Spanned<Raw>> {
        self.arguments.by_ref().filter_map(|entry| raw_of(cx, entry)).collect()
    }

    /// How many arguments are left.
    pub(crate) fn arguments_left(&self) -> usize {
        self.arguments.len()
    }

    fn report_missing(&mut self, cx: &mut Context, what: &str) {
        if self.refused {
            return;
        }
        self.refused = true;
        cx.report_with(
            "missing-argument",
            self.node.head,
            format!("`{}` needs {what}", self.name()),
            format!("write `{}`", self.usage),
        );
    }

    /// The entry of a property.
    pub(crate) fn property(&mut self, name: &'static str) -> Option<&'n Entry> {
        self.known.push(name);
        let at = self.properties.iter().position(|(key, _)| key.value == name)?;
        Some(self.properties.remove(at).1)
    }

    /// A property that is text.
    pub(crate) fn text_property(
        &mut self,
        cx: &mut Context,
        name: &'static str,
    ) -> Option<Spanned<String>> {
        self.property(name).and_then(|entry| text_of(cx, entry))
    }

    /// A property that is text and must be there.
    pub(crate) fn required_property(
        &mut self,
        cx: &mut Context,
        name: &'static str,
    ) -> Option<Spanned<String>> {
        let Some(entry) = self.property(name) else {
            cx.report_with(
                "missing-property",
                self.node.head,
                format!("`{}` needs `{name}=…`", self.name()),
                format!("write `{}`", self.usage),
            );
            return None;
        };
        text_of(cx, entry)
    }

    /// A property that is true or false; false if it is absent.
    pub(crate) fn flag(&mut self, cx: &mut Context, name: &'static str) -> bool {
        let Some(entry) = self.property(name) else { return false };
        refuse_annotation(cx, entry);
        match &entry.value {
            Scalar::Bool(value) => return *value,
            Scalar::Invalid => {}
            _ => cx.report_with(
                "wrong-type",
                entry.span,
                format!("`{name}` is true or false"),
                format!("write `{name}=#true` or `{name}=#false`"),
            ),
        }
        false
    }

    /// A property that is a whole number.
    pub(crate) fn int_property(&mut self, cx: &mut Context, name: &'static str) -> Option<i64> {
        let entry = self.property(name)?;
        refuse_annotation(cx, entry);
        match &entry.value {
            Scalar::Int(value) => return Some(*value),
            Scalar::Invalid => {}
            _ => cx.report("wrong-type", entry.span, format!("`{name}` is a whole number")),
        }
        None
    }

    /// A property of any kind.
    pub(crate) fn raw_property(
        &mut self,
        cx: &mut Context,
        name: &'static str,
    ) -> Option<Spanned<Raw>> {
        self.property(name).and_then(|entry| raw_of(cx, entry))
    }

    /// A property that is one of a few words.
    pub(crate) fn choice_property<T: Copy>(
        &mut self,
        cx: &mut Context,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let word = self.text_property(cx, name)?;
        let message = format!("`{name}` cannot be `{}`", word.value);
        choose(cx, message, &word, choices)
    }

    /// A property that is a range of versions.
    pub(crate) fn range_property(
        &mut self,
        cx: &mut Context,
        name: &'static str,
    ) -> Option<Spanned<VersionReq>> {
        let text = self.text_property(cx, name)?;
        range(cx, &text)
    }

    /// All properties that nobody asked for yet, with their values.
    pub(crate) fn other_properties(
        &mut self,
        cx: &mut Context,
    ) -> Vec<(Spanned<String>, Spanned<Raw>)> {
        std::mem::take(&mut self.properties)
            .into_iter()
            .filter_map(|(name, entry)| Some((name.clone(), raw_of(cx, entry)?)))
            .collect()
    }

    /// The block; none if there is none.
    pub(crate) fn block(&mut self) -> Option<&'n [Node]> {
        self.block_used = true;
        self.node.children.as_deref()
    }

    /// Complains about what was not taken.
    pub(crate) fn finish(mut self, cx: &mut Context) {
        self.finish_with(cx, |_| None);
    }

    /// As [`Cursor::finish`], with hints for properties that people may mean.
    pub(crate) fn finish_with(
        &mut self,
        cx: &mut Context,
        property_hint: impl Fn(&str) -> Option<String>,
    ) {
        self.refuse_arguments(cx);
        for (name, _) in std::mem::take(&mut self.properties) {
            let hint = property_hint(&name.value)
                .or_else(|| did_you_mean(&name.value, self.known.iter().copied()))
                .or_else(|| one_of(&self.known));
            let message = format!("`{}` has no property `{}`", self.name(), name.value);
            let error = cx.error("unknown-property", name.span, message).hint_if(hint);
            cx.push(error);
        }
        if let (false, Some(children)) = (self.block_used, &self.node.children) {
            let place = children.first().map_or(self.node.span, |child| child.head);
            let message = format!("`{}` has no block", self.name());
            cx.report_with("unexpected-block", place, message, format!("write `{}`", self.usage));
        }
    }

    fn refuse_arguments(&mut self, cx: &mut Context) {
        let left: Vec<&Entry> = self.arguments.by_ref().collect();
        let Some(first) = left.iter().find(|entry| entry.value != Scalar::Invalid) else { return };
        let all: Vec<&Entry> =
            self.node.entries.iter().filter(|entry| entry.name.is_none()).collect();
        let texts: Option<Vec<&str>> = all
            .iter()
            .map(|entry| match &entry.value {
                Scalar::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let hint = match texts {
            Some(texts) if all.len() - left.len() == 1 => {
                format!("if it is one text, quote it: `\"{}\"`", texts.join(" "))
            }
            _ => format!("write `{}`", self.usage),
        };
        let message = format!("one value too many in `{}`", self.name());
        cx.report_with("too-many-arguments", first.span, message, hint);
    }
}

fn refuse_annotation(cx: &mut Context, entry: &Entry) {
    if let Some(annotation) = &entry.annotation
        && !annotation.value.is_empty()
    {
        let message = format!("`({})` may not stand here", annotation.value);
        cx.report("unknown-annotation", annotation.span, message);
    }
}

/// An entry that must be text.
pub(crate) fn text_of(cx: &mut Context, entry: &Entry) -> Option<Spanned<String>> {
    refuse_annotation(cx, entry);
    match &entry.value {
        Scalar::Text(text) => return Some(Spanned::new(text.clone(), entry.span)),
        Scalar::Invalid => {}
        Scalar::Int(value) => cx.report_with(
            "wrong-type",
            entry.span,
            "a text is needed here",
            format!("quote it: `\"{value}\"`"),
        ),
        Scalar::Bool(_) | Scalar::Null => {
            cx.report("wrong-type", entry.span, "a text is needed here");
        }
    }
    None
}

/// An entry of any kind, or a part.
pub(crate) fn raw_of(cx: &mut Context, entry: &Entry) -> Option<Spanned<Raw>> {
    let raw = match (&entry.annotation, &entry.value) {
        (_, Scalar::Invalid) => return None,
        (Some(annotation), _) if annotation.value.is_empty() => return None,
        (Some(annotation), Scalar::Text(file)) if annotation.value == "part" => {
            part(cx, file, entry.span)?
        }
        (Some(annotation), _) => {
            let message = format!("`({})` may not stand here", annotation.value);
            let hint =
                "only `(part)\"file\"` is known: the text that a file of `parts/` renders to";
            cx.report_with("unknown-annotation", annotation.span, message, hint);
            return None;
        }
        (None, Scalar::Null) => Raw::Null,
        (None, Scalar::Bool(value)) => Raw::Bool(*value),
        (None, Scalar::Int(value)) => Raw::Int(*value),
        (None, Scalar::Text(text)) => Raw::Text(text.clone()),
    };
    Some(Spanned::new(raw, entry.span))
}

fn part(cx: &mut Context, file: &str, span: Span) -> Option<Raw> {
    match kiln_base::RelPath::new(file) {
        Ok(_) => Some(Raw::Part(file.to_owned())),
        Err(error) => {
            cx.report("bad-path", span, error.to_string());
            None
        }
    }
}

/// The argument of a node that must be `(part)"file"`.
pub(crate) fn part_property(
    cx: &mut Context,
    cursor: &mut Cursor<'_>,
    name: &'static str,
) -> Option<Spanned<String>> {
    let Some(entry) = cursor.property(name) else {
        let message = format!("`{}` needs `{name}=(part)\"…\"`", cursor.name());
        cx.report("missing-property", cursor.node.head, message);
        return None;
    };
    let raw = raw_of(cx, entry)?;
    match raw.value {
        Raw::Part(file) => Some(Spanned::new(file, raw.span)),
        _ => {
            let message = format!("`{name}` names a file of `parts/`");
            let hint = format!("write `{name}=(part)\"file.sql\"`");
            cx.report_with("wrong-type", raw.span, message, hint);
            None
        }
    }
}

/// One of a few words.
pub(crate) fn choice<T: Copy>(
    cx: &mut Context,
    what: &str,
    word: &Spanned<String>,
    choices: &[(&'static str, T)],
) -> Option<T> {
    choose(cx, format!("`{}` is no {what}", word.value), word, choices)
}

fn choose<T: Copy>(
    cx: &mut Context,
    message: String,
    word: &Spanned<String>,
    choices: &[(&'static str, T)],
) -> Option<T> {
    let found = choices.iter().find(|(name, _)| *name == word.value).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        cx.report_unknown("unknown-word", word.span, message, &word.value, &known);
    }
    found
}

/// A range of versions.
pub(crate) fn range(cx: &mut Context, text: &Spanned<String>) -> Option<Spanned<VersionReq>> {
    match VersionReq::parse(&text.value) {
        Ok(range) => Some(Spanned::new(range, text.span)),
        Err(error) => {
            let message = format!("`{}` is no range of versions: {error}", text.value);
            let hint = "such as `\"^1.2\"` or `\">=1, <3\"`";
            cx.report_with("bad-range", text.span, message, hint);
            None
        }
    }
}

/// A version.
pub(crate) fn version(cx: &mut Context, text: &Spanned<String>) -> Option<Spanned<Version>> {
    match Version::parse(&text.value) {
        Ok(version) => Some(Spanned::new(version, text.span)),
        Err(error) => {
            let message = format!("`{}` is no version: {error}", text.value);
            cx.report_with("bad-version", text.span, message, "such as `\"1.2.3\"`");
            None
        }
    }
}

/// A block whose nodes have values: `columns title status`. One value stands for itself, none or several are a list.
pub(crate) fn value_node(
    cx: &mut Context,
    node: &Node,
    usage: &'static str,
) -> Option<(Spanned<String>, Spanned<Raw>)> {
    let mut cursor = Cursor::new(cx, node, usage);
    let count = cursor.arguments_left();
    let value = if count == 1 {
        cursor.value(cx, "a value")
    } else {
        Some(Spanned::new(Raw::List(list(cx, &mut cursor)), node.head))
    };
    cursor.finish(cx);
    Some((node.name.clone(), value?))
}

/// All further arguments as a list of texts.
pub(crate) fn list(cx: &mut Context, cursor: &mut Cursor<'_>) -> Vec<String> {
    cursor.rest_of_texts(cx).into_iter().map(|text| text.value).collect()
}
