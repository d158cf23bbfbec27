//! Versions of Python packages (PEP 440): their order, and the ranges that manifests state.

use std::cmp::Ordering;

/// A version, ordered as the packaging tools order it.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    epoch: u64,
    /// As written, with trailing zeros.
    release: Vec<u64>,
    /// Phase (0 alpha, 1 beta, 2 candidate) and number.
    pre: Option<(u8, u64)>,
    post: Option<u64>,
    dev: Option<u64>,
}

impl Version {
    /// Reads a version in its normal form; local parts (`+cpu`) are left out. `None` if it is no version.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let public = text.trim().split('+').next()?;
        let (epoch, rest) = match public.split_once('!') {
            Some((epoch, rest)) => (epoch.parse().ok()?, rest),
            None => (0, public),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (numbers, mut suffix) = rest.split_at(end);
        let numbers = numbers.trim_end_matches('.');
        let release = numbers.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let mut version = Self { epoch, release, pre: None, post: None, dev: None };
        while !suffix.is_empty() {
            suffix = version.read_suffix(suffix.trim_start_matches('.'))?;
        }
        Some(version)
    }

    fn read_suffix<'a>(&mut self, suffix: &'a str) -> Option<&'a str> {
        let letters = suffix.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(suffix.len());
        let (word, rest) = suffix.split_at(letters);
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, rest) = rest.split_at(digits);
        let number = if number.is_empty() { 0 } else { number.parse().ok()? };
        match word {
            "a" => self.pre = Some((0, number)),
            "b" => self.pre = Some((1, number)),
            "rc" => self.pre = Some((2, number)),
            "post" => self.post = Some(number),
            "dev" => self.dev = Some(number),
            _ => return None,
        }
        Some(rest.trim_start_matches('.'))
    }

    /// Whether this is an alpha, beta, candidate or development release.
    pub(crate) fn is_prerelease(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    /// The number at a place of the release, 0 if it has none there.
    fn part(&self, place: usize) -> u64 {
        self.release.get(place).copied().unwrap_or(0)
    }

    /// The first three numbers of the release.
    pub(crate) fn triple(&self) -> [u64; 3] {
        [self.part(0), self.part(1), self.part(2)]
    }

    /// Whether the first numbers of this version are those of `prefix` (the meaning of `== 3.14.*`).
    fn starts_with(&self, prefix: &Self) -> bool {
        self.epoch == prefix.epoch
            && prefix.release.iter().enumerate().all(|(place, part)| self.part(place) == *part)
    }

    /// Phase of development, then its number: what is compared after the release.
    fn phase(&self) -> (i8, u64) {
        match (self.pre, self.post, self.dev) {
            (Some((phase, number)), _, _) => (phase as i8, number),
            (None, None, Some(_)) => (-1, 0),
            (None, _, _) => (3, 0),
        }
    }

    /// The first version that may break a user of this one: the next major, for 0.x the next minor.
    fn next_breaking(&self) -> Self {
        let release = match self.part(0) {
            0 => vec![0, self.part(1) + 1],
            major => vec![major + 1],
        };
        Self { epoch: self.epoch, release, pre: None, post: None, dev: None }
    }

    /// The version without needless zeros at the end of its release: `0.165.0` is `0.165`.
    fn short(&self) -> Self {
        let mut short = self.clone();
        let plain = short.pre.is_none() && short.post.is_none() && short.dev.is_none();
        while plain && short.release.len() > 1 && short.release.last() == Some(&0) {
            short.release.pop();
        }
        short
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.epoch != 0 {
            write!(out, "{}!", self.epoch)?;
        }
        let numbers: Vec<String> = self.release.iter().map(u64::to_string).collect();
        write!(out, "{}", numbers.join("."))?;
        if let Some((phase, number)) = self.pre {
            write!(out, "{}{number}", ["a", "b", "rc"][usize::from(phase)])?;
        }
        if let Some(number) = self.post {
            write!(out, ".post{number}")?;
        }
        if let Some(number) = self.dev {
            write!(out, ".dev{number}")?;
        }
        Ok(())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.release.len().max(other.release.len());
        let parts = |version: &Self| -> Vec<u64> { (0..length).map(|n| version.part(n)).collect() };
        let post = |version: &Self| version.post.map_or(0, |number| number + 1);
        let dev = |version: &Self| version.dev.unwrap_or(u64::MAX);
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| parts(self).cmp(&parts(other)))
            .then_with(|| self.phase().cmp(&other.phase()))
            .then_with(|| post(self).cmp(&post(other)))
            .then_with(|| dev(self).cmp(&dev(other)))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One clause of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    operator: &'static str,
    version: Version,
    /// `== 3.14.*`
    wildcard: bool,
}

