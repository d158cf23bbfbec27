//! Packs the kits, presets and catalogues of this repository into the binary, with decoded manifests and digests.
#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads the repository and writes into OUT_DIR"
)]
#![allow(
    unreachable_pub,
    dead_code,
    reason = "modules are shared with the crate, which uses more of them"
)]

#[path = "src/kit.rs"]
mod kit;
#[path = "src/pack.rs"]
mod pack;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use kiln_base::RelPath;

use crate::pack::{Block, Index, PackedKit};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for watched in ["kits", "catalogue"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let mut blocks = Vec::new();
    let mut index = Index { kits: Vec::new(), scenarios: Vec::new(), catalogues: Vec::new() };
    for folder in kit_folders(&root.join("kits"))? {
        let shown = folder.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        let mut files = Vec::new();
        read_below(&folder, "", &mut files)?;
        match kit::kit(files, &shown, "builtin") {
            Ok((package, _)) => index.kits.push(packed(&package, &shown, &mut blocks)?),
            // While kits are being written a broken one must not stop work on the others; a release needs all.
            Err(problems) if env::var("PROFILE")? == "release" => {
                return Err(problems.to_string().into());
            }
            Err(problems) => println!(
                "cargo::warning={shown} is left out: {}",
                problems.to_string().replace('\n', " ")
            ),
        }
    }
    index.kits.sort_by(|a, b| a.manifest.id.value.cmp(&b.manifest.id.value));
    scenarios(&root.join("kits/scenarios"), &mut index)?;
    catalogues(&root.join("catalogue"), &mut index, &mut blocks)?;
    fs::write(out.join("library.index"), zstd::bulk::compress(&postcard::to_stdvec(&index)?, 19)?)?;
    fs::write(out.join("library.blocks"), blocks)?;
    Ok(())
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn kit_folders(kits: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for layer in sorted(kits)? {
        found.extend(
            sorted(&layer)?.into_iter().filter(|folder| folder.join(kit::MANIFEST).is_file()),
        );
    }
    Ok(found)
}

fn read_below(
    folder: &Path,
    within: &str,
    files: &mut Vec<kit::RawFile>,
) -> Result<(), Box<dyn std::error::Error>> {
    for entry in sorted(folder)? {
        let name =
            entry.file_name().and_then(|name| name.to_str()).ok_or("a file name is not UTF-8")?;
        let path = if within.is_empty() { name.to_owned() } else { format!("{within}/{name}") };
        if fs::symlink_metadata(&entry)?.is_symlink() {
            return Err(format!("{} is a symlink, which no kit may hold", entry.display()).into());
        }
        if entry.is_dir() {
            read_below(&entry, &path, files)?;
        } else {
            files.push((RelPath::new(&path)?, fs::read(&entry)?));
        }
    }
    Ok(())
}

fn block(plain: &[u8], blocks: &mut Vec<u8>) -> Result<Block, Box<dyn std::error::Error>> {
    let start = u32::try_from(blocks.len())?;
    blocks.extend(zstd::bulk::compress(plain, 19)?);
    Ok(Block { start, end: u32::try_from(blocks.len())?, length: u32::try_from(plain.len())? })
}

fn packed(
    package: &kiln_model::Package,
    shown: &str,
    blocks: &mut Vec<u8>,
) -> Result<PackedKit, Box<dyn std::error::Error>> {
    let mut plain = Vec::new();
    let mut files = Vec::new();
    for (path, file) in package.files.iter() {
        plain.extend_from_slice(&file.bytes);
        files.push((path.as_str().to_owned(), file.executable, u32::try_from(file.bytes.len())?));
    }
    Ok(PackedKit {
        manifest: (*package.manifest).clone(),
        shown: format!("{shown}/{}", kit::MANIFEST),
        text: package.source.text.clone(),
        digest: package.digest.0,
        block: block(&plain, blocks)?,
        files,
    })
}

fn scenarios(folder: &Path, index: &mut Index) -> io::Result<()> {
    for file in sorted(folder)? {
        if let (Some(name), Some("kdl")) =
            (file.file_stem().and_then(|n| n.to_str()), file.extension().and_then(|e| e.to_str()))
        {
            index.scenarios.push((name.to_owned(), fs::read_to_string(&file)?));
        }
    }
    Ok(())
}

fn catalogues(
    folder: &Path,
    index: &mut Index,
    blocks: &mut Vec<u8>,
) -> Result<(), Box<dyn std::error::Error>> {
    for ecosystem in sorted(folder)? {
        let name =
            ecosystem.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        for file in sorted(&ecosystem)? {
            if file.file_stem().and_then(|stem| stem.to_str()) == Some("catalogue") {
                let block = block(&fs::read(&file)?, blocks)?;
                index.catalogues.push((name.clone(), block));
            }
        }
    }
    Ok(())
}
