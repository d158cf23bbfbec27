//! Filters that make a text of a text or number.

use kiln_base::Forms;
use tera::{Error, Kwargs, State, TeraResult};

use super::super::language::Language;
use super::super::meter::{self, Limit};
use super::{kept, paid};

/// A form of a name by the form's own name.
pub(in super::super) fn form(text: &str, form: &str) -> String {
    let forms = Forms::of(text);
    let found = forms.entries().into_iter().find(|(name, _)| *name == form);
    found.map_or_else(String::new, |(_, form)| form.to_owned())
}

/// A literal in double quotes that Python, TypeScript, JSON, YAML, Go and HCL read alike.
pub(super) fn quote(text: &str, language: Language) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' if language == Language::Hcl && chars.peek() == Some(&'{') => {
                quoted.push(c);
                quoted.push(c);
            }
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                quoted.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn in_units(amount: i64, units: &[(i64, &str)], plural: bool) -> Option<String> {
    let (size, unit) = units.iter().find(|(size, _)| amount % size == 0 && amount != 0)?;
    let count = amount / size;
    let s = if plural && count.abs() != 1 { "s" } else { "" };
    Some(format!("{count} {unit}{s}"))
}

/// Seconds in the largest unit that divides them: `15 minutes`.
pub(super) fn duration(seconds: i64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    in_units(seconds, &units, true).unwrap_or_else(|| "0 seconds".to_owned())
}

/// Bytes in the largest unit that divides them: `25 MiB`.
pub(super) fn size(bytes: i64) -> String {
    let units = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")];
    in_units(bytes, &units, false).unwrap_or_else(|| "0 B".to_owned())
}

pub(super) fn replace(text: &str, arguments: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let (from, to) = (arguments.must_get::<&str>("from")?, arguments.must_get::<&str>("to")?);
    paid(text)?;
    let found = text.matches(from).count();
    if found.saturating_mul(to.len()) > meter::VALUE_BYTES {
        return Err(meter::refuse(Limit::ValueBytes).into());
    }
    kept(text.replace(from, to))
}

pub(super) fn indent(text: &str, arguments: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let width = arguments.get::<usize>("width")?.unwrap_or(4);
    let first = arguments.get::<bool>("first")?.unwrap_or(false);
    let blank = arguments.get::<bool>("blank")?.unwrap_or(false);
    if width > 80 {
        return Err(Error::message("`indent` takes a `width` of at most 80"));
    }
    let with = arguments.get::<&str>("indentation")?.unwrap_or(" ");
    if with.chars().count() != 1 {
        return Err(Error::message("`indent` takes one character as its `indentation`"));
    }
    paid(text)?;
    let margin = with.repeat(width);
    let mut indented = String::with_capacity(text.len() * 2);
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            indented.push('\n');
        }
        if if at == 0 { first } else { blank || !line.is_empty() } {
            indented.push_str(&margin);
        }
        indented.push_str(line);
        if indented.len() > meter::VALUE_BYTES {
            return Err(meter::refuse(Limit::ValueBytes).into());
        }
    }
    if text.ends_with('\n') {
        indented.push('\n');
    }
    kept(indented)
}

/// The text with the five characters that HTML and XML give a meaning written as entities.
pub(super) fn escape(text: &str, apostrophe: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str(apostrophe),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_for_every_language() {
        let text = "a \"b\" \\ ${x} %{y}\n\u{7}é\u{2028}";
        insta::assert_snapshot!(quote(text, Language::Python), @r#""a \"b\" \\ ${x} %{y}\n\u0007é\u2028""#);
        insta::assert_snapshot!(quote(text, Language::Hcl), @r#""a \"b\" \\ $${x} %%{y}\n\u0007é\u2028""#);
    }

    #[test]
    fn durations_and_sizes() {
        let all = [0, 1, 45, 60, 900, 3_600, 5_400, 86_400, 604_800, -60].map(duration);
        insta::assert_snapshot!(all.join(", "), @"0 seconds, 1 second, 45 seconds, 1 minute, 15 minutes, 1 hour, 90 minutes, 1 day, 7 days, -1 minute");
        let all = [0, 1, 1_000, 1_024, 1_536, 26_214_400, 1 << 30, 1 << 40].map(size);
        insta::assert_snapshot!(all.join(", "), @"0 B, 1 B, 1000 B, 1 KiB, 1536 B, 25 MiB, 1 GiB, 1 TiB");
    }
}
