//! A preset under a spec: what the spec says wins.

use kiln_base::{Diagnostic, Diagnostics, Span, Spanned, did_you_mean};
use kiln_model::{
    Add, Entity, KitOption, KitRequest, Member, Module, Raw, Scenario, Spec, Without,
};

/// The spec with what the preset brings.
///
/// Kits of the preset come first, with its options where the spec sets none, except those that `without` takes away.
/// Slot items, modules and entities of the preset come first, except those that the spec has too. Rules of ownership of
/// the preset come first, so that those of the spec hold. What comes from the preset stands, for messages, where the
/// spec names it.
///
/// # Errors
/// `without` of a kit that the preset does not have, or two entities of one name in different modules.
pub fn apply_scenario(spec: &Spec, scenario: &Scenario) -> Result<Spec, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    for without in &spec.without {
        check_without(spec, scenario, without, &mut diagnostics);
    }
    let span = spec.scenario.as_ref().map_or_else(Span::default, |name| name.span);
    let mut applied = spec.clone();
    applied.kits = kits(spec, scenario, span);
    applied.inputs.adds = adds(spec, scenario, span);
    applied.inputs.modules = modules(spec, scenario, span);
    check_entities(spec, &applied.inputs.modules, &mut diagnostics);
    let own_rules = std::mem::take(&mut applied.inputs.ownership);
    applied.inputs.ownership = scenario.ownership.clone();
    for rule in &mut applied.inputs.ownership {
        rule.glob.span = span;
    }
    applied.inputs.ownership.extend(own_rules);
    let own_foreign = std::mem::take(&mut applied.inputs.foreign);
    applied.inputs.foreign = scenario
        .foreign
        .iter()
        .filter(|foreign| own_foreign.iter().all(|own| own.target != foreign.target))
        .cloned()
        .map(|mut foreign| {
            foreign.target.span = span;
            foreign
        })
        .collect();
    applied.inputs.foreign.extend(own_foreign);
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(applied) }
}

fn check_without(
    spec: &Spec,
    scenario: &Scenario,
    without: &Without,
    diagnostics: &mut Diagnostics,
) {
    let known: Vec<&str> = scenario.kits.iter().map(|kit| kit.id.value.as_str()).collect();
    if known.contains(&without.id.value.as_str()) {
        return;
    }
    let message = format!(
        "the preset `{}` does not have the kit `{}`",
        scenario.name.value, without.id.value
    );
    diagnostics.push(
        Diagnostic::error("without-unknown", message).at(&spec.source, without.id.span, "").hint(
            did_you_mean(&without.id.value, known).unwrap_or_else(|| {
                "leave the line out; a kit that another one requires goes with that one".to_owned()
            }),
        ),
    );
}

fn kits(spec: &Spec, scenario: &Scenario, span: Span) -> Vec<KitRequest> {
    let mut kits: Vec<KitRequest> = Vec::new();
    for preset in &scenario.kits {
        if spec.without.iter().any(|without| without.id == preset.id) {
            continue;
        }
        let own = spec.kits.iter().find(|kit| kit.id == preset.id);
        kits.push(merged(preset, own, span));
    }
    let further = spec.kits.iter().filter(|kit| kits.iter().all(|other| other.id != kit.id));
    let further: Vec<KitRequest> = further.cloned().collect();
    kits.extend(further);
    kits
}

fn merged(preset: &KitRequest, own: Option<&KitRequest>, span: Span) -> KitRequest {
    let mut options: Vec<(Spanned<String>, Spanned<Raw>)> =
        own.map_or_else(Vec::new, |kit| kit.options.clone());
    let mut brought: Vec<_> = preset
        .options
        .iter()
        .filter(|(name, _)| options.iter().all(|(other, _)| other != name))
        .cloned()
        .collect();
    for (name, value) in &mut brought {
        name.span = span;
        value.span = span;
    }
    brought.append(&mut options);
    let range = preset.range.clone().map(|range| Spanned::new(range.value, span));
    KitRequest {
        id: own.map_or_else(|| Spanned::new(preset.id.value.clone(), span), |kit| kit.id.clone()),
        range: own.and_then(|kit| kit.range.clone()).or(range),
        from: own.and_then(|kit| kit.from.clone()),
        options: brought,
    }
}

