//! What templates see: values by name, for each kit only those that it may read.

use std::collections::BTreeMap;

use kiln_base::{Forms, plural};
use kiln_model::{Member, Value};
use kiln_schema::{Record, Table};

use crate::compose::entities::Domain;
use crate::compose::facts::{Base, forms_with_plural};
use crate::compose::items::Items;
use crate::compose::options::template_name;
use crate::compose::repeat::Scope;

/// Values of the domain, by kit where they differ.
pub(crate) struct Views<'d> {
    pub(crate) domain: &'d Domain,
    /// Every step of every chain, old and new, in order.
    pub(crate) changes: Vec<Record>,
    /// Every chain that has steps or gets one.
    pub(crate) chains: Vec<String>,
    /// The entities as kits without options for them see them.
    plain: Vec<Value>,
    /// By kit that has options for entities or fields.
    special: BTreeMap<usize, Vec<Value>>,
    modules: Vec<Value>,
}

impl<'d> Views<'d> {
    /// Views of `domain`; `tables` are the schemas by entity, as far as they are known.
    pub(crate) fn of(
        base: &Base<'_>,
        domain: &'d Domain,
        tables: &BTreeMap<usize, Table>,
        chains: Vec<String>,
    ) -> Self {
        let one = |at: usize| {
            let value = domain.value(base, at);
            match tables.get(&at) {
                Some(table) => {
                    let schema = table.value();
                    let part = |name: &str| schema.field(name).cloned().unwrap_or_default();
                    Value::map()
                        .merge(&value)
                        .with("uniques", column_lists(&part("uniques")))
                        .with("indexes", column_lists(&part("indexes")))
                        .with("references", part("references"))
                        .with("schema", schema)
                        .build()
                }
                None => value,
            }
        };
        let plain: Vec<Value> = (0..domain.entities.len()).map(one).collect();
        let mut special = BTreeMap::new();
        for kit in 0..base.composition.kits.len() {
            let has = |entity: &crate::compose::entities::EntityModel| {
                entity.options.contains_key(&kit)
                    || entity.members.iter().any(|member| member.options.contains_key(&kit))
            };
            if domain.entities.iter().any(has) {
                let own = plain
                    .iter()
                    .enumerate()
                    .map(|(at, value)| with_options(domain, kit, at, value));
                special.insert(kit, own.collect());
            }
        }
        let modules = domain
            .modules
            .iter()
            .map(|module| forms_with_plural(&module.name, &plural(&module.name)))
            .collect();
        Self { domain, changes: Vec::new(), chains, plain, special, modules }
    }

    pub(crate) fn entity(&self, kit: usize, at: usize) -> &Value {
        self.special.get(&kit).map_or(&self.plain[at], |own| &own[at])
    }

    fn module(&self, kit: usize, at: usize) -> Value {
        let entities =
            self.domain.modules[at].entities.iter().map(|entity| self.entity(kit, *entity).clone());
        Value::map().merge(&self.modules[at]).with("entities", Value::list(entities)).build()
    }

    /// What a scope adds to the names in scope.
    pub(crate) fn of_scope(&self, kit: usize, scope: &Scope) -> Vec<(&'static str, Value)> {
        let mut found = Vec::new();
        if let Some(module) = scope.module {
            found.push(("module", self.module(kit, module)));
        }
        if let Some(chain) = &scope.chain {
            // A migration's chain has the name that its module had when it began.
            let name = if scope.change.is_some() { "module" } else { "chain" };
            found.push((name, forms_with_plural(chain, &plural(chain))));
        }
        if let Some(entity) = scope.entity {
            found.push(("entity", self.entity(kit, entity).clone()));
            if let Some(field) = scope.field {
                let fields = self.entity(kit, entity).field("fields").and_then(Value::as_list);
                found.push((
                    "field",
                    fields.and_then(|fields| fields.get(field)).cloned().unwrap_or_default(),
                ));
            }
        }
        if let Some(change) = scope.change {
            found.push(("change", change_value(&self.changes[change])));
        }
        if let Some(item) = &scope.item {
            found.push(("item", item.clone()));
        }
        found
    }

    /// Answers placeholders from a scope.
    pub(crate) fn lookup(
        &self,
        kit: usize,
        scope: &Scope,
    ) -> impl Fn(&str) -> Option<Value> + use<> {
        let values = self.of_scope(kit, scope);
        move |path: &str| {
            let (root, rest) =
                path.split_once('.').map_or((path, None), |(root, rest)| (root, Some(rest)));
            let (_, value) = values.iter().find(|(name, _)| *name == root)?;
            rest.map_or(Some(value.clone()), |rest| value.get(rest).cloned())
        }
    }
}

