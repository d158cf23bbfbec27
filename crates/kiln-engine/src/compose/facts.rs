//! What is known before entities and items: presence, options, active sections, facts and slot declarations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Forms, Source, Span, Spanned, did_you_mean};
use kiln_model::{Fact, Package, Raw, SectionKind, Slot, Value};

use crate::compose::Composition;
use crate::compose::options::{KitOptions, project_options, template_name};
use crate::compose::presence::{Active, Presence, active, family, readable};
use crate::template::Placeholder;

/// A slot and the kit that declares it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeclaredSlot<'a> {
    pub(crate) slot: &'a Slot,
    pub(crate) owner: usize,
}

/// The project as far as it depends on no entity.
pub(crate) struct Base<'a> {
    pub(crate) composition: &'a Composition<'a>,
    pub(crate) presence: Presence,
    pub(crate) options: Vec<KitOptions>,
    pub(crate) active: Vec<Vec<Active<'a>>>,
    pub(crate) readable: Vec<BTreeSet<String>>,
    pub(crate) project: Value,
    /// Facts by family and name.
    pub(crate) facts: BTreeMap<String, BTreeMap<String, Value>>,
    /// Slots by family and name.
    pub(crate) slots: BTreeMap<(String, String), DeclaredSlot<'a>>,
}

/// The forms of a name as a map, with those of its plural under `plural`.
pub(crate) fn forms_with_plural(name: &str, plural: &str) -> Value {
    let mut forms = Forms::of(plural);
    plural.clone_into(&mut forms.name);
    Value::map().forms(&Forms::of(name)).with("plural", Value::map().forms(&forms).build()).build()
}

impl<'a> Base<'a> {
    pub(crate) fn of(composition: &'a Composition<'a>, problems: &mut Diagnostics) -> Self {
        let options = project_options(composition, problems);
        let raw: Vec<_> = options.iter().map(|options| options.raw.clone()).collect();
        let presence = Presence::of(composition.kits, &raw);
        let kits = composition.kits.iter().zip(&raw);
        let active = kits.map(|(package, raw)| active(&package.manifest, raw, &presence)).collect();
        let readable = composition.kits.iter().map(|package| readable(&package.manifest)).collect();
        let project = &composition.inputs.project;
        let project = Value::map()
            .merge(&forms_with_plural(&project.name, &kiln_base::plural(&project.name)))
            .with("title", project.title.as_str())
            .with("summary", project.summary.as_str())
            .with("scale", project.scale.as_str())
            .build();
        let mut base = Self {
            composition,
            presence,
            options,
            active,
            readable,
            project,
            facts: BTreeMap::new(),
            slots: BTreeMap::new(),
        };
        base.check_reserved_project(problems);
        for at in 0..composition.kits.len() {
            base.declare(at, problems);
        }
        base
    }

