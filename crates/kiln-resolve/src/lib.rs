//! From wishes to facts: which kits a spec resolves to, and the two files that record it.
//!
//! Solving hides `pubgrub`. This crate never knows paths on disk or templates; reading and writing files is its
//! callers' work.

mod catalog;
mod differing;
mod explain;
mod lock;
mod lock_read;
mod lock_resolve;
mod lock_write;
mod order;
mod solve;
mod sum;
mod sum_merge;
mod universe;

pub use catalog::Catalog;
pub use differing::{Differing, differing};
pub use lock::{Lock, LockedCatalogue, LockedKit, Staleness, locked_kits, staleness};
pub use lock_read::read_lock;
pub use lock_resolve::{
    MarkerError, Moved, Preference, Sides, Unmerged, merge_locks, prefer, split_conflicts,
};
pub use lock_write::write_lock;
pub use solve::{Request, Resolution, Why, check_engine, resolve};
pub use sum::{Fact, Sum, SumError};
pub use sum_merge::merge_sums;
