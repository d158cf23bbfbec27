//! Dependency locks of generated projects, worked out offline.
//!
//! Per ecosystem one universe of packages is resolved when the library is released; it is the *catalogue*. The lock
//! of any project is a *closure* of it: what the ecosystem's own tool would write for these direct dependencies,
//! byte for byte. So a lock needs no network, no clock and no package manager.
//!
//! - [`python`]: `requirements.lock` as `uv pip compile --universal --generate-hashes` writes it.
//!
//! Everything here is a pure function over text. Two halves are kept apart: the release-time half understands what
//! the tools write (`uv.lock`, environment markers), the generation-time half only follows edges and joins bit sets.
//! This crate knows no kits, no slots and no files.

pub mod python;
