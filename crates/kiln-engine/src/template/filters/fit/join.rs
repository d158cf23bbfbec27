//! Lines of one bracket group as one line.

use super::super::super::language::Language;

/// What the characters of some lines mean, as far as brackets go.
#[derive(Debug, Default)]
struct Reader {
    /// Open brackets, and those of open `${` in template texts.
    open: Vec<char>,
    /// The fewest brackets that were open after one closed.
    lowest: usize,
    quote: Option<Quote>,
    /// A note was met, or a text over several lines: neither can be joined.
    stuck: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Quote {
    with: char,
    triple: bool,
}

impl Reader {
    fn line(&mut self, line: &str, language: Language) {
        let chars: Vec<char> = line.chars().collect();
        let mut at = 0;
        while at < chars.len() {
            at += self.take(&chars, at, language);
        }
        match self.quote {
            Some(quote) if quote.triple || quote.with == '`' => self.stuck = true,
            _ => self.quote = None,
        }
    }

    /// Reads on at `at`; how many characters that took.
    fn take(&mut self, chars: &[char], at: usize, language: Language) -> usize {
        let c = chars[at];
        let is = |offset: usize, wanted: char| chars.get(at + offset) == Some(&wanted);
        if let Some(quote) = self.quote {
            if c == '\\' {
                return 2;
            }
            let closes = c == quote.with && (!quote.triple || (is(1, c) && is(2, c)));
            if closes {
                self.quote = None;
                return if quote.triple { 3 } else { 1 };
            }
            return 1;
        }
        let script = language == Language::Script;
        match c {
            '"' | '\'' | '`' if c != '`' || script => {
                let triple = !script && is(1, c) && is(2, c);
                // An apostrophe between letters is one of running text in a tag.
                let word = |at: Option<&char>| at.is_some_and(|c| c.is_alphabetic());
                let apostrophe = script
                    && c == '\''
                    && word(at.checked_sub(1).and_then(|at| chars.get(at)))
                    && word(chars.get(at + 1));
                if !apostrophe {
                    self.quote = Some(Quote { with: c, triple });
                }
                if triple { 3 } else { 1 }
            }
            '#' if language != Language::Script => {
                self.stuck = true;
                chars.len() - at
            }
            '/' if language != Language::Python && (is(1, '/') || is(1, '*')) => {
                self.stuck = true;
                chars.len() - at
            }
            '(' | '[' | '{' => {
                self.open.push(c);
                1
            }
            ')' | ']' | '}' => {
                self.open.pop();
                self.lowest = self.lowest.min(self.open.len());
                1
            }
            _ => 1,
        }
    }
}

/// True if the line opens a tag and does not close it.
fn opens_tag(line: &str, language: Language) -> bool {
    let rest = line.trim_start();
    language == Language::Script
        && rest.starts_with('<')
        && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic())
        && !rest.trim_end().ends_with('>')
        && rest[1..].chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// The line after the group that starts at `start`.
pub(super) fn group_end(lines: &[&str], start: usize, language: Language) -> usize {
    if opens_tag(lines[start], language) {
        let margin = |line: &str| line.len() - line.trim_start().len();
        let own = margin(lines[start]);
        let closes = |line: &str| margin(line) == own && line.trim_start().starts_with(['/', '>']);
        let end = (start + 1..lines.len()).find(|at| closes(lines[*at]));
        return end.map_or(start + 1, |at| at + 1);
    }
    let mut reader = Reader::default();
    for (at, line) in lines.iter().enumerate().skip(start) {
        reader.lowest = usize::MAX;
        reader.line(line, language);
        // `): void {` ends a head; what follows is the body.
        let ends_head = reader.lowest == 0
            && reader.open == ['{']
            && language == Language::Script
            && line.trim_start().starts_with([')', '}'])
            && line.contains(')')
            && line.trim_end().ends_with('{');
        if (reader.open.is_empty() && reader.quote.is_none()) || ends_head {
            return at + 1;
        }
    }
    lines.len()
}

/// The lines of one group as one, if they may become one.
pub(super) fn join(lines: &[&str], language: Language) -> Option<String> {
    if lines.len() < 2 {
        return None;
    }
    let mut reader = Reader::default();
    lines.iter().for_each(|line| reader.line(line, language));
    if reader.stuck || lines.iter().any(|line| line.trim_end().ends_with('\\')) {
        return None;
    }
    if opens_tag(lines[0], language) {
        return join_tag(lines);
    }
    let one = lines[0].trim_end().to_owned();
    let mut joiner = Joiner { one, language, elements: Vec::new() };
    joiner.note_open();
    for line in &lines[1..] {
        let line = line.trim();
        if !line.is_empty() {
            joiner.add(line)?;
        }
    }
    Some(joiner.one)
}

fn join_tag(lines: &[&str]) -> Option<String> {
    let mut one = lines[0].trim_end().to_owned();
    for line in &lines[1..] {
        let line = line.trim();
        // Attributes over several lines hold code of their own.
        if line.ends_with(['{', '(', '[']) || line.ends_with("=>") {
            return None;
        }
        if line != ">" {
            one.push(' ');
        }
        one.push_str(line);
    }
    Some(one)
}

/// Words of statements after which Python's parentheses are only there to break the line.
const BARE: [&str; 7] = ["=", "return", "if", "elif", "while", "in", "assert"];

struct Joiner {
    one: String,
    language: Language,
    /// For each bracket that a line ends with: where it stands, and how many lines of elements came since.
    elements: Vec<(usize, usize)>,
}

impl Joiner {
    fn note_open(&mut self) {
        if self.one.ends_with(['(', '[', '{']) {
            self.elements.push((self.one.len() - 1, 0));
        }
    }

