//! The way through the rules: documents by key, everything else by lines.

use std::borrow::Cow;

use crate::comments::with_comments_of;
use crate::document::Document;
use crate::key::{KeyGlob, KeyPath};
use crate::key_merge::{Found, KeyConflict, plan};
use crate::markers::Labels;
use crate::text::{self, CloseMerge, Closeness, with_lf};
use crate::tree::{Fault, Format};
use crate::value::Value;

/// Three versions of a file.
#[derive(Debug, Clone, Copy)]
pub struct MergeInput<'a> {
    /// Its path: tells the format, and what white space means.
    pub path: &'a str,
    /// What the person's version was made from.
    pub base: &'a [u8],
    /// The person's version.
    pub yours: &'a [u8],
    /// kiln's new version.
    pub theirs: &'a [u8],
    /// What stands after conflict markers.
    pub labels: &'a Labels,
    /// Keys of a document that are the person's alone.
    pub foreign: &'a [KeyGlob],
    /// Keys of a document of which kiln's value is taken where both sides changed them.
    pub taken: &'a [KeyGlob],
}

/// What a merge came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Merged.
    Clean {
        /// The new text.
        text: String,
        /// What was merged within conflicts of lines: to be listed for review.
        close: Vec<CloseMerge>,
    },
    /// A person must look: the text has diff3 markers.
    Conflict {
        /// The text with markers.
        text: String,
        /// How many conflicts it has.
        count: usize,
        /// What was merged closely beside them.
        close: Vec<CloseMerge>,
    },
    /// A document in which both sides changed keys differently; no text, since markers would break its readers.
    KeyConflicts(Vec<KeyConflict>),
    /// A version is no text (it has a NUL byte or is not UTF-8), and both sides changed it.
    Binary,
}

/// Merges three versions of a file.
///
/// A version that both sides share, or that only one side changed, comes out as that side's bytes. Line ends are compared as LF and come out as the person has them. A byte order mark stays if the person has it.
#[must_use]
pub fn merge(input: &MergeInput<'_>) -> Outcome {
    let texts = [input.base, input.yours, input.theirs].map(read);
    let [Some(base), Some(yours), Some(theirs)] = texts else { return binary(input) };
    let bare = [base, yours, theirs].map(without_mark);
    let outcome = match Format::of_path(input.path) {
        Some(format) => by_key(format, input, (bare[0], bare[1], bare[2])),
        None => by_lines(input, (bare[0], bare[1], bare[2])),
    };
    marked_as(yours, outcome)
}

/// Merges two versions of a file of which nobody knows what they were made from (both added it, or the base is lost);
/// `base` is not looked at.
///
/// Documents merge by key: what only one has is kept, a value that both have differently is a conflict, and so is a
/// list unless one of the two has all of the other in its order. Anything else gets markers round all that differs, as
/// [`two_way`](crate::two_way) makes them.
#[must_use]
pub fn merge_without_base(input: &MergeInput<'_>) -> Outcome {
    let (Some(yours), Some(theirs)) = (read(input.yours), read(input.theirs)) else {
        return Outcome::Binary;
    };
    let [y, t] = [yours, theirs].map(without_mark);
    let unix = ["", y, t].map(with_lf);
    let outcome = if unix[1] == unix[2] {
        Outcome::Clean { text: y.to_owned(), close: Vec::new() }
    } else {
        let by_key = Format::of_path(input.path).and_then(|format| {
            let read = [&unix[1], &unix[2]].map(|text| Document::parse(format, text));
            let [Ok(mine), Ok(new)] = read else { return None };
            Some(settle_keys(format, input, y, &unix, (None, &mine, &new)))
        });
        by_key.unwrap_or_else(|| {
            let (text, count) = text::two_way(y, t, input.labels);
            Outcome::Conflict { text, count, close: Vec::new() }
        })
    };
    marked_as(yours, outcome)
}

