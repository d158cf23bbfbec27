//! Names of packages and extras, spelled in one way.

/// The normal form of a package's or an extra's name (PEP 503): lower case, each run of `-`, `_` and `.` one dash.
///
/// A text that is no name at all is not refused here: it is found in no catalogue.
pub fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.trim().chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.push(other.to_ascii_lowercase()),
        }
    }
    normal
}

/// Splits `redis[hiredis,ocsp]` into the name and its sorted extras, both normalised.
/// `None` if a bracket is left open.
pub(crate) fn split_extras(text: &str) -> Option<(String, Vec<String>)> {
    let Some((name, rest)) = text.split_once('[') else {
        return Some((normalize(text), Vec::new()));
    };
    let inner = rest.trim_end().strip_suffix(']')?;
    let mut extras: Vec<String> =
        inner.split(',').map(normalize).filter(|extra| !extra.is_empty()).collect();
    extras.sort();
    extras.dedup();
    Some((normalize(name), extras))
}

/// The opposite of [`split_extras`].
pub(crate) fn join_extras(name: &str, extras: &[String]) -> String {
    if extras.is_empty() { name.to_owned() } else { format!("{name}[{}]", extras.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        assert_eq!(normalize("Typing_Extensions"), "typing-extensions");
        assert_eq!(normalize("zope.-_interface"), "zope-interface");
    }

    #[test]
    fn extras_are_split_off_and_sorted() {
        let both = vec!["a".to_owned(), "b-c".to_owned()];
        assert_eq!(split_extras("X[b_c, A]"), Some(("x".to_owned(), both.clone())));
        assert_eq!(split_extras("x[a"), None);
        assert_eq!(join_extras("x", &both), "x[a,b-c]");
    }
}
