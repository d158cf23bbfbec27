//! The library that was packed into the binary.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, RelPath, Sha256, Source};
use kiln_model::{Package, PackageFile, PackageFiles};

use crate::Library;
use crate::pack::{Block, Index, PackedKit};

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.index"));
static BLOCKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.blocks"));

/// The built-in library. Files of a kit are unpacked when they are first looked at.
///
/// # Errors
/// The binary is damaged.
pub fn builtin() -> Result<Library, Diagnostics> {
    let damaged = || {
        Diagnostics::from(
            Diagnostic::error("damaged", "the built-in library of this kiln is damaged")
                .hint("install kiln again"),
        )
    };
    let plain = zstd::bulk::decompress(INDEX, 64 << 20).map_err(|_| damaged())?;
    let index: Index = postcard::from_bytes(&plain).map_err(|_| damaged())?;
    let mut library = Library::default();
    for (ecosystem, block) in index.catalogues {
        library.catalogues.insert(ecosystem, unpack(block).ok_or_else(damaged)?.into());
    }
    for (name, text) in index.scenarios {
        let source = Source::new(format!("kits/scenarios/{name}.kdl"), text);
        library.scenarios.insert(name, source);
    }
    library.kits = index.kits.into_iter().map(package).map(Arc::new).collect();
    Ok(library)
}

fn unpack(block: Block) -> Option<Vec<u8>> {
    let packed = BLOCKS.get(block.start as usize..block.end as usize)?;
    zstd::bulk::decompress(packed, block.length as usize).ok()
}

fn package(kit: PackedKit) -> Package {
    let PackedKit { manifest, shown, text, digest, block, files } = kit;
    Package {
        manifest: Arc::new(manifest),
        source: Source::new(shown, text),
        files: PackageFiles::lazy(move || {
            let bytes = unpack(block).unwrap_or_default();
            let mut start = 0;
            let mut all = BTreeMap::new();
            for (path, executable, length) in files {
                let end = start + length as usize;
                if let (Ok(path), Some(bytes)) = (RelPath::new(&path), bytes.get(start..end)) {
                    all.insert(path, PackageFile { bytes: bytes.into(), executable });
                }
                start = end;
            }
            all
        }),
        digest: Sha256(digest),
        origin: "builtin".to_owned(),
    }
}
