//! Where outputs come from: which kit, file, items, options and values made each of them, down to a line or a key, and
//! which outputs an option reaches.
//!
//! Everything here is found after the plan is made, from what it was made from. A render never comes here.

mod keys;
mod lines;
mod reach;

use std::collections::BTreeSet;

use globset::Glob;
use kiln_base::{Diagnostics, RelPath, Source, Span};
use kiln_model::{OptionScope, OwnershipWord, SectionKind, Value};
use serde::Serialize;

use crate::compose::Composition;
use crate::compose::canonical::slots_of;
use crate::compose::entities::Domain;
use crate::compose::facts::Base;
use crate::compose::items::{Item, Items, show};
use crate::compose::options::template_name;
use crate::compose::outputs::{Action, Origin, Plan, Seen, planned, with_locals};
use crate::compose::placing::section_of;
use crate::template::Reads;

pub use keys::KeyOrigin;
pub use lines::LineOrigin;
pub use reach::{OptionReach, ReachedOutput};

/// A place in a text that a person or the author of a kit wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct At {
    /// The file, as messages show it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl At {
    fn of(source: &Source, span: Span) -> Self {
        Self { file: source.name.clone(), line: source.position(span.start as usize).0 }
    }

    /// In the spec; none if it comes from a lock or has no place there.
    fn in_spec(base: &Base<'_>, span: Span) -> Option<Self> {
        let source = base.spec()?;
        (span != Span::default()).then(|| Self::of(source, span))
    }
}

/// What an output comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutputOrigin {
    /// Where it is.
    pub path: String,
    /// Where its kit puts it, if the spec says that it stands elsewhere.
    pub home: Option<String>,
    /// The kit.
    pub kit: String,
    /// The kit's version.
    pub version: String,
    /// The file of the kit, or the catalogue of a dependency lock.
    pub source: String,
    /// The section of the kit's manifest.
    pub declared: Option<At>,
    /// Who may change it.
    pub ownership: String,
    /// Who may change it as the kit has it.
    pub kit_ownership: String,
    /// The rule of the spec about it.
    pub rule: Option<RuleOrigin>,
    /// It is executable.
    pub executable: bool,
    /// The step of the schema that it renders, by revision.
    pub change: Option<String>,
    /// What it was repeated for, outermost first.
    pub repeated: Vec<Repeated>,
    /// What it is made from.
    #[serde(flatten)]
    pub made_from: MadeFrom,
    /// Partial documents that are merged into it.
    pub merged: Vec<MergedOrigin>,
}

/// What a template reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MadeFrom {
    /// Parts that it includes or calls, by kit and path.
    pub parts: Vec<String>,
    /// Options that it reads.
    pub options: Vec<OptionOrigin>,
    /// Slots that it reads, with what is in them.
    pub slots: Vec<SlotOrigin>,
    /// Other values that it reads.
    pub inputs: Vec<InputOrigin>,
}

/// A rule of ownership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleOrigin {
    /// What it says: an ownership, or `exclude`.
    pub word: String,
    /// Which outputs.
    pub glob: String,
    /// Why.
    pub why: Option<String>,
    /// Where in the spec.
    pub place: Option<At>,
    /// It changes nothing, since nobody else may own such an output.
    pub without_effect: bool,
}

/// What an output was repeated for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repeated {
    /// `module`, `entity`, `field`, `change` or `item`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A partial document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergedOrigin {
    /// The part in `kiln.sum`.
    pub part: String,
    /// The kit.
    pub kit: String,
    /// The file of the kit.
    pub source: String,
    /// What it is made from.
    #[serde(flatten)]
    pub made_from: MadeFrom,
}

/// An option that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionOrigin {
    /// `kit.option`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// `default`, `spec`, or the entity or field that it is set on.
    pub from: String,
    /// Where in the spec.
    pub place: Option<At>,
}

/// A slot that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlotOrigin {
    /// `capability.slot`.
    pub name: String,
    /// The kit that declares it.
    pub kit: String,
    /// What is in it, in order.
    pub items: Vec<ItemOrigin>,
}

