//! The decision over a moved output: the same identity at a new path, which takes a person's edits along.
//!
//! The source decides with its own disk and facts; then the new place is looked at. The old place goes only when the
//! new one stands.

use crate::table::{
    Action, Backup, BaseClass, Cell, DiskClass, FactAfter, Row, Stop, Word, decide,
};

/// What stands at the new place of a moved output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Nothing.
    Absent,
    /// Exactly what would be written there: bytes, line ends and executable bit.
    Result,
    /// Another plain file.
    Other,
    /// No plain file.
    Obstructed,
}

/// All that the decision over a move depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoveCell {
    /// The old place: what stands there, with the facts of the old place.
    pub source: Cell,
    /// The new place as if it were the old one: what stands there, compared with the facts of the old place. Read only
    /// if nothing stands at the old place and something at the new one.
    pub moved: Cell,
    /// What stands at the new place.
    pub target: Target,
}

/// One decision over a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoveRow {
    /// Which row of the moves it is: MV0 nothing at either place, MV1 the person moved it already, MV2 the new place
    /// holds the result, MV3 something else stands there, MV4 a plain move, MV a stop at the old place.
    pub id: &'static str,
    /// What happens to the bytes, at the new place.
    pub row: Row,
    /// What happens at the old place.
    pub source: SourceAfter,
}

/// What becomes of the old place of a moved output. Its fact goes, unless it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceAfter {
    /// Nothing stands there; the fact goes.
    Forgotten,
    /// Something stops the move; nothing changes.
    Held,
    /// It is removed once the new place stands.
    Removed(Backup),
}

/// Decides over one moved output.
///
/// Where `row.action` is [`Action::Leave`] and `source` is [`SourceAfter::Removed`], what is written at the new place
/// are the bytes of the old one, unless the new place holds them already (MV2).
#[must_use]
pub fn decide_move(cell: &MoveCell) -> MoveRow {
    let at = |id, row, source| MoveRow { id, row, source };
    if cell.source.disk == DiskClass::Absent {
        if cell.target == Target::Absent {
            let fresh = Cell { base: BaseClass::None, word: None, ..cell.source };
            return at("MV0", decide(&fresh), SourceAfter::Forgotten);
        }
        return at("MV1", decide(&cell.moved), SourceAfter::Forgotten);
    }
    let row = decide(&cell.source);
    if row.stop.is_some() {
        return at("MV", row, SourceAfter::Held);
    }
    if cell.source.disk == DiskClass::Obstructed {
        return at("MV", stopped(row, Stop::Obstructed), SourceAfter::Held);
    }
    match cell.target {
        Target::Result => {
            let done = Row { action: Action::Leave, backup: Backup::Never, ..row };
            at("MV2", done, SourceAfter::Removed(Backup::Always))
        }
        Target::Other if cell.source.word == Some(Word::Take) => {
            let over = Row { backup: Backup::Always, ..row };
            at("MV3", over, SourceAfter::Removed(Backup::Always))
        }
        Target::Other => at("MV3", stopped(row, Stop::InTheWay), SourceAfter::Held),
        Target::Obstructed => at("MV3", stopped(row, Stop::Obstructed), SourceAfter::Held),
        Target::Absent => {
            let backup = row.backup.max(Backup::UnlessRenderable);
            at("MV4", Row { backup: Backup::Never, ..row }, SourceAfter::Removed(backup))
        }
    }
}

const fn stopped(row: Row, stop: Stop) -> Row {
    Row {
        action: Action::Leave,
        stop: Some(stop),
        finding: None,
        note: None,
        backup: Backup::Never,
        fact: FactAfter::Stay,
        ..row
    }
}
