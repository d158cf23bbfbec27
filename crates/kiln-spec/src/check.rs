//! Values against what was declared for them: type, bounds, pattern, choices.

use std::sync::{Arc, OnceLock};

use kiln_base::{Diagnostic, Source, Span, did_you_mean};
use kiln_model::{Declaration, Raw, Value, ValueType};
use regex::{Regex, RegexBuilder};

use crate::context::one_of;
use crate::units::{parse_duration, parse_size};

/// Compiled patterns larger than this are refused; in bytes.
const PATTERN_BYTES: usize = 256 * 1024;

/// Why a value does not fit, without a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// A stable id in kebab case.
    pub id: &'static str,
    /// What is wrong.
    pub message: String,
    /// The way out, if there is one.
    pub hint: Option<String>,
}

impl Misfit {
    fn new(id: &'static str, message: String) -> Self {
        Self { id, message, hint: None }
    }

    fn with(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// An error without a place.
    #[must_use]
    pub fn error(self) -> Diagnostic {
        Diagnostic::error(self.id, self.message).hint_if(self.hint)
    }

    /// An error at a place.
    #[must_use]
    pub fn at(self, source: &Arc<Source>, span: Span) -> Diagnostic {
        self.error().at(source, span, "")
    }
}

/// Compiles a pattern for the whole of a text.
///
/// # Errors
/// What is wrong with the pattern, on one line.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    // Alone first: `a)(b` is no pattern although the group around it would make it one.
    let build = |text: &str| RegexBuilder::new(text).size_limit(PATTERN_BYTES).build();
    build(pattern).and_then(|_| build(&format!("^(?:{pattern})$"))).map_err(|error| {
        error.to_string().lines().last().unwrap_or_default().trim().replace("error: ", "")
    })
}

/// A declaration that is ready to check many values.
#[derive(Debug)]
pub struct Checker<'d> {
    declaration: &'d Declaration,
    /// Compiled when a value is first held against it.
    pattern: OnceLock<Option<Regex>>,
    least: Option<i64>,
    most: Option<i64>,
    choices: Vec<Value>,
}

/// Checks one value as it is written against its declaration. For many values of one declaration use [`Checker`].
///
/// # Errors
/// The first thing that does not fit.
pub fn typed(declaration: &Declaration, raw: &Raw) -> Result<Value, Misfit> {
    Checker::new(declaration).written(raw)
}

impl<'d> Checker<'d> {
    /// Prepares a declaration. Bounds, patterns and choices that are no such thing are left out: decoding the manifest
    /// refuses them.
    #[must_use]
    pub fn new(declaration: &'d Declaration) -> Self {
        let bound = |raw: &Raw| number_of(declaration.value_type, raw);
        Self {
            declaration,
            pattern: OnceLock::new(),
            least: declaration.min.as_ref().and_then(|raw| bound(raw)),
            most: declaration.max.as_ref().and_then(|raw| bound(raw)),
            choices: declaration
                .choices
                .iter()
                .filter_map(|choice| convert(element(declaration.value_type), &choice.value, false))
                .collect(),
        }
    }

