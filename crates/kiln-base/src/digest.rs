//! Digests: sha256 where people verify, keyed blake3 for internal keys, and the written contract of what is hashed.

use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;

use crate::work::{Work, count};

/// A sha256 digest, shown as 64 lower-case hexadecimal digits; `sha256sum` agrees with it.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub struct Sha256(pub [u8; 32]);

/// The sha256 digest of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Sha256 {
    count(Work::Digest, 1);
    count(Work::DigestedByte, bytes.len() as u64);
    Sha256(sha2::Sha256::digest(bytes).into())
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a sha256 digest of 64 lower-case hexadecimal digits")]
pub struct NotADigest(String);

impl FromStr for Sha256 {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let refuse = || NotADigest(text.chars().take(80).collect());
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(refuse());
        }
        let mut bytes = [0_u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let nibble = |digit: u8| match digit {
                b'0'..=b'9' => Some(digit - b'0'),
                b'a'..=b'f' => Some(digit - b'a' + 10),
                _ => None,
            };
            *byte = nibble(pair[0])
                .zip(nibble(pair[1]))
                .map(|(high, low)| high << 4 | low)
                .ok_or_else(refuse)?;
        }
        Ok(Self(bytes))
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Sha256 {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        text.parse()
    }
}

/// A hasher of internal keys: blake3 in key-derivation mode with one context string per use, so that keys of
/// different uses never meet.
///
/// The contract: every variable-length part is preceded by its length as a little-endian u64; a sequence is preceded
/// by its count; an enum writes its ordinal as one byte before its parts. The context names the version.
#[derive(Clone)]
pub struct KeyHasher(blake3::Hasher);

impl KeyHasher {
    /// A hasher for one use, such as `"kiln 2026 action key v1"`.
    #[must_use]
    pub fn new(context: &'static str) -> Self {
        Self(blake3::Hasher::new_derive_key(context))
    }

    /// Adds bytes with their length.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
        self
    }

    /// Adds a text with its length in bytes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a number: a count, an ordinal, a version.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    /// The key.
    #[must_use]
    pub fn finish(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

/// A value whose content has one canonical form to hash, by the contract of [`KeyHasher`].
pub trait ContentHash {
    /// Feeds the canonical form.
    fn feed(&self, hasher: &mut KeyHasher);
}

impl ContentHash for str {
    fn feed(&self, hasher: &mut KeyHasher) {
        hasher.text(self);
    }
}

impl ContentHash for Sha256 {
    fn feed(&self, hasher: &mut KeyHasher) {
        hasher.bytes(&self.0);
    }
}

impl<T: ContentHash> ContentHash for [T] {
    fn feed(&self, hasher: &mut KeyHasher) {
        hasher.number(self.len() as u64);
        self.iter().for_each(|item| item.feed(hasher));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_sha256sum_shows() {
        insta::assert_snapshot!(sha256(b"kiln\n"), @"ecdcbd502c7c341b7d547760cc09270a43d82db3257b8b0f96e98083e4e5643d");
        assert_eq!(sha256(b"x").to_string().parse(), Ok(sha256(b"x")));
    }

    #[test]
    fn refuses_other_texts() {
        let upper = sha256(b"x").to_string().to_uppercase();
        assert!(upper.parse::<Sha256>().is_err());
        assert!("12".parse::<Sha256>().is_err());
    }

    #[test]
    fn lengths_keep_neighbours_apart() {
        let key = |a: &str, b: &str| KeyHasher::new("kiln test").text(a).text(b).finish();
        assert_ne!(key("ab", "c"), key("a", "bc"));
    }
}
