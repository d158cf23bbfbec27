//! Templates: parsed once per kit, scanned for what they read, rendered within bounds. Hides tera.
//!
//! A render sees the slice of the context that the scan found, and nothing else. So what is hashed into the key of an
//! output is what the output was made of, whatever the scan may get wrong.

mod check;
mod convert;
mod errors;
mod filters;
mod guard;
mod language;
mod meter;
mod placeholder;
mod plain;
mod reads;
mod scan;
mod syntax;
mod trace;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::work::{Work, count};
use kiln_base::{Diagnostic, Diagnostics, KeyHasher, Source, Span};
use kiln_model::Value;

pub use placeholder::{Placeholder, PlaceholderError};
pub use reads::Reads;
pub use trace::{Printed, SourceLine, TAG_NAME, Trace, TracedLine};

use check::{Graph, Links, Target};
use guard::Guarded;
use language::Language;
use plain::Plain;
use scan::Library;
use syntax::Unit;

/// The version of what templates and filters do. It is part of every key of an output.
pub const RENDER_VERSION: u32 = 1;

/// A template or part, before it is parsed.
#[derive(Debug, Clone)]
pub struct TemplateSource {
    /// Its name among its like: a path in the kit for templates, below `parts/` for parts. The extension says which
    /// language it is in.
    pub name: String,
    /// The text, with the name under which messages show it. Lines end in LF.
    pub source: Arc<Source>,
}

/// All templates and parts of one kit.
pub struct Templates {
    texts: Vec<Text>,
    files: BTreeMap<String, usize>,
    parts: BTreeMap<String, usize>,
    /// For each component, the text that defines it and its place among that text's components.
    components: BTreeMap<String, (usize, usize)>,
    tera: Option<tera::Tera>,
}

struct Text {
    name: String,
    is_part: bool,
    source: Arc<Source>,
    unit: Unit,
    guarded: Guarded,
    plain: Option<Plain>,
    reads: Reads,
    /// The text and the parts that it can reach, by name.
    closure: Vec<Arc<Source>>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (files, parts) = (self.files.keys(), self.parts.keys());
        f.debug_struct("Templates")
            .field("files", &files.collect::<Vec<_>>())
            .field("parts", &parts.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Templates {
    /// Parses and checks all texts of a kit.
    ///
    /// # Errors
    /// What is wrong with each text: its syntax, filters, parts or components that do not exist, parts that lead back
    /// to themselves, line ends that are not LF.
    pub fn new(
        files: Vec<TemplateSource>,
        parts: Vec<TemplateSource>,
    ) -> Result<Self, Diagnostics> {
        let mut found = Diagnostics::new();
        let all = parts.into_iter().map(|part| (true, part));
        let mut texts = Vec::new();
        for (is_part, TemplateSource { name, source }) in
            all.chain(files.into_iter().map(|file| (false, file)))
        {
            count(Work::Template, 1);
            match parse(&source, is_part) {
                Ok(unit) => texts.push(Text::new(name, is_part, source, unit)),
                Err(error) => found.push(error),
            }
        }
        let mut templates = Self {
            texts,
            files: BTreeMap::new(),
            parts: BTreeMap::new(),
            components: BTreeMap::new(),
            tera: None,
        };
        templates.name_all(&mut found);
        templates.link(&mut found);
        if found.has_errors() {
            return Err(found);
        }
        templates.tera = Some(templates.build_tera()?);
        Ok(templates)
    }

    /// The template of a name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<Template<'_>> {
        self.files.get(name).map(|at| Template { templates: self, at: *at })
    }

    /// The part of a name below `parts/`.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<Template<'_>> {
        self.parts.get(name).map(|at| Template { templates: self, at: *at })
    }

    /// The parts that no template or part includes and whose components none of them calls. A part that a manifest
    /// names (`(part)"…"`) is not known here.
    #[must_use]
    pub fn unused_parts(&self) -> Vec<&str> {
        let is_used = |at: usize| {
            let source = &self.texts[at].source;
            self.texts.iter().enumerate().any(|(other, text)| {
                other != at && text.closure.iter().any(|known| Arc::ptr_eq(known, source))
            })
        };
        self.parts.iter().filter(|(_, at)| !is_used(**at)).map(|(name, _)| name.as_str()).collect()
    }

