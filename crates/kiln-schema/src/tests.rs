//! What a person sees of the next steps, and whether any history leads where it should.

mod property;
mod scenes;

use std::collections::BTreeMap;

use crate::{
    Column, Columns, Confirmed, History, NextSteps, Record, Reference, Renderer, Request, Table,
    Wanted, constraint_name, next_steps,
};

/// A column by its type: `string 200 required`.
fn column(name: &str, shape: &str) -> Column {
    let words: Vec<&str> = shape.split(' ').collect();
    let values = words.iter().find_map(|word| word.strip_prefix("of="));
    Column {
        name: name.to_owned(),
        kind: words[0].to_owned(),
        required: words.contains(&"required"),
        max: words.iter().find_map(|word| word.parse().ok()),
        values: values.map(|all| all.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        default: words.iter().find_map(|word| word.strip_prefix("default=")).map(str::to_owned),
    }
}

fn set(prefix: &str, table: &str, columns: &[&str]) -> Columns {
    Columns {
        name: constraint_name([prefix, table].into_iter().chain(columns.iter().copied())),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
    }
}

fn reference(table: &str, column: &str, target: &str) -> Reference {
    Reference {
        name: constraint_name(["fk", table, column, target]),
        columns: vec![column.to_owned()],
        table: target.to_owned(),
        to: vec!["id".to_owned()],
        on_delete: "restrict".to_owned(),
        set_null_columns: Vec::new(),
    }
}

/// A table of columns; one that is called `X_id` refers to the table `X`.
fn wanted(chain: &str, table: &str, columns: &[(&str, &str)]) -> Wanted {
    let mut all = vec![column("id", "uuid required")];
    all.extend(columns.iter().map(|(name, shape)| column(name, shape)));
    let targets = columns.iter().filter_map(|(name, _)| Some((*name, name.strip_suffix("_id")?)));
    let references: Vec<Reference> =
        targets.map(|(name, target)| reference(table, name, target)).collect();
    let indexes =
        references.iter().map(|known| set("ix", table, &[known.columns[0].as_str()])).collect();
    Wanted {
        entity: table.to_owned(),
        table: Table {
            table: table.to_owned(),
            primary_key: vec!["id".to_owned()],
            columns: all,
            uniques: Vec::new(),
            indexes,
            references,
            rules: Vec::new(),
        },
        chain: chain.to_owned(),
        was: Vec::new(),
        columns_were: Vec::new(),
        fills: BTreeMap::new(),
    }
}

fn renderer() -> Renderer {
    Renderer { kit: "db-migrations".to_owned(), version: "1.0.0".to_owned(), engine: 1 }
}

fn plan(history: &History, wanted: &[Wanted], confirmed: &[(&str, &str)]) -> NextSteps {
    let since = BTreeMap::from([("users".to_owned(), "identity_0001".to_owned())]);
    let confirmed: Vec<Confirmed> = confirmed
        .iter()
        .map(|(what, after)| Confirmed { what: (*what).to_owned(), after: (*after).to_owned() })
        .collect();
    next_steps(&Request {
        history,
        wanted,
        since: &since,
        confirmed: &confirmed,
        own: None,
        render: &renderer(),
    })
}

/// The history with the next steps, which there must be.
fn grown(history: &History, wanted: &[Wanted], confirmed: &[(&str, &str)]) -> History {
    let next = plan(history, wanted, confirmed);
    assert_eq!(next.problems, []);
    both(history, &next.records)
}

fn both(history: &History, records: &[Record]) -> History {
    history.records().chain(records).cloned().collect()
}

/// Diagnostics as a person sees them.
fn said(problems: &[kiln_base::Diagnostic]) -> String {
    let mut text = String::new();
    for problem in problems {
        text += &format!("error[{}]: {}\n", problem.id, problem.message);
        for hint in &problem.hints {
            text += &format!("  hint: {hint}\n");
        }
    }
    text
}

/// Records in short.
fn listed(records: &[Record]) -> String {
    let mut text = String::new();
    for record in records {
        text += &format!(
            "{}/{} {:?} after [{}] needs [{}]\n",
            record.chain,
            record.id(),
            record.title,
            record.parents.join(", "),
            record.needs.join(", ")
        );
        for operation in &record.operations {
            text += &format!("  {}\n", serde_json::to_string(operation).unwrap());
        }
    }
    text
}
