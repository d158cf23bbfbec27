//! Short forms of decoded data for snapshots.

use regex::Regex;

/// The debug form without places and without what is not there, a line for each thing of some size.
pub(crate) fn compact(value: &dyn std::fmt::Debug) -> String {
    let replace = |text: String, pattern: &str, with: &str| {
        let regex = Regex::new(pattern).unwrap();
        let mut text = text;
        loop {
            let next = regex.replace_all(&text, with).into_owned();
            if next == text {
                return text;
            }
            text = next;
        }
    };
    let text = replace(format!("{value:?}"), r",? ?span: Span \{ start: \d+, end: \d+ \},? ?", "");
    let text = replace(text, r"Spanned \{ value: ((?:[^{}]|\{[^{}]*\})*)\}", "$1");
    let text = replace(text, r#"\w+: (?:None|false|\[\]|"")(?:, | (\}))"#, "$1");
    let text = replace(text, r"Some\(([^()]*)\)", "$1");
    let text = replace(text, r"  +", " ");
    replace(
        text,
        r"([^\n]) ?\b((?:Section|Module|Entity|Field|BelongsTo|KitRequest|Fact|Slot|Declaration|Add|OwnershipRule|Foreign|Place|Confirm|Rule|Changes) ?[({])",
        "$1\n$2",
    )
}
