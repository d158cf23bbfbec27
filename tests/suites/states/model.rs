//! The semantics of one output as a model that is small enough to enumerate. It shares no code with kiln: an output is
//! two lines of text, every line says who wrote it, and merges go line by line.
//!
//! Lines that begin with `p` are a person's, all others a kit's. The executable bit is no part of what a file has taken
//! in; it is decided apart.

use std::collections::BTreeSet;

/// How a path stands to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Managed,
    Merged,
    Seeded,
    Frozen,
    Computed,
    Left,
    LeftSeeded,
    Kept,
    Excluded,
}

use Owner::{Computed, Excluded, Frozen, Kept, Left, LeftSeeded, Managed, Merged, Seeded};

/// What a line holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Line {
    Text(&'static str),
    /// A conflict: the person's line and the kit's.
    Conflict(&'static str, &'static str),
}

/// The bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Data {
    Text([Line; 2]),
    Binary(&'static str),
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    File {
        data: Data,
        executable: bool,
        crlf: bool,
    },
    /// A symlink, a folder, or a file in the place of the folder.
    Obstacle(&'static str),
}

/// What the plan wants at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) data: Data,
    pub(crate) executable: bool,
}

/// What the sum says: bytes that the file has taken in, with the bit of each. Two after a merge of branches, none for a
/// person's own file.
pub(crate) type Facts = BTreeSet<(Data, bool)>;

/// Classes of the disk: absent, new, pristine, edited, conflict, obstructed.
pub(crate) const DISKS: &str = "ANBECX";
/// Classes of the base: none, taken in, known, unknown.
pub(crate) const BASES: &str = "0=ku";

/// One row: its name, who it is about, classes of disk and base, what is done.
type Row = (&'static str, &'static [Owner], &'static str, &'static str, &'static str);

/// The table as the pages have it.
pub(crate) const ROWS: &[Row] = &[
    ("R1", &[Managed, Merged, Frozen, Seeded, Computed], "A", "0", "create"),
    ("R2", &[Managed, Merged, Frozen, Computed], "A", "=ku", "restore"),
    ("R3", &[Managed, Merged, Frozen, Computed], "N", "0=ku", "equal"),
    ("R4", &[Managed, Merged], "B", "ku", "update"),
    ("R5", &[Managed, Merged, Frozen], "E", "0", "stop in-the-way"),
    ("R6", &[Managed], "E", "=", "report edited"),
    ("R7", &[Merged, Frozen], "E", "=", "customised"),
    ("R8", &[Managed], "E", "ku", "stop edited"),
    ("R9", &[Merged], "E", "k", "merge"),
    ("R10", &[Merged], "E", "u", "stop no-base"),
    ("R11", &[Managed, Merged, Frozen], "C", "0", "stop in-the-way"),
    ("R12", &[Managed, Merged, Frozen], "C", "=", "report conflict"),
    ("R13", &[Managed, Merged], "C", "ku", "stop unresolved"),
    ("R14", &[Managed, Merged, Frozen, Computed], "X", "=", "report obstructed"),
    ("R15", &[Managed, Merged, Frozen, Computed], "X", "0ku", "stop obstructed"),
    ("R16", &[Seeded], "NECX", "0", "yours"),
    ("R17", &[Seeded], "ANBECX", "=ku", "yours"),
    ("R18", &[Left], "A", "ku", "forget"),
    ("R19", &[Left], "B", "ku", "delete"),
    ("R20", &[Left], "EC", "ku", "stop orphan"),
    ("R21", &[Left], "X", "ku", "forget"),
    ("R22", &[LeftSeeded, Excluded], "ABECX", "0ku", "forget"),
    ("F1", &[Frozen], "BEC", "ku", "stop frozen"),
    ("F2", &[Kept], "ABECX", "ku", "yours"),
    ("C1", &[Computed], "BEC", "0=ku", "join"),
];

/// Cells that cannot be: pristine means that a fact is equal and the render is not; what left has no render.
pub(crate) fn possible(owner: Owner, disk: char, base: char) -> bool {
    let left = matches!(owner, Left | LeftSeeded | Kept | Excluded);
    let nothing_taken_in = disk == 'B' && matches!(base, '0' | '=');
    if left {
        return disk != 'N'
            && base != '='
            && !(base == '0' && matches!(owner, Left | Kept))
            && !nothing_taken_in;
    }
    !nothing_taken_in
}

/// The rows of a cell; there must be one.
pub(crate) fn rows(owner: Owner, disk: char, base: char) -> Vec<&'static Row> {
    let of_cell =
        |row: &&Row| row.1.contains(&owner) && row.2.contains(disk) && row.3.contains(base);
    ROWS.iter().filter(of_cell).collect()
}

/// The person's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    Take,
    Keep,
    Merge,
}

/// What is done to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    Leave,
    Delete,
    Put(Node),
    /// A result with conflicts: how it is written down is not the model's.
    Conflict(Node),
}

