//! Did-you-mean: the known name that a mistyped one is nearest to.

/// The candidate nearest to `word`, if one is near enough: Damerau-Levenshtein distance at most a third of the
/// longer length (at least 1), or one is a prefix of the other of three letters or more. Ties go to the first in
/// code point order.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .filter_map(|candidate| {
            let distance = strsim::damerau_levenshtein(word, candidate);
            let longer = word.chars().count().max(candidate.chars().count());
            let prefix = word.len().min(candidate.len()) >= 3
                && (candidate.starts_with(word) || word.starts_with(candidate));
            (distance <= (longer / 3).max(1) || prefix).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The hint "did you mean `x`", if something is near.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered() {
        let known = ["auth-jwt", "auth-oauth2", "audit-log"];
        assert_eq!(nearest("auth-jtw", known), Some("auth-jwt"));
        assert_eq!(nearest("audit", known), Some("audit-log"));
        assert_eq!(nearest("kubernetes", known), None);
    }
}
