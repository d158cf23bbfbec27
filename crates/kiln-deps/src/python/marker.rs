//! Markers as sums of products over numbered atoms, and their shortest text.
//!
//! An atom is one comparison (`sys_platform == 'win32'`) with the set of environments where it holds.

use super::environment::EnvironmentSet;

/// Atoms that hold together, by number, sorted, each once. The empty product is always true.
pub(crate) type Product = Vec<u16>;

/// Products of which one holds. The empty sum is never true; a sum with the empty product always is.
pub(crate) type Sum = Vec<Product>;

/// The sum that always holds.
pub(crate) fn always() -> Sum {
    vec![Vec::new()]
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Atom {
    pub(crate) text: String,
    pub(crate) holds: EnvironmentSet,
}

/// The atoms of a catalogue, sorted by text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Atoms {
    pub(crate) environments: usize,
    pub(crate) list: Vec<Atom>,
}

impl Atoms {
    /// Where all atoms of the product hold.
    pub(crate) fn of_product(&self, product: &[u16]) -> EnvironmentSet {
        let mut set = EnvironmentSet::full(self.environments);
        for number in product {
            set.intersect(&self.list[usize::from(*number)].holds);
        }
        set
    }

    /// Where some product of the sum holds.
    pub(crate) fn of_sum(&self, sum: &[Product]) -> EnvironmentSet {
        let mut set = EnvironmentSet::empty(self.environments);
        for product in sum {
            set.unite(&self.of_product(product));
        }
        set
    }

    /// Both sums hold. Joined products that hold nowhere, or only inside another one, are left out.
    pub(crate) fn and(&self, left: &[Product], right: &[Product]) -> Sum {
        let is_always = |sum: &[Product]| sum.iter().any(Vec::is_empty);
        if is_always(right) {
            return left.to_vec();
        }
        if is_always(left) {
            return right.to_vec();
        }
        let mut joined = Vec::new();
        for one in left {
            for other in right {
                let mut product: Product = one.iter().chain(other).copied().collect();
                product.sort_unstable();
                product.dedup();
                joined.push(product);
            }
        }
        self.absorb(joined)
    }

    /// The products that hold somewhere and lie in no other one; of equal ones the shorter, then the first.
    fn absorb(&self, mut sum: Sum) -> Sum {
        sum.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        sum.dedup();
        let mut kept: Vec<(Product, EnvironmentSet)> = Vec::new();
        for product in sum {
            let set = self.of_product(&product);
            if !set.is_empty() && !kept.iter().any(|(_, larger)| set.is_subset(larger)) {
                kept.push((product, set));
            }
        }
        kept.into_iter().map(|(product, _)| product).collect()
    }

    /// Reads what [`Self::text`] writes. The error is the atom that is not known.
    pub(crate) fn parse(&self, text: &str) -> Result<Sum, String> {
        if text.is_empty() {
            return Ok(always());
        }
        text.split(" or ").map(|product| self.parse_product(product)).collect()
    }

    fn parse_product(&self, text: &str) -> Result<Product, String> {
        let bare = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
        let mut product = bare
            .split(" and ")
            .map(|atom| self.number(atom).ok_or_else(|| atom.to_owned()))
            .collect::<Result<Product, _>>()?;
        product.sort_unstable();
        product.dedup();
        Ok(product)
    }

    fn number(&self, text: &str) -> Option<u16> {
        let place = self.list.binary_search_by(|atom| atom.text.as_str().cmp(text)).ok()?;
        u16::try_from(place).ok()
    }

    /// The text of a sum, shortened; empty if it always holds.
    pub(crate) fn text(&self, sum: &[Product]) -> String {
        let total = self.of_sum(sum);
        if total == EnvironmentSet::full(self.environments) {
            return String::new();
        }
        let mut products: Vec<String> =
            self.shorten(sum, &total).iter().map(|product| self.product_text(product)).collect();
        products.sort();
        if products.len() > 1 {
            for product in products.iter_mut().filter(|product| product.contains(" and ")) {
                *product = format!("({product})");
            }
        }
        products.join(" or ")
    }

