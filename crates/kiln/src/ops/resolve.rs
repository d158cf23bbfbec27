//! `resolve`: conflicts that are left, and whether a resolution lost anything.

use kiln_disk::{Host, Vault};
use kiln_merge::{LostFrom, check_resolution, find_markers};

use crate::ops::compare::Refresh;
use crate::ops::decide::LARGEST_OUTPUT;
use crate::ops::diff::Wanted;
use crate::ops::prepare::prepare;
use crate::ops::project::Project;
use crate::ops::report::SCHEMA;
use crate::ops::resolutions::pending;
use crate::ops::said::Words;
use crate::ops::{Outcome, Settings};

/// What `resolve` is asked.
#[derive(Debug, Clone, Default)]
pub struct ResolveOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Only these files, folders or globs; all that have or had a conflict if empty.
    pub paths: Vec<String>,
}

/// One thing about a conflict.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unresolved {
    /// `marker`, `lost` or `repeated`.
    pub what: &'static str,
    /// The line, from 1: of the file, or of the version that had it if it is lost.
    pub line: usize,
    /// Whose line was lost: `yours`, `kit` or `both`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<&'static str>,
    /// The line.
    pub text: String,
}

/// A file that has or had a conflict.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ResolvedFile {
    /// Where it is, from the project's root.
    pub path: String,
    /// What looks wrong, by line.
    pub found: Vec<Unresolved>,
}

/// What `resolve` found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ResolveReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit code: 1 if anything looks wrong.
    pub exit: u8,
    /// Files with conflicts, open or resolved, by path.
    pub files: Vec<ResolvedFile>,
}

/// Looks at files with conflicts: markers that are left and, where this clone made the conflict, lines that no
/// resolution should have lost or doubled.
///
/// # Errors
/// Everything that is wrong with spec, kits, lock or disk; a path that is no output.
pub fn resolve_check(options: &ResolveOptions) -> Outcome<ResolveReport> {
    let project = Project::open(&options.settings)?;
    let resolved = project.resolve()?;
    let vault = Vault::find(&project.root, Host::current())?;
    let words = Words::default();
    let prepared = prepare(&project, &resolved, vault.as_ref(), &words, Refresh::No)?;
    let wanted = Wanted::read(&project.here, &options.paths, &prepared.compared.decisions)?;
    let mut files = Vec::new();
    for decision in &prepared.compared.decisions {
        let path = decision.path.as_str();
        let Some(found) = decision.observed.file().filter(|_| wanted.holds(path)) else { continue };
        let from = vault.as_ref().and_then(|vault| pending(vault, path));
        if from.is_none() && !found.markers.kiln && !found.markers.git {
            continue;
        }
        let bytes = project.root.read(&decision.path, LARGEST_OUTPUT)?;
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        let found = match from {
            // Both sides stand between the markers still: nothing else can be said yet.
            Some(from) if find_markers(&text).is_empty() => {
                looked_over(&from.base, &from.yours, &from.theirs, &text)
            }
            _ => marked(&text),
        };
        files.push(ResolvedFile { path: path.to_owned(), found });
    }
    let exit = u8::from(files.iter().any(|file| !file.found.is_empty()));
    Ok(ResolveReport { schema: SCHEMA, exit, files })
}

fn marked(text: &str) -> Vec<Unresolved> {
    let markers = find_markers(text).into_iter();
    markers
        .map(|marker| Unresolved {
            what: "marker",
            line: marker.line,
            from: None,
            text: marker.label,
        })
        .collect()
}

fn looked_over(base: &str, yours: &str, theirs: &str, text: &str) -> Vec<Unresolved> {
    let [base, yours, theirs] = [base, yours, theirs].map(|text| text.replace("\r\n", "\n"));
    let resolution = check_resolution(&base, &yours, &theirs, text);
    let lost = resolution.lost.into_iter().map(|lost| Unresolved {
        what: "lost",
        line: lost.line,
        from: Some(match lost.from {
            LostFrom::Yours => "yours",
            LostFrom::Theirs => "kit",
            LostFrom::All => "both",
        }),
        text: lost.text,
    });
    let repeated = resolution.repeated.into_iter().map(|(line, text)| Unresolved {
        what: "repeated",
        line,
        from: None,
        text,
    });
    lost.chain(repeated).collect()
}
