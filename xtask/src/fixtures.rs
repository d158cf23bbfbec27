//! Fixtures of kits: `kits/*/*/tests/NAME/out/` holds what must come out; `sync` writes it anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, golden, root};

/// Every fixture of every kit that has an `out/`.
fn all() -> Vec<PathBuf> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        paths
    };
    let kits = below(&root().join("kits")).into_iter().flat_map(|layer| below(&layer));
    kits.flat_map(|kit| below(&kit.join("tests")))
        .filter(|test| test.join("out").is_dir())
        .collect()
}

/// Writes the files below `out/` as they come out now. Which files those are is the author's choice and stays.
pub(crate) fn sync() -> Result<()> {
    for fixture in all() {
        let name = fixture
            .strip_prefix(root())
            .unwrap_or(&fixture)
            .display()
            .to_string()
            .replace('/', "-");
        let folder = root().join("target/fixtures").join(&name);
        let copy = root().join("target/fixtures/specs").join(&name).join("kiln.kdl");
        golden::clear(&folder)?;
        golden::project(&fixture.join("kiln.kdl"), &copy, &folder)?;
        let out = fixture.join("out");
        let mut files = Vec::new();
        golden::below(&out, &mut files);
        for file in files {
            let inside = file.strip_prefix(&out).map_err(|error| error.to_string())?;
            let made = folder.join(inside);
            match (fs::read(&made), fs::read(&file)) {
                (Ok(new), Ok(old)) if new != old => {
                    fs::write(&file, new)
                        .map_err(|error| format!("{}: {error}", file.display()))?;
                    println!("wrote {}", file.display());
                }
                (Ok(_), Ok(_)) => {}
                _ => {
                    fs::remove_file(&file)
                        .map_err(|error| format!("{}: {error}", file.display()))?;
                    println!("deleted {}", file.display());
                }
            }
        }
    }
    Ok(())
}
