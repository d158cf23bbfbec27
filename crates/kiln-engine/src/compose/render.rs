//! From a plan to bytes, in parallel, with the digest of what each part contributed.

use std::collections::BTreeMap;

use kiln_base::{
    ContentHash as _, Diagnostic, Diagnostics, KeyHasher, RelPath, Sha256, Source, Span, sha256,
};
use kiln_merge::Part;
use kiln_model::{Ownership, Value};
use rayon::prelude::*;

use crate::compose::documents::join_documents;
use crate::compose::outputs::{Action, Origin, Plan, SeenSlot, with_locals};
use crate::template::Template;

/// What one part has put into an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartFact {
    /// A kit, `kit/module.Entity`, or `spec`.
    pub part: String,
    /// The digest of the bytes if there is one part only, else of the part's canonical text.
    pub digest: Sha256,
}

/// A rendered output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Where it goes.
    pub path: RelPath,
    /// Its bytes; line ends of texts are LF.
    pub bytes: Vec<u8>,
    /// It is executable.
    pub executable: bool,
    /// Who may change it.
    pub ownership: Ownership,
    /// The kit that writes it.
    pub kit_id: String,
    /// The file of the kit that it comes from.
    pub source: String,
    /// The step of the schema that it renders, by revision.
    pub change: Option<String>,
    /// What each part contributed; one fact for an output of one part.
    pub facts: Vec<PartFact>,
    /// Everything that could influence its bytes, and nothing else.
    pub key: ActionKey,
}

/// The key of an output: the rules of rendering, the texts of the template and of all parts that it can reach, the
/// exact values that they read, partial documents with theirs, path and mode. Equal keys have equal bytes; a value that
/// no template reads moves no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ActionKey(pub [u8; 32]);

/// All outputs of a plan, by path.
pub type Rendered = Vec<Output>;

impl Plan {
    /// Renders every output. The number of threads changes nothing.
    ///
    /// # Errors
    /// What every template that failed says, in the order of paths.
    pub fn render(&self) -> Result<Rendered, Diagnostics> {
        self.render_some(|_| true)
    }

    /// Renders the outputs that `wanted` names.
    ///
    /// # Errors
    /// What every template that failed says, in the order of paths.
    pub fn render_some(
        &self,
        wanted: impl Fn(&RelPath) -> bool + Sync,
    ) -> Result<Rendered, Diagnostics> {
        let results: Vec<Result<Output, Diagnostics>> = self
            .actions
            .par_iter()
            .filter(|action| wanted(&action.path))
            .map(|action| self.one(action))
            .collect();
        let mut outputs = Vec::with_capacity(results.len());
        let mut problems = Diagnostics::new();
        for result in results {
            match result {
                Ok(output) => outputs.push(output),
                Err(errors) => problems.extend(errors),
            }
        }
        problems.finish(outputs).map(|(outputs, _)| outputs)
    }

    /// The bytes of an output, and what each part contributes.
    fn bytes_and_facts(&self, action: &Action) -> Result<(Vec<u8>, Vec<PartFact>), Diagnostics> {
        Ok(match &action.origin {
            Origin::Copy(bytes) => (bytes.to_vec(), vec![whole(action, bytes)]),
            Origin::Lock { universe, group, requests, .. } => {
                let text = universe.lock(&self.project, group, requests).map_err(|refusals| {
                    Diagnostics(
                        refusals
                            .into_iter()
                            .map(|text| Diagnostic::error("package", text))
                            .collect(),
                    )
                })?;
                let bytes = text.into_bytes();
                let fact = whole(action, &bytes);
                (bytes, vec![fact])
            }
            Origin::Template(name) => self.template(action, name)?,
        })
    }

    /// The bytes of an output alone.
    pub(crate) fn bytes(&self, action: &Action) -> Result<Vec<u8>, Diagnostics> {
        self.bytes_and_facts(action).map(|(bytes, _)| bytes)
    }

