//! Placeholders of manifests: `{a.b}` in names of files, paths, facts and items. Names only, no code.

use kiln_base::{Span, Spanned, did_you_mean};
use kiln_model::{Map, Value};

/// A text with placeholders, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    Name(Spanned<String>),
}

/// What is wrong with a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceholderError {
    /// Where, in bytes of the text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// A way out, if one is known.
    pub hint: Option<String>,
}

impl std::fmt::Display for PlaceholderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PlaceholderError {}

impl PlaceholderError {
    fn new(message: String, start: usize, end: usize) -> Self {
        Self { span: Span::new(start, end), message, hint: None }
    }
}

impl Placeholder {
    /// Parses a text: `{a.b}` names a value, `{{` and `}}` are braces.
    ///
    /// # Errors
    /// A brace without its partner, or something in braces that is no dotted name.
    pub fn parse(text: &str) -> Result<Self, PlaceholderError> {
        let mut segments = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(found) = text[at..].find(['{', '}']).map(|offset| at + offset) {
            plain.push_str(&text[at..found]);
            let brace = &text[found..=found];
            if text[found + 1..].starts_with(brace) {
                plain.push_str(brace);
                at = found + 2;
                continue;
            }
            if brace == "}" {
                let mut error =
                    PlaceholderError::new("`}` closes nothing".into(), found, found + 1);
                error.hint = Some("write `}}` for a brace".to_owned());
                return Err(error);
            }
            let close = text[found..].find('}').map(|offset| found + offset).ok_or_else(|| {
                let mut error = PlaceholderError::new("`{` is not closed".into(), found, found + 1);
                error.hint = Some("write `{{` for a brace".to_owned());
                error
            })?;
            let name = &text[found + 1..close];
            check_name(name, found + 1)?;
            if !plain.is_empty() {
                segments.push(Segment::Text(std::mem::take(&mut plain)));
            }
            let span = Span::new(found, close + 1);
            segments.push(Segment::Name(Spanned::new(name.to_owned(), span)));
            at = close + 1;
        }
        plain.push_str(&text[at..]);
        if !plain.is_empty() {
            segments.push(Segment::Text(plain));
        }
        Ok(Self { segments })
    }

    /// The names in braces, in order, with their places braces included.
    pub fn names(&self) -> impl Iterator<Item = Spanned<&str>> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Name(name) => Some(Spanned::new(name.value.as_str(), name.span)),
            Segment::Text(_) => None,
        })
    }

    /// True if it names `root` or something in it: `entity` in `{entity.snake}`.
    #[must_use]
    pub fn mentions(&self, root: &str) -> bool {
        self.names().any(|name| name.value.split('.').next() == Some(root))
    }

    /// True without any name.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.names().next().is_none()
    }

    /// Its value. One placeholder alone keeps the type of what it names; else texts, numbers and bools are joined.
    ///
    /// # Errors
    /// A name for which `lookup` has nothing, or a list or map amid text.
    pub fn evaluate(
        &self,
        mut lookup: impl FnMut(&str) -> Option<Value>,
    ) -> Result<Value, PlaceholderError> {
        let mut value_of = |name: &Spanned<String>| {
            lookup(&name.value).ok_or_else(|| {
                let message = format!("`{}` is not defined", name.value);
                PlaceholderError { span: name.span, message, hint: None }
            })
        };
        match self.segments.as_slice() {
            [] => return Ok(Value::from("")),
            [Segment::Name(name)] => return value_of(name),
            _ => {}
        }
        let mut joined = String::new();
        for segment in &self.segments {
            let name = match segment {
                Segment::Text(text) => {
                    joined.push_str(text);
                    continue;
                }
                Segment::Name(name) => name,
            };
            match value_of(name)? {
                Value::Str(text) => joined.push_str(&text),
                Value::Int(number) => joined.push_str(&number.to_string()),
                Value::Bool(yes) => joined.push_str(if yes { "true" } else { "false" }),
                other => {
                    let message = format!(
                        "`{}` is a {}, which cannot stand amid text",
                        name.value,
                        other.kind()
                    );
                    return Err(PlaceholderError { span: name.span, message, hint: None });
                }
            }
        }
        Ok(Value::from(joined))
    }

    /// As [`Placeholder::evaluate`] over the names in `context`; an unknown name is an error with the nearest one.
    ///
    /// # Errors
    /// As [`Placeholder::evaluate`].
    pub fn evaluate_in(&self, context: &Value) -> Result<Value, PlaceholderError> {
        self.evaluate(|name| context.get(name).cloned()).map_err(|mut error| {
            if error.hint.is_none() {
                let unknown = self.names().find(|name| name.span == error.span);
                error.hint = unknown.and_then(|name| nearest(name.value, context));
            }
            error
        })
    }

    /// The value as text: that of one placeholder alone must be a text, number or bool too.
    ///
    /// # Errors
    /// As [`Placeholder::evaluate`].
    pub fn text_in(&self, context: &Value) -> Result<String, PlaceholderError> {
        match self.evaluate_in(context)? {
            Value::Str(text) => Ok(text.as_ref().to_owned()),
            Value::Int(number) => Ok(number.to_string()),
            Value::Bool(yes) => Ok(yes.to_string()),
            other => {
                let (name, span) = self
                    .names()
                    .next()
                    .map_or(("", Span::default()), |name| (name.value, name.span));
                let message = format!("`{name}` is a {}, where a text belongs", other.kind());
                Err(PlaceholderError { span, message, hint: None })
            }
        }
    }
}

