//! The steps of all chains in one order, and who follows whom.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::Diagnostic;

use crate::record::{Record, shown};
use crate::state::State;
use crate::touch::{Object, Touch, clash, touches};

/// All steps, those that others follow first.
pub(crate) struct Graph<'h> {
    /// The steps in order.
    pub(crate) records: Vec<&'h Record>,
    places: BTreeMap<String, usize>,
    /// The steps that each one follows, however far.
    before: Vec<BTreeSet<usize>>,
    touches: Vec<BTreeSet<Touch>>,
}

/// A problem with the history as a whole.
pub(crate) fn conflict(record: &Record, message: String) -> Diagnostic {
    Diagnostic::error("history-conflict", message).about(record.path())
}

/// What a person calls a step.
pub(crate) fn named(record: &Record) -> String {
    format!("`{}` ({})", record.shown(), record.title)
}

/// A revision of a module's chain: other revisions are those of kits, and not in the history.
fn of_module(id: &str) -> bool {
    let bytes = id.as_bytes();
    bytes.len() == 13
        && bytes[4] == b'_'
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[5..].iter().all(u8::is_ascii_hexdigit)
}

impl<'h> Graph<'h> {
    /// The graph of `records`.
    ///
    /// # Errors
    /// Steps that follow one which is not there, or themselves.
    pub(crate) fn of(records: impl Iterator<Item = &'h Record>) -> Result<Self, Vec<Diagnostic>> {
        let mut open: BTreeMap<(u32, &str, String), &Record> = records
            .map(|record| ((record.number, record.chain.as_str(), record.id()), record))
            .collect();
        let known: BTreeSet<String> = open.keys().map(|(_, _, id)| id.clone()).collect();
        let mut problems = Vec::new();
        for record in open.values() {
            problems.extend(gaps(record, &known, open.values().copied()));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut graph = Self {
            records: Vec::new(),
            places: BTreeMap::new(),
            before: Vec::new(),
            touches: Vec::new(),
        };
        while !open.is_empty() {
            let ready = |record: &Record| {
                let mut follows = record.parents.iter().chain(&record.needs);
                follows.all(|id| graph.places.contains_key(id) || !known.contains(id))
            };
            let next = open.iter().find(|(_, record)| ready(record)).map(|(key, _)| key.clone());
            let Some(record) = next.and_then(|key| open.remove(&key)) else {
                let first = open.values().next().into_iter();
                return Err(first
                    .map(|record| {
                        let message = format!("{} follows itself in a circle", named(record));
                        conflict(record, message).hint("restore `kiln.history` from git")
                    })
                    .collect());
            };
            graph.push(record);
        }
        Ok(graph)
    }

    fn push(&mut self, record: &'h Record) {
        let mut before = BTreeSet::new();
        for place in record.parents.iter().chain(&record.needs).filter_map(|id| self.places.get(id))
        {
            before.insert(*place);
            before.extend(&self.before[*place]);
        }
        self.places.insert(record.id(), self.records.len());
        self.before.push(before);
        self.touches.push(record.operations.iter().flat_map(touches).collect());
        self.records.push(record);
    }

    /// Steps in no order that touch the same object: each database could have run either first.
    pub(crate) fn conflicts(&self) -> Vec<Diagnostic> {
        let mut users: BTreeMap<&Object, Vec<(usize, bool)>> = BTreeMap::new();
        for (at, touches) in self.touches.iter().enumerate() {
            for touch in touches {
                users.entry(&touch.object).or_default().push((at, touch.writes));
            }
        }
        let mut pairs: BTreeMap<(usize, usize), BTreeSet<String>> = BTreeMap::new();
        for (object, users) in users {
            for (later, (b, writes_b)) in users.iter().enumerate() {
                for (a, writes_a) in &users[..later] {
                    let ordered =
                        a == b || self.before[*b].contains(a) || self.before[*a].contains(b);
                    if !ordered && (*writes_a || *writes_b) {
                        let pair = (*a.min(b), *a.max(b));
                        pairs.entry(pair).or_default().insert(object.shown());
                    }
                }
            }
        }
        let say = |((a, b), objects): ((usize, usize), BTreeSet<String>)| {
            let (a, b) = (self.records[a], self.records[b]);
            let objects: Vec<String> =
                objects.iter().take(3).map(|name| format!("`{name}`")).collect();
            let message = format!(
                "{} and {} both change {}, and neither follows the other",
                named(a),
                named(b),
                objects.join(", ")
            );
            conflict(b, message)
                .hint(format!(
                    "take back the one that no database has: kiln history drop {}",
                    b.shown()
                ))
                .hint(format!("or the other one: kiln history drop {}", a.shown()))
        };
        pairs.into_iter().map(say).collect()
    }

    /// What the steps add up to.
    ///
    /// # Errors
    /// A step that starts from something else than what the steps before it made.
    pub(crate) fn fold(&self) -> Result<State, Diagnostic> {
        let mut state = State::default();
        for record in &self.records {
            for operation in &record.operations {
                state.apply(&record.chain, operation).map_err(|why| {
                    conflict(
                        record,
                        format!("{} cannot follow the steps before it: {why}", named(record)),
                    )
                    .hint(format!("if no database has it: kiln history drop {}", record.shown()))
                    .hint("if a step before it is missing: restore `kiln.history` from git")
                })?;
            }
        }
        Ok(state)
    }

    /// The steps that a new step with these touches must follow, besides `parents`, which it follows anyway: by
    /// revision, without those that another one follows.
    pub(crate) fn needed(&self, touched: &BTreeSet<Touch>, parents: &[String]) -> BTreeSet<String> {
        let parents: Vec<usize> =
            parents.iter().filter_map(|id| self.places.get(id)).copied().collect();
        let meets = |at: &usize| {
            self.touches[*at].iter().any(|theirs| touched.iter().any(|ours| clash(ours, theirs)))
        };
        let found: Vec<usize> = (0..self.records.len()).filter(meets).collect();
        let implied = |at: usize| {
            parents.contains(&at)
                || parents.iter().chain(&found).any(|other| self.before[*other].contains(&at))
        };
        found.iter().filter(|at| !implied(**at)).map(|at| self.records[*at].id()).collect()
    }

    /// Whether a step that follows `parents` follows the revision `id` of a kit.
    pub(crate) fn follows(&self, parents: &[String], id: &str) -> bool {
        let places = parents.iter().filter_map(|parent| self.places.get(parent));
        let mut all =
            places.flat_map(|place| self.before[*place].iter().chain(std::iter::once(place)));
        all.any(|at| self.records[*at].needs.iter().any(|need| need == id))
    }
}

/// What is missing before a step.
fn gaps<'r>(
    record: &Record,
    known: &BTreeSet<String>,
    mut all: impl Iterator<Item = &'r Record>,
) -> Option<Diagnostic> {
    let mut follows = record.parents.iter().chain(record.needs.iter().filter(|id| of_module(id)));
    let gone = follows.find(|id| !known.contains(*id))?;
    let squashed = all.find(|other| other.replaces.contains(gone));
    let problem = match squashed {
        Some(base) => conflict(
            record,
            format!(
                "{} follows `{}`, which {} stands for now",
                named(record),
                shown(gone),
                named(base)
            ),
        ),
        None => conflict(
            record,
            format!("{} follows `{}`, which is not there", named(record), shown(gone)),
        )
        .hint("restore the missing step from git"),
    };
    Some(problem.hint(format!("if no database has it: kiln history drop {}", record.shown())))
}
