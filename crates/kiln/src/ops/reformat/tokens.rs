//! A text as tokens, without what only its format says.

use super::language::{Language, LastComma, Layout};

/// A token. Equal tokens mean the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Mark(String),
    /// A string with the letters before it, the quotes as far as they matter, and what is in it.
    Text {
        prefix: String,
        quote: String,
        content: String,
    },
    Comment(String),
    /// A blank that means something.
    Blank,
    Newline,
    Indent,
    Dedent,
    /// A line as it is.
    Line(String),
}

/// Marks of several characters, the longer ones first.
const MARKS: [&str; 43] = [
    ">>>=", "===", "!==", "**=", "//=", ">>=", "<<=", ">>>", "...", "&&=", "||=", "??=", "<=>",
    "..=", "=>", "->", "<-", "::", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=",
    "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "//", "??", "?.", ":=", "..", "</",
];

/// Words after which a bracket is no call.
const NO_CALL: [&str; 29] = [
    "and", "as", "assert", "await", "case", "del", "elif", "else", "except", "for", "from", "if",
    "import", "in", "is", "lambda", "let", "match", "mut", "new", "not", "of", "or", "raise",
    "return", "typeof", "while", "with", "yield",
];

/// The lines of a text without blanks at their ends; several empty ones count as one.
pub(super) fn lines(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        let after_empty = out.last().is_none_or(|last| *last == Token::Newline);
        if !line.is_empty() {
            out.push(Token::Line(line.to_owned()));
        } else if !after_empty {
            out.push(Token::Newline);
        }
    }
    while out.last() == Some(&Token::Newline) {
        out.pop();
    }
    out
}

/// The tokens of a text.
pub(super) fn tokens(text: &str, language: &Language) -> Vec<Token> {
    let mut lexer = Lexer {
        rest: text,
        language: *language,
        out: Vec::new(),
        open: Vec::new(),
        indents: vec![0],
        line_start: true,
        apart: true,
    };
    while lexer.step() {}
    while lexer.out.last() == Some(&Token::Newline) {
        lexer.out.pop();
    }
    lexer.out
}

/// An open bracket.
struct Open {
    bracket: char,
    commas: usize,
    /// It follows what is called or indexed.
    call: bool,
}

struct Lexer<'t> {
    rest: &'t str,
    language: Language,
    out: Vec<Token>,
    open: Vec<Open>,
    indents: Vec<usize>,
    line_start: bool,
    /// White space stands before what comes next.
    apart: bool,
}

