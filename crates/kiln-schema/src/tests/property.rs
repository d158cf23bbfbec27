//! Any sequence of edits: the fold of the history is what the entities want, every step can be taken back, records are
//! read as they were written, and ids stay what they are.

use std::collections::BTreeMap;

use kiln_base::Source;
use proptest::prelude::*;

use super::{both, column, plan, reference, set};
use crate::{Confirmed, History, Operation, Rule, State, Table, Wanted, next_steps};

/// An edit of the entities, by places that are taken modulo what is there.
#[derive(Debug, Clone)]
enum Edit {
    AddEntity(usize),
    RemoveEntity(usize),
    RenameEntity(usize),
    AddField(usize, usize),
    RemoveField(usize, usize),
    RenameField(usize, usize),
    ChangeField(usize, usize, usize),
    Refer(usize, usize),
    Unique(usize, usize),
    Rules(usize),
}

const SHAPES: [&str; 9] = [
    "string 20",
    "string 40 required",
    "text",
    "int required",
    "money default=0",
    "enum of=a,b",
    "enum of=a,b,c required",
    "uuid",
    "bool",
];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let n = 0usize..50;
    let edit = prop_oneof![
        3 => n.clone().prop_map(Edit::AddEntity),
        1 => n.clone().prop_map(Edit::RemoveEntity),
        2 => n.clone().prop_map(Edit::RenameEntity),
        4 => (n.clone(), n.clone()).prop_map(|(a, b)| Edit::AddField(a, b)),
        2 => (n.clone(), n.clone()).prop_map(|(a, b)| Edit::RemoveField(a, b)),
        3 => (n.clone(), n.clone()).prop_map(|(a, b)| Edit::RenameField(a, b)),
        3 => (n.clone(), n.clone(), n.clone()).prop_map(|(a, b, c)| Edit::ChangeField(a, b, c)),
        4 => (n.clone(), n.clone()).prop_map(|(a, b)| Edit::Refer(a, b)),
        2 => (n.clone(), n.clone()).prop_map(|(a, b)| Edit::Unique(a, b)),
        1 => n.prop_map(Edit::Rules),
    ];
    proptest::collection::vec(edit, 1..8)
}

/// An entity as a person writes it: relations by the target's place in time, so that they survive renames.
#[derive(Debug, Clone)]
struct Entity {
    key: usize,
    name: String,
    was: Option<String>,
    module: usize,
    fields: Vec<(String, usize, Option<String>)>,
    targets: Vec<usize>,
    unique: Option<usize>,
    rules: bool,
}

#[derive(Debug, Clone, Default)]
struct World {
    entities: Vec<Entity>,
    made: usize,
}

