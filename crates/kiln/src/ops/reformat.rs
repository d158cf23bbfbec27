//! A file that a formatter rewrote, told from one that a person edited.
//!
//! Two texts differ only in format if they have the same tokens: white space between tokens, empty lines, the kind of
//! quotes and the comma after the last element do not count. What white space means is the language's: in Python the
//! structure of the indentation counts and its width does not, in YAML also the lines of block scalars and the blanks
//! within a scalar, in Go and TOML line ends outside brackets, in CSS a blank that may stand between selectors. Of
//! languages that are not known only trailing white space and the number of empty lines do not count.
//!
//! This decides nothing: it is said to people, who then need not read the whole difference.

mod language;
mod tokens;
mod yaml;

use std::collections::BTreeMap;

use kiln_disk::{Finding as DiskFinding, Note};

use crate::ops::Outcome;
use crate::ops::compare::Decision;
use crate::ops::project::Project;
use crate::ops::report::Finding;

use language::{Language, Layout};

/// Larger files are not looked at, in bytes.
const LARGEST: u64 = 1 << 20;

/// Whether two different texts of the file at `path` have the same tokens.
pub(crate) fn only_formatting(path: &str, before: &str, after: &str) -> bool {
    let language = Language::of_path(path);
    let tokens = |text: &str| match language.layout {
        Layout::Exact => tokens::lines(text),
        Layout::Yaml => yaml::tokens(text),
        _ => tokens::tokens(text, &language),
    };
    before != after && tokens(before) == tokens(after)
}

/// Says of findings about edited files which of them a formatter made, and of kits whose outputs it rewrote, that it
/// did.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn tell(
    project: &Project,
    decisions: &[Decision],
    findings: &mut Vec<Finding>,
) -> Outcome<()> {
    let mut by_kit: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for decision in decisions.iter().filter(|one| one.ownership.is_some()) {
        let Some(found) = decision.observed.file().filter(|found| !found.binary) else { continue };
        let counts = by_kit.entry(&decision.kit).or_default();
        counts.1 += 1;
        if found.size > LARGEST || !is_edited(decision) || !reformatted(project, decision)? {
            continue;
        }
        counts.0 += 1;
        let path = decision.path.as_str();
        let about = |one: &&mut Finding| one.path.as_deref() == Some(path);
        findings.iter_mut().filter(about).for_each(|finding| mark(finding, decision));
    }
    // What a formatter did to one file is said with the file.
    let many = by_kit.into_iter().filter(|(_, (some, all))| *some > 1 && *some * 2 > *all);
    findings.extend(many.map(|(kit, (some, all))| about_kit(kit, some, all)));
    Ok(())
}

/// Whether the file is a person's version of what kiln wrote last.
fn is_edited(decision: &Decision) -> bool {
    let row = &decision.row;
    decision.rendered
        && (row.finding == Some(DiskFinding::Edited) || row.note == Some(Note::Customised))
}

fn reformatted(project: &Project, decision: &Decision) -> Outcome<bool> {
    let disk = project.root.read(&decision.path, LARGEST)?;
    let disk = kiln_disk::normalise(&disk);
    let (Ok(disk), Ok(render)) = (std::str::from_utf8(&disk), std::str::from_utf8(&decision.bytes))
    else {
        return Ok(false);
    };
    Ok(only_formatting(decision.path.as_str(), render, disk))
}

fn mark(finding: &mut Finding, decision: &Decision) {
    let (path, kit) = (&decision.path, &decision.kit);
    match finding.id.as_str() {
        "edited" => {
            finding.message =
                format!("only the format of `{path}` was changed, and `{kit}` manages it");
            finding.hints.push(
                "keep formatters away from it: by `.editorconfig`, or by their ignore file"
                    .to_owned(),
            );
        }
        "customised" => {
            finding.message = format!("`{path}` of `{kit}` has your changes, of its format alone");
        }
        _ => return,
    }
    finding.formatting = true;
}

fn about_kit(kit: &str, some: usize, all: usize) -> Finding {
    Finding {
        id: "reformatted".to_owned(),
        kit: Some(kit.to_owned()),
        message: format!("{some} of {all} outputs of `{kit}` differ only in format"),
        hints: vec![
            "give the formatter the kit's style in `.editorconfig`, or name these outputs in its ignore file"
                .to_owned(),
        ],
        ..Finding::default()
    }
}

#[cfg(test)]
mod tests;
