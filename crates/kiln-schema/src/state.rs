//! What steps add up to.

use std::collections::BTreeMap;

use crate::operation::Operation;
use crate::table::{Columns, Table};

/// A table and the chain that made it: its changes belong there for ever, whatever module has its entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The table.
    pub table: Table,
    /// The chain.
    pub chain: String,
}

/// All tables by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The tables.
    pub tables: BTreeMap<String, Held>,
}

impl State {
    /// Applies an operation of a step of `chain`.
    ///
    /// # Errors
    /// One sentence if the tables are not what the operation starts from.
    pub fn apply(&mut self, chain: &str, operation: &Operation) -> Result<(), String> {
        match operation {
            Operation::CreateTable(table) => {
                if self.tables.contains_key(&table.table) {
                    return Err(format!("it creates `{}`, which is there already", table.table));
                }
                let held = Held { table: table.clone(), chain: chain.to_owned() };
                self.tables.insert(table.table.clone(), held);
                Ok(())
            }
            Operation::DropTable(table) => {
                self.table(&table.table)?;
                self.tables.remove(&table.table);
                Ok(())
            }
            Operation::RenameTable { table, to } => self.rename_table(table, to),
            Operation::RenameColumn { table, from, to } => self.rename_column(table, from, to),
            Operation::RunSql { makes, .. } => {
                makes.iter().try_for_each(|operation| self.apply(chain, operation))
            }
            within => {
                let name = within.table().unwrap_or_default();
                change(self.table(name)?, within)
            }
        }
    }

    fn table(&mut self, name: &str) -> Result<&mut Table, String> {
        let held = self.tables.get_mut(name);
        held.map(|held| &mut held.table)
            .ok_or_else(|| format!("it changes `{name}`, and no table has that name"))
    }

    fn rename_table(&mut self, from: &str, to: &str) -> Result<(), String> {
        if self.tables.contains_key(to) {
            return Err(format!("it renames `{from}` to `{to}`, which is there already"));
        }
        self.table(from)?.table = to.to_owned();
        if let Some(held) = self.tables.remove(from) {
            self.tables.insert(to.to_owned(), held);
        }
        for held in self.tables.values_mut() {
            for reference in held.table.references.iter_mut().filter(|known| known.table == from) {
                reference.table = to.to_owned();
            }
        }
        Ok(())
    }

    fn rename_column(&mut self, name: &str, from: &str, to: &str) -> Result<(), String> {
        let table = self.table(name)?;
        if table.column(to).is_some() {
            return Err(format!("it renames `{name}.{from}` to `{to}`, which is there already"));
        }
        let column = table.columns.iter_mut().find(|column| column.name == from);
        let column = column.ok_or_else(|| absent(name, from))?;
        column.name = to.to_owned();
        let rename = |columns: &mut Vec<String>| {
            columns
                .iter_mut()
                .filter(|known| *known == from)
                .for_each(|known| to.clone_into(known));
        };
        rename(&mut table.primary_key);
        table.uniques.iter_mut().chain(&mut table.indexes).for_each(|set| rename(&mut set.columns));
        for reference in &mut table.references {
            rename(&mut reference.columns);
            rename(&mut reference.set_null_columns);
        }
        for held in self.tables.values_mut() {
            for reference in held.table.references.iter_mut().filter(|known| known.table == name) {
                rename(&mut reference.to);
            }
        }
        Ok(())
    }
}

fn absent(table: &str, column: &str) -> String {
    format!("it changes `{table}.{column}`, and no column has that name")
}

/// Applies an operation to the table that it names.
fn change(table: &mut Table, operation: &Operation) -> Result<(), String> {
    let name = table.table.clone();
    match operation {
        Operation::AddColumn { column, .. } => {
            if table.column(&column.name).is_some() {
                return Err(format!("it adds `{name}.{}`, which is there already", column.name));
            }
            table.columns.push(column.clone());
            Ok(())
        }
        Operation::DropColumn { column, .. } => {
            let before = table.columns.len();
            table.columns.retain(|known| known.name != column.name);
            if table.columns.len() < before { Ok(()) } else { Err(absent(&name, &column.name)) }
        }
        Operation::AlterColumn { from, to, .. } => {
            let column = table.columns.iter_mut().find(|column| column.name == from.name);
            let column = column.ok_or_else(|| absent(&name, &from.name))?;
            if column != from {
                return Err(format!("it changes `{name}.{}`, which is another one", from.name));
            }
            *column = to.clone();
            Ok(())
        }
        Operation::AddIndex { index, .. } => add(&mut table.indexes, index),
        Operation::DropIndex { index, .. } => remove(&mut table.indexes, &index.name),
        Operation::AddUnique { unique, .. } => add(&mut table.uniques, unique),
        Operation::DropUnique { unique, .. } => remove(&mut table.uniques, &unique.name),
        Operation::AddReference { reference, .. } => {
            if table.references.iter().any(|known| known.name == reference.name) {
                return Err(format!("it adds `{}`, which is there already", reference.name));
            }
            table.references.push(reference.clone());
            Ok(())
        }
        Operation::DropReference { reference, .. } => {
            let before = table.references.len();
            table.references.retain(|known| known.name != reference.name);
            dropped(table.references.len() < before, &reference.name)
        }
        Operation::AddRule { rule, .. } => {
            if table.rules.iter().any(|known| known.name == rule.name) {
                return Err(format!("it adds the rule `{}`, which is there already", rule.name));
            }
            table.rules.push(rule.clone());
            Ok(())
        }
        Operation::DropRule { rule, .. } => {
            let before = table.rules.len();
            table.rules.retain(|known| known.name != rule.name);
            dropped(table.rules.len() < before, &rule.name)
        }
        Operation::RenameIndex { from, to, .. } => {
            let index = table.indexes.iter_mut().find(|index| index.name == *from);
            index.map(|index| index.name.clone_from(to)).ok_or_else(|| missing(from))
        }
        Operation::RenameConstraint { from, to, .. } => {
            // Names of primary keys and of the constraints of enums follow from table and column.
            let uniques = table.uniques.iter_mut().map(|set| &mut set.name);
            let references = table.references.iter_mut().map(|reference| &mut reference.name);
            let found = uniques.chain(references).find(|name| *name == from);
            if let Some(name) = found {
                name.clone_from(to);
            }
            Ok(())
        }
        Operation::CreateTable(_)
        | Operation::DropTable(_)
        | Operation::RenameTable { .. }
        | Operation::RenameColumn { .. }
        | Operation::RunSql { .. } => Ok(()),
    }
}

fn missing(name: &str) -> String {
    format!("it changes `{name}`, and nothing has that name")
}

fn dropped(done: bool, name: &str) -> Result<(), String> {
    if done { Ok(()) } else { Err(missing(name)) }
}

fn add(sets: &mut Vec<Columns>, set: &Columns) -> Result<(), String> {
    if sets.iter().any(|known| known.name == set.name) {
        return Err(format!("it adds `{}`, which is there already", set.name));
    }
    sets.push(set.clone());
    Ok(())
}

fn remove(sets: &mut Vec<Columns>, name: &str) -> Result<(), String> {
    let before = sets.len();
    sets.retain(|known| known.name != name);
    dropped(sets.len() < before, name)
}