impl World {
    fn fresh(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}{}", self.made)
    }

    fn entity(&mut self, at: usize) -> Option<&mut Entity> {
        let len = self.entities.len().max(1);
        self.entities.get_mut(at % len)
    }

    fn edit(&mut self, edit: &Edit) {
        let name = self.fresh("n");
        match *edit {
            Edit::AddEntity(module) => {
                let key = self.made;
                self.entities.push(Entity {
                    key,
                    name,
                    was: None,
                    module: module % 3,
                    fields: vec![("title".to_owned(), 0, None)],
                    targets: Vec::new(),
                    unique: None,
                    rules: false,
                });
            }
            Edit::RemoveEntity(at) => {
                if let Some(key) = self.entity(at).map(|entity| entity.key) {
                    self.entities.retain(|entity| entity.key != key);
                    for entity in &mut self.entities {
                        entity.targets.retain(|target| *target != key);
                    }
                }
            }
            Edit::RenameEntity(at) => {
                if let Some(entity) = self.entity(at) {
                    entity.was = Some(std::mem::replace(&mut entity.name, name));
                }
            }
            Edit::AddField(at, shape) => {
                if let Some(entity) = self.entity(at) {
                    entity.fields.push((name, shape % SHAPES.len(), None));
                }
            }
            Edit::RemoveField(at, field) => {
                if let Some(entity) = self.entity(at).filter(|entity| !entity.fields.is_empty()) {
                    let field = field % entity.fields.len();
                    entity.fields.remove(field);
                    entity.unique = None;
                }
            }
            Edit::RenameField(at, field) => {
                if let Some(entity) = self.entity(at).filter(|entity| !entity.fields.is_empty()) {
                    let len = entity.fields.len();
                    let field = &mut entity.fields[field % len];
                    field.2 = Some(std::mem::replace(&mut field.0, name));
                }
            }
            Edit::ChangeField(at, field, shape) => {
                if let Some(entity) = self.entity(at).filter(|entity| !entity.fields.is_empty()) {
                    let len = entity.fields.len();
                    entity.fields[field % len].1 = shape % SHAPES.len();
                }
            }
            Edit::Refer(at, target) => {
                let len = self.entities.len().max(1);
                let key = self.entities.get(target % len).map(|entity| entity.key);
                if let (Some(entity), Some(key)) = (self.entity(at), key)
                    && !entity.targets.contains(&key)
                {
                    entity.targets.push(key);
                }
            }
            Edit::Unique(at, field) => {
                if let Some(entity) = self.entity(at).filter(|entity| !entity.fields.is_empty()) {
                    entity.unique = Some(field % entity.fields.len());
                }
            }
            Edit::Rules(at) => {
                if let Some(entity) = self.entity(at) {
                    entity.rules = !entity.rules;
                }
            }
        }
    }

    fn wanted(&self) -> Vec<Wanted> {
        self.entities.iter().map(|entity| self.one(entity)).collect()
    }

    fn one(&self, entity: &Entity) -> Wanted {
        let name = entity.name.as_str();
        let mut columns = vec![column("id", "uuid required")];
        columns.extend(entity.fields.iter().map(|(name, shape, _)| column(name, SHAPES[*shape])));
        let mut references = Vec::new();
        let mut indexes = Vec::new();
        for target in self.entities.iter().filter(|other| entity.targets.contains(&other.key)) {
            let by = format!("ref{}", target.key);
            columns.push(column(&by, "uuid"));
            references.push(reference(name, &by, &target.name));
            indexes.push(set("ix", name, &[by.as_str()]));
        }
        let unique = entity.unique.and_then(|at| entity.fields.get(at));
        let rule = Rule {
            name: "tenant".to_owned(),
            up: format!("create policy tenant on {name}"),
            down: format!("drop policy tenant on {name}"),
        };
        Wanted {
            entity: name.to_owned(),
            table: Table {
                table: name.to_owned(),
                primary_key: vec!["id".to_owned()],
                columns,
                uniques: unique.iter().map(|field| set("uq", name, &[field.0.as_str()])).collect(),
                indexes,
                references,
                rules: entity.rules.then_some(rule).into_iter().collect(),
            },
            chain: format!("m{}", entity.module),
            was: entity.was.iter().cloned().collect(),
            columns_were: entity
                .fields
                .iter()
                .filter_map(|(name, _, was)| Some((name.clone(), vec![was.clone()?])))
                .collect(),
            fills: BTreeMap::new(),
        }
    }
}

/// A state without what order means nothing for.
fn sorted(mut state: State) -> BTreeMap<String, Table> {
    for held in state.tables.values_mut() {
        let table = &mut held.table;
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        table.references.sort_by(|a, b| a.name.cmp(&b.name));
        table.rules.sort_by(|a, b| a.name.cmp(&b.name));
    }
    state.tables.into_iter().map(|(name, held)| (name, held.table)).collect()
}

fn desired(wanted: &[Wanted]) -> BTreeMap<String, Table> {
    let mut state = State::default();
    for wanted in wanted {
        state.apply(&wanted.chain, &Operation::CreateTable(wanted.table.clone())).unwrap();
    }
    sorted(state)
}

/// Plans, and confirms what has to be confirmed with the lines that are printed.
fn confirmed(history: &History, wanted: &[Wanted]) -> History {
    let first = plan(history, wanted, &[]);
    let line = |hint: &String| {
        let (what, after) = hint.split_once("confirm \"")?.1.split_once("\" after=\"")?;
        Some((what.to_owned(), after.trim_end_matches('"').to_owned()))
    };
    let lines: Vec<(String, String)> =
        first.problems.iter().flat_map(|problem| &problem.hints).filter_map(line).collect();
    assert!(first.problems.iter().all(|problem| problem.id == "unconfirmed"), "{first:?}");
    let lines: Vec<(&str, &str)> = lines.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let next = plan(history, wanted, &lines);
    assert_eq!(next.problems, []);
    both(history, &next.records)
}

