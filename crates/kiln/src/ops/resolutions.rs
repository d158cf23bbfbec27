//! What is remembered of merges between syncs: how a person resolved a conflict, and what is still to be looked over.
//!
//! It lies in the vault of this clone and is only an aid: without it a conflict is asked again.

use kiln_base::sha256;
use kiln_disk::{Locked, Vault};
use kiln_merge::{ResolutionKey, Rule, find_markers};
use serde::{Deserialize, Serialize};

use crate::ops::Outcome;
use crate::ops::compare::{Decision, MergedFrom};
use crate::ops::decide::LARGEST_OUTPUT;
use crate::ops::project::Project;

/// The name under which the close merges of the last sync are kept.
const REVIEW: &str = "review";

/// A place that the last sync put together closely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Review {
    /// The file.
    pub(crate) path: String,
    /// The digest of the file as it was written.
    pub(crate) sha256: String,
    /// The first line and the one after the last.
    pub(crate) lines: (usize, usize),
    /// The rule, in words.
    pub(crate) rule: String,
}

fn key_of(from: &MergedFrom) -> String {
    let key =
        ResolutionKey::of(from.base.as_bytes(), from.yours.as_bytes(), from.theirs.as_bytes());
    key.to_string()
}

fn pending_key(path: &str) -> String {
    format!("pending:{path}")
}

/// How the conflict of these three versions was resolved the last time.
pub(crate) fn resolved(vault: &Vault, _path: &str, from: &MergedFrom) -> Option<Vec<u8>> {
    let text = vault.resolution(&key_of(from)).filter(|text| !text.is_empty())?;
    let clean = std::str::from_utf8(&text).is_ok_and(|text| find_markers(text).is_empty());
    clean.then_some(text)
}

/// The three versions of a conflict that was written with markers and has not been seen resolved yet.
pub(crate) fn pending(vault: &Vault, path: &str) -> Option<MergedFrom> {
    let text = vault.resolution(&pending_key(path)).filter(|text| !text.is_empty())?;
    serde_json::from_slice(&text).ok()
}

/// Keeps what the person made of conflicts that an earlier sync wrote.
pub(crate) fn harvest(
    project: &Project,
    locked: &Locked<'_>,
    vault: &Vault,
    decisions: &[Decision],
) -> Outcome<()> {
    for decision in decisions {
        let Some(found) = decision.observed.file() else { continue };
        let unmarked = !found.markers.kiln && !found.markers.git;
        if decision.row.note != Some(kiln_disk::Note::Customised) || !unmarked {
            continue;
        }
        let Some(from) = pending(vault, decision.path.as_str()) else { continue };
        // Another render than the one of the conflict: that sync was taken back, and nothing was resolved.
        if from.theirs.as_bytes() != decision.bytes {
            continue;
        }
        let text = project.root.read(&decision.path, LARGEST_OUTPUT)?;
        locked.keep_resolution(&key_of(&from), &text)?;
        locked.keep_resolution(&pending_key(decision.path.as_str()), b"")?;
    }
    Ok(())
}

/// Notes what this sync wrote: conflicts to be resolved and close merges to be looked over.
pub(crate) fn note(vault: &Vault, locked: &Locked<'_>, decisions: &[Decision]) -> Outcome<()> {
    let mut review = Vec::new();
    for decision in decisions {
        let path = decision.path.as_str();
        if let Some(from) = decision.merged_from.as_ref().filter(|_| decision.conflicts > 0) {
            let text = serde_json::to_vec(from).unwrap_or_default();
            locked.keep_resolution(&pending_key(path), &text)?;
        }
        review.extend(decision.close.iter().map(|close| Review {
            path: path.to_owned(),
            sha256: sha256(&decision.bytes).to_string(),
            lines: (close.lines.start, close.lines.end),
            rule: rule_words(close.rule).to_owned(),
        }));
    }
    let text = serde_json::to_vec(&review).unwrap_or_default();
    if vault.resolution(REVIEW).unwrap_or_else(|| b"[]".to_vec()) != text {
        locked.keep_resolution(REVIEW, &text)?;
    }
    Ok(())
}

/// What a rule did, in words.
pub(crate) const fn rule_words(rule: Rule) -> &'static str {
    match rule {
        Rule::Format => "one side changed only the format",
        Rule::Union => "both sides added or took out entries, and all of that was kept",
        Rule::Tokens => "the sides changed different words",
    }
}

/// What the last sync put together closely.
pub(crate) fn review(vault: &Vault) -> Vec<Review> {
    let text = vault.resolution(REVIEW).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}
