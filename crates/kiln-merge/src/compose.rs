//! Putting partial documents together: what kits' `merge` nodes do.
//!
//! Maps merge, lists take the elements that they lack, other values must agree. The text is spliced, so comments and
//! style of all sides stay; JSON is printed anew. What comes out is read again and its meaning compared with a merge
//! of plain values that knows nothing of texts.

use std::ops::Range;

use crate::document::Document;
use crate::key::KeyPath;
use crate::tree::{Fault, Format, Kind, Node, Plan, Slot};
use crate::value::{Value, put_length};

/// A document or a part of one, with a name for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// Who contributes it: the id of a kit.
    pub label: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// A composed document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The text, with LF line ends and one newline at the end.
    pub text: String,
    /// What each part says: the base first, then the additions in their order.
    pub parts: Vec<PartKeys>,
}

/// The keys of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartKeys {
    /// Who contributes them.
    pub label: String,
    /// Paths to scalars, lists and empty maps with their values, sorted by path.
    pub keys: Vec<(KeyPath, Value)>,
}

impl PartKeys {
    /// The canonical form, to be hashed: the count, then paths and values with their lengths. It does not hold the
    /// label.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_length(&mut out, self.keys.len());
        for (path, value) in &self.keys {
            path.canonical(&mut out);
            value.canonical(&mut out);
        }
        out
    }
}

/// One side of a disagreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Which part says it; 0 is the base.
    pub part: usize,
    /// Who contributes the part.
    pub label: String,
    /// What it says.
    pub value: Value,
    /// Where it says it, in bytes of that part's text.
    pub span: Range<usize>,
}

/// Why documents cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeConflict {
    /// Two parts say different things of one key.
    #[error("`{path}` is {} in `{}` and {} in `{}`", first.value, first.label, second.value, second.label)]
    Disagree {
        /// The key.
        path: KeyPath,
        /// Who said it first.
        first: Box<Side>,
        /// Who says something else.
        second: Box<Side>,
    },
    /// A part is no document of this format, or of a form that cannot be merged.
    #[error("`{label}` is not {format} that can be merged: {fault}")]
    Unreadable {
        /// Which part; 0 is the base.
        part: usize,
        /// Who contributes it.
        label: String,
        /// The format.
        format: Format,
        /// What is wrong and where.
        fault: Fault,
    },
    /// The new text does not mean what it must mean; a defect of this crate, never of the parts.
    #[error("the part of `{label}` could not be written faithfully: {why}")]
    Unfaithful {
        /// Who contributes the part that broke it.
        label: String,
        /// What differs.
        why: String,
    },
}

