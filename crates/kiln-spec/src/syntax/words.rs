//! Single values: bare words, numbers and keywords, with what to do about those that are none.

use kiln_base::{Span, nearest};

use super::Scalar;
use super::characters::{is_newline, is_space, is_word};
use super::reader::Reader;

/// What to do with a text in the older KDL.
pub(super) const CONVERT: &str = "in KDL v2 `true`, `false` and `null` are `#true`, `#false` and `#null`, and `r\"…\"` is `#\"…\"#`";

const KEYWORDS: [&str; 3] = ["true", "false", "null"];

impl Reader<'_> {
    /// Reads one value. The flag says that it is text, so a property may be named by it.
    pub(super) fn value(&mut self) -> (Scalar, bool) {
        let start = self.at;
        let scalar = match self.peek() {
            Some('"') => self.quoted(),
            Some('#') => self.hashed(),
            Some(c) if is_word(c) => return self.bare(),
            _ => {
                self.refuse_run(start);
                return (Scalar::Invalid, false);
            }
        };
        if !self.broken && !self.at_terminator() {
            self.refuse_run(start);
            return (Scalar::Invalid, false);
        }
        let text = matches!(scalar, Scalar::Text(_) | Scalar::Invalid);
        (scalar, text)
    }

    /// Whether a value may end here.
    fn at_terminator(&self) -> bool {
        let rest = self.rest();
        match self.peek() {
            None | Some(';' | '{' | '}' | ')' | '=') => true,
            Some('/') => rest.starts_with("//") || rest.starts_with("/*"),
            Some('\\') => {
                let after = rest[1..].trim_start_matches(is_space);
                after.is_empty() || after.starts_with(is_newline) || after.starts_with('/')
            }
            Some(c) => is_space(c) || is_newline(c),
        }
    }

    fn bare(&mut self) -> (Scalar, bool) {
        let start = self.at;
        let word = self.eat_while(is_word);
        if !self.at_terminator() {
            self.refuse_run(start);
            return (Scalar::Invalid, false);
        }
        let span = self.span_from(start);
        if KEYWORDS.contains(&word) || matches!(word, "inf" | "-inf" | "nan") {
            self.report(
                "bare-keyword",
                span,
                format!("a bare `{word}` is not KDL v2"),
                Some(if KEYWORDS.contains(&word) {
                    format!("write `#{word}`, or `\"{word}\"` if the text is meant")
                } else {
                    format!("quote it: `\"{word}\"`")
                }),
            );
            return (Scalar::Invalid, false);
        }
        let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
        let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
        if digits.starts_with(|c: char| c.is_ascii_digit()) {
            return (self.number(word, span), false);
        }
        (Scalar::Text(word.to_owned()), true)
    }

    fn number(&mut self, word: &str, span: Span) -> Scalar {
        match classify(word) {
            Number::Int(value) => return Scalar::Int(value),
            Number::TooLarge => self.report(
                "number-too-large",
                span,
                format!("`{word}` does not fit into 64 bits"),
                Some(format!("quote it if it is a text: `\"{word}\"`")),
            ),
            Number::Float => self.report(
                "fraction",
                span,
                format!("`{word}` is no whole number; kiln has no other ones"),
                Some(format!("quote it if it is a text: `\"{word}\"`")),
            ),
            Number::None => self.report(
                "bare-word",
                span,
                format!("the word `{word}` starts like a number"),
                Some(format!("quote it: `\"{word}\"`")),
            ),
        }
        Scalar::Invalid
    }

    /// `#…`: a raw text or a keyword.
    fn hashed(&mut self) -> Scalar {
        let start = self.at;
        if self.rest().trim_start_matches('#').starts_with('"') {
            return self.raw();
        }
        self.at += 1;
        let word = self.eat_while(is_word);
        match word {
            "true" => return Scalar::Bool(true),
            "false" => return Scalar::Bool(false),
            "null" => return Scalar::Null,
            _ if !self.at_terminator() => return Scalar::Invalid,
            _ => {}
        }
        let span = self.span_from(start);
        if matches!(word, "inf" | "-inf" | "nan") {
            let message = format!("`#{word}` is no whole number; kiln has no other ones");
            self.report("fraction", span, message, None);
            return Scalar::Invalid;
        }
        let message = format!("`#{word}` is no value; there are `#true`, `#false` and `#null`");
        let lower = word.to_lowercase();
        let hint = KEYWORDS
            .iter()
            .find(|keyword| **keyword == lower)
            .map(|keyword| format!("write `#{keyword}`"))
            .or_else(|| nearest(word, KEYWORDS).map(|near| format!("did you mean `#{near}`?")))
            .unwrap_or_else(|| format!("quote it if it is a text: `\"#{word}\"`"));
        self.report("unknown-keyword", span, message, Some(hint));
        Scalar::Invalid
    }

    /// Takes all up to the next space or line's end and says how to write it.
    fn refuse_run(&mut self, start: usize) {
        self.at = start;
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            match c {
                '{' => open += 1,
                '}' if open > 0 => open -= 1,
                '}' | ';' => break,
                '"' => self.skip_quotes(),
                _ if is_newline(c) || is_space(c) => break,
                _ => {}
            }
            if !matches!(self.peek(), Some(next) if is_newline(next)) {
                self.bump();
            }
        }
        if self.at == start {
            self.bump();
        }
        let span = self.span_from(start);
        let shown = &self.text[start..self.at];
        let v1 = shown.starts_with("r\"") || shown.starts_with("r#");
        let (id, message, hint) = if shown.starts_with('=') {
            let message = format!("`{shown}` follows no name");
            ("bare-word", message, "a text with `=` is quoted".to_owned())
        } else if v1 {
            ("kdl-version", format!("`{shown}` is a raw text of KDL v1"), CONVERT.to_owned())
        } else if shown.contains('"') {
            let message = format!("`{shown}` is no value: quotes start and end one");
            ("bad-value", message, "put a space between two values".to_owned())
        } else {
            let message = format!("`{shown}` is no word");
            ("bare-word", message, format!("quote it: `\"{shown}\"`"))
        };
        self.report(id, span, message, Some(hint));
    }

    /// To the closing quote of this line, if there is one, else to the line's end.
    fn skip_quotes(&mut self) {
        self.bump();
        while let Some(c) = self.peek() {
            if c == '"' || is_newline(c) {
                return;
            }
            self.bump();
        }
    }
}

enum Number {
    Int(i64),
    TooLarge,
    Float,
    None,
}

/// What a word that starts like a number is.
fn classify(word: &str) -> Number {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", word.strip_prefix('+').unwrap_or(word)),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    if !digits.starts_with('_') && all_digits(digits, radix) {
        let plain = format!("{sign}{}", digits.replace('_', ""));
        return i64::from_str_radix(&plain, radix).map_or(Number::TooLarge, Number::Int);
    }
    if radix == 10 && is_float(digits) { Number::Float } else { Number::None }
}

fn all_digits(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '_' || c.is_digit(radix))
}

fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.starts_with('_') && all_digits(text, 10);
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}
