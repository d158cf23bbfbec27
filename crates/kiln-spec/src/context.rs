//! Where complaints about one text are gathered.

use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Source, Span, did_you_mean};

/// After so many complaints about one text nobody reads on.
const MAX_ERRORS: usize = 100;

/// A text that is being decoded and what was found wrong with it so far.
pub(crate) struct Context {
    /// The text.
    pub(crate) source: Arc<Source>,
    diagnostics: Diagnostics,
}

impl Context {
    /// Starts with what the reader of the text found.
    pub(crate) const fn new(source: Arc<Source>, diagnostics: Diagnostics) -> Self {
        Self { source, diagnostics }
    }

    /// An error at a place, to be completed and pushed.
    pub(crate) fn error(
        &self,
        id: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(id, message).at(&self.source, span, "")
    }

    /// Adds a complaint.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds an error without a hint.
    pub(crate) fn report(&mut self, id: &'static str, span: Span, message: impl Into<String>) {
        let error = self.error(id, span, message);
        self.push(error);
    }

    /// Adds an error with a hint.
    pub(crate) fn report_with(
        &mut self,
        id: &'static str,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let error = self.error(id, span, message).hint(hint);
        self.push(error);
    }

    /// Adds an error about a word that is none of a few, with the nearest one or all of them.
    pub(crate) fn report_unknown(
        &mut self,
        id: &'static str,
        span: Span,
        message: impl Into<String>,
        word: &str,
        known: &[&str],
    ) {
        let hint = did_you_mean(word, known.iter().copied()).or_else(|| one_of(known));
        let error = self.error(id, span, message).hint_if(hint);
        self.push(error);
    }

    /// Adds an error about something that stands twice; both places are shown.
    pub(crate) fn report_twice(
        &mut self,
        id: &'static str,
        first: Span,
        second: Span,
        message: impl Into<String>,
    ) {
        let error = Diagnostic::error(id, message).at(&self.source, second, "here again").at(
            &self.source,
            first,
            "here first",
        );
        self.push(error);
    }

    /// Adds a refusal of something that the format has and this version of kiln does not.
    pub(crate) fn report_not_yet(&mut self, span: Span, what: &str) {
        self.report("not-yet", span, format!("{what} not yet supported"));
    }

    /// All complaints in the order of their places, each once.
    pub(crate) fn finish(self) -> Diagnostics {
        let mut all = self.diagnostics.0;
        all.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
        all.dedup();
        let hidden = all.len().saturating_sub(MAX_ERRORS);
        all.truncate(MAX_ERRORS);
        if hidden > 0 {
            all.push(Diagnostic::error("more-errors", format!("{hidden} more are not shown")));
        }
        Diagnostics(all)
    }
}

/// The hint "one of `a`, `b`", unless there are too many to read.
pub(crate) fn one_of(known: &[&str]) -> Option<String> {
    if known.is_empty() || known.len() > 30 {
        return None;
    }
    let quoted: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    Some(if known.len() == 1 {
        format!("it can be {}", quoted[0])
    } else {
        format!("it can be one of {}", quoted.join(", "))
    })
}
