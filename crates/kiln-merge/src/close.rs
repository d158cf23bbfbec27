//! Merging within a conflict of lines: what is only reformatted, lists and imports that both sides lengthen, and
//! changes of different tokens. Whatever is doubtful stays a conflict.

use std::collections::BTreeSet;

use crate::diff::{Hunk, diff};
use crate::language::{Kind, Language, Token, tokens};
use crate::lines::{Change, diff3, numbered};

/// How a conflict of lines was merged closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// One side only reformatted: the other one was taken.
    Format,
    /// Both sides only added lines of a list or imports: all of them were taken.
    Union,
    /// The sides changed different tokens.
    Tokens,
}

/// The new lines for a conflict, if one of the rules settles it. Lines end with `\n`, but for the last of a text.
///
/// `around` are the lines before and after the conflict.
pub(crate) fn settle(
    language: &Language,
    (base, yours, theirs): (&[&str], &[&str], &[&str]),
    around: (Option<&str>, Option<&str>),
) -> Option<(Rule, String)> {
    format_only(language, base, yours, theirs)
        .map(|text| (Rule::Format, text))
        .or_else(|| union(language, (base, yours, theirs), around).map(|text| (Rule::Union, text)))
        .or_else(|| by_tokens(language, base, yours, theirs).map(|text| (Rule::Tokens, text)))
}

fn format_only(
    language: &Language,
    base: &[&str],
    yours: &[&str],
    theirs: &[&str],
) -> Option<String> {
    let texts = [base, yours, theirs].map(<[&str]>::concat);
    let [b, y, t] = [&texts[0], &texts[1], &texts[2]].map(|text| essence(text, language));
    // What was or became empty is no matter of form.
    if y.is_empty() || t.is_empty() || b.is_empty() {
        return None;
    }
    if b == y {
        Some(texts[2].clone())
    } else if b == t || y == t {
        Some(texts[1].clone())
    } else {
        None
    }
}

/// The tokens without the white space that means nothing in this language.
fn essence(text: &str, language: &Language) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    // For each open bracket: whether a comma stood in it.
    let mut open: Vec<bool> = Vec::new();
    let mut newlines = 0;
    for token in tokens(text, language) {
        let outside = open.is_empty();
        match token.kind {
            Kind::Newline => newlines += 1,
            Kind::Indent | Kind::Space => {
                // Only the white space before the first token of a line is kept, by what follows it.
                if token.kind == Kind::Indent && language.indents && outside {
                    push_lines(&mut out, language, &mut newlines, outside);
                    out.push(token.text.to_owned());
                }
            }
            _ => {
                push_lines(&mut out, language, &mut newlines, outside);
                push_token(&mut out, &mut open, token, language);
            }
        }
    }
    // An indent with nothing behind it is an empty line.
    out.retain(|text| !text.is_empty());
    out
}

fn push_lines(out: &mut Vec<String>, language: &Language, newlines: &mut usize, outside: bool) {
    if *newlines > 0 && language.lines && outside && !out.is_empty() {
        let count = if language.prose { (*newlines).min(2) } else { 1 };
        out.push("\n".repeat(count));
    }
    *newlines = 0;
}

fn push_token(out: &mut Vec<String>, open: &mut Vec<bool>, token: Token<'_>, language: &Language) {
    let mut text = token.text.to_owned();
    match token.text {
        "(" | "[" | "{" if !language.prose => open.push(false),
        ")" | "]" | "}" if !language.prose => {
            let several = open.pop().unwrap_or(false);
            // The comma before the bracket says nothing if another one says that this is a list.
            let commas =
                out.iter().rev().take_while(|t| !"([{".contains(t.as_str())).filter(|t| *t == ",");
            if language.last_comma
                && several
                && commas.count() > 1
                && out.last().is_some_and(|t| t == ",")
            {
                out.pop();
            }
        }
        "," => {
            if let Some(comma) = open.last_mut() {
                *comma = true;
            }
        }
        quoted if token.kind == Kind::Text && language.quotes_alike => {
            let inner = &quoted[1..quoted.len() - 1];
            if quoted.starts_with('\'') && !inner.contains(['"', '\'', '\\', '\n']) {
                text = format!("\"{inner}\"");
            }
        }
        _ => {}
    }
    out.push(text);
}

