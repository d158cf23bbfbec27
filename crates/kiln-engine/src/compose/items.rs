//! Slots and what is in them: items of kits in order, then the spec's own, typed, without doubles, sorted.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Source, Span, did_you_mean};
use kiln_model::{Add, Declaration, Raw, SectionKind, Slot, Value, ValueType};

use crate::compose::context::{Views, field_names};
use crate::compose::entities::Domain;
use crate::compose::facts::{Base, DeclaredSlot};
use crate::compose::options::template_name;
use crate::compose::presence::{Active, family};
use crate::compose::repeat::{Roots, Scope, option_items, scopes};
use crate::template::Placeholder;
use kiln_spec::Checker;

/// A part that an item's field stands for until it is rendered.
#[derive(Debug, Clone)]
pub(crate) struct PartField {
    pub(crate) field: String,
    pub(crate) file: String,
    pub(crate) span: Span,
}

/// One item of a slot.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// The kit that added it; none for the spec.
    pub(crate) kit: Option<usize>,
    /// The entity whose list it is in, if the slot has one for each.
    pub(crate) entity: Option<usize>,
    pub(crate) key: Value,
    /// Key and fields by the names that templates read.
    pub(crate) value: Value,
    pub(crate) parts: Vec<PartField>,
    pub(crate) scope: Scope,
    source: Option<Arc<Source>>,
    span: Span,
}

/// All items by family and slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items {
    pub(crate) slots: BTreeMap<(String, String), Vec<Item>>,
}

impl Items {
    /// What templates read as a slot: a list, or a list by entity name.
    pub(crate) fn slot_value(
        &self,
        family: &str,
        slot: &str,
        per_entity: bool,
        domain: &Domain,
    ) -> Value {
        let empty = Vec::new();
        let items = self.slots.get(&(family.to_owned(), slot.to_owned())).unwrap_or(&empty);
        if !per_entity {
            return Value::list(items.iter().map(|item| item.value.clone()));
        }
        let mut map = Value::map();
        for (at, entity) in domain.own() {
            let own =
                items.iter().filter(|item| item.entity == Some(at)).map(|item| item.value.clone());
            map.set(entity.name.as_str(), Value::list(own));
        }
        map.build()
    }

    pub(crate) fn of(base: &Base<'_>, views: &Views<'_>, problems: &mut Diagnostics) -> Self {
        let mut items = Self::default();
        let mut later = Vec::new();
        for (kit, sections) in base.active.iter().enumerate() {
            for active in sections {
                let SectionKind::Add(add) = &active.section.kind else { continue };
                if add.each.as_ref().is_some_and(|each| !each.value.starts_with("option.")) {
                    later.push((kit, active, add));
                } else {
                    items.add(base, views, kit, active, add, None, problems);
                }
            }
        }
        let before = items.clone();
        for (kit, active, add) in later {
            let each = add.each.as_ref().map_or("", |each| each.value.as_str());
            if let Some(list) = each_items(base, &before, kit, each) {
                items.add(base, views, kit, active, add, Some(&list), problems);
            }
        }
        for add in &base.composition.inputs.adds {
            items.add_from_spec(base, add, problems);
        }
        for ((family, name), list) in &mut items.slots {
            if let Some(declared) = base.slots.get(&(family.clone(), name.clone())) {
                sort(base, declared, list);
            }
        }
        items.check_references(base, views, problems);
        items
    }

