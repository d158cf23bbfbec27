//! Modules, entities, fields and relations: written alike in specs and, for what entities get, in kits.

mod fields;
mod relations;

use std::collections::BTreeSet;

use kiln_base::{Spanned, plural};
use kiln_model::{Entity, KitOption, Member, Module};

use crate::context::Context;
use crate::cursor::{Cursor, value_node};
use crate::names::{COLUMN, ENTITY, KIT, MODULE, Seen, TABLE, snake};
use crate::syntax::Node;

pub(crate) use fields::field;
pub(crate) use relations::belongs_to;

/// Whose text it is: some nodes and properties are for one of them only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// A spec.
    Spec,
    /// A kit's manifest.
    Kit,
}

const ENTITY_NODES: [&str; 4] = ["belongs-to", "field", "index", "unique"];

/// Names that must differ over all modules of a spec.
pub(crate) struct Domain {
    modules: Seen,
    entities: Seen,
    tables: Seen,
}

impl Domain {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self {
            modules: Seen::new("duplicate-module", "module"),
            entities: Seen::new("duplicate-entity", "entity"),
            tables: Seen::new("duplicate-table", "table"),
        }
    }

    /// `module NAME { entity … }`
    pub(crate) fn module(&mut self, cx: &mut Context, node: &Node) -> Option<Module> {
        let mut cursor = Cursor::new(cx, node, "module NAME { entity NAME { … } }");
        let name = cursor.text(cx, "a name");
        MODULE.check_if(cx, name.as_ref());
        if let Some(name) = &name {
            self.modules.add(cx, name);
        }
        let was = cursor.text_property(cx, "was");
        MODULE.check_if(cx, was.as_ref());
        let mut entities = Vec::new();
        for child in cursor.block().unwrap_or_default() {
            match child.name.value.as_str() {
                "entity" => entities.extend(self.entity(cx, child)),
                other => {
                    let message = format!("a module has no `{other}`");
                    let inner = kiln_base::nearest(other, ENTITY_NODES).is_some()
                        || ENTITY_NODES.contains(&other);
                    let hint = if inner {
                        "it stands in `entity NAME { … }`"
                    } else {
                        "write `entity NAME { … }`"
                    };
                    cx.report_with("unknown-node", child.name.span, message, hint);
                }
            }
        }
        cursor.finish(cx);
        Some(Module { name: name?, was, entities })
    }

    fn entity(&mut self, cx: &mut Context, node: &Node) -> Option<Entity> {
        let mut cursor = Cursor::new(cx, node, "entity NAME { field …; belongs-to … }");
        let name = cursor.text(cx, "a name");
        ENTITY.check_if(cx, name.as_ref());
        let table = cursor.text_property(cx, "table");
        TABLE.check_if(cx, table.as_ref());
        let plural = cursor.text_property(cx, "plural");
        check_plural(cx, plural.as_ref());
        let was = cursor.text_property(cx, "was");
        ENTITY.check_if(cx, was.as_ref());
        let body = Body::decode(cx, cursor.block().unwrap_or_default());
        cursor.finish(cx);
        let name = name?;
        if self.entities.add(cx, &name) {
            let table = table.clone().unwrap_or_else(|| default_table(&name, plural.as_ref()));
            self.tables.add(cx, &table);
        }
        Some(Entity {
            name,
            table,
            plural,
            was,
            members: body.members,
            indexes: body.indexes,
            uniques: body.uniques,
            options: body.options,
        })
    }
}

fn default_table(name: &Spanned<String>, written: Option<&Spanned<String>>) -> Spanned<String> {
    let table = match written {
        Some(plural) => snake(plural),
        None => snake(&plural(name)),
    };
    Spanned::new(table, name.span)
}

pub(crate) fn check_plural(cx: &mut Context, plural: Option<&Spanned<String>>) {
    if let Some(plural) = plural
        && snake(plural).is_empty()
    {
        let message = format!("`{}` is no plural: it has no letters", plural.value);
        cx.report("bad-name", plural.span, message);
    }
}

/// What stands in an entity's block.
struct Body {
    members: Vec<Member>,
    indexes: Vec<Vec<Spanned<String>>>,
    uniques: Vec<Vec<Spanned<String>>>,
    options: Vec<KitOption>,
}

impl Body {
    fn decode(cx: &mut Context, nodes: &[Node]) -> Self {
        let mut body = Self { members: vec![], indexes: vec![], uniques: vec![], options: vec![] };
        for node in nodes {
            match node.name.value.as_str() {
                "field" => body.members.extend(field(cx, node, Writer::Spec).map(Member::Field)),
                "belongs-to" => {
                    let relation = belongs_to(cx, node, Writer::Spec);
                    body.members.extend(relation.map(Member::BelongsTo));
                }
                "index" => body.indexes.extend(columns(cx, node)),
                "unique" => body.uniques.extend(columns(cx, node)),
                _ => body.options.extend(kit_options(cx, node, "an entity", &ENTITY_NODES)),
            }
        }
        check_members(cx, &body.members);
        check_roles(cx, &body.members, body.indexes.iter().chain(&body.uniques));
        check_sets(cx, &body.indexes, "duplicate-index", "index");
        check_sets(cx, &body.uniques, "duplicate-unique", "unique set");
        check_options(cx, &body.options);
        body
    }
}

