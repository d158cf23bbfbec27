//! Where a line of an output comes from.
//!
//! Two ways together. Marks say which lines of templates a line has text of, what was printed into it and at which
//! items the loops round it stood. What no loop shows (an item that is joined into a line with others, or goes through
//! a filter) is found by leaving the item out: the lines that change without it are its own.

use std::collections::BTreeSet;

use kiln_model::Value;
use serde::Serialize;

use crate::compose::canonical::slots_of;
use crate::compose::explain::{Inquiry, ItemOrigin, Repeated};
use crate::compose::items::Item;
use crate::compose::outputs::{Action, Origin, with_locals};
use crate::template::{Printed, SourceLine, TAG_NAME, Template, Trace};

/// More pairs of lines than this are not compared one by one.
const MOST_PAIRS: usize = 4_000_000;

/// Where one line of a render comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LineOrigin {
    /// The line, from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// Lines of templates and parts that it has text of; empty if that cannot be told.
    pub sources: Vec<SourceLine>,
    /// Values that were put in.
    pub printed: Vec<Printed>,
    /// Items of slots that it is made for, or that it would be another without.
    pub items: Vec<ItemOrigin>,
    /// Modules, entities and fields that loops round it stood at.
    pub repeated: Vec<Repeated>,
    /// Partial documents without which it would be another: kit and file.
    pub merged: Vec<(String, String)>,
}

/// What a tag stands for.
enum Tagged<'i> {
    Item(String, &'i Item),
    Named(&'static str, String),
}

/// Everything that loops of one output may stand at.
struct Tags<'i> {
    all: Vec<Tagged<'i>>,
    /// Slots as the templates of the kit write them, with the place of their first item in `all`.
    slots: Vec<(String, usize)>,
    modules: usize,
    entities: usize,
    /// By entity: the place of its first field.
    fields: Vec<usize>,
}

