//! KDL v2 as a tree with exact places.
//!
//! Written by hand because people's files and strangers' kits are read with it: the `kdl` crate doubles its time
//! with each nested `/-{`, overflows the stack on deep blocks and long comments, gives no tree after an error, and
//! blames a whole node for one bad value. This reader is linear, bounded, and goes on after a bad value, so that one
//! run shows every error of a file. The `kdl` crate stays as the oracle of its tests.

mod characters;
mod entries;
mod reader;
mod strings;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use kiln_base::{Diagnostics, Source, Span, Spanned};

pub(crate) use characters::{is_forbidden, is_newline, is_space};
pub(crate) use reader::parse;

/// Texts larger than this are refused; in bytes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// Blocks nested deeper than this are refused.
pub(crate) const MAX_DEPTH: usize = 64;

/// A value as KDL knows it, without the kinds that kiln has no use for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// `#null`
    Null,
    /// `#true`, `#false`
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// A word or a quoted text.
    Text(String),
    /// Something that was reported already; whoever reads it says nothing more.
    Invalid,
}

/// An argument or a property of a node.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The property's name; none for an argument.
    pub(crate) name: Option<Spanned<String>>,
    /// What stands in parentheses before the value.
    pub(crate) annotation: Option<Spanned<String>>,
    /// The value.
    pub(crate) value: Scalar,
    /// The value's place, its annotation included.
    pub(crate) span: Span,
}

/// A node with everything below it.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Its name.
    pub(crate) name: Spanned<String>,
    /// What stands in parentheses before the name.
    pub(crate) annotation: Option<Spanned<String>>,
    /// Arguments and properties in order.
    pub(crate) entries: Vec<Entry>,
    /// The nodes of its block; none if it has no block.
    pub(crate) children: Option<Vec<Self>>,
    /// Its block from `{` to `}`; none if it has no block.
    pub(crate) block: Option<Span>,
    /// From its name up to its last entry, without the block.
    pub(crate) head: Span,
    /// The whole of it.
    pub(crate) span: Span,
}

/// What came out of a text.
pub(crate) struct Tree {
    /// The top-level nodes.
    pub(crate) nodes: Vec<Node>,
    /// What is wrong with the text as KDL.
    pub(crate) diagnostics: Diagnostics,
    /// Blocks or texts have no end: what the nodes say is guesswork and not worth more messages.
    pub(crate) broken: bool,
    /// The text.
    pub(crate) source: Arc<Source>,
}
