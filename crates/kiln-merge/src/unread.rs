//! Documents that cannot be read by their keys: why, and where in the text.

use crate::document::Document;
use crate::text::with_lf;
use crate::tree::Format;

/// Why a document cannot be read by its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The format that its path tells.
    pub format: Format,
    /// True if it is a document, but of a form that has no keys to merge by, such as several documents in one file.
    pub is_form: bool,
    /// What is wrong, lower case, no period.
    pub message: String,
    /// The line where, from 1.
    pub line: usize,
}

/// Why the file at `path` cannot be read by its keys; `None` if it can, if its path tells no format of documents, or if
/// it is no text.
#[must_use]
pub fn unread(path: &str, bytes: &[u8]) -> Option<Unread> {
    let format = Format::of_path(path)?;
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
    let text = with_lf(text.strip_prefix('\u{feff}').unwrap_or(text));
    let fault = Document::parse(format, &text).err()?;
    let at = fault.span.start.min(text.len());
    let line = text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
    let is_form = fault.is_form;
    // Some readers say it in several lines, with the text below.
    let message = fault.message.lines().next().unwrap_or_default().trim().to_owned();
    Some(Unread { format, is_form, message, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_and_where() {
        let told = |path: &str, text: &str| match unread(path, text.as_bytes()) {
            Some(unread) => {
                format!("{}:{} {} ({})", unread.format, unread.line, unread.message, unread.is_form)
            }
            None => "read".to_owned(),
        };
        let cases = [
            ("package.json", "{\r\n  \"a\": 1,\r\n  \"b\"; 2\r\n}\r\n"),
            ("package.json", "{\n  \"a\": 1,\n"),
            ("a.yaml", "a: 1\nb: [1, 2\nc: 3\n"),
            ("a.yaml", "a: 1\n---\nb: 2\n"),
            ("a.toml", "[a]\nb = \n"),
            ("a.toml", "[a]\nb = 1\nb = 2\n"),
            ("a.json", "\u{feff}{}"),
            ("a.py", "def"),
        ];
        let all: Vec<String> = cases.iter().map(|(path, text)| told(path, text)).collect();
        insta::assert_snapshot!(all.join("\n"), @"
        JSON:3 unexpected token (false)
        JSON:1 unterminated object (false)
        YAML:3 illegal placement of ':' indicator (false)
        YAML:2 more than one document stands here (true)
        TOML:2 string values must be quoted, expected literal string (false)
        TOML:3 duplicate key (false)
        read
        read
        ");
    }
}
