//! A manifest against itself: conditions, references and names that only the whole of it can judge.

use std::collections::BTreeMap;

use kiln_base::{Diagnostic, Span, Spanned, did_you_mean};
use kiln_model::{
    Condition, Declaration, Extension, Manifest, OptionDeclaration, OptionScope, Provides, Raw,
    Section, SectionKind, Slot, ValueType,
};

use crate::check::typed;
use crate::context::Context;
use crate::domain::check_columns;
use crate::names::{Seen, snake};

/// What a manifest declares, whatever conditions it stands under.
#[derive(Default)]
struct Index<'m> {
    options: Vec<&'m OptionDeclaration>,
    provides: Vec<&'m Provides>,
    extensions: Vec<&'m Extension>,
    entities: Vec<&'m Spanned<String>>,
    /// What is provided under no name: presence can only add to these.
    provided: Vec<&'m str>,
}

impl<'m> Index<'m> {
    fn collect(&mut self, sections: &'m [Section], under_name: bool) {
        for section in sections {
            match &section.kind {
                SectionKind::Option(option) => self.options.push(option),
                SectionKind::Provides(provides) => {
                    self.provides.push(provides);
                    if !under_name {
                        self.provided.extend(provides.names.iter().map(|name| name.value.as_str()));
                    }
                }
                SectionKind::Extend(extension) => self.extensions.push(extension),
                SectionKind::Entity(entity) => self.entities.push(&entity.name),
                SectionKind::Condition(condition) => {
                    self.collect(&condition.body, under_name || !condition.names.is_empty());
                }
                _ => {}
            }
        }
    }

    fn option(&self, name: &str) -> Option<&'m OptionDeclaration> {
        self.options.iter().find(|option| option.declaration.name.value == name).copied()
    }

    fn option_names(&self) -> Vec<&'m str> {
        self.options.iter().map(|option| option.declaration.name.value.as_str()).collect()
    }

    /// The slots of a family that the kit provides; none if it does not provide the family.
    fn slots(&self, family: &str) -> Option<Vec<&'m Slot>> {
        let of_family: Vec<&&Provides> = self
            .provides
            .iter()
            .filter(|provides| {
                provides.names.iter().any(|name| name.split(':').next() == Some(family))
            })
            .collect();
        let slots = of_family.iter().flat_map(|provides| &provides.slots).collect();
        (!of_family.is_empty()).then_some(slots)
    }
}

/// Checks a manifest whose nodes are all well-formed.
pub(super) fn check(cx: &mut Context, manifest: &Manifest) {
    let mut index = Index::default();
    index.collect(&manifest.sections, false);
    check_options(cx, &index);
    check_own_names(cx, manifest, &index);
    check_extensions(cx, &index);
    check_slots(cx, &index);
    check_versions(cx, manifest);
    walk(cx, &index, &manifest.sections, Under::default());
}

/// The conditions that a section stands under.
#[derive(Clone, Copy, Default)]
struct Under {
    name: Option<Span>,
    entity: Option<Span>,
}

fn check_options(cx: &mut Context, index: &Index<'_>) {
    let mut seen = Seen::new("duplicate-option", "option");
    for option in &index.options {
        seen.add(cx, &option.declaration.name);
        check_reference(cx, index, &option.declaration, option.scope != OptionScope::Project);
    }
}

fn check_slots(cx: &mut Context, index: &Index<'_>) {
    for slot in index.provides.iter().flat_map(|provides| &provides.slots) {
        for declaration in std::iter::once(&slot.key).chain(&slot.fields) {
            check_reference(cx, index, declaration, slot.per_entity);
        }
    }
}

/// `in=` and `each=` of what the kit itself has.
fn check_reference(
    cx: &mut Context,
    index: &Index<'_>,
    declaration: &Declaration,
    per_entity: bool,
) {
    let Some(reference) = &declaration.within else { return };
    if reference.value == "entity.fields" {
        if !per_entity {
            let message = "`entity.fields` is known only where there is an entity";
            cx.report_with("bad-reference", reference.span, message, "write `on=entity`");
        }
        return;
    }
    check_list(cx, index, reference);
}

fn check_list(cx: &mut Context, index: &Index<'_>, reference: &Spanned<String>) {
    let Some((owner, name)) = reference.split_once('.') else { return };
    if owner == "option" {
        check_list_option(cx, index, reference, name);
        return;
    }
    let Some(slots) = index.slots(owner) else { return };
    let known: Vec<&str> = slots.iter().map(|slot| slot.name.value.as_str()).collect();
    if !known.contains(&name) {
        let message = format!("`{owner}` has no slot `{name}`");
        cx.report_unknown("unknown-slot", reference.span, message, name, &known);
    }
}