    #[expect(clippy::too_many_arguments, reason = "the walk's whole state, used nowhere else")]
    fn add(
        &mut self,
        base: &Base<'_>,
        views: &Views<'_>,
        kit: usize,
        active: &Active<'_>,
        add: &Add,
        each: Option<&[Value]>,
        problems: &mut Diagnostics,
    ) {
        let source = &base.kit(kit).source;
        let Some(declared) = declared(base, add, Some(source), problems) else { return };
        let raws = add
            .keys
            .iter()
            .map(|key| &key.value)
            .chain(add.fields.iter().map(|(_, value)| &value.value));
        let texts: Vec<&str> = raws.flat_map(texts).collect();
        let roots = Roots::of(texts, active).with_entity(declared.slot.per_entity);
        let option = add.each.as_ref().and_then(|each| each.value.strip_prefix("option."));
        let own = option.and_then(|name| option_items(base, kit, name));
        for scope in scopes(base, views, kit, active, &roots, each.or(own.as_deref())) {
            let lookup = views.lookup(kit, &scope);
            for key in &add.keys {
                let fill = |raw: &Raw, span: Span, problems: &mut Diagnostics| match base
                    .evaluate(kit, raw, &lookup)
                {
                    Ok(value) => value,
                    Err(unknown) => {
                        problems.push(base.placeholder_problem(kit, &unknown, span));
                        Value::Null
                    }
                };
                let filled = fill(&key.value, key.span, problems);
                let fields: Vec<(&str, &Raw, Span, Value)> = add
                    .fields
                    .iter()
                    .map(|(name, raw)| {
                        (
                            name.value.as_str(),
                            &raw.value,
                            raw.span,
                            fill(&raw.value, raw.span, problems),
                        )
                    })
                    .collect();
                let place = Place { kit: Some(kit), source: Some(source), span: key.span };
                if let Some(item) = item(
                    base,
                    &declared,
                    &place,
                    (&key.value, filled),
                    &fields,
                    scope.clone(),
                    problems,
                ) {
                    self.insert(base, add, item, problems);
                }
            }
        }
    }

    fn add_from_spec(&mut self, base: &Base<'_>, add: &Add, problems: &mut Diagnostics) {
        let Some(declared) = declared(base, add, base.spec(), problems) else { return };
        for key in &add.keys {
            let fill = |raw: &Raw| match raw {
                Raw::Text(text) => Placeholder::parse(text)
                    .and_then(|p| {
                        p.evaluate(|path| {
                            path.strip_prefix("project.")
                                .and_then(|rest| base.project.get(rest))
                                .cloned()
                        })
                    })
                    .unwrap_or_else(|_| Value::from(text.as_str())),
                Raw::Bool(value) => Value::from(*value),
                Raw::Int(value) => Value::from(*value),
                Raw::List(texts) => {
                    Value::list(texts.iter().map(|text| Value::from(text.as_str())))
                }
                Raw::Null | Raw::Part(_) => Value::Null,
            };
            let fields: Vec<(&str, &Raw, Span, Value)> = add
                .fields
                .iter()
                .map(|(name, raw)| (name.value.as_str(), &raw.value, raw.span, fill(&raw.value)))
                .collect();
            let place = Place { kit: None, source: base.spec(), span: key.span };
            if let Some(item) = item(
                base,
                &declared,
                &place,
                (&key.value, fill(&key.value)),
                &fields,
                Scope::default(),
                problems,
            ) {
                self.insert(base, add, item, problems);
            }
        }
    }

    fn insert(&mut self, base: &Base<'_>, add: &Add, item: Item, problems: &mut Diagnostics) {
        let slot = (family(&add.capability).to_owned(), add.slot.value.clone());
        let list = self.slots.entry(slot).or_default();
        let Some(other) =
            list.iter().find(|other| other.key == item.key && other.entity == item.entity)
        else {
            list.push(item);
            return;
        };
        if other.value == item.value && other.parts.is_empty() && item.parts.is_empty() {
            return;
        }
        let by = |item: &Item| {
            item.kit
                .map_or_else(|| "the spec".to_owned(), |kit| format!("`{}`", base.kit(kit).id()))
        };
        let message = format!(
            "item `{}` of slot `{}.{}` comes from {} and, with other values, from {}",
            show(&item.key),
            add.capability.value,
            add.slot.value,
            by(other),
            by(&item)
        );
        let mut problem = Diagnostic::error("item-twice", message);
        for item in [&item, other] {
            if let Some(source) = &item.source {
                problem = problem.at(
                    source,
                    item.span,
                    format!("{} says {}", by(item), show(&item.value)),
                );
            }
        }
        problems.push(problem.hint("give one of them another key"));
    }

