//! One output: its cell of the decision table, and the bytes that the row asks for.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{RelPath, Sha256, sha256};
use kiln_disk::{
    Action, Backup, BaseClass, Cell, DiskClass, FactAfter, LineEnds, Mark, Markers, MoveCell,
    Observed, Ownership, Row, SourceAfter, Standing, Stop, Target, Vault, Word, decide,
    decide_move, disk_class, is_binary, markers, want_executable, with_line_ends,
};
use kiln_engine::compose::Output;
use kiln_merge::{KeyGlob, Labels};
use kiln_model::Ownership as Owned;
use kiln_resolve::Fact;
use kiln_schema::Record;

use crate::ops::Outcome;
use crate::ops::change::puts;
use crate::ops::compare::{Decision, MergedFrom, MovedFrom};
use crate::ops::merging::{AS_MERGED, Merged, Versions, same_text};
use crate::ops::moving::ChangeOfPlace;
use crate::ops::old::{parts_of, parts_of_output};
use crate::ops::project::{Project, Resolved};
use crate::ops::resolutions;
use crate::ops::said::Words;
use crate::ops::unreadable::Unreadable;
use crate::ops::words::matcher;

/// The largest output that is read for a merge, in bytes.
pub(crate) const LARGEST_OUTPUT: u64 = 256 << 20;

/// A place with what the sum and the disk say of it.
pub(crate) struct Place {
    pub(crate) path: RelPath,
    pub(crate) observed: Observed,
    pub(crate) facts: Vec<Fact>,
}

/// Decides over outputs, one by one.
pub(crate) struct Decider<'a> {
    project: &'a Project,
    vault: Option<&'a Vault>,
    words: &'a Words,
    /// Versions of kits before and now.
    versions: [BTreeMap<&'a str, String>; 2],
}

impl<'a> Decider<'a> {
    pub(crate) fn new(
        project: &'a Project,
        resolved: &'a Resolved,
        vault: Option<&'a Vault>,
        words: &'a Words,
    ) -> Self {
        let old = project.lock.iter().flat_map(|lock| &lock.kits);
        let new = resolved.resolution.kits.iter();
        Self {
            project,
            vault,
            words,
            versions: [
                old.map(|(id, kit)| (id.as_str(), kit.version.to_string())).collect(),
                new.map(|kit| (kit.id(), kit.manifest.version.to_string())).collect(),
            ],
        }
    }

    /// An output of the plan in its place.
    pub(crate) fn planned(
        &self,
        output: Output,
        place: Place,
        base: Option<Vec<u8>>,
    ) -> Outcome<Decision> {
        let Place { path, observed, facts } = place;
        let cell = self.cell(&output, &observed, &facts, base.as_deref(), &path);
        let mut row = decide(&cell);
        let leaves = |fact: &Fact| {
            let kit = fact.part.split('/').next().unwrap_or_default();
            kit != "spec" && !self.versions[1].contains_key(kit)
        };
        if self.project.asked.ejecting && facts.iter().any(leaves) {
            row = kept_when_ejecting(row, &cell);
        }
        let ownership = owned(output.ownership);
        let bits: Vec<bool> = facts.iter().map(|fact| fact.executable).collect();
        let on_disk = observed.file().map(|found| found.executable);
        let executable = want_executable(
            ownership,
            output.executable,
            &bits,
            on_disk.unwrap_or(output.executable),
        );
        let mode_differs = on_disk.is_some_and(|bit| bit != executable);
        if row.action == Action::Leave
            && cell.disk == DiskClass::New
            && mode_differs
            && row.stop.is_none()
        {
            row.action = Action::Replace;
        }
        let mut decision = Decision {
            known_before: !facts.is_empty(),
            path: output.path.clone(),
            kit: output.kit_id.clone(),
            ownership: Some(output.ownership),
            line_ends: observed.file().map(|found| found.line_ends).unwrap_or_default(),
            observed,
            row,
            bytes: Vec::new(),
            rendered: true,
            executable,
            facts: Vec::new(),
            diverged: Vec::new(),
            close: Vec::new(),
            conflicts: 0,
            remembered: false,
            marker: None,
            unread: None,
            keys: Vec::new(),
            decided: decides(&cell),
            in_question: Vec::new(),
            moved: None,
            merged_from: None,
        };
        if matches!(row.action, Action::Merge | Action::TwoWay) {
            self.merge(&mut decision, &path, base.as_deref(), &output)?;
        }
        decision.marker = self.marker(&decision, &path)?;
        decision.unread = Unreadable::of(self.project, &decision, &path, &output.bytes)?;
        decision.facts = facts_after(decision.row.fact, &output, facts);
        if !matches!(decision.row.action, Action::Merge | Action::TwoWay) {
            decision.bytes = output.bytes;
        }
        Ok(decision)
    }

