//! Repetition: a path or item comes once for each thing that it names.

use std::collections::BTreeSet;

use kiln_base::Forms;
use kiln_model::{OptionScope, Value};

use crate::compose::context::Views;
use crate::compose::facts::Base;
use crate::compose::options::template_name;
use crate::compose::presence::Active;
use crate::template::Placeholder;

/// What one output or item is made for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scope {
    pub(crate) module: Option<usize>,
    pub(crate) entity: Option<usize>,
    pub(crate) field: Option<usize>,
    /// A step of the schema, by its place among all.
    pub(crate) change: Option<usize>,
    /// A chain of steps.
    pub(crate) chain: Option<String>,
    pub(crate) item: Option<Value>,
}

/// What a text or section is repeated by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roots {
    module: bool,
    entity: bool,
    field: bool,
    change: bool,
    chain: bool,
}

impl Roots {
    /// What the placeholders of `texts` and the guards of a section name.
    pub(crate) fn of<'t>(texts: impl IntoIterator<Item = &'t str>, active: &Active<'_>) -> Self {
        let mut names = BTreeSet::new();
        for text in texts {
            if let Ok(placeholder) = Placeholder::parse(text) {
                names.extend(
                    placeholder
                        .names()
                        .filter_map(|name| name.value.split('.').next().map(str::to_owned)),
                );
            }
        }
        let guarded = |scope: OptionScope| active.guards.iter().any(|guard| guard.scope == scope);
        Self {
            module: names.contains("module"),
            entity: names.contains("entity") || guarded(OptionScope::Entity),
            field: names.contains("field") || guarded(OptionScope::Field),
            change: names.contains("change"),
            chain: names.contains("chain"),
        }
    }

    /// The same, once for each entity at least.
    pub(crate) fn with_entity(mut self, entity: bool) -> Self {
        self.entity |= entity;
        self
    }
}

/// The scopes of a section of kit `kit`, in order; `items` are those of its `each`, if it has one.
pub(crate) fn scopes(
    base: &Base<'_>,
    views: &Views<'_>,
    kit: usize,
    active: &Active<'_>,
    roots: &Roots,
    items: Option<&[Value]>,
) -> Vec<Scope> {
    let mut found = domain_scopes(base, views, kit, active, roots);
    if let Some(items) = items {
        let each = |scope: &Scope| {
            let scope = scope.clone();
            items
                .iter()
                .map(move |item| Scope { item: Some(item.clone()), ..scope.clone() })
                .collect::<Vec<_>>()
        };
        found = found.iter().flat_map(each).collect();
    }
    found
}

fn domain_scopes(
    base: &Base<'_>,
    views: &Views<'_>,
    kit: usize,
    active: &Active<'_>,
    roots: &Roots,
) -> Vec<Scope> {
    let domain = views.domain;
    if roots.change {
        // A chain outlives its module: what is named after a step has nothing of the spec.
        return views
            .changes
            .iter()
            .enumerate()
            .map(|(at, record)| Scope {
                change: Some(at),
                chain: Some(record.chain.clone()),
                ..Scope::default()
            })
            .collect();
    }
    if roots.chain {
        let scope = |chain: &String| Scope { chain: Some(chain.clone()), ..Scope::default() };
        return views.chains.iter().map(scope).collect();
    }
    if roots.entity || roots.field {
        let mut found = Vec::new();
        for (at, entity) in domain.own() {
            let options =
                entity.options.get(&kit).map(|options| options.raw.clone()).unwrap_or_default();
            let guards = || active.guards.iter().filter(|guard| guard.scope == OptionScope::Entity);
            if !guards().all(|guard| guard.holds(&options)) {
                continue;
            }
            let scope = Scope { entity: Some(at), module: entity.module, ..Scope::default() };
            if !roots.field {
                found.push(scope);
                continue;
            }
            for (field, member) in entity.members.iter().enumerate() {
                let mut options = options.clone();
                options.extend(
                    member.options.get(&kit).map(|options| options.raw.clone()).unwrap_or_default(),
                );
                if active.guards.iter().all(|guard| guard.holds(&options)) {
                    found.push(Scope { field: Some(field), ..scope.clone() });
                }
            }
        }
        return found;
    }
    if roots.module {
        return (0..domain.modules.len())
            .map(|at| Scope { module: Some(at), ..Scope::default() })
            .collect();
    }
    let _ = base;
    vec![Scope::default()]
}

/// The items that `each=option.NAME` repeats by: the list's names, with their forms.
pub(crate) fn option_items(base: &Base<'_>, kit: usize, name: &str) -> Option<Vec<Value>> {
    let list = base.options[kit].value.field(&template_name(name))?.as_list()?;
    Some(
        list.iter()
            .filter_map(Value::as_str)
            .map(|text| Value::map().forms(&Forms::of(text)).build())
            .collect(),
    )
}
