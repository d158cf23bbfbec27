//! What manifests and templates read of what depends on the option.

use std::collections::BTreeSet;

use kiln_model::{OptionScope, Raw, SectionKind};

use crate::compose::explain::reach::{Mark, Walk, each_option};
use crate::compose::options::template_name;
use crate::compose::outputs::{Action, Origin};
use crate::compose::presence::family;
use crate::template::{Placeholder, Template};

impl<'w> Walk<'w> {
    pub(super) fn each(&self, kit: usize, each: &str) -> bool {
        self.each_mark(kit, each).is_some()
    }

    /// The slot or list that something is repeated by, if it depends on the option.
    pub(super) fn each_mark(&self, kit: usize, each: &str) -> Option<Mark> {
        if let Some(option) = each.strip_prefix("option.") {
            return Some(Mark::Option(kit, option.to_owned())).filter(|mark| self.has(mark));
        }
        let (capability, slot) = each.split_once('.')?;
        let own = family(capability);
        let present = Mark::Name(capability.to_owned());
        // A field of an item changes what is read of it, not how many there are.
        let of_slot = |mark: &&Mark| matches!(mark, Mark::Slot(f, s) if f == own && s == slot);
        self.marks.iter().find(of_slot).cloned().or_else(|| Some(present).filter(|m| self.has(m)))
    }

    /// True if a value of a manifest depends on the option.
    pub(super) fn raw(&self, kit: usize, raw: &Raw, each: Option<&str>) -> bool {
        match raw {
            Raw::Text(text) => !self.names_in(kit, text, each).is_empty(),
            Raw::List(texts) => texts.iter().any(|text| !self.names_in(kit, text, each).is_empty()),
            Raw::Part(_) | Raw::Null | Raw::Bool(_) | Raw::Int(_) => false,
        }
    }

    /// What the placeholders of a text name that depends on the option.
    pub(super) fn names_in(&self, kit: usize, text: &str, each: Option<&str>) -> Vec<Mark> {
        let Ok(placeholder) = Placeholder::parse(text) else { return Vec::new() };
        let mut found = Vec::new();
        for name in placeholder.names() {
            let name = name.value.replace('-', "_");
            let (root, rest) = name.split_once('.').unwrap_or((&name, ""));
            let first = rest.split('.').next().unwrap_or("");
            for mark in &self.marks {
                let hit = match mark {
                    Mark::Option(of, option) => {
                        let own = template_name(option);
                        *of == kit
                            && self.scopes(*of, option).iter().any(|scope| match scope {
                                OptionScope::Project => root == "option" && first == own,
                                OptionScope::Entity | OptionScope::Field => {
                                    matches!(root, "entity" | "field")
                                        && rest.strip_prefix("option.") == Some(own.as_str())
                                }
                            })
                    }
                    Mark::Entities => matches!(root, "field"),
                    Mark::Steps => root == "change",
                    Mark::Fact(family, fact) => {
                        self.aliases(kit, family).any(|alias| alias == root)
                            && (rest.is_empty() || first == *fact)
                    }
                    Mark::Name(name) => template_name(name) == root && self.may_read(kit, name),
                    Mark::Slot(own, slot) => root == "item" && self.repeats(each, own, slot),
                    Mark::Field(own, slot, field) => {
                        root == "item" && first == *field && self.repeats(each, own, slot)
                    }
                };
                if hit {
                    found.push(mark.clone());
                }
            }
        }
        found
    }

    fn may_read(&self, kit: usize, name: &str) -> bool {
        self.inquiry.base.readable[kit].contains(name)
    }

