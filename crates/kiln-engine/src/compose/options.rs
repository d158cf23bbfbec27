//! Options of kits: those given are checked against those declared, and get their types.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Source, Span, Spanned, did_you_mean};
use kiln_model::{
    Declaration, KitOption, OptionDeclaration, OptionScope, Package, Raw, RawOptions, Section,
    SectionKind, Value, ValueType,
};

use crate::compose::Composition;

/// The options of one kit.
#[derive(Debug, Default)]
pub(crate) struct KitOptions {
    /// Values as written, defaults included, for conditions.
    pub(crate) raw: RawOptions,
    /// What templates read as `option`.
    pub(crate) value: Value,
}

/// The name of an option or field as templates write it.
pub(crate) fn template_name(name: &str) -> String {
    name.replace(['-', ':', '.'], "_")
}

/// Adds a place in the spec if it is known there.
pub(crate) fn in_spec(
    diagnostic: Diagnostic,
    source: Option<&Arc<Source>>,
    span: Span,
    label: &str,
) -> Diagnostic {
    match source {
        Some(source) => diagnostic.at(source, span, label),
        None => diagnostic,
    }
}

struct Declared<'a> {
    option: &'a OptionDeclaration,
    active: bool,
}

fn declared<'a>(
    sections: &'a [Section],
    options: &RawOptions,
    active: bool,
    scope: OptionScope,
    found: &mut Vec<Declared<'a>>,
) {
    for section in sections {
        match &section.kind {
            SectionKind::Option(option) if option.scope == scope => {
                found.push(Declared { option, active })
            }
            SectionKind::Condition(condition) => {
                let holds = condition.asks_options_only() && condition.holds(options, &|_| false);
                declared(&condition.body, options, active && holds, scope, found);
            }
            _ => {}
        }
    }
}

/// The project-wide options of every kit, in the order of kits.
pub(crate) fn project_options(
    composition: &Composition<'_>,
    problems: &mut Diagnostics,
) -> Vec<KitOptions> {
    let none = Vec::new();
    let options = |package: &Arc<Package>| {
        let given = composition.options.get(package.id()).unwrap_or(&none);
        kit_options(package, given, composition.inputs.source.as_ref(), problems)
    };
    composition.kits.iter().map(options).collect()
}

fn kit_options(
    package: &Package,
    given: &[(Spanned<String>, Spanned<Raw>)],
    source: Option<&Arc<Source>>,
    problems: &mut Diagnostics,
) -> KitOptions {
    let values: RawOptions =
        given.iter().map(|(name, value)| (name.value.clone(), value.value.clone())).collect();
    let raw = package.manifest.effective_options(&values);
    let mut all = Vec::new();
    declared(&package.manifest.sections, &raw, true, OptionScope::Project, &mut all);
    for (name, value) in given {
        check_given(package, &all, name, value.span, source, problems);
    }
    let mut map = Value::map();
    for Declared { option, .. } in all.iter().filter(|declared| declared.active) {
        let name = &option.declaration.name.value;
        let place =
            given.iter().find(|(given, _)| given.value == *name).map(|(_, value)| value.span);
        match raw.get(name) {
            Some(value) => match typed(&option.declaration, value) {
                Ok(value) => map.set(template_name(name), value),
                Err(problem) => {
                    map.set(template_name(name), stand_in(&option.declaration));
                    let subject = format!("kit.{}.option.{name}", package.id());
                    let message = format!("`{}`: {}", package.id(), problem.message);
                    let diagnostic = Diagnostic::error("option-value", message)
                        .about(subject)
                        .hint_if(problem.hint);
                    problems.push(match place {
                        Some(span) => in_spec(diagnostic, source, span, ""),
                        None => diagnostic.at(
                            &package.source,
                            option.declaration.name.span,
                            "declared here",
                        ),
                    });
                }
            },
            None => {
                map.set(template_name(name), stand_in(&option.declaration));
                let message = format!("option `{name}` of `{}` must be given", package.id());
                let (declared, help) = (option.declaration.name.span, &option.declaration.help);
                problems.push(
                    Diagnostic::error("option-missing", message)
                        .about(format!("kit.{}", package.id()))
                        .at(&package.source, declared, help.clone())
                        .hint(format!("kits {{ {} {{ {name} … }} }}", package.id())),
                );
            }
        }
    }
    KitOptions { raw, value: map.build() }
}

/// A value of the declared type in the place of one that is refused: who reads it has nothing to say.
fn stand_in(declaration: &Declaration) -> Value {
    let default = declaration.default.iter().map(|default| &default.value);
    let chosen = declaration.choices.first().map(|choice| &choice.value);
    let least = declaration.min.as_ref().map(|min| &min.value);
    let known = default.chain(chosen).chain(least).find_map(|raw| typed(declaration, raw).ok());
    known.unwrap_or_else(|| match declaration.value_type {
        ValueType::String | ValueType::Text => Value::from("unknown"),
        ValueType::Int | ValueType::Duration | ValueType::Size => Value::from(0_i64),
        ValueType::Bool => Value::from(false),
        ValueType::List => Value::list(Vec::<Value>::new()),
    })
}