/// The hint for an unknown name: the first part of it that is unknown decides.
fn nearest(name: &str, context: &Value) -> Option<String> {
    let mut value = context;
    let mut known = String::new();
    for part in name.split('.') {
        match value.field(part) {
            Some(inner) => {
                value = inner;
                known.push_str(part);
                known.push('.');
            }
            None => {
                let names = value.as_map().into_iter().flat_map(Map::names);
                let nearest = kiln_base::nearest(part, names)?;
                return did_you_mean(name, [format!("{known}{nearest}").as_str()])
                    .or_else(|| Some(format!("did you mean `{known}{nearest}`?")));
            }
        }
    }
    None
}

fn check_name(name: &str, start: usize) -> Result<(), PlaceholderError> {
    let is_word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    if name.split('.').all(is_word) {
        return Ok(());
    }
    let message = format!("`{name}` is no dotted name");
    let mut error = PlaceholderError::new(message, start - 1, start + name.len() + 1);
    let plain = name.replace(['-', ':'], "_");
    if plain != name && plain.split('.').all(is_word) {
        error.hint = Some(format!("`-` and `:` are written `_` in names: `{{{plain}}}`"));
    } else {
        error.hint = Some("write `{{` and `}}` for braces".to_owned());
    }
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn context() -> Value {
        Value::map()
            .with("entity", Value::map().with("snake", "team_member").with("count", 3))
            .with("tags", vec!["a", "b"])
            .build()
    }

    fn shown(text: &str) -> String {
        let placeholder = match Placeholder::parse(text) {
            Ok(placeholder) => placeholder,
            Err(error) => return show(&error),
        };
        match placeholder.evaluate_in(&context()) {
            Ok(value) => format!("{value:?}"),
            Err(error) => show(&error),
        }
    }

    fn show(error: &PlaceholderError) -> String {
        let hint = error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}..{}: {error}{hint}", error.span.start, error.span.end)
    }

    #[test]
    fn values_and_errors() {
        let texts = [
            "{entity.snake}_model.py",
            "{entity.count}",
            "{tags}",
            "x{tags}",
            "{{a}} {entity.count}}}",
            "",
            "{entity.snak}",
            "{entty.snake}",
            "{a-b.c}",
            "{a b}",
            "{open",
            "close}",
            "{}",
        ];
        let all: Vec<String> =
            texts.iter().map(|text| format!("{text} → {}", shown(text))).collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        {entity.snake}_model.py → "team_member_model.py"
        {entity.count} → 3
        {tags} → ["a", "b"]
        x{tags} → 1..7: `tags` is a list, which cannot stand amid text
        {{a}} {entity.count}}} → "{a} 3}"
         → ""
        {entity.snak} → 0..13: `entity.snak` is not defined (did you mean `entity.snake`?)
        {entty.snake} → 0..13: `entty.snake` is not defined (did you mean `entity`?)
        {a-b.c} → 0..7: `a-b.c` is not defined
        {a b} → 0..5: `a b` is no dotted name (write `{{` and `}}` for braces)
        {open → 0..1: `{` is not closed (write `{{` for a brace)
        close} → 5..6: `}` closes nothing (write `}}` for a brace)
        {} → 0..2: `` is no dotted name (write `{{` and `}}` for braces)
        "#);
    }

    proptest! {
        #[test]
        fn braces_come_back(text in "[a{}.é]{0,12}") {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            let placeholder = Placeholder::parse(&doubled).unwrap();
            prop_assert!(placeholder.is_plain());
            prop_assert_eq!(placeholder.evaluate(|_| None), Ok(Value::from(text)));
        }

        #[test]
        fn no_text_panics(text in "[a{}.é_-]{0,16}") {
            let _ = Placeholder::parse(&text);
        }
    }
}
