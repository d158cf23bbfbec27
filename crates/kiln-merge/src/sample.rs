//! Random documents for tests: values, and texts of them in many styles with comments.

use proptest::prelude::*;

use crate::tree::Format;
use crate::value::{Value, quoted};

/// A map that every format can hold (TOML has no null).
pub(crate) fn document() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(key(), value(3), 0..5)
        .prop_map(|map| Value::Map(map.into_iter().collect()))
}

pub(crate) fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["a", "b", "c", "d", "e"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["a b", "x.y", "@s/p", "é", "on"]).prop_map(str::to_owned),
    ]
}

pub(crate) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..4_i32).prop_map(|n| Value::Number(n.to_string())),
        Just(Value::Number("1.5".to_owned())),
        any::<bool>().prop_map(Value::Bool),
        prop::sample::select(vec![
            "x", "y", "# no", "a: b", "", " s ", "1", "true", "l1\nl2\n", "- q", "{", "é\"'"
        ])
        .prop_map(|text| Value::Text(text.to_owned())),
    ]
}

pub(crate) fn value(depth: u32) -> BoxedStrategy<Value> {
    if depth == 0 {
        return scalar().boxed();
    }
    prop_oneof![
        4 => scalar(),
        2 => prop::collection::vec(value(depth - 1), 0..4).prop_map(Value::List),
        4 => prop::collection::btree_map(key(), value(depth - 1), 0..4)
            .prop_map(|map| Value::Map(map.into_iter().collect())),
    ]
    .boxed()
}

/// Writes a value as a text; the bytes of `style` choose among the ways to write it.
pub(crate) fn write(format: Format, value: &Value, style: &[u8], tag: &str) -> String {
    let mut writer = Writer { style, at: 0, comments: 0, tag };
    match format {
        Format::Json => format!("{}\n", writer.json(value, 0)),
        Format::Toml => writer.toml(value),
        Format::Yaml => writer.yaml(value),
    }
}

struct Writer<'a> {
    style: &'a [u8],
    at: usize,
    comments: usize,
    tag: &'a str,
}

