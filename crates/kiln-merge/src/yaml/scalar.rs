//! Plain scalars of YAML: what they mean by the core schema, and how a value is spelled in a line.

use crate::value::{Value, number, quoted};

/// The meaning of a plain scalar. What YAML 1.1 reads as a bool stays apart from the same text in quotes.
pub(super) fn resolve(text: &str, empty: bool) -> Value {
    if empty {
        return Value::Null;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => number(text),
        _ if is_old_bool(text) => {
            Value::Marked("yaml 1.1".to_owned(), Box::new(Value::Text(text.to_owned())))
        }
        _ => Value::Text(text.to_owned()),
    }
}

fn is_old_bool(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off" | "y" | "n")
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(rest) = digits.strip_prefix("0x") {
        return !rest.is_empty() && rest.chars().all(|c| c.is_ascii_hexdigit());
    }
    if let Some(rest) = digits.strip_prefix("0o") {
        return !rest.is_empty() && rest.chars().all(|c| c.is_digit(8));
    }
    if matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    // `007` and `1:30` are numbers to some readers and texts to others; only the plain forms count.
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let all_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    !exponent.is_empty()
        && all_digits(exponent)
        && all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && !(whole.len() > 1 && whole.starts_with('0'))
}

/// A value on one line, in flow style.
pub(crate) fn in_line(value: &Value) -> String {
    match value {
        Value::Text(text) if is_plain_safe(text) => text.clone(),
        Value::Text(text) => quoted(text),
        Value::Marked(mark, inner) if mark == "yaml 1.1" => match inner.as_ref() {
            Value::Text(text) => text.clone(),
            other => in_line(other),
        },
        Value::Marked(mark, inner) if **inner == Value::Null => mark.clone(),
        Value::Marked(mark, inner) => format!("{mark} {}", in_line(inner)),
        Value::List(items) => {
            format!("[{}]", items.iter().map(in_line).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Map(entries) => {
            let inner: Vec<String> = entries
                .iter()
                .map(|(key, value)| {
                    let key = if is_plain_safe(key) { key.clone() } else { quoted(key) };
                    format!("{key}: {}", in_line(value))
                })
                .collect();
            format!("{{ {} }}", inner.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn is_plain_safe(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || "_-./@+".contains(c);
    !text.is_empty()
        && text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '/')
        && text.chars().all(|c| word(c) || c == ' ')
        && !text.ends_with(' ')
        && matches!(resolve(text, false), Value::Text(_))
}
