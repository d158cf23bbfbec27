//! Schema history: one small record per step of a chain. State is the fold of the records; desired minus folded is
//! the next step. The migration files that records render to are never read back.
//!
//! This crate never knows kits, templates or files.

mod history;
mod names;
mod record;
mod table;

pub use history::{History, HistoryError, next_step};
pub use names::constraint_name;
pub use record::{FileRef, Record, Renderer};
pub use table::{Column, Columns, Operation, Reference, Rule, Table};
