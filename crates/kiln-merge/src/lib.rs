//! Merging of documents and lines, as pure text functions: no files, no clock, no knowledge of kits or locks.
//!
//! - [`compose`] puts partial JSON, TOML and YAML documents together.
//! - [`merge`] merges a person's version of a file with kiln's new one: documents by key, everything else by lines as
//!   git does it, and within a conflict of lines by the close rules; what still conflicts gets diff3 markers.
//! - [`merge_without_base`] does so where nobody knows what the person's version was made from.
//! - [`ResolutionKey`] names a conflict by its three versions, so that a resolution is found again.
//! - [`unread`] says why a document cannot be read by its keys: it is merged by lines then.
//! - [`find_markers`] and [`check_resolution`] look at what a person made of conflicts; [`two_way`] marks differences
//!   where no base is known.

mod close;
mod comments;
mod compose;
mod delimited;
mod diff;
mod document;
mod json;
mod json_print;
mod key;
mod key_merge;
mod language;
mod lines;
mod markers;
mod merge;
mod resolution;
#[cfg(test)]
mod sample;
mod text;
mod toml_doc;
mod tree;
mod unread;
mod value;
mod yaml;

pub use close::Rule;
pub use compose::{Composed, MergeConflict, Part, PartKeys, Side, compose};
pub use key::{KeyGlob, KeyPath};
pub use key_merge::{Found, KeyConflict};
pub use markers::{
    Labels, LostFrom, LostLine, Marker, MarkerKind, Resolution, check_resolution, find_markers,
};
pub use merge::{MergeInput, Outcome, merge, merge_without_base};
pub use resolution::ResolutionKey;
pub use text::{CloseMerge, two_way};
pub use tree::{Fault, Format};
pub use unread::{Unread, unread};
pub use value::Value;
