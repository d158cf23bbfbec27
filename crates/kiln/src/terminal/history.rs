//! The steps of the schema, as people see them.

use crate::ops::{HistoryReport, SealReport};
use crate::terminal::reports::{BOLD, DIM, GREEN, RED, count, styled};
use crate::terminal::{out, say};

/// The steps that were taken back.
pub(crate) fn show_dropped(ids: &[String]) {
    let names: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    out(&format!("{} took back {}\n", styled(GREEN, "✓"), names.join(", ")));
}

/// The steps that were sealed.
pub(crate) fn show_seal(report: &SealReport) {
    for step in &report.sealed {
        out(&format!("sealed  {step}\n"));
    }
    let all = count(report.all, "step is sealed", "steps are sealed");
    out(&format!("{} {all}\n", styled(GREEN, "✓")));
}

/// Every chain with its steps, and what does not fit together.
pub(crate) fn show_history(report: &HistoryReport) {
    if report.chains.is_empty() {
        out("there are no steps yet\n");
    }
    for chain in &report.chains {
        out(&format!("{}\n", styled(BOLD, &chain.chain)));
        for step in &chain.steps {
            let mut notes = Vec::new();
            if step.parents.len() > 1 {
                notes.push(format!("joins {}", step.parents.join(", ").replace('_', "-")));
            }
            if !step.replaces.is_empty() {
                notes.push(format!("stands for {} steps", step.replaces.len()));
            }
            let others = chain.steps.iter().filter(|other| other.head).count();
            if step.head && others > 1 {
                notes.push("one of several last steps".to_owned());
            }
            if step.sealed {
                notes.push("sealed".to_owned());
            }
            let notes =
                if notes.is_empty() { String::new() } else { format!("  {}", notes.join("; ")) };
            out(&format!("  {}  {}{}\n", step.id, step.title, styled(DIM, &notes)));
        }
    }
    for finding in &report.findings {
        say(&format!("{}: {}", styled(RED, "error"), finding.message));
        for hint in &finding.hints {
            say(&format!("  hint: {hint}"));
        }
    }
}
