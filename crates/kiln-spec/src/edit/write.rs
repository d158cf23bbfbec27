//! Values and nodes as kiln writes them into a person's text.

use kiln_model::{OwnershipWord, Raw};

use crate::syntax::{is_forbidden, is_newline};

/// A node to be written.
pub(super) struct New {
    /// Its name, arguments and properties.
    pub(super) head: String,
    /// What stands in its block; no block if empty.
    pub(super) children: Vec<String>,
}

impl New {
    /// A node without a block.
    pub(super) const fn line(head: String) -> Self {
        Self { head, children: Vec::new() }
    }

    /// On one line.
    pub(super) fn inline(&self) -> String {
        if self.children.is_empty() {
            return self.head.clone();
        }
        format!("{} {{ {} }}", self.head, self.children.join("; "))
    }

    /// On lines of its own, without the last newline. A block of one short node stays on its line.
    pub(super) fn lines(&self, indent: &str, step: &str, newline: &str, compact: bool) -> String {
        if self.children.is_empty() || compact && self.children.len() == 1 {
            return format!("{indent}{}", self.inline());
        }
        let mut text = format!("{indent}{} {{{newline}", self.head);
        for child in &self.children {
            text.push_str(&format!("{indent}{step}{child}{newline}"));
        }
        text.push_str(&format!("{indent}}}"));
        text
    }
}

/// A quoted text.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_newline(c) || is_forbidden(c) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A bare word if it can be one, else a quoted text.
pub(super) fn word(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !matches!(text, "true" | "false" | "null" | "inf" | "nan");
    if plain { text.to_owned() } else { quoted(text) }
}

/// The arguments that a value is written as; empty for an empty list.
pub(super) fn value(value: &Raw) -> String {
    match value {
        Raw::Null => "#null".to_owned(),
        Raw::Bool(value) => format!("#{value}"),
        Raw::Int(value) => value.to_string(),
        Raw::Text(text) => word(text),
        Raw::List(texts) => texts.iter().map(|text| word(text)).collect::<Vec<_>>().join(" "),
        Raw::Part(file) => format!("(part){}", quoted(file)),
    }
}

/// An option with its value.
pub(super) fn option(name: &str, raw: &Raw) -> String {
    format!("{} {}", word(name), value(raw)).trim_end().to_owned()
}

/// A reason behind a node; nothing if there is none.
pub(super) fn why(why: Option<&str>) -> String {
    why.map_or_else(String::new, |why| format!(" why={}", quoted(why)))
}

/// The word of a rule of ownership.
pub(super) fn ownership(word: OwnershipWord) -> &'static str {
    match word {
        OwnershipWord::Owned(ownership) => ownership.name(),
        OwnershipWord::Exclude => "exclude",
    }
}
