//! Specs, presets and manifests: from KDL v2 text to the typed data of `kiln-model`, with every error of a text at once.
//!
//! This crate hides KDL from all others. It never touches a file, and knows neither solving nor templates.

mod add;
mod check;
mod context;
mod cursor;
mod declaration;
mod domain;
mod edit;
mod manifest;
mod names;
mod package;
#[cfg(test)]
mod robustness;
mod rules;
mod spec;
mod syntax;
#[cfg(test)]
mod testing;
mod units;

pub use check::{Checker, Misfit, typed};
pub use edit::{Edit, Renamed, edit, project_alone};
pub use manifest::decode_manifest;
pub use package::check_package;
pub use spec::{apply_scenario, decode_scenario, decode_spec};
pub use units::{parse_duration, parse_size};