fn check_list_option(cx: &mut Context, index: &Index<'_>, reference: &Spanned<String>, name: &str) {
    match index.option(name) {
        None => {
            let known = index.option_names();
            let message = format!("the kit has no option `{name}`");
            cx.report_unknown("unknown-option", reference.span, message, name, &known);
        }
        Some(option) if option.declaration.value_type != ValueType::List => {
            let error = Diagnostic::error("bad-reference", format!("`{name}` is no list"))
                .at(&cx.source, reference.span, "")
                .at(&cx.source, option.declaration.name.span, "declared here")
                .hint("declare it with `type=list`");
            cx.push(error);
        }
        Some(_) => {}
    }
}

fn check_own_names(cx: &mut Context, manifest: &Manifest, index: &Index<'_>) {
    let mut entities: BTreeMap<String, Span> = BTreeMap::new();
    for entity in &index.entities {
        if let Some(first) = entities.insert(snake(entity), entity.span) {
            let message = format!("the entity `{}` is there twice", entity.value);
            cx.report_twice("duplicate-entity", first, entity.span, message);
        }
    }
    for section in &manifest.sections {
        let names = match &section.kind {
            SectionKind::Requires(requires) => &requires.names,
            SectionKind::Conflicts(conflicts) => &conflicts.names,
            _ => continue,
        };
        if let Some(own) = names.iter().find(|name| **name == manifest.id) {
            cx.report("bad-name", own.span, "a kit neither requires itself nor conflicts with it");
        }
    }
}

fn check_extensions(cx: &mut Context, index: &Index<'_>) {
    let members: Vec<_> =
        index.extensions.iter().flat_map(|extension| extension.members.clone()).collect();
    for extension in &index.extensions {
        check_columns(cx, &members, extension.indexes.iter().chain(&extension.uniques));
        if let Some(scope) = &extension.scope {
            check_columns(cx, &members, std::iter::once(&vec![scope.clone()]));
        }
    }
}

fn check_versions(cx: &mut Context, manifest: &Manifest) {
    let mut seen = Seen::new("duplicate-version", "version");
    for section in &manifest.sections {
        let SectionKind::Changes(changes) = &section.kind else { continue };
        let text = changes.version.value.to_string();
        seen.add_as(cx, &text, &Spanned::new(text.clone(), changes.version.span));
        if changes.version.value > manifest.version {
            let message = format!("{text} is later than the kit's own {}", manifest.version);
            cx.report("bad-version", changes.version.span, message);
        }
    }
}

fn walk(cx: &mut Context, index: &Index<'_>, sections: &[Section], under: Under) {
    check_facts(cx, sections);
    for section in sections {
        check_under_entity(cx, section, under);
        match &section.kind {
            SectionKind::Condition(condition) => {
                check_condition(cx, index, condition);
                let on_entity = condition.options.iter().any(|(name, _)| {
                    index.option(name).is_some_and(|option| option.scope != OptionScope::Project)
                });
                let inner = Under {
                    name: under.name.or((!condition.names.is_empty()).then_some(section.span)),
                    entity: under.entity.or(on_entity.then_some(section.span)),
                };
                walk(cx, index, &condition.body, inner);
            }
            SectionKind::Provides(provides) if under.name.is_some() => {
                check_added(cx, index, provides);
            }
            SectionKind::Files(files) => {
                if let Some(each) = &files.each {
                    check_list(cx, index, each);
                }
            }
            SectionKind::Add(add) => check_add(cx, index, add),
            SectionKind::Computed(computed) => check_list(cx, index, &computed.from),
            _ => {}
        }
    }
}

/// A fact that stands twice under the same conditions.
fn check_facts(cx: &mut Context, sections: &[Section]) {
    let mut seen: BTreeMap<(String, String), Span> = BTreeMap::new();
    for section in sections {
        let SectionKind::Provides(provides) = &section.kind else { continue };
        let Some(family) = provides.names.first().and_then(|name| name.split(':').next()) else {
            continue;
        };
        let names = provides
            .facts
            .iter()
            .map(|fact| &fact.name)
            .chain(provides.slots.iter().map(|slot| &slot.name));
        for name in names {
            match seen.get(&(family.to_owned(), snake(name))) {
                // Within one node it was reported when the node was read.
                Some(first) if *first < section.span => {
                    let message = format!("`{family}.{}` is stated twice", name.value);
                    cx.report_twice("duplicate-fact", *first, name.span, message);
                }
                Some(_) => {}
                None => {
                    seen.insert((family.to_owned(), snake(name)), name.span);
                }
            }
        }
    }
}

