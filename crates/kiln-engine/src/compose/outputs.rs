//! The plan: every output with its place, source, ownership and scope.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, RelPath, Source, Span, Spanned, did_you_mean};
use kiln_model::{Files, OptionScope, Ownership, Section, SectionKind, Value};
use kiln_schema::{NextSteps, Record, Renderer, Rule};

use crate::compose::canonical::seen_slots;
use crate::compose::context::{Views, change_context, kit_context};
use crate::compose::documents::{Attached, attachments};
use crate::compose::entities::Domain;
use crate::compose::facts::Base;
use crate::compose::items::{Items, each_items};
use crate::compose::locks::add_ranges;
use crate::compose::moved::MovedOutput;
use crate::compose::presence::Active;

use crate::compose::repeat::{Roots, Scope, scopes};
use crate::compose::sources::{data_tables, templates};
use crate::compose::{Composition, PackageRequest, PackageUniverse, Rename, Steps, schema};
use crate::template::{RENDER_VERSION, Templates};

/// What an output is made from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// A template of the kit, by its path in the kit.
    Template(String),
    /// Bytes that are copied.
    Copy(Arc<[u8]>),
    /// A dependency lock.
    Lock {
        universe: Arc<dyn PackageUniverse>,
        group: String,
        requests: Vec<PackageRequest>,
        /// What the catalogue does not have.
        lacking: Vec<PackageRequest>,
    },
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

impl Action {
    /// Packages that were asked for and that the catalogue of this dependency lock lacks, each with a name of the
    /// catalogue that is near. They are not in the lock.
    pub fn lacking_packages(&self) -> impl Iterator<Item = (&PackageRequest, Option<String>)> {
        let (universe, lacking) = match &self.origin {
            Origin::Lock { universe, lacking, .. } => (Some(universe), lacking.as_slice()),
            _ => (None, [].as_slice()),
        };
        lacking.iter().map(move |request| {
            (request, universe.and_then(|universe| universe.nearest(&request.name)))
        })
    }
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
    /// Why a step of the schema that is missing is not among them: `unconfirmed`, `history-conflict`. A person has to
    /// decide, and nothing may be written.
    pub schema_problems: Vec<Diagnostic>,
    /// What renders new steps of the schema; none if no kit does, or no steps were to be made.
    pub renderer: Option<Renderer>,
    /// Modules and entities that the spec says were called otherwise.
    pub renames: Vec<Rename>,
    /// Outputs that kits have moved, by the order of their versions.
    pub moved: Vec<MovedOutput>,
    /// What a person should know.
    pub warnings: Diagnostics,
    pub(crate) project: String,
    pub(crate) contexts: Vec<Value>,
    pub(crate) change_contexts: Vec<Value>,
    pub(crate) slots: Vec<Vec<SeenSlot>>,
    pub(crate) templates: Vec<Arc<Templates>>,
    pub(crate) sources: Vec<Arc<Source>>,
    /// What would be at the excluded paths.
    pub(crate) left_out: Vec<Action>,
}

/// Works out the plan of a composition.
pub(crate) fn plan(composition: &Composition<'_>) -> Result<Plan, Diagnostics> {
    planned(composition, |_| ()).map(|(plan, ())| plan)
}

/// What a plan was made from, for whoever explains it.
pub(crate) struct Seen<'s> {
    pub(crate) base: &'s Base<'s>,
    pub(crate) domain: &'s Domain,
    pub(crate) items: &'s Items,
    pub(crate) plan: &'s Plan,
}

/// The same, with a look at what it was made from.
pub(crate) fn planned<T>(
    composition: &Composition<'_>,
    look: impl FnOnce(&Seen<'_>) -> T,
) -> Result<(Plan, T), Diagnostics> {
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
    let chains = schema::chains(&base, &domain);
    let mut views = Views::of(&base, &domain, &tables, chains);
    let mut items = Items::of(&base, &views, &mut problems);
    add_ranges(&base, &mut items, &mut problems);
    let templates = templates(&base, &mut problems);
    let data = data_tables(&base, &mut problems);
    if problems.has_errors() {
        return Err(problems);
    }
    let mut planner = Planner { base: &base, data, templates, problems };
    let (steps, renderer) = planner.steps(&domain, &views, &items);
    views.changes = composition
        .history
        .chains
        .values()
        .flatten()
        .cloned()
        .chain(steps.records.iter().cloned())
        .collect();
    planner.render_parts(&views, &mut items);
    let plan = planner.finish(&views, &items, (steps, renderer))?;
    let seen = look(&Seen { base: &base, domain: &domain, items: &items, plan: &plan });
    Ok((plan, seen))
}

/// A plan in the making.
pub(crate) struct Planner<'a> {
    pub(crate) base: &'a Base<'a>,
    data: Vec<Value>,
    templates: Vec<Arc<Templates>>,
    pub(crate) problems: Diagnostics,
}