    fn name_all(&mut self, found: &mut Diagnostics) {
        for (at, text) in self.texts.iter().enumerate() {
            let names = if text.is_part { &mut self.parts } else { &mut self.files };
            if names.insert(text.name.clone(), at).is_some() {
                let message = format!("there are two texts `{}`", text.name);
                found.push(Diagnostic::error("template-invalid", message));
            }
            for (place, component) in text.unit.components.iter().enumerate() {
                let known = self.components.insert(component.name.clone(), (at, place));
                if let Some((other, place)) = known {
                    let first = &self.texts[other].unit.components[place];
                    let message = format!("there are two components `{}`", component.name);
                    let error = Diagnostic::error("template-invalid", message)
                        .at(&text.source, check::span(&component.name_range), "the second")
                        .at(&self.texts[other].source, check::span(&first.name_range), "the first");
                    found.push(error);
                }
            }
        }
    }

    fn library(&self) -> Library<'_> {
        let unit = |at: &usize| &self.texts[*at].unit;
        Library {
            parts: self.parts.iter().map(|(name, at)| (name.as_str(), unit(at))).collect(),
            components: self
                .components
                .iter()
                .map(|(name, (at, place))| (name.as_str(), &unit(at).components[*place]))
                .collect(),
        }
    }

    /// Checks what texts refer to, and finds what each of them reaches and reads.
    fn link(&mut self, found: &mut Diagnostics) {
        let library = self.library();
        let mut graph = Graph::default();
        let mut bodies: Vec<Links> = Vec::new();
        for text in &self.texts {
            let (body, components) = check::check(&text.unit, &text.source, &library, found);
            for (name, links) in components {
                graph.add(Target::Component(name), &links, &text.source);
            }
            if text.is_part {
                graph.add(Target::Part(text.name.clone()), &body, &text.source);
            }
            bodies.push(body);
        }
        graph.check(found);
        if found.has_errors() {
            return;
        }
        let mut linked = Vec::new();
        for (text, body) in self.texts.iter().zip(&bodies) {
            let reads = scan::scan(&text.unit, &library).unwrap_or_else(|| {
                let message = "the template unfolds to too many parts and components";
                let error = Diagnostic::error("template-too-costly", message);
                found.push(error.at(&text.source, Span::default(), ""));
                Reads::default()
            });
            linked.push((reads, self.closure(text, graph.reach(body))));
        }
        for (text, (reads, closure)) in self.texts.iter_mut().zip(linked) {
            text.reads = reads;
            text.closure = closure;
        }
    }

    /// A text and the sources of what it reaches, each once.
    fn closure(
        &self,
        text: &Text,
        reached: std::collections::BTreeSet<Target>,
    ) -> Vec<Arc<Source>> {
        let places = reached.iter().filter_map(|target| match target {
            Target::Part(name) => self.parts.get(name).copied(),
            Target::Component(name) => self.components.get(name).map(|(at, _)| *at),
        });
        let others: std::collections::BTreeSet<usize> = places.collect();
        let own = std::iter::once(Arc::clone(&text.source));
        let others = others.into_iter().map(|at| Arc::clone(&self.texts[at].source));
        own.chain(others.filter(|source| !Arc::ptr_eq(source, &text.source))).collect()
    }

    /// tera with its delimiters, filters and guards, and no text.
    fn empty_tera() -> Result<tera::Tera, tera::Error> {
        let mut tera = tera::Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        let delimiters = tera::Delimiters {
            block_start: "{%".into(),
            block_end: "%}".into(),
            variable_start: "{=".into(),
            variable_end: "=}".into(),
            comment_start: "{#".into(),
            comment_end: "#}".into(),
        };
        tera.set_delimiters(delimiters)?;
        filters::register(&mut tera);
        Ok(tera)
    }

    fn build_tera(&self) -> Result<tera::Tera, Diagnostics> {
        let built = Self::empty_tera().and_then(|mut tera| {
            let guarded = self.texts.iter().filter(|text| text.needs_tera());
            let named = guarded.map(|text| (text.tera_name(), text.guarded.text.as_str()));
            tera.add_raw_templates(named)?;
            Ok(tera)
        });
        built.map_err(|error| Diagnostics::from(self.parse_error(&error)))
    }

    /// What tera refuses although the checks before found nothing.
    fn parse_error(&self, error: &tera::Error) -> Diagnostic {
        let report = match error.kind() {
            tera::ErrorKind::SyntaxError(report) | tera::ErrorKind::RenderingError(report) => {
                Some(report)
            }
            _ => None,
        };
        let place = report.and_then(|report| {
            let text = self.texts.iter().find(|text| text.tera_name() == report.filename())?;
            Some((text, text.guarded.original(&report.span().range)))
        });
        match (report, place) {
            (Some(report), Some((text, range))) => Diagnostic::error(
                "template-invalid",
                report.message().to_lowercase(),
            )
            .at(&text.source, check::span(&range), ""),
            _ => Diagnostic::error("template-invalid", errors::tidy(&error.to_string())),
        }
    }
}