const OPERATORS: [&str; 7] = ["===", "~=", "==", "!=", ">=", "<=", "<"];

impl Clause {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let operator = OPERATORS.into_iter().chain([">"]).find(|known| text.starts_with(known))?;
        let rest = text[operator.len()..].trim();
        let (number, wildcard) = match rest.strip_suffix(".*") {
            Some(number) => (number, true),
            None => (rest, false),
        };
        let wildcard_fits = !wildcard || matches!(operator, "==" | "!=");
        let version = Version::parse(number).filter(|_| wildcard_fits)?;
        Some(Self { operator, version, wildcard })
    }

    fn contains(&self, version: &Version) -> bool {
        let same = match self.wildcard {
            true => version.starts_with(&self.version),
            false => *version == self.version,
        };
        match self.operator {
            "===" | "==" => same,
            "!=" => !same,
            ">=" => *version >= self.version,
            "<=" => *version <= self.version,
            ">" => *version > self.version,
            "<" => *version < self.version,
            _ => *version >= self.version && version.starts_with(&self.series()),
        }
    }

    /// What `~=` keeps: the version without its last number.
    fn series(&self) -> Version {
        let mut series = self.version.clone();
        series.release.pop();
        series
    }
}

/// A range: all clauses hold (`>=2.0.50,<2.1`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range(Vec<Clause>);

impl Range {
    /// Reads a range; `None` if a clause is malformed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.split(',').map(Clause::parse).collect::<Option<_>>().map(Self)
    }

    pub(crate) fn contains(&self, version: &Version) -> bool {
        self.0.iter().all(|clause| clause.contains(version))
    }

    pub(crate) fn has_lower_bound(&self) -> bool {
        self.0.iter().any(|clause| matches!(clause.operator, ">=" | ">" | "==" | "===" | "~="))
    }

    pub(crate) fn has_upper_bound(&self) -> bool {
        self.0.iter().any(|clause| matches!(clause.operator, "<" | "<=" | "==" | "===" | "~="))
    }

    /// The version of the lowest `<` clause.
    fn ceiling(&self) -> Option<&Version> {
        self.0.iter().filter(|clause| clause.operator == "<").map(|clause| &clause.version).min()
    }
}

/// The range that a manifest states for a package resolved to versions between `lowest` and `highest`: from the
/// lowest on, below the next breaking version, never above what `accepts` holds.
pub(crate) fn manifest_range(
    lowest: &Version,
    highest: &Version,
    accepts: Option<&Range>,
) -> String {
    let next = highest.next_breaking();
    let upper = match accepts.and_then(Range::ceiling) {
        Some(ceiling) if *ceiling < next => ceiling.clone(),
        _ => next,
    };
    format!(">={},<{upper}", lowest.short())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect(text)
    }

    #[test]
    fn versions_are_ordered_as_the_tools_order_them() {
        let order = [
            "0.9",
            "1.0.dev1",
            "1.0a1.dev2",
            "1.0a1",
            "1.0b2",
            "1.0rc1",
            "1.0",
            "1.0.post1.dev1",
            "1.0.post1",
            "1.0.1",
            "1.10",
            "2026.6",
            "1!0.1",
        ];
        for pair in order.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{} < {}", pair[0], pair[1]);
        }
        assert!(version("1.0").cmp(&version("1.0.0")).is_eq());
        assert_eq!(Version::parse("1.0-final"), None);
    }

    #[test]
    fn ranges_hold_what_they_say() {
        let holds =
            |range: &str, text: &str| Range::parse(range).expect(range).contains(&version(text));
        assert!(holds(">=2.0.50,<2.1", "2.0.58") && !holds(">=2.0.50,<2.1", "2.1"));
        assert!(holds("==3.14.*", "3.14.9") && !holds("==3.14.*", "3.15.0"));
        assert!(holds("~=1.4.2", "1.4.9") && !holds("~=1.4.2", "1.5"));
        assert!(holds("!=1.0", "1.1") && !holds("!=1.0", "1.0.0"));
        assert_eq!(Range::parse("1.0"), None);
    }

    #[test]
    fn manifest_ranges_stop_before_the_next_breaking_version() {
        let range = |low: &str, accepts: &str| {
            manifest_range(&version(low), &version(low), Range::parse(accepts).as_ref())
        };
        assert_eq!(range("0.165.0", ">=0.130,<1"), ">=0.165,<0.166");
        assert_eq!(range("2.0.58", ">=2.0.50,<2.1"), ">=2.0.58,<2.1");
        assert_eq!(range("5.0.0", ">=5"), ">=5,<6");
        assert_eq!(range("0.66b1", ">=0.63b0"), ">=0.66b1,<0.67");
        assert_eq!(range("2.9.0.post0", ">=2.9"), ">=2.9.0.post0,<3");
    }
}
