//! From the tables that are there to those that are wanted: operations in the order in which they can run.
//!
//! Rules that change go first and come back last, since their SQL names tables and columns. Then renames, so that all
//! that follows has the new names; then what goes (foreign keys before what they refer to), then what comes.

use std::collections::{BTreeMap, BTreeSet};

use crate::operation::Operation;
use crate::shape::{Change, change, shown};
use crate::state::State;
use crate::steps::Wanted;
use crate::table::{Column, Columns, Reference, Table, check_name};

/// Something that a person has to say is meant: values may be lost, or the migration may fail on rows that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Danger {
    /// The chain of the step.
    pub(crate) chain: String,
    /// What to confirm: `drop products.price`.
    pub(crate) what: String,
    /// What would happen.
    pub(crate) message: String,
    /// Other ways out than confirming it.
    pub(crate) hints: Vec<String>,
}

/// What has to be done.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Operations with their chains, in order.
    pub(crate) operations: Vec<(String, Operation)>,
    pub(crate) dangers: Vec<Danger>,
    /// Operations that do not fit: a mistake of this crate.
    pub(crate) faults: Vec<String>,
}

/// The operations from `state` to what is wanted; `state` is what is wanted afterwards.
pub(crate) fn difference(state: &mut State, wanted: &[Wanted]) -> Difference {
    let before = state.clone();
    let mut maker = Maker { state, wanted, origins: BTreeMap::new(), found: Difference::default() };
    let renames = maker.table_renames();
    maker.old_rules();
    for (from, to) in renames {
        maker.emit_at(&from, Operation::RenameTable { table: from.clone(), to });
    }
    let columns = maker.column_renames();
    maker.old_references();
    maker.old_sets();
    maker.old_tables();
    maker.constraint_renames(&before, &columns);
    maker.new_tables();
    maker.old_columns();
    maker.new_columns();
    maker.new_sets();
    maker.new_references();
    maker.new_rules();
    maker.found
}

struct Maker<'a> {
    state: &'a mut State,
    wanted: &'a [Wanted],
    /// The name that a wanted table has had, if it is there.
    origins: BTreeMap<String, String>,
    found: Difference,
}

impl<'a> Maker<'a> {
    fn emit(&mut self, chain: &str, operation: Operation) {
        match self.state.apply(chain, &operation) {
            Ok(()) => self.found.operations.push((chain.to_owned(), operation)),
            Err(why) => self.found.faults.push(why),
        }
    }

    /// Emits an operation in the chain of a table that is there.
    fn emit_at(&mut self, table: &str, operation: Operation) {
        let chain = self.chain(table);
        self.emit(&chain, operation);
    }

    fn chain(&self, table: &str) -> String {
        self.state.tables.get(table).map(|held| held.chain.clone()).unwrap_or_default()
    }

    fn danger(&mut self, table: &str, what: String, message: String, hints: Vec<String>) {
        let chain = self.chain(table);
        self.found.dangers.push(Danger { chain, what, message, hints });
    }

    /// Wanted tables that are there under an older name, in an order in which they can be renamed.
    fn table_renames(&mut self) -> Vec<(String, String)> {
        let mut names: BTreeSet<String> = self.state.tables.keys().cloned().collect();
        let mut renames = Vec::new();
        while let Some((old, new)) = self.wanted.iter().find_map(|wanted| {
            let new = &wanted.table.table;
            let old = wanted.was.iter().find(|old| names.contains(*old))?;
            (!names.contains(new)).then(|| (old.clone(), new.clone()))
        }) {
            names.remove(&old);
            names.insert(new.clone());
            renames.push((old, new));
        }
        for wanted in self.wanted {
            let name = &wanted.table.table;
            let old = renames.iter().find(|(_, new)| new == name).map(|(old, _)| old);
            // A new table may take the name of one that is renamed.
            let taken = old.is_none() && renames.iter().any(|(old, _)| old == name);
            let origin = old.unwrap_or(name);
            if !taken && self.state.tables.contains_key(origin) {
                self.origins.insert(name.clone(), origin.clone());
            }
        }
        renames
    }