/// Puts `additions` into `base`, in their order.
///
/// # Errors
/// All disagreements and unreadable parts at once.
pub fn compose(
    format: Format,
    base: Part<'_>,
    additions: &[Part<'_>],
) -> Result<Composed, Vec<MergeConflict>> {
    let texts: Vec<String> = std::iter::once(&base)
        .chain(additions)
        .map(|part| part.text.replace("\r\n", "\n"))
        .collect();
    let labels: Vec<&str> =
        std::iter::once(base.label).chain(additions.iter().map(|part| part.label)).collect();
    let documents = read_all(format, &texts, &labels)?;
    let joint = unite_all(&documents, &labels)?;
    let parts = documents
        .iter()
        .zip(&labels)
        .map(|(document, label)| PartKeys {
            label: (*label).to_owned(),
            keys: document.as_ref().map_or_else(Vec::new, |document| leaves(document.root())),
        })
        .collect();
    let text = write_all(format, &texts, &documents, &labels).map_err(|error| vec![error])?;
    check(format, &text, &joint, labels.last().copied().unwrap_or_default())
        .map_err(|error| vec![error])?;
    Ok(Composed { text, parts })
}

/// `None` is an addition without content: every line of its template fell away.
fn read_all(
    format: Format,
    texts: &[String],
    labels: &[&str],
) -> Result<Vec<Option<Document>>, Vec<MergeConflict>> {
    let mut documents = Vec::with_capacity(texts.len());
    let mut errors = Vec::new();
    for (part, (text, label)) in texts.iter().zip(labels).enumerate() {
        if part > 0 && is_bare(format, text) {
            documents.push(None);
            continue;
        }
        match Document::parse(format, text) {
            Ok(document) => documents.push(Some(document)),
            Err(fault) => errors.push(MergeConflict::Unreadable {
                part,
                label: (*label).to_owned(),
                format,
                fault,
            }),
        }
    }
    if errors.is_empty() { Ok(documents) } else { Err(errors) }
}

fn is_bare(format: Format, text: &str) -> bool {
    text.lines().map(str::trim).all(|line| {
        line.is_empty() || (format != Format::Json && (line.starts_with('#') || line == "---"))
    })
}

/// The union of plain values, with who said what first.
enum Joint {
    Map(Vec<(String, Joint)>, Origin),
    List(Vec<Value>, Origin),
    Other(Value, Origin),
}

#[derive(Clone)]
struct Origin {
    part: usize,
    span: Range<usize>,
}

impl Joint {
    fn new(node: &Node, part: usize) -> Self {
        let origin = Origin { part, span: node.span.clone() };
        match &node.kind {
            Kind::Map(members) if node.mark.is_none() => {
                let entry = |m: &crate::tree::Member| (m.key.clone(), Self::new(&m.node, part));
                Self::Map(members.iter().map(entry).collect(), origin)
            }
            Kind::List(items) if node.mark.is_none() => {
                Self::List(items.iter().map(Node::value).collect(), origin)
            }
            _ => Self::Other(node.value(), origin),
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Map(entries, _) => Value::Map(
                entries.iter().map(|(key, joint)| (key.clone(), joint.value())).collect(),
            ),
            Self::List(items, _) => Value::List(items.clone()),
            Self::Other(value, _) => value.clone(),
        }
    }

    fn origin(&self) -> &Origin {
        match self {
            Self::Map(_, origin) | Self::List(_, origin) | Self::Other(_, origin) => origin,
        }
    }

    fn unite(&mut self, node: &Node, part: usize, path: &KeyPath, report: &mut Report<'_>) {
        match (&mut *self, &node.kind) {
            (Self::Map(entries, _), Kind::Map(members)) if node.mark.is_none() => {
                for member in members {
                    match entries.iter_mut().find(|(key, _)| *key == member.key) {
                        Some((key, joint)) => {
                            joint.unite(&member.node, part, &path.join(key), report);
                        }
                        None => {
                            entries.push((member.key.clone(), Self::new(&member.node, part)));
                        }
                    }
                }
            }
            (Self::List(items, _), Kind::List(more)) if node.mark.is_none() => {
                for value in more.iter().map(Node::value) {
                    if !items.contains(&value) {
                        items.push(value);
                    }
                }
            }
            _ => {
                let value = node.value();
                let first = self.value();
                if first != value {
                    let origin = self.origin().clone();
                    report.disagree(path, (origin, first), (part, node.span.clone(), value));
                }
            }
        }
    }
}

struct Report<'a> {
    labels: &'a [&'a str],
    conflicts: Vec<MergeConflict>,
}

impl Report<'_> {
    fn disagree(
        &mut self,
        path: &KeyPath,
        (origin, first): (Origin, Value),
        (part, span, value): (usize, Range<usize>, Value),
    ) {
        let label = |part: usize| self.labels[part].to_owned();
        self.conflicts.push(MergeConflict::Disagree {
            path: path.clone(),
            first: Box::new(Side {
                part: origin.part,
                label: label(origin.part),
                value: first,
                span: origin.span,
            }),
            second: Box::new(Side { part, label: label(part), value, span }),
        });
    }
}

fn unite_all(documents: &[Option<Document>], labels: &[&str]) -> Result<Value, Vec<MergeConflict>> {
    let mut report = Report { labels, conflicts: Vec::new() };
    let mut joint: Option<Joint> = None;
    for (part, document) in documents.iter().enumerate() {
        let Some(document) = document else { continue };
        match &mut joint {
            None => joint = Some(Joint::new(document.root(), part)),
            Some(joint) => joint.unite(document.root(), part, &KeyPath::default(), &mut report),
        }
    }
    if !report.conflicts.is_empty() {
        return Err(report.conflicts);
    }
    Ok(joint.map_or(Value::Null, |joint| joint.value()))
}

