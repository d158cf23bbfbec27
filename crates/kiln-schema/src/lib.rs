//! Schema history: one small record per step of a chain. State is the fold of the records; desired minus folded is
//! the next step. The migration files that records render to are never read back.
//!
//! This crate never knows kits, templates or files.

mod difference;
mod graph;
mod history;
mod names;
mod operation;
mod record;
mod seal;
mod shape;
mod sql;
mod state;
mod steps;
mod table;
mod title;
mod touch;

#[cfg(test)]
mod tests;

pub use history::{History, HistoryError};
pub use names::constraint_name;
pub use operation::Operation;
pub use record::{FileRef, Record, Renderer};
pub use seal::Seal;
pub use sql::statements;
pub use state::{Held, State};
pub use steps::{Confirmed, NextSteps, OwnSql, Request, Wanted, next_steps, squash};
pub use table::{Column, Columns, Reference, Rule, Table};
