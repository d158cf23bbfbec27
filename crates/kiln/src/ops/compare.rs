//! Rendered × sum × disk: what is to be done with every output.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{RelPath, sha256};
use kiln_disk::{
    Action, BaseClass, Cell, DiskClass, FactAfter, Index, Markers, Observed, Ownership, Row,
    Standing, Vault, Word, decide, disk_class, is_binary, markers, observe, observe_and_refresh,
    want_executable,
};
use kiln_engine::compose::{Output, Plan};
use kiln_model::Ownership as Owned;
use kiln_resolve::Fact;

use crate::ops::Outcome;
use crate::ops::old::{Parts, bases, parts_of, parts_of_output};
use crate::ops::project::Project;

/// What a person said of some paths.
pub(crate) type Words = Vec<(Word, globset::GlobMatcher)>;

/// What is to be done with one path.
pub(crate) struct Decision {
    pub(crate) path: RelPath,
    pub(crate) kit: String,
    pub(crate) ownership: Option<Owned>,
    pub(crate) observed: Observed,
    pub(crate) row: Row,
    /// What shall stand there.
    pub(crate) bytes: Vec<u8>,
    /// The bytes are the render itself, so that a lock gives them again.
    pub(crate) rendered: bool,
    pub(crate) executable: bool,
    /// A fact was there before.
    pub(crate) known_before: bool,
    /// The facts afterwards.
    pub(crate) facts: Vec<Fact>,
    /// Findings and notes that the join of a dependency lock makes.
    pub(crate) diverged: Vec<String>,
}

/// All decisions, by path.
pub(crate) struct Compared {
    pub(crate) decisions: Vec<Decision>,
    /// The index after looking, if it was asked for.
    pub(crate) index: Option<Index>,
}

/// Whether the index is refreshed: only what writes does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    Yes,
    No,
}

pub(crate) fn compare(
    project: &Project,
    vault: Option<&Vault>,
    plan: &Plan,
    outputs: Vec<Output>,
    words: &Words,
    refresh: Refresh,
) -> Outcome<Compared> {
    let mut by_path: BTreeMap<RelPath, Option<Output>> =
        outputs.into_iter().map(|output| (output.path.clone(), Some(output))).collect();
    for fact in &project.sum.facts {
        by_path.entry(fact.path.clone()).or_insert(None);
    }
    let paths: Vec<RelPath> = by_path.keys().cloned().collect();
    let mut index = Index::load(&project.root);
    let observed = match refresh {
        Refresh::Yes => observe_and_refresh(&project.root, &paths, &mut index)?,
        Refresh::No => observe(&project.root, &paths, &index)?,
    };
    let index = (refresh == Refresh::Yes).then_some(index);
    let mut facts: BTreeMap<&RelPath, Vec<Fact>> = BTreeMap::new();
    for fact in &project.sum.facts {
        facts.entry(&fact.path).or_default().push(fact.clone());
    }
    let excluded: BTreeSet<&RelPath> = plan.excluded.iter().collect();
    let mut open = Vec::new();
    let mut wanted: BTreeMap<RelPath, Parts> = BTreeMap::new();
    for ((path, output), observed) in by_path.into_iter().zip(observed) {
        let facts = facts.remove(&path).unwrap_or_default();
        if needs_base(output.as_ref(), &facts, &observed) {
            wanted.insert(path.clone(), parts_of(&facts));
        }
        open.push((path, output, observed, facts));
    }
    let mut bases = bases(project, vault, &wanted);
    let decisions = open
        .into_iter()
        .map(|(path, output, observed, facts)| {
            let base = bases.remove(&path);
            let word = words
                .iter()
                .rev()
                .find(|(_, glob)| glob.is_match(path.as_str()))
                .map(|(word, _)| *word);
            let excluded = excluded.contains(&path);
            match output {
                Some(output) => planned(output, observed, &facts, base, word),
                None => left(path, observed, facts, base, word, excluded),
            }
        })
        .collect();
    Ok(Compared { decisions, index })
}

/// Whether the base of an output matters: the disk has something else than the render, and the sum says that it has
/// taken in something else.
fn needs_base(output: Option<&Output>, facts: &[Fact], observed: &Observed) -> bool {
    let Some(found) = observed.file() else { return false };
    let parts = parts_of(facts);
    if parts.is_empty() {
        return false;
    }
    match output {
        Some(output) => found.text != sha256(&output.bytes) && parts != parts_of_output(output),
        // One fact says the digest of the whole file; of several parts the file must be put together again.
        None => parts.len() > 1,
    }
}

