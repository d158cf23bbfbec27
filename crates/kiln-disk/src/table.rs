//! The decision table: what sync and check do with one output, as a pure function of its cell.
//!
//! Rows R1 to R22 cover outputs of every ownership, outputs that left the plan and excluded ones; F1 and F2 are the
//! frozen rows of append-only outputs, C1 the row of computed ones. Each cell has exactly one row. A word of the person
//! for the path is looked at first; where it does not apply, the row stays.

use kiln_base::Sha256;

use crate::observe::Observed;
use crate::text::Markers;

/// Who may edit an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ownership {
    /// kiln alone.
    Managed,
    /// kiln and people; merged.
    Merged,
    /// Written once, then the person's.
    Seeded,
    /// Nobody: migrations and records of schema history.
    AppendOnly,
    /// Worked out from what stands on the disk as well: dependency locks. The caller has joined the new bytes with it.
    Computed,
}

/// How a path stands to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The plan has it.
    Planned(Ownership),
    /// The plan has it no more; facts are left.
    Left {
        /// It was a seeded output.
        seeded: bool,
    },
    /// An append-only output whose item is gone while its kit is still there.
    Kept,
    /// The spec excludes it.
    Excluded,
}

/// What stands on the disk, as compared with the new render and the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiskClass {
    /// Nothing.
    Absent,
    /// The new render.
    New,
    /// What a fact says, which is not the new render.
    Pristine,
    /// Something else: a person edited it.
    Edited,
    /// Something else with marker lines of a conflict that the render has not.
    Markers,
    /// No plain file, or a place that kiln may not go to.
    Obstructed,
}

/// What the file has taken in, as the sum says. Of bytes alone: the executable bit is decided apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BaseClass {
    /// No fact with a digest.
    None,
    /// The only fact is the new render.
    TakenIn,
    /// Another fact, and its bytes can be had.
    Known,
    /// Another fact, and its bytes cannot be had.
    Unknown,
}

/// The person's word for a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// kiln's bytes; the person's go to the vault.
    Take,
    /// The person's bytes.
    Keep,
    /// Merge without a base, with markers where the two differ.
    Merge,
}

/// All that a decision depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// How the path stands to the plan.
    pub standing: Standing,
    /// What stands on the disk.
    pub disk: DiskClass,
    /// What it has taken in.
    pub base: BaseClass,
    /// What the person said.
    pub word: Option<Word>,
    /// The file on the disk and the new render are both text.
    pub text: bool,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing is written at this path.
    Leave,
    /// The new render is created where nothing stands.
    Create,
    /// The new render replaces what stands there.
    Replace,
    /// The result of a three-way merge is written, unless it is what stands there. The caller merges; where the bytes
    /// of a document's key or of a binary file stand in its way, it makes a stop of it.
    Merge,
    /// The result of a merge without a base is written.
    TwoWay,
    /// The file is deleted.
    Delete,
}

/// Why nothing at all is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// A file that kiln does not know stands where an output belongs.
    InTheWay,
    /// A managed file was edited and its render changed.
    Edited,
    /// A merged file was edited and its base cannot be had.
    NoBase,
    /// A binary file was edited and its render changed.
    Binary,
    /// An edited file left the plan.
    Orphan,
    /// Marker lines are left and the render changed.
    Unresolved,
    /// Something that is no plain file stands there.
    Obstructed,
    /// The render of an append-only file changed.
    Frozen,
}

/// A result of check that makes it fail although this output is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// A managed file was edited.
    Edited,
    /// Marker lines are left.
    Conflict,
    /// Something that is no plain file stands there.
    Obstructed,
    /// An output is not there; sync restores it.
    Missing,
}

/// Something to know that is nobody's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// A person changed it, as they may.
    Customised,
    /// The file is the person's.
    Yours,
    /// The file stays where it is; kiln forgets it.
    LeftThere,
}

/// Whether what is replaced or deleted goes to the vault first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backup {
    /// Nothing is replaced.
    Never,
    /// Unless the lock that this sync's undo record keeps renders the same bytes again.
    UnlessRenderable,
    /// A person's bytes.
    Always,
}

/// What the sum says of the path afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactAfter {
    /// The new render.
    New,
    /// What it said before.
    Stay,
    /// Nothing.
    Gone,
    /// A fact without digest: a seeded output found the person's own file.
    Own,
}

/// One decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which row of the table it is.
    pub id: &'static str,
    /// What is done.
    pub action: Action,
    /// Why nothing at all is written, if so.
    pub stop: Option<Stop>,
    /// What check says, if it fails for this output.
    pub finding: Option<Finding>,
    /// What else is worth knowing.
    pub note: Option<Note>,
    /// Whether the vault gets the old bytes.
    pub backup: Backup,
    /// What the sum says afterwards.
    pub fact: FactAfter,
}

impl Row {
    const fn new(id: &'static str, action: Action, backup: Backup, fact: FactAfter) -> Self {
        Self { id, action, stop: None, finding: None, note: None, backup, fact }
    }