    fn one(&self, action: &Action) -> Result<Output, Diagnostics> {
        let (bytes, facts) = self.bytes_and_facts(action)?;
        refuse_markers(action, &bytes)?;
        let key = self.key(action, &bytes)?;
        Ok(Output {
            key,
            path: action.path.clone(),
            executable: action.executable,
            ownership: action.ownership,
            kit_id: action.kit_id.clone(),
            source: action.source.clone(),
            change: action.change.clone(),
            bytes,
            facts,
        })
    }

    /// The key of an output. A dependency lock is the closure that it is cut to, so its text stands for itself.
    fn key(&self, action: &Action, bytes: &[u8]) -> Result<ActionKey, Diagnostics> {
        let mut hasher = KeyHasher::new("kiln 2026 action key v1");
        hasher.text(action.path.as_str()).number(u64::from(action.executable));
        match &action.origin {
            Origin::Copy(bytes) => hasher.number(0).bytes(bytes),
            Origin::Lock { .. } => hasher.number(1).bytes(bytes),
            Origin::Template(name) => {
                hasher.number(2);
                self.feed(
                    action.kit,
                    name,
                    self.base_context(action),
                    &action.locals,
                    &mut hasher,
                )?;
                &mut hasher
            }
        };
        hasher.number(action.attached.len() as u64);
        for attached in &action.attached {
            hasher.text(&attached.part);
            let context = &self.contexts[attached.kit];
            self.feed(attached.kit, &attached.template, context, &attached.locals, &mut hasher)?;
        }
        Ok(ActionKey(hasher.finish()))
    }

    /// Feeds the texts of a template and the values that they read.
    fn feed(
        &self,
        kit: usize,
        name: &str,
        base: &Value,
        locals: &[(&'static str, Value)],
        hasher: &mut KeyHasher,
    ) -> Result<(), Diagnostics> {
        let template = self.find(kit, name)?;
        template.feed_sources(hasher);
        if !template.is_static() {
            template.input(&with_locals(base, locals)).feed(hasher);
        }
        Ok(())
    }

    /// What is in scope of an output before its own names: a migration sees nothing that a later spec could change.
    pub(crate) fn base_context(&self, action: &Action) -> &Value {
        let contexts = if action.change.is_some() { &self.change_contexts } else { &self.contexts };
        &contexts[action.kit]
    }

    pub(crate) fn find<'p>(&'p self, kit: usize, name: &str) -> Result<Template<'p>, Diagnostics> {
        self.templates[kit].file(name).ok_or_else(|| {
            let source = &self.sources[kit];
            Diagnostic::error("missing-template", format!("`{name}` is not in the kit"))
                .at(source, kiln_base::Span::default(), "")
                .into()
        })
    }

    fn template(
        &self,
        action: &Action,
        name: &str,
    ) -> Result<(Vec<u8>, Vec<PartFact>), Diagnostics> {
        let template = self.find(action.kit, name)?;
        if template.is_static() && action.attached.is_empty() {
            let bytes = template.render(&Value::Null).map_err(Diagnostics::from)?.bytes;
            let fact = whole(action, &bytes);
            return Ok((bytes, vec![fact]));
        }
        let context = with_locals(self.base_context(action), &action.locals);
        let rendered = template.render(&context).map_err(Diagnostics::from)?;
        let input = template.input(&context);
        let read: Vec<&SeenSlot> =
            self.slots[action.kit].iter().filter(|slot| input.get(&slot.path).is_some()).collect();
        let foreign = read.iter().any(|slot| slot.parts.keys().any(|part| *part != action.part));
        if !foreign && action.attached.is_empty() {
            let fact = whole(action, &rendered.bytes);
            return Ok((rendered.bytes, vec![fact]));
        }
        let mut parts: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let frame =
            if foreign { frame(&template, &context, &read) } else { rendered.bytes.clone() };
        for slot in &read {
            for (part, canonical) in slot.parts.iter() {
                parts.entry(part.clone()).or_default().extend_from_slice(canonical.as_bytes());
            }
        }
        let bytes = self.attach(action, rendered.bytes, &mut parts)?;
        let own = parts.remove(&action.part).unwrap_or_default();
        let mut facts =
            vec![PartFact { part: action.part.clone(), digest: sha256(&[frame, own].concat()) }];
        facts.extend(
            parts
                .into_iter()
                .map(|(part, canonical)| PartFact { part, digest: sha256(&canonical) }),
        );
        facts.sort_by(|a, b| a.part.cmp(&b.part));
        Ok((bytes, facts))
    }