/// `index FIELD…`, `unique FIELD…`
pub(crate) fn columns(cx: &mut Context, node: &Node) -> Option<Vec<Spanned<String>>> {
    let mut cursor = Cursor::new(cx, node, "index FIELD…");
    let names = cursor.texts(cx, "the names of fields");
    cursor.finish(cx);
    let mut seen = Seen::new("duplicate-field", "field");
    for name in &names {
        COLUMN.check(cx, name);
        seen.add(cx, name);
    }
    (!names.is_empty()).then_some(names)
}

/// `KIT OPTION=VALUE… { OPTION VALUE… }` on an entity or field.
pub(crate) fn kit_options(
    cx: &mut Context,
    node: &Node,
    place: &str,
    known: &[&str],
) -> Vec<KitOption> {
    let arguments = node.entries.iter().any(|entry| entry.name.is_none());
    if arguments || !KIT.fits(&node.name.value) {
        let name = &node.name.value;
        let message = format!("{place} has no `{name}`");
        let hint = kiln_base::did_you_mean(name, known.iter().copied()).unwrap_or_else(|| {
            "a kit's options are written `KIT OPTION=VALUE`, lists as `KIT { OPTION VALUE… }`"
                .into()
        });
        cx.report_with("unknown-node", node.name.span, message, hint);
        return Vec::new();
    }
    let usage = "KIT OPTION=VALUE… { OPTION VALUE… }";
    let mut cursor = Cursor::new(cx, node, usage);
    let mut values = cursor.other_properties(cx);
    for child in cursor.block().unwrap_or_default() {
        values.extend(value_node(cx, child, "OPTION VALUE…"));
    }
    cursor.finish(cx);
    if values.is_empty() {
        let message = format!("`{}` sets no option here", node.name.value);
        let hint = kiln_base::did_you_mean(&node.name.value, known.iter().copied())
            .unwrap_or_else(|| format!("write `{usage}`"));
        cx.report_with("missing-argument", node.head, message, hint);
    }
    values
        .into_iter()
        .map(|(option, value)| KitOption { kit: node.name.clone(), option, value })
        .collect()
}

/// Complains about an option that is set twice.
pub(crate) fn check_options(cx: &mut Context, options: &[KitOption]) {
    let mut seen = Seen::new("duplicate-option", "option");
    for option in options {
        let key = format!("{}.{}", option.kit.value, option.option.value);
        seen.add_as(cx, &key, &option.option);
    }
}

/// Complains about two columns of one name.
pub(crate) fn check_members(cx: &mut Context, members: &[Member]) {
    let mut seen = Seen::new("duplicate-field", "field");
    let mut relations: Vec<(&str, kiln_base::Span)> = Vec::new();
    for member in members {
        match member {
            Member::Field(field) => {
                seen.add_as(cx, &member.column(), &field.name);
            }
            Member::BelongsTo(relation) => {
                let name = relation.role.as_ref().unwrap_or(&relation.target);
                let known = relations.iter().find(|(other, _)| *other == name.value);
                if let (Some((_, first)), None) = (known, &relation.role) {
                    let error = kiln_base::Diagnostic::error(
                        "duplicate-relation",
                        format!("two relations are called `{}`", name.value),
                    )
                    .at(&cx.source, name.span, "here again")
                    .at(&cx.source, *first, "here first")
                    .hint(format!("name one of them: `belongs-to {} as=NAME`", name.value));
                    cx.push(error);
                } else {
                    seen.add_as(cx, &member.column(), name);
                    relations.push((&name.value, name.span));
                }
            }
        }
    }
}

/// Complains about relations in indexes and unique sets where their columns belong. All other names may be columns
/// that kits add, so whoever knows the kits judges them.
fn check_roles<'a>(
    cx: &mut Context,
    members: &[Member],
    sets: impl Iterator<Item = &'a Vec<Spanned<String>>>,
) {
    let known: BTreeSet<String> = members.iter().map(Member::column).collect();
    for name in sets.flatten() {
        let column = snake(name);
        let relation = format!("{column}_id");
        if !known.contains(&column) && known.contains(&relation) {
            let message = format!("there is no field `{}` here", name.value);
            let hint = format!("the column of the relation is `{relation}`");
            cx.report_with("unknown-field", name.span, message, hint);
        }
    }
}

/// Complains about columns in indexes and unique sets that no field and no relation has; `id` is in every table.
pub(crate) fn check_columns<'a>(
    cx: &mut Context,
    members: &[Member],
    sets: impl Iterator<Item = &'a Vec<Spanned<String>>>,
) {
    let known: BTreeSet<String> = members.iter().map(Member::column).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for name in sets.flatten() {
        let column = snake(name);
        if column == "id" || known.contains(&column.as_str()) {
            continue;
        }
        let relation = format!("{column}_id");
        let message = format!("there is no field `{}` here", name.value);
        if known.contains(&relation.as_str()) {
            let hint = format!("the column of the relation is `{relation}`");
            cx.report_with("unknown-field", name.span, message, hint);
        } else {
            cx.report_unknown("unknown-field", name.span, message, &column, &known);
        }
    }
}

fn check_sets(
    cx: &mut Context,
    sets: &[Vec<Spanned<String>>],
    id: &'static str,
    what: &'static str,
) {
    let mut seen = Seen::new(id, what);
    for set in sets {
        let key: Vec<String> = set.iter().map(|name| snake(name)).collect();
        if let (Some(first), Some(last)) = (set.first(), set.last()) {
            let span = kiln_base::Span { start: first.span.start, end: last.span.end };
            seen.add_as(cx, &key.join(","), &Spanned::new(key.join(", "), span));
        }
    }
}
