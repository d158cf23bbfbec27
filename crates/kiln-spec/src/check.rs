//! Values against what was declared for them: type, bounds, pattern, choices.

use std::sync::Arc;

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
    pattern: Option<Regex>,
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
            pattern: declaration.pattern.as_ref().and_then(|text| compile(text).ok()),
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
        let Some(pattern) = &self.pattern else { return Ok(()) };
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