fn union(
    language: &Language,
    (base, yours, theirs): (&[&str], &[&str], &[&str]),
    around: (Option<&str>, Option<&str>),
) -> Option<String> {
    let ends = |lines: &[&str]| lines.iter().all(|line| line.ends_with('\n'));
    if !ends(base) || !ends(yours) || !ends(theirs) {
        return None;
    }
    let left = insertions(base, yours)?;
    let right = insertions(base, theirs)?;
    let added =
        |gaps: &[Vec<&str>]| gaps.concat().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (new_left, new_right) = (added(&left), added(&right));
    let fits = |lines: &[String]| {
        let counted = lines.iter().filter(|line| !line.trim().is_empty());
        counted.clone().count() > 0 && counted.clone().all(|line| is_entry(line, language))
    };
    if !fits(&new_left) || !fits(&new_right) || clash(&new_left, &new_right) {
        return None;
    }
    let mut out = String::new();
    for (gap, (left, right)) in left.iter().zip(&right).enumerate() {
        let fresh: Vec<&str> = right
            .iter()
            .filter(|line| line.trim().is_empty() || !new_left.iter().any(|known| known == *line))
            .copied()
            .collect();
        let entry = |line: &&str| !line.trim().is_empty() && is_entry(line, language);
        let before = gap.checked_sub(1).map_or(around.0, |at| Some(base[at])).filter(entry);
        let after = base.get(gap).copied().or(around.1).filter(entry);
        out.push_str(&together(left, &fresh, before, after).concat());
        out.push_str(base.get(gap).copied().unwrap_or_default());
    }
    Some(out)
}

