//! The reader against the `kdl` crate as oracle, and what it says about texts that people mistype.

use kdl::{KdlDocument, KdlValue};
use kiln_base::Source;
use proptest::prelude::*;

use super::{Node, Scalar, parse};

/// Refusals that are kiln's own: KDL allows these texts.
const OWN: [&str; 6] = [
    "forbidden-character",
    "fraction",
    "kdl-version",
    "number-too-large",
    "too-deep",
    "unquoted-range",
];

fn show(nodes: &[Node]) -> String {
    let mut text = String::new();
    for node in nodes {
        if let Some(annotation) = &node.annotation {
            text.push_str(&format!("({:?})", annotation.value));
        }
        text.push_str(&format!("{:?}", node.name.value));
        for entry in &node.entries {
            let name = entry.name.as_ref().map(|name| &name.value);
            let annotation = entry.annotation.as_ref().map(|annotation| &annotation.value);
            text.push_str(&format!(" {name:?} {annotation:?} {:?}", entry.value));
        }
        if let Some(children) = &node.children {
            text.push_str(&format!(" {{ {}}}", show(children)));
        }
        text.push('\n');
    }
    text
}

fn oracle(document: &KdlDocument) -> String {
    let mut text = String::new();
    for node in document.nodes() {
        if let Some(annotation) = node.ty() {
            text.push_str(&format!("({:?})", annotation.value()));
        }
        text.push_str(&format!("{:?}", node.name().value()));
        for entry in node.entries() {
            let name = entry.name().map(kdl::KdlIdentifier::value);
            let annotation = entry.ty().map(kdl::KdlIdentifier::value);
            let value = match entry.value() {
                KdlValue::Null => Scalar::Null,
                KdlValue::Bool(value) => Scalar::Bool(*value),
                KdlValue::Integer(value) => {
                    i64::try_from(*value).map_or(Scalar::Invalid, Scalar::Int)
                }
                KdlValue::String(text) => Scalar::Text(text.clone()),
                KdlValue::Float(_) => Scalar::Invalid,
            };
            text.push_str(&format!(" {name:?} {annotation:?} {value:?}"));
        }
        if let Some(children) = node.children() {
            text.push_str(&format!(" {{ {}}}", oracle(children)));
        }
        text.push('\n');
    }
    text
}

fn compare(text: &str) -> Result<(), TestCaseError> {
    let tree = parse(&Source::new("x.kdl", text));
    let complaints = &tree.diagnostics.0;
    match KdlDocument::parse_v2(text) {
        Ok(document) if complaints.is_empty() => {
            prop_assert_eq!(show(&tree.nodes), oracle(&document), "{:?}", text);
        }
        // The oracle takes what stands behind a commented-out node for a node of its own.
        _ if text.contains("/-") => {}
        Ok(_) => {
            let foreign = complaints.iter().find(|complaint| !OWN.contains(&complaint.id));
            prop_assert!(foreign.is_none(), "{:?}\n{}", text, tree.diagnostics);
        }
        Err(error) => {
            prop_assert!(!complaints.is_empty(), "{:?}\n{:?}", text, error.diagnostics);
        }
    }
    Ok(())
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a",
        "node",
        "-",
        "+x",
        "k=v",
        "k = 1",
        "\"q k\"=#true",
        "1",
        "-12",
        "0x1F",
        "1_0",
        "1.5",
        "7e3",
        "\"text\"",
        "\"a\\n\\u{e9}\\\\\"",
        "\"\"",
        "#\"raw \\n\"#",
        "##\"a\"#b\"##",
        "#true ",
        "#false ",
        "#null ",
        "#inf ",
        "(t)",
        "(t)a",
        "(\"u v\")1",
        "{",
        "}",
        "{ b; c 1 }",
        ";",
        "\n",
        "\r\n",
        "// note\n",
        "/* a /* b */ c */",
        "/*x*/",
        "/-",
        "/- ",
        "\\\n",
        "\\ // c\n",
        " ",
        "  ",
        "=",
        "true",
        "15m",
        "a/b",
        "[",
        "\"\"\"\n  l1\n\n   l2\n  \"\"\"",
        "#\"\"\"\n r \\\n \"\"\"#",
        "\u{2003}",
        "é",
        ",",
        "a\"b\"",
    ])
}