    fn add(&mut self, line: &str) -> Option<()> {
        if line.starts_with([')', ']', '}']) {
            self.close(line)?;
        } else {
            if let Some((_, count)) = self.elements.last_mut() {
                *count += 1;
            }
            if self.opens_block() {
                return None;
            }
            let spaced = match self.one.chars().last() {
                Some('(' | '[') => false,
                Some('{') => self.language == Language::Script,
                _ => !line.starts_with('.') || self.language != Language::Script,
            };
            if spaced {
                self.one.push(' ');
            }
            self.one.push_str(line);
        }
        self.note_open();
        Some(())
    }

    fn close(&mut self, line: &str) -> Option<()> {
        let (open, count) = self.elements.pop()?;
        let comma = self.one.ends_with(',');
        if self.one.len() == open + 1 {
            self.one.push_str(line);
            return Some(());
        }
        let ends = self.one.ends_with(',')
            || (self.language == Language::Script && self.one.ends_with(';'));
        let keeps = comma && count == 1 && self.language == Language::Python && self.is_tuple(open);
        if ends && !keeps {
            self.one.pop();
        }
        if line.starts_with('}') && self.language == Language::Script {
            self.one.push(' ');
        }
        let rest = &line[1..];
        if !comma && self.is_bare(open, rest) {
            self.one.remove(open);
            self.one.push_str(rest);
        } else {
            self.one.push_str(line);
        }
        Some(())
    }

    /// True if the bracket makes a tuple of one element, which keeps its comma.
    fn is_tuple(&self, open: usize) -> bool {
        let before = self.one[..open].trim_end();
        let called = before
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']'))
            && before.len() == open;
        match self.one.as_bytes()[open] {
            b'(' => !called,
            b'[' => called,
            _ => false,
        }
    }

    /// True if the parentheses are only there to break the line.
    fn is_bare(&self, open: usize, rest: &str) -> bool {
        let before = self.one[..open].trim();
        self.language == Language::Python
            && self.one.as_bytes()[open] == b'('
            && self.one[..open].ends_with(' ')
            && matches!(rest, "" | ":")
            && self.elements.is_empty()
            && BARE.iter().any(|word| before == *word || before.ends_with(&format!(" {word}")))
            && !self.one[open..].contains(":=")
            && !self.one[open..].starts_with("(yield")
    }

    /// True if the last brace opens a body of statements, which formatters never join.
    fn opens_block(&self) -> bool {
        if self.language != Language::Script || !self.one.ends_with('{') {
            return false;
        }
        let before = self.one[..self.one.len() - 1].trim_end();
        let statement = self.one.trim_start();
        let keyword = [
            "interface ",
            "class ",
            "enum ",
            "export interface ",
            "export class ",
            "export enum ",
            "export default class ",
            "abstract class ",
            "export const enum ",
        ];
        before.ends_with(')')
            || before.ends_with("=>")
            || [" else", " try", " finally", " do"].iter().any(|word| before.ends_with(word))
            || ["else", "try", "finally", "do"].contains(&before)
            || keyword.iter().any(|word| statement.starts_with(word))
    }
}