/// An item of a slot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ItemOrigin {
    /// `capability.slot`.
    pub slot: String,
    /// What names it.
    pub key: String,
    /// The entity in whose list it is.
    pub entity: Option<String>,
    /// The kit that adds it, or `spec`.
    pub by: String,
    /// Where it is added.
    pub place: Option<At>,
    /// Fields that are parts, with the file of the kit.
    pub parts: Vec<(String, String)>,
}

/// Another value that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputOrigin {
    /// As templates write it; `[*]` stands for every item.
    pub name: String,
    /// The value, if it is one text, number or bool.
    pub value: Option<String>,
    /// The kit that says so; none for what is not a fact.
    pub kit: Option<String>,
}

/// A composition that can be asked where things come from.
pub struct Inquiry<'s> {
    base: &'s Base<'s>,
    domain: &'s Domain,
    items: &'s Items,
    /// The plan.
    pub plan: &'s Plan,
}

/// Composes, and asks where things come from.
///
/// # Errors
/// As [`compose`](crate::compose::compose).
pub fn inquire<T>(
    composition: &Composition<'_>,
    ask: impl FnOnce(&Inquiry<'_>) -> T,
) -> Result<T, Diagnostics> {
    let look = |seen: &Seen<'_>| {
        ask(&Inquiry { base: seen.base, domain: seen.domain, items: seen.items, plan: seen.plan })
    };
    planned(composition, look).map(|(_, answer)| answer)
}

