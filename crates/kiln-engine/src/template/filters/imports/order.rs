//! The natural order of names that ruff sorts by: digits count as numbers, blanks not at all.

use std::cmp::Ordering;

/// Compares by characters, runs of digits by their value; a run that starts with 0 counts as a fraction.
pub(super) fn natural(left: &str, right: &str) -> Ordering {
    let left: Vec<char> = left.chars().filter(|c| !c.is_whitespace()).collect();
    let right: Vec<char> = right.chars().filter(|c| !c.is_whitespace()).collect();
    let (mut l, mut r) = (0, 0);
    while l < left.len() && r < right.len() {
        let both = left[l].is_ascii_digit() && right[r].is_ascii_digit();
        if !both {
            match left[l].cmp(&right[r]) {
                Ordering::Equal => {}
                other => return other,
            }
            l += 1;
            r += 1;
            continue;
        }
        let (a, b) = (run(&left[l..]), run(&right[r..]));
        let fraction = a[0] == '0' || b[0] == '0';
        let order = if fraction { a.cmp(b) } else { a.len().cmp(&b.len()).then_with(|| a.cmp(b)) };
        if order != Ordering::Equal {
            return order;
        }
        l += a.len();
        r += b.len();
    }
    (left.len() - l).cmp(&(right.len() - r))
}

fn run(text: &[char]) -> &[char] {
    let end = text.iter().position(|c| !c.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}