/// What was added before each line of the base and at its end; `None` if something of the base is gone.
fn insertions<'a>(base: &[&'a str], side: &[&'a str]) -> Option<Vec<Vec<&'a str>>> {
    let (before, after) = numbered(base, side);
    let mut gaps = vec![Vec::new(); base.len() + 1];
    for Hunk { before, after } in diff(&before, &after) {
        if !before.is_empty() {
            return None;
        }
        gaps[before.start].extend(&side[after]);
    }
    Some(gaps)
}

/// Sorted if both additions with the entries around them are, and there is something to tell it by; else yours before
/// theirs.
fn together<'a>(
    yours: &[&'a str],
    theirs: &[&'a str],
    before: Option<&str>,
    after: Option<&str>,
) -> Vec<&'a str> {
    let mut all: Vec<&str> = yours.iter().chain(theirs).copied().collect();
    let sorted = |lines: &[&str]| {
        let entries = before.into_iter().chain(lines.iter().copied()).chain(after);
        entries.collect::<Vec<_>>().is_sorted()
    };
    let tells = before.is_some() || after.is_some() || (yours.len() > 1 && theirs.len() > 1);
    if tells && sorted(yours) && sorted(theirs) {
        all.sort_unstable();
    }
    all
}

/// A whole import, an element with its comma, an item with its dash, a line of a file that is a list.
fn is_entry(line: &str, language: &Language) -> bool {
    let text = line.trim();
    if language.entries {
        return true;
    }
    if language.prose {
        return text.starts_with("- ") || text.starts_with("* ");
    }
    if !balanced(text, language) {
        return false;
    }
    is_import(text) || text.ends_with(',') || (text.starts_with("- ") && !text.ends_with(':'))
}

fn balanced(text: &str, language: &Language) -> bool {
    let mut depth = 0_i32;
    for token in tokens(text, language) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

fn is_import(text: &str) -> bool {
    let starts = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    let quoted =
        text.len() > 2 && text.starts_with('"') && text[1..].find('"') == Some(text.len() - 2);
    quoted
        || starts(&["import ", "#include ", "@import ", "extern crate "])
        || (text.starts_with("from ") && text.contains(" import ") && !text.ends_with('\\'))
        || (starts(&["use ", "pub use ", "mod ", "pub mod ", "using "]) && text.ends_with(';'))
        || (starts(&["export * ", "export {"]) && text.contains(" from "))
}

/// True if the two sides name one thing in two ways: the same key, or the same name from two imports.
fn clash(yours: &[String], theirs: &[String]) -> bool {
    yours.iter().any(|left| {
        theirs.iter().any(|right| {
            let (left, right) = (left.trim(), right.trim());
            if left == right || left.is_empty() || right.is_empty() {
                return false;
            }
            match (is_import(left), is_import(right)) {
                (true, true) => !bound(left).is_disjoint(&bound(right)),
                (false, false) => key(left).is_some() && key(left) == key(right),
                _ => true,
            }
        })
    })
}

fn key(line: &str) -> Option<&str> {
    let at = line.find([':', '='])?;
    let key = line[..at].trim();
    (!key.is_empty() && !key.contains(['(', '[', '{'])).then_some(key)
}

/// The names that an import brings.
fn bound(line: &str) -> BTreeSet<&str> {
    let names = if let Some((_, names)) =
        line.split_once(" import ").filter(|_| line.starts_with("from "))
    {
        names
    } else if let Some((names, _)) = line.split_once(" from ") {
        names
    } else {
        let path = line.trim_end_matches(';').rsplit([':', '.', '/', ' ']).next().unwrap_or(line);
        return std::iter::once(path.trim_matches(['"', '\'', '<', '>', '}', '{'])).collect();
    };
    names
        .split([',', '{', '}', '(', ')'])
        .map(|name| name.rsplit(" as ").next().unwrap_or(name))
        .map(|name| name.split('#').next().unwrap_or(name).split_whitespace().last().unwrap_or(""))
        .filter(|name| !name.is_empty() && !matches!(*name, "import" | "export" | "type"))
        .collect()
}

/// The most tokens of a side that are looked at.
const MOST: usize = 4000;

fn by_tokens(
    language: &Language,
    base: &[&str],
    yours: &[&str],
    theirs: &[&str],
) -> Option<String> {
    let texts = [base, yours, theirs].map(<[&str]>::concat);
    let [b, y, t] = [&texts[0], &texts[1], &texts[2]].map(|text| tokens(text, language));
    if b.is_empty() || [&b, &y, &t].iter().any(|tokens| tokens.len() > MOST) {
        return None;
    }
    if !alike(&b, &y) || !alike(&b, &t) || indents_differ(language, &b, &y, &t) {
        return None;
    }
    let mut out = String::new();
    // Solid tokens since the last change, and whose that was.
    let mut gap = (usize::MAX, Change::Nobody);
    for chunk in diff3(&b, &y, &t) {
        let tokens = match chunk.change {
            Change::Conflict => return None,
            Change::Theirs => &t[chunk.theirs],
            _ => &y[chunk.yours],
        };
        if chunk.change == Change::Nobody {
            let solid = tokens.iter().filter(|token| !token.is_white()).count();
            gap.0 = gap.0.saturating_add(solid);
        } else {
            let other = gap.1 != chunk.change && gap.1 != Change::Nobody;
            if other && gap.0 < if language.prose { 3 } else { 1 } {
                return None;
            }
            gap = (0, chunk.change);
        }
        tokens.iter().for_each(|token| out.push_str(token.text));
    }
    Some(out)
}

/// True if a side still is the base in most of its words: what was rewritten as a whole is not merged word by word.
fn alike(base: &[Token<'_>], side: &[Token<'_>]) -> bool {
    let words = |tokens: &[Token<'_>]| {
        tokens.iter().filter(|t| matches!(t.kind, Kind::Word | Kind::Text)).count()
    };
    let (before, after) = numbered(base, side);
    let gone: usize = diff(&before, &after).into_iter().map(|hunk| words(&base[hunk.before])).sum();
    gone * 2 <= words(base)
}

/// True where indentation has meaning, one side moves a line to another depth, and the other adds or removes lines.
fn indents_differ(
    language: &Language,
    base: &[Token<'_>],
    yours: &[Token<'_>],
    theirs: &[Token<'_>],
) -> bool {
    if !language.indents {
        return false;
    }
    let changes = |side: &[Token<'_>]| {
        let (before, after) = numbered(base, side);
        let (mut moves, mut lines) = (false, false);
        for hunk in diff(&before, &after) {
            let (old, new) = (&base[hunk.before], &side[hunk.after]);
            let only = |tokens: &[Token<'_>]| tokens.first().is_none_or(|t| t.kind == Kind::Indent);
            let indents = |tokens: &[Token<'_>]| tokens.iter().any(|t| t.kind == Kind::Indent);
            let newlines =
                |tokens: &[Token<'_>]| tokens.iter().filter(|t| t.kind == Kind::Newline).count();
            moves |= (indents(old) || indents(new)) && only(old) && only(new);
            lines |= newlines(old) + newlines(new) > 0;
        }
        (moves, lines)
    };
    let (left, right) = (changes(yours), changes(theirs));
    (left.0 && (right.1 || right.0)) || (right.0 && (left.1 || left.0))
}
