//! What differs between two sequences: Myers' divide-and-conquer search for a shortest edit script, with the pruning
//! and the sliding of changes that git applies, so that a merge built upon it is clean where git's is.

use std::ops::Range;

/// A run of the first sequence that the second one has otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hunk {
    pub(crate) before: Range<usize>,
    pub(crate) after: Range<usize>,
}

/// The hunks in order; between two there is at least one equal element. Tokens are small dense numbers.
pub(crate) fn diff(before: &[u32], after: &[u32]) -> Vec<Hunk> {
    let prefix = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (rest_before, rest_after) = (&before[prefix..], &after[prefix..]);
    let suffix =
        rest_before.iter().rev().zip(rest_after.iter().rev()).take_while(|(a, b)| a == b).count();
    let mut removed = vec![false; before.len()];
    let mut added = vec![false; after.len()];
    let kept_before = prune(before, after, prefix, suffix, &mut removed);
    let kept_after = prune(after, before, prefix, suffix, &mut added);
    let pick = |tokens: &[u32], kept: &[usize]| kept.iter().map(|&at| tokens[at]).collect();
    let (a, b): (Vec<u32>, Vec<u32>) = (pick(before, &kept_before), pick(after, &kept_after));
    let (in_a, in_b) = search(&a, &b);
    in_a.iter().zip(&kept_before).for_each(|(&changed, &at)| removed[at] |= changed);
    in_b.iter().zip(&kept_after).for_each(|(&changed, &at)| added[at] |= changed);
    slide(before, &mut removed, &added);
    slide(after, &mut added, &removed);
    hunks(&removed, &added)
}

fn hunks(removed: &[bool], added: &[bool]) -> Vec<Hunk> {
    let run = |flags: &[bool], from: usize| flags[from..].iter().take_while(|&&f| f).count();
    let mut out = Vec::new();
    let (mut i, mut j) = (0, 0);
    loop {
        let (gone, new) = (run(removed, i), run(added, j));
        if gone + new > 0 {
            out.push(Hunk { before: i..i + gone, after: j..j + new });
        }
        i += gone + 1;
        j += new + 1;
        if i > removed.len() || j > added.len() {
            return out;
        }
    }
}

/// How many matches in the other sequence are many: a power of two near the square root of the length.
fn many(length: usize) -> usize {
    let (mut root, mut rest) = (1, length);
    while rest > 0 {
        root <<= 1;
        rest >>= 2;
    }
    root
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Matches {
    None,
    Some,
    Many,
}

/// Marks what the other sequence has not, and what it has too often among such; returns the places of the rest.
fn prune(
    tokens: &[u32],
    other: &[u32],
    prefix: usize,
    suffix: usize,
    changed: &mut [bool],
) -> Vec<usize> {
    let size = tokens.iter().chain(other).max().map_or(0, |&max| max as usize + 1);
    let mut counts = vec![0_usize; size];
    other.iter().for_each(|&token| counts[token as usize] += 1);
    let limit = many(tokens.len()).min(1024);
    let middle = prefix..tokens.len() - suffix;
    let matches: Vec<Matches> = tokens[middle.clone()]
        .iter()
        .map(|&token| match counts[token as usize] {
            0 => Matches::None,
            count if count >= limit => Matches::Many,
            _ => Matches::Some,
        })
        .collect();
    let mut kept = Vec::with_capacity(middle.len());
    for (index, at) in middle.enumerate() {
        match matches[index] {
            Matches::Some => kept.push(at),
            Matches::Many if !among_unmatched(&matches, index) => kept.push(at),
            _ => changed[at] = true,
        }
    }
    kept
}

/// True if a frequent element stands between elements without match, on both sides, with few other frequent ones.
fn among_unmatched(matches: &[Matches], index: usize) -> bool {
    const WINDOW: usize = 100;
    let tally = |found: &mut dyn Iterator<Item = &Matches>| {
        // The element itself counts among the frequent ones, on either side.
        let (mut none, mut many) = (0, 1);
        for matches in found {
            match matches {
                Matches::None => none += 1,
                Matches::Many => many += 1,
                Matches::Some => break,
            }
        }
        (none, many)
    };
    let (none_before, many_before) = tally(&mut matches[..index].iter().rev().take(WINDOW));
    let (none_after, many_after) = tally(&mut matches[index + 1..].iter().take(WINDOW));
    let (none, many) = (none_before + none_after, many_before + many_after);
    none_before > 0 && none_after > 0 && many * 4 < many + none
}

/// Which elements of each sequence are changed in an edit script that is shortest, or nearly so if it is very long.
fn search(a: &[u32], b: &[u32]) -> (Vec<bool>, Vec<bool>) {
    let diagonals = a.len() + b.len() + 3;
    let width = diagonals as isize;
    let mut search = Search {
        a,
        b,
        changed_a: vec![false; a.len()],
        changed_b: vec![false; b.len()],
        forward: vec![0; diagonals * 2 + 2],
        backward: vec![0; diagonals * 2 + 2],
        middle: width,
        patience: many(diagonals).max(256),
    };
    search.compare((0, a.len() as isize), (0, b.len() as isize), false);
    (search.changed_a, search.changed_b)
}

struct Search<'a> {
    a: &'a [u32],
    b: &'a [u32],
    changed_a: Vec<bool>,
    changed_b: Vec<bool>,
    /// For each diagonal (position in `a` less position in `b`) how far a path from the start has come in `a`.
    forward: Vec<isize>,
    /// The same from the end.
    backward: Vec<isize>,
    /// Where diagonal 0 lies in the two tables.
    middle: isize,
    /// After so many steps a good split is taken for the best.
    patience: usize,
}

