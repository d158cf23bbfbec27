//! `kiln.kdl`: what a person wants.

mod apply;
mod conflict;
mod kits;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use kiln_base::{Diagnostics, Source, Span, Spanned};
use kiln_model::{Add, Confirm, Inputs, LibraryRequest, Module, Project, SCALES, Scenario, Spec};
use semver::VersionReq;

pub use apply::apply_scenario;

use crate::add::add;
use crate::context::Context;
use crate::cursor::{Cursor, version};
use crate::domain::Domain;
use crate::names::{LIBRARY, PROJECT, SCENARIO, Seen};
use crate::rules::Rules;
use crate::syntax::{Node, Tree, parse};
use kits::Kits;

/// Decodes the text of a spec. Presets are not looked up; see [`apply_scenario`].
///
/// # Errors
/// Every error of the text, in the order of their places. The warnings come with the spec if there is none.
pub fn decode_spec(source: Arc<Source>) -> Result<(Spec, Diagnostics), Diagnostics> {
    if let Some(conflict) = conflict::whole(&source) {
        return Err(conflict.into());
    }
    decode(&source).map_err(|errors| conflict::leftover(&source).map_or(errors, Diagnostics::from))
}

fn decode(source: &Arc<Source>) -> Result<(Spec, Diagnostics), Diagnostics> {
    let tree = parse(source);
    if tree.broken {
        return Err(Context::new(tree.source, tree.diagnostics).finish());
    }
    let Tree { nodes, diagnostics, source, .. } = tree;
    let mut cx = Context::new(source, diagnostics);
    let body = Body::decode(&mut cx, &nodes, Kind::Spec);
    let spec = body.into_spec(&mut cx);
    finish(cx, spec)
}

/// Decodes the text of a preset: one `scenario NAME { … }` that holds nodes of a spec.
///
/// # Errors
/// As [`decode_spec`].
pub fn decode_scenario(source: Arc<Source>) -> Result<(Scenario, Diagnostics), Diagnostics> {
    let tree = parse(&source);
    if tree.broken {
        return Err(Context::new(tree.source, tree.diagnostics).finish());
    }
    let mut cx = Context::new(tree.source, tree.diagnostics);
    let mut scenario = None;
    for node in &tree.nodes {
        if node.name.value != "scenario" {
            let message = format!("a preset holds one `scenario`, not `{}`", node.name.value);
            cx.report("unknown-node", node.name.span, message);
        } else if scenario.is_some() {
            cx.report("duplicate-node", node.name.span, "a preset holds one `scenario`");
        } else {
            scenario = Some(preset(&mut cx, node));
        }
    }
    if scenario.is_none() {
        let place = Span::new(0, 0);
        cx.report_with(
            "missing-node",
            place,
            "there is no `scenario`",
            "write `scenario NAME { … }`",
        );
    }
    finish(cx, scenario.flatten())
}

fn finish<T>(cx: Context, value: Option<T>) -> Result<(T, Diagnostics), Diagnostics> {
    let diagnostics = cx.finish();
    match value {
        Some(value) => diagnostics.finish(value),
        None => Err(diagnostics),
    }
}