fn check_given(
    package: &Package,
    all: &[Declared<'_>],
    name: &Spanned<String>,
    value: Span,
    source: Option<&Arc<Source>>,
    problems: &mut Diagnostics,
) {
    let found: Vec<&Declared<'_>> =
        all.iter().filter(|d| d.option.declaration.name.value == name.value).collect();
    let subject = format!("kit.{}.option.{}", package.id(), name.value);
    if found.is_empty() {
        let known: Vec<&str> =
            all.iter().map(|d| d.option.declaration.name.value.as_str()).collect();
        let hint = did_you_mean(name, known.iter().copied()).unwrap_or_else(|| {
            if known.is_empty() {
                format!("`{}` has no options", package.id())
            } else {
                format!("options of `{}`: {}", package.id(), known.join(", "))
            }
        });
        let message = format!("`{}` has no option `{}`", package.id(), name.value);
        problems.push(
            in_spec(
                Diagnostic::error("unknown-option", message).about(subject),
                source,
                name.span,
                "",
            )
            .hint(hint),
        );
    } else if found.iter().all(|declared| !declared.active) {
        let message = format!(
            "option `{}` of `{}` counts only under a condition that does not hold",
            name.value,
            package.id()
        );
        problems.push(
            in_spec(
                Diagnostic::error("inactive-option", message).about(subject),
                source,
                name.span,
                "set here",
            )
            .at(
                &package.source,
                found[0].option.declaration.name.span,
                "declared under a condition",
            ),
        );
    } else if let Some(instead) =
        found.iter().find_map(|declared| declared.option.deprecated.as_ref())
    {
        let message =
            format!("option `{}` of `{}` is deprecated: {instead}", name.value, package.id());
        problems.push(in_spec(
            Diagnostic::warning("deprecated-option", message).about(subject),
            source,
            value,
            "",
        ));
    }
}

/// The options of one kit on one entity or field: given, else default.
pub(crate) fn scoped_options(
    package: &Package,
    project: &RawOptions,
    scope: OptionScope,
    given: &[KitOption],
    source: Option<&Arc<Source>>,
    problems: &mut Diagnostics,
) -> KitOptions {
    let mut all = Vec::new();
    declared(&package.manifest.sections, project, true, scope, &mut all);
    let mut options = KitOptions::default();
    let mut map = Value::map();
    for Declared { option, .. } in all.iter().filter(|declared| declared.active) {
        let name = &option.declaration.name.value;
        let own = given
            .iter()
            .find(|given| given.kit.value == package.id() && given.option.value == *name);
        let value = own.map(|own| &own.value.value).or(option
            .declaration
            .default
            .as_ref()
            .map(|d| &d.value));
        let Some(value) = value else { continue };
        match typed(&option.declaration, value) {
            Ok(value) => map.set(template_name(name), value),
            Err(problem) => {
                let message = format!("`{}`: {}", package.id(), problem.message);
                let diagnostic = Diagnostic::error("option-value", message).hint_if(problem.hint);
                let span = own.map_or_else(Span::default, |own| own.value.span);
                problems.push(in_spec(diagnostic, source, span, ""));
            }
        }
        options.raw.insert(name.clone(), value.clone());
    }
    options.value = map.build();
    options
}

/// Every option that is set on an entity or field must be declared by a kit of the project.
pub(crate) fn check_scoped(
    kits: &[Arc<Package>],
    project: &[KitOptions],
    scope: OptionScope,
    given: &[KitOption],
    composition: &Composition<'_>,
    problems: &mut Diagnostics,
) {
    let source = composition.inputs.source.as_ref();
    for option in given {
        let Some(at) = kits.iter().position(|package| package.id() == option.kit.value) else {
            let known = kits.iter().map(|package| package.id());
            let message = format!("`{}` is no kit of this project", option.kit.value);
            // Options of a kit that the library has and the project lacks are left aside, so that a kit can be
            // taken out by one line.
            if !composition.names.contains(&option.kit.value) {
                let diagnostic = Diagnostic::error("unknown-kit", message)
                    .hint_if(did_you_mean(&option.kit, known));
                problems.push(in_spec(diagnostic, source, option.kit.span, ""));
            }
            continue;
        };
        let mut all = Vec::new();
        declared(&kits[at].manifest.sections, &project[at].raw, true, scope, &mut all);
        if !all.iter().any(|declared| declared.option.declaration.name.value == option.option.value)
        {
            let known = all.iter().map(|declared| declared.option.declaration.name.value.as_str());
            let what = if scope == OptionScope::Entity { "entities" } else { "fields" };
            let message = format!(
                "`{}` has no option `{}` for {what}",
                option.kit.value, option.option.value
            );
            let diagnostic = Diagnostic::error("unknown-option", message)
                .hint_if(did_you_mean(&option.option, known));
            problems.push(in_spec(diagnostic, source, option.option.span, ""));
        }
    }
}

pub(crate) use kiln_spec::typed;

/// Options by kit, for one entity or field.
pub(crate) type ByKit = BTreeMap<usize, KitOptions>;
