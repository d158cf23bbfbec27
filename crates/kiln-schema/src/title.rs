//! What a step is called: its file has the name.

use crate::operation::Operation;

/// The most characters of a title.
const LONGEST: usize = 60;

/// A few words for what the operations of a step do.
pub(crate) fn title(chain: &str, operations: &[Operation]) -> String {
    let mut said: Vec<String> = Vec::new();
    for text in operations.iter().filter_map(said_of) {
        if !said.contains(&text) {
            said.push(text);
        }
    }
    if said.is_empty() {
        said.extend(operations.first().and_then(aside));
    }
    let created: Vec<&str> = operations
        .iter()
        .filter_map(|operation| match operation {
            Operation::CreateTable(table) => Some(table.table.as_str()),
            _ => None,
        })
        .collect();
    let text = match said.as_slice() {
        [] if operations.is_empty() => format!("empty {chain}"),
        [] => format!("change {chain}"),
        [one] => one.clone(),
        all if created.len() == all.len() && all.len() <= 3 => {
            format!("create {}", created.join(" "))
        }
        all if created.len() == all.len() => format!("create {chain}"),
        [one, other] => format!("{one} {other}"),
        _ => {
            let mut tables: Vec<&str> = operations.iter().filter_map(Operation::table).collect();
            tables.dedup();
            match tables.as_slice() {
                [table] => format!("change {table}"),
                _ => format!("change {chain}"),
            }
        }
    };
    if text.len() <= LONGEST { text } else { format!("change {chain}") }
}

/// What a person would say of an operation; none if it only follows from another.
fn said_of(operation: &Operation) -> Option<String> {
    Some(match operation {
        Operation::CreateTable(table) => format!("create {}", table.table),
        Operation::DropTable(table) => format!("drop {}", table.table),
        Operation::RenameTable { table, to } => format!("rename {table} {to}"),
        Operation::AddColumn { table, column, .. } => format!("add {table} {}", column.name),
        Operation::DropColumn { table, column } => format!("drop {table} {}", column.name),
        Operation::RenameColumn { table, from, to } => format!("rename {table} {from} {to}"),
        Operation::AlterColumn { table, to, .. } => format!("alter {table} {}", to.name),
        _ => return None,
    })
}

/// The same for one that is alone.
fn aside(operation: &Operation) -> Option<String> {
    let table = operation.table()?;
    Some(match operation {
        Operation::AddIndex { index: set, .. } => {
            format!("index {table} {}", set.columns.join(" "))
        }
        Operation::AddUnique { unique: set, .. } => {
            format!("unique {table} {}", set.columns.join(" "))
        }
        _ => format!("change {table}"),
    })
}
