//! What the commands about git and about a lock with two sides say to people.

use std::time::Duration;

use crate::ops::{GitDeed, GitMergeReport, GitReport, LockResolveReport};
use crate::terminal::reports::{BOLD, DIM, GREEN, RED, count, styled, time};
use crate::terminal::{out, say};

/// What was chosen of a lock with two sides.
pub(crate) fn show_lock_resolve(report: &LockResolveReport, took: Duration) {
    let version = |version: &Option<String>| version.clone().unwrap_or_else(|| "-".to_owned());
    for kit in &report.chosen {
        out(&format!(
            "{}  {} | {} → {}  {}\n",
            styled(BOLD, &kit.kit),
            version(&kit.ours),
            version(&kit.theirs),
            version(&kit.chosen),
            styled(DIM, kit.why)
        ));
    }
    for value in &report.values {
        out(&format!(
            "{}  {} | {} → {}  {}\n",
            styled(BOLD, &value.key),
            version(&value.ours),
            version(&value.theirs),
            version(&value.chosen),
            styled(DIM, "what kiln.kdl says")
        ));
    }
    let what =
        if report.written { "resolved kiln.lock" } else { "kiln.lock has no conflict markers" };
    out(&format!(
        "{} {what}: {} ({})\n",
        styled(GREEN, "✓"),
        count(report.kits.len(), "kit", "kits"),
        time(took)
    ));
    if !report.next.is_empty() {
        out(&format!("\n{}\n", styled(BOLD, "Next:")));
        report.next.iter().for_each(|step| out(&format!("  {step}\n")));
    }
}

/// What git was told.
pub(crate) fn show_git(report: &GitReport, deed: GitDeed, verbosity: i8) {
    let with =
        |state: &str| report.settings.iter().filter(|setting| setting.state == state).count();
    for setting in &report.settings {
        if verbosity > 0 || !matches!(setting.state, "there" | "absent") {
            out(&format!(
                "{:>8}  {}  {}\n",
                setting.state,
                styled(DIM, &setting.file),
                setting.setting
            ));
        }
    }
    let total = count(report.settings.len(), "setting", "settings");
    match deed {
        GitDeed::Check if report.exit != 0 => {
            say(&format!(
                "{} {} of {total} missing\n  hint: kiln git install",
                styled(RED, "✗"),
                with("missing")
            ));
        }
        GitDeed::Install | GitDeed::Check => {
            out(&format!("{} git merges what kiln writes: {total}\n", styled(GREEN, "✓")));
        }
        GitDeed::Remove => {
            out(&format!("{} removed {} of {total}\n", styled(GREEN, "✓"), with("removed")));
        }
    }
}

/// What a merge driver left to a person.
pub(crate) fn show_git_merge(report: &GitMergeReport) {
    if report.exit == 0 {
        return;
    }
    let values = match report.undecided.as_slice() {
        [] => String::new(),
        values => format!(": both sides changed `{}`", values.join("`, `")),
    };
    say(&format!("kiln: `{}` needs a decision{values}", report.path));
    say("  hint: decide in kiln.kdl, then: kiln lock --resolve");
}
