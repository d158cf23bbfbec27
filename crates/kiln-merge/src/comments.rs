//! Comments that kiln added to a document, brought into a text that was merged by keys, which knows nothing of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::Format;

/// The merged text with the comments that theirs has and the base had not: above the line that they stand above, or
/// at the end of the line that they end. Where the person has a comment there, it stays alone. `None` if nothing comes.
///
/// Lines are told by their text, so the caller must look whether the meaning is the same. Line ends are LF.
pub(crate) fn with_comments_of(
    format: Format,
    (base, merged, theirs): (&str, &str, &str),
) -> Option<String> {
    let sign = if format == Format::Json { "//" } else { "#" };
    let known: BTreeSet<&str> = base.lines().chain(merged.lines()).map(str::trim).collect();
    let lines: Vec<&str> = merged.lines().collect();
    let places = unique(&lines);
    let mut above: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    let mut behind: BTreeMap<usize, &str> = BTreeMap::new();
    let mut run: Vec<&str> = Vec::new();
    for line in theirs.lines() {
        let text = line.trim();
        if text.starts_with(sign) {
            run.push(text);
            continue;
        }
        let run = std::mem::take(&mut run);
        let fresh: Vec<&str> = run.into_iter().filter(|comment| !known.contains(comment)).collect();
        let place = places.get(text).copied().flatten();
        let bare = |at: usize| at == 0 || !lines[at - 1].trim_start().starts_with(sign);
        if let Some(at) = place.filter(|&at| !fresh.is_empty() && bare(at)) {
            above.insert(at, fresh);
        }
        let Some(start) = text.find(&format!(" {sign}")).filter(|_| !known.contains(text)) else {
            continue;
        };
        if let Some(at) = places.get(text[..start].trim_end()).copied().flatten() {
            behind.insert(at, &text[start..]);
        }
    }
    if above.is_empty() && behind.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(merged.len() + 200);
    for (at, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        for comment in above.get(&at).into_iter().flatten() {
            out.push_str(&format!("{indent}{comment}\n"));
        }
        out.push_str(line.trim_end());
        out.push_str(behind.get(&at).copied().unwrap_or_default());
        out.push('\n');
    }
    Some(out)
}

/// Where each line stands; none if it stands in several places.
fn unique<'a>(lines: &[&'a str]) -> BTreeMap<&'a str, Option<usize>> {
    let mut places = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        places.entry(line.trim()).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places.remove("");
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_come_where_the_person_has_none() {
        let base = "a: 1\nb: 1\n# old\nc: 1\n";
        let merged = "a: 2\nb: 1\n# mine\nc: 2\nd:\n  e: 1\n  e2: 1\nf:\n  e2: 1\n";
        let theirs = "# first\na: 2\nb: 1 # why\n# theirs\nc: 2\nd:\n    # deep\n    # down\n    e: 1\n# two\ne2: 1\n";
        let text = with_comments_of(Format::Yaml, (base, merged, theirs)).unwrap_or_default();
        insta::assert_snapshot!(text, @"
        # first
        a: 2
        b: 1 # why
        # mine
        c: 2
        d:
          # deep
          # down
          e: 1
          e2: 1
        f:
          e2: 1
        ");
        assert_eq!(with_comments_of(Format::Yaml, (theirs, merged, theirs)), None);
    }
}