struct Split {
    at_a: isize,
    at_b: isize,
    exact: (bool, bool),
}

impl Search<'_> {
    fn same(&self, i: isize, j: isize) -> bool {
        self.a[i as usize] == self.b[j as usize]
    }

    fn compare(
        &mut self,
        (mut a0, mut a1): (isize, isize),
        (mut b0, mut b1): (isize, isize),
        exact: bool,
    ) {
        while a0 < a1 && b0 < b1 && self.same(a0, b0) {
            a0 += 1;
            b0 += 1;
        }
        while a0 < a1 && b0 < b1 && self.same(a1 - 1, b1 - 1) {
            a1 -= 1;
            b1 -= 1;
        }
        if a0 == a1 {
            self.changed_b[b0 as usize..b1 as usize].fill(true);
        } else if b0 == b1 {
            self.changed_a[a0 as usize..a1 as usize].fill(true);
        } else {
            let split = self.split((a0, a1), (b0, b1), exact);
            self.compare((a0, split.at_a), (b0, split.at_b), split.exact.0);
            self.compare((split.at_a, a1), (split.at_b, b1), split.exact.1);
        }
    }

    /// Paths from both ends are lengthened in turn until two meet.
    fn split(&mut self, (a0, a1): (isize, isize), (b0, b1): (isize, isize), exact: bool) -> Split {
        let (low, high) = (a0 - b1, a1 - b0);
        let (start, end) = (a0 - b0, a1 - b1);
        let odd = (start - end) & 1 != 0;
        let (mut f_low, mut f_high, mut b_low, mut b_high) = (start, start, end, end);
        let middle = self.middle;
        let at = move |diagonal: isize| (diagonal + middle) as usize;
        self.forward[at(start)] = a0;
        self.backward[at(end)] = a1;
        let mut steps = 0;
        loop {
            steps += 1;
            widen(&mut self.forward, &mut f_low, &mut f_high, (low, high), at, -1);
            for d in (f_low..=f_high).rev().step_by(2) {
                let (left, right) = (self.forward[at(d - 1)], self.forward[at(d + 1)]);
                let mut i = if left >= right { left + 1 } else { right };
                while i < a1 && i - d < b1 && self.same(i, i - d) {
                    i += 1;
                }
                self.forward[at(d)] = i;
                if odd && (b_low..=b_high).contains(&d) && self.backward[at(d)] <= i {
                    return Split { at_a: i, at_b: i - d, exact: (true, true) };
                }
            }
            widen(&mut self.backward, &mut b_low, &mut b_high, (low, high), at, isize::MAX);
            for d in (b_low..=b_high).rev().step_by(2) {
                let (left, right) = (self.backward[at(d - 1)], self.backward[at(d + 1)]);
                let mut i = if left < right { left } else { right - 1 };
                while i > a0 && i - d > b0 && self.same(i - 1, i - d - 1) {
                    i -= 1;
                }
                self.backward[at(d)] = i;
                if !odd && (f_low..=f_high).contains(&d) && i <= self.forward[at(d)] {
                    return Split { at_a: i, at_b: i - d, exact: (true, true) };
                }
            }
            if !exact && steps >= self.patience {
                let forward = (f_low..=f_high).rev().step_by(2);
                let backward = (b_low..=b_high).rev().step_by(2);
                return self.furthest((a0, a1), (b0, b1), forward, backward);
            }
        }
    }

    /// The point that is furthest from its own end.
    fn furthest(
        &self,
        (a0, a1): (isize, isize),
        (b0, b1): (isize, isize),
        forward: impl Iterator<Item = isize>,
        backward: impl Iterator<Item = isize>,
    ) -> Split {
        let at = |diagonal: isize| (diagonal + self.middle) as usize;
        let (mut from_start, mut from_end) = ((-1, a0), (isize::MAX, a1));
        for d in forward {
            let mut i = self.forward[at(d)].min(a1);
            if i - d > b1 {
                i = b1 + d;
            }
            if i + i - d > from_start.0 {
                from_start = (i + i - d, i);
            }
        }
        for d in backward {
            let mut i = self.backward[at(d)].max(a0);
            if i - d < b0 {
                i = b0 + d;
            }
            if i + i - d < from_end.0 {
                from_end = (i + i - d, i);
            }
        }
        let forward_wins = (a1 + b1) - from_end.0 < from_start.0 - (a0 + b0);
        let (sum, i) = if forward_wins { from_start } else { from_end };
        Split { at_a: i, at_b: sum - i, exact: (forward_wins, !forward_wins) }
    }
}

