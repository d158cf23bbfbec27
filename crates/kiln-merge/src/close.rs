//! Merging within a conflict of lines: what is only reformatted, lists and imports that both sides lengthen, and
//! changes of different tokens. Whatever is doubtful stays a conflict.

use std::collections::BTreeSet;

use crate::diff::{Hunk, diff};
use crate::language::{Kind, Language, Token, tokens};
use crate::lines::{Change, chunks, numbered};

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
    if y == t && !y.is_empty() {
        return Some(texts[1].clone());
    }
    // Empty lines that come into nothing are no matter of form.
    match (b == y, b == t) {
        _ if b.is_empty() => None,
        (true, _) => Some(texts[2].clone()),
        (_, true) => Some(texts[1].clone()),
        _ => None,
    }
}

/// The tokens without the white space that means nothing in this language.
fn essence(text: &str, language: &Language) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    // For each open bracket: whether a comma stood in it.
    let mut open: Vec<bool> = Vec::new();
    let mut newlines = 0;
    // A comment ends with its line, wherever line ends have a meaning.
    let mut comment = false;
    let all = tokens(text, language);
    for (at, token) in all.iter().copied().enumerate() {
        let outside = open.is_empty();
        comment |= opens_comment(&all, at, language);
        match token.kind {
            Kind::Newline if comment => {
                out.push("\n".to_owned());
                (comment, newlines) = (false, 0);
            }
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
    if language.indents && language.quotes_alike {
        unwrap_imports(&mut out);
    }
    out
}

/// Brackets round the names of a Python import, and the comma behind the last one, are there for long lines only.
fn unwrap_imports(tokens: &mut Vec<String>) {
    let mut at = 0;
    while let Some(found) =
        tokens[at..].windows(2).position(|two| two[0] == "import" && two[1] == "(")
    {
        let open = at + found + 1;
        at = open;
        let Some(length) = tokens[open..].iter().position(|token| token == ")") else { return };
        let close = open + length;
        tokens.remove(close);
        if tokens[close - 1] == "," {
            tokens.remove(close - 1);
        }
        tokens.remove(open);
    }
}

/// True if a comment up to the end of the line begins with this token.
fn opens_comment(tokens: &[Token<'_>], at: usize, language: &Language) -> bool {
    let text = tokens[at].text;
    let next = tokens.get(at + 1).map_or("", |token| token.text);
    if language.prose || tokens[at].kind == Kind::Text {
        return false;
    }
    text.starts_with("//")
        || (text == "/" && next.starts_with('/'))
        || text == "#"
        || (text == "-" && next == "-")
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
    let left = edits(base, yours);
    let right = edits(base, theirs);
    let added =
        |edits: &Edits<'_>| edits.added.concat().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (new_left, new_right) = (added(&left), added(&right));
    let (mut seen, mut gone) = (0, [0, 0]);
    for (at, line) in base.iter().enumerate() {
        let removed = [left.removed[at], right.removed[at]];
        seen += usize::from(removed[0] || removed[1]);
        gone[0] += usize::from(removed[0]);
        gone[1] += usize::from(removed[1]);
        // What one side put another line in the place of, the other must have left alone.
        let replaced = [left.replaced[at], right.replaced[at]];
        if (replaced[0] && removed[1]) || (replaced[1] && removed[0]) {
            return None;
        }
        if (removed[0] || removed[1]) && !line.trim().is_empty() && !is_entry(line, language) {
            return None;
        }
    }
    let fits = |lines: &[String], gone: usize| {
        let counted = lines.iter().filter(|line| !line.trim().is_empty()).count();
        (counted > 0 || (gone > 0 && lines.is_empty())) && are_entries(lines, language)
    };
    if !fits(&new_left, gone[0]) || !fits(&new_right, gone[1]) || clash(&new_left, &new_right) {
        return None;
    }
    // A line that one side takes out and the other brings in anew, under the same name.
    let taken_out = |removed: &[bool], new: &[String]| {
        let lines = base.iter().zip(removed).filter(|(_, removed)| **removed);
        let lines: Vec<String> = lines.map(|(line, _)| (*line).to_owned()).collect();
        !lines.is_empty() && (clash(&lines, new) || lines.iter().any(|line| new.contains(line)))
    };
    if seen > 0 && (taken_out(&left.removed, &new_right) || taken_out(&right.removed, &new_left)) {
        return None;
    }
    let mut out = String::new();
    for gap in 0..=base.len() {
        let (left_new, right_new) = (&left.added[gap], &right.added[gap]);
        let fresh: Vec<&str> = right_new
            .iter()
            .filter(|line| line.trim().is_empty() || !new_left.iter().any(|known| known == *line))
            .copied()
            .collect();
        let entry = |line: &&str| !line.trim().is_empty() && is_entry(line, language);
        let before = gap.checked_sub(1).map_or(around.0, |at| Some(base[at])).filter(entry);
        let after = base.get(gap).copied().or(around.1).filter(entry);
        out.push_str(&together(left_new, &fresh, before, after).concat());
        if gap < base.len() && !left.removed[gap] && !right.removed[gap] {
            out.push_str(base[gap]);
        }
    }
    Some(out)
}

/// What a side did to the lines of the base.
struct Edits<'a> {
    /// What it added before each line and at the end.
    added: Vec<Vec<&'a str>>,
    removed: Vec<bool>,
    /// Removed, and other lines stand there.
    replaced: Vec<bool>,
}

fn edits<'a>(base: &[&'a str], side: &[&'a str]) -> Edits<'a> {
    let (before, after) = numbered(base, side);
    let mut edits = Edits {
        added: vec![Vec::new(); base.len() + 1],
        removed: vec![false; base.len()],
        replaced: vec![false; base.len()],
    };
    for Hunk { before, after } in diff(&before, &after) {
        edits.added[before.start].extend(&side[after.clone()]);
        edits.removed[before.clone()].fill(true);
        edits.replaced[before].fill(!after.is_empty());
    }
    edits
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

/// True if each line is an entry of its own, or goes on with the entry of a list in prose that begins above it.
fn are_entries(lines: &[String], language: &Language) -> bool {
    let mut in_item = false;
    lines.iter().all(|line| {
        let text = line.trim();
        if language.prose && in_item && line.starts_with("  ") && !text.is_empty() {
            return true;
        }
        in_item = text.starts_with("- ") || text.starts_with("* ");
        text.is_empty() || is_entry(line, language)
    })
}

/// A whole import, an element with its comma, an item with its dash, a line of a file that is a list.
fn is_entry(line: &str, language: &Language) -> bool {
    let text = line.trim();
    if language.entries {
        return true;
    }
    if language.prose {
        let row = text.len() > 1 && text.starts_with('|') && text.ends_with('|');
        return row || text.starts_with("- ") || text.starts_with("* ");
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
    if let Some(row) = line.strip_prefix('|') {
        return row.split('|').next().map(str::trim);
    }
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
    } else if let Some(path) =
        line.strip_prefix("import ").filter(|rest| rest.starts_with(['"', '\'']))
    {
        return std::iter::once(path.trim_end_matches(';').trim_matches(['"', '\''])).collect();
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
    let (left, right) = (by_lines(base, yours, &b, &y), by_lines(base, theirs, &b, &t));
    if !alike(&b, &left)
        || !alike(&b, &right)
        || indents_differ(language, &b, (&y, &left), (&t, &right))
        || comments_differ(language, &b, (&y, &left), (&t, &right))
    {
        return None;
    }
    let mut out = String::new();
    // Solid tokens since the last change, and whose that was.
    let mut gap = (usize::MAX, Change::Nobody);
    for chunk in chunks(&b, (&y, &left), (&t, &right)) {
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

/// The changes of tokens: lines are laid beside each other first, so that a word never meets one of another line.
fn by_lines(base: &[&str], side: &[&str], old: &[Token<'_>], new: &[Token<'_>]) -> Vec<Hunk> {
    let (before, after) = numbered(base, side);
    let (starts, ends) = (line_starts(base, old), line_starts(side, new));
    let (old, new) = numbered(old, new);
    let mut hunks: Vec<Hunk> = Vec::new();
    for lines in diff(&before, &after) {
        let (from, to) = (starts[lines.before.start], starts[lines.before.end]);
        let (from_new, to_new) = (ends[lines.after.start], ends[lines.after.end]);
        for inner in diff(&old[from..to], &new[from_new..to_new]) {
            let before = from + inner.before.start..from + inner.before.end;
            let after = from_new + inner.after.start..from_new + inner.after.end;
            hunks.push(Hunk { before, after });
        }
    }
    hunks
}

/// For each line and the end, the first token; a token of several lines begins on its first one.
fn line_starts(lines: &[&str], tokens: &[Token<'_>]) -> Vec<usize> {
    let mut starts = Vec::with_capacity(lines.len() + 1);
    let (mut token, mut at, mut line_at) = (0, 0, 0);
    for line in lines {
        while token < tokens.len() && at < line_at {
            at += tokens[token].text.len();
            token += 1;
        }
        starts.push(token);
        line_at += line.len();
    }
    starts.push(tokens.len());
    starts
}

/// True if a side still is the base in most of its words: what was rewritten as a whole is not merged word by word.
fn alike(base: &[Token<'_>], hunks: &[Hunk]) -> bool {
    let words = |tokens: &[Token<'_>]| {
        tokens.iter().filter(|t| matches!(t.kind, Kind::Word | Kind::Text)).count()
    };
    let gone: usize = hunks.iter().map(|hunk| words(&base[hunk.before.clone()])).sum();
    gone * 2 <= words(base)
}

/// A side by tokens, and how it differs from the base.
type Tokens<'a, 'b> = (&'a [Token<'b>], &'a [Hunk]);

/// True if one side makes a comment of something or takes a comment up, and the other one breaks or joins lines: what
/// then stands in the comment nobody meant.
fn comments_differ(
    language: &Language,
    base: &[Token<'_>],
    yours: Tokens<'_, '_>,
    theirs: Tokens<'_, '_>,
) -> bool {
    let comments = |tokens: &[Token<'_>]| {
        (0..tokens.len()).filter(|&at| opens_comment(tokens, at, language)).count()
    };
    let before = comments(base);
    let changes = |(side, hunks): Tokens<'_, '_>| {
        let breaks = |tokens: &[Token<'_>]| tokens.iter().any(|t| t.text.contains('\n'));
        let lines = hunks
            .iter()
            .any(|hunk| breaks(&base[hunk.before.clone()]) || breaks(&side[hunk.after.clone()]));
        (comments(side) != before, lines)
    };
    let (left, right) = (changes(yours), changes(theirs));
    (left.0 && (right.1 || right.0)) || (right.0 && left.1)
}

/// True where indentation has meaning, one side moves a line to another depth, and the other adds or removes lines.
fn indents_differ(
    language: &Language,
    base: &[Token<'_>],
    yours: Tokens<'_, '_>,
    theirs: Tokens<'_, '_>,
) -> bool {
    if !language.indents {
        return false;
    }
    let changes = |(side, hunks): Tokens<'_, '_>| {
        let (mut moves, mut lines) = (false, false);
        for hunk in hunks {
            let (old, new) = (&base[hunk.before.clone()], &side[hunk.after.clone()]);
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
