//! Modules, entities, fields and relations, as the spec and the kits write them.

use kiln_base::Spanned;
use serde::{Deserialize, Serialize};

use crate::raw::Raw;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// One line of text.
    String,
    /// Text of any length.
    Text,
    /// A whole number.
    Int,
    /// A number with a decimal point, exact.
    Decimal,
    /// A whole number of minor units.
    Money,
    /// True or false.
    Bool,
    /// A day.
    Date,
    /// An instant.
    Datetime,
    /// An identifier.
    Uuid,
    /// One of the field's values.
    Enum,
    /// An e-mail address.
    Email,
    /// A web address.
    Url,
    /// Any JSON value.
    Json,
}

impl FieldType {
    /// All with their names in the format.
    pub const ALL: [(&'static str, Self); 13] = [
        ("string", Self::String),
        ("text", Self::Text),
        ("int", Self::Int),
        ("decimal", Self::Decimal),
        ("money", Self::Money),
        ("bool", Self::Bool),
        ("date", Self::Date),
        ("datetime", Self::Datetime),
        ("uuid", Self::Uuid),
        ("enum", Self::Enum),
        ("email", Self::Email),
        ("url", Self::Url),
        ("json", Self::Json),
    ];

    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("string", |(name, _)| name)
    }
}

/// What happens to a row when the row that it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDelete {
    /// The deletion is refused.
    Restrict,
    /// The row goes too.
    Cascade,
    /// The reference is emptied.
    SetNull,
}

impl OnDelete {
    /// All with their names in the format.
    pub const ALL: [(&'static str, Self); 3] =
        [("restrict", Self::Restrict), ("cascade", Self::Cascade), ("set-null", Self::SetNull)];

    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, action)| *action == self).map_or("restrict", |(name, _)| name)
    }
}

/// An option of a kit that is set on an entity or field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitOption {
    /// The kit.
    pub kit: Spanned<String>,
    /// Its option.
    pub option: Spanned<String>,
    /// The value as written.
    pub value: Spanned<Raw>,
}

/// A field of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name as written.
    pub name: Spanned<String>,
    /// Its type.
    pub field_type: FieldType,
    /// A row must have it.
    pub required: bool,
    /// No two rows share it.
    pub unique: bool,
    /// It is searched by.
    pub index: bool,
    /// Neither asked for nor shown.
    pub hidden: bool,
    /// Least number or length.
    pub min: Option<i64>,
    /// Greatest number or length.
    pub max: Option<i64>,
    /// The value of a new row.
    pub default: Option<Spanned<Raw>>,
    /// The values of an enum.
    pub values: Vec<Spanned<String>>,
    /// What the database fills in, as SQL. Kits only.
    pub database_default: Option<Spanned<String>>,
    /// The name it had before.
    pub was: Option<Spanned<String>>,
    /// Kits' options for it.
    pub options: Vec<KitOption>,
}

/// A relation to one row of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BelongsTo {
    /// The entity.
    pub target: Spanned<String>,
    /// What the relation is called; the entity's name if none.
    pub role: Option<Spanned<String>>,
    /// A row must have it.
    pub required: bool,
    /// No two rows refer to the same one.
    pub unique: bool,
    /// Neither asked for nor shown.
    pub hidden: bool,
    /// What happens when the target goes; restrict if required, else set-null.
    pub on_delete: Option<OnDelete>,
    /// What the database fills in, as SQL. Kits only.
    pub database_default: Option<Spanned<String>>,
    /// The name it had before.
    pub was: Option<Spanned<String>>,
    /// Kits' options for it.
    pub options: Vec<KitOption>,
}

/// A field or a relation, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Member {
    /// A field.
    Field(Field),
    /// A relation.
    BelongsTo(BelongsTo),
}

impl Member {
    /// The name of its column: a field's in snake case, a relation's with `_id`.
    #[must_use]
    pub fn column(&self) -> String {
        match self {
            Self::Field(field) => kiln_base::words(&field.name).join("_"),
            Self::BelongsTo(relation) => {
                format!(
                    "{}_id",
                    kiln_base::words(relation.role.as_ref().unwrap_or(&relation.target)).join("_")
                )
            }
        }
    }
}

/// An entity of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Its name in Pascal case.
    pub name: Spanned<String>,
    /// Its table, if it is not the plural in snake case.
    pub table: Option<Spanned<String>>,
    /// Its plural, if it is not the usual one.
    pub plural: Option<Spanned<String>>,
    /// The name it had before.
    pub was: Option<Spanned<String>>,
    /// Fields and relations.
    pub members: Vec<Member>,
    /// Indexes over fields.
    pub indexes: Vec<Vec<Spanned<String>>>,
    /// Unique sets of fields.
    pub uniques: Vec<Vec<Spanned<String>>>,
    /// Kits' options for it.
    pub options: Vec<KitOption>,
}

/// A module of the product's domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Its name in kebab case.
    pub name: Spanned<String>,
    /// The name it had before.
    pub was: Option<Spanned<String>>,
    /// Its entities.
    pub entities: Vec<Entity>,
}
