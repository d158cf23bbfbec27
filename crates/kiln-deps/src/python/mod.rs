//! Python: the catalogue, closures of it, and the join of a closure with the lock on disk.
//!
//! | when | what |
//! |---|---|
//! | release | [`Requirements::parse`] → [`Requirements::universe`] → (`uv lock`) → [`build`] → [`Catalogue::to_text`] |
//! | generation | [`Catalogue::parse`] → [`closure`] → [`Closure::render_requirements`] |
//! | apply | [`merge_requirements`] |
//! | check | [`compare_requirements`] |

mod build;
mod catalogue;
mod closure;
mod environment;
mod lockfile;
mod marker;
mod merge;
mod name;
mod requirements;
mod universe;
mod version;

#[cfg(test)]
mod tests;

pub use build::{BuildError, build};
pub use catalogue::{Catalogue, ParseError};
pub use closure::{Closure, ClosureError, Pin, Request, Requests, closure};
pub use lockfile::{LockTarget, lock_command, locked_packages};
pub use merge::{Comparison, Divergence, Merged, compare_requirements, merge_requirements};
pub use name::normalize;
pub use requirements::{Requirements, RequirementsError};