    /// Its cell of the table, with what stands at one place and the facts of one.
    fn cell(
        &self,
        output: &Output,
        observed: &Observed,
        facts: &[Fact],
        base: Option<&[u8]>,
        path: &RelPath,
    ) -> Cell {
        let new = sha256(&output.bytes);
        let digests = whole_digests(facts, base);
        let old_parts = parts_of(facts);
        let base_class = if old_parts.is_empty() {
            BaseClass::None
        } else if old_parts == parts_of_output(output) {
            BaseClass::TakenIn
        } else if base.is_some() {
            BaseClass::Known
        } else {
            BaseClass::Unknown
        };
        let binary = observed.file().is_some_and(|found| found.binary) || is_binary(&output.bytes);
        Cell {
            standing: Standing::Planned(owned(output.ownership)),
            disk: disk_class(observed, Some(&new), &digests, markers(&output.bytes)),
            base: base_class,
            word: self.words.of(path.as_str()),
            text: !binary,
        }
    }

    /// The line of the first marker where there is a conflict.
    fn marker(&self, decision: &Decision, path: &RelPath) -> Outcome<Option<usize>> {
        let conflict = decision.row.finding == Some(kiln_disk::Finding::Conflict)
            || decision.row.stop == Some(Stop::Unresolved);
        let bytes = match (decision.conflicts, conflict) {
            (1.., _) => decision.bytes.clone(),
            (0, true) => self.project.root.read(path, LARGEST_OUTPUT)?,
            (0, false) => return Ok(None),
        };
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        Ok(kiln_merge::find_markers(&text).first().map(|marker| marker.line))
    }

