//! The templates' language as a syntax tree with exact places: tera keeps its own to itself, and what a template
//! reads, what it may cost and where it is wrong must be known before it runs.
//!
//! The grammar is tera's without inheritance (`extends`, `block`), optional steps (`?.`) and names that start with two
//! underscores.

mod ast;
mod lexer;
mod parser;

pub(super) use ast::{
    BinaryOperator, Component, ComponentCall, Comprehension, Entry, Expression, ExpressionKind,
    FilterUse, For, Literal, Node, Range, Unit,
};
pub(super) use parser::parse;

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) range: Range,
    pub(super) hint: Option<String>,
}

impl SyntaxError {
    fn new(message: impl Into<String>, range: Range) -> Self {
        Self { message: message.into(), range, hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
