//! What the ids of diagnostics and findings mean: the pages of `docs/diagnostics.md`, compiled in.

use serde::Serialize;

const TEXT: &str = include_str!("../../../../../docs/diagnostics.md");

/// What an id means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The id.
    pub id: String,
    /// What it means, why, and what to do: Markdown.
    pub text: String,
}

/// All pages, in the order of their ids.
#[must_use]
pub fn pages() -> Vec<Page> {
    let mut all: Vec<Page> = TEXT.split("\n## ").skip(1).filter_map(one).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// The page of an id.
#[must_use]
pub fn page(id: &str) -> Option<Page> {
    pages().into_iter().find(|page| page.id == id)
}

fn one(section: &str) -> Option<Page> {
    let (id, text) = section.split_once('\n')?;
    Some(Page { id: id.trim().to_owned(), text: text.trim().to_owned() })
}