    /// Puts the person's version at `from` and kiln's new one together.
    fn merge(
        &self,
        decision: &mut Decision,
        from: &RelPath,
        base: Option<&[u8]>,
        output: &Output,
    ) -> Outcome<()> {
        let yours = self.project.root.read(from, LARGEST_OUTPUT)?;
        let base = base.filter(|_| decision.row.action == Action::Merge);
        let path = output.path.as_str();
        let version = |which: usize| {
            let version = self.versions[which].get(output.kit_id.as_str());
            version.map_or_else(|| output.kit_id.clone(), |v| format!("{} {v}", output.kit_id))
        };
        let versions = Versions {
            path,
            base,
            yours: &yours,
            theirs: &output.bytes,
            labels: Labels::kiln(&version(0), &version(1)),
            foreign: self.foreign(path),
            said: &self.words.keys_of(path),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let from = MergedFrom {
            base: base.map(text).unwrap_or_default(),
            yours: text(&yours),
            theirs: text(&output.bytes),
        };
        decision.line_ends = AS_MERGED;
        decision.rendered = false;
        if !versions.said.is_empty()
            && let Merged::Keys(keys) = (Versions { said: &[], ..versions.clone() }).merge()
        {
            decision.in_question = keys.into_iter().map(|conflict| conflict.path).collect();
        }
        match versions.merge() {
            Merged::Clean { bytes, close } => {
                decision.close = close;
                decision.bytes = bytes;
            }
            Merged::Conflicts { bytes, count, close } => {
                decision.close = close;
                match self.vault.and_then(|vault| resolutions::resolved(vault, path, &from)) {
                    Some(resolved) => {
                        decision.bytes = resolved;
                        decision.remembered = true;
                    }
                    None => {
                        decision.bytes = bytes;
                        decision.conflicts = count;
                    }
                }
            }
            Merged::Keys(keys) => {
                decision.keys = keys;
                decision.row = Row { action: Action::Leave, fact: FactAfter::Stay, ..decision.row };
            }
            Merged::Binary => {
                let stop = Some(Stop::Binary);
                decision.row =
                    Row { action: Action::Leave, stop, fact: FactAfter::Stay, ..decision.row };
            }
        }
        let merged = matches!(decision.row.action, Action::Merge | Action::TwoWay);
        if merged && decision.bytes == yours {
            // What kiln wants stands there already.
            decision.row.action = Action::Leave;
            decision.row.note = Some(kiln_disk::Note::Customised);
        } else if merged && same_text(&decision.bytes, &output.bytes) {
            decision.rendered = decision.bytes == output.bytes;
        }
        decision.merged_from = Some(from);
        Ok(())
    }

    /// The keys of a document that the spec says are the person's.
    fn foreign(&self, path: &str) -> Vec<KeyGlob> {
        let foreign = self.project.spec.inputs.foreign.iter();
        foreign
            .filter_map(|foreign| {
                let (file, key) = foreign.target.split_once('#')?;
                let matches = || matcher(file).is_ok_and(|glob| glob.is_match(path));
                if file == path || matches() { KeyGlob::parse(key) } else { None }
            })
            .collect()
    }

    /// An output in a place that another one leaves in the same sync.
    pub(crate) fn in_free_place(&self, output: Output, place: Place) -> Outcome<Decision> {
        let there = place.observed;
        let observed = if there.file().is_some() { Observed::Absent } else { there.clone() };
        let mut decision = self.planned(output, Place { observed, ..place }, None)?;
        if puts(&decision) {
            decision.row.backup = Backup::Always;
            decision.observed = there;
        }
        Ok(decision)
    }

    /// An output that changes its place, maybe with others in a row or a circle.
    pub(crate) fn changed_place(
        &self,
        change: ChangeOfPlace,
        base: Option<Vec<u8>>,
    ) -> Outcome<Decision> {
        let ChangeOfPlace { from, output, there, facts_there, vacated, by_person } = change;
        let to = output.path.clone();
        if by_person {
            let facts = from.facts.into_iter().map(|fact| Fact { path: to.clone(), ..fact });
            let place = Place { path: to.clone(), observed: there, facts: facts.collect() };
            return self.planned(output, place, base);
        }
        let place = Place { path: from.path, observed: from.observed, facts: from.facts };
        let mut backup = Backup::Always;
        let mut free = vacated && there.file().is_some();
        let mut decided = false;
        if !facts_there.is_empty() && there != Observed::Absent {
            // What stood there is nobody's any more: as if nobody came.
            let path = to.clone();
            let left = Place { path, observed: there.clone(), facts: facts_there };
            let left = self.left(left, None, false);
            if left.row.stop.is_some() {
                return Ok(left);
            }
            free = left.row.action == Action::Delete;
            decided = left.decided;
            backup = left.row.backup;
        }
        if !free {
            return self.moved(output, place, there, base);
        }
        let mut decision = self.moved(output, place, Observed::Absent, base)?;
        decision.decided |= decided;
        if decision.path == to && decision.row.stop.is_none() {
            decision.row.backup = backup;
            decision.observed = there;
        }
        Ok(decision)
    }

    /// An output whose place is another one now.
    pub(crate) fn moved(
        &self,
        output: Output,
        from: Place,
        target: Observed,
        base: Option<Vec<u8>>,
    ) -> Outcome<Decision> {
        let source = self.cell(&output, &from.observed, &from.facts, base.as_deref(), &from.path);
        let there = self.cell(&output, &target, &from.facts, base.as_deref(), &output.path);
        if from.observed == Observed::Absent {
            // The person moved it already, or it is nowhere: as if it had always been here.
            // A seeded one that the person deleted stays away wherever it would stand.
            let seeded = output.ownership == Owned::Seeded;
            let nowhere = target == Observed::Absent && !seeded;
            let facts = if nowhere { Vec::new() } else { from.facts };
            let facts = facts.into_iter().map(|fact| Fact { path: output.path.clone(), ..fact });
            let path = output.path.clone();
            let place = Place { path, observed: target, facts: facts.collect() };
            return self.planned(output, place, base);
        }
        let (path, facts) = (output.path.clone(), from.facts.clone());
        let old = from.path.clone();
        let mut decision = self.planned(
            output,
            Place { path: old.clone(), observed: from.observed, facts: from.facts },
            base,
        )?;
        if decision.row.action == Action::Leave && decision.row.stop.is_none() {
            // Its bytes go along as they are, and so does its bit.
            decision.executable =
                decision.observed.file().map_or(decision.executable, |found| found.executable);
            decision.bytes = match decision.observed.file() {
                Some(_) => self.project.root.read(&old, LARGEST_OUTPUT)?,
                None => Vec::new(),
            };
            decision.line_ends = LineEnds::Lf;
            decision.rendered = there.disk == DiskClass::New;
        }
        let bytes = with_line_ends(&decision.bytes, decision.line_ends);
        let result = Mark::of(&bytes, decision.executable);
        let stands = match &target {
            Observed::Absent => Target::Absent,
            Observed::Obstructed(_) => Target::Obstructed,
            Observed::File(found) if found.mark() == result => Target::Result,
            Observed::File(_) => Target::Other,
        };
        // What was said of the new place is about the file that is in the way there.
        let word = match stands {
            Target::Other => there.word,
            _ => source.word,
        };
        let source = Cell { word, ..source };
        let moves =
            |source: Cell, moved: Cell| decide_move(&MoveCell { source, moved, target: stands });
        let row = moves(source, there);
        let unsaid = |cell: Cell| Cell { word: None, ..cell };
        decision.decided =
            (source.word.or(there.word)).is_some() && row != moves(unsaid(source), unsaid(there));
        let keys = !decision.keys.is_empty();
        if let (SourceAfter::Removed(backup), false) = (row.source, keys) {
            let stood = std::mem::replace(&mut decision.observed, target);
            // The table knows nothing of the merge: what it came to stands in the decision.
            decision.row.backup = row.row.backup;
            decision.row.finding = row.row.finding;
            decision.facts = decision
                .facts
                .into_iter()
                .map(|fact| Fact { path: path.clone(), ..fact })
                .collect();
            decision.moved = Some(MovedFrom {
                path: old,
                observed: stood,
                backup,
                done: stands == Target::Result,
                handed_on: false,
            });
        } else {
            decision.row = Row { action: Action::Leave, fact: FactAfter::Stay, ..row.row };
            decision.facts = facts;
            if row.id == "MV3" {
                // It is the new place that is in the way.
                decision.path = path;
                decision.observed = target;
            } else {
                decision.path = old;
            }
        }
        Ok(decision)
    }

    /// Whether a file that nobody asks for any more stays, because it is written once and never again, as a migration is
    /// that databases have run. It goes with its kit, or with the person's word.
    pub(crate) fn keeps(&self, path: &RelPath, facts: &[Fact]) -> bool {
        let asked = &self.project.asked;
        let stays = |fact: &Fact| {
            let kit = fact.part.split('/').next().unwrap_or_default();
            fact.append_only && self.versions[1].contains_key(kit)
        };
        // A word about the history takes a step away with its file.
        let steps = &self.project.rewrite.removed;
        let of_step = |step: &Record| step.file.as_ref().is_some_and(|file| file.path == *path);
        facts.iter().any(stays) && !asked.removed.contains(path) && !steps.iter().any(of_step)
    }

    /// A place that the plan has no more.
    pub(crate) fn left(&self, place: Place, base: Option<Vec<u8>>, excluded: bool) -> Decision {
        let Place { path, observed, facts } = place;
        let removed = self.project.asked.removed.contains(&path);
        let seeded = facts.iter().any(|fact| fact.seeded) && !removed;
        let standing = match excluded {
            true => Standing::Excluded,
            false if self.keeps(&path, &facts) => Standing::Kept,
            false => Standing::Left { seeded },
        };
        let digests = whole_digests(&facts, base.as_deref());
        let disk = disk_class(&observed, None, &digests, Markers::default());
        let base_class = if base.is_some() || !parts_of(&facts).is_empty() {
            BaseClass::Known
        } else {
            BaseClass::None
        };
        let word = if removed { Some(Word::Take) } else { self.words.of(path.as_str()) };
        let cell = Cell { standing, disk, base: base_class, word, text: true };
        let row = decide(&cell);
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
            line_ends: LineEnds::Lf,
            rendered: false,
            executable: false,
            known_before: true,
            facts: after,
            diverged: Vec::new(),
            close: Vec::new(),
            conflicts: 0,
            remembered: false,
            marker: None,
            unread: None,
            keys: Vec::new(),
            decided: decides(&cell),
            in_question: Vec::new(),
            moved: None,
            merged_from: None,
        }
    }
}

