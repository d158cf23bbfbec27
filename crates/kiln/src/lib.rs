//! kiln as a library: one function per command, a terminal layer over them, and the entry point for `cargo xtask`.
//!
//! Operations never print and never read the environment; the terminal layer does both and decides nothing.

mod cli;
pub mod ops;
mod terminal;
pub mod xtask;

pub use cli::main;