fn leaves(root: &Node) -> Vec<(KeyPath, Value)> {
    fn collect(node: &Node, path: &KeyPath, out: &mut Vec<(KeyPath, Value)>) {
        match &node.kind {
            Kind::Map(members) if node.mark.is_none() && !members.is_empty() => {
                members.iter().for_each(|m| collect(&m.node, &path.join(&m.key), out));
            }
            _ => out.push((path.clone(), node.value())),
        }
    }
    let mut out = Vec::new();
    collect(root, &KeyPath::default(), &mut out);
    out.sort_by(|(a, _), (b, _)| a.cmp(b));
    out
}

fn write_all(
    format: Format,
    texts: &[String],
    documents: &[Option<Document>],
    labels: &[&str],
) -> Result<String, MergeConflict> {
    let mut text = texts[0].clone();
    let mut meaning = None;
    for (part, document) in documents.iter().enumerate() {
        let Some(theirs) = document else { continue };
        let unfaithful =
            |why: String| MergeConflict::Unfaithful { label: labels[part].to_owned(), why };
        if part == 0 {
            meaning = Some(theirs.root().value());
            continue;
        }
        let ours = Document::parse(format, &text).map_err(|f| unfaithful(f.to_string()))?;
        if meaning.as_ref() != Some(&ours.root().value()) {
            return Err(unfaithful("what was written before reads otherwise".to_owned()));
        }
        let plan = union(ours.root(), theirs.root());
        if !plan.changes_nothing(ours.root()) {
            meaning = Some(plan.value(ours.root(), Some(theirs.root())));
            text = ours.splice(theirs, &plan, true).map_err(|f| unfaithful(f.to_string()))?;
        }
    }
    let unfaithful = |fault: Fault| MergeConflict::Unfaithful {
        label: labels[0].to_owned(),
        why: fault.message,
    };
    let mut text = Document::printed(format, text).map_err(unfaithful)?;
    text.truncate(text.trim_end_matches('\n').len());
    text.push('\n');
    Ok(text)
}

/// What is missing in ours comes from theirs; nothing of ours changes.
fn union(ours: &Node, theirs: &Node) -> Plan {
    if ours.is_plain_map() && theirs.is_plain_map() {
        let donors = theirs.members();
        let mut slots: Vec<Slot> = Vec::with_capacity(ours.members().len() + donors.len());
        for (at, member) in ours.members().iter().enumerate() {
            let partner = donors.iter().position(|donor| donor.key == member.key);
            let plan = partner.map_or(Plan::Keep, |p| union(&member.node, &donors[p].node));
            slots.push(Slot::Ours { at, partner, plan });
        }
        let new = donors.iter().enumerate().filter(|(_, donor)| ours.get(&donor.key).is_none());
        slots.extend(new.map(|(at, _)| Slot::Theirs(at)));
        let plan = Plan::Map(slots);
        return if plan.changes_nothing(ours) { Plan::Keep } else { plan };
    }
    if ours.is_plain_list() && theirs.is_plain_list() {
        let keep = |at| Slot::Ours { at, partner: None, plan: Plan::Keep };
        let mut slots: Vec<Slot> = (0..ours.items().len()).map(keep).collect();
        let mut values: Vec<Value> = ours.items().iter().map(Node::value).collect();
        for (at, item) in theirs.items().iter().enumerate() {
            let value = item.value();
            if !values.contains(&value) {
                values.push(value);
                slots.push(Slot::Theirs(at));
            }
        }
        let plan = Plan::List(slots);
        return if plan.changes_nothing(ours) { Plan::Keep } else { plan };
    }
    Plan::Keep
}

/// The new text must mean what the union of plain values means.
fn check(format: Format, text: &str, joint: &Value, label: &str) -> Result<(), MergeConflict> {
    let unfaithful = |why: String| MergeConflict::Unfaithful { label: label.to_owned(), why };
    let document = Document::parse(format, text).map_err(|fault| unfaithful(fault.to_string()))?;
    if document.root().value() == *joint {
        Ok(())
    } else {
        Err(unfaithful("it reads otherwise than the values put together".to_owned()))
    }
}

#[cfg(test)]
mod tests;
