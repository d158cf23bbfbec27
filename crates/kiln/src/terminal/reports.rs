//! Reports for people: what was done, in few lines; details with `-v`.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::ops::{Finding, KitSummary, LockReport, OutputChange, OutputReport, Report, ShownKit};
use crate::terminal::{out, say};

pub(crate) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();

/// Notes that a person should look over, and sees without asking.
const REVIEWED: [&str; 4] =
    ["document-unreadable", "merged-closely", "no-such-conflict", "resolved-before"];

/// More outputs than this are counted instead of listed, unless everything is asked for.
const LISTED: usize = 24;

pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What sync did, or check and status found.
pub(crate) fn show_report(report: &Report, took: Duration, verbosity: i8) {
    if let Some(recovered) = &report.recovered {
        say(&format!("{}: {recovered}", styled(YELLOW, "recovered")));
    }
    crate::terminal::diagnostics(&report.warnings);
    let shown = |finding: &&Finding| {
        let review = REVIEWED.contains(&finding.id.as_str()) && verbosity >= 0;
        let asked = verbosity > 0 || report.command == "status" && verbosity >= 0;
        finding.fails || review || asked
    };
    report.findings.iter().filter(shown).for_each(|finding| say(&finding_text(finding)));
    if verbosity >= 0 {
        match report.command {
            "check" => checked(report, took, verbosity),
            "status" => {
                if verbosity > 0 {
                    report.outputs.iter().for_each(line_of);
                }
                standing(report, took);
            }
            _ => synced(report, took, verbosity),
        }
    }
}

fn finding_text(finding: &Finding) -> String {
    let (style, word) = if finding.fails { (RED, "error") } else { (CYAN, "note") };
    let mut text = format!(
        "{}{}: {}",
        styled(style, word),
        styled(DIM, &format!("[{}]", finding.id)),
        finding.message
    );
    for hint in &finding.hints {
        let _ = write!(text, "\n  {}: {hint}", styled(CYAN, "hint"));
    }
    text
}

fn synced(report: &Report, took: Duration, verbosity: i8) {
    if report.stopped() {
        say(&format!("{}: nothing was written", styled(RED, "stopped")));
        return;
    }
    let written: Vec<_> = report.outputs.iter().filter(|output| output.change.writes()).collect();
    let listed: Vec<_> = if verbosity > 0 || written.len() <= LISTED {
        written.clone()
    } else if report.command == "new" {
        Vec::new()
    } else {
        // What is no mere creation is of more interest; each part stays in order.
        let (created, other): (Vec<_>, Vec<_>) =
            written.iter().partition(|output| output.change == OutputChange::Created);
        other.into_iter().chain(created).take(LISTED).collect()
    };
    listed.iter().for_each(|output| line_of(output));
    let more = written.len() - listed.len();
    if more > 0 && !listed.is_empty() {
        out(&format!("{:>10}  and {more} more; --verbose shows all\n", "…"));
    }
    totals(report, written.len(), took);
    if !report.next.is_empty() {
        out(&format!("\n{}\n", styled(BOLD, "Next:")));
        for step in &report.next {
            out(&format!("  {step}\n"));
        }
    }
}

/// What became of one output.
fn line_of(output: &OutputReport) {
    let style = match output.change {
        OutputChange::Deleted | OutputChange::Conflicted => RED,
        change if change.writes() => GREEN,
        _ => DIM,
    };
    let from = output.from.as_ref().map(|from| format!("{from} → ")).unwrap_or_default();
    out(&format!(
        "{:>10}  {from}{}  {}\n",
        styled(style, output.change.word()),
        output.path,
        styled(DIM, &output.kit)
    ));
}

/// The last line: how many outputs were written, unchanged, skipped, and whether something is left to a person.
fn totals(report: &Report, written: usize, took: Duration) {
    let counts = &report.counts;
    let mut parts = vec![format!("{} written", written - counts.get(OutputChange::Deleted))];
    if counts.get(OutputChange::Deleted) > 0 {
        parts.push(format!("{} deleted", counts.get(OutputChange::Deleted)));
    }
    parts.push(format!("{} unchanged", counts.get(OutputChange::Unchanged)));
    let skipped = counts.get(OutputChange::Customised)
        + counts.get(OutputChange::Yours)
        + counts.get(OutputChange::Left)
        + counts.get(OutputChange::Forgotten);
    parts.push(format!("{skipped} skipped"));
    let failing = report.failing().count();
    if failing > 0 {
        parts.push(count(failing, "finding", "findings"));
        say(&format!(
            "{} {}: {} ({})",
            styled(RED, "✗"),
            styled(BOLD, &report.project),
            parts.join(", "),
            time(took)
        ));
    } else if written == 0 && report.own_files.is_empty() {
        out(&format!(
            "{} {} is up to date: {} ({})\n",
            styled(GREEN, "✓"),
            styled(BOLD, &report.project),
            parts[1..].join(", "),
            time(took)
        ));
    } else {
        out(&format!(
            "{} {}: {} ({})\n",
            styled(GREEN, "✓"),
            styled(BOLD, &report.project),
            parts.join(", "),
            time(took)
        ));
    }
}