    /// A value with `in=` must be one of those that it refers to.
    fn check_references(&self, base: &Base<'_>, views: &Views<'_>, problems: &mut Diagnostics) {
        for (slot, items) in &self.slots {
            let Some(declared) = base.slots.get(slot) else { continue };
            for declaration in std::iter::once(&declared.slot.key).chain(&declared.slot.fields) {
                let Some(within) = &declaration.within else { continue };
                for item in items {
                    let Some(known) = self.known(base, views, declared.owner, &within.value, item)
                    else {
                        continue;
                    };
                    let value = item.value.field(&template_name(&declaration.name));
                    for text in value
                        .map(texts_of)
                        .unwrap_or_default()
                        .into_iter()
                        .filter(|text| !text.is_empty())
                    {
                        if !known.contains(&text) {
                            problems.push(dangling(item, &slot.1, declaration, &text, &known));
                        }
                    }
                }
            }
        }
    }

    /// What a reference may name; none if the capability is absent.
    fn known(
        &self,
        base: &Base<'_>,
        views: &Views<'_>,
        owner: usize,
        within: &str,
        item: &Item,
    ) -> Option<Vec<String>> {
        if within == "entity.fields" {
            return item
                .entity
                .or(item.scope.entity)
                .map(|entity| field_names(views.domain, entity));
        }
        if let Some(name) = within.strip_prefix("option.") {
            let list = base.options[owner].value.field(&template_name(name))?;
            return Some(texts_of(list));
        }
        let (capability, slot) = within.split_once('.')?;
        if !base.presence.has(capability) {
            return None;
        }
        let items = self.slots.get(&(family(capability).to_owned(), slot.to_owned()));
        Some(items.into_iter().flatten().map(|item| show_plain(&item.key)).collect())
    }
}

struct Place<'p> {
    kit: Option<usize>,
    source: Option<&'p Arc<Source>>,
    span: Span,
}

/// The items of `each=CAPABILITY.SLOT`; none if the capability is absent.
pub(crate) fn each_items(
    base: &Base<'_>,
    items: &Items,
    kit: usize,
    each: &str,
) -> Option<Vec<Value>> {
    if let Some(name) = each.strip_prefix("option.") {
        return option_items(base, kit, name);
    }
    let (capability, slot) = each.split_once('.')?;
    if !base.presence.has(capability) {
        return None;
    }
    let list = items.slots.get(&(family(capability).to_owned(), slot.to_owned()));
    let with_forms = |item: &Item| match item.key.as_str() {
        Some(key) => Value::map().forms(&kiln_base::Forms::of(key)).merge(&item.value).build(),
        None => item.value.clone(),
    };
    Some(list.into_iter().flatten().map(with_forms).collect())
}

fn texts(raw: &Raw) -> Vec<&str> {
    match raw {
        Raw::Text(text) => vec![text],
        Raw::List(texts) => texts.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Str(text) => vec![text.to_string()],
        Value::List(values) => values.iter().map(show_plain).collect(),
        _ => Vec::new(),
    }
}

fn show_plain(value: &Value) -> String {
    value.as_str().map_or_else(|| show(value), str::to_owned)
}

/// A value on one line, cut, for messages.
pub(crate) fn show(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("#{value}"),
        Value::Int(value) => value.to_string(),
        Value::Str(text) => text.to_string(),
        Value::List(values) => values.iter().map(show).collect::<Vec<_>>().join(" "),
        Value::Map(map) => map
            .iter()
            .map(|(name, value)| format!("{name}={}", show(value)))
            .collect::<Vec<_>>()
            .join(" "),
    };
    if text.chars().count() > 80 {
        text.chars().take(77).chain("...".chars()).collect()
    } else {
        text
    }
}

