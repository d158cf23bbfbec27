//! Which partial document a key of a JSON, TOML or YAML output comes from.

use kiln_base::{Diagnostic, Diagnostics};
use kiln_merge::{Format, Part};
use serde::Serialize;

use crate::compose::explain::Inquiry;
use crate::compose::outputs::with_locals;

/// Where a key of a document comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyOrigin {
    /// The keys that lead to it, with dots between.
    pub key: String,
    /// Its value in the render.
    pub value: String,
    /// The kits that say it, each with its file; several where they agree or each adds to a list.
    pub from: Vec<(String, String)>,
}

impl Inquiry<'_> {
    /// All keys of a document, sorted; none if no kit writes the path.
    ///
    /// # Errors
    /// What cannot be read as a document.
    pub fn keys(&self, path: &str) -> Option<Result<Vec<KeyOrigin>, Diagnostics>> {
        let action = self.action(path)?;
        let format = Format::of_path(path)?;
        let mut base = action.clone();
        base.attached.clear();
        let text = match self.plan.bytes(&base) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(errors) => return Some(Err(errors)),
        };
        let mut texts = Vec::new();
        for attached in &action.attached {
            let context = with_locals(&self.plan.contexts[attached.kit], &attached.locals);
            let rendered = self
                .plan
                .find(attached.kit, &attached.template)
                .and_then(|template| template.render(&context).map_err(Diagnostics::from));
            match rendered {
                Ok(rendered) => texts.push(rendered),
                Err(errors) => return Some(Err(errors)),
            }
        }
        let parts: Vec<Part<'_>> = action
            .attached
            .iter()
            .zip(&texts)
            .map(|(attached, text)| Part { label: &attached.part, text: text.text() })
            .collect();
        let base = Part { label: &action.part, text: &text };
        let composed = match kiln_merge::compose(format, base, &parts) {
            Ok(composed) => composed,
            Err(conflicts) => {
                let one = |conflict: &kiln_merge::MergeConflict| {
                    Diagnostic::error("document-conflict", format!("`{path}`: {conflict}"))
                };
                return Some(Err(Diagnostics(conflicts.iter().map(one).collect())));
            }
        };
        let own = (action.kit_id.clone(), action.source.clone());
        let others = action.attached.iter().map(|attached| {
            (self.base.kit(attached.kit).id().to_owned(), attached.template.clone())
        });
        let files: Vec<(String, String)> = std::iter::once(own).chain(others).collect();
        let whole = kiln_merge::compose(format, Part { label: "", text: &composed.text }, &[]);
        let whole = whole.ok().and_then(|whole| whole.parts.into_iter().next());
        let keys = whole.into_iter().flat_map(|part| part.keys).map(|(key, value)| {
            let says = |part: &kiln_merge::PartKeys| part.keys.iter().any(|(own, _)| *own == key);
            KeyOrigin {
                key: key.to_string(),
                value: value.to_string(),
                from: composed
                    .parts
                    .iter()
                    .zip(&files)
                    .filter(|(part, _)| says(part))
                    .map(|(_, file)| file.clone())
                    .collect(),
            }
        });
        Some(Ok(keys.collect()))
    }
}
