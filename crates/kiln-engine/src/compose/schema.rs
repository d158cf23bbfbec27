//! The tables that entities want, and the steps of the schema that are still missing.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{Diagnostic, Diagnostics};
use kiln_model::{Member, OnDelete, Value};
use kiln_schema::{
    Column, Columns, Record, Reference, Renderer, Rule, Table, constraint_name, next_step,
};

use crate::compose::entities::{Domain, EntityModel, on_delete};
use crate::compose::facts::Base;

/// The table of an entity, with rules that are already rendered.
pub(crate) fn table(base: &Base<'_>, domain: &Domain, at: usize, rules: Vec<Rule>) -> Table {
    let entity = &domain.entities[at];
    let scope = entity.scope.as_deref().filter(|scope| !scope.is_empty());
    Table {
        table: entity.table.clone(),
        primary_key: vec!["id".to_owned()],
        columns: columns(base, entity),
        uniques: uniques(entity, scope),
        indexes: indexes(entity, scope),
        references: references(domain, entity, scope),
        rules,
    }
}

fn columns(base: &Base<'_>, entity: &EntityModel) -> Vec<Column> {
    let id_default =
        base.facts.get("sql").and_then(|facts| facts.get("id_default")).and_then(Value::as_str);
    let id = Column {
        name: "id".to_owned(),
        kind: "uuid".to_owned(),
        required: true,
        max: None,
        values: Vec::new(),
        default: id_default.filter(|text| !text.is_empty()).map(str::to_owned),
    };
    let mut columns = vec![id];
    for member in &entity.members {
        columns.push(match &member.member {
            Member::Field(field) => Column {
                name: member.column.clone(),
                kind: field.field_type.name().to_owned(),
                required: field.required,
                max: if is_text(field.field_type) { field.max } else { None },
                values: field.values.iter().map(|value| value.value.clone()).collect(),
                default: field.database_default.as_ref().map(|default| default.value.clone()),
            },
            Member::BelongsTo(relation) => Column {
                name: member.column.clone(),
                kind: "uuid".to_owned(),
                required: relation.required,
                max: None,
                values: Vec::new(),
                default: relation.database_default.as_ref().map(|default| default.value.clone()),
            },
        });
    }
    columns
}

fn is_text(kind: kiln_model::FieldType) -> bool {
    use kiln_model::FieldType::{Email, String, Url};
    matches!(kind, String | Email | Url)
}

/// The scope's column in front, unless it is among them.
fn scoped(scope: Option<&str>, columns: &[String]) -> Vec<String> {
    let mut all: Vec<String> =
        scope.into_iter().filter(|s| !columns.iter().any(|c| c == s)).map(str::to_owned).collect();
    all.extend_from_slice(columns);
    all
}

fn named(prefix: &str, table: &str, columns: Vec<String>) -> Columns {
    let parts = [prefix, table].into_iter().chain(columns.iter().map(String::as_str));
    Columns { name: constraint_name(parts), columns }
}

fn add(sets: &mut Vec<Columns>, set: Columns) {
    if !sets.iter().any(|known| known.columns == set.columns) {
        sets.push(set);
    }
}

fn uniques(entity: &EntityModel, scope: Option<&str>) -> Vec<Columns> {
    let mut sets = Vec::new();
    if let Some(scope) = scope {
        add(&mut sets, named("uq", &entity.table, vec![scope.to_owned(), "id".to_owned()]));
    }
    for member in &entity.members {
        let unique = match &member.member {
            Member::Field(field) => field.unique,
            Member::BelongsTo(relation) => relation.unique,
        };
        if unique {
            add(
                &mut sets,
                named("uq", &entity.table, scoped(scope, std::slice::from_ref(&member.column))),
            );
        }
    }
    for columns in &entity.uniques {
        add(&mut sets, named("uq", &entity.table, scoped(scope, columns)));
    }
    sets
}

/// Indexes that were asked for, and one for every reference that no other index begins with, since PostgreSQL makes
/// none by itself and a deletion of the target would read the whole table.
fn indexes(entity: &EntityModel, scope: Option<&str>) -> Vec<Columns> {
    let uniques = uniques(entity, scope);
    let mut sets: Vec<Columns> = Vec::new();
    for member in &entity.members {
        if matches!(&member.member, Member::Field(field) if field.index && !field.unique) {
            add(
                &mut sets,
                named("ix", &entity.table, scoped(scope, std::slice::from_ref(&member.column))),
            );
        }
    }
    for columns in &entity.indexes {
        add(&mut sets, named("ix", &entity.table, scoped(scope, columns)));
    }
    for member in &entity.members {
        let columns = scoped(scope, std::slice::from_ref(&member.column));
        let covered = sets.iter().chain(&uniques).any(|set| set.columns.starts_with(&columns));
        if member.target.is_some() && !covered {
            add(&mut sets, named("ix", &entity.table, columns));
        }
    }
    sets
}