/// One more diagonal on each side, or one less where the box ends.
fn widen(
    table: &mut [isize],
    low: &mut isize,
    high: &mut isize,
    (least, most): (isize, isize),
    at: impl Fn(isize) -> usize,
    nowhere: isize,
) {
    if *low > least {
        *low -= 1;
        table[at(*low - 1)] = nowhere;
    } else {
        *low += 1;
    }
    if *high < most {
        *high += 1;
        table[at(*high + 1)] = nowhere;
    } else {
        *high -= 1;
    }
}

/// A run of changed elements that can stand in several places (the element before it equals its last one) is moved:
/// it joins its neighbours where it meets them, stands beside a change of the other sequence if it can, else as far
/// down as it goes.
fn slide(tokens: &[u32], changed: &mut [bool], other: &[bool]) {
    let mut runs = Runs { flags: changed, start: 0, end: 0 };
    runs.end = runs.run_from(0);
    let mut others = Others { flags: other, start: 0, end: 0 };
    others.end = others.run_from(0);
    loop {
        if runs.start < runs.end {
            settle(tokens, &mut runs, &mut others);
        }
        if !runs.next() {
            return;
        }
        others.next();
    }
}

fn settle(tokens: &[u32], runs: &mut Runs<'_>, others: &mut Others<'_>) {
    let mut beside_other;
    let mut highest;
    loop {
        let size = runs.end - runs.start;
        beside_other = false;
        while runs.up(tokens) {
            others.previous();
        }
        highest = runs.end;
        let mut beside = others.start < others.end;
        beside_other |= beside;
        while runs.down(tokens) {
            others.next();
            beside = others.start < others.end;
            beside_other |= beside;
        }
        if size == runs.end - runs.start {
            break;
        }
    }
    if runs.end != highest && beside_other {
        while others.start == others.end && runs.up(tokens) {
            others.previous();
        }
    }
}

/// The run of changed elements at hand; an empty run stands before every unchanged element that follows another.
struct Runs<'a> {
    flags: &'a mut [bool],
    start: usize,
    end: usize,
}

impl Runs<'_> {
    fn run_from(&self, start: usize) -> usize {
        start + self.flags[start..].iter().take_while(|&&flag| flag).count()
    }

    fn next(&mut self) -> bool {
        if self.end >= self.flags.len() {
            return false;
        }
        self.start = self.end + 1;
        self.end = self.run_from(self.start);
        true
    }

    fn up(&mut self, tokens: &[u32]) -> bool {
        if self.start == 0 || tokens[self.start - 1] != tokens[self.end - 1] {
            return false;
        }
        self.start -= 1;
        self.end -= 1;
        self.flags[self.start] = true;
        self.flags[self.end] = false;
        while self.start > 0 && self.flags[self.start - 1] {
            self.start -= 1;
        }
        true
    }

    fn down(&mut self, tokens: &[u32]) -> bool {
        if self.end >= tokens.len() || tokens[self.start] != tokens[self.end] {
            return false;
        }
        self.flags[self.start] = false;
        self.flags[self.end] = true;
        self.start += 1;
        self.end = self.run_from(self.end + 1);
        true
    }
}

/// The run of the other sequence that belongs to the same unchanged elements.
struct Others<'a> {
    flags: &'a [bool],
    start: usize,
    end: usize,
}

impl Others<'_> {
    fn run_from(&self, start: usize) -> usize {
        start + self.flags[start..].iter().take_while(|&&flag| flag).count()
    }

    fn next(&mut self) {
        if self.end < self.flags.len() {
            self.start = self.end + 1;
            self.end = self.run_from(self.start);
        }
    }

    fn previous(&mut self) {
        if self.start > 0 {
            self.end = self.start - 1;
            self.start = self.end;
            while self.start > 0 && self.flags[self.start - 1] {
                self.start -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hunks_turn_one_into_the_other(
            before in prop::collection::vec(0..6_u32, 0..60),
            after in prop::collection::vec(0..6_u32, 0..60),
        ) {
            let mut rebuilt: Vec<u32> = Vec::new();
            let mut at = 0;
            for hunk in diff(&before, &after) {
                prop_assert!(at == 0 || hunk.before.start > at);
                rebuilt.extend(&before[at..hunk.before.start]);
                prop_assert_eq!(rebuilt.len(), hunk.after.start);
                rebuilt.extend(&after[hunk.after.clone()]);
                at = hunk.before.end;
            }
            rebuilt.extend(&before[at..]);
            prop_assert_eq!(rebuilt, after);
        }
    }

    #[test]
    fn long_unlike_sequences_take_bounded_time() {
        let before: Vec<u32> = (0..20_000).map(|n| n * 7919 % 4001).collect();
        let after: Vec<u32> = (0..20_000).map(|n| n * 104_729 % 4003).collect();
        assert!(!diff(&before, &after).is_empty());
    }
}