/// What the sum says afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    New,
    Stay,
    Gone,
    Own,
}

/// What the model decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) row: &'static str,
    pub(crate) deed: Deed,
    pub(crate) backup: bool,
    /// A finding that stops everything.
    pub(crate) stop: Option<&'static str>,
    /// A finding that makes sync and check fail.
    pub(crate) finding: Option<&'static str>,
    pub(crate) after: After,
}

/// One output and all that its decision depends on.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) owner: Owner,
    pub(crate) new: Option<Output>,
    pub(crate) facts: Option<Facts>,
    pub(crate) disk: Option<Node>,
    /// The bytes of facts can be had.
    pub(crate) known: bool,
}

impl World {
    /// The class of the disk.
    pub(crate) fn disk_class(&self) -> char {
        match &self.disk {
            None => 'A',
            Some(Node::Obstacle(_)) => 'X',
            Some(Node::File { data, .. }) => {
                let taken_in = |facts: &Facts| facts.iter().any(|(fact, _)| fact == data);
                if self.new.as_ref().is_some_and(|new| new.data == *data) {
                    'N'
                } else if self.facts.as_ref().is_some_and(taken_in) {
                    'B'
                } else if data.has_conflict() {
                    'C'
                } else {
                    'E'
                }
            }
        }
    }

    /// The class of the base.
    pub(crate) fn base_class(&self) -> char {
        let Some(facts) = self.facts.as_ref().filter(|facts| !facts.is_empty()) else { return '0' };
        let is_new =
            |(fact, _): &(Data, bool)| self.new.as_ref().is_some_and(|new| new.data == *fact);
        match (facts.iter().all(is_new), self.known) {
            (true, _) => '=',
            (false, true) => 'k',
            (false, false) => 'u',
        }
    }

    /// If in doubt the older base: a fact that is not the new render.
    fn base(&self) -> Option<Data> {
        let facts = self.facts.as_ref()?;
        let older =
            |(fact, _): &&(Data, bool)| self.new.as_ref().is_none_or(|new| new.data != *fact);
        let text = |(fact, _): &&(Data, bool)| matches!(fact, Data::Text(_));
        let of = |(fact, _): &(Data, bool)| fact.clone();
        facts
            .iter()
            .filter(older)
            .find(text)
            .or_else(|| facts.iter().find(older))
            .or_else(|| facts.first())
            .map(of)
    }

    /// The bit that the file should have.
    fn executable(&self) -> bool {
        let (Some(new), on_disk) = (&self.new, self.disk.as_ref().is_some_and(Node::executable))
        else {
            return false;
        };
        if matches!(self.owner, Seeded | Frozen) {
            return on_disk;
        }
        let bits: BTreeSet<bool> = self.facts.iter().flatten().map(|(_, bit)| *bit).collect();
        if self.owner == Managed || bits.is_empty() {
            return new.executable;
        }
        let kit_moved_it = bits != BTreeSet::from([new.executable]);
        let person_did_not = bits == BTreeSet::from([on_disk]);
        if kit_moved_it && person_did_not { new.executable } else { on_disk }
    }

    fn put(&self, data: Data) -> Node {
        let crlf = matches!(self.disk, Some(Node::File { crlf: true, .. }))
            && matches!(data, Data::Text(_));
        Node::File { data, executable: self.executable(), crlf }
    }

    fn put_new(&self) -> Deed {
        self.new.as_ref().map_or(Deed::Leave, |new| Deed::Put(self.put(new.data.clone())))
    }

    /// Decides; `choice` is looked at first, and where it does not apply, the row stays.
    pub(crate) fn decide(&self, choice: Option<Choice>) -> Decision {
        let (disk, base) = (self.disk_class(), self.base_class());
        let row = rows(self.owner, disk, base)[0];
        let leave = Decision {
            row: row.0,
            deed: Deed::Leave,
            backup: false,
            stop: None,
            finding: None,
            after: After::New,
        };
        if let Some(said) = choice.and_then(|choice| self.said(choice, disk, base, &leave)) {
            return said;
        }
        let (what, id) = row.4.split_once(' ').unwrap_or((row.4, ""));
        match what {
            "stop" => Decision { stop: Some(id), after: After::Stay, ..leave },
            "report" => Decision { finding: Some(id), after: After::Stay, ..leave },
            "create" | "restore" => Decision { deed: self.put_created(), ..leave },
            "equal" => Decision { deed: self.bit_alone(), ..leave },
            "update" => Decision { deed: self.put_new(), ..leave },
            "join" => Decision { deed: self.put_new(), backup: true, ..leave },
            "customised" => leave,
            "yours" => Decision { after: self.after_yours(disk, base), ..leave },
            "forget" => Decision { after: After::Gone, ..leave },
            "delete" => Decision { deed: Deed::Delete, after: After::Gone, ..leave },
            "merge" => self.merged(leave),
            other => unreachable!("{other}"),
        }
    }