impl Writer<'_> {
    fn pick(&mut self, of: u8) -> u8 {
        if self.style.is_empty() {
            return 0;
        }
        self.at += 1;
        self.style[self.at % self.style.len()].wrapping_add((self.at / 7) as u8) % of
    }

    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("{} {}", self.tag, self.comments)
    }

    fn json(&mut self, value: &Value, depth: usize) -> String {
        let (open, close, children): (_, _, Vec<String>) = match value {
            Value::List(items) => {
                ('[', ']', items.iter().map(|item| self.json(item, depth + 1)).collect())
            }
            Value::Map(entries) => {
                let entry = |(key, value): &(String, Value)| {
                    format!("{}: {}", quoted(key), self.json(value, depth + 1))
                };
                ('{', '}', entries.iter().map(entry).collect())
            }
            other => return other.to_string(),
        };
        if children.is_empty() || self.pick(3) == 0 && !children.concat().contains("//") {
            return format!("{open}{}{close}", children.join(", "));
        }
        let indent = "  ".repeat(depth + 1);
        let mut out = String::from(open);
        let last = children.len();
        for (index, child) in children.into_iter().enumerate() {
            if self.pick(4) == 0 {
                out.push_str(&format!("\n{indent}// {}", self.comment()));
            }
            out.push_str(&format!("\n{indent}{child}"));
            out.push_str(if index + 1 < last || self.pick(5) == 0 { "," } else { "" });
            if self.pick(5) == 0 {
                out.push_str(&format!(" // {}", self.comment()));
            }
        }
        format!("{out}\n{}{close}", "  ".repeat(depth))
    }

    fn toml(&mut self, value: &Value) -> String {
        let mut out = String::new();
        if let Value::Map(entries) = value {
            self.toml_table(entries, &mut Vec::new(), &mut out);
        }
        out
    }

    fn toml_table(
        &mut self,
        entries: &[(String, Value)],
        path: &mut Vec<String>,
        out: &mut String,
    ) {
        let mut tables = Vec::new();
        for (key, value) in entries {
            let key = toml_edit::Key::new(key).display_repr().into_owned();
            match value {
                Value::Map(inner) if self.pick(3) > 0 => tables.push((key, vec![inner], false)),
                Value::List(items)
                    if !items.is_empty()
                        && items.iter().all(|i| matches!(i, Value::Map(_)))
                        && self.pick(2) == 0 =>
                {
                    let inner = items.iter().filter_map(|item| match item {
                        Value::Map(inner) => Some(inner),
                        _ => None,
                    });
                    tables.push((key, inner.collect(), true));
                }
                _ => {
                    if self.pick(4) == 0 {
                        out.push_str(&format!("# {}\n", self.comment()));
                    }
                    let dotted = match value {
                        Value::Map(inner) if inner.len() == 1 && self.pick(2) == 0 => {
                            Some(&inner[0])
                        }
                        _ => None,
                    };
                    let (key, value) = match dotted {
                        Some((sub, value)) => {
                            let sub = toml_edit::Key::new(sub).display_repr().into_owned();
                            (format!("{key}.{sub}"), value)
                        }
                        None => (key, value),
                    };
                    let text = self.toml_literal(value);
                    out.push_str(&format!("{key} = {text}"));
                    if self.pick(5) == 0 {
                        out.push_str(&format!(" # {}", self.comment()));
                    }
                    out.push('\n');
                }
            }
        }
        for (key, inners, array) in tables {
            path.push(key);
            for inner in inners {
                if self.pick(4) == 0 {
                    out.push_str(&format!("\n# {}", self.comment()));
                }
                let name = path.join(".");
                let header = if array { format!("[[{name}]]") } else { format!("[{name}]") };
                out.push_str(&format!("\n{header}\n"));
                self.toml_table(inner, path, out);
            }
            path.pop();
        }
    }

    fn toml_literal(&mut self, value: &Value) -> String {
        match value {
            Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
            Value::Map(entries) => {
                let inner: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| {
                        let key = toml_edit::Key::new(key).display_repr().into_owned();
                        format!("{key} = {}", self.toml_literal(value).replace('\n', " "))
                    })
                    .collect();
                format!("{{ {} }}", inner.join(", "))
            }
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.toml_literal(item)).collect();
                if items.is_empty() || items.concat().contains('{') || self.pick(2) == 0 {
                    return format!("[{}]", items.join(", ").replace('\n', " "));
                }
                format!("[\n    {},\n]", items.join(",\n    "))
            }
            Value::Text(text) => quoted(text),
            other => other.to_string(),
        }
    }

    fn yaml(&mut self, value: &Value) -> String {
        let mut out = String::new();
        if self.pick(4) == 0 {
            out.push_str(&format!("# {}\n\n", self.comment()));
        }
        match value {
            Value::Map(entries) if !entries.is_empty() => {
                self.yaml_block(value, 0, &mut out, false)
            }
            other => out.push_str(&format!("{}\n", super::yaml::in_line(other))),
        }
        out
    }

    /// Lines of a block collection; the first one is not indented if it follows a dash.
    fn yaml_block(&mut self, value: &Value, column: usize, out: &mut String, mut inline: bool) {
        let indent = " ".repeat(column);
        let children: Vec<(Option<&str>, &Value)> = match value {
            Value::Map(entries) => entries.iter().map(|(key, v)| (Some(key.as_str()), v)).collect(),
            Value::List(items) => items.iter().map(|item| (None, item)).collect(),
            _ => Vec::new(),
        };
        for (key, child) in children {
            if !inline {
                match self.pick(8) {
                    0 => out.push_str(&format!("{indent}# {}\n", self.comment())),
                    1 => out.push_str(&format!("\n{indent}# {}\n", self.comment())),
                    2 => out.push('\n'),
                    _ => {}
                }
                out.push_str(&indent);
            }
            inline = false;
            out.push_str(&match key {
                Some(key) => format!("{}:", super::yaml::in_line(&Value::Text(key.to_owned()))),
                None => "-".to_owned(),
            });
            self.yaml_child(key.is_some(), child, column, out);
        }
    }

    fn yaml_child(&mut self, keyed: bool, child: &Value, column: usize, out: &mut String) {
        let block = match child {
            Value::Map(entries) => !entries.is_empty(),
            Value::List(items) => !items.is_empty(),
            _ => false,
        };
        let literal = matches!(child, Value::Text(text) if text == "l1\nl2\n");
        if literal && self.pick(2) == 0 {
            let pad = " ".repeat(column + 2);
            out.push_str(&format!(" |\n{pad}l1\n{pad}l2\n"));
        } else if block && self.pick(4) > 0 {
            let deeper = if keyed && matches!(child, Value::List(_)) && self.pick(2) == 0 {
                column
            } else {
                column + 2
            };
            if !keyed && self.pick(3) > 0 {
                out.push(' ');
                self.yaml_block(child, column + 2, out, true);
            } else {
                if self.pick(4) == 0 {
                    out.push_str(&format!(" # {}", self.comment()));
                }
                out.push('\n');
                self.yaml_block(child, deeper, out, false);
            }
        } else {
            out.push(' ');
            out.push_str(&super::yaml::in_line(child));
            if self.pick(5) == 0 {
                out.push_str(&format!(" # {}", self.comment()));
            }
            out.push('\n');
        }
    }
}

