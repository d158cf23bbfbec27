//! The next steps: what is wanted minus what the history adds up to, cut into steps of chains.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::Diagnostic;

use crate::difference::{Danger, difference};
use crate::graph::Graph;
use crate::history::History;
use crate::operation::Operation;
use crate::record::{Record, Renderer, shown};
use crate::state::State;
use crate::table::Table;
use crate::title::title;
use crate::touch::{Touch, clash, touches};

/// A table that an entity wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The entity, for hints.
    pub entity: String,
    /// The table.
    pub table: Table,
    /// The chain of its creation, if it is new: the entity's module.
    pub chain: String,
    /// Names that it may have had.
    pub was: Vec<String>,
    /// Columns with the names that they may have had.
    pub columns_were: Vec<(String, Vec<String>)>,
    /// What rows that are there get in a column that becomes required, as SQL.
    pub fills: BTreeMap<String, String>,
}

/// A destructive change that a person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// The change as kiln prints it: `drop products.price`.
    pub what: String,
    /// The heads of the chain that it follows, as kiln prints them.
    pub after: String,
}

/// A person's own SQL, which makes a chain's next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSql {
    /// The chain.
    pub chain: String,
    /// What the step is called.
    pub title: String,
    /// Statements for going up.
    pub up: Vec<String>,
    /// Statements for going down; may be empty.
    pub down: Vec<String>,
}

/// What the next steps follow from.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The steps that are there.
    pub history: &'a History,
    /// All tables of entities.
    pub wanted: &'a [Wanted],
    /// Tables of kits with the revisions that make them.
    pub since: &'a BTreeMap<String, String>,
    /// Destructive changes that a person wants.
    pub confirmed: &'a [Confirmed],
    /// A person's own SQL; it does what is missing in its chain, and needs no confirmation.
    pub own: Option<&'a OwnSql>,
    /// What renders new steps.
    pub render: &'a Renderer,
}

/// The next steps, or why there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NextSteps {
    /// New records, those that others follow first.
    pub records: Vec<Record>,
    /// `history-conflict` and `unconfirmed`: a person has to decide, and there are no records.
    pub problems: Vec<Diagnostic>,
}

impl From<Vec<Diagnostic>> for NextSteps {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self { records: Vec::new(), problems }
    }
}

/// The steps that take what the history adds up to to what is wanted.
#[must_use]
pub fn next_steps(request: &Request<'_>) -> NextSteps {
    let (graph, mut state) = match request.history.folded() {
        Ok(folded) => folded,
        Err(problems) => return problems.into(),
    };
    let mut found = difference(&mut state, request.wanted);
    if !found.faults.is_empty() {
        return faults(&found.faults).into();
    }
    if let Some(own) = request.own {
        found.dangers.retain(|danger| danger.chain != own.chain);
        found.operations = with_own_sql(found.operations, own);
    }
    let unconfirmed: Vec<Diagnostic> =
        found.dangers.iter().filter_map(|danger| unconfirmed(request, danger)).collect();
    if !unconfirmed.is_empty() {
        return unconfirmed.into();
    }
    let cutter = Cutter {
        history: request.history,
        graph: &graph,
        since: request.since,
        render: request.render,
        bases: BTreeMap::new(),
    };
    let mut records = cutter.records(cut(found.operations));
    if let Some(own) = request.own {
        let is_own = |record: &&mut Record| {
            record.operations.iter().any(|operation| matches!(operation, Operation::RunSql { .. }))
        };
        records.iter_mut().filter(is_own).for_each(|record| record.title.clone_from(&own.title));
    }
    NextSteps { records, problems: Vec::new() }
}

/// What this crate would have to answer for: it must not happen, and must not be silent if it does.
fn faults(faults: &[String]) -> Vec<Diagnostic> {
    let fault = |why: &String| {
        Diagnostic::error("history-conflict", format!("no step leads to what the spec says: {why}"))
            .hint("split the change into two, with `kiln sync` in between")
    };
    faults.iter().map(fault).collect()
}

/// All operations of the SQL's chain become what the SQL does.
fn with_own_sql(operations: Vec<(String, Operation)>, own: &OwnSql) -> Vec<(String, Operation)> {
    let at = operations.iter().position(|(chain, _)| *chain == own.chain);
    let (makes, mut rest): (Vec<_>, Vec<_>) =
        operations.into_iter().partition(|(chain, _)| *chain == own.chain);
    let sql = Operation::RunSql {
        up: own.up.clone(),
        down: own.down.clone(),
        makes: makes.into_iter().map(|(_, operation)| operation).collect(),
    };
    // What came before the first of them still does.
    rest.insert(at.unwrap_or(rest.len()).min(rest.len()), (own.chain.clone(), sql));
    rest
}