    /// Checks a value as a person wrote it. Durations and sizes become seconds and bytes. A part, whose text is not
    /// known yet, is [`Value::Null`]; only a `text` may be one.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn written(&self, raw: &Raw) -> Result<Value, Misfit> {
        if let (Raw::Part(_), ValueType::Text) = (raw, self.declaration.value_type) {
            return Ok(Value::Null);
        }
        let value = convert(self.declaration.value_type, raw, false);
        self.bounded(value.ok_or_else(|| self.wrong_type(raw))?, raw)
    }

    /// Checks a value that placeholders or templates made: numbers are also seconds, bytes and texts.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn computed(&self, value: &Value) -> Result<Value, Misfit> {
        let raw = raw_of(value);
        let converted =
            raw.as_ref().and_then(|raw| convert(self.declaration.value_type, raw, true));
        match (converted, raw) {
            (Some(converted), Some(raw)) => self.bounded(converted, &raw),
            (_, raw) => Err(self.wrong_type(&raw.unwrap_or(Raw::Null))),
        }
    }

    fn wrong_type(&self, raw: &Raw) -> Misfit {
        let name = &self.declaration.name.value;
        let message = match self.declaration.value_type {
            ValueType::String => "is one line of text",
            ValueType::Text => "is a text",
            ValueType::Int => "is a whole number",
            ValueType::Bool => "is true or false",
            ValueType::Duration => "is a duration",
            ValueType::Size => "is a size",
            ValueType::List => "is a list of texts",
        };
        let misfit = Misfit::new("wrong-type", format!("`{name}` {message}, not {}", show(raw)));
        match (self.declaration.value_type, raw) {
            (ValueType::String | ValueType::Text | ValueType::List, Raw::Int(value)) => {
                misfit.with(format!("quote it: `\"{value}\"`"))
            }
            (ValueType::String | ValueType::Text, Raw::List(texts)) if !texts.is_empty() => {
                misfit.with(format!("if it is one text, quote it: `\"{}\"`", texts.join(" ")))
            }
            (ValueType::Bool, _) => misfit.with("write `#true` or `#false`"),
            (ValueType::Duration, _) => misfit.with("such as `\"15m\"`, with s, m, h, d or w"),
            (ValueType::Size, _) => {
                misfit.with("such as `\"25MiB\"`, with B, KB, MB, GB, KiB, MiB or GiB")
            }
            (ValueType::Int, Raw::Text(text)) if text.parse::<i64>().is_ok() => {
                misfit.with(format!("write it without quotes: `{text}`"))
            }
            _ => misfit,
        }
    }

    fn bounded(&self, value: Value, raw: &Raw) -> Result<Value, Misfit> {
        self.check_choices(&value, raw)?;
        self.check_bounds(&value, raw)?;
        self.check_pattern(&value)?;
        Ok(value)
    }

    fn check_choices(&self, value: &Value, raw: &Raw) -> Result<(), Misfit> {
        if self.declaration.choices.is_empty() {
            return Ok(());
        }
        let each = value.as_list().unwrap_or(std::slice::from_ref(value));
        let Some(at) = each.iter().position(|value| !self.choices.contains(value)) else {
            return Ok(());
        };
        let shown = match raw {
            Raw::List(texts) => texts.get(at).cloned().unwrap_or_default(),
            raw => plain(raw),
        };
        let known: Vec<String> =
            self.declaration.choices.iter().map(|choice| plain(&choice.value)).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let name = &self.declaration.name.value;
        let misfit = Misfit::new("unknown-choice", format!("`{name}` cannot be `{shown}`"));
        let hint = did_you_mean(&shown, known.iter().copied()).or_else(|| one_of(&known));
        Err(Misfit { hint, ..misfit })
    }

    fn check_bounds(&self, value: &Value, raw: &Raw) -> Result<(), Misfit> {
        let (number, unit) = match value {
            Value::Int(number) => (*number, ""),
            Value::Str(text) => (count(text.chars().count()), " characters"),
            Value::List(items) => (count(items.len()), " values"),
            _ => return Ok(()),
        };
        let refuse = |bound: &Option<kiln_base::Spanned<Raw>>, word: &str| {
            let bound = bound.as_ref().map(|raw| plain(raw)).unwrap_or_default();
            let name = &self.declaration.name.value;
            let message = if unit.is_empty() {
                format!("`{name}` is {word} {bound}, not {}", plain(raw))
            } else {
                format!("`{name}` has {word} {bound}{unit}, not {number}")
            };
            Err(Misfit::new("out-of-range", message))
        };
        if self.least.is_some_and(|least| number < least) {
            return refuse(&self.declaration.min, "at least");
        }
        if self.most.is_some_and(|most| number > most) {
            return refuse(&self.declaration.max, "at most");
        }
        Ok(())
    }

    fn check_pattern(&self, value: &Value) -> Result<(), Misfit> {
        let compiled = || self.declaration.pattern.as_ref().and_then(|text| compile(text).ok());
        let Some(pattern) = self.pattern.get_or_init(compiled) else { return Ok(()) };
        let each = value.as_list().unwrap_or(std::slice::from_ref(value));
        let misfit = each.iter().filter_map(Value::as_str).find(|text| !pattern.is_match(text));
        match misfit {
            None => Ok(()),
            Some(text) => {
                let written = self.declaration.pattern.as_ref().map_or("", |text| &text.value);
                let name = &self.declaration.name.value;
                let message = format!("`{name}` cannot be `{text}`: it has to match `{written}`");
                Err(Misfit::new("no-match", message))
            }
        }
    }
}