    pub(crate) fn kit(&self, at: usize) -> &'a Arc<Package> {
        &self.composition.kits[at]
    }

    fn check_reserved_project(&self, problems: &mut Diagnostics) {
        let name = &self.composition.inputs.project.name;
        self.check_reserved(kiln_model::ReserveKind::Project, name, problems);
    }

    /// Reports a name that a kit reserves.
    pub(crate) fn check_reserved(
        &self,
        kind: kiln_model::ReserveKind,
        name: &Spanned<String>,
        problems: &mut Diagnostics,
    ) {
        let snake = Forms::of(name).snake;
        for (at, sections) in self.active.iter().enumerate() {
            for active in sections {
                let SectionKind::Reserve(reserve) = &active.section.kind else { continue };
                if reserve.kind == kind
                    && reserve.names.iter().any(|reserved| Forms::of(reserved).snake == snake)
                {
                    let message = format!(
                        "`{}` cannot be the name of a {}: `{}` reserves it, {}",
                        name.value,
                        kind.name(),
                        self.kit(at).id(),
                        reserve.why
                    );
                    let source = self.composition.inputs.source.as_ref();
                    let problem =
                        Diagnostic::error("reserved-name", message).hint("take another name");
                    problems.push(crate::compose::options::in_spec(problem, source, name.span, ""));
                }
            }
        }
    }

    fn declare(&mut self, at: usize, problems: &mut Diagnostics) {
        let sections: Vec<Active<'a>> = self.active[at].clone();
        for active in &sections {
            let SectionKind::Provides(provides) = &active.section.kind else { continue };
            let families: BTreeSet<&str> = provides.names.iter().map(|name| family(name)).collect();
            for fact in &provides.facts {
                let value = self.fact_value(at, fact, problems);
                for family in &families {
                    self.state(at, family, fact, value.clone(), problems);
                }
            }
            for slot in &provides.slots {
                for family in &families {
                    let key = ((*family).to_owned(), slot.name.value.clone());
                    let declared = DeclaredSlot { slot, owner: at };
                    if let Some(other) = self.slots.insert(key, declared) {
                        let (a, b) = (self.kit(other.owner), self.kit(at));
                        problems.push(
                            Diagnostic::error(
                                "slot-twice",
                                format!("slot `{family}.{}` is declared twice", slot.name.value),
                            )
                            .at(&b.source, slot.name.span, format!("by `{}`", b.id()))
                            .at(
                                &a.source,
                                other.slot.name.span,
                                format!("by `{}`", a.id()),
                            ),
                        );
                    }
                }
            }
        }
    }

    fn state(
        &mut self,
        at: usize,
        family: &str,
        fact: &Fact,
        value: Value,
        problems: &mut Diagnostics,
    ) {
        let stated = self.facts.entry(family.to_owned()).or_default();
        if stated.insert(template_name(&fact.name), value).is_some() {
            let package = self.kit(at);
            problems.push(
                Diagnostic::error(
                    "fact-twice",
                    format!("fact `{family}.{}` is stated twice", fact.name.value),
                )
                .at(&package.source, fact.name.span, ""),
            );
        }
    }

    fn fact_value(&self, at: usize, fact: &Fact, problems: &mut Diagnostics) -> Value {
        match self.evaluate(at, &fact.value.value, &|_| None) {
            Ok(value) => value,
            Err(error) => {
                problems.push(self.placeholder_problem(at, &error, fact.value.span));
                Value::Null
            }
        }
    }

    /// A raw value with its placeholders filled in. `scope` answers first; then project, options and facts.
    pub(crate) fn evaluate(
        &self,
        at: usize,
        raw: &Raw,
        scope: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<Value, Unknown> {
        Ok(match raw {
            Raw::Null | Raw::Part(_) => Value::Null,
            Raw::Bool(value) => Value::from(*value),
            Raw::Int(value) => Value::from(*value),
            Raw::Text(text) => self.fill(at, text, scope)?,
            Raw::List(texts) => {
                let values: Result<Vec<Value>, Unknown> =
                    texts.iter().map(|text| self.fill(at, text, scope)).collect();
                Value::list(values?)
            }
        })
    }

    /// A text with its placeholders filled in.
    pub(crate) fn fill(
        &self,
        at: usize,
        text: &str,
        scope: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<Value, Unknown> {
        let unknown = |message: String, hint: Option<String>| Unknown { message, hint };
        let placeholder = Placeholder::parse(text).map_err(|error| unknown(error.message, None))?;
        if placeholder.is_plain() {
            // Braces that are doubled still have to become single ones.
            return placeholder.evaluate(|_| None).map_err(|error| unknown(error.message, None));
        }
        placeholder
            .evaluate(|path| {
                // Names may be written as in manifests, with `-`.
                let path = &path.replace('-', "_");
                scope(path).or_else(|| self.lookup(at, path))
            })
            .map_err(|error| unknown(error.message, self.hint(at, &placeholder)))
    }

    fn hint(&self, at: usize, placeholder: &Placeholder) -> Option<String> {
        let wrong = placeholder.names().find(|name| self.lookup(at, name.value).is_none())?;
        let root = wrong.value.split('.').next()?;
        if self.presence.has(root) && !self.readable[at].contains(root) {
            let id = self.kit(at).id();
            return Some(format!(
                "`{id}` does not require `{root}` or name it in a condition, so it may not read it"
            ));
        }
        let known: Vec<String> = match self.lookup(at, root) {
            Some(Value::Map(map)) => map.names().map(|name| format!("{root}.{name}")).collect(),
            _ => ["project", "option", "module", "entity", "field", "item", "change", "chain"]
                .into_iter()
                .map(str::to_owned)
                .chain(self.readable[at].iter().map(|name| template_name(name)))
                .collect(),
        };
        did_you_mean(wrong.value, known.iter().map(String::as_str))
    }

    /// What `path` names outside of any entity or item.
    pub(crate) fn lookup(&self, at: usize, path: &str) -> Option<Value> {
        let (root, rest) =
            path.split_once('.').map_or((path, None), |(root, rest)| (root, Some(rest)));
        let value = match root {
            "project" => self.project.clone(),
            "option" => self.options[at].value.clone(),
            _ => {
                let name = self.readable[at].iter().find(|name| template_name(name) == root)?;
                if !self.presence.has(name) {
                    return None;
                }
                self.fact_map(name)
            }
        };
        rest.map_or(Some(value.clone()), |rest| value.get(rest).cloned())
    }

    /// The facts of a capability, or of all that a kit provides; with `kit` and `flavour`.
    pub(crate) fn fact_map(&self, name: &str) -> Value {
        let mut map = Value::map();
        map.set("kit", self.presence.providers(name).next().map(|at| self.kit(at).id()));
        let flavour = name.split_once(':').map(|(_, flavour)| flavour.to_owned());
        let flavour = flavour.or_else(|| self.presence.flavours(name).next().map(str::to_owned));
        map.set("flavour", flavour);
        for family in self.families(name) {
            for (fact, value) in self.facts.get(&family).into_iter().flatten() {
                map.set(fact.as_str(), value.clone());
            }
        }
        map.build()
    }

    /// The families that a name stands for: its own, or those of the kit that it names.
    pub(crate) fn families(&self, name: &str) -> Vec<String> {
        let own = family(name).to_owned();
        let mut families = vec![own.clone()];
        if let Some(at) = self.composition.kits.iter().position(|package| package.id() == name) {
            for active in &self.active[at] {
                if let SectionKind::Provides(provides) = &active.section.kind {
                    families.extend(
                        provides
                            .names
                            .iter()
                            .map(|name| family(name).to_owned())
                            .filter(|f| *f != own),
                    );
                }
            }
            families.sort();
            families.dedup();
        }
        families
    }

    /// A diagnostic for a placeholder of a manifest.
    pub(crate) fn placeholder_problem(
        &self,
        at: usize,
        unknown: &Unknown,
        span: Span,
    ) -> Diagnostic {
        let package = self.kit(at);
        Diagnostic::error("placeholder", unknown.message.clone())
            .at(&package.source, span, "")
            .hint_if(unknown.hint.clone())
    }

    /// The text of the spec, if it is known.
    pub(crate) fn spec(&self) -> Option<&'a Arc<Source>> {
        self.composition.inputs.source.as_ref()
    }
}

/// A placeholder that names nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}