impl Inquiry<'_> {
    /// Where each line of a render comes from as far as marks tell; none for what is no template alone, or where marks
    /// would change the output.
    #[must_use]
    pub fn trace(&self, path: &str) -> Option<Trace> {
        let action = self.action(path).filter(|action| action.attached.is_empty())?;
        let Origin::Template(name) = &action.origin else { return None };
        let template = self.plan.find(action.kit, name).ok()?;
        let context = with_locals(self.plan.base_context(action), &action.locals);
        let tags = self.tags(action.kit);
        template.trace(&context, &|input| self.tagged(&tags, action, input))
    }

    /// Where a line of a render comes from, counted from 1; none if no kit writes the path, or it has no such line.
    #[must_use]
    pub fn line(&self, path: &str, line: usize) -> Option<LineOrigin> {
        let action = self.action(path)?;
        let text = self.text(action, action.attached.len())?;
        let mut found = LineOrigin {
            line,
            text: text.lines().nth(line.checked_sub(1)?)?.to_owned(),
            ..LineOrigin::default()
        };
        match &action.origin {
            Origin::Lock { .. } => {}
            Origin::Copy(_) => found.sources.push(SourceLine {
                file: format!("{}/{}", action.kit_id, action.source),
                line,
                last: line,
                text: found.text.clone(),
                through: Vec::new(),
            }),
            Origin::Template(name) => {
                let template = self.plan.find(action.kit, name).ok()?;
                let context = with_locals(self.plan.base_context(action), &action.locals);
                if action.attached.is_empty() {
                    self.of_template(action, template, &context, line, &mut found);
                } else {
                    self.of_document(action, template, &context, &text, &mut found);
                }
            }
        }
        Some(found)
    }

    /// The render with the first so many partial documents merged in.
    fn text(&self, action: &Action, attached: usize) -> Option<String> {
        let mut one = action.clone();
        one.attached.truncate(attached);
        String::from_utf8(self.plan.bytes(&one).ok()?).ok()
    }

    /// A line of a document: whose partial document it vanishes with; else the template's, found by its text.
    fn of_document(
        &self,
        action: &Action,
        template: Template<'_>,
        context: &Value,
        text: &str,
        found: &mut LineOrigin,
    ) {
        for at in 0..action.attached.len() {
            let mut without = action.clone();
            let attached = without.attached.remove(at);
            let Some(other) = self.plan.bytes(&without).ok() else { continue };
            let other = String::from_utf8_lossy(&other).into_owned();
            if changed(text, &other).contains(&found.line) {
                let kit = self.base.kit(attached.kit).id().to_owned();
                found.merged.push((kit, attached.template));
            }
        }
        let Some(base) = template.render(context).ok() else { return };
        let plain = |text: &str| text.trim().trim_end_matches(',').to_owned();
        let mut alike = base
            .text()
            .lines()
            .enumerate()
            .filter(|(_, line)| plain(line) == plain(&found.text))
            .map(|(at, _)| at + 1);
        // A line that the template says twice is not told from its twin.
        if let (true, Some(line), None) = (found.merged.is_empty(), alike.next(), alike.next()) {
            self.of_template(action, template, context, line, found);
        }
    }

    fn of_template(
        &self,
        action: &Action,
        template: Template<'_>,
        context: &Value,
        line: usize,
        found: &mut LineOrigin,
    ) {
        let tags = self.tags(action.kit);
        let trace: Option<Trace> =
            template.trace(context, &|input| self.tagged(&tags, action, input));
        if let Some(traced) = trace.and_then(|trace| trace.lines.into_iter().nth(line - 1)) {
            found.sources = traced
                .sources
                .into_iter()
                .map(|lines| narrowed(lines, template, &found.text))
                .collect();
            found.printed = traced.printed;
            for tag in traced.tags {
                match tags.all.get(tag as usize) {
                    Some(Tagged::Item(slot, item)) => found.items.push(self.item(slot, item)),
                    Some(Tagged::Named(kind, name)) => {
                        found
                            .repeated
                            .push(Repeated { kind: (*kind).to_owned(), name: name.clone() });
                    }
                    None => {}
                }
            }
        }
        self.by_leaving_out(action.kit, template, context, line, found);
    }

    /// Items of the slots that no loop round the line stands at, without which the line is another.
    fn by_leaving_out(
        &self,
        kit: usize,
        template: Template<'_>,
        context: &Value,
        line: usize,
        found: &mut LineOrigin,
    ) {
        let Ok(rendered) = template.render(context) else { return };
        let mut seen = BTreeSet::new();
        for (path, family, slot) in slots_of(self.base, kit) {
            let name = format!("{family}.{slot}");
            let told = found.items.iter().any(|item| item.slot == name);
            if told || !template.reads().reach(&path) || !seen.insert(name.clone()) {
                continue;
            }
            let key = (family.clone(), slot.clone());
            for (at, item) in self.items.slots.get(&key).into_iter().flatten().enumerate() {
                let without = self.without(kit, context, (&family, &slot), at);
                let Ok(other) = template.render(&without) else { continue };
                if changed(rendered.text(), other.text()).contains(&line) {
                    found.items.push(self.item(&name, item));
                }
            }
        }
    }

    /// The context without one item of a slot.
    fn without(&self, kit: usize, context: &Value, of: (&str, &str), gone: usize) -> Value {
        let mut context = context.clone();
        for (path, family, slot) in slots_of(self.base, kit) {
            if (family.as_str(), slot.as_str()) != of {
                continue;
            }
            let Some((capability, name)) = path.split_once('.') else { continue };
            let key = (family.clone(), slot.clone());
            let per_entity = self.base.slots.get(&key).is_some_and(|known| known.slot.per_entity);
            let mut items = self.items.slots.get(&key).cloned().unwrap_or_default();
            items.remove(gone);
            let mut left = self.items.clone();
            left.slots.insert(key, items);
            let value = left.slot_value(&family, &slot, per_entity, self.domain);
            let inner = context.field(capability).cloned().unwrap_or_default();
            let inner = with(&inner, name, value);
            context = with(&context, capability, inner);
        }
        context
    }

    fn tags(&self, kit: usize) -> Tags<'_> {
        let mut tags = Tags {
            all: Vec::new(),
            slots: Vec::new(),
            modules: 0,
            entities: 0,
            fields: Vec::new(),
        };
        for (path, family, slot) in slots_of(self.base, kit) {
            tags.slots.push((path, tags.all.len()));
            let name = format!("{family}.{slot}");
            let items = self.items.slots.get(&(family, slot)).into_iter().flatten();
            tags.all.extend(items.map(|item| Tagged::Item(name.clone(), item)));
        }
        tags.modules = tags.all.len();
        let modules = self.domain.modules.iter();
        tags.all.extend(modules.map(|module| Tagged::Named("module", module.name.clone())));
        tags.entities = tags.all.len();
        let entities = &self.domain.entities;
        tags.all.extend(entities.iter().map(|entity| Tagged::Named("entity", entity.name.clone())));
        for entity in entities {
            tags.fields.push(tags.all.len());
            let members = entity.members.iter();
            tags.all.extend(members.map(|member| {
                Tagged::Named("field", format!("{}.{}", entity.name, member.column))
            }));
        }
        tags
    }

    /// What a template reads, with tags at what loops may stand at.
    fn tagged(&self, tags: &Tags<'_>, action: &Action, input: &Value) -> Value {
        let mut root = input.clone();
        for (path, first) in &tags.slots {
            let Some((capability, name)) = path.split_once('.') else { continue };
            let Some(inner) = input.get(path) else { continue };
            let tagged = match inner {
                Value::Map(by_entity) => {
                    let mut map = Value::map();
                    for (entity, items) in by_entity.iter() {
                        let of = |at: usize| match tags.all.get(first + at) {
                            Some(Tagged::Item(_, item)) => item
                                .entity
                                .is_some_and(|at| self.domain.entities[at].name == **entity),
                            _ => false,
                        };
                        let own: Vec<usize> =
                            (0..tags.all.len() - first).filter(|at| of(*at)).collect();
                        map.set(
                            entity.as_ref(),
                            each(items, |at, item| match own.get(at) {
                                Some(own) => tag(item, first + own),
                                None => item.clone(),
                            }),
                        );
                    }
                    map.build()
                }
                items => each(items, |at, item| tag(item, first + at)),
            };
            let outer = root.field(capability).cloned().unwrap_or_default();
            root = with(&root, capability, with(&outer, name, tagged));
        }
        let named = |value: Option<&Value>| {
            value.and_then(|value| value.field("name")).and_then(Value::as_str).map(str::to_owned)
        };
        let local = |name: &str| {
            action.locals.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
        };
        let own: Vec<usize> = self.domain.own().map(|(at, _)| at).collect();
        if let Some(entities) = root.field("entities").cloned() {
            let tagged = each(&entities, |at, entity| match own.get(at) {
                Some(at) => self.tag_entity(tags, entity, *at),
                None => entity.clone(),
            });
            root = with(&root, "entities", tagged);
        }
        if let Some(modules) = root.field("modules").cloned() {
            let tagged = each(&modules, |at, module| {
                tag(&self.tag_module(tags, module, at), tags.modules + at)
            });
            root = with(&root, "modules", tagged);
        }
        let module = named(local("module"))
            .and_then(|name| self.domain.modules.iter().position(|module| module.name == name));
        if let (Some(at), Some(value)) = (module, root.field("module").cloned()) {
            root = with(&root, "module", self.tag_module(tags, &value, at));
        }
        let entity = named(local("entity"))
            .and_then(|name| self.domain.entities.iter().position(|entity| entity.name == name));
        if let (Some(at), Some(value)) = (entity, root.field("entity").cloned()) {
            root = with(&root, "entity", self.tag_fields(tags, &value, at));
        }
        root
    }

    fn tag_module(&self, tags: &Tags<'_>, module: &Value, at: usize) -> Value {
        let Some(model) = self.domain.modules.get(at) else { return module.clone() };
        let Some(entities) = module.field("entities") else { return module.clone() };
        let tagged = each(entities, |at, entity| match model.entities.get(at) {
            Some(at) => self.tag_entity(tags, entity, *at),
            None => entity.clone(),
        });
        with(module, "entities", tagged)
    }

    fn tag_entity(&self, tags: &Tags<'_>, entity: &Value, at: usize) -> Value {
        tag(&self.tag_fields(tags, entity, at), tags.entities + at)
    }

    fn tag_fields(&self, tags: &Tags<'_>, entity: &Value, at: usize) -> Value {
        let Some(fields) = entity.field("fields") else { return entity.clone() };
        with(entity, "fields", each(fields, |field, value| tag(value, tags.fields[at] + field)))
    }
}

