//! The plan: every output with its place, source, ownership and scope.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use kiln_base::{Diagnostic, Diagnostics, RelPath, Source, Span, Spanned};
use kiln_model::{Computed, Files, Ownership, OwnershipWord, Package, SectionKind, Value};
use kiln_schema::{Record, Renderer, Rule};
use rayon::prelude::*;

use crate::compose::context::{Views, change_context, kit_context};
use crate::compose::documents::{Attached, attachments};
use crate::compose::entities::Domain;
use crate::compose::facts::Base;
use crate::compose::items::{Items, each_items};
use crate::compose::presence::{Active, family};
use crate::compose::repeat::{Roots, Scope, scopes};
use crate::compose::{Composition, PackageRequest, PackageUniverse, schema};
use crate::template::{RENDER_VERSION, TemplateSource, Templates};

/// What an output is made from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// A template of the kit, by its path in the kit.
    Template(String),
    /// Bytes that are copied.
    Copy(Arc<[u8]>),
    /// A dependency lock.
    Lock { universe: Arc<dyn PackageUniverse>, group: String, requests: Vec<PackageRequest> },
}

/// One output to render.
#[derive(Clone)]
pub struct Action {
    /// Where it goes.
    pub path: RelPath,
    /// Where its kit puts it, if the spec moved it.
    pub home: RelPath,
    /// The kit that writes it, by its place in the order of kits.
    pub(crate) kit: usize,
    /// The name of the kit.
    pub kit_id: String,
    /// The part that it is in `kiln.sum`: the kit, or `kit/module.Entity`.
    pub part: String,
    /// The file of the kit that it comes from.
    pub source: String,
    /// Who may change it.
    pub ownership: Ownership,
    /// It starts with `#!`.
    pub executable: bool,
    /// The step of the schema that it renders, by revision.
    pub change: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) locals: Vec<(&'static str, Value)>,
    pub(crate) attached: Vec<Attached>,
}

/// A file that the project's own tools make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedOutput {
    /// Where it is.
    pub path: RelPath,
    /// How it is made.
    pub by: String,
    /// The kit that names it.
    pub kit_id: String,
}

/// What a person should run after a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// The command or sentence.
    pub text: String,
    /// Only if an output that one of these matches has changed; always if there is none.
    pub when_changed: Vec<String>,
    /// The kit that says so.
    pub kit_id: String,
}

/// A slot as one kit's templates see it.
#[derive(Debug, Clone)]
pub(crate) struct SeenSlot {
    /// `capability.slot`, as templates write it.
    pub(crate) path: String,
    /// By part in `kiln.sum`: the canonical text of its items.
    pub(crate) parts: Arc<BTreeMap<String, String>>,
}

/// What will be written.
pub struct Plan {
    /// Outputs, by path.
    pub actions: Vec<Action>,
    /// Paths that the spec excludes although a kit would write them.
    pub excluded: Vec<RelPath>,
    /// Files that the project's own tools make.
    pub derived: Vec<DerivedOutput>,
    /// What to run afterwards.
    pub next: Vec<NextStep>,
    /// Steps of the schema that are not in the history yet.
    pub new_records: Vec<Record>,
    /// What a person should know.
    pub warnings: Diagnostics,
    pub(crate) project: String,
    pub(crate) contexts: Vec<Value>,
    pub(crate) change_contexts: Vec<Value>,
    pub(crate) slots: Vec<Vec<SeenSlot>>,
    pub(crate) templates: Vec<Arc<Templates>>,
    pub(crate) sources: Vec<Arc<Source>>,
}

/// Works out the plan of a composition.
pub(crate) fn plan(composition: &Composition<'_>) -> Result<Plan, Diagnostics> {
    let mut problems = Diagnostics::new();
    let base = Base::of(composition, &mut problems);
    let domain = Domain::of(&base, &mut problems);
    check_additions(&base, &mut problems);
    // What follows would only repeat what is already wrong.
    if problems.has_errors() {
        return Err(problems);
    }
    let tables: BTreeMap<_, _> =
        domain.own().map(|(at, _)| (at, schema::table(&base, &domain, at, Vec::new()))).collect();
    let mut views = Views::of(&base, &domain, &tables, Vec::new());
    let mut items = Items::of(&base, &views, &mut problems);
    add_ranges(&base, &mut items, &mut problems);
    let templates = templates(&base, &mut problems);
    let data = data_tables(&base, &mut problems);
    if problems.has_errors() {
        return Err(problems);
    }
    let mut planner = Planner { base: &base, data, templates, problems };
    let new_records = planner.steps(&domain, &views, &items);
    views.changes = composition
        .history
        .chains
        .values()
        .flatten()
        .cloned()
        .chain(new_records.iter().cloned())
        .collect();
    planner.render_parts(&views, &mut items);
    planner.finish(&views, &items, new_records)
}

