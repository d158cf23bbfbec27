//! One kit from its files: line ends, the executable bit, the digest, the manifest.

use std::collections::BTreeMap;

use kiln_base::{Diagnostic, Diagnostics, RelPath, Sha256, Source, sha256};
use kiln_model::{Package, PackageFile};

/// A file as it was found: its path in the kit and its bytes.
pub type RawFile = (RelPath, Vec<u8>);

/// The name of a manifest.
pub(crate) const MANIFEST: &str = "kit.kdl";

/// Texts get LF line ends; other bytes stay. A NUL byte or invalid UTF-8 makes a file binary.
pub(crate) fn normalised(bytes: Vec<u8>) -> Vec<u8> {
    let text = !bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok();
    if !text || !bytes.contains(&b'\r') {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            out.push(*byte);
        }
    }
    out
}

/// The digest of a package: for every file, sorted by path, `path`, NUL, `x` or `-`, NUL, the length in decimal, NUL,
/// the bytes with LF line ends.
#[must_use]
pub fn digest(files: &BTreeMap<RelPath, PackageFile>) -> Sha256 {
    let mut canonical = Vec::new();
    for (path, file) in files {
        let mode = if file.executable { "x" } else { "-" };
        canonical.extend_from_slice(format!("{path}\0{mode}\0{}\0", file.bytes.len()).as_bytes());
        canonical.extend_from_slice(&file.bytes);
    }
    sha256(&canonical)
}

/// A kit of the files of one folder. `shown` is how messages name the folder; `origin` is what the lock says.
///
/// # Errors
/// A folder without manifest, a manifest that is not UTF-8 or does not decode.
pub fn kit(
    files: Vec<RawFile>,
    shown: &str,
    origin: &str,
) -> Result<(Package, Diagnostics), Diagnostics> {
    let mut all: BTreeMap<RelPath, PackageFile> = files
        .into_iter()
        .map(|(path, bytes)| {
            let bytes = normalised(bytes);
            let executable = bytes.starts_with(b"#!");
            (path, PackageFile { bytes: bytes.into(), executable })
        })
        .collect();
    let digest = digest(&all);
    let manifest = all.remove(MANIFEST).ok_or_else(|| {
        Diagnostic::error("no-manifest", format!("`{shown}` has no `{MANIFEST}`"))
    })?;
    let text = std::str::from_utf8(&manifest.bytes)
        .map_err(|_| Diagnostic::error("not-utf8", format!("`{shown}/{MANIFEST}` is not UTF-8")))?;
    let source = Source::new(format!("{shown}/{MANIFEST}"), text);
    let (manifest, warnings) = kiln_spec::decode_manifest(std::sync::Arc::clone(&source))?;
    let package = Package {
        manifest: manifest.into(),
        source,
        files: all.into(),
        digest,
        origin: origin.to_owned(),
    };
    Ok((package, warnings))
}