    /// Merges the partial documents of other kits into the bytes, and notes what each says.
    fn attach(
        &self,
        action: &Action,
        bytes: Vec<u8>,
        parts: &mut BTreeMap<String, Vec<u8>>,
    ) -> Result<Vec<u8>, Diagnostics> {
        if action.attached.is_empty() {
            return Ok(bytes);
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            Diagnostics::from(Diagnostic::error(
                "no-document",
                format!("`{}` is not UTF-8", action.path),
            ))
        })?;
        let mut rendered = Vec::new();
        for attached in &action.attached {
            let template = self.find(attached.kit, &attached.template)?;
            let context = with_locals(&self.contexts[attached.kit], &attached.locals);
            rendered.push(template.render(&context).map_err(Diagnostics::from)?);
        }
        let additions: Vec<Part<'_>> = action
            .attached
            .iter()
            .zip(&rendered)
            .map(|(attached, rendered)| Part { label: &attached.part, text: rendered.text() })
            .collect();
        let (text, canonical) =
            join_documents(&action.path, Part { label: &action.part, text: &text }, &additions)?;
        for (attached, canonical) in action.attached.iter().zip(canonical.into_iter().skip(1)) {
            parts.entry(attached.part.clone()).or_default().extend_from_slice(&canonical);
        }
        Ok(text.into_bytes())
    }
}

/// A render with kiln's own labels could not be told from a conflict that waits for a person.
fn refuse_markers(action: &Action, bytes: &[u8]) -> Result<(), Diagnostics> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
    let Some(marker) = kiln_merge::find_markers(text).into_iter().find(|marker| marker.is_kiln)
    else {
        return Ok(());
    };
    let start: usize = text.split_inclusive('\n').take(marker.line - 1).map(str::len).sum();
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let source = Source::new(format!("{} as rendered", action.path), text);
    let message = format!("`{}` of `{}` has a marker of a conflict", action.path, action.kit_id);
    Err(Diagnostic::error("template-markers", message)
        .at(&source, Span::new(start, end), "")
        .hint("lines with kiln's labels say that a person has to decide; write the line otherwise")
        .into())
}

fn whole(action: &Action, bytes: &[u8]) -> PartFact {
    PartFact { part: action.part.clone(), digest: sha256(bytes) }
}

/// What the owner writes itself: the output with every slot that it reads empty. A template that refuses empty slots
/// stands for itself.
fn frame(template: &Template<'_>, context: &Value, read: &[&SeenSlot]) -> Vec<u8> {
    let mut emptied = Value::map().merge(context);
    let mut capabilities: BTreeMap<&str, Value> = BTreeMap::new();
    for slot in read {
        let Some((capability, name)) = slot.path.split_once('.') else { continue };
        let value = capabilities
            .remove(capability)
            .or_else(|| context.field(capability).cloned())
            .unwrap_or_default();
        let empty = match value.field(name) {
            Some(Value::Map(by_entity)) => {
                let mut map = Value::map();
                for entity in by_entity.names() {
                    map.set(entity, Value::list(Vec::<Value>::new()));
                }
                map.build()
            }
            _ => Value::list(Vec::<Value>::new()),
        };
        capabilities.insert(capability, Value::map().merge(&value).with(name, empty).build());
    }
    for (capability, value) in capabilities {
        emptied.set(capability, value);
    }
    match template.render(&emptied.build()) {
        Ok(rendered) => rendered.bytes,
        Err(_) => template.sources().iter().flat_map(|source| source.text.bytes()).collect(),
    }
}