struct Planner<'a> {
    base: &'a Base<'a>,
    data: Vec<Value>,
    templates: Vec<Arc<Templates>>,
    problems: Diagnostics,
}

/// Names that `requires`, conditions and additions mention must exist in the libraries.
fn check_additions(base: &Base<'_>, problems: &mut Diagnostics) {
    for (at, sections) in base.active.iter().enumerate() {
        for active in sections {
            if let SectionKind::Changes(changes) = &active.section.kind {
                problems.push(
                    Diagnostic::error(
                        "not-yet",
                        "`changes` between versions of a kit is not supported yet",
                    )
                    .at(&base.kit(at).source, changes.version.span, ""),
                );
            }
        }
    }
}

/// Templates of every kit: the files of folders that are in use, partial documents and parts.
fn templates(base: &Base<'_>, problems: &mut Diagnostics) -> Vec<Arc<Templates>> {
    let kits: Vec<usize> = (0..base.composition.kits.len()).collect();
    let parsed: Vec<Result<Templates, Diagnostics>> = kits
        .par_iter()
        .map(|at| {
            let package = base.kit(*at);
            let mut files = Vec::new();
            for active in &base.active[*at] {
                let folder = match &active.section.kind {
                    SectionKind::Files(section) if !section.verbatim => {
                        format!("files/{}/", section.folder.value)
                    }
                    SectionKind::Merge(section) => format!("merge/{}/", section.folder.value),
                    _ => continue,
                };
                files.extend(
                    sources(package, &folder)
                        .filter(|file: &TemplateSource| file.name.starts_with(&folder)),
                );
            }
            files.sort_by(|a, b| a.name.cmp(&b.name));
            files.dedup_by(|a, b| a.name == b.name);
            let parts = sources(package, "parts/").map(|mut part| {
                part.name = part.name["parts/".len()..].to_owned();
                part
            });
            Templates::new(files, parts.collect())
        })
        .collect();
    let mut all = Vec::new();
    for parsed in parsed {
        match parsed {
            Ok(templates) => all.push(Arc::new(templates)),
            Err(errors) => problems.extend(errors),
        }
    }
    all
}

fn sources<'p>(package: &'p Package, folder: &'p str) -> impl Iterator<Item = TemplateSource> + 'p {
    package.files.iter().filter(move |(path, _)| path.as_str().starts_with(folder)).filter_map(
        |(path, file)| {
            let text = std::str::from_utf8(&file.bytes).ok()?;
            Some(TemplateSource {
                name: path.as_str().to_owned(),
                source: Source::new(format!("{}/{path}", package.id()), text),
            })
        },
    )
}

fn data_tables(base: &Base<'_>, problems: &mut Diagnostics) -> Vec<Value> {
    let table = |package: &Arc<Package>, problems: &mut Diagnostics| {
        let mut map = Value::map();
        for (path, _) in package.files.iter().filter(|(path, _)| path.as_str().starts_with("data/"))
        {
            let Some(name) = path.file_name().strip_suffix(".toml") else { continue };
            let text = package.text(path.as_str()).unwrap_or_default();
            match text.parse::<toml::Table>() {
                Ok(table) => map.set(
                    crate::compose::options::template_name(name),
                    toml_value(&toml::Value::Table(table)),
                ),
                Err(error) => {
                    let span = error
                        .span()
                        .map_or_else(Span::default, |range| Span::new(range.start, range.end));
                    let source = Source::new(format!("{}/{path}", package.id()), text);
                    problems.push(
                        Diagnostic::error("data-table", error.message().to_owned())
                            .at(&source, span, ""),
                    );
                }
            }
        }
        map.build()
    };
    base.composition.kits.iter().map(|package| table(package, problems)).collect()
}

