//! Where kits come from. A library is a folder of kits, scenarios and catalogues, or the one that was packed into
//! the binary when it was built.
//!
//! This crate never solves and never renders.

mod builtin;
mod folder;
mod kit;
mod pack;

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostics, Source};
use kiln_model::Package;

pub use builtin::builtin;
pub use folder::{Kind, from_folder};
pub use kit::{RawFile, digest, kit};

/// Kits, presets and catalogues from one place.
#[derive(Debug, Default)]
pub struct Library {
    /// Its kits, by name.
    pub kits: Vec<Arc<Package>>,
    /// The presets by name.
    pub scenarios: BTreeMap<String, Arc<Source>>,
    /// The catalogues of packages by ecosystem, as they were built.
    pub catalogues: BTreeMap<String, Arc<[u8]>>,
    /// What a person should know.
    pub warnings: Diagnostics,
}
