//! Places in a document: the path of keys that leads to a value, its spelling in messages, and globs over paths.

use crate::value::{put_length, put_text, quoted};

/// The keys that lead from the root of a document to a value; a position in a list is written as its number.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPath(pub Vec<String>);

impl KeyPath {
    /// The path of one key more.
    #[must_use]
    pub fn join(&self, key: &str) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_owned());
        Self(keys)
    }

    /// Reads the spelling that [`std::fmt::Display`] writes: keys with dots between, in double quotes where a key
    /// has other characters than letters, digits, `-`, `_`, `*`, `/`, `@`.
    ///
    /// Returns `None` for an empty key, an open quote, or text after a closing quote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut keys = Vec::new();
        let mut rest = text;
        loop {
            let key;
            (key, rest) = match rest.strip_prefix('"') {
                Some(inner) => take_quoted(inner)?,
                None => {
                    let end = rest.find('.').unwrap_or(rest.len());
                    (rest[..end].to_owned(), &rest[end..])
                }
            };
            if key.is_empty() && !text.contains('"') {
                return None;
            }
            keys.push(key);
            match rest.strip_prefix('.') {
                Some(more) => rest = more,
                None if rest.is_empty() => return Some(Self(keys)),
                None => return None,
            }
        }
    }

    /// Adds the canonical form: the count of keys, then each with its length, as little-endian u64.
    pub fn canonical(&self, out: &mut Vec<u8>) {
        put_length(out, self.0.len());
        self.0.iter().for_each(|key| put_text(out, key));
    }
}

/// The key and what follows its closing quote.
fn take_quoted(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((key, &text[at + 1..])),
            '\\' => key.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            c => key.push(c),
        }
    }
    None
}

impl std::fmt::Display for KeyPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            let bare = |c: char| c.is_alphanumeric() || "-_*/@".contains(c);
            if !key.is_empty() && key.chars().all(bare) {
                f.write_str(key)?;
            } else {
                f.write_str(&quoted(key))?;
            }
        }
        Ok(())
    }
}

/// A glob over key paths: `*` within a key stands for any characters of it, a key `**` for any number of keys.
///
/// It matches a path and everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGlob(Vec<String>);

impl KeyGlob {
    /// Reads a glob, spelled as a [`KeyPath`]; `None` if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        KeyPath::parse(text).map(|path| Self(path.0))
    }

    /// True if the path, or one that leads to it, is meant.
    #[must_use]
    pub fn matches(&self, path: &KeyPath) -> bool {
        matches_keys(&self.0, &path.0)
    }

    /// True if something below the path may be meant.
    #[must_use]
    pub fn reaches_below(&self, path: &KeyPath) -> bool {
        let (mut globs, mut keys) = (self.0.iter(), path.0.iter());
        loop {
            match (globs.next(), keys.next()) {
                (Some(_), None) => return true,
                (Some(glob), _) if glob == "**" => return true,
                (Some(glob), Some(key)) if matches_key(glob, key) => {}
                _ => return false,
            }
        }
    }
}

fn matches_keys(globs: &[String], keys: &[String]) -> bool {
    match (globs.split_first(), keys.split_first()) {
        (None, _) => true,
        (Some((glob, more)), _) if glob == "**" => {
            (0..=keys.len()).any(|skipped| matches_keys(more, &keys[skipped..]))
        }
        (Some((glob, more)), Some((key, rest))) => {
            matches_key(glob, key) && matches_keys(more, rest)
        }
        (Some(_), None) => false,
    }
}

/// `*` in the glob stands for any characters: the first and last piece are anchored, the others are found in order.
fn matches_key(glob: &str, key: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else { return glob == key };
    let Some(mut key) = key.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match key.find(piece) {
            Some(at) => key = &key[at + piece.len()..],
            None => return false,
        }
    }
    key.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> KeyPath {
        KeyPath::parse(text).unwrap_or_default()
    }

    #[test]
    fn a_path_reads_as_it_is_written() {
        for text in ["a", "dependencies.react", "\"a.b\".c", "\"\".x", "\"[python]\".\"q\\\"\""] {
            assert_eq!(path(text).to_string(), text);
        }
        for text in ["", ".", "a.", "a..b", "\"a", "\"a\"b"] {
            assert_eq!(KeyPath::parse(text), None, "{text}");
        }
    }

    #[test]
    fn globs() {
        let matches = |glob: &str, text: &str| {
            KeyGlob::parse(glob).is_some_and(|glob| glob.matches(&path(text)))
        };
        assert!(matches("dependencies.*", "dependencies.react"));
        assert!(matches("dependencies", "dependencies.react"));
        assert!(!matches("dependencies.*", "dependencies"));
        assert!(matches("dependencies.@types/*", "dependencies.@types/node"));
        assert!(!matches("dependencies.@types/*", "dependencies.react"));
        assert!(matches("**.image", "services.db.image"));
        assert!(matches("a*b*c", "aXbbYc"));
        assert!(!matches("a*b*c", "acb"));
        assert!(!matches("ab*ba", "aba"));
        let reaches = |glob: &str, text: &str| {
            KeyGlob::parse(glob).is_some_and(|glob| glob.reaches_below(&path(text)))
        };
        assert!(reaches("services.*.image", "services.db"));
        assert!(!reaches("services.*.image", "volumes"));
        assert!(reaches("**.image", "anything"));
        assert!(!reaches("a", "a"));
    }
}
