//! One refusal or warning: what, where, why, and the way out, as data. Showing it is the terminal's work.

use std::sync::Arc;

use crate::{Source, Span};

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing goes on.
    Error,
    /// Goes on, but a person should look.
    Warning,
}

/// A place that a diagnostic shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text that the place is in.
    pub source: Arc<Source>,
    /// The place.
    pub span: Span,
    /// What is there, in a few words; may be empty.
    pub text: String,
}

/// One refusal or warning.
///
/// Messages are lower case, put backticks round names and have no final period; hints stand apart from the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable id in kebab case, such as `unknown-option`.
    pub id: &'static str,
    /// Its weight.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where: the first place is the main one.
    pub labels: Vec<Label>,
    /// What it is about when the place is not known here, as a dotted path in the spec or lock, such as
    /// `kit.auth-jwt.option.access-ttl`: whoever knows the spec turns it into a label.
    pub subject: Option<String>,
    /// Ways out, each one line.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// An error without place and hints.
    #[must_use]
    pub fn error(id: &'static str, message: impl Into<String>) -> Self {
        Self {
            id,
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            subject: None,
            hints: Vec::new(),
        }
    }

    /// A warning without place and hints.
    #[must_use]
    pub fn warning(id: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(id, message) }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { source: Arc::clone(source), span, text: text.into() });
        self
    }

    /// Says what it is about; see [`Diagnostic::subject`].
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Adds a way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds a way out if there is one.
    #[must_use]
    pub fn hint_if(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }
}

/// Several diagnostics, in the order in which a reader meets their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// True if one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// `value` and the warnings, or all of them if one is an error.
    ///
    /// # Errors
    /// All diagnostics, if one of them is an error.
    pub fn finish<T>(self, value: T) -> Result<(T, Self), Self> {
        if self.has_errors() { Err(self) } else { Ok((value, self)) }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl std::fmt::Display for Diagnostics {
    /// A plain form for tests and logs: place, message and hints, one line each.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for diagnostic in &self.0 {
            let kind = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            writeln!(f, "{kind}[{}]: {}", diagnostic.id, diagnostic.message)?;
            for label in &diagnostic.labels {
                let (line, column) = label.source.position(label.span.start as usize);
                write!(f, "  at {}:{line}:{column}", label.source.name)?;
                if label.text.is_empty() {
                    writeln!(f)?;
                } else {
                    writeln!(f, ": {}", label.text)?;
                }
            }
            if let (true, Some(subject)) = (diagnostic.labels.is_empty(), &diagnostic.subject) {
                writeln!(f, "  about {subject}")?;
            }
            for hint in &diagnostic.hints {
                writeln!(f, "  hint: {hint}")?;
            }
        }
        Ok(())
    }
}
