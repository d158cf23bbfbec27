//! Migrations are what they were rendered to once: their record pins the digest, and nothing else is ever written.
//!
//! The bytes of today's template are not asked. They come from the disk where the file is as it was, else from earlier
//! locks in the vault and in git, else from what git remembers of the file itself; always compared with the digest.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{RelPath, Sha256, sha256};
use kiln_disk::{Action, FactAfter, Row, Vault, Word};
use kiln_engine::compose::Output;
use kiln_git::Repository;
use kiln_schema::Record;

use crate::ops::Outcome;
use crate::ops::compare::Decision;
use crate::ops::history::LARGEST_MIGRATION;
use crate::ops::old::{Parts, bases};
use crate::ops::project::Project;
use crate::ops::report::Finding;
use crate::ops::said::Words;

/// Outputs whose pinned bytes are not at hand, with what made them, and their steps.
pub(crate) type Unpinned = BTreeMap<RelPath, (String, String)>;

/// Gives each step's file the bytes that its record pins, as far as they are wanted: where the file is edited, nobody
/// asks for them unless it is taken back. Returns those that cannot be had.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn pin(
    project: &Project,
    vault: Option<&Vault>,
    words: &Words,
    outputs: &mut [Output],
) -> Outcome<Unpinned> {
    let mut unpinned = Unpinned::new();
    let mut wanted = BTreeMap::new();
    for (output, record, pinned) in differing(project, outputs) {
        let disk = project.root.read_text_if(&output.path, LARGEST_MIGRATION)?;
        let disk = disk.map(|text| text.replace("\r\n", "\n").into_bytes());
        let there = disk.is_some();
        let as_it_was = disk.filter(|bytes| sha256(bytes) == pinned);
        if let [fact] = output.facts.as_mut_slice() {
            fact.digest = pinned;
        }
        match as_it_was {
            Some(bytes) => output.bytes = bytes,
            None => {
                let renderer = format!("`{}` {}", record.render.kit, record.render.version);
                unpinned.insert(output.path.clone(), (renderer, record.shown()));
                if !there || words.of(output.path.as_str()) == Some(Word::Take) {
                    let parts = output.facts.iter().map(|fact| (fact.part.clone(), pinned));
                    wanted.insert(output.path.clone(), (parts.collect::<Parts>(), pinned));
                }
            }
        }
    }
    let mut found = earlier(project, vault, &wanted);
    for output in outputs.iter_mut() {
        if let Some(bytes) = found.remove(&output.path) {
            unpinned.remove(&output.path);
            output.bytes = bytes;
        }
    }
    Ok(unpinned)
}

/// The files of steps that would come out otherwise today, with what their records pin.
fn differing<'o>(
    project: &'o Project,
    outputs: &'o mut [Output],
) -> impl Iterator<Item = (&'o mut Output, &'o Record, Sha256)> {
    let records: BTreeMap<String, &Record> =
        project.history.records().map(|record| (record.id(), record)).collect();
    outputs.iter_mut().filter_map(move |output| {
        let record = *records.get(output.change.as_deref()?)?;
        let pinned = record.file.as_ref()?.sha256;
        (sha256(&output.bytes) != pinned).then_some((output, record, pinned))
    })
}

/// Bytes with these digests, from earlier locks, or from the repository.
fn earlier(
    project: &Project,
    vault: Option<&Vault>,
    wanted: &BTreeMap<RelPath, (Parts, Sha256)>,
) -> BTreeMap<RelPath, Vec<u8>> {
    let parts = wanted.iter().map(|(path, (parts, _))| (path.clone(), parts.clone())).collect();
    let mut found = bases(project, vault, &parts);
    found.retain(|path, bytes| wanted.get(path).is_some_and(|(_, pin)| sha256(bytes) == *pin));
    let open: BTreeSet<&RelPath> =
        wanted.keys().filter(|path| !found.contains_key(*path)).collect();
    if open.is_empty() {
        return found;
    }
    let Some(repository) = Repository::of(project.root.path()) else { return found };
    for path in open {
        let pinned = wanted[path].1;
        let texts = repository.earlier(path, &[]).filter_map(|version| {
            let text = String::from_utf8(version.bytes).ok()?;
            Some(text.replace("\r\n", "\n").into_bytes())
        });
        let text = texts.filter(|bytes| sha256(bytes) == pinned).take(1);
        found.extend(text.map(|bytes| (path.clone(), bytes)));
    }
    found
}

/// Takes back what would write other bytes than a record pins, and says so.
pub(crate) fn refuse_unpinned(decisions: &mut [Decision], unpinned: &Unpinned) -> Vec<Finding> {
    let mut findings = Vec::new();
    for decision in decisions {
        let Some((renderer, step)) = unpinned.get(&decision.path) else { continue };
        if decision.row.action == Action::Leave {
            continue;
        }
        let absent = decision.observed.file().is_none();
        decision.row = Row {
            action: Action::Leave,
            finding: None,
            note: None,
            fact: FactAfter::Stay,
            ..decision.row
        };
        let path = &decision.path;
        let (is, otherwise) = match absent {
            true => (
                "is missing",
                format!(
                    "take its step out of the history, if no database ever ran it: kiln history drop {step}"
                ),
            ),
            false => ("was edited", "leave it as it is: that is no fault".to_owned()),
        };
        findings.push(Finding {
            id: "renderer-gone".to_owned(),
            path: Some(path.as_str().to_owned()),
            kit: Some(decision.kit.clone()),
            message: format!(
                "`{path}` {is} and cannot be rendered again as it was: {renderer} made it"
            ),
            hints: vec!["restore it from git".to_owned(), otherwise],
            fails: true,
            stops: true,
            ..Finding::default()
        });
    }
    findings
}
