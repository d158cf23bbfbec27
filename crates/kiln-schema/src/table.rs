//! Tables as the database has them: physical and complete, so that nothing else is read to render a step.

use kiln_model::Value;
use serde::{Deserialize, Serialize};

use crate::names::constraint_name;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type of the field that it holds, by the format's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// It is not null.
    pub required: bool,
    /// Greatest length of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The values of an enum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// What the database fills in, as SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// A named set of columns: an index or a unique constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Its name in the database.
    pub name: String,
    /// The columns in order.
    pub columns: Vec<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Its name in the database.
    pub name: String,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table referred to.
    pub table: String,
    /// The columns referred to.
    pub to: Vec<String>,
    /// `restrict`, `cascade` or `set-null`.
    pub on_delete: String,
    /// With `set-null` and several columns: those that are emptied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_null_columns: Vec<String>,
}

/// SQL of a kit for a table, and its reverse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique for the table.
    pub name: String,
    /// Statements for going up.
    pub up: String,
    /// Statements for going down.
    pub down: String,
}

/// A table with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub table: String,
    /// The columns of the primary key.
    pub primary_key: Vec<String>,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// Unique constraints.
    #[serde(default)]
    pub uniques: Vec<Columns>,
    /// Indexes.
    #[serde(default)]
    pub indexes: Vec<Columns>,
    /// Foreign keys.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// Kits' SQL.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

pub(crate) fn texts(texts: &[String]) -> Value {
    Value::list(texts.iter().map(|text| Value::from(text.as_str())))
}

impl Columns {
    pub(crate) fn value(&self) -> Value {
        Value::map().with("name", self.name.as_str()).with("columns", texts(&self.columns)).build()
    }
}

impl Reference {
    /// Whether it is the same foreign key, under whatever name.
    pub(crate) fn means(&self, other: &Self) -> bool {
        self.columns == other.columns
            && self.table == other.table
            && self.to == other.to
            && self.on_delete == other.on_delete
            && self.set_null_columns == other.set_null_columns
    }

    pub(crate) fn value(&self) -> Value {
        let map = Value::map()
            .with("name", self.name.as_str())
            .with("columns", texts(&self.columns))
            .with("table", self.table.as_str())
            .with("to", texts(&self.to))
            .with("on_delete", self.on_delete.as_str());
        if self.set_null_columns.is_empty() {
            map.build()
        } else {
            map.with("set_null_columns", texts(&self.set_null_columns)).build()
        }
    }
}

impl Column {
    /// What templates see: its keys, and `check`, the name of the constraint that holds an enum to its values.
    pub(crate) fn value(&self, table: &str) -> Value {
        let mut map = Value::map()
            .with("name", self.name.as_str())
            .with("check", check_name(table, &self.name))
            .with("type", self.kind.as_str())
            .with("required", self.required);
        if let Some(max) = self.max {
            map = map.with("max", max);
        }
        if !self.values.is_empty() {
            map = map.with("values", texts(&self.values));
        }
        if let Some(default) = &self.default {
            map = map.with("default", default.as_str());
        }
        map.build()
    }
}

impl Rule {
    pub(crate) fn value(&self) -> Value {
        Value::map()
            .with("name", self.name.as_str())
            .with("up", self.up.as_str())
            .with("down", self.down.as_str())
            .build()
    }
}

/// The name of the constraint that holds an enum to its values.
pub(crate) fn check_name(table: &str, column: &str) -> String {
    constraint_name(["ck", table, column])
}

impl Table {
    /// What templates see of a table: the keys of a `create-table` operation.
    #[must_use]
    pub fn value(&self) -> Value {
        self.map("do", "create-table")
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(crate) fn map(&self, key: &'static str, first: &str) -> Value {
        Value::map()
            .with(key, first)
            .with("table", self.table.as_str())
            .with("primary_key", texts(&self.primary_key))
            .with(
                "columns",
                Value::list(self.columns.iter().map(|column| column.value(&self.table))),
            )
            .with("uniques", Value::list(self.uniques.iter().map(Columns::value)))
            .with("indexes", Value::list(self.indexes.iter().map(Columns::value)))
            .with("references", Value::list(self.references.iter().map(Reference::value)))
            .with("rules", Value::list(self.rules.iter().map(Rule::value)))
            .build()
    }
}
