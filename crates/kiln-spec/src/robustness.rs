//! Whatever a text holds, decoding ends with a value or with errors that have places; it never panics.

use kiln_base::{Diagnostics, Source};
use proptest::prelude::*;

use crate::{decode_manifest, decode_scenario, decode_spec};

const TEXT: &str = r##"
project abc { title "T"; scale small }
scenario saas { title "x" }
kits { without a why="b"; c "^1" from=d { e "1m" 2 #true; f g h } }
add a.b "{c}" 1 d=(part)"e.md" { f g h }
module m { entity E table=t { field f type=enum max=3 default=a { values a b; k o=1 }
  belongs-to U as=o on-delete=set-null; index f o_id } }
ownership { seeded "a/**"; foreign "a#b" }
place a at=b
confirm "x" after="y"
kit k version="1.0.0" { title t; layer feature; tags a b
  requires r prefer=p version="^1"; provides p:q { fact f "{x}"; slot s sort=n { key n; field g type=list in=p.s } }
  option o type=duration default="15m" min="1m" max="1h"; option l { default a b; choice a }
  when p o=#true { unless l=a { files f into="{a}" each=option.l ownership=seeded } }
  extend entity { field x type=uuid; scope x; rule r up=(part)"u" down=(part)"d" }
  computed "p" catalogue=python from=a.b group=dev; reserve module a why=b
  changes "1.0.0" { option a renamed=b; moved a to=b } }
"##;

const PIECES: [&str; 24] = [
    "{",
    "}",
    "\"",
    "=",
    " ",
    "\n",
    ";",
    "(part)",
    "#true",
    "-1",
    "9223372036854775808",
    "é",
    "\0",
    "/-",
    "/*",
    "*/",
    "type=",
    "min=9",
    "default",
    "\\",
    "#\"",
    "\"\"\"",
    "..",
    "a:b",
];

fn every_error_has_a_place(result: Result<(), Diagnostics>) -> Result<(), TestCaseError> {
    if let Err(errors) = result {
        prop_assert!(errors.has_errors());
        for error in errors.0.iter().filter(|error| error.id != "more-errors") {
            let label = &error.labels[0];
            let range = label.span.start as usize..label.span.end as usize;
            prop_assert!(label.source.text.get(range).is_some(), "{}", error.message);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutations_never_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, 0..PIECES.len(), any::<bool>()), 1..6),
    ) {
        let mut text = TEXT.to_owned();
        for (place, cut, piece, insert) in edits {
            let mut start = place.index(text.len() + 1);
            while !text.is_char_boundary(start) {
                start -= 1;
            }
            let mut end = (start + cut).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            text.replace_range(start..end, if insert { PIECES[piece] } else { "" });
        }
        let source = Source::new("x.kdl", text);
        every_error_has_a_place(decode_spec(source.clone()).map(|_| ()))?;
        every_error_has_a_place(decode_scenario(source.clone()).map(|_| ()))?;
        every_error_has_a_place(decode_manifest(source).map(|_| ()))?;
    }
}