/// Names that `requires`, conditions and additions mention must exist in the libraries.
fn check_additions(base: &Base<'_>, problems: &mut Diagnostics) {
    for (at, sections) in base.active.iter().enumerate() {
        for active in sections {
            let SectionKind::Changes(changes) = &active.section.kind else { continue };
            let rewrites = !changes.renamed_options.is_empty()
                || !changes.removed_options.is_empty()
                || !changes.replaced_by.is_empty();
            if rewrites {
                let message = "`changes` that rewrite a spec are not supported yet";
                problems.push(
                    Diagnostic::error("not-yet", message)
                        .at(&base.kit(at).source, changes.version.span, "")
                        .hint("leave `moved` and `note` only until then"),
                );
            }
        }
        check_conditions(base, at, &base.kit(at).manifest.sections, problems);
    }
}

/// Conditions name kits and capabilities that some library has: else they would never hold, and nobody would notice.
fn check_conditions(base: &Base<'_>, at: usize, sections: &[Section], problems: &mut Diagnostics) {
    for section in sections {
        let SectionKind::Condition(condition) = &section.kind else { continue };
        for name in condition.names.iter().filter(|n| !base.composition.names.contains(&n.value)) {
            let hint = did_you_mean(name, base.composition.names.iter().map(String::as_str))
                .unwrap_or_else(|| "`kiln search` lists the kits".to_owned());
            let message = format!("nothing in the libraries provides `{}`", name.value);
            problems.push(
                Diagnostic::error("unknown-name", message)
                    .at(&base.kit(at).source, name.span, "")
                    .hint(hint),
            );
        }
        check_conditions(base, at, &condition.body, problems);
    }
}

impl Planner<'_> {
    /// Steps of the schema that are missing, if some kit renders steps at all.
    fn steps(
        &mut self,
        domain: &Domain,
        views: &Views<'_>,
        items: &Items,
    ) -> (NextSteps, Option<Renderer>) {
        let base = self.base;
        let Steps::Make { confirms, own } = base.composition.steps else {
            return <_>::default();
        };
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
        let Some(kit) = (0..base.composition.kits.len()).find(renders) else {
            return <_>::default();
        };
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
        let steps = schema::missing_steps(
            base,
            domain,
            &tables,
            &renderer,
            (confirms, own),
            &mut self.problems,
        );
        (steps, Some(renderer))
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
        (steps, renderer): (NextSteps, Option<Renderer>),
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
        let left_out = self.own(&mut actions);
        let derived = self.derived(views);
        let moved = self.moved(views);
        let next = self.next(views);
        let slots = kits.map(|kit| seen_slots(base, views, items, kit)).collect();
        let plan = Plan {
            actions,
            excluded: left_out.iter().map(|action| action.path.clone()).collect(),
            left_out,
            derived,
            next,
            new_records: steps.records,
            schema_problems: steps.problems,
            renderer,
            renames: schema::renames(base),
            moved,
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
            if let Some(missing) = unnamed_guard(&text, active) {
                let message = format!(
                    "`{text}` stands under an option of each {missing} and names no {missing}"
                );
                self.problems.push(
                    Diagnostic::error("output-path", message)
                        .at(&package.source, files.folder.span, "")
                        .hint(format!("write `{{{missing}.snake}}` into the path")),
                );
                continue;
            }
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
    pub(crate) fn path(
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

/// What a path would have to name because a condition asks an option of it; none if it does.
fn unnamed_guard(path: &str, active: &Active<'_>) -> Option<&'static str> {
    let names = |word: &str| path.contains(&format!("{{{word}."));
    active.guards.iter().find_map(|guard| match guard.scope {
        OptionScope::Entity => (!names("entity") && !names("field")).then_some("entity"),
        OptionScope::Field => (!names("field")).then_some("field"),
        OptionScope::Project => None,
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
    if let Some(chain) = &scope.chain {
        return format!("{kit}/{chain}");
    }
    match (scope.entity, scope.module) {
        (Some(entity), Some(module)) => {
            format!("{kit}/{}.{}", domain.modules[module].name, domain.entities[entity].name)
        }
        (_, Some(module)) => format!("{kit}/{}", domain.modules[module].name),
        _ => kit.to_owned(),
    }
}
