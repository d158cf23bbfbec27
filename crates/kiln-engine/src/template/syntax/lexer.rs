//! Texts as tokens, as tera reads them, with the places of lines that vanish.

use super::{Range, SyntaxError};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// Text outside of tags, also that of `raw`.
    Text,
    PrintStart,
    PrintEnd,
    TagStart,
    /// True for `-%}`.
    TagEnd(bool),
    Name(String),
    Quoted(String),
    Integer,
    Float,
    Bool,
    Sign(&'static str),
}

#[derive(Debug, Clone)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) range: Range,
}

/// All tokens of a text, and what vanishes with lines that hold one statement or note alone.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) lexemes: Vec<Lexeme>,
    pub(super) vanishing: Vec<Range>,
    pub(super) has_tags: bool,
    /// Some tag trims what is round it with `-`.
    pub(super) trims: bool,
}

const SIGNS: [&str; 33] = [
    "...", "//", "**", "==", "!=", ">=", "<=", "</", "?.", "?[", "+", "-", "*", "/", "%", "!", ".",
    ",", ":", "~", "|", "=", ">", "<", "(", ")", "[", "]", "{", "}", "@", "&", ";",
];

/// The first opener of a tag or note at or after `from`.
fn opens_tag(text: &str, from: usize) -> Option<usize> {
    text.as_bytes()[from..]
        .windows(2)
        .position(|pair| matches!(pair, b"{=" | b"{%" | b"{#"))
        .map(|at| at + from)
}