fn toml_value(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(number.to_string()),
        toml::Value::Boolean(value) => Value::from(*value),
        toml::Value::Datetime(time) => Value::from(time.to_string()),
        toml::Value::Array(values) => Value::list(values.iter().map(toml_value)),
        toml::Value::Table(table) => {
            let mut map = Value::map();
            for (name, value) in table {
                map.set(name.as_str(), toml_value(value));
            }
            map.build()
        }
    }
}

/// Every computed lock of the project with the kit that declares it.
fn computed<'b>(base: &'b Base<'_>) -> impl Iterator<Item = (usize, &'b Computed)> {
    base.active.iter().enumerate().flat_map(|(kit, sections)| {
        sections.iter().filter_map(move |active| match &active.section.kind {
            SectionKind::Computed(computed) => Some((kit, computed)),
            _ => None,
        })
    })
}

fn slot_of(computed: &Computed) -> Option<(String, String)> {
    let (capability, slot) = computed.from.value.split_once('.')?;
    Some((family(capability).to_owned(), slot.to_owned()))
}

/// Gives each item of a slot of packages its range from the catalogue.
fn add_ranges(base: &Base<'_>, items: &mut Items, problems: &mut Diagnostics) {
    let mut done = Vec::new();
    for (kit, computed) in computed(base) {
        let Some(slot) = slot_of(computed).filter(|slot| !done.contains(slot)) else { continue };
        let Some(universe) = base.composition.universes.get(&computed.catalogue.value) else {
            let known: Vec<&str> = base.composition.universes.keys().map(String::as_str).collect();
            problems.push(
                Diagnostic::error(
                    "unknown-catalogue",
                    format!("no library has a catalogue `{}`", computed.catalogue.value),
                )
                .at(&base.kit(kit).source, computed.catalogue.span, "")
                .hint_if((!known.is_empty()).then(|| format!("catalogues: {}", known.join(", ")))),
            );
            continue;
        };
        for item in items.slots.get_mut(&slot).into_iter().flatten() {
            let name = item.key.as_str().unwrap_or_default();
            match universe.range(name) {
                Some(range) => {
                    item.value = Value::map().merge(&item.value).with("range", range).build()
                }
                None => problems.push(item.problem(
                    "unknown-package",
                    format!(
                        "package `{name}` is not in the catalogue `{}`",
                        computed.catalogue.value
                    ),
                )),
            }
        }
        done.push(slot);
    }
}

