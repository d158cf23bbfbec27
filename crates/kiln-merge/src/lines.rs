//! Three versions of a sequence laid beside each other, as diff3 does: runs that nobody, one side, both sides alike or
//! both sides differently changed.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use crate::diff::{Hunk, diff};

/// Who changed a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Nobody,
    Yours,
    Theirs,
    /// Both, to the same.
    Both,
    Conflict,
}

/// A run, by its place in each of the three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) change: Change,
    pub(crate) base: Range<usize>,
    pub(crate) yours: Range<usize>,
    pub(crate) theirs: Range<usize>,
}

/// Lays three sequences beside each other. Changes of the two sides that overlap or touch are one conflict, but for
/// changes that are the same.
pub(crate) fn diff3<T: Eq + Hash>(base: &[T], yours: &[T], theirs: &[T]) -> Vec<Chunk> {
    let mut numbers: HashMap<&T, u32> = HashMap::with_capacity(base.len());
    let mut tokens = [base, yours, theirs].map(|items| Vec::with_capacity(items.len()));
    for (items, out) in [base, yours, theirs].into_iter().zip(&mut tokens) {
        for item in items {
            let next = numbers.len() as u32;
            out.push(*numbers.entry(item).or_insert(next));
        }
    }
    let [base, yours, theirs] = &tokens;
    chunks(base, (yours, &diff(base, yours)), (theirs, &diff(base, theirs)))
}

/// Two sequences as numbers that are equal where the elements are.
pub(crate) fn numbered<T: Eq + Hash>(before: &[T], after: &[T]) -> (Vec<u32>, Vec<u32>) {
    let mut numbers: HashMap<&T, u32> = HashMap::with_capacity(before.len());
    let mut tokens = [before, after].map(|items| Vec::with_capacity(items.len()));
    for (items, out) in [before, after].into_iter().zip(&mut tokens) {
        for item in items {
            let next = numbers.len() as u32;
            out.push(*numbers.entry(item).or_insert(next));
        }
    }
    let [before, after] = tokens;
    (before, after)
}

/// As [`numbered`], for elements that can only be compared; meant for short sequences.
pub(crate) fn numbered_by<T: PartialEq>(before: &[T], after: &[T]) -> (Vec<u32>, Vec<u32>) {
    let mut known: Vec<&T> = Vec::new();
    let mut number = |item| match known.iter().position(|other| *other == item) {
        Some(at) => at as u32,
        None => {
            known.push(item);
            known.len() as u32 - 1
        }
    };
    let before = before.iter().map(&mut number).collect();
    (before, after.iter().map(number).collect())
}

/// As [`diff3`], with the changes of each side given.
pub(crate) fn chunks<T: PartialEq>(
    base: &[T],
    (yours, left): (&[T], &[Hunk]),
    (theirs, right): (&[T], &[Hunk]),
) -> Vec<Chunk> {
    let mut walk = Walk { chunks: Vec::new(), base: 0, yours: 0, theirs: 0 };
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        let (i0, j0) = (i, j);
        let mut end = 0;
        // A group of changes in which each touches one before it.
        loop {
            let fits = |hunk: &Hunk| (i, j) == (i0, j0) || hunk.before.start <= end;
            let first = match (left.get(i), right.get(j)) {
                (Some(l), Some(r)) => l.before.start <= r.before.start,
                (left, _) => left.is_some(),
            };
            let next = if first { left.get(i) } else { right.get(j) };
            let Some(hunk) = next.filter(|hunk| fits(hunk)) else { break };
            end = end.max(hunk.before.end);
            if first {
                i += 1;
            } else {
                j += 1;
            }
        }
        walk.group(&left[i0..i], &right[j0..j], yours, theirs);
    }
    walk.same_up_to(base.len());
    walk.chunks
}

struct Walk {
    chunks: Vec<Chunk>,
    base: usize,
    yours: usize,
    theirs: usize,
}

impl Walk {
    fn same_up_to(&mut self, base: usize) {
        let length = base - self.base;
        if length > 0 {
            self.push(Change::Nobody, length, length, length);
        }
    }

    fn push(&mut self, change: Change, base: usize, yours: usize, theirs: usize) {
        let next = (self.base + base, self.yours + yours, self.theirs + theirs);
        self.chunks.push(Chunk {
            change,
            base: self.base..next.0,
            yours: self.yours..next.1,
            theirs: self.theirs..next.2,
        });
        (self.base, self.yours, self.theirs) = next;
    }

    fn group<T: PartialEq>(&mut self, left: &[Hunk], right: &[Hunk], yours: &[T], theirs: &[T]) {
        let starts = left.first().into_iter().chain(right.first()).map(|hunk| hunk.before.start);
        let ends = left.last().into_iter().chain(right.last()).map(|hunk| hunk.before.end);
        let (start, end) = (starts.min().unwrap_or(self.base), ends.max().unwrap_or(self.base));
        self.same_up_to(start);
        let base = end - start;
        let length = |hunks: &[Hunk]| {
            hunks.iter().fold(base, |length, h| length + h.after.len() - h.before.len())
        };
        let (in_yours, in_theirs) = (length(left), length(right));
        let change = match (left, right) {
            (_, []) => Change::Yours,
            ([], _) => Change::Theirs,
            ([l], [r])
                if l.before == r.before && yours[l.after.clone()] == theirs[r.after.clone()] =>
            {
                Change::Both
            }
            _ => Change::Conflict,
        };
        self.push(change, base, in_yours, in_theirs);
    }
}

#[cfg(test)]
mod git_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_all_three() {
        let chunks = diff3(b"abcdefgh", b"abXdefZgh", b"abcdYfggh");
        let shown: Vec<String> = chunks
            .iter()
            .map(|c| format!("{:?} {:?} {:?} {:?}", c.change, c.base, c.yours, c.theirs))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        Nobody 0..2 0..2 0..2
        Yours 2..3 2..3 2..3
        Nobody 3..4 3..4 3..4
        Theirs 4..5 4..5 4..5
        Nobody 5..6 5..6 5..6
        Yours 6..6 6..7 6..6
        Nobody 6..7 7..8 6..7
        Theirs 7..7 8..8 7..8
        Nobody 7..8 8..9 8..9
        ");
    }
}
