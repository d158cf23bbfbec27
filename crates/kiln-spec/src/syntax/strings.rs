//! Quoted and raw texts, on one line and on several.

use super::Scalar;
use super::characters::{describe, is_forbidden, is_newline, is_space};
use super::reader::Reader;

impl Reader<'_> {
    /// `"…"` or `"""…"""`.
    pub(super) fn quoted(&mut self) -> Scalar {
        if self.eat("\"\"\"") {
            return self.block_text(self.at - 3, "\"\"\"", true);
        }
        let start = self.at;
        self.at += 1;
        loop {
            match self.bump() {
                Some('"') => break,
                Some('\\') => self.skip_escaped(),
                Some(c) if !is_newline(c) => {}
                _ => return self.unclosed_text(start, "\""),
            }
        }
        self.unescape(start, self.text[start + 1..self.at - 1].to_owned())
    }

    /// Behind a backslash: one character, or space that may go over lines.
    fn skip_escaped(&mut self) {
        match self.peek() {
            Some(c) if is_space(c) || is_newline(c) => {
                self.eat_while(|c| is_space(c) || is_newline(c));
            }
            _ => {
                self.bump();
            }
        }
    }

    /// `#"…"#` or `#"""…"""#`, with any number of `#`.
    pub(super) fn raw(&mut self) -> Scalar {
        let start = self.at;
        let hashes = self.eat_while(|c| c == '#');
        if self.eat("\"\"\"") {
            return self.block_text(start, &format!("\"\"\"{hashes}"), false);
        }
        self.at += 1;
        let close = format!("\"{hashes}");
        let body = self.rest();
        let line_end = body.find(is_newline).unwrap_or(body.len());
        match body[..line_end].find(&close) {
            Some(end) => {
                self.at += end + close.len();
                self.checked(start, body[..end].to_owned())
            }
            None => self.unclosed_text(start, &close),
        }
    }

    fn unclosed_text(&mut self, start: usize, close: &str) -> Scalar {
        let line = &self.text[start..];
        self.at = start + line.find(is_newline).unwrap_or(line.len());
        let span = self.span_from(start);
        self.report(
            "unclosed-text",
            span,
            format!("the text is not closed by `{close}` on its line"),
            Some(
                "a text of several lines stands between `\"\"\"` on lines of their own".to_owned(),
            ),
        );
        self.give_up();
        Scalar::Invalid
    }

    /// A text of several lines, from behind its opening quotes.
    fn block_text(&mut self, start: usize, close: &str, escapes: bool) -> Scalar {
        if !self.peek().is_some_and(is_newline) {
            return self.unclosed_text(start, close);
        }
        self.newline();
        let body_start = self.at;
        let Some(end) = self.find_close(close, escapes) else {
            self.at = body_start;
            let span = self.span_from(start);
            self.report(
                "unclosed-text",
                span,
                format!("the text is not closed by `{close}`"),
                None,
            );
            self.give_up();
            return Scalar::Invalid;
        };
        let raw = &self.text[body_start..end];
        self.at = end + close.len();
        let body = if escapes { without_escaped_space(raw) } else { raw.to_owned() };
        match dedent(&body) {
            Ok(body) if escapes => self.unescape(start, body),
            Ok(body) => self.checked(start, body),
            Err(message) => {
                let span = self.span_from(start);
                self.report("bad-indentation", span, message, None);
                Scalar::Invalid
            }
        }
    }

    fn find_close(&mut self, close: &str, escapes: bool) -> Option<usize> {
        while self.at < self.text.len() {
            if self.rest().starts_with(close) {
                return Some(self.at);
            }
            if self.bump() == Some('\\') && escapes {
                self.bump();
            }
        }
        None
    }

    fn unescape(&mut self, start: usize, body: String) -> Scalar {
        if !body.contains('\\') {
            return self.checked(start, body);
        }
        match unescape(&body) {
            Ok(text) => self.checked(start, text),
            Err(escape) => {
                let span = self.span_from(start);
                self.report(
                    "unknown-escape",
                    span,
                    format!("`{escape}` is no escape"),
                    Some("write a backslash twice, or use a raw text: `#\"…\"#`".to_owned()),
                );
                Scalar::Invalid
            }
        }
    }

    /// Escapes may not bring in what may not be written: it would end up in generated files.
    fn checked(&mut self, start: usize, text: String) -> Scalar {
        let Some(forbidden) = text.chars().find(|c| is_forbidden(*c)) else {
            return Scalar::Text(text);
        };
        let span = self.span_from(start);
        let message = format!("the text holds {}", describe(forbidden));
        self.report("forbidden-character", span, message, None);
        Scalar::Invalid
    }
}

/// Backslashes before space take the space with them.
fn without_escaped_space(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let trimmed = after.trim_start_matches(|c| is_space(c) || is_newline(c));
        if trimmed.len() < after.len() {
            rest = trimmed;
        } else {
            let kept = after.chars().next().map_or(0, char::len_utf8);
            text.push_str(&rest[at..at + 1 + kept]);
            rest = &after[kept..];
        }
    }
    text.push_str(rest);
    text
}

/// Takes the space before the closing quotes off every line.
fn dedent(body: &str) -> Result<String, &'static str> {
    let unix = body.replace("\r\n", "\n");
    let mut lines: Vec<&str> = unix.split(is_newline).collect();
    let prefix = lines.pop().unwrap_or_default();
    if !prefix.chars().all(is_space) {
        return Err("the closing quotes stand on a line of their own");
    }
    let mut text = Vec::with_capacity(lines.len());
    for line in lines {
        if line.chars().all(is_space) {
            text.push("");
        } else {
            let rest = line.strip_prefix(prefix);
            text.push(rest.ok_or("a line is indented less than the closing quotes")?);
        }
    }
    Ok(text.join("\n"))
}

/// Resolves escapes. The error is the escape that is none.
fn unescape(body: &str) -> Result<String, String> {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let Some(c) = after.chars().next() else { return Err("\\".to_owned()) };
        rest = &after[c.len_utf8()..];
        match c {
            '\\' | '"' => text.push(c),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            's' => text.push(' '),
            'u' => {
                let (c, remaining) = code_point(rest).ok_or_else(|| "\\u".to_owned())?;
                text.push(c);
                rest = remaining;
            }
            _ if is_space(c) || is_newline(c) => {
                rest = rest.trim_start_matches(|c| is_space(c) || is_newline(c));
            }
            _ => return Err(format!("\\{c}")),
        }
    }
    text.push_str(rest);
    Ok(text)
}

/// `{1f600}` at the start of `text`.
fn code_point(text: &str) -> Option<(char, &str)> {
    let (digits, rest) = text.strip_prefix('{')?.split_once('}')?;
    let valid = (1..=6).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_hexdigit());
    let code = valid.then(|| u32::from_str_radix(digits, 16).ok()).flatten()?;
    char::from_u32(code).map(|c| (c, rest))
}