impl Planner<'_> {
    /// Steps of the schema that are missing, if some kit renders steps at all.
    fn steps(&mut self, domain: &Domain, views: &Views<'_>, items: &Items) -> Vec<Record> {
        let base = self.base;
        let renders =
            |at: &usize| {
                base.active[*at].iter().any(|active| match &active.section.kind {
                    SectionKind::Files(files) => {
                        let folder = format!("files/{}/", files.folder.value);
                        let named = |path: &str| path.contains("{change.");
                        files.into.as_ref().is_some_and(|into| named(into))
                            || base.kit(*at).files.keys().any(|path| {
                                path.as_str().starts_with(&folder) && named(path.as_str())
                            })
                    }
                    _ => false,
                })
            };
        let Some(kit) = (0..base.composition.kits.len()).find(renders) else { return Vec::new() };
        let manifest = &base.kit(kit).manifest;
        let renderer = Renderer {
            kit: manifest.id.value.clone(),
            version: manifest.version.to_string(),
            engine: RENDER_VERSION,
        };
        let mut tables = BTreeMap::new();
        for (at, entity) in domain.own() {
            let mut rules = Vec::new();
            for model in &entity.rules {
                let context = self.context(views, items, model.kit);
                let scope = Scope { entity: Some(at), module: entity.module, ..Scope::default() };
                let locals = views.of_scope(model.kit, &scope);
                let up = self.part(model.kit, &model.rule.up, &context, &locals);
                let down = self.part(model.kit, &model.rule.down, &context, &locals);
                rules.push(Rule { name: model.rule.name.value.clone(), up, down });
            }
            tables.insert(at, schema::table(base, domain, at, rules));
        }
        schema::missing_steps(base, domain, &tables, &renderer, &mut self.problems)
    }

    fn context(&self, views: &Views<'_>, items: &Items, kit: usize) -> Value {
        kit_context(self.base, views, items, kit, &self.data[kit])
    }

    fn part(
        &mut self,
        kit: usize,
        file: &Spanned<String>,
        context: &Value,
        locals: &[(&'static str, Value)],
    ) -> String {
        let source = &self.base.kit(kit).source;
        let Some(template) = self.templates[kit].part(file) else {
            let known: Vec<String> = self
                .base
                .kit(kit)
                .files
                .keys()
                .filter_map(|path| path.as_str().strip_prefix("parts/"))
                .map(str::to_owned)
                .collect();
            let hint = kiln_base::did_you_mean(file, known.iter().map(String::as_str));
            self.problems.push(
                Diagnostic::error(
                    "missing-part",
                    format!("`parts/{}` is not in the kit", file.value),
                )
                .at(source, file.span, "")
                .hint_if(hint),
            );
            return String::new();
        };
        match template.render(&with_locals(context, locals)) {
            Ok(rendered) => rendered.into_part(),
            Err(problem) => {
                self.problems.push(problem);
                String::new()
            }
        }
    }

    /// Fills in the fields that are parts. A part sees slots without their parts.
    fn render_parts(&mut self, views: &Views<'_>, items: &mut Items) {
        let mut contexts: BTreeMap<usize, Value> = BTreeMap::new();
        let before = items.clone();
        for item in items.slots.values_mut().flatten().filter(|item| !item.parts.is_empty()) {
            let Some(kit) = item.kit else { continue };
            let context = contexts
                .entry(kit)
                .or_insert_with(|| kit_context(self.base, views, &before, kit, &self.data[kit]))
                .clone();
            let mut locals = views.of_scope(kit, &item.scope);
            if item.scope.item.is_none() {
                locals.push(("item", item.value.clone()));
            }
            let mut value = Value::map().merge(&item.value);
            for part in item.parts.clone() {
                let text = self.part(kit, &Spanned::new(part.file, part.span), &context, &locals);
                value.set(part.field, text);
            }
            item.value = value.build();
        }
    }

    fn finish(
        mut self,
        views: &Views<'_>,
        items: &Items,
        new_records: Vec<Record>,
    ) -> Result<Plan, Diagnostics> {
        let base = self.base;
        let kits = 0..base.composition.kits.len();
        let contexts: Vec<Value> =
            kits.clone().map(|kit| self.context(views, items, kit)).collect();
        let mut actions = Vec::new();
        for kit in kits.clone() {
            for active in &base.active[kit] {
                match &active.section.kind {
                    SectionKind::Files(files) => {
                        self.files(views, items, kit, active, files, &mut actions)
                    }
                    SectionKind::Computed(computed) => {
                        self.lock(items, kit, computed, &mut actions)
                    }
                    _ => {}
                }
            }
        }
        attachments(base, views, items, &mut actions, &mut self.problems);
        self.check_paths(&mut actions);
        let excluded = self.own(&mut actions);
        let derived = self.derived(views);
        let next = self.next(views);
        let slots = kits.map(|kit| seen_slots(base, views, items, kit)).collect();
        let plan = Plan {
            actions,
            excluded,
            derived,
            next,
            new_records,
            warnings: Diagnostics::new(),
            project: base.composition.inputs.project.name.value.clone(),
            contexts,
            change_contexts: self.data.iter().map(change_context).collect(),
            slots,
            templates: self.templates,
            sources: base
                .composition
                .kits
                .iter()
                .map(|package| Arc::clone(&package.source))
                .collect(),
        };
        let (mut plan, warnings) = self.problems.finish(plan)?;
        plan.warnings = warnings;
        Ok(plan)
    }

    fn files(
        &mut self,
        views: &Views<'_>,
        items: &Items,
        kit: usize,
        active: &Active<'_>,
        files: &Files,
        actions: &mut Vec<Action>,
    ) {
        let base = self.base;
        let package = base.kit(kit);
        let folder = format!("files/{}/", files.folder.value);
        let into = files.into.as_ref().map_or("", |into| into.value.as_str());
        let each =
            files.each.as_ref().map(|each| each_items(base, items, kit, each).unwrap_or_default());
        let mut found = false;
        for (path, file) in
            package.files.iter().filter(|(path, _)| path.as_str().starts_with(&folder))
        {
            found = true;
            let text = join(into, &path.as_str()[folder.len()..]);
            let roots = Roots::of([text.as_str()], active);
            for scope in scopes(base, views, kit, active, &roots, each.as_deref()) {
                let span = files.into.as_ref().map_or(files.folder.span, |into| into.span);
                let Some(target) = self.path(views, kit, &text, &scope, span) else { continue };
                let template = !files.verbatim && std::str::from_utf8(&file.bytes).is_ok();
                let origin = if template {
                    Origin::Template(path.as_str().to_owned())
                } else {
                    Origin::Copy(Arc::clone(&file.bytes))
                };
                actions.push(Action {
                    home: target.clone(),
                    path: target,
                    kit,
                    kit_id: package.id().to_owned(),
                    part: part_name(package.id(), views.domain, &scope),
                    source: path.as_str().to_owned(),
                    ownership: files.ownership,
                    executable: file.executable,
                    change: scope.change.map(|at| views.changes[at].id()),
                    origin,
                    locals: views.of_scope(kit, &scope),
                    attached: Vec::new(),
                });
            }
        }
        if !found {
            let message =
                format!("`{}` has no folder `files/{}`", package.id(), files.folder.value);
            self.problems.push(Diagnostic::error("missing-folder", message).at(
                &package.source,
                files.folder.span,
                "",
            ));
        }
    }

    /// A path with its placeholders filled in; nothing if it is no path below the root, which is reported.
    fn path(
        &mut self,
        views: &Views<'_>,
        kit: usize,
        text: &str,
        scope: &Scope,
        span: Span,
    ) -> Option<RelPath> {
        let base = self.base;
        let value = match base.fill(kit, text, &views.lookup(kit, scope)) {
            Ok(value) => value,
            Err(unknown) => {
                self.problems.push(base.placeholder_problem(kit, &unknown, span));
                return None;
            }
        };
        match RelPath::new(value.as_str().unwrap_or_default()) {
            Ok(path) => Some(path),
            Err(error) => {
                let problem = Diagnostic::error(
                    "output-path",
                    format!("`{}` cannot write `{text}`: {error}", base.kit(kit).id()),
                );
                self.problems.push(problem.at(&base.kit(kit).source, span, ""));
                None
            }
        }
    }

    fn lock(&mut self, items: &Items, kit: usize, computed: &Computed, actions: &mut Vec<Action>) {
        let base = self.base;
        let Some(universe) = base.composition.universes.get(&computed.catalogue.value) else {
            return;
        };
        let views_free = |_: &str| None;
        let path = match base.fill(kit, &computed.path, &views_free) {
            Ok(value) => RelPath::new(value.as_str().unwrap_or_default()),
            Err(unknown) => {
                self.problems.push(base.placeholder_problem(kit, &unknown, computed.path.span));
                return;
            }
        };
        let path = match path {
            Ok(path) => path,
            Err(error) => {
                let problem = Diagnostic::error("output-path", error.to_string());
                self.problems.push(problem.at(&base.kit(kit).source, computed.path.span, ""));
                return;
            }
        };
        let list = slot_of(computed).and_then(|slot| items.slots.get(&slot));
        let request = |item: &crate::compose::items::Item| PackageRequest {
            name: item.key.as_str().unwrap_or_default().to_owned(),
            extras: item
                .value
                .field("extras")
                .and_then(Value::as_list)
                .unwrap_or_default()
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            development: item.value.field("group").and_then(Value::as_str) == Some("dev"),
        };
        let mut requests: Vec<PackageRequest> = list.into_iter().flatten().map(request).collect();
        requests.retain(|request| computed.group.value != "runtime" || !request.development);
        let package = base.kit(kit);
        actions.push(Action {
            home: path.clone(),
            path,
            kit,
            kit_id: package.id().to_owned(),
            part: package.id().to_owned(),
            source: format!("catalogue {}", computed.catalogue.value),
            ownership: Ownership::Computed,
            executable: false,
            change: None,
            origin: Origin::Lock {
                universe: Arc::clone(universe),
                group: computed.group.value.clone(),
                requests,
            },
            locals: Vec::new(),
            attached: Vec::new(),
        });
    }

    /// Sorts by path and reports outputs that would stand in one place on some system.
    fn check_paths(&mut self, actions: &mut [Action]) {
        actions.sort_by(|a, b| a.path.cmp(&b.path));
        let mut folded: BTreeMap<String, usize> = BTreeMap::new();
        for (at, action) in actions.iter().enumerate() {
            if let Some(other) = folded.insert(action.path.fold(), at) {
                self.clash(&actions[other], action);
            }
        }
        for action in actions.iter() {
            let mut parent = action.path.parent();
            while let Some(folder) = parent {
                if let Some(file) = folded.get(&folder.fold()) {
                    let (file, below) = (&actions[*file], action);
                    let message = format!(
                        "`{}` of `{}` is a file, and `{}` of `{}` lies below it",
                        file.path, file.kit_id, below.path, below.kit_id
                    );
                    self.problems.push(self.at_sources(
                        Diagnostic::error("path-conflict", message),
                        file,
                        below,
                    ));
                }
                parent = folder.parent();
            }
        }
    }

    fn clash(&mut self, a: &Action, b: &Action) {
        let message = if a.path == b.path {
            format!("`{}` and `{}` both write `{}`", a.kit_id, b.kit_id, a.path)
        } else {
            format!(
                "`{}` of `{}` and `{}` of `{}` are one path where case does not count",
                a.path, a.kit_id, b.path, b.kit_id
            )
        };
        let problem = self.at_sources(Diagnostic::error("path-conflict", message), a, b);
        self.problems
            .push(problem.hint("leave one of the kits out, or exclude the path in `ownership`"));
    }

    fn at_sources(&self, mut problem: Diagnostic, a: &Action, b: &Action) -> Diagnostic {
        for action in [a, b] {
            let manifest = self.base.kit(action.kit);
            let section = manifest
                .manifest
                .sections
                .first()
                .map_or_else(Span::default, |section| section.span);
            let span = section_of(self.base, action).unwrap_or(section);
            problem = problem.at(
                &manifest.source,
                span,
                format!("`{}` from `{}`", action.path, action.source),
            );
        }
        problem
    }

    /// Applies the spec's places and ownership; gives the paths that it excludes.
    fn own(&mut self, actions: &mut Vec<Action>) -> Vec<RelPath> {
        let inputs = self.base.composition.inputs;
        for place in &inputs.places {
            match actions.iter_mut().find(|action| action.path.as_str() == place.from.value) {
                Some(action) => match RelPath::new(&place.to) {
                    Ok(path) => action.path = path,
                    Err(error) => {
                        self.spec_problem("output-path", error.to_string(), place.to.span)
                    }
                },
                None => self.spec_problem(
                    "unknown-output",
                    format!("no kit writes `{}`", place.from.value),
                    place.from.span,
                ),
            }
        }
        if !inputs.places.is_empty() {
            self.check_paths(actions);
        }
        let rules: Vec<(GlobMatcher, OwnershipWord)> = inputs
            .ownership
            .iter()
            .filter_map(|rule| Some((Glob::new(&rule.glob).ok()?.compile_matcher(), rule.word)))
            .collect();
        let mut excluded = Vec::new();
        actions.retain_mut(|action| {
            match rules.iter().rev().find(|(glob, _)| glob.is_match(action.path.as_str())) {
                Some((_, OwnershipWord::Exclude)) => {
                    excluded.push(action.path.clone());
                    return false;
                }
                Some((_, OwnershipWord::Owned(ownership)))
                    if !matches!(action.ownership, Ownership::AppendOnly | Ownership::Computed) =>
                {
                    action.ownership = *ownership;
                }
                _ => {}
            }
            true
        });
        excluded
    }

    fn spec_problem(&mut self, id: &'static str, message: String, span: Span) {
        let problem = Diagnostic::error(id, message);
        self.problems.push(crate::compose::options::in_spec(problem, self.base.spec(), span, ""));
    }

    fn derived(&mut self, views: &Views<'_>) -> Vec<DerivedOutput> {
        let base = self.base;
        let mut found = Vec::new();
        for (kit, sections) in base.active.iter().enumerate() {
            for active in sections {
                let SectionKind::Derived(derived) = &active.section.kind else { continue };
                let roots = Roots::of([derived.path.value.as_str()], active);
                for scope in scopes(base, views, kit, active, &roots, None) {
                    if let Some(path) =
                        self.path(views, kit, &derived.path, &scope, derived.path.span)
                    {
                        found.push(DerivedOutput {
                            path,
                            by: derived.by.clone(),
                            kit_id: base.kit(kit).id().to_owned(),
                        });
                    }
                }
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    fn next(&mut self, views: &Views<'_>) -> Vec<NextStep> {
        let base = self.base;
        let mut found = Vec::new();
        for (kit, sections) in base.active.iter().enumerate() {
            for active in sections {
                let SectionKind::Next(next) = &active.section.kind else { continue };
                let lookup = views.lookup(kit, &Scope::default());
                let mut fill = |text: &Spanned<String>| match base.fill(kit, text, &lookup) {
                    Ok(value) => value.as_str().unwrap_or_default().to_owned(),
                    Err(unknown) => {
                        self.problems.push(base.placeholder_problem(kit, &unknown, text.span));
                        String::new()
                    }
                };
                let text = fill(&next.text);
                let when_changed = next.when_changed.iter().map(&mut fill).collect();
                found.push(NextStep { text, when_changed, kit_id: base.kit(kit).id().to_owned() });
            }
        }
        found
    }
}

/// The `files` section that an action comes from.
fn section_of(base: &Base<'_>, action: &Action) -> Option<Span> {
    base.active[action.kit].iter().find_map(|active| match &active.section.kind {
        SectionKind::Files(files)
            if action.source.starts_with(&format!("files/{}/", files.folder.value)) =>
        {
            Some(active.section.span)
        }
        _ => None,
    })
}

/// Two paths with one `/` between them; either may be empty.
pub(crate) fn join(folder: &str, rest: &str) -> String {
    match folder.trim_end_matches('/') {
        "" => rest.to_owned(),
        folder => format!("{folder}/{rest}"),
    }
}

/// A context with more names in scope.
pub(crate) fn with_locals(context: &Value, locals: &[(&'static str, Value)]) -> Value {
    let mut map = Value::map().merge(context);
    for (name, value) in locals {
        map.set(*name, value.clone());
    }
    map.build()
}

/// What a kit, or an entity through a kit, is called in `kiln.sum`.
pub(crate) fn part_name(kit: &str, domain: &Domain, scope: &Scope) -> String {
    match (scope.entity, scope.module) {
        (Some(entity), Some(module)) => {
            format!("{kit}/{}.{}", domain.modules[module].name, domain.entities[entity].name)
        }
        (_, Some(module)) => format!("{kit}/{}", domain.modules[module].name),
        _ => kit.to_owned(),
    }
}

/// The slots that a kit may read, each with what every part contributes.
fn seen_slots(base: &Base<'_>, views: &Views<'_>, items: &Items, kit: usize) -> Vec<SeenSlot> {
    let mut seen = Vec::new();
    for name in base.readable[kit].iter().filter(|name| base.presence.has(name)) {
        for family in base.families(name) {
            for (owner, slot) in base.slots.keys().filter(|(owner, _)| *owner == family) {
                let path = format!(
                    "{}.{}",
                    crate::compose::options::template_name(name),
                    crate::compose::options::template_name(slot)
                );
                let mut parts: BTreeMap<String, String> = BTreeMap::new();
                for item in items.slots.get(&(owner.clone(), slot.clone())).into_iter().flatten() {
                    let part = item.kit.map_or_else(
                        || "spec".to_owned(),
                        |kit| part_name(base.kit(kit).id(), views.domain, &item.scope),
                    );
                    parts
                        .entry(part)
                        .or_default()
                        .push_str(&canonical(&format!("{owner}.{slot}"), &item.value));
                }
                seen.push(SeenSlot { path, parts: Arc::new(parts) });
            }
        }
    }
    seen
}

/// The canonical text of an item: its slot, then key and fields in the order of their declaration, each with its
/// length in bytes.
fn canonical(slot: &str, value: &Value) -> String {
    fn feed(text: &mut String, value: &Value) {
        let one =
            |text: &mut String, plain: &str| text.push_str(&format!("{}:{plain}\n", plain.len()));
        match value {
            Value::Null => one(text, "null"),
            Value::Bool(value) => one(text, if *value { "true" } else { "false" }),
            Value::Int(value) => one(text, &value.to_string()),
            Value::Str(plain) => one(text, plain),
            Value::List(values) => {
                one(text, &format!("[{}]", values.len()));
                values.iter().for_each(|value| feed(text, value));
            }
            Value::Map(map) => {
                one(text, &format!("{{{}}}", map.len()));
                for (name, value) in map.iter() {
                    one(text, name);
                    feed(text, value);
                }
            }
        }
    }
    let mut text = format!("{}:{slot}\n", slot.len());
    feed(&mut text, value);
    text
}
