//! What an operation changes and what it builds on: two steps that do not follow one another must not meet there,
//! since either may run first.

use crate::operation::Operation;
use crate::table::Reference;

/// Something in the database that operations name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Object {
    /// That a table is there.
    Table(String),
    /// That a column of a table is there.
    Column(String, String),
    /// What a column is like.
    Shape(String, String),
    /// That some columns of a table are unique.
    Key(String, Vec<String>),
    /// A constraint or index of a table, by name.
    Named(String, String),
    /// SQL of a kit for a table, by name.
    Rule(String, String),
}

impl Object {
    /// How a person calls it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Table(table) => table.clone(),
            Self::Column(table, column) | Self::Shape(table, column) => format!("{table}.{column}"),
            Self::Key(table, columns) => format!("{table}({})", columns.join(", ")),
            Self::Named(_, name) => name.clone(),
            Self::Rule(table, name) => format!("{table}: {name}"),
        }
    }
}

/// An object, and whether it is changed; else it must only stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Touch {
    pub(crate) object: Object,
    pub(crate) writes: bool,
}

/// Two touches that must not be of steps in no order.
pub(crate) fn clash(a: &Touch, b: &Touch) -> bool {
    (a.writes || b.writes) && a.object == b.object
}

/// Collects touches.
struct Touches(Vec<Touch>);

impl Touches {
    fn reads(&mut self, object: Object) {
        self.0.push(Touch { object, writes: false });
    }

    fn writes(&mut self, object: Object) {
        self.0.push(Touch { object, writes: true });
    }

    fn column(&mut self, table: &str, column: &str) {
        self.writes(Object::Column(table.to_owned(), column.to_owned()));
        self.writes(Object::Shape(table.to_owned(), column.to_owned()));
    }

    fn uses(&mut self, table: &str, columns: &[String]) {
        for column in columns {
            self.reads(Object::Column(table.to_owned(), column.clone()));
        }
    }

    fn named(&mut self, table: &str, name: &str) {
        self.writes(Object::Named(table.to_owned(), name.to_owned()));
    }

    /// What a foreign key builds on.
    fn target(&mut self, reference: &Reference) {
        self.reads(Object::Table(reference.table.clone()));
        self.uses(&reference.table, &reference.to);
        if reference.to.len() > 1 {
            self.reads(Object::Key(reference.table.clone(), reference.to.clone()));
        }
    }
}

/// Everything that an operation touches, by the names at its own time.
pub(crate) fn touches(operation: &Operation) -> Vec<Touch> {
    let mut found = Touches(Vec::new());
    let table = operation.table().unwrap_or_default();
    let whole = matches!(
        operation,
        Operation::CreateTable(_) | Operation::DropTable(_) | Operation::RenameTable { .. }
    );
    if whole {
        found.writes(Object::Table(table.to_owned()));
    } else if !table.is_empty() {
        found.reads(Object::Table(table.to_owned()));
    }
    match operation {
        Operation::CreateTable(table) | Operation::DropTable(table) => {
            let others = |reference: &&Reference| reference.table != table.table;
            table.references.iter().filter(others).for_each(|reference| found.target(reference));
        }
        Operation::RenameTable { to, .. } => found.writes(Object::Table(to.clone())),
        Operation::AddColumn { column, .. } | Operation::DropColumn { column, .. } => {
            found.column(table, &column.name);
        }
        Operation::RenameColumn { from, to, .. } => {
            found.column(table, from);
            found.column(table, to);
        }
        Operation::AlterColumn { to, .. } => {
            found.reads(Object::Column(table.to_owned(), to.name.clone()));
            found.writes(Object::Shape(table.to_owned(), to.name.clone()));
        }
        Operation::AddIndex { index: set, .. } | Operation::DropIndex { index: set, .. } => {
            found.uses(table, &set.columns);
            found.named(table, &set.name);
        }
        Operation::AddUnique { unique: set, .. } | Operation::DropUnique { unique: set, .. } => {
            found.uses(table, &set.columns);
            found.named(table, &set.name);
            found.writes(Object::Key(table.to_owned(), set.columns.clone()));
        }
        Operation::AddReference { reference, .. } | Operation::DropReference { reference, .. } => {
            found.uses(table, &reference.columns);
            found.named(table, &reference.name);
            found.target(reference);
        }
        Operation::AddRule { rule, .. } | Operation::DropRule { rule, .. } => {
            found.writes(Object::Rule(table.to_owned(), rule.name.clone()));
        }
        Operation::RenameConstraint { from, to, .. } | Operation::RenameIndex { from, to, .. } => {
            found.named(table, from);
            found.named(table, to);
        }
        Operation::RunSql { makes, .. } => found.0.extend(makes.iter().flat_map(touches)),
    }
    found.0
}
