//! All records of a project, and what they add up to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kiln_base::{Diagnostic, Source, Span};

use crate::graph::{Graph, conflict, named};
use crate::record::Record;
use crate::state::State;

/// The records of a project by chain, each chain in the order of its steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The steps of each chain.
    pub chains: BTreeMap<String, Vec<Record>>,
}

/// What is wrong with a record or a chain.
pub type HistoryError = Diagnostic;

impl History {
    /// Reads the records, given as (path, source) in any order.
    ///
    /// # Errors
    /// Every record that is no valid step, and every one whose name is not the one that its content has.
    pub fn read(files: &[(String, Arc<Source>)]) -> Result<Self, Vec<HistoryError>> {
        let mut records = Vec::new();
        let mut errors = Vec::new();
        for (path, source) in files {
            match one(path, source) {
                Ok(record) => records.push(record),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(records.into_iter().collect()) } else { Err(errors) }
    }

    /// All steps, by chain.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.chains.values().flatten()
    }

    /// The step with that revision, whether written with `-` or `_`, with its chain in front or not.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Record> {
        let (chain, id) = id.split_once('/').map_or((None, id), |(chain, id)| (Some(chain), id));
        let id = id.trim_end_matches(".toml").replace('-', "_");
        self.records()
            .find(|record| record.id() == id && chain.is_none_or(|chain| record.chain == chain))
    }

    /// The steps of a chain that none of its steps follows, by revision.
    #[must_use]
    pub fn heads(&self, chain: &str) -> Vec<String> {
        let steps = self.chains.get(chain).map(Vec::as_slice).unwrap_or_default();
        let followed: BTreeSet<&String> = steps.iter().flat_map(|step| &step.parents).collect();
        let mut heads: Vec<String> =
            steps.iter().map(Record::id).filter(|id| !followed.contains(id)).collect();
        heads.sort();
        heads
    }

    /// The steps of any chain that follow a step, by its revision.
    pub fn followers<'h>(&'h self, id: &'h str) -> impl Iterator<Item = &'h Record> {
        self.records().filter(move |record| {
            record.parents.iter().chain(&record.needs).any(|known| known == id)
        })
    }

    /// The same without some steps, by revision.
    #[must_use]
    pub fn without(&self, ids: &BTreeSet<String>) -> Self {
        self.records().filter(|record| !ids.contains(&record.id())).cloned().collect()
    }

    /// The tables that all steps add up to.
    ///
    /// # Errors
    /// `history-conflict`: steps that do not fit together, as after a merge of two branches.
    pub fn fold(&self) -> Result<State, Vec<HistoryError>> {
        self.folded().map(|(_, state)| state)
    }

    /// As [`History::fold`], with the order of the steps.
    pub(crate) fn folded(&self) -> Result<(Graph<'_>, State), Vec<HistoryError>> {
        let graph = Graph::of(self.records())?;
        let mut problems: Vec<Diagnostic> = self.replaced().collect();
        problems.extend(graph.conflicts());
        if !problems.is_empty() {
            return Err(problems);
        }
        let state = graph.fold().map_err(|problem| vec![problem])?;
        Ok((graph, state))
    }

    /// Steps that are there beside the one that stands for them.
    fn replaced(&self) -> impl Iterator<Item = Diagnostic> {
        self.records().flat_map(|base| {
            let both = base.replaces.iter().filter_map(|id| self.find(id));
            both.map(|record| {
                let message = format!(
                    "{} is there beside {}, which stands for it",
                    named(record),
                    named(base)
                );
                conflict(record, message).hint(format!("kiln history drop {}", record.shown()))
            })
        })
    }
}

impl FromIterator<Record> for History {
    fn from_iter<T: IntoIterator<Item = Record>>(records: T) -> Self {
        let mut history = Self::default();
        for record in records {
            history.chains.entry(record.chain.clone()).or_default().push(record);
        }
        for steps in history.chains.values_mut() {
            steps.sort_by_cached_key(|record| (record.number, record.id()));
        }
        history
    }
}

fn one(path: &str, source: &Arc<Source>) -> Result<Record, HistoryError> {
    let refuse = |message: String, span: Span| {
        Diagnostic::error("history-record", message)
            .at(source, span, "")
            .hint("records are written by kiln and never edited; restore it from git")
    };
    let mut record: Record = toml::from_str(&source.text).map_err(|error| {
        let span =
            error.span().map_or_else(Span::default, |range| Span::new(range.start, range.end));
        refuse(format!("`{path}` is no record of a step: {}", error.message()), span)
    })?;
    if record.format != 1 {
        return Err(refuse(
            format!("`{path}` has format {}; this kiln reads format 1", record.format),
            Span::default(),
        ));
    }
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml");
    record.number = name.split('-').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    if record.path() != path {
        return Err(refuse(
            format!(
                "`{path}` does not hold the step that its name says; its content belongs at `{}`",
                record.path()
            ),
            Span::default(),
        ));
    }
    Ok(record)
}