pub(super) fn tokenize(text: &str) -> Result<Tokens, SyntaxError> {
    let mut lexer = Lexer { text, at: 0, tokens: Tokens::default() };
    lexer.run()?;
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Tokens,
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<(), SyntaxError> {
        while self.at < self.text.len() {
            let Some(open) = opens_tag(self.text, self.at) else {
                self.push(Token::Text, self.at..self.text.len());
                return Ok(());
            };
            if open > self.at {
                self.push(Token::Text, self.at..open);
            }
            self.tokens.has_tags = true;
            self.at = open;
            match self.text.as_bytes()[open + 1] {
                b'#' => self.note()?,
                b'=' => self.tag(Token::PrintStart, "=}")?,
                _ if self.is_named("raw", open + 2).is_some() => self.raw()?,
                _ => {
                    self.tag(Token::TagStart, "%}")?;
                    self.vanish(open, self.at);
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, token: Token, range: Range) {
        self.tokens.lexemes.push(Lexeme { token, range });
    }

    /// The end of the tag that starts before `from`, if it holds only `name`.
    fn is_named(&self, name: &str, from: usize) -> Option<usize> {
        let rest = &self.text[from..];
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_ascii_start();
        let rest = rest.strip_prefix(name)?.trim_ascii_start();
        let rest = rest.strip_prefix('-').unwrap_or(rest).strip_prefix("%}")?;
        Some(self.text.len() - rest.len())
    }

    fn note(&mut self) -> Result<(), SyntaxError> {
        let open = self.at;
        // As tera does, `{#}` is an opener with a brace after it, not a note.
        let from = open + 2 + usize::from(self.text[open + 2..].starts_with('-'));
        let Some(close) = self.text[from..].find("#}") else {
            return Err(SyntaxError::new("the note is not closed", open..open + 2)
                .hint("close it with `#}`, or write `{= \"{#\" =}` for the text `{#`"));
        };
        self.at = from + close + 2;
        self.vanish(open, self.at);
        Ok(())
    }

    fn raw(&mut self) -> Result<(), SyntaxError> {
        let open = self.at;
        let body = self.is_named("raw", open + 2).unwrap_or(open);
        self.vanish(open, body);
        let mut search = body;
        while let Some(close) = self.text[search..].find("{%").map(|at| at + search) {
            if let Some(end) = self.is_named("endraw", close + 2) {
                if close > body {
                    self.push(Token::Text, body..close);
                }
                self.vanish(close, end);
                self.at = end;
                return Ok(());
            }
            search = close + 2;
        }
        Err(SyntaxError::new("`raw` is not closed", open..body)
            .hint("close it with `{% endraw %}`"))
    }

    /// Notes the blanks and the line end round a tag that stands alone on its lines. One that trims with `-` is left
    /// to tera.
    fn vanish(&mut self, open: usize, close: usize) {
        let bytes = self.text.as_bytes();
        if bytes[open + 2] == b'-' || bytes[close - 3] == b'-' {
            self.tokens.trims = true;
            return;
        }
        let start = self.text[..open].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[close..].find('\n').map_or(self.text.len(), |at| close + at + 1);
        let blank = |text: &str| text.chars().all(|c| c == ' ' || c == '\t' || c == '\n');
        if blank(&self.text[start..open]) && blank(&self.text[close..end]) {
            self.tokens.vanishing.extend((start < open).then_some(start..open));
            self.tokens.vanishing.extend((close < end).then_some(close..end));
        }
    }

    fn tag(&mut self, start: Token, end: &'static str) -> Result<(), SyntaxError> {
        let open = self.at;
        self.at += 2;
        let trims = self.text[self.at..].starts_with('-');
        self.tokens.trims |= trims;
        self.at += usize::from(trims);
        self.push(start.clone(), open..self.at);
        loop {
            let rest = &self.text[self.at..];
            self.at += rest.len() - rest.trim_ascii_start().len();
            let rest = &self.text[self.at..];
            let trims = rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(end));
            self.tokens.trims |= trims;
            if trims || rest.starts_with(end) {
                let close = self.at + 2 + usize::from(trims);
                let token =
                    if start == Token::PrintStart { Token::PrintEnd } else { Token::TagEnd(trims) };
                self.push(token, self.at..close);
                self.at = close;
                return Ok(());
            }
            if rest.is_empty() {
                return Err(SyntaxError::new("the tag is not closed", open..open + 2)
                    .hint(format!("close it with `{end}`")));
            }
            self.inside(rest)?;
        }
    }

    fn inside(&mut self, rest: &str) -> Result<(), SyntaxError> {
        let start = self.at;
        let first = rest.as_bytes()[0];
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.at += sign.len();
            self.push(Token::Sign(sign), start..self.at);
        } else if matches!(first, b'"' | b'\'' | b'`') {
            let (value, length) = string(rest, start)?;
            self.at += length;
            self.push(Token::Quoted(value), start..self.at);
        } else if first.is_ascii_digit() {
            let mut dots = 0;
            let length = rest
                .bytes()
                .take_while(|byte| {
                    dots += usize::from(*byte == b'.');
                    byte.is_ascii_digit() || (*byte == b'.' && dots == 1)
                })
                .count();
            self.at += length;
            let number = &rest[..length];
            let token = if number.contains('.') { Token::Float } else { Token::Integer };
            if token == Token::Integer && number.parse::<i64>().is_err() {
                return Err(SyntaxError::new("the number is too large", start..self.at));
            }
            self.push(token, start..self.at);
        } else if first == b'_' || first.is_ascii_alphabetic() {
            let length = rest
                .bytes()
                .take_while(|byte| *byte == b'_' || byte.is_ascii_alphanumeric())
                .count();
            self.at += length;
            let token = match &rest[..length] {
                "true" | "True" | "false" | "False" => Token::Bool,
                name => Token::Name(name.to_owned()),
            };
            self.push(token, start..self.at);
        } else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            let range = start..start + length;
            return Err(SyntaxError::new(
                format!("`{}` is not expected here", &rest[..length]),
                range,
            ));
        }
        Ok(())
    }
}

/// The text in quotes at the start of `rest`, and its length with them.
fn string(rest: &str, at: usize) -> Result<(String, usize), SyntaxError> {
    let quote = rest.as_bytes()[0] as char;
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((offset, c)) = chars.next() {
        if c == quote {
            return Ok((value, offset + 1));
        }
        if c != '\\' {
            value.push(c);
            continue;
        }
        match chars.next() {
            Some((_, escaped @ ('"' | '\'' | '/' | '\\'))) => value.push(escaped),
            Some((_, 'n')) => value.push('\n'),
            Some((_, 't')) => value.push('\t'),
            Some((_, 'r')) => value.push('\r'),
            _ => {
                let range = at + offset..at + offset + 1;
                return Err(SyntaxError::new("this escape is not known", range)
                    .hint("known ones are \\n, \\t, \\r, \\\\, \\\" and \\'"));
            }
        }
    }
    Err(SyntaxError::new(format!("the text that `{quote}` opens is not closed"), at..at + 1))
}
