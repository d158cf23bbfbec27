//! `add` and `remove`: which kits the project has.

use std::collections::BTreeSet;

use kiln_base::{Diagnostic, Diagnostics, did_you_mean};
use kiln_model::{Declaration, Raw, SectionKind, Spec, ValueType};
use kiln_resolve::Why;
use kiln_spec::Edit;
use semver::VersionReq;

use crate::ops::project::Project;
use crate::ops::words::{Deed, WordOptions, WordReport, edited, written};
use crate::ops::{Failure, Outcome};

/// What `add` is asked.
#[derive(Debug, Clone, Default)]
pub struct AddOptions {
    /// What all words have in common.
    pub common: WordOptions,
    /// Kits, each with `@RANGE` if not every version will do.
    pub kits: Vec<String>,
    /// Options: `OPTION=VALUE` of the only kit, else `KIT.OPTION=VALUE`.
    pub set: Vec<String>,
}

/// Adds kits to the spec, or changes their versions and options, and syncs.
///
/// # Errors
/// Kits that no library has, ranges and options that are none, and everything that solver and sync refuse.
pub fn add(options: &AddOptions) -> Outcome<WordReport> {
    let project = Project::open(&options.common.settings)?;
    let own = written(&project)?;
    let mut said = options.kits.clone();
    said.extend(options.set.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
    let mut deed = Deed::new("add", said, &project.spec.source.text);
    let wanted = read_kits(options, &project)?;
    for kit in &wanted {
        let edits = additions(kit, &own, &project);
        if edits.is_empty() {
            deed.already.push(format!("`{}` is in the project already", kit.id));
        }
        deed.spec = edited(&deed.spec, &edits)?;
    }
    deed.perform(project, &options.common)
}

struct Wanted {
    id: String,
    range: Option<String>,
    options: Vec<(String, Raw)>,
}

fn read_kits(options: &AddOptions, project: &Project) -> Outcome<Vec<Wanted>> {
    let mut problems = Diagnostics::new();
    let mut wanted: Vec<Wanted> = Vec::new();
    for text in &options.kits {
        let (id, range) = match text.split_once('@') {
            Some((id, range)) => (id, Some(range.to_owned())),
            None => (text.as_str(), None),
        };
        if project.kits.catalog.versions(id).is_empty() {
            problems.push(unknown_kit(id, project));
        }
        if let Some(Err(error)) = range.as_deref().map(VersionReq::parse) {
            let message = format!("`{text}` asks for no range of versions: {error}");
            problems.push(Diagnostic::error("bad-range", message).hint("such as `auth-jwt@^1.2`"));
        }
        wanted.push(Wanted { id: id.to_owned(), range, options: Vec::new() });
    }
    problems.finish(()).map_err(Failure::from)?;
    let mut problems = Diagnostics::new();
    for text in &options.set {
        if let Err(problem) = set(text, &mut wanted, project) {
            problems.push(problem);
        }
    }
    problems.finish(()).map_err(Failure::from)?;
    Ok(wanted)
}

fn unknown_kit(id: &str, project: &Project) -> Diagnostic {
    let known = project.kits.catalog.ids();
    Diagnostic::error("unknown-kit", format!("no library has a kit named `{id}`"))
        .hint(did_you_mean(id, known).unwrap_or_else(|| "`kiln search` lists all".to_owned()))
}

/// `OPTION=VALUE` or `KIT.OPTION=VALUE`.
fn set(text: &str, wanted: &mut [Wanted], project: &Project) -> Result<(), Diagnostic> {
    let usage = |why: &str| {
        Diagnostic::error("usage", format!("`{text}` {why}"))
            .hint("write `OPTION=VALUE`, or `KIT.OPTION=VALUE` with several kits")
    };
    let (name, value) = text.split_once('=').ok_or_else(|| usage("sets nothing"))?;
    let (kit, name) = match name.split_once('.') {
        Some((kit, name)) => (wanted.iter_mut().find(|one| one.id == kit), name),
        None if wanted.len() == 1 => (wanted.first_mut(), name),
        None => return Err(usage("does not say which kit's option it is")),
    };
    let kit = kit.ok_or_else(|| usage("is for none of these kits"))?;
    let Some(package) = project.kits.catalog.versions(&kit.id).last() else { return Ok(()) };
    let mut declared = Vec::new();
    declarations(&package.manifest.sections, &mut declared);
    let known = || declared.iter().map(|one| one.name.value.as_str());
    let Some(declaration) = declared.iter().find(|one| one.name.value == name) else {
        let message = format!("`{}` has no option `{name}`", kit.id);
        let hint = did_you_mean(name, known())
            .unwrap_or_else(|| format!("`kiln show {}` lists its options", kit.id));
        return Err(Diagnostic::error("unknown-option", message).hint(hint));
    };
    kit.options.push((name.to_owned(), raw(value, declaration)));
    Ok(())
}

fn declarations<'m>(sections: &'m [kiln_model::Section], found: &mut Vec<&'m Declaration>) {
    for section in sections {
        match &section.kind {
            SectionKind::Option(option) => found.push(&option.declaration),
            SectionKind::Condition(condition) => declarations(&condition.body, found),
            _ => {}
        }
    }
}