    const fn leave(id: &'static str, fact: FactAfter) -> Self {
        Self::new(id, Action::Leave, Backup::Never, fact)
    }

    const fn stop(id: &'static str, stop: Stop) -> Self {
        Self { stop: Some(stop), ..Self::leave(id, FactAfter::Stay) }
    }

    const fn report(id: &'static str, finding: Finding) -> Self {
        Self { finding: Some(finding), ..Self::leave(id, FactAfter::Stay) }
    }

    const fn note(id: &'static str, note: Note, fact: FactAfter) -> Self {
        Self { note: Some(note), ..Self::leave(id, fact) }
    }

    const fn missing(mut self) -> Self {
        self.finding = Some(Finding::Missing);
        self
    }
}

impl Stop {
    /// The words that a person can say for an output of this ownership; there may be other ways out than words.
    #[must_use]
    pub fn words(self, ownership: Ownership) -> &'static [Word] {
        use Ownership::{AppendOnly, Managed, Merged};
        match (self, ownership) {
            (Self::InTheWay, Merged) | (Self::NoBase, _) => &[Word::Take, Word::Keep, Word::Merge],
            (Self::InTheWay, AppendOnly) | (Self::Binary | Self::Orphan | Self::Frozen, _) => {
                &[Word::Take, Word::Keep]
            }
            (Self::InTheWay | Self::Edited, Managed) | (Self::Unresolved, _) => &[Word::Take],
            (Self::InTheWay | Self::Edited, _) => &[Word::Take],
            (Self::Obstructed, _) => &[],
        }
    }

    /// Its stable id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::InTheWay => "in-the-way",
            Self::Edited => "edited",
            Self::NoBase => "no-base",
            Self::Binary => "binary",
            Self::Orphan => "orphan",
            Self::Unresolved => "unresolved",
            Self::Obstructed => "obstructed",
            Self::Frozen => "frozen",
        }
    }
}

/// The class of what stands on the disk. `new` is the digest of the new render with LF, `bases` are those of the facts,
/// as far as they are known for the whole file, `render` has the marker lines of the new render.
#[must_use]
pub fn disk_class(
    observed: &Observed,
    new: Option<&Sha256>,
    bases: &[Sha256],
    render: Markers,
) -> DiskClass {
    match observed {
        Observed::Absent => DiskClass::Absent,
        Observed::Obstructed(_) => DiskClass::Obstructed,
        Observed::File(found) if new == Some(&found.text) => DiskClass::New,
        Observed::File(found) if bases.contains(&found.text) => DiskClass::Pristine,
        Observed::File(found) if found.markers.beyond(render) => DiskClass::Markers,
        Observed::File(_) => DiskClass::Edited,
    }
}

/// Decides over one output.
#[must_use]
pub fn decide(cell: &Cell) -> Row {
    if let Some(row) = cell.word.and_then(|word| said(cell, word)) {
        return row;
    }
    match cell.standing {
        Standing::Planned(Ownership::Seeded) => seeded(cell),
        Standing::Planned(Ownership::Computed) => computed(cell),
        Standing::Planned(ownership) => planned(cell, ownership),
        Standing::Left { seeded: true } | Standing::Excluded => forget("R22", cell),
        Standing::Left { seeded: false } => left(cell),
        Standing::Kept => Row::note("F2", Note::Yours, FactAfter::Stay),
    }
}

/// What a word does, where it applies.
fn said(cell: &Cell, word: Word) -> Option<Row> {
    use DiskClass::{Edited, Markers, Pristine};
    let persons = matches!(cell.disk, Edited | Markers);
    let frozen = cell.standing == Standing::Planned(Ownership::AppendOnly)
        && cell.disk == Pristine
        && matches!(cell.base, BaseClass::Known | BaseClass::Unknown);
    match (word, cell.standing) {
        (Word::Take, Standing::Planned(_)) if persons => {
            Some(Row::new("take", Action::Replace, Backup::Always, FactAfter::New))
        }
        (Word::Take, Standing::Planned(_)) if frozen => {
            Some(Row::new("take", Action::Replace, Backup::UnlessRenderable, FactAfter::New))
        }
        (Word::Take, Standing::Left { seeded: false }) if persons => {
            Some(Row::new("take", Action::Delete, Backup::Always, FactAfter::Gone))
        }
        (Word::Keep, Standing::Left { seeded: false }) if persons => {
            Some(Row::note("keep", Note::LeftThere, FactAfter::Gone))
        }
        (Word::Keep, Standing::Planned(Ownership::Merged | Ownership::AppendOnly))
            if (cell.disk == Edited && cell.base != BaseClass::TakenIn) || frozen =>
        {
            Some(Row::note("keep", Note::Customised, FactAfter::New))
        }
        (Word::Merge, Standing::Planned(Ownership::Merged))
            if cell.disk == Edited
                && matches!(cell.base, BaseClass::None | BaseClass::Unknown)
                && cell.text =>
        {
            Some(Row::new("merge", Action::TwoWay, Backup::Always, FactAfter::New))
        }
        _ => None,
    }
}

