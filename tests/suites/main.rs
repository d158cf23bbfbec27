//! Suites that cross crates: the real binary on real folders, good and bad.
#![expect(
    clippy::disallowed_methods,
    reason = "the suites prepare and read folders as a person would, beside kiln"
)]

mod answers;
mod bad_trees;
mod corpus;
mod crash;
mod determinism;
mod explain;
mod findings;
mod git;
mod history;
mod kit_fixtures;
mod merging;
mod ownership;
mod sessions;
mod standing;
mod states;
mod support;
mod work;