fn parse(source: &Arc<Source>, is_part: bool) -> Result<Unit, Diagnostic> {
    if let Some(at) = source.text.find('\r') {
        let message = "the text has a line end that is not LF";
        return Err(Diagnostic::error("template-invalid", message).at(
            source,
            Span::new(at, at + 1),
            "",
        ));
    }
    let unit = syntax::parse(&source.text).map_err(|error| {
        Diagnostic::error("template-invalid", error.message)
            .at(source, check::span(&error.range), "")
            .hint_if(error.hint)
    })?;
    match unit.components.first() {
        Some(component) if !is_part => {
            let message = format!("the component `{}` stands outside of `parts/`", component.name);
            Err(Diagnostic::error("template-invalid", message).at(
                source,
                check::span(&component.name_range),
                "",
            ))
        }
        _ => Ok(unit),
    }
}

impl Text {
    fn new(name: String, is_part: bool, source: Arc<Source>, unit: Unit) -> Self {
        let guarded = guard::guard(&source.text, &unit, is_part);
        let plain = Plain::of(&unit);
        let reads = Reads::default();
        Self { name, is_part, source, unit, guarded, plain, reads, closure: Vec::new() }
    }

    /// A part may be included, so tera knows all of them; a template without tags it never sees.
    const fn needs_tera(&self) -> bool {
        self.is_part || !self.unit.is_plain_text
    }

    /// Parts are included by their names; those of templates can be no name of a part.
    fn tera_name(&self) -> String {
        if self.is_part { self.name.clone() } else { format!("//{}", self.name) }
    }
}

/// One template or part of a kit.
#[derive(Clone, Copy)]
pub struct Template<'t> {
    templates: &'t Templates,
    at: usize,
}

/// The bytes of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// UTF-8 with LF line ends; empty, or ending in exactly one LF.
    pub bytes: Vec<u8>,
}

impl Rendered {
    /// Ends the text with one LF, if there is any text.
    fn new(mut text: String) -> Self {
        text.truncate(text.trim_end_matches('\n').len());
        if !text.is_empty() {
            text.push('\n');
        }
        Self { bytes: text.into_bytes() }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or("")
    }

    /// The text as the value of a field (`(part)"…"`): without its last line end.
    #[must_use]
    pub fn into_part(self) -> String {
        let mut text = String::from_utf8(self.bytes).unwrap_or_default();
        text.truncate(text.trim_end_matches('\n').len());
        text
    }
}

