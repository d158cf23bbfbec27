//! What a word did: the edit of the spec, the sync, and what a person may want to look at.

use std::time::Duration;

use crate::ops::{Report, WordReport};
use crate::terminal::reports::{BOLD, DIM, GREEN, styled};
use crate::terminal::{out, raw, show_report};

/// More mentions of a place than this are counted instead of listed, unless everything is asked for.
const MENTIONED: usize = 24;

/// What a word did, or would do.
pub(crate) fn show_word(report: &WordReport, took: Duration, verbosity: i8) {
    if verbosity >= 0 {
        for already in &report.already {
            out(&format!("{} {already}\n", styled(GREEN, "✓")));
        }
    }
    let Some(sync) = &report.sync else {
        only_spec(report, verbosity);
        return;
    };
    if report.dry_run {
        raw(&report.spec_diff);
        would(sync, took, verbosity);
    } else {
        if verbosity >= 0 && !report.spec_diff.is_empty() && !sync.stopped() {
            out(&format!("{:>10}  kiln.kdl\n", styled(GREEN, "edited")));
        }
        show_report(sync, took, verbosity);
    }
    if verbosity >= 0 && !report.mentions.is_empty() && !sync.stopped() {
        out(&format!("\n{}\n", styled(BOLD, "These name the old place:")));
        let shown = if verbosity > 0 { usize::MAX } else { MENTIONED };
        for mention in report.mentions.iter().take(shown) {
            let place = format!("{}:{}", mention.path, mention.line);
            out(&format!("  {place}  {}\n", styled(DIM, &mention.text)));
        }
        let more = report.mentions.len().saturating_sub(shown);
        if more > 0 {
            out(&format!("  … and {more} more; --verbose shows all\n"));
        }
    }
}

/// The spec was edited, and nothing followed yet.
fn only_spec(report: &WordReport, verbosity: i8) {
    if report.spec_diff.is_empty() {
        return;
    }
    if report.dry_run {
        raw(&report.spec_diff);
    } else if verbosity >= 0 {
        out(&format!("{:>10}  kiln.kdl\n", styled(GREEN, "edited")));
    }
    if verbosity >= 0 {
        let done = if report.dry_run {
            "dry run: nothing was written"
        } else {
            "`kiln sync` does the rest"
        };
        out(&format!("{done}\n"));
    }
}

/// What a sync would do, output by output.
fn would(sync: &Report, took: Duration, verbosity: i8) {
    if verbosity >= 0 && !sync.stopped() {
        for output in sync.outputs.iter().filter(|output| output.change.writes()) {
            let from = output.from.as_ref().map(|from| format!("{from} → ")).unwrap_or_default();
            out(&format!(
                "to be {}  {from}{}  {}\n",
                styled(GREEN, output.change.word()),
                output.path,
                styled(DIM, &output.kit)
            ));
        }
    }
    show_report(&Report { command: "status", ..sync.clone() }, took, verbosity);
    if verbosity >= 0 {
        out("dry run: nothing was written\n");
    }
}
