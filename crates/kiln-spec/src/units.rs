//! Durations and sizes as people write them.

const DURATIONS: [(&str, i64); 5] =
    [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60), ("w", 7 * 24 * 60 * 60)];

const SIZES: [(&str, i64); 7] = [
    ("B", 1),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// The seconds of a duration such as `15m`: digits and one of `s`, `m`, `h`, `d`, `w`. None if the text is none or
/// the seconds do not fit into 64 bits.
#[must_use]
pub fn parse_duration(text: &str) -> Option<i64> {
    parse(text, &DURATIONS)
}

/// The bytes of a size such as `25MiB`: digits and one of `B`, `KB`, `MB`, `GB` (powers of 1000), `KiB`, `MiB`, `GiB`
/// (powers of 1024). None if the text is none or the bytes do not fit into 64 bits.
#[must_use]
pub fn parse_size(text: &str) -> Option<i64> {
    parse(text, &SIZES)
}

fn parse(text: &str, units: &[(&str, i64)]) -> Option<i64> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(end);
    let factor = units.iter().find(|(name, _)| *name == unit)?.1;
    digits.parse::<i64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_their_factors() {
        let texts = ["15m", "0s", "2w", "1h30m", "m", "-1s", "15 m", "15M", "99999999999999999w"];
        let durations: Vec<_> = texts.iter().map(|text| (*text, parse_duration(text))).collect();
        insta::assert_debug_snapshot!(durations, @r#"
        [
            (
                "15m",
                Some(
                    900,
                ),
            ),
            (
                "0s",
                Some(
                    0,
                ),
            ),
            (
                "2w",
                Some(
                    1209600,
                ),
            ),
            (
                "1h30m",
                None,
            ),
            (
                "m",
                None,
            ),
            (
                "-1s",
                None,
            ),
            (
                "15 m",
                None,
            ),
            (
                "15M",
                None,
            ),
            (
                "99999999999999999w",
                None,
            ),
        ]
        "#);
        let texts = ["25MiB", "1GB", "7B", "1kb", "1.5MB", "MiB", "9999999999GiB"];
        let sizes: Vec<_> = texts.iter().map(|text| (*text, parse_size(text))).collect();
        insta::assert_debug_snapshot!(sizes, @r#"
        [
            (
                "25MiB",
                Some(
                    26214400,
                ),
            ),
            (
                "1GB",
                Some(
                    1000000000,
                ),
            ),
            (
                "7B",
                Some(
                    7,
                ),
            ),
            (
                "1kb",
                None,
            ),
            (
                "1.5MB",
                None,
            ),
            (
                "MiB",
                None,
            ),
            (
                "9999999999GiB",
                None,
            ),
        ]
        "#);
    }
}