/// `scenario NAME "1.0.0"? { title; summary; … }`
fn preset(cx: &mut Context, node: &Node) -> Option<Scenario> {
    let mut cursor = Cursor::new(cx, node, "scenario NAME { title \"…\"; kits { … } }");
    let name = cursor.text(cx, "a name");
    SCENARIO.check_if(cx, name.as_ref());
    let written = cursor.text_property(cx, "version");
    let version = written.and_then(|text| version(cx, &text)).map(|version| version.value);
    let kiln = cursor.range_property(cx, "kiln");
    let body = Body::decode(cx, cursor.block().unwrap_or_default(), Kind::Scenario);
    cursor.finish(cx);
    let Some(title) = body.title else {
        cx.report_with(
            "missing-node",
            node.head,
            "the preset has no title",
            "write `title \"…\"` in its block",
        );
        return None;
    };
    Some(Scenario {
        source: Arc::clone(&cx.source),
        name: name?,
        version,
        kiln,
        title,
        summary: body.summary,
        kits: body.kits.requests,
        modules: body.modules,
        adds: body.adds,
        ownership: body.rules.ownership,
        foreign: body.rules.foreign,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Spec,
    Scenario,
}

impl Kind {
    const fn nodes(self) -> &'static [&'static str] {
        match self {
            Self::Spec => &[
                "add",
                "confirm",
                "kits",
                "library",
                "module",
                "ownership",
                "place",
                "project",
                "scenario",
                "stage",
            ],
            Self::Scenario => &["add", "kits", "module", "ownership", "summary", "title"],
        }
    }
}

/// What was read of a spec or a preset.
struct Body {
    project: Option<(Option<Project>, Option<Spanned<VersionReq>>, Span)>,
    title: Option<String>,
    summary: String,
    scenario: Option<Spanned<String>>,
    libraries: Vec<LibraryRequest>,
    kits: Kits,
    modules: Vec<Module>,
    adds: Vec<Add>,
    rules: Rules,
    confirms: Vec<Confirm>,
    domain: Domain,
    library_names: Seen,
}

impl Body {
    fn decode(cx: &mut Context, nodes: &[Node], kind: Kind) -> Self {
        let mut body = Self {
            project: None,
            title: None,
            summary: String::new(),
            scenario: None,
            libraries: Vec::new(),
            kits: Kits::new(),
            modules: Vec::new(),
            adds: Vec::new(),
            rules: Rules::default(),
            confirms: Vec::new(),
            domain: Domain::new(),
            library_names: Seen::new("duplicate-library", "library"),
        };
        for node in nodes {
            body.node(cx, node, kind);
        }
        body
    }

    fn node(&mut self, cx: &mut Context, node: &Node, kind: Kind) {
        let name = node.name.value.as_str();
        if !kind.nodes().contains(&name) {
            refuse_node(cx, node, kind);
            return;
        }
        match name {
            "project" => self.project(cx, node),
            "scenario" => self.scenario(cx, node),
            "library" => self.library(cx, node),
            "kits" => self.kits.decode(cx, node, kind == Kind::Spec),
            "module" => self.modules.extend(self.domain.module(cx, node)),
            "add" => self.adds.extend(spec_add(cx, node)),
            "ownership" => self.rules.ownership(cx, node),
            "place" => self.rules.place(cx, node),
            "confirm" => self.confirms.extend(confirm(cx, node)),
            "stage" => cx.report_not_yet(node.name.span, "stages are"),
            "title" => set_once(cx, node, "title", &mut self.title),
            _ => {
                let mut summary = (!self.summary.is_empty()).then(|| self.summary.clone());
                set_once(cx, node, "summary", &mut summary);
                self.summary = summary.unwrap_or_default();
            }
        }
    }

    fn project(&mut self, cx: &mut Context, node: &Node) {
        if let Some((_, _, first)) = &self.project {
            let message = "a spec has one `project`";
            cx.report_twice("duplicate-node", *first, node.head, message);
            return;
        }
        let mut cursor = Cursor::new(cx, node, "project NAME { title \"…\" }");
        let name = cursor.text(cx, "a name");
        PROJECT.check_if(cx, name.as_ref());
        let kiln = cursor.range_property(cx, "kiln");
        if cursor.property("stage").is_some() {
            cx.report_not_yet(node.head, "stages are");
        }
        let (mut title, mut summary, mut scale) = (None, None, None);
        for child in cursor.block().unwrap_or_default() {
            match child.name.value.as_str() {
                "title" => set_once(cx, child, "title", &mut title),
                "summary" => set_once(cx, child, "summary", &mut summary),
                "scale" => set_once(cx, child, "scale", &mut scale),
                other => {
                    let message = format!("a project has no `{other}`");
                    let known = ["scale", "summary", "title"];
                    cx.report_unknown("unknown-node", child.name.span, message, other, &known);
                }
            }
            if let ("scale", Some(written)) = (child.name.value.as_str(), &scale) {
                check_scale(cx, child, written);
            }
        }
        cursor.finish(cx);
        let project = name.map(|name| Project {
            title: title.unwrap_or_else(|| kiln_base::Forms::of(&name).title),
            name,
            summary: summary.unwrap_or_default(),
            scale: scale.unwrap_or_else(|| "small".to_owned()),
        });
        self.project = Some((project, kiln, node.head));
    }

    fn scenario(&mut self, cx: &mut Context, node: &Node) {
        let mut cursor = Cursor::new(cx, node, "scenario NAME");
        let name = cursor.text(cx, "the name of a preset");
        SCENARIO.check_if(cx, name.as_ref());
        cursor.finish(cx);
        if let (Some(first), Some(second)) = (&self.scenario, &name) {
            let message = "a spec starts from one preset";
            cx.report_twice("duplicate-node", first.span, second.span, message);
        } else {
            self.scenario = name;
        }
    }

    fn library(&mut self, cx: &mut Context, node: &Node) {
        let mut cursor = Cursor::new(cx, node, "library NAME path=\"…\"");
        let name = cursor.text(cx, "a name");
        LIBRARY.check_if(cx, name.as_ref());
        let path = cursor.text_property(cx, "path");
        let remote = ["git", "rev", "archive", "sha256"].map(|key| cursor.property(key).is_some());
        let remote = remote.contains(&true);
        if remote {
            cx.report_not_yet(node.head, "libraries from `git` and `archive` are");
        } else if path.is_none() {
            let hint = "write `path=\"…\"`, relative to the spec";
            cx.report_with("missing-property", node.head, "the library has no `path`", hint);
        }
        cursor.finish(cx);
        let Some(name) = name else { return };
        if name.value == "builtin" {
            let message = "`builtin` is the library that comes with kiln";
            cx.report("reserved-name", name.span, message);
        }
        self.library_names.add(cx, &name);
        // A path that stands for none keeps `from` of such a library from being an error too.
        let path = path.or_else(|| remote.then(|| Spanned::new(String::new(), node.head)));
        self.libraries.extend(path.map(|path| LibraryRequest { name, path, span: node.span }));
    }

    fn into_spec(self, cx: &mut Context) -> Option<Spec> {
        if self.project.is_none() {
            let hint = "write `project NAME { title \"…\" }`";
            cx.report_with("missing-node", Span::new(0, 0), "there is no `project`", hint);
        }
        self.kits.check_libraries(cx, &self.libraries);
        if let (None, Some(without)) = (&self.scenario, self.kits.without.first()) {
            let message = "`without` takes a kit of a preset away, and there is no preset";
            let hint = "write `scenario NAME`, or leave the kit out";
            cx.report_with("without-preset", without.id.span, message, hint);
        }
        let (project, kiln, _) = self.project?;
        Some(Spec {
            source: Arc::clone(&cx.source),
            kiln,
            scenario: self.scenario,
            libraries: self.libraries,
            kits: self.kits.requests,
            without: self.kits.without,
            confirms: self.confirms,
            inputs: Inputs {
                source: Some(Arc::clone(&cx.source)),
                project: project?,
                modules: self.modules,
                adds: self.adds,
                ownership: self.rules.ownership,
                foreign: self.rules.foreign,
                places: self.rules.places,
            },
        })
    }
}

fn refuse_node(cx: &mut Context, node: &Node, kind: Kind) {
    let name = node.name.value.as_str();
    let place = if kind == Kind::Spec { "spec" } else { "preset" };
    let message = format!("a {place} has no `{name}`");
    let hint = match (name, kind) {
        ("kit", Kind::Spec) => Some("kits stand in `kits { ID \"RANGE\" }`"),
        ("entity", _) => Some("entities stand in `module NAME { entity … }`"),
        ("option", _) => Some("options stand in `kits { ID { OPTION VALUE } }`"),
        ("title" | "summary" | "scale", Kind::Spec) => Some("it stands in `project NAME { … }`"),
        _ if kind == Kind::Scenario && Kind::Spec.nodes().contains(&name) => {
            Some("it stands in the spec of each project")
        }
        _ => None,
    };
    match hint {
        Some(hint) => cx.report_with("unknown-node", node.name.span, message, hint),
        None => {
            let span = node.name.span;
            cx.report_unknown("unknown-node", span, message, name, kind.nodes());
        }
    }
}

/// A child with one text, at most once.
pub(crate) fn set_once(
    cx: &mut Context,
    node: &Node,
    what: &'static str,
    value: &mut Option<String>,
) {
    let mut cursor = Cursor::new(cx, node, "NAME \"…\"");
    let text = cursor.text(cx, "a text");
    cursor.finish(cx);
    if value.is_some() {
        cx.report("duplicate-node", node.head, format!("`{what}` stands twice"));
        return;
    }
    if let Some(text) = &text
        && text.value.contains(char::is_control)
    {
        let message = format!("`{what}` is one line of text");
        cx.report("wrong-type", text.span, message);
    }
    *value = text.map(|text| text.value);
}

fn check_scale(cx: &mut Context, node: &Node, scale: &str) {
    if !SCALES.contains(&scale) {
        let span = node.entries.first().map_or(node.head, |entry| entry.span);
        let message = format!("`{scale}` is no scale");
        cx.report_unknown("unknown-word", span, message, scale, &SCALES);
    }
}

/// An `add` of a spec: as in a kit, but nothing repeats it.
fn spec_add(cx: &mut Context, node: &Node) -> Option<Add> {
    let add = add(cx, node)?;
    if let Some(each) = &add.each {
        let message = "`each` is for kits; a spec writes out its items";
        cx.report("unknown-property", each.span, message);
    }
    let values = add.keys.iter().chain(add.fields.iter().map(|(_, value)| value));
    for value in values {
        if let kiln_model::Raw::Part(_) = &value.value {
            cx.report_with(
                "unknown-annotation",
                value.span,
                "`(part)` names a file of a kit; a spec has none",
                "write the text itself",
            );
        }
    }
    Some(add)
}

/// `confirm TEXT after=STEP`
fn confirm(cx: &mut Context, node: &Node) -> Option<Confirm> {
    let mut cursor = Cursor::new(cx, node, "confirm \"…\" after=\"…\"");
    let text = cursor.text(cx, "the text that kiln printed");
    let after = cursor.required_property(cx, "after");
    cursor.finish(cx);
    Some(Confirm { text: text?, after: after? })
}