/// Under a condition on a name, `provides` adds to what the kit provides anyway.
fn check_added(cx: &mut Context, index: &Index<'_>, provides: &Provides) {
    for name in &provides.names {
        if !index.provided.contains(&name.value.as_str()) {
            let message =
                format!("`{}` cannot be provided only if something else is there", name.value);
            let hint = format!("write `provides {}` outside of the condition too", name.value);
            cx.report_with("bad-place", name.span, message, hint);
        }
    }
}

/// Under an option of entities stands what comes once per entity.
fn check_under_entity(cx: &mut Context, section: &Section, under: Under) {
    let Some(outer) = under.entity else { return };
    let word = match &section.kind {
        SectionKind::Files(_)
        | SectionKind::Merge(_)
        | SectionKind::Add(_)
        | SectionKind::Extend(_)
        | SectionKind::Derived(_)
        | SectionKind::Condition(_) => return,
        SectionKind::Supports(_) => "supports",
        SectionKind::Requires(_) => "requires",
        SectionKind::Conflicts(_) => "conflicts",
        SectionKind::Provides(_) => "provides",
        SectionKind::Option(_) => "option",
        SectionKind::Entity(_) => "entity",
        SectionKind::Computed(_) => "computed",
        SectionKind::Next(_) => "next",
        SectionKind::Reserve(_) => "reserve",
        SectionKind::Changes(_) => "changes",
    };
    let start = Span { end: section.span.start + word.len() as u32, ..section.span };
    let condition = Span { end: outer.start + 4, ..outer };
    let error = Diagnostic::error(
        "bad-place",
        format!("`{word}` cannot depend on an option of entities or fields"),
    )
    .at(&cx.source, start, "")
    .at(&cx.source, condition, "this condition")
    .hint("move it out of the block");
    cx.push(error);
}

fn check_condition(cx: &mut Context, index: &Index<'_>, condition: &Condition) {
    for (name, value) in &condition.options {
        let Some(option) = index.option(name) else {
            let known = index.option_names();
            let message = format!("the kit has no option `{}`", name.value);
            let hint = did_you_mean(&name.value, known.iter().copied())
                .or_else(|| crate::context::one_of(&known));
            let error = cx.error("unknown-option", name.span, message).hint_if(hint);
            cx.push(error);
            continue;
        };
        let declaration = &option.declaration;
        let enumerable =
            declaration.value_type == ValueType::Bool || !declaration.choices.is_empty();
        if !enumerable && declaration.value_type != ValueType::List {
            let error = Diagnostic::error(
                "bad-condition",
                format!("`{}` is neither true or false nor one of some choices", name.value),
            )
            .at(&cx.source, name.span, "")
            .at(&cx.source, declaration.name.span, "declared here")
            .hint("a condition has to be one of which all cases are known");
            cx.push(error);
        } else if let Err(misfit) = typed(&alone(declaration), &value.value) {
            let error = misfit.at(&cx.source, value.span);
            cx.push(error);
        }
    }
}

/// The declaration without bounds: a condition on a list asks for one of its values.
fn alone(declaration: &Declaration) -> Declaration {
    Declaration { min: None, max: None, ..declaration.clone() }
}

/// Items for a slot of the kit's own: its fields are known here.
fn check_add(cx: &mut Context, index: &Index<'_>, add: &kiln_model::Add) {
    if let Some(each) = &add.each {
        check_list(cx, index, each);
    }
    let Some(slots) = index.slots(&add.capability) else { return };
    let Some(slot) = slots.iter().find(|slot| slot.name == add.slot) else {
        let known: Vec<&str> = slots.iter().map(|slot| slot.name.value.as_str()).collect();
        let message = format!("`{}` has no slot `{}`", add.capability.value, add.slot.value);
        cx.report_unknown("unknown-slot", add.slot.span, message, &add.slot.value, &known);
        return;
    };
    let known: Vec<&str> = slot.fields.iter().map(|field| field.name.value.as_str()).collect();
    for (name, value) in &add.fields {
        match slot.fields.iter().find(|field| field.name == *name) {
            None => {
                let message = format!("the slot has no field `{}`", name.value);
                cx.report_unknown("unknown-field", name.span, message, &name.value, &known);
            }
            Some(field) => check_item(cx, field, value),
        }
    }
    add.keys.iter().for_each(|key| check_item(cx, &slot.key, key));
}

/// Values with placeholders are judged when these are filled in.
fn check_item(cx: &mut Context, field: &Declaration, value: &Spanned<Raw>) {
    let open = match &value.value {
        Raw::Text(text) => text.contains(['{', '}']) || (text.is_empty() && field.within.is_some()),
        Raw::List(texts) => texts.iter().any(|text| text.contains(['{', '}'])),
        _ => false,
    };
    if let (false, Err(misfit)) = (open, typed(field, &value.value)) {
        let error = misfit.at(&cx.source, value.span);
        cx.push(error);
    }
}
