//! Conflict markers: writing them, finding them, and what a resolution must not have lost.

use crate::lines::{Change, Chunk};

/// What stands after the markers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// After `<<<<<<<`.
    pub yours: String,
    /// After `|||||||`.
    pub base: String,
    /// After `>>>>>>>`.
    pub theirs: String,
}

impl Labels {
    /// kiln's labels: `kiln: yours`, `kiln: base (auth-jwt 1.1.0)`, `kiln: auth-jwt 1.2.0`.
    #[must_use]
    pub fn kiln(base: &str, theirs: &str) -> Self {
        Self {
            yours: "kiln: yours".to_owned(),
            base: format!("kiln: base ({base})"),
            theirs: format!("kiln: {theirs}"),
        }
    }
}

/// The length of markers that no line of the texts can be taken for: longer than any run of a marker's character at
/// the start of a line, and at least 7.
pub(crate) fn marker_length<'a>(texts: impl IntoIterator<Item = &'a str>) -> usize {
    let run = |line: &str| match line.chars().next() {
        Some(c @ ('<' | '|' | '=' | '>')) => line.chars().take_while(|&other| other == c).count(),
        _ => 0,
    };
    let longest = texts.into_iter().flat_map(str::lines).map(run).max().unwrap_or(0);
    if longest < 7 { 7 } else { longest + 1 }
}

/// Adds a line; a missing line end before a marker is written.
fn push_lines(out: &mut String, lines: &[&str], ending: &str) {
    lines.iter().for_each(|line| out.push_str(line));
    if !out.is_empty() && !out.ends_with('\n') {
        out.push_str(ending);
    }
}

/// Writes one conflict in diff3 style.
pub(crate) fn push_conflict(
    out: &mut String,
    (yours, base, theirs): (&[&str], Option<&[&str]>, &[&str]),
    labels: &Labels,
    length: usize,
    ending: &str,
) {
    let marker = |c: char, label: &str| {
        let run: String = std::iter::repeat_n(c, length).collect();
        if label.is_empty() { format!("{run}{ending}") } else { format!("{run} {label}{ending}") }
    };
    push_lines(out, &[], ending);
    out.push_str(&marker('<', &labels.yours));
    push_lines(out, yours, ending);
    if let Some(base) = base {
        out.push_str(&marker('|', &labels.base));
        push_lines(out, base, ending);
    }
    out.push_str(&marker('=', ""));
    push_lines(out, theirs, ending);
    out.push_str(&marker('>', &labels.theirs));
}

/// The whole text with conflicts in it, and their count.
#[cfg(test)]
pub(crate) fn render(
    chunks: &[Chunk],
    (base, yours, theirs): (&[&str], &[&str], &[&str]),
    labels: &Labels,
) -> (String, usize) {
    let (mut out, mut conflicts) = (String::new(), 0);
    for chunk in chunks {
        match chunk.change {
            Change::Theirs => theirs[chunk.theirs.clone()].iter().for_each(|l| out.push_str(l)),
            Change::Conflict => {
                conflicts += 1;
                let sides = (
                    &yours[chunk.yours.clone()],
                    Some(&base[chunk.base.clone()]),
                    &theirs[chunk.theirs.clone()],
                );
                push_conflict(&mut out, sides, labels, 7, "\n");
            }
            _ => yours[chunk.yours.clone()].iter().for_each(|l| out.push_str(l)),
        }
    }
    (out, conflicts)
}