/// The type of one value of a list; for all others the type itself.
fn element(value_type: ValueType) -> ValueType {
    if value_type == ValueType::List { ValueType::String } else { value_type }
}

/// The number that a bound stands for.
pub(crate) fn number_of(value_type: ValueType, raw: &Raw) -> Option<i64> {
    match (value_type, raw) {
        (ValueType::Duration, Raw::Text(text)) => parse_duration(text),
        (ValueType::Size, Raw::Text(text)) => parse_size(text),
        (ValueType::Duration | ValueType::Size | ValueType::Bool, _) => None,
        (_, Raw::Int(number)) => Some(*number),
        _ => None,
    }
}

/// A value of the type, or none if it is none. Computed values may be numbers where people write texts.
fn convert(value_type: ValueType, raw: &Raw, computed: bool) -> Option<Value> {
    let text = |text: &str| Value::Str(Arc::from(text));
    match (value_type, raw) {
        (ValueType::String, Raw::Text(value)) if is_line(value) => Some(text(value)),
        (ValueType::Text, Raw::Text(value)) => Some(text(value)),
        (ValueType::String | ValueType::Text, Raw::Int(number)) if computed => {
            Some(text(&number.to_string()))
        }
        (ValueType::Int, Raw::Int(number)) => Some(Value::Int(*number)),
        (ValueType::Bool, Raw::Bool(value)) => Some(Value::Bool(*value)),
        (ValueType::Duration | ValueType::Size, Raw::Text(_)) => {
            number_of(value_type, raw).map(Value::Int)
        }
        (ValueType::Duration | ValueType::Size, Raw::Int(number)) if computed && *number >= 0 => {
            Some(Value::Int(*number))
        }
        (ValueType::List, Raw::Text(value)) if is_line(value) => {
            Some(Value::List(Arc::from(vec![text(value)])))
        }
        (ValueType::List, Raw::List(values)) if values.iter().all(|value| is_line(value)) => {
            Some(Value::List(values.iter().map(|value| text(value)).collect()))
        }
        _ => None,
    }
}

