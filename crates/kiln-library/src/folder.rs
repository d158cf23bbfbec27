//! A library that is a folder: kits anywhere below it (a kit is a folder with `kit.kdl`), presets in `scenarios/`,
//! catalogues in `catalogue/` beside or below it.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, RelPath, Source};
use kiln_disk::{DiskError, Root};
use kiln_model::Package;

use crate::Library;
use crate::kit::{MANIFEST, RawFile, kit};

/// What a folder is to the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The built-in kits, read from their sources while they are being written.
    Builtin,
    /// A library of its own; the text is what the lock says, such as `path:tools/kits`.
    Path(String),
}

/// The largest file of a kit, in bytes.
const LARGEST: u64 = 16 << 20;
/// The most files of a library.
const MOST: usize = 100_000;

/// Reads a library from a folder. `shown` is how messages name the folder.
///
/// # Errors
/// Everything that is wrong with its kits, all at once.
pub fn from_folder(root: &Root, shown: &str, kind: &Kind) -> Result<Library, Diagnostics> {
    let paths =
        root.walk(None, MOST).map_err(|error| Diagnostics::from(walk_failed(error, shown)))?;
    let folders: Vec<RelPath> = paths
        .iter()
        .filter(|path| path.file_name() == MANIFEST)
        .filter_map(RelPath::parent)
        .collect();
    let mut library = Library::default();
    let mut problems = Diagnostics::new();
    let mut contents: BTreeMap<&RelPath, Vec<RawFile>> =
        folders.iter().map(|folder| (folder, Vec::new())).collect();
    let owned: Vec<(&RelPath, &RelPath)> =
        paths.iter().filter_map(|path| Some((path, owner(path, &folders)?))).collect();
    let paths_owned: Vec<&RelPath> = owned.iter().map(|(path, _)| *path).collect();
    let read = root.read_all(&paths_owned, LARGEST);
    for ((path, folder), bytes) in owned.into_iter().zip(read) {
        let within = &path.as_str()[folder.as_str().len() + 1..];
        match (RelPath::new(within), bytes) {
            (Ok(within), Ok(bytes)) => contents.entry(folder).or_default().push((within, bytes)),
            (_, Err(error)) => problems.push((&error).into()),
            (Err(error), _) => problems.push(Diagnostic::error("kit-file", error.to_string())),
        }
    }
    let origin = match kind {
        Kind::Builtin => "builtin".to_owned(),
        Kind::Path(text) => text.clone(),
    };
    for (folder, files) in contents {
        match kit(files, &format!("{shown}/{folder}"), &origin) {
            Ok((package, warnings)) => {
                library.warnings.extend(warnings);
                add(&mut library, package, folder, &mut problems);
            }
            Err(errors) => problems.extend(errors),
        }
    }
    for path in paths
        .iter()
        .filter(|path| path.parent().is_some_and(|parent| parent.as_str() == "scenarios"))
    {
        if let Some(name) = path.file_name().strip_suffix(".kdl")
            && let Some(text) = root
                .read_text_if(path, LARGEST)
                .map_err(|error| Diagnostics::from(Diagnostic::from(&error)))?
        {
            library.scenarios.insert(name.to_owned(), Source::new(format!("{shown}/{path}"), text));
        }
    }
    problems.finish(library).map(|(library, _)| library)
}

/// A file that no kit could hold is named as the library's files are.
fn walk_failed(error: DiskError, shown: &str) -> Diagnostic {
    match error {
        DiskError::NotUtf8(name) => {
            Diagnostic::from(&DiskError::NotUtf8(format!("{shown}/{name}")))
                .hint("rename the file, or take it out of the library")
        }
        error => Diagnostic::from(&error),
    }
}

/// The innermost kit that a file belongs to.
fn owner<'f>(path: &RelPath, folders: &'f [RelPath]) -> Option<&'f RelPath> {
    let below = |folder: &&RelPath| {
        path.as_str().strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    // A kit's tests and files may hold manifests of their own: the outermost folder is the kit.
    folders.iter().filter(below).min_by_key(|folder| folder.as_str().len())
}

fn add(library: &mut Library, package: Package, folder: &RelPath, problems: &mut Diagnostics) {
    let same = |other: &&Arc<Package>| {
        other.id() == package.id() && other.manifest.version == package.manifest.version
    };
    if let Some(other) = library.kits.iter().find(same) {
        problems.push(
            Diagnostic::error(
                "kit-twice",
                format!("`{}` {} is there twice", package.id(), package.manifest.version),
            )
            .at(&package.source, package.manifest.id.span, "")
            .at(&other.source, other.manifest.id.span, "")
            .hint(format!("remove `{folder}` or give it another version")),
        );
        return;
    }
    library.kits.push(Arc::new(package));
}
