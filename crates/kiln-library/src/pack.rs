//! The form in which a library lies in the binary: an index with decoded manifests, and one compressed block for the
//! files of each kit. Shared, as source, by the build script that writes it.

use kiln_model::Manifest;
use serde::{Deserialize, Serialize};

/// The index.
#[derive(Serialize, Deserialize)]
pub(crate) struct Index {
    pub(crate) kits: Vec<PackedKit>,
    /// Presets by name, with their text.
    pub(crate) scenarios: Vec<(String, String)>,
    /// Catalogues by ecosystem, with the place of their block.
    pub(crate) catalogues: Vec<(String, Block)>,
}

/// A place in the blocks.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The length of what it unpacks to, in bytes.
    pub(crate) length: u32,
}

/// A kit.
#[derive(Serialize, Deserialize)]
pub(crate) struct PackedKit {
    pub(crate) manifest: Manifest,
    pub(crate) shown: String,
    pub(crate) text: String,
    pub(crate) digest: [u8; 32],
    pub(crate) block: Block,
    /// Every file but the manifest: path, executable, length in the unpacked block.
    pub(crate) files: Vec<(String, bool, u32)>,
}