fn is_line(text: &str) -> bool {
    !text.contains(char::is_control)
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn raw_of(value: &Value) -> Option<Raw> {
    Some(match value {
        Value::Bool(value) => Raw::Bool(*value),
        Value::Int(number) => Raw::Int(*number),
        Value::Str(text) => Raw::Text(text.to_string()),
        Value::List(items) => Raw::List(
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>()?,
        ),
        Value::Null | Value::Map(_) => return None,
    })
}

/// As people know it, without quotes.
fn plain(raw: &Raw) -> String {
    match raw {
        Raw::Text(text) => text.clone(),
        raw => raw.show(),
    }
}

fn show(raw: &Raw) -> String {
    let shown = match raw {
        Raw::List(texts) if texts.is_empty() => return "an empty list".to_owned(),
        raw => raw.show(),
    };
    if shown.chars().count() > 60 {
        let start: String = shown.chars().take(60).collect();
        return format!("`{start}…`");
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use kiln_base::Spanned;
    use kiln_model::Choice;
    use proptest::prelude::*;

    use super::*;

    fn declared(value_type: ValueType) -> Declaration {
        Declaration {
            name: Spanned::new("x".to_owned(), Span::default()),
            value_type,
            default: None,
            min: None,
            max: None,
            pattern: None,
            within: None,
            help: String::new(),
            choices: Vec::new(),
        }
    }

    fn spanned<T>(value: T) -> Option<Spanned<T>> {
        Some(Spanned::new(value, Span::default()))
    }

    fn show(result: &Result<Value, Misfit>) -> String {
        match result {
            Ok(value) => format!("{value:?}"),
            Err(misfit) => format!("{}: {}", misfit.id, misfit.message),
        }
    }

    #[test]
    fn written_and_computed_values_of_every_type() {
        let values = [
            Raw::Null,
            Raw::Bool(true),
            Raw::Int(15),
            Raw::Text("15m".to_owned()),
            Raw::Text("2KiB".to_owned()),
            Raw::Text("a\nb".to_owned()),
            Raw::List(vec!["a".to_owned(), "b".to_owned()]),
            Raw::Part("a.md".to_owned()),
        ];
        let mut lines = Vec::new();
        for (name, value_type) in ValueType::ALL {
            let declaration = declared(value_type);
            let checker = Checker::new(&declaration);
            for raw in &values {
                lines.push(format!("{name} {} => {}", raw.show(), show(&checker.written(raw))));
            }
            for value in [Value::Int(15), Value::Int(-1), Value::list(["a"]), Value::Null] {
                lines.push(format!("{name} = {value:?} => {}", show(&checker.computed(&value))));
            }
        }
        insta::assert_snapshot!(lines.join("\n"), @r#"
        string #null => wrong-type: `x` is one line of text, not `#null`
        string #true => wrong-type: `x` is one line of text, not `#true`
        string 15 => wrong-type: `x` is one line of text, not `15`
        string "15m" => "15m"
        string "2KiB" => "2KiB"
        string "a\nb" => wrong-type: `x` is one line of text, not `"a\nb"`
        string "a" "b" => wrong-type: `x` is one line of text, not `"a" "b"`
        string (part)"a.md" => wrong-type: `x` is one line of text, not `(part)"a.md"`
        string = 15 => "15"
        string = -1 => "-1"
        string = ["a"] => wrong-type: `x` is one line of text, not `"a"`
        string = null => wrong-type: `x` is one line of text, not `#null`
        text #null => wrong-type: `x` is a text, not `#null`
        text #true => wrong-type: `x` is a text, not `#true`
        text 15 => wrong-type: `x` is a text, not `15`
        text "15m" => "15m"
        text "2KiB" => "2KiB"
        text "a\nb" => "a\nb"
        text "a" "b" => wrong-type: `x` is a text, not `"a" "b"`
        text (part)"a.md" => null
        text = 15 => "15"
        text = -1 => "-1"
        text = ["a"] => wrong-type: `x` is a text, not `"a"`
        text = null => wrong-type: `x` is a text, not `#null`
        int #null => wrong-type: `x` is a whole number, not `#null`
        int #true => wrong-type: `x` is a whole number, not `#true`
        int 15 => 15
        int "15m" => wrong-type: `x` is a whole number, not `"15m"`
        int "2KiB" => wrong-type: `x` is a whole number, not `"2KiB"`
        int "a\nb" => wrong-type: `x` is a whole number, not `"a\nb"`
        int "a" "b" => wrong-type: `x` is a whole number, not `"a" "b"`
        int (part)"a.md" => wrong-type: `x` is a whole number, not `(part)"a.md"`
        int = 15 => 15
        int = -1 => -1
        int = ["a"] => wrong-type: `x` is a whole number, not `"a"`
        int = null => wrong-type: `x` is a whole number, not `#null`
        bool #null => wrong-type: `x` is true or false, not `#null`
        bool #true => true
        bool 15 => wrong-type: `x` is true or false, not `15`
        bool "15m" => wrong-type: `x` is true or false, not `"15m"`
        bool "2KiB" => wrong-type: `x` is true or false, not `"2KiB"`
        bool "a\nb" => wrong-type: `x` is true or false, not `"a\nb"`
        bool "a" "b" => wrong-type: `x` is true or false, not `"a" "b"`
        bool (part)"a.md" => wrong-type: `x` is true or false, not `(part)"a.md"`
        bool = 15 => wrong-type: `x` is true or false, not `15`
        bool = -1 => wrong-type: `x` is true or false, not `-1`
        bool = ["a"] => wrong-type: `x` is true or false, not `"a"`
        bool = null => wrong-type: `x` is true or false, not `#null`
        duration #null => wrong-type: `x` is a duration, not `#null`
        duration #true => wrong-type: `x` is a duration, not `#true`
        duration 15 => wrong-type: `x` is a duration, not `15`
        duration "15m" => 900
        duration "2KiB" => wrong-type: `x` is a duration, not `"2KiB"`
        duration "a\nb" => wrong-type: `x` is a duration, not `"a\nb"`
        duration "a" "b" => wrong-type: `x` is a duration, not `"a" "b"`
        duration (part)"a.md" => wrong-type: `x` is a duration, not `(part)"a.md"`
        duration = 15 => 15
        duration = -1 => wrong-type: `x` is a duration, not `-1`
        duration = ["a"] => wrong-type: `x` is a duration, not `"a"`
        duration = null => wrong-type: `x` is a duration, not `#null`
        size #null => wrong-type: `x` is a size, not `#null`
        size #true => wrong-type: `x` is a size, not `#true`
        size 15 => wrong-type: `x` is a size, not `15`
        size "15m" => wrong-type: `x` is a size, not `"15m"`
        size "2KiB" => 2048
        size "a\nb" => wrong-type: `x` is a size, not `"a\nb"`
        size "a" "b" => wrong-type: `x` is a size, not `"a" "b"`
        size (part)"a.md" => wrong-type: `x` is a size, not `(part)"a.md"`
        size = 15 => 15
        size = -1 => wrong-type: `x` is a size, not `-1`
        size = ["a"] => wrong-type: `x` is a size, not `"a"`
        size = null => wrong-type: `x` is a size, not `#null`
        list #null => wrong-type: `x` is a list of texts, not `#null`
        list #true => wrong-type: `x` is a list of texts, not `#true`
        list 15 => wrong-type: `x` is a list of texts, not `15`
        list "15m" => ["15m"]
        list "2KiB" => ["2KiB"]
        list "a\nb" => wrong-type: `x` is a list of texts, not `"a\nb"`
        list "a" "b" => ["a", "b"]
        list (part)"a.md" => wrong-type: `x` is a list of texts, not `(part)"a.md"`
        list = 15 => wrong-type: `x` is a list of texts, not `15`
        list = -1 => wrong-type: `x` is a list of texts, not `-1`
        list = ["a"] => ["a"]
        list = null => wrong-type: `x` is a list of texts, not `#null`
        "#);
    }

    #[test]
    fn patterns_are_for_the_whole_text() {
        let mut declaration = declared(ValueType::List);
        declaration.pattern = spanned("a|b".to_owned());
        let check = |text: &str| typed(&declaration, &Raw::Text(text.to_owned())).is_ok();
        assert_eq!(
            ["a", "b", "ab", "xa", "a\n", ""].map(check),
            [true, true, false, false, false, false]
        );
        assert!(compile("a)(b").is_err());
        assert!(compile("(a{1000}){1000}").is_err());
    }

    #[test]
    fn choices_hold_for_each_of_a_list() {
        let mut declaration = declared(ValueType::List);
        let choice = |text: &str| Choice { value: Raw::Text(text.to_owned()), help: String::new() };
        declaration.choices = vec![choice("google"), choice("github")];
        let list = |texts: &[&str]| Raw::List(texts.iter().map(|&text| text.to_owned()).collect());
        let results = [
            typed(&declaration, &list(&[])),
            typed(&declaration, &list(&["github", "google"])),
            typed(&declaration, &list(&["google", "gogle"])),
        ];
        let lines: Vec<String> = results.iter().map(show).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        []
        ["github", "google"]
        unknown-choice: `x` cannot be `gogle`
        "#);
    }

    proptest! {
        #[test]
        fn bounds_hold_for_numbers_and_durations(least in 0..100_i64, most in 0..100_i64, value in 0..100_i64) {
            let fits = least <= value && value <= most;
            let mut declaration = declared(ValueType::Int);
            declaration.min = spanned(Raw::Int(least));
            declaration.max = spanned(Raw::Int(most));
            prop_assert_eq!(typed(&declaration, &Raw::Int(value)).is_ok(), fits);
            let minutes = |number: i64| Raw::Text(format!("{number}m"));
            declaration.value_type = ValueType::Duration;
            declaration.min = spanned(minutes(least));
            declaration.max = spanned(minutes(most));
            let seconds = Raw::Text(format!("{}s", value * 60));
            prop_assert_eq!(typed(&declaration, &seconds).is_ok(), fits);
            prop_assert_eq!(Checker::new(&declaration).computed(&Value::Int(value * 60)).is_ok(), fits);
        }
    }
}