/// Well-formed nodes, some of them commented out.
fn nodes() -> impl Strategy<Value = String> {
    let entry = prop::sample::select(vec![
        "a",
        "k=v",
        "k = 1",
        "\"q k\"=#true",
        "1",
        "\"t \\\" \\u{e9}\"",
        "#\"raw\"#",
        "#null",
        "(t)a",
        "/-gone",
        "/-k=v",
        "/* c */ b",
        "\\\n d",
    ]);
    let head = (
        prop::sample::select(vec!["n", "\"n m\"", "(t)n", "/-n"]),
        prop::collection::vec(entry, 0..4),
    )
        .prop_map(|(name, entries)| format!("{name} {}", entries.join(" ")));
    let leaf = prop::collection::vec(head.clone(), 0..3).prop_map(|heads| heads.join("\n"));
    leaf.prop_recursive(3, 16, 3, move |inner| {
        let node =
            (head.clone(), inner).prop_map(|(head, inner)| format!("{head} {{\n{inner}\n}}"));
        prop::collection::vec(node, 1..3).prop_map(|nodes| nodes.join("\n"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn agrees_with_the_oracle(tokens in prop::collection::vec((token(), any::<bool>()), 0..14)) {
        let text: String = tokens
            .iter()
            .flat_map(|(token, space)| [*token, if *space { " " } else { "" }])
            .collect();
        compare(&text)?;
    }

    #[test]
    fn well_formed_texts_read_alike(text in nodes()) {
        let tree = parse(&Source::new("x.kdl", text.as_str()));
        prop_assert_eq!(tree.diagnostics.to_string(), "");
        let document = KdlDocument::parse_v2(&text).unwrap();
        prop_assert_eq!(show(&tree.nodes), oracle(&document), "{}", text);
    }

    #[test]
    fn any_text_is_read_to_the_end(text in "[ -~\n\\\\\"{}/*#;=é\u{2028}]{0,60}") {
        let tree = parse(&Source::new("x.kdl", text.as_str()));
        for complaint in &tree.diagnostics.0 {
            let span = complaint.labels[0].span;
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
    }
}

#[test]
fn time_and_stack_are_bounded() {
    let nested = "a /-{".repeat(60) + &"}".repeat(60);
    let shape = |text: String| {
        let tree = parse(&Source::new("x.kdl", text));
        let ids: Vec<&str> = tree.diagnostics.0.iter().map(|complaint| complaint.id).collect();
        (tree.nodes.len(), ids.len(), ids.first().copied().unwrap_or(""))
    };
    let all = [
        shape(nested),
        shape("{".repeat(500_000)),
        shape("a {".repeat(100_000)),
        shape("}".repeat(500_000)),
        shape("/*".repeat(500_000)),
        shape(format!("/*{}*/a", "*/ /*".repeat(100_000))),
        shape(format!("a {}", "/-".repeat(100_000))),
        shape("(".repeat(500_000)),
        shape("#".repeat(500_000)),
        shape("\"\"\"".repeat(300_000)),
        shape("a=1;".repeat(200_000)),
        shape("x".repeat(2_000_000)),
    ];
    let lines: Vec<String> = all.iter().map(|shape| format!("{shape:?}")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    (1, 0, "")
    (0, 66, "block-without-node")
    (1, 1, "too-deep")
    (0, 1, "stray-brace")
    (0, 1, "unclosed-comment")
    (1, 0, "")
    (1, 1, "bare-word")
    (0, 2, "bad-annotation")
    (0, 1, "bare-word")
    (0, 1, "unclosed-text")
    (100, 100, "equals-sign")
    (0, 1, "too-large")
    "#);
}

fn complaints(text: &str) -> String {
    parse(&Source::new("x.kdl", text)).diagnostics.to_string()
}

#[test]
fn values_that_need_quotes() {
    let text = "ttl 15m\nkit x version=1.0.0\nadd acme/x\nfiles a into={backend.src}/x\n\
                requires x >=1\nkits { a >=1, b; c <3 }\nn 1.5 99999999999999999999 +-3 0x\n\
                x a=b=c [1,2] \"a\"b\n";
    insta::assert_snapshot!(complaints(text), @r#"
    error[bare-word]: the word `15m` starts like a number
      at x.kdl:1:5
      hint: quote it: `"15m"`
    error[bare-word]: the word `1.0.0` starts like a number
      at x.kdl:2:15
      hint: quote it: `"1.0.0"`
    error[bare-word]: `acme/x` is no word
      at x.kdl:3:5
      hint: quote it: `"acme/x"`
    error[bare-word]: `{backend.src}/x` is no word
      at x.kdl:4:14
      hint: quote it: `"{backend.src}/x"`
    error[unquoted-range]: KDL reads `>=1` as a property named `>`
      at x.kdl:5:12
      hint: quote it: `">=1"`
    error[unquoted-range]: KDL reads `>=1, b` as a property named `>`
      at x.kdl:6:10
      hint: quote it: `">=1, b"`
    error[fraction]: `1.5` is no whole number; kiln has no other ones
      at x.kdl:7:3
      hint: quote it if it is a text: `"1.5"`
    error[number-too-large]: `99999999999999999999` does not fit into 64 bits
      at x.kdl:7:7
      hint: quote it if it is a text: `"99999999999999999999"`
    error[bare-word]: the word `0x` starts like a number
      at x.kdl:7:32
      hint: quote it: `"0x"`
    error[bare-word]: `=c` follows no name
      at x.kdl:8:6
      hint: a text with `=` is quoted
    error[bare-word]: `[1,2]` is no word
      at x.kdl:8:9
      hint: quote it: `"[1,2]"`
    error[bad-value]: `"a"b` is no value: quotes start and end one
      at x.kdl:8:15
      hint: put a space between two values
    "#);
}

#[test]
fn older_kdl() {
    let text =
        "/- kdl-version 1\na true\nb null=false\nc r\"\\d+\"\nd r#\"x\"#\ne #True #yes #nul\n";
    insta::assert_snapshot!(complaints(text), @r##"
    error[kdl-version]: the text says that it is KDL v1; kiln reads KDL v2
      at x.kdl:1:16
      hint: in KDL v2 `true`, `false` and `null` are `#true`, `#false` and `#null`, and `r"…"` is `#"…"#`
    error[bare-keyword]: a bare `true` is not KDL v2
      at x.kdl:2:3
      hint: write `#true`, or `"true"` if the text is meant
    error[bare-keyword]: a bare `null` is not KDL v2
      at x.kdl:3:3
      hint: write `#null`, or `"null"` if the text is meant
    error[bare-keyword]: a bare `false` is not KDL v2
      at x.kdl:3:8
      hint: write `#false`, or `"false"` if the text is meant
    error[kdl-version]: `r"\d+"` is a raw text of KDL v1
      at x.kdl:4:3
      hint: in KDL v2 `true`, `false` and `null` are `#true`, `#false` and `#null`, and `r"…"` is `#"…"#`
    error[kdl-version]: `r#"x"#` is a raw text of KDL v1
      at x.kdl:5:3
      hint: in KDL v2 `true`, `false` and `null` are `#true`, `#false` and `#null`, and `r"…"` is `#"…"#`
    error[unknown-keyword]: `#True` is no value; there are `#true`, `#false` and `#null`
      at x.kdl:6:3
      hint: write `#true`
    error[unknown-keyword]: `#yes` is no value; there are `#true`, `#false` and `#null`
      at x.kdl:6:9
      hint: quote it if it is a text: `"#yes"`
    error[unknown-keyword]: `#nul` is no value; there are `#true`, `#false` and `#null`
      at x.kdl:6:14
      hint: did you mean `#null`?
    "##);
}

#[test]
fn blocks_and_texts_without_end() {
    let texts = [
        "a {\n  b {\n}\n",
        "a }\nb",
        "a\n{ b }\n",
        "a { b } c\n",
        "a {} {}\n",
        "a \"x\nb\n",
        "a \"\"\"x\"\"\"\n",
        "a \"\"\"\n x\n",
        "a \"\"\"\n x\n  \"\"\"\n",
        "a #\"x\n",
        "a \"\\d\" \"\\u{110000}\" \"\\u{202e}\"\n",
        "a /* b\n",
        "a (part\n",
        "a (part)\n",
        "a b=\n",
        "a =b\n",
        "1 2\n",
        ";a;;\n",
        "a\u{202e} b\0\n",
    ];
    let all: Vec<String> =
        texts.iter().map(|text| format!("{text:?}\n{}", complaints(text))).collect();
    insta::assert_snapshot!(all.join("\n"), @r##"
    "a {\n  b {\n}\n"
    error[unclosed-block]: the block has no `}`
      at x.kdl:1:3

    "a }\nb"
    error[stray-brace]: `}` closes no block
      at x.kdl:1:3

    "a\n{ b }\n"
    error[block-without-node]: the block belongs to no node
      at x.kdl:2:1
      hint: write the block on the line of its node

    "a { b } c\n"
    error[after-block]: `c` stands behind the block
      at x.kdl:1:9
      hint: a block ends its node; a text with `{` or `}` is quoted

    "a {} {}\n"
    error[second-block]: a node has one block
      at x.kdl:1:6

    "a \"x\nb\n"
    error[unclosed-text]: the text is not closed by `"` on its line
      at x.kdl:1:3
      hint: a text of several lines stands between `"""` on lines of their own

    "a \"\"\"x\"\"\"\n"
    error[unclosed-text]: the text is not closed by `"""` on its line
      at x.kdl:1:3
      hint: a text of several lines stands between `"""` on lines of their own

    "a \"\"\"\n x\n"
    error[unclosed-text]: the text is not closed by `"""`
      at x.kdl:1:3

    "a \"\"\"\n x\n  \"\"\"\n"
    error[bad-indentation]: a line is indented less than the closing quotes
      at x.kdl:1:3

    "a #\"x\n"
    error[unclosed-text]: the text is not closed by `"#` on its line
      at x.kdl:1:3
      hint: a text of several lines stands between `"""` on lines of their own

    "a \"\\d\" \"\\u{110000}\" \"\\u{202e}\"\n"
    error[unknown-escape]: `\d` is no escape
      at x.kdl:1:3
      hint: write a backslash twice, or use a raw text: `#"…"#`
    error[unknown-escape]: `\u` is no escape
      at x.kdl:1:8
      hint: write a backslash twice, or use a raw text: `#"…"#`
    error[forbidden-character]: the text holds a character that turns the direction of writing (U+202E)
      at x.kdl:1:21

    "a /* b\n"
    error[unclosed-comment]: the comment has no end
      at x.kdl:1:3

    "a (part\n"
    error[bad-annotation]: a word in parentheses was begun and not closed
      at x.kdl:1:3
      hint: a text with parentheses is quoted

    "a (part)\n"
    error[missing-value]: no value follows the parentheses
      at x.kdl:1:3

    "a b=\n"
    error[missing-value]: nothing follows `=`
      at x.kdl:1:3

    "a =b\n"
    error[equals-sign]: `=` stands behind the name of a node
      at x.kdl:1:3
      hint: write `a b`

    "1 2\n"
    error[bad-name]: a node cannot be called `1`
      at x.kdl:1:1

    ";a;;\n"
    error[stray-semicolon]: no node stands before `;`
      at x.kdl:1:1
    error[stray-semicolon]: no node stands before `;`
      at x.kdl:1:4

    "a\u{202e} b\0\n"
    error[forbidden-character]: a character that turns the direction of writing (U+202E) may not stand here
      at x.kdl:1:2
      hint: in a quoted text it can be written `\u{202e}`
    error[forbidden-character]: a NUL character (U+0000) may not stand here
      at x.kdl:1:5
      hint: in a quoted text it can be written `\u{0}`
    "##);
}
