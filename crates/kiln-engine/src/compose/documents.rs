//! Partial documents that kits merge into outputs of other kits.

use kiln_base::{Diagnostic, Diagnostics, RelPath, Source};
use kiln_merge::{Format, MergeConflict, Part};
use kiln_model::{SectionKind, Value};

use crate::compose::context::Views;
use crate::compose::facts::Base;
use crate::compose::items::Items;
use crate::compose::outputs::{Action, join, part_name};
use crate::compose::repeat::{Roots, scopes};

/// A partial document that goes into an output.
#[derive(Debug, Clone)]
pub(crate) struct Attached {
    pub(crate) kit: usize,
    pub(crate) part: String,
    /// The template, by its path in the kit.
    pub(crate) template: String,
    pub(crate) locals: Vec<(&'static str, Value)>,
}

/// Attaches every partial document to the output that it is for. One whose output is not written is left out.
pub(crate) fn attachments(
    base: &Base<'_>,
    views: &Views<'_>,
    items: &Items,
    actions: &mut [Action],
    problems: &mut Diagnostics,
) {
    let _ = items;
    for (kit, sections) in base.active.iter().enumerate() {
        for active in sections {
            let SectionKind::Merge(merge) = &active.section.kind else { continue };
            let package = base.kit(kit);
            let folder = format!("merge/{}/", merge.folder.value);
            let into = merge.into.as_ref().map_or("", |into| into.value.as_str());
            let mut found = false;
            for path in package.files.keys().filter(|path| path.as_str().starts_with(&folder)) {
                found = true;
                let text = join(into, &path.as_str()[folder.len()..]);
                let roots = Roots::of([text.as_str()], active);
                for scope in scopes(base, views, kit, active, &roots, None) {
                    let target = match base.fill(kit, &text, &views.lookup(kit, &scope)) {
                        Ok(value) => value.as_str().and_then(|text| RelPath::new(text).ok()),
                        Err(unknown) => {
                            problems.push(base.placeholder_problem(
                                kit,
                                &unknown,
                                merge.folder.span,
                            ));
                            None
                        }
                    };
                    let Some(target) = target else { continue };
                    if Format::of_path(target.as_str()).is_none() {
                        let message = format!(
                            "`{target}` is no JSON, TOML or YAML document that others can merge into"
                        );
                        problems.push(Diagnostic::error("no-document", message).at(
                            &package.source,
                            merge.folder.span,
                            "",
                        ));
                        continue;
                    }
                    if let Some(action) = actions.iter_mut().find(|action| action.path == target) {
                        let part = part_name(package.id(), views.domain, &scope);
                        let locals = views.of_scope(kit, &scope);
                        action.attached.push(Attached {
                            kit,
                            part,
                            template: path.as_str().to_owned(),
                            locals,
                        });
                    }
                }
            }
            if !found {
                let message =
                    format!("`{}` has no folder `merge/{}`", package.id(), merge.folder.value);
                problems.push(Diagnostic::error("missing-folder", message).at(
                    &package.source,
                    merge.folder.span,
                    "",
                ));
            }
        }
    }
}

/// The composed text and each part's canonical form, the base first.
pub(crate) fn join_documents(
    path: &RelPath,
    base: Part<'_>,
    additions: &[Part<'_>],
) -> Result<(String, Vec<Vec<u8>>), Diagnostics> {
    let Some(format) = Format::of_path(path.as_str()) else {
        return Err(Diagnostic::error("no-document", format!("`{path}` is no document")).into());
    };
    match kiln_merge::compose(format, base, additions) {
        Ok(composed) => Ok((
            composed.text,
            composed.parts.iter().map(kiln_merge::PartKeys::canonical).collect(),
        )),
        Err(conflicts) => {
            let texts: Vec<Part<'_>> =
                std::iter::once(base).chain(additions.iter().copied()).collect();
            Err(Diagnostics(
                conflicts.iter().map(|conflict| shown(path, conflict, &texts)).collect(),
            ))
        }
    }
}

fn shown(path: &RelPath, conflict: &MergeConflict, texts: &[Part<'_>]) -> Diagnostic {
    let mut problem = Diagnostic::error("document-conflict", format!("`{path}`: {conflict}"));
    if let MergeConflict::Unreadable { part, label, fault, .. } = conflict
        && let Some(text) = texts.get(*part)
    {
        let source = Source::new(format!("{path} by {label}"), text.text);
        let span = kiln_base::Span::new(fault.span.start, fault.span.end);
        problem = problem.at(&source, span, "").hint(format!("correct the file of `{label}`"));
    }
    if let MergeConflict::Disagree { first, second, .. } = conflict {
        for side in [first, second] {
            if let Some(part) = texts.get(side.part) {
                let source = Source::new(format!("{path} by {}", side.label), part.text);
                problem = problem.at(
                    &source,
                    kiln_base::Span::new(side.span.start, side.span.end),
                    format!("`{}` says this", side.label),
                );
            }
        }
        problem = problem.hint("leave one of the kits out, or give them options that agree");
    }
    problem
}