fn planned(cell: &Cell, ownership: Ownership) -> Row {
    use BaseClass::{Known, None, TakenIn, Unknown};
    let merged = ownership == Ownership::Merged;
    let append_only = ownership == Ownership::AppendOnly;
    let moved_on = matches!(cell.base, Known | Unknown);
    match (cell.disk, cell.base) {
        (DiskClass::Absent, None) => create("R1"),
        (DiskClass::Absent, _) => create("R2").missing(),
        (DiskClass::New, _) => Row::leave("R3", FactAfter::New),
        (DiskClass::Obstructed, TakenIn) => Row::report("R14", Finding::Obstructed),
        (DiskClass::Obstructed, _) => Row::stop("R15", Stop::Obstructed),
        _ if append_only && moved_on => Row::stop("F1", Stop::Frozen),
        (DiskClass::Pristine, _) => {
            Row::new("R4", Action::Replace, Backup::UnlessRenderable, FactAfter::New)
        }
        (DiskClass::Edited, None) => Row::stop("R5", Stop::InTheWay),
        (DiskClass::Edited, TakenIn) if merged || append_only => {
            Row::note("R7", Note::Customised, FactAfter::New)
        }
        (DiskClass::Edited, TakenIn) => Row::report("R6", Finding::Edited),
        (DiskClass::Edited, Known) if merged && cell.text => {
            Row::new("R9", Action::Merge, Backup::Always, FactAfter::New)
        }
        (DiskClass::Edited, Known) if merged => Row::stop("R9", Stop::Binary),
        (DiskClass::Edited, Unknown) if merged => Row::stop("R10", Stop::NoBase),
        (DiskClass::Edited, Known | Unknown) => Row::stop("R8", Stop::Edited),
        (DiskClass::Markers, None) => Row::stop("R11", Stop::InTheWay),
        (DiskClass::Markers, TakenIn) => Row::report("R12", Finding::Conflict),
        (DiskClass::Markers, Known | Unknown) => Row::stop("R13", Stop::Unresolved),
    }
}

const fn create(id: &'static str) -> Row {
    Row::new(id, Action::Create, Backup::Never, FactAfter::New)
}

fn seeded(cell: &Cell) -> Row {
    match (cell.disk, cell.base) {
        (DiskClass::Absent, BaseClass::None) => create("R1"),
        (DiskClass::New, BaseClass::None) => Row::note("R16", Note::Yours, FactAfter::New),
        (_, BaseClass::None) => Row::note("R16", Note::Yours, FactAfter::Own),
        (DiskClass::New, _) => Row::note("R17", Note::Yours, FactAfter::New),
        _ => Row::note("R17", Note::Yours, FactAfter::Stay),
    }
}

/// Dependency locks: the new bytes hold the person's part already, so nothing of it needs a word.
fn computed(cell: &Cell) -> Row {
    match (cell.disk, cell.base) {
        (DiskClass::Absent, BaseClass::None) => create("R1"),
        (DiskClass::Absent, _) => create("R2").missing(),
        (DiskClass::New, _) => Row::leave("R3", FactAfter::New),
        (DiskClass::Obstructed, BaseClass::TakenIn) => Row::report("R14", Finding::Obstructed),
        (DiskClass::Obstructed, _) => Row::stop("R15", Stop::Obstructed),
        _ => Row::new("C1", Action::Replace, Backup::Always, FactAfter::New),
    }
}

fn left(cell: &Cell) -> Row {
    match cell.disk {
        DiskClass::Absent => forget("R18", cell),
        DiskClass::Pristine | DiskClass::New => {
            Row::new("R19", Action::Delete, Backup::UnlessRenderable, FactAfter::Gone)
        }
        DiskClass::Edited | DiskClass::Markers => Row::stop("R20", Stop::Orphan),
        DiskClass::Obstructed => forget("R21", cell),
    }
}

fn forget(id: &'static str, cell: &Cell) -> Row {
    if cell.disk == DiskClass::Absent {
        return Row::leave(id, FactAfter::Gone);
    }
    Row::note(id, Note::LeftThere, FactAfter::Gone)
}

/// The executable bit that a file should have: a one-bit merge, which never conflicts. A managed file has the kit's;
/// one that is never written again keeps its own; any other follows the kit unless the person changed it. `facts` are
/// the bits of the sum's facts.
#[must_use]
pub fn want_executable(ownership: Ownership, kit: bool, facts: &[bool], disk: bool) -> bool {
    if matches!(ownership, Ownership::Seeded | Ownership::AppendOnly) {
        return disk;
    }
    if ownership == Ownership::Managed || facts.is_empty() {
        return kit;
    }
    let only = |bit: bool| facts.iter().all(|&fact| fact == bit);
    // The kit did not move it: it is the person's. Or the person did not: it follows the kit.
    if !only(kit) && only(disk) { kit } else { disk }
}
