//! The name under which a resolved conflict is remembered: by the bytes of the three versions that were merged, so
//! that the same conflict is not asked twice, wherever and under whatever labels it comes up.

use std::fmt;

use kiln_base::KeyHasher;

/// The key of a conflict: a digest of the bytes of base, yours and theirs, in this order, with their lengths.
///
/// Path, labels and options of the merge are no part of it. Line ends are: a text with other line ends is another
/// version. Where no base is known, the base is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResolutionKey([u8; 32]);

impl ResolutionKey {
    /// The key of these three versions.
    #[must_use]
    pub fn of(base: &[u8], yours: &[u8], theirs: &[u8]) -> Self {
        let mut hasher = KeyHasher::new("kiln 2026 resolution of a conflict v1");
        Self(hasher.bytes(base).bytes(yours).bytes(theirs).finish())
    }

    /// The digest itself.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 lower-case hexadecimal digits: a name for a file.
impl fmt::Display for ResolutionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_and_its_place_counts() {
        let key = |base: &str, yours: &str, theirs: &str| {
            ResolutionKey::of(base.as_bytes(), yours.as_bytes(), theirs.as_bytes())
        };
        let same = key("a\n", "b\n", "c\n");
        assert_eq!(same, key("a\n", "b\n", "c\n"));
        for other in
            [key("a\n", "c\n", "b\n"), key("a\nb", "\n", "c\n"), key("a\r\n", "b\n", "c\n")]
        {
            assert_ne!(same, other);
        }
        // It is a name on disk: it must not change between versions of kiln.
        insta::assert_snapshot!(same, @"7a4d4d2c9afa1470c05ce996ab2df118fa757adf51838af90b643ac4e8684b63");
    }
}
