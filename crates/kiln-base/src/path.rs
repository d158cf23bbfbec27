//! A path below a root that holds on every system, checked once when it is made.

use std::fmt;
use std::sync::Arc;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// A relative path with `/` between its parts that can leave no root and means the same on every system.
///
/// It has no empty, `.` or `..` part, no part that Windows reserves or that ends in a dot or a space, none of
/// `\ : * ? " < > |` and no control character, no casing of `.git` as a part, and is in Unicode normal form C.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RelPath(Arc<str>);

/// Why a text is no [`RelPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing there.
    #[error("the path is empty")]
    Empty,
    /// Starts with `/` or a drive.
    #[error("`{0}` is absolute; paths are relative to the project")]
    Absolute(String),
    /// An empty, `.` or `..` part.
    #[error("`{path}` has the part `{part}`, which could leave the project")]
    Dots {
        /// The whole path.
        path: String,
        /// The part.
        part: String,
    },
    /// A part that not every system can store.
    #[error("`{path}` has the part `{part}`, which {why}")]
    Part {
        /// The whole path.
        path: String,
        /// The part.
        part: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// More than 4,096 bytes, or a part of more than 255.
    #[error("the path that starts with `{0}` is too long")]
    TooLong(String),
}

const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

fn complaint(part: &str) -> Option<&'static str> {
    if part.chars().any(char::is_control) {
        return Some("has a control character");
    }
    if part.contains(['\\', ':', '*', '?', '"', '<', '>', '|']) {
        return Some("has a character that Windows refuses");
    }
    if part.ends_with(['.', ' ']) {
        return Some("ends in a dot or a space");
    }
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_lowercase();
    if RESERVED.contains(&stem.as_str()) {
        return Some("Windows reserves");
    }
    // HFS+ ignores some code points when it compares, so they could spell `.git`.
    let plain: String = part
        .chars()
        .filter(|c| {
            !('\u{200c}'..='\u{200f}').contains(c)
                && !('\u{202a}'..='\u{202e}').contains(c)
                && !('\u{206a}'..='\u{206f}').contains(c)
                && *c != '\u{feff}'
        })
        .collect();
    let lower = plain.to_lowercase();
    if lower == ".git" || lower == "git~1" {
        return Some("belongs to git");
    }
    if !is_nfc(part) {
        return Some("is not in Unicode normal form C");
    }
    None
}

impl RelPath {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`PathError`] names the part and what is wrong with it.
    pub fn new(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.len() > 4096 || text.split('/').any(|part| part.len() > 255) {
            return Err(PathError::TooLong(text.chars().take(60).collect()));
        }
        if text.starts_with('/') || (text.len() > 1 && text.as_bytes()[1] == b':') {
            return Err(PathError::Absolute(text.to_owned()));
        }
        for part in text.split('/') {
            if part.is_empty() || part == "." || part == ".." {
                return Err(PathError::Dots { path: text.to_owned(), part: part.to_owned() });
            }
            if let Some(why) = complaint(part) {
                return Err(PathError::Part { path: text.to_owned(), part: part.to_owned(), why });
            }
        }
        Ok(Self(Arc::from(text)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its parts, outermost first.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The last part.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// What the last part has after its last dot, if it has one that is not its first character.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.file_name()
            .rsplit_once('.')
            .filter(|(stem, _)| !stem.is_empty())
            .map(|(_, extension)| extension)
    }

    /// The folder that it lies in; none at the top.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(Arc::from(parent)))
    }

    /// The form by which case-insensitive and normalising file systems compare: lower case, normal form KC.
    #[must_use]
    pub fn fold(&self) -> String {
        self.0.to_lowercase().nfkc().collect()
    }

    /// The form that stands in line-based files: `%`, white space and control characters percent-encoded.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut encoded = String::with_capacity(self.0.len());
        for c in self.0.chars() {
            if c == '%' || c.is_whitespace() || c.is_control() {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    encoded.push_str(&format!("%{byte:02X}"));
                }
            } else {
                encoded.push(c);
            }
        }
        encoded
    }

    /// Reads what [`RelPath::encode`] wrote.
    ///
    /// # Errors
    /// As [`RelPath::new`]; a broken escape is a control character to it.
    pub fn decode(text: &str) -> Result<Self, PathError> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((&first, tail)) = rest.split_first() {
            let escape = (first == b'%').then(|| tail.get(..2)).flatten();
            let code = escape
                .and_then(|hex| std::str::from_utf8(hex).ok())
                .and_then(|hex| u8::from_str_radix(hex, 16).ok());
            match code {
                Some(code) => {
                    bytes.push(code);
                    rest = &tail[2..];
                }
                None => {
                    bytes.push(first);
                    rest = tail;
                }
            }
        }
        match String::from_utf8(bytes) {
            Ok(decoded) => Self::new(&decoded),
            Err(_) => Err(PathError::Part {
                path: text.to_owned(),
                part: text.to_owned(),
                why: "is not UTF-8",
            }),
        }
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &self.0)
    }
}

impl From<RelPath> for String {
    fn from(path: RelPath) -> Self {
        path.0.as_ref().to_owned()
    }
}

impl TryFrom<String> for RelPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::new(&text)
    }
}

impl AsRef<str> for RelPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for RelPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_could_leave_or_clash() {
        let bad = [
            "",
            "/etc/passwd",
            "C:/x",
            "a/../b",
            "a//b",
            "./a",
            "a\\b",
            "nul.txt",
            "a/COM1",
            "x.",
            "x ",
            ".GIT/config",
            "a/.git/hooks/x",
            "a\u{200c}/.g\u{200c}it/x",
            "a:b",
            "e\u{301}",
        ];
        let all: Vec<String> =
            bad.iter().map(|text| RelPath::new(text).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        the path is empty
        `/etc/passwd` is absolute; paths are relative to the project
        `C:/x` is absolute; paths are relative to the project
        `a/../b` has the part `..`, which could leave the project
        `a//b` has the part ``, which could leave the project
        `./a` has the part `.`, which could leave the project
        `a\b` has the part `a\b`, which has a character that Windows refuses
        `nul.txt` has the part `nul.txt`, which Windows reserves
        `a/COM1` has the part `COM1`, which Windows reserves
        `x.` has the part `x.`, which ends in a dot or a space
        `x ` has the part `x `, which ends in a dot or a space
        `.GIT/config` has the part `.GIT`, which belongs to git
        `a/.git/hooks/x` has the part `.git`, which belongs to git
        `a‌/.g‌it/x` has the part `.g‌it`, which belongs to git
        `a:b` is absolute; paths are relative to the project
        `é` has the part `é`, which is not in Unicode normal form C
        ");
    }

    proptest! {
        #[test]
        fn encoding_comes_back(text in "[a-z %é/]{1,20}") {
            if let Ok(path) = RelPath::new(&text) {
                prop_assert_eq!(RelPath::decode(&path.encode()), Ok(path.clone()));
                prop_assert!(!path.encode().contains(' '));
            }
        }
    }
}