impl<'t> Lexer<'t> {
    /// Takes one token; false at the end.
    fn step(&mut self) -> bool {
        if self.line_start && self.language.layout == Layout::Python && !self.is_joined() {
            self.indentation();
        }
        self.line_start = false;
        let Some(c) = self.rest.chars().next() else { return false };
        if c == '\n' {
            self.line_end();
        } else if c.is_whitespace() {
            self.take(c.len_utf8());
            self.apart = true;
            return true;
        } else if self.rest.starts_with("\\\n") {
            self.take(2);
            self.apart = true;
            return true;
        } else {
            self.blank(c);
            let taken = self.comment() || self.string(c) || self.pattern(c) || self.word(c);
            if !taken {
                self.mark(c);
            }
            self.apart = false;
        }
        true
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Line ends mean nothing here.
    fn is_joined(&self) -> bool {
        self.open.last().is_some_and(|open| self.language.joins.contains(open.bracket))
    }

    fn line_end(&mut self) {
        self.take(1);
        self.line_start = true;
        self.apart = true;
        let counts = self.language.layout != Layout::Free && !self.is_joined();
        if counts && !matches!(self.out.last(), None | Some(Token::Newline)) {
            self.out.push(Token::Newline);
        }
    }

    /// How deep a line stands, by the lines before it and not by its blanks.
    fn indentation(&mut self) {
        let body = self.rest.trim_start_matches([' ', '\t', '\u{c}']);
        if body.is_empty() || body.starts_with(['\n', '#']) {
            return;
        }
        let blanks = self.take(self.rest.len() - body.len());
        let width = blanks.chars().fold(0, |width, c| match c {
            '\t' => (width / 8 + 1) * 8,
            _ => width + 1,
        });
        if self.indents.last().is_some_and(|last| width > *last) {
            self.indents.push(width);
            self.out.push(Token::Indent);
        }
        while self.indents.len() > 1 && self.indents.last().is_some_and(|last| width < *last) {
            self.indents.pop();
            self.out.push(Token::Dedent);
        }
        if self.indents.last() != Some(&width) {
            // No block stands so deep: nothing is equal to this.
            self.out.push(Token::Line(blanks.to_owned()));
        }
    }

    /// Between selectors a blank means something; not beside marks that part them.
    fn blank(&mut self, next: char) {
        let parts = |text: &str, marks: &str| text.chars().all(|c| marks.contains(c));
        let before = match self.out.last() {
            None | Some(Token::Comment(_)) => return,
            Some(Token::Mark(mark)) => parts(mark, "{};,(>~:"),
            Some(_) => false,
        };
        if self.language.blanks && self.apart && !before && !"{};,)>~".contains(next) {
            self.out.push(Token::Blank);
        }
    }

    fn comment(&mut self) -> bool {
        let markers = self.language.line_comments.iter();
        if let Some(marker) = markers.copied().find(|marker| self.rest.starts_with(marker)) {
            let length = self.rest.find('\n').unwrap_or(self.rest.len());
            let text = self.take(length)[marker.len()..].trim();
            self.out.push(Token::Comment(text.to_owned()));
            return true;
        }
        if !self.language.block_comments || !self.rest.starts_with("/*") {
            return false;
        }
        let length = self.rest[2..].find("*/").map_or(self.rest.len(), |at| at + 4);
        let lines: Vec<&str> = self.take(length).lines().map(str::trim).collect();
        self.out.push(Token::Comment(lines.join("\n")));
        true
    }

    fn string(&mut self, c: char) -> bool {
        if c == '\'' && self.language.characters {
            return self.character();
        }
        if !self.language.strings.contains(c) {
            return false;
        }
        let fence = c.to_string().repeat(3);
        let triple = self.language.triple && c != '`' && self.rest.starts_with(&fence);
        let quote = if triple { fence } else { c.to_string() };
        let Some(length) = closed(&self.rest[quote.len()..], &quote, triple || c == '`') else {
            return false;
        };
        let content = &self.take(length + 2 * quote.len())[quote.len()..][..length];
        let prefix = self.prefix();
        let raw = prefix.contains(['r', 'R']);
        let (quote, content) = if self.language.quotes_alike && c != '`' {
            alike(&quote, content, raw)
        } else {
            (quote, content.to_owned())
        };
        self.out.push(Token::Text { prefix, quote, content });
        true
    }

    /// Letters right before a string belong to it.
    fn prefix(&mut self) -> String {
        match self.out.last() {
            Some(Token::Word(word))
                if self.language.prefixes
                    && !self.apart
                    && word.len() <= 3
                    && word.chars().all(|c| "rRbBuUfFtT".contains(c)) =>
            {
                let word = word.clone();
                self.out.pop();
                word
            }
            _ => String::new(),
        }
    }

    /// One character in single quotes; else the quote is a mark, as of a lifetime.
    fn character(&mut self) -> bool {
        let inner = &self.rest[1..];
        let length = match inner.chars().next() {
            Some('\\') => {
                inner[1..].char_indices().skip(1).find(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
            }
            Some(c) if inner[c.len_utf8()..].starts_with('\'') => Some(c.len_utf8()),
            _ => None,
        };
        let Some(length) = length.filter(|length| !inner[..*length].contains('\n')) else {
            return false;
        };
        let content = self.take(length + 2)[1..=length].to_owned();
        self.out.push(Token::Text { prefix: String::new(), quote: "'".to_owned(), content });
        true
    }

    /// A pattern between slashes, where no division can stand.
    fn pattern(&mut self, c: char) -> bool {
        let opens = match self.out.last() {
            None => true,
            Some(Token::Mark(mark)) => ![")", "]", "}", "<", "</"].contains(&mark.as_str()),
            Some(Token::Word(word)) => NO_CALL.contains(&word.as_str()),
            _ => false,
        };
        if c != '/' || !self.language.patterns || !opens {
            return false;
        }
        let (mut escaped, mut class) = (false, false);
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                '\n' => return false,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => class = true,
                ']' => class = false,
                '/' if !class => {
                    let content = self.take(at + 1).to_owned();
                    let quote = "/".to_owned();
                    self.out.push(Token::Text { prefix: String::new(), quote, content });
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    fn word(&mut self, c: char) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
        if !is_word(c) {
            return false;
        }
        let number = c.is_ascii_digit();
        let inside = |c: char| is_word(c) || (number && c == '.');
        let length = self.rest.find(|c: char| !inside(c)).unwrap_or(self.rest.len());
        let word = self.take(length).to_owned();
        self.out.push(Token::Word(word));
        true
    }

    fn mark(&mut self, c: char) {
        let known = MARKS.iter().find(|mark| self.rest.starts_with(**mark));
        let length = known.map_or(c.len_utf8(), |mark| mark.len());
        match c {
            '(' | '[' | '{' => self.open.push(Open { bracket: c, commas: 0, call: self.calls() }),
            ')' | ']' | '}' => self.close(),
            ',' => self.open.iter_mut().next_back().into_iter().for_each(|open| open.commas += 1),
            _ => {}
        }
        let mark = self.take(length).to_owned();
        self.out.push(Token::Mark(mark));
    }

    /// Whether a bracket here calls or indexes what stands before it.
    fn calls(&self) -> bool {
        match self.out.last() {
            Some(Token::Word(word)) => !NO_CALL.contains(&word.as_str()),
            Some(Token::Mark(mark)) => [")", "]"].contains(&mark.as_str()),
            Some(Token::Text { .. }) => true,
            _ => false,
        }
    }

    /// Before a closing bracket goes the comma that means nothing.
    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let comma = |token: Option<&Token>| token == Some(&Token::Mark(",".to_owned()));
        let before = self.out.len().checked_sub(2).and_then(|at| self.out.get(at));
        let element = match before {
            Some(Token::Mark(mark)) => ![",", "(", "[", "{"].contains(&mark.as_str()),
            before => before.is_some(),
        };
        let list = match (open.bracket, open.call) {
            ('(', call) => call,
            ('[', call) => !call,
            _ => true,
        };
        let free = match self.language.last_comma {
            LastComma::Counts => false,
            LastComma::Free => true,
            LastComma::Tuples => open.commas > 1 || list,
        };
        if free && element && comma(self.out.last()) {
            self.out.pop();
        }
    }
}

/// The length of what stands before the closing quote; none if it does not come, or not on this line.
fn closed(text: &str, quote: &str, several_lines: bool) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == '\n' && !several_lines {
            return None;
        } else if text[at..].starts_with(quote) {
            return Some(at);
        }
    }
    None
}

/// A string as it would stand in double quotes, if the quotes are all that differs.
fn alike(quote: &str, content: &str, raw: bool) -> (String, String) {
    if raw && content.contains(['"', '\'']) {
        return (quote.to_owned(), content.to_owned());
    }
    let mut plain = String::new();
    let mut characters = content.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, characters.peek()) {
            ('\\', Some('"' | '\'')) if !raw => {}
            ('\\', Some(next)) => {
                plain.extend([c, *next]);
                characters.next();
            }
            _ => plain.push(c),
        }
    }
    (quote.replace('\'', "\""), plain)
}