impl<'t> Template<'t> {
    const fn text(self) -> &'t Text {
        &self.templates.texts.as_slice()[self.at]
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'t str {
        &self.text().name
    }

    /// The places of the context that it reads.
    #[must_use]
    pub const fn reads(self) -> &'t Reads {
        &self.text().reads
    }

    /// The exact values that it reads: the part of a key that depends on values.
    #[must_use]
    pub fn input(self, context: &Value) -> Value {
        self.text().reads.prune(context)
    }

    /// True for a text without any tag: it is copied.
    #[must_use]
    pub const fn is_static(self) -> bool {
        self.text().unit.is_plain_text
    }

    /// The text and those of all parts that it can reach: the part of a key that depends on the kit.
    #[must_use]
    pub fn sources(self) -> &'t [Arc<Source>] {
        &self.text().closure
    }

    /// Feeds the version of rendering, the language and the texts of all sources.
    pub fn feed_sources(self, hasher: &mut KeyHasher) {
        let text = self.text();
        let language = Language::of_file(&text.name);
        hasher.number(u64::from(RENDER_VERSION)).number(language as u64);
        hasher.number(text.closure.len() as u64);
        for source in &text.closure {
            hasher.text(&source.text);
        }
    }

    /// Renders it. Only [`Template::input`] of the context reaches it; the rest serves messages.
    ///
    /// # Errors
    /// The first thing that does not work out: a name that does not exist, a wrong type, what the template itself
    /// throws, or more work than a template may do.
    pub fn render(self, context: &Value) -> Result<Rendered, Diagnostic> {
        count(Work::Render, 1);
        let text = self.text();
        if text.unit.is_plain_text {
            return Ok(Rendered::new(text.source.text.clone()));
        }
        let plain = text.plain.as_ref();
        if let Some(output) = plain.and_then(|plain| plain.render(&text.source.text, context)) {
            return Ok(Rendered::new(output));
        }
        self.render_with_tera(&self.input(context), context)
    }

    fn render_with_tera(self, input: &Value, context: &Value) -> Result<Rendered, Diagnostic> {
        let text = self.text();
        let account = meter::Opened::new(Language::of_file(&text.name));
        let too_deep = || errors::too_costly(&text.source, meter::Limit::ValueDepth);
        let values = convert::to_context(input).ok_or_else(too_deep)?;
        let mut output = meter::Output::default();
        let Some(tera) = &self.templates.tera else {
            return Ok(Rendered::new(String::new()));
        };
        tera.render_to(&text.tera_name(), &values, &mut output)
            .map_err(|error| self.failure(&error, context, account.hit()))?;
        let output = String::from_utf8(output.0).unwrap_or_default();
        if account.is_marked() {
            return Ok(Rendered::new(filters::resolve_marks(&output).into_owned()));
        }
        Ok(Rendered::new(output))
    }

    fn failure(
        self,
        error: &tera::Error,
        context: &Value,
        hit: Option<meter::Limit>,
    ) -> Diagnostic {
        let report = match error.kind() {
            tera::ErrorKind::RenderingError(report) => report,
            _ => {
                let source = &self.text().source;
                return match hit {
                    Some(limit) => errors::too_costly(source, limit),
                    None => Diagnostic::error("template-failed", error.to_string()).at(
                        source,
                        Span::default(),
                        "",
                    ),
                };
            }
        };
        let named = |text: &&Text| text.tera_name() == report.filename();
        let text = self.templates.texts.iter().find(named).unwrap_or_else(|| self.text());
        let library = self.templates.library();
        let place = errors::Place {
            source: &text.source,
            unit: &text.unit,
            guarded: &text.guarded,
            library: &library,
            context,
        };
        let diagnostic = errors::explain(&place, report.message(), &report.span().range, hit);
        if text.at_same(self.text()) {
            return diagnostic;
        }
        let include = self.text().unit.body.iter().find_map(|node| match node {
            syntax::Node::Include { name, range } if *name == text.name => Some(check::span(range)),
            _ => None,
        });
        diagnostic.at(&self.text().source, include.unwrap_or_default(), "rendered from here")
    }
}

impl Text {
    fn at_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
    }
}

#[cfg(test)]
mod tests;
