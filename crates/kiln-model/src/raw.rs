//! Values as people write them in specs and manifests, before a declaration gives them a type.

use kiln_base::Spanned;
use serde::{Deserialize, Serialize};

/// A value as written. Its type is decided by the declaration that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Raw {
    /// `#null`
    Null,
    /// `#true`, `#false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A word or a quoted text; may hold placeholders where the format allows them.
    Text(String),
    /// Several texts.
    List(Vec<String>),
    /// `(part)"file"`: the text that `parts/file` of the kit renders to.
    Part(String),
}

impl Raw {
    /// How messages show it: as KDL would write it.
    #[must_use]
    pub fn show(&self) -> String {
        match self {
            Self::Null => "#null".to_owned(),
            Self::Bool(value) => format!("#{value}"),
            Self::Int(value) => value.to_string(),
            Self::Text(text) => format!("\"{}\"", text.escape_default()),
            Self::List(texts) => texts
                .iter()
                .map(|text| format!("\"{}\"", text.escape_default()))
                .collect::<Vec<_>>()
                .join(" "),
            Self::Part(file) => format!("(part)\"{file}\""),
        }
    }
}

/// The type of an option, key or slot field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueType {
    /// One line of text.
    String,
    /// Text of any length; may be a part.
    Text,
    /// A whole number of 64 bits.
    Int,
    /// True or false.
    Bool,
    /// A time such as `15m`; seconds in templates.
    Duration,
    /// A size such as `25MiB`; bytes in templates.
    Size,
    /// A list of texts.
    List,
}

impl ValueType {
    /// All types with their names in the format.
    pub const ALL: [(&'static str, Self); 7] = [
        ("string", Self::String),
        ("text", Self::Text),
        ("int", Self::Int),
        ("bool", Self::Bool),
        ("duration", Self::Duration),
        ("size", Self::Size),
        ("list", Self::List),
    ];

    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("string", |(name, _)| name)
    }
}

/// One allowed value of a declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The value.
    pub value: Raw,
    /// What it is; may be empty.
    pub help: String,
}

/// What `option`, `key` and `field` declare alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// Its name, in kebab case.
    pub name: Spanned<String>,
    /// Its type; that of the default where none is written, else a string.
    pub value_type: ValueType,
    /// The value if none is given; without it one must be given.
    pub default: Option<Spanned<Raw>>,
    /// Least number, length of text, duration or size.
    pub min: Option<Spanned<Raw>>,
    /// Greatest of the same.
    pub max: Option<Spanned<Raw>>,
    /// A regular expression for the whole text.
    pub pattern: Option<Spanned<String>>,
    /// A reference: `CAPABILITY.SLOT`, `option.NAME` or `entity.fields`.
    pub within: Option<Spanned<String>>,
    /// For people.
    pub help: String,
    /// If any: the only values allowed.
    pub choices: Vec<Choice>,
}
