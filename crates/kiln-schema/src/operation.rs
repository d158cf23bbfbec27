//! The operations that change tables. Each holds all that is needed to run it forwards and backwards.

use kiln_model::Value;
use serde::{Deserialize, Serialize};

use crate::table::{Column, Columns, Reference, Rule, Table, texts};

/// One change of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Operation {
    /// A new table.
    CreateTable(Table),
    /// A table goes, with all that belongs to it.
    DropTable(Table),
    /// A table is called otherwise from now on.
    RenameTable {
        /// Its name before.
        table: String,
        /// Its name after.
        to: String,
    },
    /// A new column.
    AddColumn {
        /// The table.
        table: String,
        /// What the rows that are there get, as SQL; the column has no such default afterwards.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<String>,
        /// The column.
        column: Column,
    },
    /// A column goes.
    DropColumn {
        /// The table.
        table: String,
        /// The column as it was.
        column: Column,
    },
    /// A column is called otherwise from now on.
    RenameColumn {
        /// The table.
        table: String,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// A column has another type, limit, default or duty from now on.
    AlterColumn {
        /// The table.
        table: String,
        /// What rows without a value get, as SQL.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<String>,
        /// The column before.
        from: Column,
        /// The column after.
        to: Column,
    },
    /// A new index.
    AddIndex {
        /// The table.
        table: String,
        /// The index.
        index: Columns,
    },
    /// An index goes.
    DropIndex {
        /// The table.
        table: String,
        /// The index as it was.
        index: Columns,
    },
    /// A new unique constraint.
    AddUnique {
        /// The table.
        table: String,
        /// The constraint.
        unique: Columns,
    },
    /// A unique constraint goes.
    DropUnique {
        /// The table.
        table: String,
        /// The constraint as it was.
        unique: Columns,
    },
    /// A new foreign key.
    AddReference {
        /// The table that refers.
        table: String,
        /// The foreign key.
        reference: Reference,
    },
    /// A foreign key goes.
    DropReference {
        /// The table that refers.
        table: String,
        /// The foreign key as it was.
        reference: Reference,
    },
    /// New SQL of a kit for a table.
    AddRule {
        /// The table.
        table: String,
        /// The rule.
        rule: Rule,
    },
    /// SQL of a kit is taken back.
    DropRule {
        /// The table.
        table: String,
        /// The rule as it was.
        rule: Rule,
    },
    /// A constraint is called otherwise from now on.
    RenameConstraint {
        /// The table.
        table: String,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// An index is called otherwise from now on.
    RenameIndex {
        /// The table.
        table: String,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// A person's own SQL.
    RunSql {
        /// Statements for going up.
        up: Vec<String>,
        /// Statements for going down; may be empty.
        down: Vec<String>,
        /// What the SQL does to the schema: nothing of it is run besides.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        makes: Vec<Self>,
    },
}

impl Operation {
    /// The table that it changes, by its name before; none for a person's own SQL.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::CreateTable(table) | Self::DropTable(table) => Some(&table.table),
            Self::RenameTable { table, .. }
            | Self::AddColumn { table, .. }
            | Self::DropColumn { table, .. }
            | Self::RenameColumn { table, .. }
            | Self::AlterColumn { table, .. }
            | Self::AddIndex { table, .. }
            | Self::DropIndex { table, .. }
            | Self::AddUnique { table, .. }
            | Self::DropUnique { table, .. }
            | Self::AddReference { table, .. }
            | Self::DropReference { table, .. }
            | Self::AddRule { table, .. }
            | Self::DropRule { table, .. }
            | Self::RenameConstraint { table, .. }
            | Self::RenameIndex { table, .. } => Some(table),
            Self::RunSql { .. } => None,
        }
    }

    /// What templates see: the same keys as in the record.
    #[must_use]
    pub fn value(&self) -> Value {
        let map = |name: &str| {
            Value::map().with("do", name).with("table", self.table().unwrap_or_default())
        };
        let renamed =
            |name: &str, from: &str, to: &str| map(name).with("from", from).with("to", to).build();
        match self {
            Self::CreateTable(table) => table.map("do", "create-table"),
            Self::DropTable(table) => table.map("do", "drop-table"),
            Self::RenameTable { to, .. } => map("rename-table").with("to", to.as_str()).build(),
            Self::AddColumn { table, fill, column } => {
                filled(map("add-column"), fill.as_ref()).with("column", column.value(table)).build()
            }
            Self::DropColumn { table, column } => {
                map("drop-column").with("column", column.value(table)).build()
            }
            Self::RenameColumn { from, to, .. } => renamed("rename-column", from, to),
            Self::AlterColumn { table, fill, from, to } => {
                filled(map("alter-column"), fill.as_ref())
                    .with("from", from.value(table))
                    .with("to", to.value(table))
                    .build()
            }
            Self::AddIndex { index, .. } => map("add-index").with("index", index.value()).build(),
            Self::DropIndex { index, .. } => map("drop-index").with("index", index.value()).build(),
            Self::AddUnique { unique, .. } => {
                map("add-unique").with("unique", unique.value()).build()
            }
            Self::DropUnique { unique, .. } => {
                map("drop-unique").with("unique", unique.value()).build()
            }
            Self::AddReference { reference, .. } => {
                map("add-reference").with("reference", reference.value()).build()
            }
            Self::DropReference { reference, .. } => {
                map("drop-reference").with("reference", reference.value()).build()
            }
            Self::AddRule { rule, .. } => map("add-rule").with("rule", rule.value()).build(),
            Self::DropRule { rule, .. } => map("drop-rule").with("rule", rule.value()).build(),
            Self::RenameConstraint { from, to, .. } => renamed("rename-constraint", from, to),
            Self::RenameIndex { from, to, .. } => renamed("rename-index", from, to),
            Self::RunSql { up, down, .. } => Value::map()
                .with("do", "run-sql")
                .with("up", texts(up))
                .with("down", texts(down))
                .build(),
        }
    }

    /// What takes it back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let own = |table: &String| table.clone();
        match self {
            Self::CreateTable(table) => Self::DropTable(table.clone()),
            Self::DropTable(table) => Self::CreateTable(table.clone()),
            Self::RenameTable { table, to } => {
                Self::RenameTable { table: to.clone(), to: own(table) }
            }
            Self::AddColumn { table, column, .. } => {
                Self::DropColumn { table: own(table), column: column.clone() }
            }
            Self::DropColumn { table, column } => {
                Self::AddColumn { table: own(table), fill: None, column: column.clone() }
            }
            Self::RenameColumn { table, from, to } => {
                Self::RenameColumn { table: own(table), from: to.clone(), to: from.clone() }
            }
            Self::AlterColumn { table, from, to, .. } => Self::AlterColumn {
                table: own(table),
                fill: None,
                from: to.clone(),
                to: from.clone(),
            },
            Self::AddIndex { table, index } => {
                Self::DropIndex { table: own(table), index: index.clone() }
            }
            Self::DropIndex { table, index } => {
                Self::AddIndex { table: own(table), index: index.clone() }
            }
            Self::AddUnique { table, unique } => {
                Self::DropUnique { table: own(table), unique: unique.clone() }
            }
            Self::DropUnique { table, unique } => {
                Self::AddUnique { table: own(table), unique: unique.clone() }
            }
            Self::AddReference { table, reference } => {
                Self::DropReference { table: own(table), reference: reference.clone() }
            }
            Self::DropReference { table, reference } => {
                Self::AddReference { table: own(table), reference: reference.clone() }
            }
            Self::AddRule { table, rule } => {
                Self::DropRule { table: own(table), rule: rule.clone() }
            }
            Self::DropRule { table, rule } => {
                Self::AddRule { table: own(table), rule: rule.clone() }
            }
            Self::RenameConstraint { table, from, to } => {
                Self::RenameConstraint { table: own(table), from: to.clone(), to: from.clone() }
            }
            Self::RenameIndex { table, from, to } => {
                Self::RenameIndex { table: own(table), from: to.clone(), to: from.clone() }
            }
            Self::RunSql { up, down, makes } => Self::RunSql {
                up: down.clone(),
                down: up.clone(),
                makes: makes.iter().rev().map(Self::inverse).collect(),
            },
        }
    }
}

fn filled(map: kiln_model::MapBuilder, fill: Option<&String>) -> kiln_model::MapBuilder {
    match fill {
        Some(fill) => map.with("fill", fill.as_str()),
        None => map,
    }
}