/// The heads of a chain as a confirmation names them.
fn heads_text(history: &History, chain: &str) -> String {
    let heads: Vec<String> = history.heads(chain).iter().map(|id| shown(id)).collect();
    heads.join(" ")
}

fn unconfirmed(request: &Request<'_>, danger: &Danger) -> Option<Diagnostic> {
    let after = heads_text(request.history, &danger.chain);
    let mut named = request.confirmed.iter().filter(|known| known.what == danger.what);
    let same = |known: &Confirmed| {
        let mut ids: Vec<String> = known.after.split_whitespace().map(shown).collect();
        ids.sort();
        ids.join(" ") == after
    };
    if named.clone().any(same) {
        return None;
    }
    let mut problem = Diagnostic::error("unconfirmed", danger.message.clone())
        .about(format!("module.{}", danger.chain))
        .hint(format!(
            "if that is meant, write in kiln.kdl: confirm \"{}\" after=\"{after}\"",
            danger.what
        ));
    if let Some(old) = named.next() {
        problem = problem.hint(format!(
            "the `confirm` of the spec is used up or of another branch: it names `{}`",
            old.after
        ));
    }
    problem.hints.extend(danger.hints.iter().cloned());
    Some(problem)
}

/// One step that replaces all of some chains.
///
/// # Errors
/// The history does not fit together; a chain has no steps; a step of another chain follows one that would go.
pub fn squash(
    history: &History,
    chains: &[String],
    render: &Renderer,
) -> Result<NextSteps, Vec<Diagnostic>> {
    let (_, state) = history.folded()?;
    let mut gone: BTreeMap<String, String> = BTreeMap::new();
    for chain in chains {
        let Some(steps) = history.chains.get(chain).filter(|steps| !steps.is_empty()) else {
            let known = history.chains.keys().map(String::as_str);
            return Err(vec![
                Diagnostic::error("unknown-chain", format!("no chain `{chain}` is in the history"))
                    .hint_if(kiln_base::did_you_mean(chain, known)),
            ]);
        };
        gone.extend(steps.iter().map(|step| (step.id(), chain.clone())));
    }
    refuse_if_followed(history, chains, &gone)?;
    let own = |chain: &String| chains.contains(chain);
    let mut kept = State::default();
    let mut wanted = Vec::new();
    for (name, held) in state.tables {
        wanted.push(Wanted {
            entity: String::new(),
            table: held.table.clone(),
            chain: held.chain.clone(),
            was: Vec::new(),
            columns_were: Vec::new(),
            fills: BTreeMap::new(),
        });
        if !own(&held.chain) {
            kept.tables.insert(name, held);
        }
    }
    let found = difference(&mut kept, &wanted);
    if !found.faults.is_empty() {
        return Err(faults(&found.faults));
    }
    let rest = history.without(&gone.keys().cloned().collect());
    let graph = Graph::of(rest.records())?;
    let bases: BTreeMap<String, Base> =
        chains.iter().map(|chain| (chain.clone(), Base::of(history, chain))).collect();
    let mut segments = cut(found.operations);
    // A chain whose tables are all gone still stands for what databases have run.
    let empty = bases.keys().filter(|chain| !segments.iter().any(|known| known.chain == **chain));
    let empty: Vec<Segment> = empty.map(String::as_str).map(Segment::new).collect();
    segments.extend(empty);
    let cutter = Cutter { history: &rest, graph: &graph, since: &BTreeMap::new(), render, bases };
    Ok(NextSteps { records: cutter.records(segments), problems: Vec::new() })
}

fn refuse_if_followed(
    history: &History,
    chains: &[String],
    gone: &BTreeMap<String, String>,
) -> Result<(), Vec<Diagnostic>> {
    let mut users: BTreeSet<&str> = BTreeSet::new();
    for id in gone.keys() {
        users.extend(history.followers(id).map(|record| record.chain.as_str()));
    }
    users.retain(|chain| !chains.iter().any(|own| own == chain));
    if users.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = users.iter().map(|chain| format!("`{chain}`")).collect();
    let all: Vec<&str> = chains.iter().map(String::as_str).chain(users.iter().copied()).collect();
    let message = format!("steps of {} follow steps that would go", names.join(", "));
    Err(vec![
        Diagnostic::error("followed", message)
            .hint(format!("squash them too: kiln history squash {}", all.join(" "))),
    ])
}

/// What a step that stands for a whole chain takes from it.
struct Base {
    number: u32,
    replaces: Vec<String>,
    needs: BTreeSet<String>,
}

impl Base {
    fn of(history: &History, chain: &str) -> Self {
        let steps = history.chains.get(chain).map(Vec::as_slice).unwrap_or_default();
        let ours = |id: &&String| history.find(id).is_none();
        let mut replaces: Vec<String> = steps.iter().map(Record::id).collect();
        replaces.sort();
        Self {
            number: steps.iter().map(|step| step.number).max().unwrap_or(1),
            replaces,
            needs: steps.iter().flat_map(|step| &step.needs).filter(ours).cloned().collect(),
        }
    }
}

