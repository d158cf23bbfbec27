//! `diff`: what a sync would change, or what a person changed, as unified diffs.

use imara_diff::{Algorithm, BasicLineDiffPrinter, Diff, InternedInput, UnifiedDiffConfig};
use kiln_disk::{Action, Host, Note, Vault};

use crate::ops::change::output_change;
use crate::ops::compare::{Decision, Refresh, Words};
use crate::ops::project::Project;
use crate::ops::report::{OutputChange, SCHEMA};
use crate::ops::sync::prepare;
use crate::ops::{Outcome, Settings};

/// What a diff is asked.
#[derive(Debug, Clone, Default)]
pub struct DiffOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Show what the person changed against the render, not what a sync would change.
    pub mine: bool,
    /// Exit 1 if there is a difference.
    pub exit_code: bool,
    /// Only these paths or what lies below them; all if empty.
    pub paths: Vec<String>,
}

/// The difference of one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FileDiff {
    /// The output.
    pub path: String,
    /// The kit that writes it.
    pub kit: String,
    /// What becomes of it.
    pub change: OutputChange,
    /// The unified diff.
    pub diff: String,
}

/// All differences.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DiffReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit code.
    pub exit: u8,
    /// The differences, by path.
    pub files: Vec<FileDiff>,
}

/// Shows what a sync would change.
///
/// # Errors
/// Everything that is wrong with spec, kits, lock or disk.
pub fn diff(options: &DiffOptions) -> Outcome<DiffReport> {
    let project = Project::open(&options.settings)?;
    let resolved = project.resolve()?;
    let vault = Vault::find(&project.root, Host::current())?;
    let prepared = prepare(&project, &resolved, vault.as_ref(), &Words::new(), Refresh::No)?;
    let mut files = Vec::new();
    for decision in &prepared.compared.decisions {
        let wanted = |path: &String| {
            let path = path.trim_end_matches('/');
            decision
                .path
                .as_str()
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if !options.paths.is_empty() && !options.paths.iter().any(wanted) {
            continue;
        }
        if let Some(diff) = one(&project, decision, options.mine)? {
            let change = output_change(decision);
            files.push(FileDiff {
                path: decision.path.as_str().to_owned(),
                kit: decision.kit.clone(),
                change,
                diff,
            });
        }
    }
    let exit = u8::from(options.exit_code && !files.is_empty());
    Ok(DiffReport { schema: SCHEMA, exit, files })
}

fn one(project: &Project, decision: &Decision, mine: bool) -> Outcome<Option<String>> {
    let edited = decision.row.finding.is_some()
        || decision.row.stop.is_some()
        || decision.row.note == Some(Note::Customised)
        || decision.row.action == Action::Merge;
    let shown = if mine {
        edited && decision.ownership.is_some()
    } else {
        output_change(decision).writes() || decision.row.stop.is_some()
    };
    if !shown {
        return Ok(None);
    }
    let disk = match decision.observed.file() {
        Some(_) => project.root.read(&decision.path, 256 << 20)?,
        None => Vec::new(),
    };
    let new = if decision.row.action == Action::Delete { &[][..] } else { &decision.bytes[..] };
    let (before, after) = if mine { (new, &disk[..]) } else { (&disk[..], new) };
    let (Ok(before), Ok(after)) = (std::str::from_utf8(before), std::str::from_utf8(after)) else {
        return Ok(Some(format!("binary file {}\n", decision.path)));
    };
    let (before, after) = (before.replace("\r\n", "\n"), after.replace("\r\n", "\n"));
    let text = unified(decision.path.as_str(), &before, &after);
    Ok((!text.is_empty()).then_some(text))
}

/// A unified diff with three lines of context; empty if the texts are equal.
pub(crate) fn unified(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let hunks = diff
        .unified_diff(&BasicLineDiffPrinter(&input.interner), UnifiedDiffConfig::default(), &input)
        .to_string();
    let old = if before.is_empty() { "/dev/null".to_owned() } else { format!("a/{path}") };
    let new = if after.is_empty() { "/dev/null".to_owned() } else { format!("b/{path}") };
    format!("--- {old}\n+++ {new}\n{hunks}")
}