/// A document that agrees with another in most of what they share: part of it, with additions.
pub(crate) fn relative(value: &Value, style: &[u8]) -> Value {
    let mut writer = Writer { style, at: 3, comments: 0, tag: "" };
    writer.relative(value)
}

impl Writer<'_> {
    fn relative(&mut self, value: &Value) -> Value {
        match value {
            Value::Map(entries) => {
                let mut out = Vec::new();
                for (key, value) in entries {
                    if self.pick(4) > 0 {
                        out.push((key.clone(), self.relative(value)));
                    }
                }
                for _ in 0..self.pick(3) {
                    let key = format!("n{}", self.pick(4));
                    if !out.iter().any(|(k, _)| *k == key) {
                        let fresh = match self.pick(3) {
                            0 => Value::Text(self.pick(9).to_string()),
                            1 => Value::Map(entries.iter().take(2).cloned().collect()),
                            _ => Value::List(entries.iter().map(|(_, v)| v.clone()).collect()),
                        };
                        let at = usize::from(self.pick(8)).min(out.len());
                        out.insert(at, (key, fresh));
                    }
                }
                Value::Map(out)
            }
            Value::List(items) => {
                let mut out: Vec<Value> =
                    items.iter().filter(|_| self.pick(4) > 0).cloned().collect();
                for _ in 0..self.pick(3) {
                    let fresh = Value::Text(self.pick(9).to_string());
                    let at = usize::from(self.pick(8)).min(out.len());
                    out.insert(
                        at,
                        if self.pick(2) == 0 {
                            fresh
                        } else {
                            Value::Map(vec![("k".to_owned(), fresh)])
                        },
                    );
                }
                Value::List(out)
            }
            other => other.clone(),
        }
    }
}

/// A document after some edits: keys go, come, and change their values.
pub(crate) fn edited(value: &Value, style: &[u8]) -> Value {
    let mut writer = Writer { style, at: 5, comments: 0, tag: "" };
    writer.edited(value)
}

impl Writer<'_> {
    fn edited(&mut self, value: &Value) -> Value {
        match value {
            Value::Map(entries) => {
                let mut out = Vec::new();
                for (key, value) in entries {
                    match self.pick(8) {
                        0 => {}
                        1 => out.push((key.clone(), Value::Number(self.pick(3).to_string()))),
                        _ => out.push((key.clone(), self.edited(value))),
                    }
                }
                if self.pick(2) == 0 {
                    let key = format!("n{}", self.pick(4));
                    if !out.iter().any(|(k, _)| *k == key) {
                        let fresh = match self.pick(3) {
                            0 => Value::Text(self.pick(9).to_string()),
                            1 => Value::Map(entries.iter().take(2).cloned().collect()),
                            _ => Value::List(vec![Value::Number(self.pick(3).to_string())]),
                        };
                        let at = usize::from(self.pick(8)).min(out.len());
                        out.insert(at, (key, fresh));
                    }
                }
                Value::Map(out)
            }
            Value::List(items) => {
                let mut out = Vec::new();
                for item in items {
                    match self.pick(8) {
                        0 => {}
                        1 => out.push(Value::Text(format!("i{}", self.pick(5)))),
                        _ => out.push(self.edited(item)),
                    }
                    if self.pick(6) == 0 {
                        out.push(Value::Text(format!("j{}", self.pick(5))));
                    }
                }
                Value::List(out)
            }
            other if self.pick(6) == 0 => Value::Text(format!("{other} {}", self.pick(3))),
            other => other.clone(),
        }
    }
}