    /// The wanted tables that are there, each with what is there, by its present name.
    fn pairs(&self) -> Vec<(&'a Wanted, Table)> {
        let pair = |wanted: &'a Wanted| {
            let name = &wanted.table.table;
            self.origins.get(name)?;
            Some((wanted, self.state.tables.get(name)?.table.clone()))
        };
        self.wanted.iter().filter_map(pair).collect()
    }

    fn old_rules(&mut self) {
        for wanted in self.wanted {
            let Some(origin) = self.origins.get(&wanted.table.table).cloned() else { continue };
            let Some(held) = self.state.tables.get(&origin) else { continue };
            let gone =
                held.table.rules.iter().rev().filter(|rule| !wanted.table.rules.contains(rule));
            for rule in gone.cloned().collect::<Vec<_>>() {
                self.emit_at(&origin, Operation::DropRule { table: origin.clone(), rule });
            }
        }
    }

    /// Renames columns; the result is by table and present name the name before.
    fn column_renames(&mut self) -> BTreeMap<(String, String), String> {
        let mut all = BTreeMap::new();
        for wanted in self.wanted {
            let table = &wanted.table.table;
            if !self.origins.contains_key(table) {
                continue;
            }
            while let Some((from, to)) = self.next_column_rename(wanted) {
                let before =
                    all.remove(&(table.clone(), from.clone())).unwrap_or_else(|| from.clone());
                all.insert((table.clone(), to.clone()), before);
                self.emit_at(table, Operation::RenameColumn { table: table.clone(), from, to });
            }
        }
        all
    }

    fn next_column_rename(&self, wanted: &Wanted) -> Option<(String, String)> {
        let have = &self.state.tables.get(&wanted.table.table)?.table;
        wanted.columns_were.iter().find_map(|(new, olds)| {
            let old = olds.iter().find(|old| have.column(old).is_some())?;
            let free = have.column(new).is_none() && wanted.table.column(new).is_some();
            free.then(|| (old.clone(), new.clone()))
        })
    }

    fn old_references(&mut self) {
        for (wanted, have) in self.pairs() {
            let table = have.table.clone();
            let stays =
                |known: &Reference| wanted.table.references.iter().any(|new| new.means(known));
            let gone: Vec<Reference> =
                have.references.iter().filter(|known| !stays(known)).cloned().collect();
            for reference in gone {
                self.emit_at(&table, Operation::DropReference { table: table.clone(), reference });
            }
        }
    }

    fn old_sets(&mut self) {
        for (wanted, have) in self.pairs() {
            let table = have.table.clone();
            for index in gone(&have.indexes, &wanted.table.indexes) {
                self.emit_at(&table, Operation::DropIndex { table: table.clone(), index });
            }
        }
        for (wanted, have) in self.pairs() {
            let table = have.table.clone();
            for unique in gone(&have.uniques, &wanted.table.uniques) {
                self.emit_at(&table, Operation::DropUnique { table: table.clone(), unique });
            }
        }
    }

    /// Drops what nobody wants, referring tables before those that they refer to.
    fn old_tables(&mut self) {
        let kept: BTreeSet<&str> =
            self.wanted.iter().map(|wanted| wanted.table.table.as_str()).collect();
        let unwanted = |state: &State| -> Vec<Table> {
            let tables = state.tables.values().map(|held| &held.table);
            tables.filter(|table| !kept.contains(table.table.as_str())).cloned().collect()
        };
        for table in unwanted(self.state) {
            let hints = self.renamed_table_hints(&table);
            let message = format!("the table `{}` would be dropped with all its rows", table.table);
            self.danger(&table.table, format!("drop {}", table.table), message, hints);
        }
        loop {
            let open = unwanted(self.state);
            let refers = |other: &Table, table: &Table| {
                other.table != table.table
                    && other.references.iter().any(|reference| reference.table == table.table)
            };
            let free = open.iter().find(|table| !open.iter().any(|other| refers(other, table)));
            if let Some(table) = free {
                self.emit_at(&table.table, Operation::DropTable(table.clone()));
                continue;
            }
            // They refer to each other in a circle.
            let Some((table, reference)) = open.iter().find_map(|table| {
                let other = |reference: &&Reference| {
                    reference.table != table.table
                        && open.iter().any(|other| other.table == reference.table)
                };
                Some((table.table.clone(), table.references.iter().find(other)?.clone()))
            }) else {
                return;
            };
            self.emit_at(&table, Operation::DropReference { table: table.clone(), reference });
        }
    }

    fn renamed_table_hints(&self, gone: &Table) -> Vec<String> {
        let new = self
            .wanted
            .iter()
            .filter(|wanted| !self.state.tables.contains_key(&wanted.table.table));
        let alike = |wanted: &&Wanted| {
            let shared = wanted.table.columns.iter().filter(|column| gone.columns.contains(column));
            shared.count() * 2 > gone.columns.len()
        };
        new.filter(alike)
            .map(|wanted| {
                format!(
                    "if it is `{0}` now: write `entity {0} was=…` with the entity's old name, or keep the table with `table={1}`",
                    wanted.entity, gone.table
                )
            })
            .collect()
    }

    /// Names of constraints and indexes follow tables and columns.
    fn constraint_renames(&mut self, before: &State, columns: &BTreeMap<(String, String), String>) {
        let mut open: Vec<Renaming> = Vec::new();
        for (wanted, have) in self.pairs() {
            let table = &have.table;
            let origin = self.origins.get(table).unwrap_or(table);
            if origin != table {
                open.push(Renaming::constraint(
                    table,
                    format!("pk_{origin}"),
                    format!("pk_{table}"),
                ));
            }
            for column in have.columns.iter().filter(|column| !column.values.is_empty()) {
                let key = (table.clone(), column.name.clone());
                let old = columns.get(&key).unwrap_or(&column.name);
                if before.tables.get(origin).is_some_and(|held| held.table.column(old).is_some()) {
                    let (from, to) = (check_name(origin, old), check_name(table, &column.name));
                    open.push(Renaming::constraint(table, from, to));
                }
            }
            open.extend(set_names(table, &have.uniques, &wanted.table.uniques, false));
            for new in &wanted.table.references {
                if let Some(known) = have.references.iter().find(|known| known.means(new)) {
                    open.push(Renaming::constraint(table, known.name.clone(), new.name.clone()));
                }
            }
            open.extend(set_names(table, &have.indexes, &wanted.table.indexes, true));
        }
        open.retain(|renaming| renaming.from != renaming.to);
        while !open.is_empty() {
            // A name may only be taken when whoever has it has given it up.
            let free = |to: &String| open.iter().all(|other| other.from != *to);
            let at = open.iter().position(|renaming| free(&renaming.to)).unwrap_or(0);
            let renaming = open.remove(at);
            let table = renaming.table.clone();
            self.emit_at(&table, renaming.operation());
        }
    }

    /// Creates tables, those that others refer to first; foreign keys that cannot stand yet come later.
    fn new_tables(&mut self) {
        let mut open: Vec<&Wanted> = self
            .wanted
            .iter()
            .filter(|wanted| !self.state.tables.contains_key(&wanted.table.table))
            .collect();
        while !open.is_empty() {
            let waits = |wanted: &&Wanted| {
                wanted.table.references.iter().any(|reference| {
                    reference.table != wanted.table.table
                        && open.iter().any(|other| other.table.table == reference.table)
                })
            };
            let at = open.iter().position(|wanted| !waits(wanted)).unwrap_or(0);
            let wanted = open.remove(at);
            let mut table = wanted.table.clone();
            let still = |name: &str| open.iter().any(|other| other.table.table == name);
            table.references.retain(|reference| {
                !still(&reference.table) && self.stands(&wanted.table, reference)
            });
            self.emit(&wanted.chain, Operation::CreateTable(table));
        }
    }

    /// Whether what a foreign key refers to is there already; what kits own is.
    fn stands(&self, table: &Table, reference: &Reference) -> bool {
        if reference.table == table.table {
            return true;
        }
        let Some(held) = self.state.tables.get(&reference.table) else { return true };
        let key = reference.to == held.table.primary_key
            || held.table.uniques.iter().any(|unique| unique.columns == reference.to);
        key && reference.to.iter().all(|column| held.table.column(column).is_some())
    }

    fn old_columns(&mut self) {
        for (wanted, have) in self.pairs() {
            let table = have.table.clone();
            for column in &have.columns {
                let new = wanted.table.column(&column.name);
                let replaced = new.filter(|new| change(column, new) == Change::Replaces);
                if new.is_some() && replaced.is_none() {
                    continue;
                }
                let what = format!("drop {table}.{}", column.name);
                let message = match replaced {
                    Some(new) => format!(
                        "`{table}.{}` would be dropped with its values: {} cannot become {}",
                        column.name,
                        shown(column),
                        shown(new)
                    ),
                    None => format!("`{table}.{}` would be dropped with its values", column.name),
                };
                let hints = renamed_hints(&have, &wanted.table, column);
                self.danger(&table, what, message, hints);
                let operation =
                    Operation::DropColumn { table: table.clone(), column: column.clone() };
                self.emit_at(&table, operation);
            }
        }
    }

    fn new_columns(&mut self) {
        for (wanted, have) in self.pairs() {
            for column in &wanted.table.columns {
                let fill = wanted.fills.get(&column.name).cloned();
                match have.column(&column.name) {
                    None => self.add_column(&have.table, column, fill),
                    Some(old) if old != column => self.alter_column(&have.table, old, column, fill),
                    Some(_) => {}
                }
            }
        }
    }

    fn add_column(&mut self, table: &str, column: &Column, fill: Option<String>) {
        let filled = column.default.is_some() || fill.is_some();
        let fill = fill.filter(|_| column.required && column.default.is_none());
        if column.required && !filled {
            self.required(table, column);
        }
        let (table, column) = (table.to_owned(), column.clone());
        self.emit_at(&table.clone(), Operation::AddColumn { table, fill, column });
    }

    fn alter_column(&mut self, table: &str, old: &Column, column: &Column, fill: Option<String>) {
        let name = &column.name;
        if change(old, column) == Change::Narrows {
            let message = format!(
                "`{table}.{name}` would change from {} to {}, and values that do not fit stop the migration",
                shown(old),
                shown(column)
            );
            self.danger(table, format!("narrow {table}.{name}"), message, Vec::new());
        }
        let fill = fill.or_else(|| column.default.clone());
        let begins = column.required && !old.required;
        if begins && fill.is_none() {
            self.required(table, column);
        }
        let (table, from, to) = (table.to_owned(), old.clone(), column.clone());
        let fill = fill.filter(|_| begins);
        self.emit_at(&table.clone(), Operation::AlterColumn { table, fill, from, to });
    }

    fn required(&mut self, table: &str, column: &Column) {
        let name = &column.name;
        let message = format!(
            "`{table}.{name}` would be required and has no default, and rows without a value stop the migration"
        );
        let hints = vec!["give the field a default: rows that are there get it".to_owned()];
        self.danger(table, format!("require {table}.{name}"), message, hints);
    }

    fn new_sets(&mut self) {
        for (wanted, have) in self.pairs() {
            let table = have.table.clone();
            for unique in gone(&wanted.table.uniques, &have.uniques) {
                self.emit_at(&table, Operation::AddUnique { table: table.clone(), unique });
            }
        }
        for (wanted, have) in self.pairs() {
            let table = have.table.clone();
            for index in gone(&wanted.table.indexes, &have.indexes) {
                self.emit_at(&table, Operation::AddIndex { table: table.clone(), index });
            }
        }
    }

    fn new_references(&mut self) {
        for wanted in self.wanted {
            let table = &wanted.table.table;
            for reference in &wanted.table.references {
                let known = self.state.tables.get(table).is_some_and(|held| {
                    held.table.references.iter().any(|known| known.means(reference))
                });
                if !known {
                    let (table, reference) = (table.clone(), reference.clone());
                    self.emit_at(&table.clone(), Operation::AddReference { table, reference });
                }
            }
        }
    }

    fn new_rules(&mut self) {
        for (wanted, have) in self.pairs() {
            for rule in wanted.table.rules.iter().filter(|rule| !have.rules.contains(rule)) {
                let (table, rule) = (have.table.clone(), rule.clone());
                self.emit_at(&have.table, Operation::AddRule { table, rule });
            }
        }
    }
}

