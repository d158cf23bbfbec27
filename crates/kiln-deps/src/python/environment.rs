//! Sets of environments.
//!
//! Python versions, platforms and interpreters that no marker of the catalogue can tell apart are one environment;
//! the rest is numbered. A marker is then a set of numbers, and no marker is ever evaluated at generation.

/// A set of numbered environments. Sets that are joined have the same length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvironmentSet {
    words: Box<[u64]>,
}

impl EnvironmentSet {
    pub(crate) fn empty(count: usize) -> Self {
        Self { words: vec![0; count.div_ceil(64)].into() }
    }

    pub(crate) fn full(count: usize) -> Self {
        let mut words = vec![u64::MAX; count.div_ceil(64)];
        if let Some(last) = words.last_mut().filter(|_| !count.is_multiple_of(64)) {
            *last = (1 << (count % 64)) - 1;
        }
        Self { words: words.into() }
    }

    pub(crate) fn insert(&mut self, place: usize) {
        self.words[place / 64] |= 1 << (place % 64);
    }

    fn contains(&self, place: usize) -> bool {
        self.words[place / 64] >> (place % 64) & 1 == 1
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(crate) fn is_subset(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).all(|(mine, theirs)| mine & !theirs == 0)
    }

    pub(crate) fn intersect(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine &= theirs);
    }

    pub(crate) fn unite(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Hexadecimal digits, each four environments, the first environment in the lowest bit of the first digit.
    pub(crate) fn to_hex(&self, count: usize) -> String {
        (0..count.div_ceil(4))
            .map(|digit| {
                let bits = (0..4).filter(|bit| {
                    let place = digit * 4 + bit;
                    place < count && self.contains(place)
                });
                char::from_digit(bits.map(|bit| 1 << bit).sum(), 16).unwrap_or('0')
            })
            .collect()
    }

    /// The opposite of [`Self::to_hex`]; `None` unless there are exactly the digits that `count` needs.
    pub(crate) fn from_hex(text: &str, count: usize) -> Option<Self> {
        let mut set = Self::empty(count);
        let mut digits = 0;
        for (place, character) in text.chars().enumerate() {
            let value = character.to_digit(16)?;
            for bit in (0..4).filter(|bit| value >> bit & 1 == 1) {
                let environment = place * 4 + bit;
                if environment >= count {
                    return None;
                }
                set.insert(environment);
            }
            digits += 1;
        }
        (digits == count.div_ceil(4)).then_some(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hexadecimal_round_trip(places in proptest::collection::vec(any::<bool>(), 1..200)) {
            let mut set = EnvironmentSet::empty(places.len());
            for (place, held) in places.iter().enumerate() {
                if *held { set.insert(place); }
            }
            let text = set.to_hex(places.len());
            prop_assert_eq!(EnvironmentSet::from_hex(&text, places.len()), Some(set));
        }
    }

    #[test]
    fn the_full_set_holds_each_place_once() {
        for count in [1, 63, 64, 65, 128, 130] {
            let mut set = EnvironmentSet::empty(count);
            (0..count).for_each(|place| set.insert(place));
            assert_eq!(set, EnvironmentSet::full(count));
        }
    }

    #[test]
    fn digits_outside_are_refused() {
        assert_eq!(EnvironmentSet::from_hex("f", 3), None);
        assert_eq!(EnvironmentSet::from_hex("70", 3), None);
        assert_eq!(EnvironmentSet::from_hex("7", 3), Some(EnvironmentSet::full(3)));
    }
}
