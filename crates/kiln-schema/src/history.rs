//! All records of a project, and what they add up to.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostic, Source, Span};

use crate::record::{Record, Renderer};
use crate::table::{Operation, Table};

/// The records of a project by chain, each chain in the order of its steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The steps of each chain.
    pub chains: BTreeMap<String, Vec<Record>>,
}

/// What is wrong with a record or a chain.
pub type HistoryError = Diagnostic;

impl History {
    /// Reads the records, given as (path, source) in any order.
    ///
    /// # Errors
    /// Every record that is no valid step, and every one whose name is not the one that its content has.
    pub fn read(files: &[(String, Arc<Source>)]) -> Result<Self, Vec<HistoryError>> {
        let mut history = Self::default();
        let mut errors = Vec::new();
        for (path, source) in files {
            match one(path, source) {
                Ok(record) => history.chains.entry(record.chain.clone()).or_default().push(record),
                Err(error) => errors.push(error),
            }
        }
        for steps in history.chains.values_mut() {
            steps.sort_by_key(|record| (record.number, record.id()));
        }
        if errors.is_empty() { Ok(history) } else { Err(errors) }
    }

    /// The tables that the steps of a chain add up to, in the order of their creation.
    #[must_use]
    pub fn fold(&self, chain: &str) -> Vec<Table> {
        let mut tables: Vec<Table> = Vec::new();
        for operation in
            self.chains.get(chain).into_iter().flatten().flat_map(|record| &record.operations)
        {
            match operation {
                Operation::CreateTable(table) => tables.push(table.clone()),
                Operation::AddReference { table, reference } => {
                    if let Some(table) = tables.iter_mut().find(|known| known.table == *table) {
                        table.references.push(reference.clone());
                    }
                }
            }
        }
        tables
    }
}

fn one(path: &str, source: &Arc<Source>) -> Result<Record, HistoryError> {
    let refuse = |message: String, span: Span| {
        Diagnostic::error("history-record", message)
            .at(source, span, "")
            .hint("records are written by kiln and never edited; restore it from git")
    };
    let mut record: Record = toml::from_str(&source.text).map_err(|error| {
        let span =
            error.span().map_or_else(Span::default, |range| Span::new(range.start, range.end));
        refuse(format!("`{path}` is no record of a step: {}", error.message()), span)
    })?;
    if record.format != 1 {
        return Err(refuse(
            format!("`{path}` has format {}; this kiln reads format 1", record.format),
            Span::default(),
        ));
    }
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml");
    record.number = name.split('-').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    if record.path() != path {
        return Err(refuse(
            format!(
                "`{path}` does not hold the step that its name says; its content belongs at `{}`",
                record.path()
            ),
            Span::default(),
        ));
    }
    Ok(record)
}

