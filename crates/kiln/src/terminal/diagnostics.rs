//! A diagnostic as people like it: message, source with the place underlined, hints.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use kiln_base::{Diagnostic, Severity};

/// The text of one diagnostic. Several labels of one source are shown together.
pub(crate) fn rendered(diagnostic: &Diagnostic, styled: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(&diagnostic.message)
        .id(diagnostic.id)
        .elements(std::iter::empty::<annotate_snippets::Element<'_>>());
    let mut sources: Vec<&kiln_base::Source> = Vec::new();
    for label in &diagnostic.labels {
        if !sources.iter().any(|known| **known == *label.source) {
            sources.push(&label.source);
        }
    }
    for (at, source) in sources.iter().enumerate() {
        let mut snippet = Snippet::source(&source.text).path(&source.name);
        for (place, label) in
            diagnostic.labels.iter().enumerate().filter(|(_, label)| *label.source == **source)
        {
            let kind = if at == 0 && place == 0 {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let range = clamp(&source.text, label.span.start as usize, label.span.end as usize);
            let annotation = kind.span(range);
            snippet = snippet.annotation(if label.text.is_empty() {
                annotation
            } else {
                annotation.label(&label.text)
            });
        }
        group = group.element(snippet);
    }
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.with_name("hint").message(hint));
    }
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// A range that lies in the text, on character borders.
fn clamp(text: &str, start: usize, end: usize) -> std::ops::Range<usize> {
    let border = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(start);
    start..border(end).max(start)
}