    fn put_created(&self) -> Deed {
        let new = self.new.as_ref();
        new.map_or(Deed::Leave, |Output { data, executable }| {
            Deed::Put(Node::File { data: data.clone(), executable: *executable, crlf: false })
        })
    }

    fn bit_alone(&self) -> Deed {
        match &self.disk {
            Some(Node::File { data, executable, crlf }) if *executable != self.executable() => {
                let (data, crlf, executable) = (data.clone(), *crlf, !*executable);
                Deed::Put(Node::File { data, executable, crlf })
            }
            _ => Deed::Leave,
        }
    }

    fn after_yours(&self, disk: char, base: char) -> After {
        match (self.owner, disk, base) {
            (Kept, ..) => After::Stay,
            (_, 'N', _) => After::New,
            (_, _, '0') => After::Own,
            _ => After::Stay,
        }
    }

    fn said(&self, choice: Choice, disk: char, base: char, leave: &Decision) -> Option<Decision> {
        let persons = matches!(disk, 'E' | 'C');
        let moved_on = matches!(base, 'k' | 'u');
        let planned = !matches!(self.owner, Left | LeftSeeded | Kept | Excluded);
        let frozen = self.owner == Frozen && disk == 'B' && moved_on;
        let row = leave.clone();
        let of = |row, name| Decision { row: name, ..row };
        match choice {
            Choice::Take if planned && persons => {
                Some(of(Decision { deed: self.put_new(), backup: true, ..row }, "take"))
            }
            Choice::Take if frozen => Some(of(Decision { deed: self.put_new(), ..row }, "take")),
            Choice::Take if self.owner == Left && persons => {
                let row = Decision { deed: Deed::Delete, backup: true, after: After::Gone, ..row };
                Some(of(row, "take"))
            }
            Choice::Keep if self.owner == Left && persons => {
                Some(of(Decision { after: After::Gone, ..row }, "keep"))
            }
            Choice::Keep
                if frozen
                    || (matches!(self.owner, Merged | Frozen) && disk == 'E' && base != '=') =>
            {
                Some(of(row, "keep"))
            }
            Choice::Merge if self.owner == Merged && disk == 'E' && matches!(base, '0' | 'u') => {
                let Data::Text(ours) = self.disk.as_ref()?.data()? else { return None };
                let Data::Text(theirs) = &self.new.as_ref()?.data else { return None };
                let lines = [0, 1].map(|at| two_way(&ours[at], &theirs[at]));
                Some(of(self.result(lines, row), "merge"))
            }
            _ => None,
        }
    }

    fn merged(&self, leave: Decision) -> Decision {
        let stopped = || Decision { stop: Some("binary"), after: After::Stay, ..leave.clone() };
        let parts = (self.base(), self.disk.as_ref().and_then(Node::data), self.new.as_ref());
        let (Some(Data::Text(base)), Some(Data::Text(ours)), Some(new)) = parts else {
            return stopped();
        };
        let Data::Text(theirs) = &new.data else { return stopped() };
        let lines = [0, 1].map(|at| three_way(&base[at], &ours[at], &theirs[at]));
        self.result(lines, leave)
    }

    fn result(&self, lines: [Line; 2], leave: Decision) -> Decision {
        let data = Data::Text(lines);
        let conflict = data.has_conflict();
        let node = self.put(data);
        if Some(&node) == self.disk.as_ref() {
            return leave;
        }
        let deed = if conflict { Deed::Conflict(node) } else { Deed::Put(node) };
        Decision { deed, backup: true, finding: conflict.then_some("conflict"), ..leave }
    }
}

fn three_way(base: &Line, ours: &Line, theirs: &Line) -> Line {
    match (base, ours, theirs) {
        (_, ours, theirs) if ours == theirs => ours.clone(),
        (base, ours, theirs) if ours == base => theirs.clone(),
        (base, ours, theirs) if theirs == base => ours.clone(),
        (_, ours, theirs) => conflict(ours, theirs),
    }
}

fn two_way(ours: &Line, theirs: &Line) -> Line {
    if ours == theirs { ours.clone() } else { conflict(ours, theirs) }
}

fn conflict(ours: &Line, theirs: &Line) -> Line {
    match (ours, theirs) {
        (Line::Text(ours), Line::Text(theirs)) => Line::Conflict(ours, theirs),
        (open, _) => open.clone(),
    }
}

impl Data {
    pub(crate) fn has_conflict(&self) -> bool {
        matches!(self, Self::Text(lines) if lines.iter().any(|line| matches!(line, Line::Conflict(..))))
    }
}

impl Node {
    pub(crate) const fn executable(&self) -> bool {
        matches!(self, Self::File { executable: true, .. })
    }

    pub(crate) const fn data(&self) -> Option<&Data> {
        match self {
            Self::File { data, .. } => Some(data),
            Self::Obstacle(_) => None,
        }
    }
}
