//! The state table of an output: kiln's decisions and kiln's syncs, against a model that shares no code with them.

mod cells;
mod ends;
mod model;
mod moved;
mod traces;
mod worlds;