/// Operations of one chain that run together, and what must run before.
struct Segment {
    chain: String,
    operations: Vec<Operation>,
    touches: BTreeSet<Touch>,
    after: BTreeSet<usize>,
}

impl Segment {
    fn new(chain: &str) -> Self {
        Self {
            chain: chain.to_owned(),
            operations: Vec::new(),
            touches: BTreeSet::new(),
            after: BTreeSet::new(),
        }
    }
}

/// Cuts operations into segments: as few as possible, and none that waits for itself. Two chains that need each other
/// in turns get two steps.
fn cut(operations: Vec<(String, Operation)>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    for (chain, operation) in operations {
        let touched: BTreeSet<Touch> = touches(&operation).into_iter().collect();
        let needed: BTreeSet<usize> = (0..segments.len())
            .filter(|at| segments[*at].chain != chain)
            .filter(|at| {
                segments[*at]
                    .touches
                    .iter()
                    .any(|theirs| touched.iter().any(|ours| clash(ours, theirs)))
            })
            .collect();
        let own = last.get(&chain).copied();
        let fits = own.filter(|own| !needed.iter().any(|other| reaches(&segments, *other, *own)));
        let at = fits.unwrap_or(segments.len());
        if fits.is_none() {
            segments.push(Segment { after: own.into_iter().collect(), ..Segment::new(&chain) });
            last.insert(chain, at);
        }
        let segment = &mut segments[at];
        segment.operations.push(operation);
        segment.touches.extend(touched);
        segment.after.extend(needed);
    }
    in_order(segments)
}

/// Whether `from` runs after `to`.
fn reaches(segments: &[Segment], from: usize, to: usize) -> bool {
    from == to || segments[from].after.iter().any(|next| reaches(segments, *next, to))
}

fn in_order(segments: Vec<Segment>) -> Vec<Segment> {
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open: Vec<(usize, Segment)> = segments.into_iter().enumerate().collect();
    let mut ordered = Vec::new();
    while !open.is_empty() {
        let ready = |(_, segment): &(usize, Segment)| {
            segment.after.iter().all(|at| places.contains_key(at))
        };
        let at = open.iter().position(ready).unwrap_or(0);
        let (old, mut segment) = open.remove(at);
        segment.after = segment.after.iter().filter_map(|at| places.get(at)).copied().collect();
        places.insert(old, ordered.len());
        ordered.push(segment);
    }
    ordered
}

/// Makes records of segments.
struct Cutter<'a> {
    history: &'a History,
    graph: &'a Graph<'a>,
    since: &'a BTreeMap<String, String>,
    render: &'a Renderer,
    /// Chains that a step begins anew.
    bases: BTreeMap<String, Base>,
}

impl Cutter<'_> {
    fn records(&self, segments: Vec<Segment>) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        for segment in segments {
            let made = records.iter().rev().find(|record| record.chain == segment.chain);
            let heads = self.history.heads(&segment.chain);
            let parents = made.map_or_else(|| heads.clone(), |record| vec![record.id()]);
            let base = self.bases.get(&segment.chain).filter(|_| parents.is_empty());
            let mut needs = self.graph.needed(&segment.touches, &heads);
            for at in &segment.after {
                needs.extend(records.get(*at).map(Record::id));
            }
            needs.extend(base.iter().flat_map(|base| base.needs.iter().cloned()));
            needs.extend(self.since_needs(&segment, &heads));
            needs.retain(|id| !parents.contains(id));
            let number = |id: &String| -> u32 {
                id.split('_').next().and_then(|number| number.parse().ok()).unwrap_or(0)
            };
            let next = parents.iter().map(number).max().unwrap_or(0) + 1;
            records.push(Record {
                format: 1,
                title: title(&segment.chain, &segment.operations),
                chain: segment.chain,
                parents,
                needs: needs.into_iter().collect(),
                replaces: base.map(|base| base.replaces.clone()).unwrap_or_default(),
                render: self.render.clone(),
                file: None,
                operations: segment.operations,
                number: base.map_or(next, |base| base.number),
            });
        }
        records
    }

    /// Revisions of kits whose tables are referred to, unless an earlier step waited for them.
    fn since_needs(&self, segment: &Segment, parents: &[String]) -> BTreeSet<String> {
        let table = |touch: &Touch| match &touch.object {
            crate::touch::Object::Table(name) if !touch.writes => self.since.get(name).cloned(),
            _ => None,
        };
        let found = segment.touches.iter().filter_map(table);
        found.filter(|id| !self.graph.follows(parents, id)).collect()
    }
}