    fn product_text(&self, product: &[u16]) -> String {
        let mut atoms: Vec<&str> =
            product.iter().map(|number| self.list[usize::from(*number)].text.as_str()).collect();
        atoms.sort_unstable();
        atoms.join(" and ")
    }

    /// A sum of products that cannot lose an atom, of which none can be left out, with the same environments.
    fn shorten(&self, sum: &[Product], total: &EnvironmentSet) -> Sum {
        let mut sorted = sum.to_vec();
        sorted.sort();
        let mut short: Sum =
            sorted.into_iter().map(|product| self.shorten_product(product, total)).collect();
        short.extend(self.single_atoms_within(total));
        let mut kept = self.absorb(short);
        let mut longest_first = kept.clone();
        longest_first.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        for product in longest_first {
            let rest: Sum = kept.iter().filter(|other| **other != product).cloned().collect();
            if self.of_sum(&rest) == *total {
                kept = rest;
            }
        }
        kept
    }

    /// A product without the atoms that it does not need to stay within `total`; long atoms go first.
    fn shorten_product(&self, product: Product, total: &EnvironmentSet) -> Product {
        let mut by_length = product.clone();
        by_length.sort_by_key(|number| {
            (std::cmp::Reverse(self.list[usize::from(*number)].text.len()), *number)
        });
        let mut short = product;
        for number in by_length {
            let rest: Product = short.iter().copied().filter(|other| *other != number).collect();
            if !rest.is_empty() && self.of_product(&rest).is_subset(total) {
                short = rest;
            }
        }
        short
    }

    /// Atoms that alone lie within `total`: `>= '3.12'` where the sum says `>= '3.12' and < '3.14'` or `>= '3.14'`.
    fn single_atoms_within(&self, total: &EnvironmentSet) -> Sum {
        (0_u16..)
            .zip(&self.list)
            .filter(|(_, atom)| !atom.holds.is_empty() && atom.holds.is_subset(total))
            .map(|(number, _)| vec![number])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Atoms over eight environments, by their bits.
    fn atoms(bits: &[u8]) -> Atoms {
        let list = bits
            .iter()
            .enumerate()
            .map(|(number, bits)| {
                let mut holds = EnvironmentSet::empty(8);
                (0..8).filter(|place| bits >> place & 1 == 1).for_each(|place| holds.insert(place));
                Atom { text: format!("atom{number} == 'x'"), holds }
            })
            .collect();
        Atoms { environments: 8, list }
    }

    #[test]
    fn a_sum_of_the_parts_is_told_by_the_whole() {
        let table = atoms(&[0b1111_0000, 0b0011_0000, 0b1100_0000]);
        assert_eq!(table.text(&[vec![1], vec![2]]), "atom0 == 'x'");
        assert_eq!(table.text(&[vec![0], vec![1]]), "atom0 == 'x'");
        assert_eq!(table.text(&always()), "");
    }

    #[test]
    fn an_unknown_atom_is_named() {
        assert_eq!(atoms(&[1]).parse("atom0 == 'x' and other"), Err("other".to_owned()));
    }

    fn sums() -> impl Strategy<Value = Sum> {
        let product = proptest::collection::btree_set(0_u16..6, 1..4)
            .prop_map(|set| set.into_iter().collect::<Product>());
        proptest::collection::vec(product, 1..4)
    }

    proptest! {
        #[test]
        fn text_means_what_the_sum_means(bits in any::<[u8; 6]>(), sum in sums()) {
            let table = atoms(&bits);
            let total = table.of_sum(&sum);
            prop_assume!(!total.is_empty());
            let read = table.parse(&table.text(&sum)).expect("own text");
            prop_assert_eq!(table.of_sum(&read), total);
        }

        #[test]
        fn and_is_the_intersection(bits in any::<[u8; 6]>(), left in sums(), right in sums()) {
            let table = atoms(&bits);
            let mut both = table.of_sum(&left);
            both.intersect(&table.of_sum(&right));
            prop_assert_eq!(table.of_sum(&table.and(&left, &right)), both);
        }
    }
}