fn with(value: &Value, name: &str, inner: Value) -> Value {
    match value {
        Value::Map(_) => Value::map().merge(value).with(name, inner).build(),
        other => other.clone(),
    }
}

fn tag(value: &Value, number: usize) -> Value {
    with(value, TAG_NAME, Value::from(i64::try_from(number).unwrap_or(i64::MAX)))
}

fn each(list: &Value, one: impl Fn(usize, &Value) -> Value) -> Value {
    match list {
        Value::List(items) => Value::list(items.iter().enumerate().map(|(at, item)| one(at, item))),
        other => other.clone(),
    }
}

/// Of lines that go through a filter together: the one that says the same, if there is one only.
fn narrowed(lines: SourceLine, template: Template<'_>, text: &str) -> SourceLine {
    if lines.line == lines.last || text.trim().is_empty() {
        return lines;
    }
    let Some(source) = template.sources().iter().find(|source| source.name == lines.file) else {
        return lines;
    };
    let within = source.text.lines().enumerate().skip(lines.line - 1);
    let mut alike =
        within.take(lines.last + 1 - lines.line).filter(|(_, line)| line.trim() == text.trim());
    match (alike.next(), alike.next()) {
        (Some((at, line)), None) => {
            SourceLine { line: at + 1, last: at + 1, text: line.to_owned(), ..lines }
        }
        _ => lines,
    }
}

/// The lines of `text`, from 1, that `other` has not, by a longest common subsequence.
fn changed(text: &str, other: &str) -> BTreeSet<usize> {
    let (a, b): (Vec<&str>, Vec<&str>) = (text.lines().collect(), other.lines().collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail =
        a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    if a.len() * b.len() > MOST_PAIRS {
        return (head + 1..=head + a.len()).collect();
    }
    let width = b.len() + 1;
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = BTreeSet::new();
    while i < a.len() {
        if j < b.len() && a[i] == b[j] {
            i += 1;
            j += 1;
        } else if j < b.len() && longest[i * width + j + 1] > longest[(i + 1) * width + j] {
            j += 1;
        } else {
            found.insert(head + i + 1);
            i += 1;
        }
    }
    found
}
