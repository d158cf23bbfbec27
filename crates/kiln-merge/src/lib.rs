//! Merging of documents and lines, as pure text functions: no files, no clock, no knowledge of kits or locks.
//!
//! - [`compose`] puts partial JSON, TOML and YAML documents together.

mod compose;
mod delimited;
mod diff;
mod document;
mod json;
mod json_print;
mod key;
mod lines;
mod markers;
#[cfg(test)]
mod sample;
mod toml_doc;
mod tree;
mod value;
mod yaml;

pub use compose::{Composed, MergeConflict, Part, PartKeys, Side, compose};
pub use key::{KeyGlob, KeyPath};
pub use markers::Labels;
pub use tree::{Fault, Format};
pub use value::Value;
