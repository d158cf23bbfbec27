//! A way out for every refusal: what to do where a diagnostic itself has nothing more precise to say.

use kiln_base::{Diagnostics, Severity};

/// Ways out by id. A family of ids that ends in `-` stands for all that begin so.
const HINTS: [(&str, &str); 43] = [
    ("bad-bounds", "correct the value or its bounds"),
    ("bad-default", "correct the default or what is declared for it"),
    ("bad-glob", "a glob is a path with `*`, `**`, `?`, `[ab]` or `{a,b}` in it"),
    ("bad-name", "take another name"),
    ("bad-path", "paths go down from the project's folder, by names that every system can store"),
    ("bad-pattern", "patterns are regular expressions as Rust's `regex` has them"),
    ("dangling-reference", "correct the name, or add what it names"),
    ("data-table", "tables of data are TOML"),
    ("disk", "see that the path is free, that there is room, and that you may read and write it"),
    ("duplicate-", "remove one of the two"),
    ("fact-twice", "remove one of the two"),
    ("file-missing", "restore it, or name another path"),
    ("glob", "a glob is a path with `*`, `**`, `?`, `[ab]` or `{a,b}` in it"),
    ("inactive-option", "set what the condition asks for too, or remove the option"),
    ("item-value", "the manifest of the kit that declares the slot says what its fields take"),
    ("kit-file", "rename or remove the file"),
    ("library", "the path is seen from the folder of the spec"),
    ("missing-folder", "make the folder, or correct its name"),
    ("missing-part", "put the file into `parts/` of the kit, or correct its name"),
    ("missing-template", "save the file as UTF-8, or correct its name"),
    ("no-document", "documents are `.json`, `.toml`, `.yaml` and `.yml`"),
    ("no-spec", "`--from` takes the path of a spec, such as `shop/kiln.kdl`"),
    ("not-text", "save the file as UTF-8"),
    ("not-utf8", "save the file as UTF-8"),
    ("not-yet", "leave it out until then"),
    ("obstructed", "move it away: a plain file or folder belongs there"),
    ("option-value", "`kiln show` with the kit's name says what its options take"),
    ("out-of-range", "correct the value or its bounds"),
    (
        "output-path",
        "outputs lie below the project's folder, under names that every system can store",
    ),
    (
        "placeholder",
        "a kit reads its options and what it requires, provides or names in a condition; `{{` is a brace",
    ),
    ("reserved-name", "take another name"),
    ("slot-twice", "remove one of the two"),
    ("template-failed", "correct the template, or the values that it reads"),
    (
        "template-invalid",
        "templates are Tera 2 with `{= value =}`, `{% statement %}` and `{# note #}`",
    ),
    ("template-too-costly", "templates do not compute: make the loop or the text shorter"),
    (
        "template-undefined",
        "a kit reads its options and what it requires, provides or names in a condition",
    ),
    ("too-deep", "write it flatter"),
    ("too-large", "nothing that kiln reads is so large: see that it is the right file"),
    ("unclosed-block", "close it with `}`"),
    ("unclosed-comment", "close it with `*/`"),
    ("unknown-", "correct the name"),
    ("unknown-format", "use a newer kiln"),
    ("wrong-type", "write a value of that type"),
];

fn way_out(id: &str) -> Option<&'static str> {
    let exact = HINTS.iter().find(|(known, _)| *known == id);
    let family = || HINTS.iter().find(|(known, _)| known.ends_with('-') && id.starts_with(known));
    exact.or_else(family).map(|(_, hint)| *hint)
}

/// Gives every error without a hint the one that its id has.
pub(crate) fn complete(diagnostics: Diagnostics) -> Diagnostics {
    let with_hint = |diagnostic: kiln_base::Diagnostic| {
        if diagnostic.hints.is_empty() && diagnostic.severity == Severity::Error {
            let hint = way_out(diagnostic.id);
            return diagnostic.hint_if(hint.map(str::to_owned));
        }
        diagnostic
    };
    Diagnostics(diagnostics.0.into_iter().map(with_hint).collect())
}

#[cfg(test)]
mod tests {
    use kiln_base::{Diagnostic, Diagnostics};

    use super::{HINTS, complete};

    #[test]
    fn the_table_is_sorted_and_says_each_id_once() {
        assert!(HINTS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn what_has_a_hint_keeps_it_and_a_family_serves_the_rest() {
        let all = Diagnostics(vec![
            Diagnostic::error("unknown-format", "a"),
            Diagnostic::error("unknown-thing", "b"),
            Diagnostic::error("unknown-thing", "c").hint("own"),
            Diagnostic::error("nothing-known", "d"),
            Diagnostic::warning("unknown-thing", "e"),
        ]);
        let hints: Vec<Vec<String>> = complete(all).0.into_iter().map(|one| one.hints).collect();
        let expected: [&[&str]; 5] =
            [&["use a newer kiln"], &["correct the name"], &["own"], &[], &[]];
        assert_eq!(hints, expected);
    }
}