/// Whether the word of a cell changes what is done.
fn decides(cell: &Cell) -> bool {
    cell.word.is_some() && decide(cell) != decide(&Cell { word: None, ..*cell })
}

/// Where a kit is ejected, what it put into merged outputs of others stays there as the person's.
fn kept_when_ejecting(row: Row, cell: &Cell) -> Row {
    let changes = matches!(row.action, Action::Replace | Action::Merge) || row.stop.is_some();
    let merged = cell.standing == Standing::Planned(Ownership::Merged);
    let there = matches!(cell.disk, DiskClass::Pristine | DiskClass::Edited);
    if !(changes && merged && there && cell.base != BaseClass::None) {
        return row;
    }
    Row {
        action: Action::Leave,
        stop: None,
        finding: None,
        note: Some(kiln_disk::Note::Customised),
        backup: kiln_disk::Backup::Never,
        fact: FactAfter::New,
        ..row
    }
}

/// Digests that the facts state for the whole file: those of a path with one part.
fn whole_digests(facts: &[Fact], base: Option<&[u8]>) -> Vec<Sha256> {
    let parts: BTreeSet<&str> = facts.iter().map(|fact| fact.part.as_str()).collect();
    let mut digests: Vec<_> = if parts.len() == 1 {
        facts.iter().filter_map(|fact| fact.digest).collect()
    } else {
        Vec::new()
    };
    digests.extend(base.map(sha256));
    digests
}

/// The facts of an output after a decision.
fn facts_after(after: FactAfter, output: &Output, before: Vec<Fact>) -> Vec<Fact> {
    let seeded = output.ownership == Owned::Seeded;
    let append_only = output.ownership == Owned::AppendOnly;
    match after {
        FactAfter::New => output
            .facts
            .iter()
            .map(|fact| Fact {
                part: fact.part.clone(),
                path: output.path.clone(),
                digest: Some(fact.digest),
                seeded,
                append_only,
                adopted: false,
                executable: output.executable,
            })
            .collect(),
        // Whose the file is from now on is known although it took nothing in.
        FactAfter::Stay => before
            .into_iter()
            .map(|fact| Fact {
                seeded: seeded || (fact.digest.is_none() && fact.seeded),
                append_only,
                ..fact
            })
            .collect(),
        FactAfter::Gone => Vec::new(),
        FactAfter::Own => vec![Fact {
            part: output.kit_id.clone(),
            path: output.path.clone(),
            digest: None,
            seeded: true,
            append_only: false,
            adopted: false,
            executable: false,
        }],
    }
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
