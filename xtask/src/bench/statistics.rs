//! Medians and quartiles of paired rounds.

/// What rounds come to: the middle one, and between which values half of them lie.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Spread {
    /// Half of the rounds are lower.
    pub(crate) median: f64,
    /// A quarter of the rounds is lower.
    pub(crate) low: f64,
    /// A quarter of the rounds is higher.
    pub(crate) high: f64,
    /// How many rounds.
    pub(crate) rounds: usize,
}

impl Spread {
    /// Of values in any order; none of none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let rounds = values.len();
        // The value at a share of the way, between neighbours in proportion.
        let at = |quarters: usize| {
            let place = (rounds - 1) * quarters;
            let (below, part) = (place / 4, place % 4);
            let above = (below + usize::from(part > 0)).min(rounds - 1);
            let share = [0.0, 0.25, 0.5, 0.75][part];
            (values[above] - values[below]).mul_add(share, values[below])
        };
        (rounds > 0).then(|| Self { median: at(2), low: at(1), high: at(3), rounds })
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn quartiles_lie_between_neighbours() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((spread.low, spread.median, spread.high), (1.75, 2.5, 3.25));
        assert!(Spread::of([]).is_none());
        let one = Spread::of([7.0]).unwrap();
        assert_eq!((one.low, one.median, one.high, one.rounds), (7.0, 7.0, 7.0, 1));
    }
}