/// A value of the command line as the option's type has it. What does not fit is refused where specs are checked.
fn raw(text: &str, declaration: &Declaration) -> Raw {
    let word = || Raw::Text(text.to_owned());
    match declaration.value_type {
        ValueType::Bool => match text.trim_start_matches('#') {
            "true" => Raw::Bool(true),
            "false" => Raw::Bool(false),
            _ => word(),
        },
        ValueType::Int => text.parse().map_or_else(|_| word(), Raw::Int),
        ValueType::List if text.is_empty() => Raw::List(Vec::new()),
        ValueType::List => Raw::List(text.split(',').map(|one| one.trim().to_owned()).collect()),
        _ => word(),
    }
}

fn additions(kit: &Wanted, own: &Spec, project: &Project) -> Vec<Edit> {
    let Wanted { id, range, options } = kit;
    let mut edits = Vec::new();
    let without = own.without.iter().any(|without| without.id.value == *id);
    if without {
        edits.push(Edit::RemoveWithout { id: id.clone() });
    }
    let Some(known) = own.kits.iter().find(|known| known.id.value == *id) else {
        let preset = without || project.spec.kits.iter().any(|known| known.id.value == *id);
        if !preset || range.is_some() || !options.is_empty() {
            let (range, options) = (range.clone(), options.clone());
            edits.push(Edit::AddKit { id: id.clone(), range, from: None, options });
        }
        return edits;
    };
    if let Some(range) = range
        && known.range.as_ref().map(|range| range.value.clone()) != VersionReq::parse(range).ok()
    {
        edits.push(Edit::SetRange { kit: id.clone(), range: Some(range.clone()) });
    }
    for (name, value) in options {
        let set = known.options.iter().find(|(known, _)| known.value == *name);
        if set.is_none_or(|(_, old)| old.value != *value) {
            let (kit, option) = (id.clone(), name.clone());
            edits.push(Edit::SetOption { kit, option, value: value.clone() });
        }
    }
    edits
}

/// What `remove` is asked.
#[derive(Debug, Clone, Default)]
pub struct RemoveOptions {
    /// What all words have in common.
    pub common: WordOptions,
    /// Kits.
    pub kits: Vec<String>,
    /// For people: why a kit of the preset is not wanted.
    pub why: Option<String>,
}

/// Takes kits out of the spec, with their options, and syncs: what they wrote goes.
///
/// # Errors
/// Kits that are not in the project, kits that another one needs, and everything that solver and sync refuse.
pub fn remove(options: &RemoveOptions) -> Outcome<WordReport> {
    let project = Project::open(&options.common.settings)?;
    let own = written(&project)?;
    let mut deed = Deed::new("remove", options.kits.clone(), &project.spec.source.text);
    let mut problems = Diagnostics::new();
    let asked: BTreeSet<&String> = options.kits.iter().collect();
    for id in asked {
        let edits = removals(id, &own, &project, options.why.as_ref());
        if edits.is_empty() {
            match absent(id, &project) {
                Ok(already) => deed.already.push(already),
                Err(problem) => problems.push(problem),
            }
        }
        deed.spec = edited(&deed.spec, &edits)?;
    }
    problems.finish(()).map_err(Failure::from)?;
    if deed.spec != project.spec.source.text {
        refuse_needed("remove", &options.kits, &deed.spec, &options.common)?;
    }
    deed.perform(project, &options.common)
}

pub(crate) fn removals(id: &str, own: &Spec, project: &Project, why: Option<&String>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let written = own.kits.iter().any(|kit| kit.id.value == id);
    if written {
        edits.push(Edit::RemoveKit { id: id.to_owned() });
    }
    if preset_kits(project).contains(id) && own.without.iter().all(|other| other.id.value != id) {
        edits.push(Edit::SetWithout { id: id.to_owned(), why: why.cloned() });
    }
    edits
}

/// The kits that the spec's preset brings.
fn preset_kits(project: &Project) -> BTreeSet<String> {
    let source = project
        .spec
        .scenario
        .as_ref()
        .and_then(|scenario| project.kits.scenarios.get(&scenario.value));
    let preset = source.and_then(|source| kiln_spec::decode_scenario(source.clone()).ok());
    preset.iter().flat_map(|(preset, _)| &preset.kits).map(|kit| kit.id.value.clone()).collect()
}

/// Says that a kit is not there, or why it is although the spec does not name it.
fn absent(id: &str, project: &Project) -> Result<String, Diagnostic> {
    if let Some(Why::Required { by, name }) =
        project.resolve().ok().and_then(|resolved| resolved.resolution.why.get(id).cloned())
    {
        let message = format!("the spec does not ask for `{id}`: `{by}` requires `{name}`");
        return Err(Diagnostic::error("still-needed", message)
            .hint(format!("without both: kiln remove {by}")));
    }
    if project.kits.catalog.versions(id).is_empty() {
        return Err(unknown_kit(id, project));
    }
    Ok(format!("`{id}` is not in the project"))
}

/// A kit that others require would come back at once, and nobody would see why.
pub(crate) fn refuse_needed(
    command: &str,
    ids: &[String],
    spec: &str,
    options: &WordOptions,
) -> Outcome<()> {
    let settings = &options.settings;
    let project = Project::open(settings)?.with_spec(spec.to_owned(), settings)?;
    let why = project.resolve()?.resolution.why;
    let mut problems = Diagnostics::new();
    for id in ids {
        if let Some(Why::Required { by, name }) = why.get(id) {
            let message = format!("`{by}` requires `{name}`, so `{id}` cannot go");
            let hint = format!("let both go: kiln {command} {} {by}", ids.join(" "));
            problems.push(Diagnostic::error("still-needed", message).hint(hint));
        }
    }
    Ok(problems.finish(()).map(|_| ())?)
}
