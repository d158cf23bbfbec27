//! All danger of kiln is in here: every look at the disk and every change of it.
//!
//! A [`Root`] is a capability; no call leaves it or follows a symlink. [`observe`] says what stands at each output,
//! [`decide`] is the decision table as a pure function, [`apply`] is the transaction and [`Vault`] keeps what must
//! outlive a crash: journal, undo records with backups, kept locks and the lock between processes.
//!
//! This crate knows no KDL, no versions and no templates: texts of spec, lock and sum are opaque to it.

mod apply;
mod back;
mod change;
mod error;
mod faults;
mod host;
mod index;
mod journal;
mod keep;
mod local;
mod moves;
mod observe;
mod recover;
mod root;
mod settle;
mod site;
mod snapshot;
mod sys;
mod table;
mod text;
mod undo;
mod vault;

pub use apply::apply;
pub use change::{
    Aftermath, Applied, ApplyError, Change, ChangeKind, Changes, Document, Put, Renders,
};
pub use error::{DiskError, Obstruction};
pub use faults::{Faults, Primitive, Verdict};
pub use host::{Holder, Host};
pub use index::Index;
pub use keep::{Limits, Record};
pub use moves::{MoveCell, MoveRow, SourceAfter, Target, decide_move};
pub use observe::{Found, Mark, Observed, observe, observe_and_refresh};
pub use recover::{Recovery, recover, recover_records};
pub use root::{Entry, Root};
pub use snapshot::Trust;
pub use sys::{Kind, Stat, Time};
pub use table::{
    Action, Backup, BaseClass, Cell, DiskClass, FactAfter, Finding, Note, Ownership, Row, Standing,
    Stop, Word, decide, disk_class, want_executable,
};
pub use text::{LineEnds, Markers, is_binary, line_ends, markers, normalise, with_line_ends};
pub use undo::{SpecBack, UndoError, UndoWords, Undoable, Undone, undo};
pub use vault::{Interrupted, LockError, Locked, Vault, Wait};