/// Every state on the way, forwards and backwards.
fn taken_back(history: &History) {
    let (graph, end) = history.folded().unwrap();
    let mut states = vec![State::default()];
    for record in &graph.records {
        let mut state = states[states.len() - 1].clone();
        record.operations.iter().for_each(|op| state.apply(&record.chain, op).unwrap());
        states.push(state);
    }
    let mut state = end;
    for (at, record) in graph.records.iter().enumerate().rev() {
        for operation in record.operations.iter().rev() {
            state.apply(&record.chain, &operation.inverse()).unwrap();
        }
        assert_eq!(sorted(state.clone()), sorted(states[at].clone()), "{}", record.path());
    }
}

fn files(history: &History) -> Vec<(String, std::sync::Arc<Source>)> {
    let file = |record: &crate::Record| (record.path(), Source::new(record.path(), record.write()));
    history.records().map(file).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_history_leads_to_what_is_wanted(rounds in proptest::collection::vec(edits(), 1..6)) {
        let mut world = World::default();
        let mut history = History::default();
        for edits in rounds {
            // `was` of earlier rounds stays in the spec.
            edits.iter().for_each(|edit| world.edit(edit));
            let wanted = world.wanted();
            let before = files(&history);
            history = confirmed(&history, &wanted);
            prop_assert_eq!(sorted(history.fold().unwrap()), desired(&wanted));
            prop_assert_eq!(plan(&history, &wanted, &[]), crate::NextSteps::default());
            // What was written stays as it is.
            let after = files(&history);
            for (path, source) in before {
                let same = after.iter().find(|(other, _)| *other == path);
                prop_assert_eq!(same.map(|(_, source)| &source.text), Some(&source.text));
            }
        }
        prop_assert_eq!(&History::read(&files(&history)).unwrap(), &history);
        taken_back(&history);
    }

    #[test]
    fn two_branches_fold_to_the_same_in_any_order_or_are_a_conflict(
        start in edits(),
        left in edits(),
        right in edits(),
    ) {
        let mut world = World::default();
        start.iter().for_each(|edit| world.edit(edit));
        let base = confirmed(&History::default(), &world.wanted());
        let branch = |edits: &[Edit], made: usize| {
            let mut world = World { made, ..world.clone() };
            edits.iter().for_each(|edit| world.edit(edit));
            confirmed(&base, &world.wanted())
        };
        let (left, right) = (branch(&left, 100), branch(&right, 200));
        let known: Vec<String> = left.records().map(crate::Record::id).collect();
        let new: Vec<_> = right.records().filter(|r| !known.contains(&r.id())).cloned().collect();
        let merged = both(&left, &new);
        if let Ok(folded) = merged.fold() {
            // A database that had the right branch first comes to the same.
            let mut other = right.fold().unwrap();
            let ids: Vec<String> = right.records().map(crate::Record::id).collect();
            let (graph, _) = merged.folded().unwrap();
            for record in graph.records.iter().filter(|record| !ids.contains(&record.id())) {
                for operation in &record.operations {
                    other.apply(&record.chain, operation).unwrap();
                }
            }
            prop_assert_eq!(sorted(folded), sorted(other));
        }
    }
}

#[test]
fn a_step_that_is_confirmed_for_another_head_is_not() {
    let mut world = World::default();
    world.edit(&Edit::AddEntity(0));
    let history = confirmed(&History::default(), &world.wanted());
    let stale = [Confirmed { what: "drop n1".to_owned(), after: "0001-00000000".to_owned() }];
    let next = next_steps(&crate::Request {
        history: &history,
        wanted: &[],
        since: &BTreeMap::new(),
        confirmed: &stale,
        own: None,
        render: &super::renderer(),
    });
    assert_eq!(next.problems.len(), 1);
}