/// The sets of `from` over columns that no set of `to` is over.
fn gone(from: &[Columns], to: &[Columns]) -> Vec<Columns> {
    from.iter()
        .filter(|set| !to.iter().any(|other| other.columns == set.columns))
        .cloned()
        .collect()
}

/// A constraint or index that gets another name.
struct Renaming {
    table: String,
    from: String,
    to: String,
    index: bool,
}

impl Renaming {
    fn constraint(table: &str, from: String, to: String) -> Self {
        Self { table: table.to_owned(), from, to, index: false }
    }

    fn operation(self) -> Operation {
        let Self { table, from, to, index } = self;
        if index {
            Operation::RenameIndex { table, from, to }
        } else {
            Operation::RenameConstraint { table, from, to }
        }
    }
}

fn set_names<'s>(
    table: &'s str,
    have: &'s [Columns],
    want: &'s [Columns],
    index: bool,
) -> impl Iterator<Item = Renaming> + 's {
    want.iter().filter_map(move |new| {
        let known = have.iter().find(|known| known.columns == new.columns)?;
        Some(Renaming {
            table: table.to_owned(),
            from: known.name.clone(),
            to: new.name.clone(),
            index,
        })
    })
}

/// Fields that are new and alike: the column may have been renamed, and only a person knows.
fn renamed_hints(have: &Table, want: &Table, gone: &Column) -> Vec<String> {
    let new = want.columns.iter().filter(|column| have.column(&column.name).is_none());
    new.filter(|column| column.kind == gone.kind && column.values == gone.values)
        .map(|column| {
            format!("if it is `{}` now: write `was=\"{}\"` on it", column.name, gone.name)
        })
        .collect()
}