    /// The names under which templates of a kit read a family.
    fn aliases(&self, kit: usize, family: &str) -> impl Iterator<Item = String> + use<'w> {
        let base = self.inquiry.base;
        let family = family.to_owned();
        base.readable[kit]
            .iter()
            .filter(move |name| base.families(name).contains(&family))
            .map(|name| template_name(name))
    }

    /// What an option may be set on: a name may be declared for several.
    fn scopes(&self, kit: usize, option: &str) -> Vec<OptionScope> {
        let mut scopes = Vec::new();
        each_option(&self.inquiry.base.kit(kit).manifest.sections, &mut |known| {
            if known.declaration.name.value == option && !scopes.contains(&known.scope) {
                scopes.push(known.scope);
            }
        });
        scopes
    }

    pub(super) fn part(&self, kit: usize, file: &str, each: Option<&str>) -> bool {
        let templates = &self.inquiry.plan.templates[kit];
        templates.part(file).is_some_and(|part| !self.reads(kit, part, each).is_empty())
    }

    /// What an output's templates read that depends on the option.
    pub(super) fn reads_of(&self, action: &Action) -> BTreeSet<Mark> {
        let mut found = BTreeSet::new();
        if let Origin::Template(name) = &action.origin
            && let Ok(template) = self.inquiry.plan.find(action.kit, name)
        {
            let each = match self.inquiry.section(action) {
                Some(SectionKind::Files(files)) => files.each.as_ref().map(|e| e.value.as_str()),
                _ => None,
            };
            found.extend(self.reads(action.kit, template, each));
            if action.change.is_some() && self.has(&Mark::Steps) {
                found.insert(Mark::Steps);
            }
        }
        for attached in &action.attached {
            if let Ok(template) = self.inquiry.plan.find(attached.kit, &attached.template) {
                found.extend(self.reads(attached.kit, template, None));
            }
        }
        found
    }

    fn reads(&self, kit: usize, template: Template<'_>, each: Option<&str>) -> BTreeSet<Mark> {
        let reads = template.reads();
        let hit = |mark: &&Mark| match mark {
            Mark::Option(of, option) => {
                let name = template_name(option);
                let scopes = self.scopes(*of, option);
                let mut roots = scopes.iter().flat_map(|scope| roots(*scope));
                *of == kit
                    && (roots.any(|root| reads.reach(&format!("{root}.{name}")))
                        || each.and_then(|each| each.strip_prefix("option.")) == Some(option)
                            && reads.reach("item"))
            }
            Mark::Fact(family, fact) => {
                self.aliases(kit, family).any(|alias| reads.reach(&format!("{alias}.{fact}")))
            }
            Mark::Name(name) => {
                self.may_read(kit, name) && reads.reach(&template_name(name))
                    || self.kits.contains(name) && reads.reach("kits")
            }
            Mark::Slot(family, slot) => {
                let slot_name = template_name(slot);
                self.aliases(kit, family).any(|alias| reads.reach(&format!("{alias}.{slot_name}")))
                    || self.repeats(each, family, slot) && reads.reach("item")
            }
            Mark::Field(family, slot, field) => {
                let slot_name = template_name(slot);
                let per_entity = self
                    .inquiry
                    .base
                    .slots
                    .get(&(family.clone(), slot.clone()))
                    .is_some_and(|declared| declared.slot.per_entity);
                self.aliases(kit, family).any(|alias| {
                    let path = format!("{alias}.{slot_name}");
                    reads.reach(&if per_entity { path } else { format!("{path}.{field}") })
                }) || self.repeats(each, family, slot) && reads.reach(&format!("item.{field}"))
            }
            Mark::Entities => {
                ["entity", "entities", "module.entities", "modules.entities", "field"]
                    .iter()
                    .any(|root| reads.reach(root))
            }
            Mark::Steps => reads.reach("change"),
        };
        self.marks.iter().filter(hit).cloned().collect()
    }

    fn repeats(&self, each: Option<&str>, of: &str, slot: &str) -> bool {
        each.and_then(|each| each.split_once('.'))
            .is_some_and(|(capability, name)| family(capability) == of && name == slot)
    }
}

/// Where templates read the options of a scope.
const fn roots(scope: OptionScope) -> &'static [&'static str] {
    match scope {
        OptionScope::Project => &["option"],
        OptionScope::Entity => &[
            "entity.option",
            "entities.option",
            "module.entities.option",
            "modules.entities.option",
        ],
        OptionScope::Field => &[
            "field.option",
            "entity.fields.option",
            "entities.fields.option",
            "module.entities.fields.option",
            "modules.entities.fields.option",
        ],
    }
}