/// The slot that an `add` is for; none if its capability is absent or something is unknown, which is reported.
fn declared<'a>(
    base: &Base<'a>,
    add: &Add,
    source: Option<&Arc<Source>>,
    problems: &mut Diagnostics,
) -> Option<DeclaredSlot<'a>> {
    let capability = &add.capability.value;
    let report = |problem: Diagnostic, span: Span, problems: &mut Diagnostics| {
        problems.push(match source {
            Some(source) => problem.at(source, span, ""),
            None => problem,
        });
    };
    if !base.presence.has(capability) {
        if !base.composition.names.contains(capability) {
            let hint = did_you_mean(capability, base.composition.names.iter().map(String::as_str));
            let message = format!("nothing in the libraries provides `{capability}`");
            report(
                Diagnostic::error("unknown-name", message).hint_if(hint),
                add.capability.span,
                problems,
            );
        }
        return None;
    }
    let found = base
        .families(capability)
        .into_iter()
        .find_map(|family| base.slots.get(&(family, add.slot.value.clone())));
    if found.is_none() {
        let known: Vec<&str> = base
            .slots
            .keys()
            .filter(|(owner, _)| base.families(capability).contains(owner))
            .map(|(_, slot)| slot.as_str())
            .collect();
        let hint = did_you_mean(&add.slot, known.iter().copied());
        let message = format!("`{capability}` has no slot `{}`", add.slot.value);
        report(Diagnostic::error("unknown-slot", message).hint_if(hint), add.slot.span, problems);
    }
    found.copied()
}

fn item(
    base: &Base<'_>,
    declared: &DeclaredSlot<'_>,
    place: &Place<'_>,
    (written, key): (&Raw, Value),
    fields: &[(&str, &Raw, Span, Value)],
    scope: Scope,
    problems: &mut Diagnostics,
) -> Option<Item> {
    let slot = declared.slot;
    let report = |problem: Diagnostic, span: Span, problems: &mut Diagnostics| {
        problems.push(match place.source {
            Some(source) => problem.at(source, span, ""),
            None => problem,
        });
    };
    let before = problems.0.len();
    let check = |declaration: &Declaration,
                 written: &Raw,
                 value: &Value,
                 span: Span,
                 problems: &mut Diagnostics| {
        let checker = Checker::new(declaration);
        // What placeholders filled in has its type already; what a person wrote must be written as that type.
        let filled = matches!(written, Raw::Text(text) if text.contains('{'));
        let checked = if filled { checker.computed(value) } else { checker.written(written) };
        checked.unwrap_or_else(|problem| {
            let message = format!("slot `{}`: {}", slot.name.value, problem.message);
            report(Diagnostic::error("item-value", message).hint_if(problem.hint), span, problems);
            Value::Null
        })
    };
    let key = check(&slot.key, written, &key, place.span, problems);
    let mut map = Value::map().with(template_name(&slot.key.name), key.clone());
    let mut parts = Vec::new();
    for declaration in &slot.fields {
        let name = declaration.name.value.as_str();
        let value = match fields.iter().find(|(given, ..)| *given == name) {
            Some((_, Raw::Part(file), span, _)) if declaration.value_type == ValueType::Text => {
                parts.push(PartField {
                    field: template_name(name),
                    file: file.clone(),
                    span: *span,
                });
                Value::Null
            }
            Some((_, raw, span, value)) => check(declaration, raw, value, *span, problems),
            None => match &declaration.default {
                Some(default) => {
                    check(declaration, &default.value, &Value::Null, place.span, problems)
                }
                None => {
                    let message = format!("an item of slot `{}` needs `{name}`", slot.name.value);
                    let hint = (!declaration.help.is_empty())
                        .then(|| format!("`{name}`: {}", declaration.help));
                    report(
                        Diagnostic::error("item-value", message).hint_if(hint),
                        place.span,
                        problems,
                    );
                    Value::Null
                }
            },
        };
        map.set(template_name(name), value);
    }
    for (name, _, span, _) in
        fields.iter().filter(|(name, ..)| !slot.fields.iter().any(|f| f.name.value == *name))
    {
        let known = slot.fields.iter().map(|field| field.name.value.as_str());
        let message = format!("slot `{}` has no field `{name}`", slot.name.value);
        report(
            Diagnostic::error("unknown-field", message).hint_if(did_you_mean(name, known)),
            *span,
            problems,
        );
    }
    let _ = base;
    let item = Item {
        kit: place.kit,
        entity: slot.per_entity.then_some(scope.entity).flatten(),
        key,
        value: map.build(),
        parts,
        scope,
        source: place.source.cloned(),
        span: place.span,
    };
    (problems.0.len() == before).then_some(item)
}

