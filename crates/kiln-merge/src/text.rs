//! Three-way merge of texts: diff3 by lines, the close rules within conflicts, markers for the rest; line ends are
//! compared as LF and written as the person has them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::close::{Rule, settle};
use crate::language::Language;
use crate::lines::{Change, Chunk, diff3, numbered};
use crate::markers::{Labels, marker_length, push_conflict};

/// A conflict of lines that a close rule settled: for review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseMerge {
    /// The rule.
    pub rule: Rule,
    /// The lines of the result, from 1; empty if nothing is left.
    pub lines: Range<usize>,
    /// What the base, the person and kiln have there.
    pub base: String,
    /// See `base`.
    pub yours: String,
    /// See `base`.
    pub theirs: String,
}

/// A merged text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) text: String,
    pub(crate) conflicts: usize,
    pub(crate) close: Vec<CloseMerge>,
}

/// Whether the close rules are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closeness {
    Lines,
    Close,
}

/// The line ends of a person's text.
struct Ends {
    /// Per line: CR LF.
    crlf: Vec<bool>,
    mostly_crlf: bool,
}

impl Ends {
    fn of(text: &str) -> Self {
        let crlf: Vec<bool> =
            text.split_inclusive('\n').map(|line| line.ends_with("\r\n")).collect();
        let count = crlf.iter().filter(|crlf| **crlf).count();
        Self { mostly_crlf: count * 2 > crlf.len(), crlf }
    }
}

/// A result that remembers which lines are the person's.
struct Output {
    text: String,
    /// Per line: the line of yours that it is.
    origins: Vec<Option<usize>>,
}

impl Output {
    fn yours(&mut self, lines: &[&str], from: usize) {
        for (index, line) in lines.iter().enumerate() {
            self.close_line();
            self.text.push_str(line);
            self.origins.push(Some(from + index));
        }
    }

    fn other(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            self.close_line();
            self.text.push_str(line);
            self.origins.push(None);
        }
    }

    /// A line without end was the last of its text; here it is not.
    fn close_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn finish(self, ends: &Ends) -> String {
        if !ends.crlf.contains(&true) {
            return self.text;
        }
        let mut out = String::with_capacity(self.text.len() + self.origins.len());
        for (line, origin) in self.text.split_inclusive('\n').zip(&self.origins) {
            let own = origin.and_then(|at| ends.crlf.get(at).copied());
            match line.strip_suffix('\n') {
                Some(content) if own.unwrap_or(ends.mostly_crlf) => {
                    out.push_str(content);
                    out.push_str("\r\n");
                }
                _ => out.push_str(line),
            }
        }
        out
    }
}

/// The text with LF line ends.
pub(crate) fn with_lf(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").into() } else { text.into() }
}

/// Merges three texts.
pub(crate) fn merge(
    path: &str,
    (base, yours, theirs): (&str, &str, &str),
    labels: &Labels,
    closeness: Closeness,
) -> Merged {
    let ends = Ends::of(yours);
    let [base, yours, theirs] = [base, yours, theirs].map(with_lf);
    let b: Vec<&str> = base.split_inclusive('\n').collect();
    let y: Vec<&str> = yours.split_inclusive('\n').collect();
    let t: Vec<&str> = theirs.split_inclusive('\n').collect();
    let sides = Sides { base: &b, yours: &y, theirs: &t };
    let length = marker_length([&*base, &yours, &theirs]);
    let language = Language::of_path(path);
    let mut out =
        Output { text: String::with_capacity(theirs.len() + yours.len() / 4), origins: Vec::new() };
    let (mut conflicts, mut close) = (0, Vec::new());
    for chunk in diff3(&b, &y, &t) {
        match chunk.change {
            Change::Nobody | Change::Yours | Change::Both => {
                out.yours(&y[chunk.yours.clone()], chunk.yours.start);
            }
            Change::Theirs => out.other(&t[chunk.theirs.clone()].concat()),
            Change::Conflict => match sides.settle(&language, &chunk, closeness) {
                Some((rule, text)) => {
                    let first = out.origins.len() + 1;
                    out.other(&text);
                    close.push(sides.close(&chunk, rule, first..out.origins.len() + 1));
                }
                None => {
                    conflicts += 1;
                    out.other(&sides.marked(&chunk, labels, length));
                }
            },
        }
    }
    Merged { text: out.finish(&ends), conflicts, close }
}

