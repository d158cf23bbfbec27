//! The tables that entities want, and the steps of the schema that are still missing.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{Diagnostic, Diagnostics, Forms, Spanned, plural};
use kiln_model::{Confirm, Member, OnDelete, Raw, Value};
use kiln_schema::{
    Column, Columns, Confirmed, NextSteps, OwnSql, Reference, Renderer, Request, Rule, Table,
    Wanted, constraint_name, next_steps,
};

use crate::compose::entities::{Domain, EntityModel, MemberModel, on_delete};
use crate::compose::facts::Base;
use crate::compose::{Rename, RenameKind};

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

/// The steps that the desired tables of all modules still need.
pub(crate) fn missing_steps(
    base: &Base<'_>,
    domain: &Domain,
    tables: &BTreeMap<usize, Table>,
    renderer: &Renderer,
    (confirms, own): (&[Confirm], Option<&OwnSql>),
    problems: &mut Diagnostics,
) -> NextSteps {
    if !modules_have_an_order(domain) {
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
        return NextSteps::default();
    }
    let wanted: Vec<Wanted> =
        tables.iter().map(|(at, table)| wanted(domain, *at, table.clone())).collect();
    let kits = domain.entities.iter().filter(|entity| entity.module.is_none());
    let since = kits.filter_map(|kit| Some((kit.table.clone(), kit.since.clone()?))).collect();
    let confirmed: Vec<Confirmed> = confirms
        .iter()
        .map(|confirm| Confirmed {
            what: confirm.text.value.clone(),
            after: confirm.after.value.clone(),
        })
        .collect();
    next_steps(&Request {
        history: base.composition.history,
        wanted: &wanted,
        since: &since,
        confirmed: &confirmed,
        own,
        render: renderer,
    })
}

/// The table of an entity, with the names that it and its columns may have had.
fn wanted(domain: &Domain, at: usize, table: Table) -> Wanted {
    let entity = &domain.entities[at];
    let module = entity.module.map(|module| domain.modules[module].name.clone());
    let columns_were = entity
        .members
        .iter()
        .map(|member| (member.column.clone(), columns_before(domain, member)))
        .filter(|(_, names)| !names.is_empty())
        .collect();
    Wanted {
        entity: entity.name.clone(),
        table,
        chain: module.unwrap_or_default(),
        was: tables_before(entity),
        columns_were,
        fills: entity
            .members
            .iter()
            .filter_map(|member| Some((member.column.clone(), fill(member)?)))
            .collect(),
    }
}

/// The usual table of the name that an entity had.
fn tables_before(entity: &EntityModel) -> Vec<String> {
    entity.was.iter().map(|was| Forms::of(&plural(was)).snake).collect()
}

/// The columns that a field or relation may have had: by its own `was`, or by that of the entity that it is named after.
fn columns_before(domain: &Domain, member: &MemberModel) -> Vec<String> {
    let column = |name: &str| kiln_base::words(name).join("_");
    match &member.member {
        Member::Field(field) => field.was.iter().map(|was| column(was)).collect(),
        Member::BelongsTo(relation) => {
            let target = member.target.and_then(|target| domain.entities[target].was.as_ref());
            let target = target.filter(|_| relation.role.is_none());
            let was = relation.was.as_ref().map(|was| &was.value).or(target);
            was.iter().flat_map(|was| [format!("{}_id", column(was)), column(was)]).collect()
        }
    }
}

/// What rows that are there get in a field that becomes required: its default, as SQL.
fn fill(member: &MemberModel) -> Option<String> {
    let Member::Field(field) = &member.member else { return None };
    Some(match &field.default.as_ref()?.value {
        Raw::Bool(value) => value.to_string(),
        Raw::Int(value) => value.to_string(),
        Raw::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Raw::List(_) | Raw::Null | Raw::Part(_) => return None,
    })
}

/// The chains that have steps, and those of modules with tables that no step made yet.
pub(crate) fn chains(base: &Base<'_>, domain: &Domain) -> Vec<String> {
    let history = base.composition.history;
    let known = history.fold().unwrap_or_default().tables;
    let mut chains: BTreeSet<String> = history.chains.keys().cloned().collect();
    for (_, entity) in domain.own() {
        let mut names = std::iter::once(entity.table.clone()).chain(tables_before(entity));
        let held = names.any(|name| known.contains_key(&name));
        let module = entity.module.filter(|_| !held);
        chains.extend(module.map(|module| domain.modules[module].name.clone()));
    }
    chains.into_iter().collect()
}

/// What the spec says was called otherwise.
pub(crate) fn renames(base: &Base<'_>) -> Vec<Rename> {
    let rename = |kind, name: &Spanned<String>, was: &Option<Spanned<String>>| {
        let old = was.as_ref()?.value.clone();
        Some(Rename { kind, old, new: name.value.clone() })
    };
    let mut found = Vec::new();
    for module in &base.composition.inputs.modules {
        found.extend(rename(RenameKind::Module, &module.name, &module.was));
        for entity in &module.entities {
            found.extend(rename(RenameKind::Entity, &entity.name, &entity.was));
        }
    }
    found
}

fn targets(domain: &Domain, module: usize) -> impl Iterator<Item = &EntityModel> {
    let entities = domain.modules[module].entities.iter();
    let members = entities.flat_map(|at| &domain.entities[*at].members);
    members.filter_map(|member| member.target.map(|target| &domain.entities[target]))
}

/// Whether modules can be put in an order in which they refer to earlier ones only.
fn modules_have_an_order(domain: &Domain) -> bool {
    let mut open: Vec<usize> = (0..domain.modules.len()).collect();
    while !open.is_empty() {
        let ready = |at: &usize| {
            targets(domain, *at)
                .filter_map(|target| target.module)
                .all(|module| module == *at || !open.contains(&module))
        };
        let Some(next) = open.iter().position(ready) else { return false };
        open.remove(next);
    }
    true
}