fn references(domain: &Domain, entity: &EntityModel, scope: Option<&str>) -> Vec<Reference> {
    let mut references = Vec::new();
    for member in &entity.members {
        let (Member::BelongsTo(relation), Some(target)) = (&member.member, member.target) else {
            continue;
        };
        let target = &domain.entities[target];
        let composite = scope.filter(|scope| target.scope.is_some() && *scope != member.column);
        let columns = scoped(composite, std::slice::from_ref(&member.column));
        let to = scoped(composite, &["id".to_owned()]);
        let action = on_delete(relation);
        let set_null_columns = if action == OnDelete::SetNull && columns.len() > 1 {
            vec![member.column.clone()]
        } else {
            Vec::new()
        };
        let parts = ["fk", &entity.table]
            .into_iter()
            .chain(columns.iter().map(String::as_str))
            .chain([target.table.as_str()]);
        references.push(Reference {
            name: constraint_name(parts),
            columns,
            table: target.table.clone(),
            to,
            on_delete: action.name().to_owned(),
            set_null_columns,
        });
    }
    references
}

/// The steps that the desired tables of all modules still need, modules that others refer to first.
pub(crate) fn missing_steps(
    base: &Base<'_>,
    domain: &Domain,
    tables: &BTreeMap<usize, Table>,
    renderer: &Renderer,
    problems: &mut Diagnostics,
) -> Vec<Record> {
    let mut new: Vec<Record> = Vec::new();
    let Some(order) = modules_in_order(domain) else {
        let names: Vec<String> =
            domain.modules.iter().map(|module| format!("`{}`", module.name)).collect();
        problems.push(
            Diagnostic::error(
                "module-cycle",
                format!(
                    "entities of modules {} belong to each other in a circle",
                    names.join(", ")
                ),
            )
            .hint("a module may refer to another only one way; move the entities into one module"),
        );
        return new;
    };
    for module in order {
        let model = &domain.modules[module];
        let desired: Vec<Table> = model.entities.iter().map(|at| tables[at].clone()).collect();
        let needs = needs(base, domain, module, &new);
        match next_step(base.composition.history, &model.name, &desired, needs, renderer.clone()) {
            Ok(step) => new.extend(step),
            Err(problem) => {
                problems.push(crate::compose::options::in_spec(
                    *problem,
                    base.spec(),
                    model.span,
                    "",
                ));
            }
        }
    }
    new
}

fn targets(domain: &Domain, module: usize) -> impl Iterator<Item = &EntityModel> {
    let entities = domain.modules[module].entities.iter();
    let members = entities.flat_map(|at| &domain.entities[*at].members);
    members.filter_map(|member| member.target.map(|target| &domain.entities[target]))
}

/// Modules, those that others refer to first; none if they refer to each other in a circle.
fn modules_in_order(domain: &Domain) -> Option<Vec<usize>> {
    let mut open: Vec<usize> = (0..domain.modules.len()).collect();
    let mut order = Vec::new();
    while !open.is_empty() {
        let ready = |at: &usize| {
            targets(domain, *at)
                .filter_map(|target| target.module)
                .all(|module| module == *at || order.contains(&module))
        };
        let next = open.iter().position(ready)?;
        order.push(open.remove(next));
    }
    Some(order)
}

/// The revisions of other chains that a module's first step must follow.
fn needs(base: &Base<'_>, domain: &Domain, module: usize, new: &[Record]) -> Vec<String> {
    let mut needs = BTreeSet::new();
    for target in targets(domain, module) {
        match target.module {
            None => needs.extend(target.since.clone()),
            Some(other) if other != module => {
                let name = &domain.modules[other].name;
                let known = base.composition.history.chains.get(name).into_iter().flatten();
                let creates = |record: &&Record| {
                    record.operations.iter().any(|operation| operation.table() == target.table)
                };
                let record =
                    known.chain(new.iter().filter(|record| record.chain == *name)).find(creates);
                needs.extend(record.map(Record::id));
            }
            Some(_) => {}
        }
    }
    needs.into_iter().collect()
}
