//! What a value may be, as far as a scan follows it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::reads::Path;

/// What a value may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// What stands at these places of the context.
    pub(super) paths: BTreeSet<Path>,
    /// A list or map that the template built, of such items.
    pub(super) items: Option<Box<Shape>>,
    /// A map that the template wrote out.
    pub(super) fields: BTreeMap<String, Shape>,
    /// Something worked out, of which nothing leads back into the context.
    pub(super) computed: bool,
}

impl Shape {
    pub(super) fn computed() -> Self {
        Self { computed: true, ..Self::default() }
    }

    pub(super) fn at(path: Path) -> Self {
        Self { paths: BTreeSet::from([path]), ..Self::default() }
    }

    pub(super) fn of_items(item: Self) -> Self {
        Self { items: Some(Box::new(item)), ..Self::default() }
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.paths.extend(other.paths.iter().cloned());
        self.computed |= other.computed;
        if let Some(theirs) = &other.items {
            self.items.get_or_insert_default().join(theirs);
        }
        for (name, theirs) in &other.fields {
            self.fields.entry(name.clone()).or_default().join(theirs);
        }
    }

    pub(super) fn depth(&self) -> usize {
        let inside = self.items.iter().map(|item| item.depth());
        1 + inside.chain(self.fields.values().map(Self::depth)).max().unwrap_or(0)
    }
}
