//! The plain meaning of a document: what is compared, merged by oracles and hashed. Comments and style are no part.

use std::collections::BTreeMap;

/// A value of a JSON, TOML or YAML document, without comments, style and order of keys.
#[derive(Debug, Clone)]
pub enum Value {
    /// An explicit null; absence is no value.
    Null,
    /// True or false.
    Bool(bool),
    /// A number in one canonical spelling: `12`, `-1`, `1.5`; an integer never equals a float.
    Number(String),
    /// A text.
    Text(String),
    /// What the format marks: a date of TOML, a tagged or anchored value or an alias of YAML. The mark stands first.
    Marked(String, Box<Value>),
    /// A list, in order.
    List(Vec<Value>),
    /// A map; its keys differ, their order means nothing.
    Map(Vec<(String, Value)>),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) | (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Marked(a, x), Self::Marked(b, y)) => a == b && x == y,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => {
                a.len() == b.len()
                    && (a.iter().zip(b).all(|(x, y)| x == y) || by_key(a) == by_key(b))
            }
            _ => false,
        }
    }
}

impl Eq for Value {}

fn by_key(entries: &[(String, Value)]) -> BTreeMap<&str, &Value> {
    entries.iter().map(|(key, value)| (key.as_str(), value)).collect()
}

impl Value {
    /// Adds the canonical form to `out`: a kind byte, then lengths as little-endian u64 before every part; maps by
    /// key in code-point order. Equal values have equal forms and no form is the beginning of another.
    pub fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0),
            Self::Bool(value) => out.extend([1, u8::from(*value)]),
            Self::Number(text) => {
                out.push(2);
                put_text(out, text);
            }
            Self::Text(text) => {
                out.push(3);
                put_text(out, text);
            }
            Self::Marked(mark, value) => {
                out.push(4);
                put_text(out, mark);
                value.canonical(out);
            }
            Self::List(items) => {
                out.push(5);
                put_length(out, items.len());
                items.iter().for_each(|item| item.canonical(out));
            }
            Self::Map(entries) => {
                out.push(6);
                put_length(out, entries.len());
                for (key, value) in by_key(entries) {
                    put_text(out, key);
                    value.canonical(out);
                }
            }
        }
    }

    /// The value of a key, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }
}

/// Shown as JSON on one line, for messages; marks are shown in round brackets.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Marked(mark, value) => write!(f, "({mark}) {value}"),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{}: {value}", if index == 0 { "" } else { ", " }, quoted(key))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A JSON string literal; also a valid double-quoted scalar of YAML and basic string of TOML.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The canonical spelling of a number as JSON, TOML (without `_`) and YAML write it in base ten.
pub(crate) fn number(text: &str) -> Value {
    let plain = text.strip_prefix('+').unwrap_or(text);
    let spelled = match plain.parse::<i128>() {
        Ok(integer) => integer.to_string(),
        Err(_) => match plain.parse::<f64>() {
            Ok(float) if float.is_finite() && plain.contains(['.', 'e', 'E']) => {
                format!("{float:?}")
            }
            // Beyond what a machine word holds: only the same spelling is the same number.
            _ => plain.to_ascii_lowercase(),
        },
    };
    Value::Number(spelled)
}

pub(crate) fn put_length(out: &mut Vec<u8>, length: usize) {
    out.extend((length as u64).to_le_bytes());
}

pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_length(out, text.len());
    out.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_ignore_order_and_numbers_have_one_spelling() {
        let pair = |a: &str, b: &str| {
            Value::Map(vec![(a.into(), number("1")), (b.into(), Value::Text("x".into()))])
        };
        let mut swapped = pair("a", "b");
        if let Value::Map(entries) = &mut swapped {
            entries.reverse();
        }
        assert_eq!(pair("a", "b"), swapped);
        let bytes = |value: &Value| {
            let mut out = Vec::new();
            value.canonical(&mut out);
            out
        };
        assert_eq!(bytes(&pair("a", "b")), bytes(&swapped));
        assert_ne!(bytes(&pair("a", "b")), bytes(&pair("a", "c")));
        assert_eq!(number("1e2"), number("100.0"));
        assert_ne!(number("100"), number("100.0"));
        assert_eq!(number("+007"), number("7"));
        assert_ne!(Value::Null, Value::Map(Vec::new()));
    }

    #[test]
    fn shows_json() {
        let value = Value::Map(vec![(
            "a\"".into(),
            Value::List(vec![Value::Null, Value::Bool(true), Value::Text("\n\u{1}".into())]),
        )]);
        insta::assert_snapshot!(value, @r#"{"a\"": [null, true, "\n\u0001"]}"#);
    }
}