fn raw_value(raw: &Raw) -> Value {
    match raw {
        Raw::Null | Raw::Part(_) => Value::Null,
        Raw::Bool(value) => Value::from(*value),
        Raw::Int(value) => Value::from(*value),
        Raw::Text(text) => Value::from(text.as_str()),
        Raw::List(texts) => Value::list(texts.iter().map(|text| Value::from(text.as_str()))),
    }
}

fn dangling(
    item: &Item,
    slot: &str,
    declaration: &Declaration,
    text: &str,
    known: &[String],
) -> Diagnostic {
    let within = declaration.within.as_ref().map_or("", |within| within.value.as_str());
    let message = format!(
        "`{}` of item `{}` in slot `{slot}` names `{text}`, which is not in `{within}`",
        declaration.name.value,
        show(&item.key)
    );
    let hint = did_you_mean(text, known.iter().map(String::as_str))
        .or_else(|| (!known.is_empty()).then(|| format!("known: {}", known.join(", "))));
    let problem = Diagnostic::error("dangling-reference", message).hint_if(hint);
    match &item.source {
        Some(source) => problem.at(source, item.span, ""),
        None => problem,
    }
}

/// Sorts by the slot's field: numbers by size, choices and listed options as declared, texts by code point. Equal
/// ones keep their order.
fn sort(base: &Base<'_>, declared: &DeclaredSlot<'_>, items: &mut [Item]) {
    let Some(field) = &declared.slot.sort else { return };
    let slot: &Slot = declared.slot;
    let declaration = std::iter::once(&slot.key)
        .chain(&slot.fields)
        .find(|declaration| declaration.name.value == field.value);
    let Some(declaration) = declaration else { return };
    let listed: Vec<String> =
        match declaration.within.as_ref().and_then(|within| within.value.strip_prefix("option.")) {
            Some(option) => base.options[declared.owner]
                .value
                .field(&template_name(option))
                .map(texts_of)
                .unwrap_or_default(),
            None => declaration
                .choices
                .iter()
                .map(|choice| show_plain(&raw_value(&choice.value)))
                .collect(),
        };
    let name = template_name(field);
    items.sort_by(|a, b| {
        let (a, b) = (a.value.field(&name), b.value.field(&name));
        match (a, b) {
            (Some(Value::Int(a)), Some(Value::Int(b))) => a.cmp(b),
            (Some(a), Some(b)) => {
                let rank = |value: &Value| {
                    listed
                        .iter()
                        .position(|known| *known == show_plain(value))
                        .unwrap_or(usize::MAX)
                };
                rank(a).cmp(&rank(b)).then_with(|| show_plain(a).cmp(&show_plain(b)))
            }
            (a, b) => a.is_some().cmp(&b.is_some()).then(Ordering::Equal),
        }
    });
}

impl Item {
    /// The text that adds it and its place there; none if it comes from a lock.
    pub(crate) fn place(&self) -> Option<(&Arc<Source>, Span)> {
        self.source.as_ref().map(|source| (source, self.span))
    }
}