impl Inquiry<'_> {
    fn action(&self, path: &str) -> Option<&Action> {
        let mut all = self.plan.actions.iter().chain(&self.plan.left_out);
        all.find(|action| action.path.as_str() == path)
    }

    /// Paths of all outputs, those left out at the end.
    pub fn paths(&self) -> impl Iterator<Item = &RelPath> {
        self.plan.actions.iter().chain(&self.plan.left_out).map(|action| &action.path)
    }

    /// Where an output comes from; none if no kit writes the path. What the spec excludes is known too.
    #[must_use]
    pub fn output(&self, path: &str) -> Option<OutputOrigin> {
        let action = self.action(path)?;
        let package = self.base.kit(action.kit);
        let files = self.section(action);
        let kit_ownership = match files {
            Some(SectionKind::Files(files)) => files.ownership.name(),
            _ => action.ownership.name(),
        };
        let declared = section_of(self.base, action).map(|span| At::of(&package.source, span));
        Some(OutputOrigin {
            path: action.path.as_str().to_owned(),
            home: (action.home != action.path).then(|| action.home.as_str().to_owned()),
            kit: action.kit_id.clone(),
            version: package.manifest.version.to_string(),
            source: action.source.clone(),
            declared,
            ownership: action.ownership.name().to_owned(),
            kit_ownership: kit_ownership.to_owned(),
            rule: self.rule(action),
            executable: action.executable,
            change: action.change.clone(),
            repeated: repeated(&action.locals),
            made_from: self.made_from_action(action),
            merged: self.merged(action),
        })
    }

    /// The section of the manifest that an output comes from.
    fn section(&self, action: &Action) -> Option<&SectionKind> {
        let span = section_of(self.base, action)?;
        let of_kit = &self.base.active[action.kit];
        of_kit.iter().find(|active| active.section.span == span).map(|active| &active.section.kind)
    }

    /// The last rule of the spec that matches.
    fn rule(&self, action: &Action) -> Option<RuleOrigin> {
        let matches = |glob: &str| {
            Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(action.path.as_str()))
        };
        let rules = &self.base.composition.inputs.ownership;
        let rule = rules.iter().rev().find(|rule| matches(&rule.glob))?;
        let (word, effect) = match rule.word {
            OwnershipWord::Exclude => ("exclude", true),
            OwnershipWord::Owned(owner) => (owner.name(), owner == action.ownership),
        };
        Some(RuleOrigin {
            word: word.to_owned(),
            glob: rule.glob.value.clone(),
            why: rule.why.clone(),
            place: At::in_spec(self.base, rule.glob.span),
            without_effect: !effect,
        })
    }

    fn merged(&self, action: &Action) -> Vec<MergedOrigin> {
        let attached = action.attached.iter();
        attached
            .map(|attached| {
                let made_from = match self.plan.find(attached.kit, &attached.template) {
                    Ok(template) => {
                        let context =
                            with_locals(&self.plan.contexts[attached.kit], &attached.locals);
                        self.made_from(attached.kit, template, &context)
                    }
                    Err(_) => MadeFrom::default(),
                };
                MergedOrigin {
                    part: attached.part.clone(),
                    kit: self.base.kit(attached.kit).id().to_owned(),
                    source: attached.template.clone(),
                    made_from,
                }
            })
            .collect()
    }

    fn made_from_action(&self, action: &Action) -> MadeFrom {
        match &action.origin {
            Origin::Template(name) => match self.plan.find(action.kit, name) {
                Ok(template) => {
                    let context = with_locals(self.plan.base_context(action), &action.locals);
                    self.made_from(action.kit, template, &context)
                }
                Err(_) => MadeFrom::default(),
            },
            Origin::Copy(_) => MadeFrom::default(),
            Origin::Lock { .. } => {
                let slot = match self.section(action) {
                    Some(SectionKind::Computed(computed)) => computed.from.value.as_str(),
                    _ => "",
                };
                let slots = slot.split_once('.').and_then(|(capability, slot)| {
                    let family = crate::compose::presence::family(capability);
                    self.slot(family, slot)
                });
                MadeFrom { slots: slots.into_iter().collect(), ..MadeFrom::default() }
            }
        }
    }

    fn made_from(
        &self,
        kit: usize,
        template: crate::template::Template<'_>,
        context: &Value,
    ) -> MadeFrom {
        let reads = template.reads();
        let parts = template.sources().iter().skip(1).map(|source| source.name.clone()).collect();
        let mut slots: Vec<SlotOrigin> = Vec::new();
        let mut taken: Vec<String> = vec!["option".to_owned()];
        for (path, family, slot) in slots_of(self.base, kit) {
            if reads.reach(&path) {
                taken.push(path);
                slots.extend(
                    self.slot(&family, &slot)
                        .filter(|found| slots.iter().all(|known| known.name != found.name)),
                );
            }
        }
        let options = self.options(kit, reads, context);
        let is_taken = |place: &str| {
            place.contains("option.")
                || taken.iter().any(|path| {
                    place.strip_prefix(path.as_str()).is_some_and(|rest| {
                        rest.is_empty() || rest.starts_with('.') || rest.starts_with('[')
                    })
                })
        };
        let places = reads.places().into_iter().filter(|place| !is_taken(place));
        let inputs = places.map(|place| self.input(kit, place, context)).collect();
        MadeFrom { parts, options, slots, inputs }
    }

    fn input(&self, kit: usize, name: String, context: &Value) -> InputOrigin {
        let value = context.get(&name).and_then(|value| match value {
            Value::Str(_) | Value::Int(_) | Value::Bool(_) => Some(show(value)),
            _ => None,
        });
        let by = name.split_once('.').and_then(|(root, fact)| self.fact_kit(kit, root, fact));
        InputOrigin { name, value, kit: by }
    }

    /// The kit that states a fact, as templates of `kit` read it.
    fn fact_kit(&self, kit: usize, root: &str, fact: &str) -> Option<String> {
        let name = self.base.readable[kit].iter().find(|name| template_name(name) == root)?;
        let families = self.base.families(name);
        let mut stated = self.base.active.iter().enumerate().flat_map(|(at, sections)| {
            sections.iter().filter_map(move |active| match &active.section.kind {
                SectionKind::Provides(provides) => Some((at, provides)),
                _ => None,
            })
        });
        let (at, _) = stated.find(|(_, provides)| {
            let own =
                |name: &str| families.iter().any(|f| f == crate::compose::presence::family(name));
            provides.names.iter().any(|name| own(name))
                && provides.facts.iter().any(|known| template_name(&known.name) == fact)
        })?;
        Some(self.base.kit(at).id().to_owned())
    }

    /// The options of a kit that its templates read.
    fn options(&self, kit: usize, reads: &Reads, context: &Value) -> Vec<OptionOrigin> {
        let package = self.base.kit(kit);
        let mut found = Vec::new();
        for (name, raw) in &self.base.options[kit].raw {
            if !reads.reach(&format!("option.{}", template_name(name))) {
                continue;
            }
            let given = self.base.composition.options.get(package.id());
            let given = given.and_then(|all| all.iter().find(|(known, _)| known.value == *name));
            found.push(OptionOrigin {
                name: format!("{}.{name}", package.id()),
                value: raw.show(),
                from: if given.is_some() { "spec" } else { "default" }.to_owned(),
                place: given.and_then(|(name, _)| At::in_spec(self.base, name.span)),
            });
        }
        for (scope, root) in [(OptionScope::Entity, "entity"), (OptionScope::Field, "field")] {
            let Some(values) = context.get(&format!("{root}.option")).and_then(Value::as_map)
            else {
                continue;
            };
            for (option, value) in values.iter() {
                if reads.reach(&format!("{root}.option.{option}")) {
                    let name = context.get(&format!("{root}.name")).map_or_else(String::new, show);
                    let (from, place) = self.set_on(kit, scope, &name, option);
                    let name = format!("{}.{option}", package.id());
                    found.push(OptionOrigin { name, value: show(value), from, place });
                }
            }
        }
        found
    }

    /// Whether an entity or field sets an option of a kit, and where.
    fn set_on(
        &self,
        kit: usize,
        scope: OptionScope,
        of: &str,
        option: &str,
    ) -> (String, Option<At>) {
        let modules = self.base.composition.inputs.modules.iter();
        let id = self.base.kit(kit).id();
        let what = if scope == OptionScope::Entity { "entity" } else { "field" };
        for entity in modules.flat_map(|module| &module.entities) {
            let members = entity.members.iter().filter_map(|member| match member {
                kiln_model::Member::Field(field) => Some((&field.name.value, &field.options)),
                kiln_model::Member::BelongsTo(_) => None,
            });
            let own = std::iter::once((&entity.name.value, &entity.options));
            let all: Vec<_> =
                if scope == OptionScope::Entity { own.collect() } else { members.collect() };
            for (name, options) in all {
                let set = options
                    .iter()
                    .find(|set| set.kit.value == id && template_name(&set.option.value) == option);
                if let (true, Some(set)) = (name == of, set) {
                    return (format!("{what} {of}"), At::in_spec(self.base, set.option.span));
                }
            }
        }
        ("default".to_owned(), None)
    }

    /// A slot with its items.
    fn slot(&self, family: &str, slot: &str) -> Option<SlotOrigin> {
        let key = (family.to_owned(), slot.to_owned());
        let declared = self.base.slots.get(&key)?;
        let name = format!("{family}.{slot}");
        let items = self.items.slots.get(&key).into_iter().flatten();
        let items = items.map(|item| self.item(&name, item)).collect();
        Some(SlotOrigin { name, kit: self.base.kit(declared.owner).id().to_owned(), items })
    }

    fn item(&self, slot: &str, item: &Item) -> ItemOrigin {
        ItemOrigin {
            slot: slot.to_owned(),
            key: show(&item.key),
            entity: item.entity.map(|at| self.domain.entities[at].name.clone()),
            by: item
                .kit
                .map_or_else(|| "spec".to_owned(), |kit| self.base.kit(kit).id().to_owned()),
            place: item
                .place()
                .and_then(|(source, span)| (span != Span::default()).then(|| At::of(source, span))),
            parts: item
                .parts
                .iter()
                .map(|part| (part.field.clone(), format!("parts/{}", part.file)))
                .collect(),
        }
    }

    /// The options that a project could set, by kit: `kit.option`.
    #[must_use]
    pub fn option_names(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        for package in self.base.composition.kits {
            reach::each_option(&package.manifest.sections, &mut |option| {
                names.insert(format!("{}.{}", package.id(), option.declaration.name.value));
            });
        }
        names.into_iter().collect()
    }
}

/// The names of what a scope stands at.
fn repeated(locals: &[(&'static str, Value)]) -> Vec<Repeated> {
    let name = |value: &Value| {
        let name = value.field("name").or_else(|| value.field("id"));
        let first = || value.as_map().and_then(|map| map.iter().next().map(|(_, value)| value));
        name.or_else(first).map_or_else(String::new, |value| match value {
            Value::Str(text) => text.to_string(),
            other => show(other),
        })
    };
    let one = |(kind, value): &(&'static str, Value)| Repeated {
        kind: (*kind).to_owned(),
        name: name(value),
    };
    locals.iter().map(one).collect()
}