/// A text: UTF-8 without NUL.
fn read(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// With a byte order mark if the person's text has one.
fn marked_as(yours: &str, mut outcome: Outcome) -> Outcome {
    if let (Outcome::Clean { text, .. } | Outcome::Conflict { text, .. }, true) =
        (&mut outcome, yours.starts_with('\u{feff}'))
    {
        text.insert(0, '\u{feff}');
    }
    outcome
}

/// One side may still be the base, or both the same; then a text that is one comes out.
fn binary(input: &MergeInput<'_>) -> Outcome {
    let taken = if input.base == input.yours {
        input.theirs
    } else if input.base == input.theirs || input.yours == input.theirs {
        input.yours
    } else {
        return Outcome::Binary;
    };
    match std::str::from_utf8(taken) {
        Ok(text) if !text.contains('\0') => {
            Outcome::Clean { text: text.to_owned(), close: Vec::new() }
        }
        _ => Outcome::Binary,
    }
}

fn by_lines(input: &MergeInput<'_>, texts: (&str, &str, &str)) -> Outcome {
    let merged = text::merge(input.path, texts, input.labels, Closeness::Close);
    if merged.conflicts == 0 {
        Outcome::Clean { text: merged.text, close: merged.close }
    } else {
        Outcome::Conflict { text: merged.text, count: merged.conflicts, close: merged.close }
    }
}

fn by_key(format: Format, input: &MergeInput<'_>, texts: (&str, &str, &str)) -> Outcome {
    let (base, yours, theirs) = texts;
    if input.foreign.is_empty() && (base == theirs || base == yours || yours == theirs) {
        let text = if base == yours { theirs } else { yours };
        return Outcome::Clean { text: text.to_owned(), close: Vec::new() };
    }
    let unix = [base, yours, theirs].map(with_lf);
    let read = [&unix[0], &unix[1], &unix[2]].map(|text| Document::parse(format, text));
    let faults: Vec<&Fault> = read.iter().filter_map(|document| document.as_ref().err()).collect();
    if let Some(fault) = faults.first() {
        return match by_lines(input, texts) {
            // Every version is a document, but one has no keys to merge by: markers would break it.
            Outcome::Conflict { .. } if faults.iter().all(|fault| fault.is_form) => {
                Outcome::KeyConflicts(vec![whole(&unix, fault.message.clone())])
            }
            outcome => outcome,
        };
    }
    let [Ok(b), Ok(y), Ok(t)] = &read else { return by_lines(input, texts) };
    settle_keys(format, input, yours, &unix, (Some((b, texts)), y, t))
}

/// A base that is known, with the three texts.
type Known<'a> = (&'a Document, (&'a str, &'a str, &'a str));

fn settle_keys(
    format: Format,
    input: &MergeInput<'_>,
    yours: &str,
    unix: &[Cow<'_, str>; 3],
    (base, y, t): (Option<Known<'_>>, &Document, &Document),
) -> Outcome {
    let root = base.map(|(base, _)| base.root());
    let (plan, conflicts) = plan(root, y.root(), t.root(), input.foreign, input.taken);
    let paragraphs: Vec<&Value> = conflicts.iter().filter_map(paragraph).collect();
    if paragraphs.len() < conflicts.len() {
        return Outcome::KeyConflicts(conflicts);
    }
    let meaning = plan.value(y.root(), Some(t.root()));
    let means = |text: &str, loosely: bool| {
        Document::parse(format, &with_lf(text)).is_ok_and(|document| {
            let found = document.root().value();
            found == meaning
                || loosely && input.foreign.is_empty() && agrees(&meaning, &found, &paragraphs)
        })
    };
    // Where the lines merge to the same meaning, they also bring the comments that kiln changed, the better order of
    // lists, and texts of several lines of which both changed different ones.
    if let Some((_, texts)) = base {
        let lines = text::merge(input.path, texts, input.labels, Closeness::Lines);
        if lines.conflicts == 0 && means(&lines.text, true) {
            return Outcome::Clean { text: lines.text, close: Vec::new() };
        }
    }
    if !conflicts.is_empty() {
        return Outcome::KeyConflicts(conflicts);
    }
    match y.splice(t, &plan, false) {
        Ok(text) if means(&text, false) => {
            // Comments that kiln changed beside keys that stayed come along where nothing is in their way.
            let keep = |fuller: Option<String>, text: String| {
                fuller.filter(|fuller| means(fuller, false)).unwrap_or(text)
            };
            let text = match base {
                Some(_) => {
                    let text = keep(text::with_lines_of((&unix[0], &text, &unix[2])), text);
                    keep(with_comments_of(format, (&unix[0], &text, &unix[2])), text)
                }
                None => text,
            };
            Outcome::Clean { text: with_ends_of(yours, text), close: Vec::new() }
        }
        Ok(_) => Outcome::KeyConflicts(vec![whole(unix, "it could not be written".to_owned())]),
        Err(fault) => Outcome::KeyConflicts(vec![whole(unix, fault.message)]),
    }
}

/// The person's text of several lines, if that is what both sides changed.
fn paragraph(conflict: &KeyConflict) -> Option<&Value> {
    let lines = |found: &Option<Found>| {
        let value = &found.as_ref()?.value;
        matches!(value, Value::Text(text) if text.trim_end().contains('\n')).then_some(())
    };
    lines(&conflict.base).and(lines(&conflict.theirs)).and(lines(&conflict.yours))?;
    conflict.yours.as_ref().map(|found| &found.value)
}

/// True if two documents mean the same but for the order of lists, and the texts in question, which are still texts.
fn agrees(expected: &Value, found: &Value, paragraphs: &[&Value]) -> bool {
    match (expected, found) {
        (Value::Map(a), Value::Map(_)) => {
            matches!(found, Value::Map(b) if a.len() == b.len())
                && a.iter().all(|(key, value)| {
                    found.get(key).is_some_and(|other| agrees(value, other, paragraphs))
                })
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len()
                && (a.iter().zip(b).all(|(a, b)| agrees(a, b, paragraphs)) || same_set(a, b))
        }
        (Value::Text(_), Value::Text(_)) => expected == found || paragraphs.contains(&expected),
        _ => expected == found,
    }
}

/// True if two lists have the same elements, as often, in any order.
fn same_set(a: &[Value], b: &[Value]) -> bool {
    let mut rest: Vec<&Value> = b.iter().collect();
    a.iter().all(|value| {
        rest.iter().position(|other| *other == value).map(|at| rest.swap_remove(at)).is_some()
    }) && rest.is_empty()
}

/// The person's line ends and final newline.
fn with_ends_of(yours: &str, mut text: String) -> String {
    if !yours.ends_with('\n') && text.ends_with('\n') && !yours.is_empty() {
        text.pop();
    }
    let all = yours.matches('\n').count();
    if yours.matches("\r\n").count() * 2 > all { text.replace('\n', "\r\n") } else { text }
}

/// A conflict of the whole document.
fn whole([base, yours, theirs]: &[Cow<'_, str>; 3], why: String) -> KeyConflict {
    let found =
        |text: &str| Some(Found { value: Value::Text(text.to_owned()), span: 0..text.len() });
    KeyConflict {
        path: KeyPath::default(),
        list: None,
        base: found(base),
        yours: found(yours),
        theirs: found(theirs),
        why: Some(why),
    }
}

#[cfg(test)]
mod tests;