fn adds(spec: &Spec, scenario: &Scenario, span: Span) -> Vec<Add> {
    let own = &spec.inputs.adds;
    let mut adds = Vec::new();
    for preset in &scenario.adds {
        let mut add = preset.clone();
        let same_slot = |other: &&Add| other.capability == add.capability && other.slot == add.slot;
        let taken: Vec<&Raw> =
            own.iter().filter(same_slot).flat_map(|add| &add.keys).map(|key| &key.value).collect();
        add.keys.retain(|key| !taken.contains(&&key.value));
        if add.keys.is_empty() {
            continue;
        }
        add.span = span;
        add.capability.span = span;
        add.slot.span = span;
        add.keys.iter_mut().for_each(|key| key.span = span);
        for (name, value) in &mut add.fields {
            name.span = span;
            value.span = span;
        }
        adds.push(add);
    }
    adds.extend(own.iter().cloned());
    adds
}

fn modules(spec: &Spec, scenario: &Scenario, span: Span) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    for preset in &scenario.modules {
        let own = spec.inputs.modules.iter().find(|module| module.name == preset.name);
        let own_entities = own.map_or(&[][..], |module| &module.entities);
        let mut entities: Vec<Entity> = preset
            .entities
            .iter()
            .filter(|entity| own_entities.iter().all(|other| other.name != entity.name))
            .cloned()
            .collect();
        entities.iter_mut().for_each(|entity| place_entity(entity, span));
        entities.extend(own_entities.iter().cloned());
        let mut module = own.unwrap_or(preset).clone();
        if own.is_none() {
            module.name.span = span;
            place(&mut module.was, span);
        }
        module.entities = entities;
        modules.push(module);
    }
    let further: Vec<Module> = spec
        .inputs
        .modules
        .iter()
        .filter(|module| modules.iter().all(|other| other.name != module.name))
        .cloned()
        .collect();
    modules.extend(further);
    modules
}

/// An entity of the preset and one of the spec may share a name by chance.
fn check_entities(spec: &Spec, modules: &[Module], diagnostics: &mut Diagnostics) {
    let mut seen: Vec<(&Entity, &Module)> = Vec::new();
    for module in modules {
        for entity in &module.entities {
            let Some((first, other)) = seen.iter().find(|(other, _)| other.name == entity.name)
            else {
                seen.push((entity, module));
                continue;
            };
            let message = format!(
                "the entity `{}` is in `{}` and in `{}`",
                entity.name.value, other.name.value, module.name.value
            );
            diagnostics.push(
                Diagnostic::error("duplicate-entity", message)
                    .at(&spec.source, entity.name.span, "")
                    .at(&spec.source, first.name.span, "")
                    .hint("one of them comes with the preset"),
            );
        }
    }
}

fn place<T>(value: &mut Option<Spanned<T>>, span: Span) {
    if let Some(value) = value {
        value.span = span;
    }
}

fn place_entity(entity: &mut Entity, span: Span) {
    entity.name.span = span;
    place(&mut entity.table, span);
    place(&mut entity.plural, span);
    place(&mut entity.was, span);
    for name in entity.indexes.iter_mut().chain(&mut entity.uniques).flatten() {
        name.span = span;
    }
    place_options(&mut entity.options, span);
    for member in &mut entity.members {
        match member {
            Member::Field(field) => {
                field.name.span = span;
                place(&mut field.default, span);
                place(&mut field.was, span);
                field.values.iter_mut().for_each(|value| value.span = span);
                place_options(&mut field.options, span);
            }
            Member::BelongsTo(relation) => {
                relation.target.span = span;
                place(&mut relation.role, span);
                place(&mut relation.was, span);
                place_options(&mut relation.options, span);
            }
        }
    }
}

fn place_options(options: &mut [KitOption], span: Span) {
    for option in options {
        option.kit.span = span;
        option.option.span = span;
        option.value.span = span;
    }
}