/// Digests that the facts state for the whole file: those of a path with one part.
fn whole_digests(facts: &[Fact], base: Option<&[u8]>) -> Vec<kiln_base::Sha256> {
    let parts: BTreeSet<&str> = facts.iter().map(|fact| fact.part.as_str()).collect();
    let mut digests: Vec<_> = if parts.len() == 1 {
        facts.iter().filter_map(|fact| fact.digest).collect()
    } else {
        Vec::new()
    };
    digests.extend(base.map(sha256));
    digests
}

fn owned(ownership: Owned) -> Ownership {
    match ownership {
        Owned::Managed => Ownership::Managed,
        Owned::Merged => Ownership::Merged,
        Owned::Seeded => Ownership::Seeded,
        Owned::AppendOnly => Ownership::AppendOnly,
        Owned::Computed => Ownership::Computed,
    }
}

fn planned(
    output: Output,
    observed: Observed,
    facts: &[Fact],
    base: Option<Vec<u8>>,
    word: Option<Word>,
) -> Decision {
    let new = sha256(&output.bytes);
    let new_parts = parts_of_output(&output);
    let old_parts = parts_of(facts);
    let ownership = owned(output.ownership);
    let render_markers = markers(&output.bytes);
    let disk =
        disk_class(&observed, Some(&new), &whole_digests(facts, base.as_deref()), render_markers);
    let base_class = if old_parts.is_empty() {
        BaseClass::None
    } else if old_parts == new_parts {
        BaseClass::TakenIn
    } else if base.is_some() {
        BaseClass::Known
    } else {
        BaseClass::Unknown
    };
    let binary = observed.file().is_some_and(|found| found.binary) || is_binary(&output.bytes);
    let cell = Cell {
        standing: Standing::Planned(ownership),
        disk,
        base: base_class,
        word,
        text: !binary,
    };
    let mut row = decide(&cell);
    let executables: Vec<bool> = facts.iter().map(|fact| fact.executable).collect();
    let on_disk = observed.file().map(|found| found.executable);
    let executable = want_executable(
        ownership,
        output.executable,
        &executables,
        on_disk.unwrap_or(output.executable),
    );
    let mode_differs = on_disk.is_some_and(|bit| bit != executable);
    if row.action == Action::Leave && disk == DiskClass::New && mode_differs && row.stop.is_none() {
        row.action = Action::Replace;
    }
    let new_facts = || {
        output.facts.iter().map(|fact| Fact {
            part: fact.part.clone(),
            path: output.path.clone(),
            digest: Some(fact.digest),
            seeded: output.ownership == Owned::Seeded,
            executable: output.executable,
        })
    };
    let own = || Fact {
        part: output.kit_id.clone(),
        path: output.path.clone(),
        digest: None,
        seeded: true,
        executable: false,
    };
    let after = match row.fact {
        FactAfter::New => new_facts().collect(),
        FactAfter::Stay => facts.to_vec(),
        FactAfter::Gone => Vec::new(),
        FactAfter::Own => vec![own()],
    };
    Decision {
        known_before: !facts.is_empty(),
        path: output.path,
        kit: output.kit_id,
        ownership: Some(output.ownership),
        observed,
        row,
        bytes: output.bytes,
        rendered: true,
        executable,
        facts: after,
        diverged: Vec::new(),
    }
}

fn left(
    path: RelPath,
    observed: Observed,
    facts: Vec<Fact>,
    base: Option<Vec<u8>>,
    word: Option<Word>,
    excluded: bool,
) -> Decision {
    let seeded = facts.iter().any(|fact| fact.seeded);
    let standing = if excluded { Standing::Excluded } else { Standing::Left { seeded } };
    let disk =
        disk_class(&observed, None, &whole_digests(&facts, base.as_deref()), Markers::default());
    let base_class = if base.is_some() || !parts_of(&facts).is_empty() {
        BaseClass::Known
    } else {
        BaseClass::None
    };
    let row = decide(&Cell { standing, disk, base: base_class, word, text: true });
    let kit = facts.first().map_or_else(String::new, |fact| {
        fact.part.split('/').next().unwrap_or_default().to_owned()
    });
    let after = if row.fact == FactAfter::Gone { Vec::new() } else { facts };
    Decision {
        path,
        kit,
        ownership: None,
        observed,
        row,
        bytes: Vec::new(),
        rendered: false,
        executable: false,
        known_before: true,
        facts: after,
        diverged: Vec::new(),
    }
}