fn checked(report: &Report, took: Duration, verbosity: i8) {
    let failing = report.failing().count();
    if failing == 0 {
        let notes = match (report.findings.len(), verbosity) {
            (0, _) => String::new(),
            (number, 1..) => format!(", {}", count(number, "note", "notes")),
            (number, _) => format!(", {} (--verbose shows them)", count(number, "note", "notes")),
        };
        out(&format!(
            "{} {}: {} as they should be{notes} ({})\n",
            styled(GREEN, "✓"),
            styled(BOLD, &report.project),
            count(report.outputs.len(), "output", "outputs"),
            time(took)
        ));
    } else {
        say(&format!(
            "{} {}: {} ({})",
            styled(RED, "✗"),
            styled(BOLD, &report.project),
            count(failing, "finding", "findings"),
            time(took)
        ));
    }
}

fn standing(report: &Report, took: Duration) {
    let mut parts: Vec<String> = Vec::new();
    for (word, number) in &report.counts.0 {
        let word = match *word {
            "created" | "updated" | "deleted" | "merged" | "moved" | "restored" => {
                format!("to be {word}")
            }
            other => other.to_owned(),
        };
        parts.push(format!("{number} {word}"));
    }
    out(&format!("{}: {} ({})\n", styled(BOLD, &report.project), parts.join(", "), time(took)));
}

pub(crate) fn time(took: Duration) -> String {
    if took.as_secs() > 0 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} ms", took.as_millis())
    }
}

/// What `lock` did.
pub(crate) fn show_lock(report: &LockReport, took: Duration, verbosity: i8) {
    if verbosity > 0 {
        for reason in &report.reasons {
            say(&format!("{}: {reason}", styled(CYAN, "changed")));
        }
        for (kit, version) in &report.kits {
            out(&format!("{kit} {version}\n"));
        }
    }
    let what = if report.written { "wrote kiln.lock" } else { "kiln.lock is up to date" };
    out(&format!(
        "{} {what}: {} ({})\n",
        styled(GREEN, "✓"),
        count(report.kits.len(), "kit", "kits"),
        time(took)
    ));
}

/// A list of kits.
pub(crate) fn show_kits(kits: &[KitSummary]) {
    let width = kits.iter().map(|kit| kit.id.len()).max().unwrap_or(0);
    for kit in kits {
        out(&format!(
            "{}{}  {}  {}\n",
            styled(BOLD, &kit.id),
            " ".repeat(width - kit.id.len()),
            styled(DIM, &format!("{:<13}", kit.layer)),
            kit.summary
        ));
    }
}

/// Everything about a kit.
pub(crate) fn show_kit(shown: &ShownKit) {
    let kit = &shown.kit;
    out(&format!(
        "{} {}  {}\n{}\n{}\n",
        styled(BOLD, &kit.id),
        kit.version,
        styled(DIM, &format!("{} · {}", kit.layer, kit.category)),
        kit.title,
        kit.summary
    ));
    for (title, names) in [
        ("requires", &shown.requires),
        ("provides", &shown.provides),
        ("conflicts", &shown.conflicts),
    ] {
        if !names.is_empty() {
            out(&format!("\n{}  {}\n", styled(BOLD, title), names.join(", ")));
        }
    }
    if !shown.options.is_empty() {
        out(&format!("\n{}\n", styled(BOLD, "options")));
    }
    for option in &shown.options {
        let default = option
            .default
            .as_ref()
            .map_or_else(|| "must be given".to_owned(), |default| format!("default {default}"));
        let on =
            if option.on == "project" { String::new() } else { format!(", on each {}", option.on) };
        out(&format!(
            "  {}  {}\n      {}\n",
            styled(CYAN, &option.name),
            styled(DIM, &format!("{}, {default}{on}", option.value_type)),
            option.help
        ));
        for (value, help) in &option.choices {
            out(&format!("      {value}  {}\n", styled(DIM, help)));
        }
    }
    if !shown.integrations.is_empty() {
        out(&format!("\n{}\n", styled(BOLD, "with")));
        for (names, help) in &shown.integrations {
            out(&format!("  {}  {help}\n", styled(CYAN, names)));
        }
    }
}
