//! Which names a project has, and which sections of a manifest hold in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kiln_model::{
    Condition, ConditionKind, Manifest, OptionScope, Package, Raw, RawOptions, Section, SectionKind,
};

/// The family of a capability: `db` of `db:postgres`.
pub(crate) fn family(name: &str) -> &str {
    name.split_once(':').map_or(name, |(family, _)| family)
}

/// The names of a project, each with the kits that provide it, by their place in the order of kits.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    providers: BTreeMap<String, BTreeSet<usize>>,
}

impl Presence {
    pub(crate) fn of(kits: &[Arc<Package>], options: &[RawOptions]) -> Self {
        let mut presence = Self::default();
        for (at, (package, options)) in kits.iter().zip(options).enumerate() {
            presence.add(package.id(), at);
            package.manifest.visit_by_options(options, &mut |section| {
                if let SectionKind::Provides(provides) = &section.kind {
                    for name in &provides.names {
                        presence.add(name, at);
                        presence.add(family(name), at);
                    }
                }
            });
        }
        presence
    }

    fn add(&mut self, name: &str, at: usize) {
        self.providers.entry(name.to_owned()).or_default().insert(at);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.providers.contains_key(name)
    }

    /// The kits that provide a name, in order.
    pub(crate) fn providers(&self, name: &str) -> impl Iterator<Item = usize> {
        self.providers.get(name).into_iter().flatten().copied()
    }

    /// The flavours of a family that the project has.
    pub(crate) fn flavours<'a>(&'a self, family: &'a str) -> impl Iterator<Item = &'a str> {
        self.providers.keys().filter_map(move |name| name.strip_prefix(family)?.strip_prefix(':'))
    }
}

/// A condition over options of an entity or field, to be decided for each.
#[derive(Debug, Clone)]
pub(crate) struct Guard<'a> {
    pub(crate) scope: OptionScope,
    negated: bool,
    options: Vec<(&'a str, &'a Raw)>,
}

impl Guard<'_> {
    /// Whether it holds under the options of one entity or field.
    pub(crate) fn holds(&self, options: &RawOptions) -> bool {
        let all = self.options.iter().all(|(name, wanted)| options.get(*name) == Some(*wanted));
        all != self.negated
    }
}

/// A section that holds, as far as it does not depend on an entity or field.
#[derive(Debug, Clone)]
pub(crate) struct Active<'a> {
    pub(crate) section: &'a Section,
    pub(crate) guards: Vec<Guard<'a>>,
}

/// The sections of a manifest that hold, in order.
pub(crate) fn active<'a>(
    manifest: &'a Manifest,
    options: &RawOptions,
    presence: &Presence,
) -> Vec<Active<'a>> {
    let mut scoped = BTreeMap::new();
    scoped_options(&manifest.sections, &mut scoped);
    let mut found = Vec::new();
    flatten(&manifest.sections, options, presence, &scoped, &[], &mut found);
    found
}

fn scoped_options<'a>(sections: &'a [Section], scoped: &mut BTreeMap<&'a str, OptionScope>) {
    for section in sections {
        match &section.kind {
            SectionKind::Option(option) if option.scope != OptionScope::Project => {
                scoped.insert(&option.declaration.name.value, option.scope);
            }
            SectionKind::Condition(condition) => scoped_options(&condition.body, scoped),
            _ => {}
        }
    }
}

fn flatten<'a>(
    sections: &'a [Section],
    options: &RawOptions,
    presence: &Presence,
    scoped: &BTreeMap<&str, OptionScope>,
    guards: &[Guard<'a>],
    found: &mut Vec<Active<'a>>,
) {
    for section in sections {
        let SectionKind::Condition(condition) = &section.kind else {
            found.push(Active { section, guards: guards.to_vec() });
            continue;
        };
        if let Some(guard) = holds_now(condition, options, presence, scoped) {
            let mut inner = guards.to_vec();
            inner.extend(guard);
            flatten(&condition.body, options, presence, scoped, &inner, found);
        }
    }
}

/// None if a condition does not hold whatever the entity; else what is left to decide for each.
fn holds_now<'a>(
    condition: &'a Condition,
    options: &RawOptions,
    presence: &Presence,
    scoped: &BTreeMap<&str, OptionScope>,
) -> Option<Option<Guard<'a>>> {
    let negated = condition.kind == ConditionKind::Unless;
    let (later, now): (Vec<_>, Vec<_>) =
        condition.options.iter().partition(|(name, _)| scoped.contains_key(name.value.as_str()));
    let names = condition.names.iter().all(|name| presence.has(name));
    let equal = |actual: Option<&Raw>, wanted: &Raw| match (actual, wanted) {
        (Some(Raw::List(values)), Raw::Text(text)) => values.contains(text),
        (actual, wanted) => actual == Some(wanted),
    };
    let holds = names && now.iter().all(|(name, wanted)| equal(options.get(&name.value), wanted));
    if later.is_empty() {
        return (holds != negated).then_some(None);
    }
    if !holds {
        return negated.then_some(None);
    }
    let deepest = later
        .iter()
        .filter_map(|(name, _)| scoped.get(name.value.as_str()))
        .any(|s| *s == OptionScope::Field);
    let scope = if deepest { OptionScope::Field } else { OptionScope::Entity };
    let options = later.iter().map(|(name, value)| (name.value.as_str(), &value.value)).collect();
    Some(Some(Guard { scope, negated, options }))
}

/// The names that a manifest may read: what it requires, provides or names in a condition, with the families of both.
pub(crate) fn readable(manifest: &Manifest) -> BTreeSet<String> {
    fn visit(sections: &[Section], names: &mut BTreeSet<String>) {
        for section in sections {
            let named = match &section.kind {
                SectionKind::Requires(requires) => &requires.names,
                SectionKind::Provides(provides) => &provides.names,
                SectionKind::Supports(flavours) => flavours,
                SectionKind::Condition(condition) => {
                    visit(&condition.body, names);
                    &condition.names
                }
                _ => continue,
            };
            for name in named {
                names.insert(name.value.clone());
                names.insert(family(name).to_owned());
            }
        }
    }
    let mut names = BTreeSet::from([manifest.id.value.clone()]);
    visit(&manifest.sections, &mut names);
    names
}