/// The step that takes a chain from what its records add up to to what is desired; none if nothing is missing.
///
/// # Errors
/// The tables differ from what the records say: a later change of entities, which this version cannot yet make.
pub fn next_step(
    history: &History,
    chain: &str,
    desired: &[Table],
    needs: Vec<String>,
    render: Renderer,
) -> Result<Option<Record>, Box<Diagnostic>> {
    let folded = history.fold(chain);
    if history.chains.get(chain).is_none_or(Vec::is_empty) {
        if desired.is_empty() {
            return Ok(None);
        }
        let names: Vec<&str> = desired.iter().map(|table| table.table.as_str()).collect();
        let title = if names.len() <= 3 {
            format!("create {}", names.join(" "))
        } else {
            format!("create {chain}")
        };
        return Ok(Some(Record {
            format: 1,
            chain: chain.to_owned(),
            title,
            parents: Vec::new(),
            needs,
            render,
            file: None,
            operations: creation(desired),
            number: 1,
        }));
    }
    let mut wanted: Vec<&Table> = desired.iter().collect();
    let mut known: Vec<&Table> = folded.iter().collect();
    wanted.sort_by(|a, b| a.table.cmp(&b.table));
    known.sort_by(|a, b| a.table.cmp(&b.table));
    if wanted.len() == known.len() && wanted.iter().zip(&known).all(|(a, b)| same(a, b)) {
        return Ok(None);
    }
    let differing: Vec<&str> = wanted
        .iter()
        .filter(|table| !known.iter().any(|other| same(table, other)))
        .chain(known.iter().filter(|table| !wanted.iter().any(|other| other.table == table.table)))
        .map(|table| table.table.as_str())
        .collect();
    Err(Box::new(
        Diagnostic::error(
            "not-yet",
            format!(
                "the entities of module `{chain}` changed after their first migration (tables {}), and later migrations cannot be made yet",
                differing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        )
        .about(format!("module.{chain}"))
        .hint(format!("while nothing is deployed: delete `kiln.history/{chain}` and its migration file, then sync")),
    ))
}

fn same(a: &Table, b: &Table) -> bool {
    let mut left = a.references.clone();
    let mut right = b.references.clone();
    left.sort_by(|a, b| a.name.cmp(&b.name));
    right.sort_by(|a, b| a.name.cmp(&b.name));
    left == right
        && a.table == b.table
        && a.columns == b.columns
        && a.primary_key == b.primary_key
        && a.uniques == b.uniques
        && a.indexes == b.indexes
        && a.rules == b.rules
}

/// Operations that create tables, referred to before referring. References that go round in a circle come after.
fn creation(desired: &[Table]) -> Vec<Operation> {
    let mut open: Vec<&Table> = desired.iter().collect();
    let mut made: Vec<&str> = Vec::new();
    let mut operations = Vec::new();
    let mut later = Vec::new();
    while !open.is_empty() {
        let own: Vec<&str> = desired.iter().map(|table| table.table.as_str()).collect();
        let ready = |table: &&Table| {
            table.references.iter().all(|reference| {
                let target = reference.table.as_str();
                target == table.table || made.contains(&target) || !own.contains(&target)
            })
        };
        let at = open.iter().position(ready).unwrap_or(0);
        let table = open.remove(at);
        let mut created = table.clone();
        let (now, then): (Vec<_>, Vec<_>) = created.references.into_iter().partition(|reference| {
            let target = reference.table.as_str();
            target == table.table || made.contains(&target) || !own.contains(&target)
        });
        created.references = now;
        later.extend(
            then.into_iter()
                .map(|reference| Operation::AddReference { table: table.table.clone(), reference }),
        );
        made.push(&table.table);
        operations.push(Operation::CreateTable(created));
    }
    operations.extend(later);
    operations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Reference};

    fn table(name: &str, refers: &[&str]) -> Table {
        let column = |name: &str| Column {
            name: name.to_owned(),
            kind: "uuid".to_owned(),
            required: true,
            max: None,
            values: Vec::new(),
            default: None,
        };
        let reference = |target: &&str| Reference {
            name: format!("fk_{name}_{target}"),
            columns: vec![format!("{target}_id")],
            table: (*target).to_owned(),
            to: vec!["id".to_owned()],
            on_delete: "restrict".to_owned(),
            set_null_columns: Vec::new(),
        };
        Table {
            table: name.to_owned(),
            primary_key: vec!["id".to_owned()],
            columns: vec![column("id")],
            uniques: Vec::new(),
            indexes: Vec::new(),
            references: refers.iter().map(reference).collect(),
            rules: Vec::new(),
        }
    }

    fn renderer() -> Renderer {
        Renderer { kit: "db-migrations".to_owned(), version: "1.0.0".to_owned(), engine: 1 }
    }

    #[test]
    fn a_first_step_creates_what_is_referred_to_first() {
        let desired = [table("tasks", &["projects", "users"]), table("projects", &["tasks"])];
        let record = next_step(
            &History::default(),
            "work",
            &desired,
            vec!["identity_0001".to_owned()],
            renderer(),
        )
        .unwrap()
        .unwrap();
        insta::assert_snapshot!(record.path(), @"kiln.history/work/0001-e399f0f8.toml");
        insta::assert_snapshot!(record.write(), @r#"
        # @generated by kiln: one step of the schema, never edited
        format = 1
        chain = "work"
        title = "create tasks projects"
        parents = []
        needs = ["identity_0001"]

        [render]
        kit = "db-migrations"
        version = "1.0.0"
        engine = 1

        [[op]]
        do = "create-table"
        table = "tasks"
        primary_key = ["id"]
        uniques = []
        indexes = []
        rules = []

        [[op.columns]]
        name = "id"
        type = "uuid"
        required = true

        [[op.references]]
        name = "fk_tasks_users"
        columns = ["users_id"]
        table = "users"
        to = ["id"]
        on_delete = "restrict"

        [[op]]
        do = "create-table"
        table = "projects"
        primary_key = ["id"]
        uniques = []
        indexes = []
        rules = []

        [[op.columns]]
        name = "id"
        type = "uuid"
        required = true

        [[op.references]]
        name = "fk_projects_tasks"
        columns = ["tasks_id"]
        table = "tasks"
        to = ["id"]
        on_delete = "restrict"

        [[op]]
        do = "add-reference"
        table = "tasks"

        [op.reference]
        name = "fk_tasks_projects"
        columns = ["projects_id"]
        table = "projects"
        to = ["id"]
        on_delete = "restrict"
        "#);
    }

    #[test]
    fn what_was_written_is_read_and_needs_no_further_step() {
        let desired = [table("tasks", &["projects"]), table("projects", &["tasks"])];
        let record = next_step(&History::default(), "work", &desired, Vec::new(), renderer())
            .unwrap()
            .unwrap();
        let source = Source::new(record.path(), record.write());
        let history = History::read(&[(record.path(), source)]).unwrap();
        assert_eq!(history.chains["work"], [record]);
        assert_eq!(next_step(&history, "work", &desired, Vec::new(), renderer()), Ok(None));
        let changed = [table("tasks", &[]), table("projects", &["tasks"])];
        let refused = next_step(&history, "work", &changed, Vec::new(), renderer()).unwrap_err();
        insta::assert_snapshot!(refused.message, @"the entities of module `work` changed after their first migration (tables `tasks`), and later migrations cannot be made yet");
    }

    #[test]
    fn an_edited_record_is_refused() {
        let record =
            next_step(&History::default(), "work", &[table("a", &[])], Vec::new(), renderer())
                .unwrap()
                .unwrap();
        let text = record.write().replace("uuid", "text");
        let errors =
            History::read(&[(record.path(), Source::new(record.path(), text))]).unwrap_err();
        assert_eq!(errors[0].id, "history-record");
    }
}
