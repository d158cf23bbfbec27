//! Conflict markers: writing them, finding them, and what a resolution must not have lost.

#[cfg(test)]
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
fn push_lines(out: &mut String, lines: &[&str]) {
    lines.iter().for_each(|line| out.push_str(line));
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Writes one conflict in diff3 style.
pub(crate) fn push_conflict(
    out: &mut String,
    (yours, base, theirs): (&[&str], Option<&[&str]>, &[&str]),
    labels: &Labels,
    length: usize,
) {
    let marker = |c: char, label: &str| {
        let run: String = std::iter::repeat_n(c, length).collect();
        if label.is_empty() { format!("{run}\n") } else { format!("{run} {label}\n") }
    };
    push_lines(out, &[]);
    out.push_str(&marker('<', &labels.yours));
    push_lines(out, yours);
    if let Some(base) = base {
        out.push_str(&marker('|', &labels.base));
        push_lines(out, base);
    }
    out.push_str(&marker('=', ""));
    push_lines(out, theirs);
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
                push_conflict(&mut out, sides, labels, 7);
            }
            _ => yours[chunk.yours.clone()].iter().for_each(|l| out.push_str(l)),
        }
    }
    (out, conflicts)
}

/// What a marker line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerKind {
    /// `<<<<<<<`
    Yours,
    /// `|||||||`
    Base,
    /// `>>>>>>>`
    Theirs,
}

/// A labelled marker line; a `=======` alone is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The line, from 1.
    pub line: usize,
    /// Which one it is.
    pub kind: MarkerKind,
    /// What stands after the run of characters.
    pub label: String,
    /// True if kiln wrote it, by its label; else it is git's.
    pub is_kiln: bool,
}

/// The labelled marker lines of a text: kiln's in any length, git's in theirs of 7.
#[must_use]
pub fn find_markers(text: &str) -> Vec<Marker> {
    let marker = |(index, line): (usize, &str)| {
        let first = line.chars().next()?;
        let kind = match first {
            '<' => MarkerKind::Yours,
            '|' => MarkerKind::Base,
            '>' => MarkerKind::Theirs,
            _ => return None,
        };
        let label = line.trim_start_matches(first);
        let length = line.len() - label.len();
        let label = label.strip_prefix(' ')?.trim_end();
        let is_kiln = label.starts_with("kiln: ");
        let counts = !label.is_empty() && (length == 7 || (is_kiln && length > 7));
        counts.then(|| Marker { line: index + 1, kind, label: label.to_owned(), is_kiln })
    };
    text.lines().enumerate().filter_map(marker).collect()
}

/// What looks wrong in a file whose conflicts a person resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    /// Markers that are left.
    pub markers: Vec<Marker>,
    /// Lines that a side added, or that all three had, and that are nowhere in the file now.
    pub lost: Vec<LostLine>,
    /// Lines that stand more often than in any of the three: the line from 1 of the first one too many, and its text.
    pub repeated: Vec<(usize, String)>,
}

/// A line that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostLine {
    /// Who had it.
    pub from: LostFrom,
    /// The line, from 1, in that text.
    pub line: usize,
    /// Its text, without white space around it.
    pub text: String,
}

/// Who had a line that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostFrom {
    /// The person added it.
    Yours,
    /// kiln's new render added it.
    Theirs,
    /// All three had it.
    All,
}

impl Resolution {
    /// True if nothing looks wrong.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.markers.is_empty() && self.lost.is_empty() && self.repeated.is_empty()
    }
}

/// Looks at a resolved file beside the three texts that were merged. White space at the ends of lines and empty lines
/// do not count; a line without a letter or digit may stand as often as it likes.
#[must_use]
pub fn check_resolution(base: &str, yours: &str, theirs: &str, resolved: &str) -> Resolution {
    let counts = |text: &str| {
        let mut counts: std::collections::BTreeMap<String, usize> =
            std::collections::BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| line.contains(char::is_alphanumeric))
        {
            *counts.entry(line.to_owned()).or_default() += 1;
        }
        counts
    };
    let [b, y, t, now] = [base, yours, theirs, resolved].map(counts);
    let mut lost = Vec::new();
    let mut look = |text: &str, from: LostFrom, counts: &dyn Fn(&str) -> bool| {
        let mut seen = std::collections::BTreeSet::new();
        for (index, line) in text.lines().map(str::trim).enumerate() {
            if counts(line) && !now.contains_key(line) && seen.insert(line) {
                lost.push(LostLine { from, line: index + 1, text: line.to_owned() });
            }
        }
    };
    look(yours, LostFrom::Yours, &|line| y.contains_key(line) && !b.contains_key(line));
    look(theirs, LostFrom::Theirs, &|line| t.contains_key(line) && !b.contains_key(line));
    look(base, LostFrom::All, &|line| {
        b.contains_key(line) && y.contains_key(line) && t.contains_key(line)
    });
    let most = |line: &str| [&b, &y, &t].iter().filter_map(|c| c.get(line)).max().copied();
    let mut seen: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let mut repeated = Vec::new();
    for (index, line) in resolved.lines().map(str::trim).enumerate() {
        let count = seen.entry(line).or_default();
        *count += 1;
        if now.contains_key(line) && most(line).is_some_and(|most| *count == most + 1) {
            repeated.push((index + 1, line.to_owned()));
        }
    }
    Resolution { markers: find_markers(resolved), lost, repeated }
}
