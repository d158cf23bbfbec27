//! Three sums merged as sets of facts: without a conflict, and exact where only one side changed something.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::RelPath;

use crate::sum::{Fact, Sum};

type Facts<'s> = BTreeMap<(&'s str, &'s RelPath), BTreeSet<&'s Fact>>;

fn by_part(sum: &Sum) -> Facts<'_> {
    let mut facts = Facts::new();
    for fact in sum.facts() {
        facts.entry((&fact.part, &fact.path)).or_default().insert(fact);
    }
    facts
}

/// Merges two sums over what they started from. What both changed in one part of one output keeps the facts of both:
/// the next sync looks for a base among them.
#[must_use]
pub fn merge_sums(base: &Sum, ours: &Sum, theirs: &Sum) -> Sum {
    let [before, mine, other] = [base, ours, theirs].map(by_part);
    let none = BTreeSet::new();
    let mut merged = BTreeSet::new();
    for key in mine.keys().chain(other.keys()) {
        let [before, mine, other] =
            [&before, &mine, &other].map(|facts| facts.get(key).unwrap_or(&none));
        let facts: BTreeSet<&Fact> = match () {
            () if mine == other || other == before => mine.clone(),
            () if mine == before => other.clone(),
            () => mine | other,
        };
        merged.extend(facts.into_iter().cloned());
    }
    merged.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use kiln_base::sha256;
    use proptest::prelude::*;

    use super::*;

    /// A sum with one fact per named part, whose digest is that of a number.
    fn sum(parts: &BTreeMap<u8, u8>) -> Sum {
        let fact = |(part, text): (&u8, &u8)| Fact {
            part: format!("part-{part}"),
            path: RelPath::new("x").unwrap(),
            digest: Some(sha256(&[*text])),
            seeded: false,
            append_only: false,
            adopted: false,
            executable: false,
        };
        parts.iter().map(fact).collect::<Sum>()
    }

    fn parts() -> impl Strategy<Value = BTreeMap<u8, u8>> {
        prop::collection::btree_map(0..4_u8, 0..3_u8, 0..4)
    }

    proptest! {
        #[test]
        fn a_side_that_changed_nothing_says_nothing(base in parts(), side in parts()) {
            let [base, side] = [sum(&base), sum(&side)];
            prop_assert_eq!(&merge_sums(&base, &base, &side), &side);
            prop_assert_eq!(&merge_sums(&base, &side, &base), &side);
            prop_assert_eq!(&merge_sums(&base, &side, &side), &side);
        }

        #[test]
        fn every_new_fact_of_both_sides_is_kept(base in parts(), ours in parts(), theirs in parts()) {
            let [base, ours, theirs] = [sum(&base), sum(&ours), sum(&theirs)];
            let merged = merge_sums(&base, &ours, &theirs);
            prop_assert_eq!(&merged, &merge_sums(&base, &theirs, &ours));
            for fact in ours.facts().union(theirs.facts()).filter(|fact| !base.facts().contains(fact)) {
                prop_assert!(merged.facts().contains(fact));
            }
            for fact in merged.facts() {
                prop_assert!(ours.facts().contains(fact) || theirs.facts().contains(fact));
            }
        }
    }
}