/// A merged document with what else theirs changed in lines that the merge left as the base has them: comments, mostly.
/// `None` if there is nothing, or a line came twice by it. All texts have LF line ends.
pub(crate) fn with_lines_of((base, merged, theirs): (&str, &str, &str)) -> Option<String> {
    let lines = |text: &'_ str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (b, m, t) = (lines(base), lines(merged), lines(theirs));
    let mut out = String::with_capacity(merged.len());
    for chunk in diff3(&b, &m, &t) {
        let part = match chunk.change {
            Change::Theirs => &t[chunk.theirs],
            _ => &m[chunk.yours],
        };
        part.iter().for_each(|line| out.push_str(line));
    }
    let known = [counts(merged), counts(theirs)];
    let often = |(line, count): (&str, usize)| {
        known.iter().all(|known| known.get(line).is_none_or(|known| *known < count))
    };
    (out != merged && !counts(&out).into_iter().any(often)).then_some(out)
}

/// How often each line stands in a text.
fn counts(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

struct Sides<'a> {
    base: &'a [&'a str],
    yours: &'a [&'a str],
    theirs: &'a [&'a str],
}

impl Sides<'_> {
    fn settle(
        &self,
        language: &Language,
        chunk: &Chunk,
        closeness: Closeness,
    ) -> Option<(Rule, String)> {
        if closeness == Closeness::Lines {
            return None;
        }
        let (b, y, t) = (chunk.base.clone(), chunk.yours.clone(), chunk.theirs.clone());
        let before = b.start.checked_sub(1).map(|at| self.base[at]);
        let around = (before, self.base.get(b.end).copied());
        settle(language, (&self.base[b], &self.yours[y], &self.theirs[t]), around)
    }

    fn close(&self, chunk: &Chunk, rule: Rule, lines: Range<usize>) -> CloseMerge {
        CloseMerge {
            rule,
            lines,
            base: self.base[chunk.base.clone()].concat(),
            yours: self.yours[chunk.yours.clone()].concat(),
            theirs: self.theirs[chunk.theirs.clone()].concat(),
        }
    }

    fn marked(&self, chunk: &Chunk, labels: &Labels, length: usize) -> String {
        let mut out = String::new();
        let sides = (
            &self.yours[chunk.yours.clone()],
            Some(&self.base[chunk.base.clone()]),
            &self.theirs[chunk.theirs.clone()],
        );
        push_conflict(&mut out, sides, labels, length);
        out
    }
}

/// Markers round everything in which two texts differ, where no base is known; the text and the count of conflicts.
#[must_use]
pub fn two_way(yours: &str, theirs: &str, labels: &Labels) -> (String, usize) {
    let ends = Ends::of(yours);
    let [yours, theirs] = [yours, theirs].map(with_lf);
    let y: Vec<&str> = yours.split_inclusive('\n').collect();
    let t: Vec<&str> = theirs.split_inclusive('\n').collect();
    let length = marker_length([&*yours, &theirs]);
    let mut out = Output { text: String::new(), origins: Vec::new() };
    let (before, after) = numbered(&y, &t);
    let (mut at, mut conflicts) = (0, 0);
    for hunk in crate::diff::diff(&before, &after) {
        out.yours(&y[at..hunk.before.start], at);
        let mut marked = String::new();
        let sides = (&y[hunk.before.clone()], None, &t[hunk.after]);
        push_conflict(&mut marked, sides, labels, length);
        out.other(&marked);
        at = hunk.before.end;
        conflicts += 1;
    }
    out.yours(&y[at..], at);
    (out.finish(&ends), conflicts)
}
