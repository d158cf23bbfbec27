//! The words that every crate of kiln shares: digests, relative paths, source places, diagnostics and name forms.
//!
//! This crate never does I/O, never reads the environment and knows no other crate of the workspace.

mod case;
mod diagnostic;
mod digest;
mod path;
mod source;
mod suggest;
pub mod work;

pub use case::{Forms, plural, words};
pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use digest::{ContentHash, KeyHasher, Sha256, sha256};
pub use path::{PathError, RelPath};
pub use source::{Source, Span, Spanned};
pub use suggest::{did_you_mean, nearest};