fn column_lists(named: &Value) -> Value {
    let columns =
        named.as_list().unwrap_or_default().iter().filter_map(|set| set.field("columns").cloned());
    Value::list(columns)
}

fn with_options(domain: &Domain, kit: usize, at: usize, value: &Value) -> Value {
    let entity = &domain.entities[at];
    let empty = || Value::map().build();
    let option = entity.options.get(&kit).map_or_else(empty, |options| options.value.clone());
    let fields = value.field("fields").and_then(Value::as_list).unwrap_or_default();
    let fields = fields.iter().zip(&entity.members).map(|(field, member)| {
        let option = member.options.get(&kit).map_or_else(empty, |options| options.value.clone());
        Value::map().merge(field).with("option", option).build()
    });
    Value::map().merge(value).with("fields", Value::list(fields)).with("option", option).build()
}

/// A step of the schema as its template sees it.
fn change_value(record: &Record) -> Value {
    let texts = |texts: &[String]| Value::list(texts.iter().map(|text| Value::from(text.as_str())));
    Value::map()
        .forms(&Forms::of(&record.title))
        .with("id", record.id())
        .with("number", record.number)
        .with("parents", texts(&record.parents))
        .with("needs", texts(&record.needs))
        .with("replaces", texts(&record.replaces))
        .with("ops", Value::list(record.operations.iter().map(kiln_schema::Operation::value)))
        .build()
}

/// What the templates of one kit see outside of any scope.
pub(crate) fn kit_context(
    base: &Base<'_>,
    views: &Views<'_>,
    items: &Items,
    kit: usize,
    data: &Value,
) -> Value {
    let domain = views.domain;
    let entities = domain.own().map(|(at, _)| views.entity(kit, at).clone());
    let modules = (0..domain.modules.len()).map(|at| views.module(kit, at));
    let mut context = Value::map()
        .with("project", base.project.clone())
        .with("option", base.options[kit].value.clone())
        .with("modules", Value::list(modules))
        .with("entities", Value::list(entities))
        .with("kits", kits_value(base))
        .with("data", data.clone());
    for name in &base.readable[kit] {
        let value = if base.presence.has(name) {
            capability(base, items, domain, name)
        } else {
            Value::Null
        };
        context.set(template_name(name), value);
    }
    context.build()
}

/// What a migration template sees: the step, its module and the kit's data, and nothing that a later version of the
/// spec could change.
pub(crate) fn change_context(data: &Value) -> Value {
    Value::map().with("data", data.clone()).build()
}

fn capability(base: &Base<'_>, items: &Items, domain: &Domain, name: &str) -> Value {
    let mut map = Value::map().merge(&base.fact_map(name));
    for family in base.families(name) {
        for ((owner, slot), declared) in &base.slots {
            if *owner == family {
                map.set(
                    template_name(slot),
                    items.slot_value(family.as_str(), slot, declared.slot.per_entity, domain),
                );
            }
        }
    }
    map.build()
}

fn kits_value(base: &Base<'_>) -> Value {
    Value::list(base.composition.kits.iter().map(|package| {
        let manifest = &package.manifest;
        let mut requires: Vec<&str> = Vec::new();
        manifest.visit_by_options(
            &manifest.effective_options(&kiln_model::RawOptions::new()),
            &mut |section| {
                if let kiln_model::SectionKind::Requires(needed) = &section.kind {
                    requires.extend(needed.names.iter().map(|name| name.value.as_str()));
                }
            },
        );
        Value::map()
            .with("id", package.id())
            .with("title", manifest.title.as_str())
            .with("summary", manifest.summary.as_str())
            .with("layer", manifest.layer.name())
            .with("category", manifest.category.as_str())
            .with("requires", Value::list(requires.into_iter().map(Value::from)))
            .build()
    }))
}

/// The names of an entity's fields, for references to them.
pub(crate) fn field_names(domain: &Domain, entity: usize) -> Vec<String> {
    let names = |member: &crate::compose::entities::MemberModel| match &member.member {
        Member::Field(field) => vec![member.column.clone(), field.name.value.clone()],
        Member::BelongsTo(_) => vec![member.column.clone()],
    };
    domain.entities[entity].members.iter().flat_map(names).collect()
}
