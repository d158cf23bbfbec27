//! Merging of texts: close rules and markers by example, and what must hold of any three texts.

use proptest::prelude::*;

use super::*;
use crate::close::Rule;
use crate::markers::find_markers;

fn run(path: &str, base: &str, yours: &str, theirs: &str) -> Outcome {
    merge(&MergeInput {
        path,
        base: base.as_bytes(),
        yours: yours.as_bytes(),
        theirs: theirs.as_bytes(),
        labels: &Labels::kiln("auth-jwt 1.1.0", "auth-jwt 1.2.0"),
        foreign: &[],
        taken: &[],
    })
}

/// The text, after the rules that made it.
fn shown(path: &str, base: &str, yours: &str, theirs: &str) -> String {
    let rules = |close: &[CloseMerge]| -> String {
        close.iter().map(|c| format!("[{:?} {:?}]\n", c.rule, c.lines)).collect()
    };
    match run(path, base, yours, theirs) {
        Outcome::Clean { text, close } => rules(&close) + &text,
        Outcome::Conflict { text, count, close } => {
            format!("{}[{count} conflicts]\n{text}", rules(&close))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn a_conflict_names_kit_and_versions() {
    insta::assert_snapshot!(shown("a.py", "a\nx = 1\nb\n", "a\nx = 2\nb\n", "a\nx = 3\nb\n"), @"
    [1 conflicts]
    a
    <<<<<<< kiln: yours
    x = 2
    ||||||| kiln: base (auth-jwt 1.1.0)
    x = 1
    =======
    x = 3
    >>>>>>> kiln: auth-jwt 1.2.0
    b
    ");
}

#[test]
fn markers_are_longer_than_any_run_in_the_texts() {
    let text = |x: u8| format!("Title\n========\nx = {x}\n");
    insta::assert_snapshot!(shown("a.rst", &text(1), &text(2), &text(3)), @"
    [1 conflicts]
    Title
    ========
    <<<<<<<<< kiln: yours
    x = 2
    ||||||||| kiln: base (auth-jwt 1.1.0)
    x = 1
    =========
    x = 3
    >>>>>>>>> kiln: auth-jwt 1.2.0
    ");
}

#[test]
fn who_only_reformats_gives_way() {
    let base = "f(a, b, 'c')\n";
    let black = "f(\n    a,\n    b,\n    \"c\",\n)\n";
    insta::assert_snapshot!(shown("a.py", base, black, "f(a, b, 'd')\n"), @"
    [Format 1..2]
    f(a, b, 'd')
    ");
    insta::assert_snapshot!(shown("a.ts", "if (a) {\n  b();\n}\n", "if (a) { b(); }\n", "if (a) {\n  b();\n  c();\n}\n"), @"
    [Format 1..5]
    if (a) {
      b();
      c();
    }
    ");
    // Indentation means something in Python, and the line ends in Go.
    insta::assert_snapshot!(shown("a.py", "if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n", "if a:\n    b()\n    d()\n"), @"
    [1 conflicts]
    if a:
        b()
    <<<<<<< kiln: yours
    c()
    ||||||| kiln: base (auth-jwt 1.1.0)
        c()
    =======
        d()
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
    insta::assert_snapshot!(shown("a.go", "return\na()\n", "return a()\n", "return\nb()\n"), @"
    [1 conflicts]
    <<<<<<< kiln: yours
    return a()
    ||||||| kiln: base (auth-jwt 1.1.0)
    return
    a()
    =======
    return
    b()
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
    // A tuple of one is no call in brackets.
    insta::assert_snapshot!(shown("a.py", "x = (1)\n", "x = (1,)\n", "x = (2)\n"), @"
    [1 conflicts]
    <<<<<<< kiln: yours
    x = (1,)
    ||||||| kiln: base (auth-jwt 1.1.0)
    x = (1)
    =======
    x = (2)
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
}

#[test]
fn lists_and_imports_take_both_sides() {
    insta::assert_snapshot!(shown("a.py", "import b\nx\n", "import b\nimport d\nx\n", "import b\nfrom c import e\nx\n"), @"
    [Union 2..4]
    import b
    import d
    from c import e
    x
    ");
    insta::assert_snapshot!(shown("a.py", "import b\nx\n", "import b\nfrom d import e\nx\n", "import b\nfrom c import e\nx\n"), @"
    [1 conflicts]
    import b
    <<<<<<< kiln: yours
    from d import e
    ||||||| kiln: base (auth-jwt 1.1.0)
    =======
    from c import e
    >>>>>>> kiln: auth-jwt 1.2.0
    x
    ");
    insta::assert_snapshot!(shown("a.ts", "x = [\n  a,\n]\n", "x = [\n  a,\n  c,\n]\n", "x = [\n  a,\n  b,\n]\n"), @"
    [Union 3..5]
    x = [
      a,
      b,
      c,
    ]
    ");
    insta::assert_snapshot!(shown("a.ts", "x = {\n}\n", "x = {\n  k: 1,\n}\n", "x = {\n  k: 2,\n}\n"), @"
    [1 conflicts]
    x = {
    <<<<<<< kiln: yours
      k: 1,
    ||||||| kiln: base (auth-jwt 1.1.0)
    =======
      k: 2,
    >>>>>>> kiln: auth-jwt 1.2.0
    }
    ");
    insta::assert_snapshot!(shown(".gitignore", "a\n", "a\nc\n", "a\nb\n*.log\n"), @"
    [Union 2..5]
    a
    c
    b
    *.log
    ");
    insta::assert_snapshot!(shown(".env.example", "A=1\n", "A=1\nB=2\n", "A=1\nB=3\n"), @"
    [1 conflicts]
    A=1
    <<<<<<< kiln: yours
    B=2
    ||||||| kiln: base (auth-jwt 1.1.0)
    =======
    B=3
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
    insta::assert_snapshot!(shown("a.md", "- a\n\nx\n", "- a\n- b\n\nx\n", "- a\n- c\n\nx\n"), @"
    [Union 2..4]
    - a
    - b
    - c

    x
    ");
    // Statements keep an order that nobody but a person knows.
    insta::assert_snapshot!(shown("a.py", "a()\n", "a()\nb()\n", "a()\nc()\n"), @"
    [1 conflicts]
    a()
    <<<<<<< kiln: yours
    b()
    ||||||| kiln: base (auth-jwt 1.1.0)
    =======
    c()
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
}

#[test]
fn different_tokens_of_a_line() {
    insta::assert_snapshot!(shown("a.py", "app = App(title=\"x\", debug=False)\n", "app = App(title=\"mine\", debug=False)\n", "app = App(title=\"x\", debug=False, lifespan=run)\n"), @r#"
    [Tokens 1..2]
    app = App(title="mine", debug=False, lifespan=run)
    "#);
    insta::assert_snapshot!(shown("a.ts", "const a = f(x);\nconst b = g(y);\n", "const a = f(x, 1);\nconst b = g(y);\n", "const a = f(x);\nconst b = g(y, 2);\n"), @"
    [Tokens 1..3]
    const a = f(x, 1);
    const b = g(y, 2);
    ");
    // Two bumps of one version, two edits of one path or one text: never mixed.
    insta::assert_snapshot!(shown("Dockerfile", "FROM python:3.12.1-slim\n", "FROM python:3.13.1-slim\n", "FROM python:3.12.1-alpine\n"), @"
    [1 conflicts]
    <<<<<<< kiln: yours
    FROM python:3.13.1-slim
    ||||||| kiln: base (auth-jwt 1.1.0)
    FROM python:3.12.1-slim
    =======
    FROM python:3.12.1-alpine
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
    insta::assert_snapshot!(shown("a.py", "x = \"one two three\"\n", "x = \"1 two three\"\n", "x = \"one two 3\"\n"), @r#"
    [1 conflicts]
    <<<<<<< kiln: yours
    x = "1 two three"
    ||||||| kiln: base (auth-jwt 1.1.0)
    x = "one two three"
    =======
    x = "one two 3"
    >>>>>>> kiln: auth-jwt 1.2.0
    "#);
    insta::assert_snapshot!(shown("a.sh", "curl https://a.b/v1/x\n", "curl https://a.b/v2/x\n", "curl https://a.c/v1/x\n"), @"
    [1 conflicts]
    <<<<<<< kiln: yours
    curl https://a.b/v2/x
    ||||||| kiln: base (auth-jwt 1.1.0)
    curl https://a.b/v1/x
    =======
    curl https://a.c/v1/x
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
    // One side moves a block, the other one adds a line to it.
    insta::assert_snapshot!(shown("a.py", "a()\nb()\n", "if x:\n    a()\n    b()\n", "a()\nc()\nb()\n"), @"
    [1 conflicts]
    <<<<<<< kiln: yours
    if x:
        a()
        b()
    ||||||| kiln: base (auth-jwt 1.1.0)
    a()
    b()
    =======
    a()
    c()
    b()
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
}

#[test]
fn line_ends_and_the_last_newline_are_the_persons() {
    let run =
        |base: &str, yours: &str, theirs: &str| format!("{:?}", run("a.txt", base, yours, theirs));
    insta::assert_snapshot!(run("a\nb\nc\n", "a\r\nb\r\nc\r\n", "a\nB\nc\n"), @r#"Clean { text: "a\r\nB\r\nc\r\n", close: [] }"#);
    insta::assert_snapshot!(run("a\nb\nc\nd\n", "a\r\nb\nc\r\nd\r\n", "a\nb\nc\nD\n"), @r#"Clean { text: "a\r\nb\nc\r\nD\r\n", close: [] }"#);
    insta::assert_snapshot!(run("a\nb", "a\nb\n", "x\na\nb"), @r#"Clean { text: "x\na\nb\n", close: [] }"#);
    insta::assert_snapshot!(run("a\nb\n", "a\nb", "x\na\nb\n"), @r#"Clean { text: "x\na\nb", close: [] }"#);
    insta::assert_snapshot!(run("a\n", "b", "c"), @r#"Conflict { text: "<<<<<<< kiln: yours\nb\n||||||| kiln: base (auth-jwt 1.1.0)\na\n=======\nc\n>>>>>>> kiln: auth-jwt 1.2.0\n", count: 1, close: [] }"#);
    insta::assert_snapshot!(run("", "a\n", ""), @r#"Clean { text: "a\n", close: [] }"#);
    insta::assert_snapshot!(run("\u{feff}a\nb\nc\n", "\u{feff}a\nb\nc\n", "x\nb\nc\n"), @r#"Clean { text: "\u{feff}x\nb\nc\n", close: [] }"#);
}

#[test]
fn what_is_no_text_is_binary() {
    let run = |base: &[u8], yours: &[u8], theirs: &[u8]| {
        let labels = Labels::kiln("k 1", "k 2");
        merge(&MergeInput {
            path: "a",
            base,
            yours,
            theirs,
            labels: &labels,
            foreign: &[],
            taken: &[],
        })
    };
    assert_eq!(run(b"a\0", b"b\0", b"c\0"), Outcome::Binary);
    assert_eq!(run(b"a", b"\xff", b"c"), Outcome::Binary);
    assert_eq!(run(b"a\0", b"a\0", b"c"), Outcome::Clean { text: "c".into(), close: Vec::new() });
}

#[test]
fn a_broken_document_merges_by_lines() {
    let base = "{\n  \"a\": 1,\n  \"b\": 1\n}\n";
    let yours = "{\n  \"a\": 1,\n  \"b\": 1,,\n}\n";
    insta::assert_snapshot!(shown("a.json", base, yours, "{\n  \"a\": 2,\n  \"b\": 1\n}\n"), @r#"
    [Tokens 2..4]
    {
      "a": 2,
      "b": 1,,
    }
    "#);
    insta::assert_snapshot!(shown("a.json", base, yours, "{\n  \"a\": 1,\n  \"b\": 2\n}\n"), @r#"
    [1 conflicts]
    {
      "a": 1,
    <<<<<<< kiln: yours
      "b": 1,,
    ||||||| kiln: base (auth-jwt 1.1.0)
      "b": 1
    =======
      "b": 2
    >>>>>>> kiln: auth-jwt 1.2.0
    }
    "#);
}

#[test]
fn two_ways_without_a_base() {
    let (text, count) =
        crate::two_way("a\r\nb\r\nc\r\n", "a\nx\nc\n", &Labels::kiln("none", "auth-jwt 1.2.0"));
    insta::assert_debug_snapshot!((text, count), @r#"
    (
        "a\r\n<<<<<<< kiln: yours\r\nb\r\n=======\r\nx\r\n>>>>>>> kiln: auth-jwt 1.2.0\r\nc\r\n",
        1,
    )
    "#);
}

#[test]
fn resolutions_are_looked_at() {
    let (base, yours, theirs) = ("a1\nb1\nc1\n", "a1\nmine1\nc1\n", "a1\ntheirs1\nc1\n");
    let look = |resolved: &str| crate::check_resolution(base, yours, theirs, resolved);
    assert!(look("a1\n  mine1\ntheirs1\nc1\n").is_clean());
    insta::assert_debug_snapshot!(look("a1\n<<<<<<< kiln: yours\nmine1\n=======\nmine1\n"), @r#"
    Resolution {
        markers: [
            Marker {
                line: 2,
                kind: Yours,
                label: "kiln: yours",
                is_kiln: true,
            },
        ],
        lost: [
            LostLine {
                from: Theirs,
                line: 2,
                text: "theirs1",
            },
            LostLine {
                from: All,
                line: 3,
                text: "c1",
            },
        ],
        repeated: [
            (
                5,
                "mine1",
            ),
        ],
    }
    "#);
    let text = "<<<<<<< HEAD\n||||||| 1a2b\n=======\n>>>>>>> b\n>>>>>>>> b\n>>>>>>>> kiln: k 1\n<<<<<<<\n  <<<<<<< x\n";
    insta::assert_debug_snapshot!(find_markers(text).iter().map(|m| (m.line, m.is_kiln)).collect::<Vec<_>>(), @"
    [
        (
            1,
            false,
        ),
        (
            2,
            false,
        ),
        (
            4,
            false,
        ),
        (
            6,
            true,
        ),
    ]
    ");
}

/// `merge_without_base`, shown.
fn both_added(path: &str, yours: &str, theirs: &str) -> String {
    let labels = Labels::kiln("none", "auth-jwt 1.2.0");
    let (yours, theirs) = (yours.as_bytes(), theirs.as_bytes());
    let input =
        MergeInput { path, base: b"", yours, theirs, labels: &labels, foreign: &[], taken: &[] };
    match merge_without_base(&input) {
        Outcome::Clean { text, .. } => format!("{text:?}"),
        Outcome::Conflict { text, count, .. } => format!("[{count} conflicts] {text:?}"),
        Outcome::KeyConflicts(keys) => {
            let shown = |found: &Option<Found>| {
                found.as_ref().map_or("absent".to_owned(), |found| found.value.to_string())
            };
            let line = |key: &KeyConflict| {
                format!("{}: {} / {}", key.path, shown(&key.yours), shown(&key.theirs))
            };
            keys.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Outcome::Binary => "binary".to_owned(),
    }
}

#[test]
fn what_both_added_and_what_has_no_base() {
    insta::assert_snapshot!(both_added("a.py", "a\nb\n", "a\r\nb\r\n"), @r#""a\nb\n""#);
    insta::assert_snapshot!(both_added("a.py", "a\nb\n", "a\nc\n"), @r#"[1 conflicts] "a\n<<<<<<< kiln: yours\nb\n=======\nc\n>>>>>>> kiln: auth-jwt 1.2.0\n""#);
    insta::assert_snapshot!(both_added("a.py", "\u{feff}a\r\nb", "a\nc\n"), @r#"[1 conflicts] "\u{feff}a\r\n<<<<<<< kiln: yours\nb\n=======\nc\n>>>>>>> kiln: auth-jwt 1.2.0\n""#);
    insta::assert_snapshot!(both_added("a.py", "", "a\n"), @r#"[1 conflicts] "<<<<<<< kiln: yours\n=======\na\n>>>>>>> kiln: auth-jwt 1.2.0\n""#);
    insta::assert_snapshot!(both_added("a.bin", "a\0", "b"), @"binary");
    insta::assert_snapshot!(both_added("a.json", "{\"a\": 1, \"l\": [1, 2]}", "{\"l\": [1], \"b\": null}"), @r#""{\"a\": 1, \"l\": [1, 2], \"b\": null}""#);
    insta::assert_snapshot!(both_added("a.json", "{\"a\": 1, \"l\": [1, 2], \"n\": null}", "{\"a\": 2, \"l\": [2, 1], \"n\": {}}"), @"
    a: 1 / 2
    l: [1, 2] / [2, 1]
    n: null / {}
    ");
    insta::assert_snapshot!(both_added("a.yaml", "a: 1\n# mine\nb: 2\n", "a: 1\nc: 3\n"), @r#""a: 1\nc: 3\n# mine\nb: 2\n""#);
    insta::assert_snapshot!(both_added("a.toml", "a = 1\n", "[b]\nc = 3\n"), @r#""a = 1\n\n[b]\nc = 3\n""#);
    insta::assert_snapshot!(both_added("a.json", "{", "{}"), @r#"[1 conflicts] "<<<<<<< kiln: yours\n{\n=======\n{}\n>>>>>>> kiln: auth-jwt 1.2.0\n""#);
}

#[test]
fn line_ends_last_newlines_and_byte_order_marks_of_documents() {
    let run =
        |path: &str, base: &str, yours: &str, theirs: &str| match run(path, base, yours, theirs) {
            Outcome::Clean { text, .. } => format!("{text:?}"),
            other => format!("{other:?}"),
        };
    insta::assert_snapshot!(run("a.json", "{\"a\": 1, \"b\": 1}\n", "\u{feff}{\r\n\"a\": 2,\r\n\"b\": 1}", "{\"a\": 1, \"b\": 3}\n"), @r#""\u{feff}{\r\n\"a\": 2,\r\n\"b\": 3}""#);
    insta::assert_snapshot!(run("a.toml", "a = 1\nb = 1\n", "a = 2\r\nb = 1\nc = 1\r\n", "a = 1\nb = 3\n"), @r#""a = 2\r\nb = 3\r\nc = 1\r\n""#);
    insta::assert_snapshot!(run("a.yaml", "a: 1\nb: 1\n", "a: 2\r\nb: 1", "a: 1\nb: 3\n"), @r#""a: 2\r\nb: 3""#);
    // What is the same but for line ends is the same: nothing comes in.
    insta::assert_snapshot!(run("a.py", "a\nb\n", "a\r\nb\r\n", "a\nb\n"), @r#""a\r\nb\r\n""#);
    // Everything was taken out by one side: a text without lines, not a missing file, which is not for this crate.
    insta::assert_snapshot!(run("a.py", "a\nb\n", "", "a\nb\n"), @r#""""#);
    insta::assert_snapshot!(run("a.py", "a\nb\n", "", "a\nc\n"), @r#"Conflict { text: "<<<<<<< kiln: yours\n||||||| kiln: base (auth-jwt 1.1.0)\na\nb\n=======\na\nc\n>>>>>>> kiln: auth-jwt 1.2.0\n", count: 1, close: [] }"#);
}

#[test]
fn entries_that_one_side_takes_out() {
    insta::assert_snapshot!(shown("a.py", "from x import (\n    A,\n    B,\n)\n", "from x import (\n    A,\n)\n", "from x import (\n    B,\n    C,\n)\n"), @"
    [Union 2..3]
    from x import (
        C,
    )
    ");
    insta::assert_snapshot!(shown("a.ts", "import { a } from 'a';\nimport { b } from 'b';\n", "import { a } from 'a';\nimport { c } from 'c';\n", "import { b } from 'b';\n"), @"
    [Union 1..2]
    import { c } from 'c';
    ");
    // A changed entry is none that was taken out.
    insta::assert_snapshot!(shown("requirements.txt", "a==1\nb==1\n", "a==2\nb==1\n", "b==1\n"), @"
    [1 conflicts]
    <<<<<<< kiln: yours
    a==2
    ||||||| kiln: base (auth-jwt 1.1.0)
    a==1
    =======
    >>>>>>> kiln: auth-jwt 1.2.0
    b==1
    ");
    // What one side made a comment of, the other broke into lines.
    insta::assert_snapshot!(shown("a.js", "f = ['a'],\n", "f = [\n  'a',\n  'b',\n],\n", "// f = ['a'],\n"), @"
    [1 conflicts]
    <<<<<<< kiln: yours
    f = [
      'a',
      'b',
    ],
    ||||||| kiln: base (auth-jwt 1.1.0)
    f = ['a'],
    =======
    // f = ['a'],
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
    insta::assert_snapshot!(shown("a.js", "x // y\nz\n", "x // y z\n", "x // y\nq\n"), @"
    [1 conflicts]
    <<<<<<< kiln: yours
    x // y z
    ||||||| kiln: base (auth-jwt 1.1.0)
    x // y
    z
    =======
    x // y
    q
    >>>>>>> kiln: auth-jwt 1.2.0
    ");
}

fn lines(letters: u8, length: usize) -> impl Strategy<Value = Vec<String>> {
    let line = prop_oneof![
        4 => (0..letters).prop_map(|n| format!("line {n}\n")),
        2 => (0..letters).prop_map(|n| format!("    item{n},\n")),
        2 => (0..letters, 0..letters).prop_map(|(n, m)| format!("x = f(a{n}, \"{m}\", 1.{m})\n")),
        1 => (0..letters).prop_map(|n| format!("import m{n}\n")),
        1 => Just("\n".to_owned()),
        1 => Just("}\n".to_owned()),
    ];
    prop::collection::vec(line, 0..length)
}

type Splice = (usize, usize, Vec<String>);

fn spliced(base: &[String], edits: &[Splice]) -> Vec<String> {
    let mut out = base.to_vec();
    for (at, gone, new) in edits {
        let at = at % (out.len() + 1);
        out.splice(at..(at + gone).min(out.len()), new.iter().cloned());
    }
    out
}

fn splices(letters: u8) -> impl Strategy<Value = Vec<Splice>> {
    prop::collection::vec((0..100_usize, 0..3_usize, lines(letters, 3)), 0..4)
}

/// The words of a text: what must not be lost, however it is laid out.
fn words(text: &str) -> std::collections::BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '.').filter(|w| !w.is_empty()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_that_a_side_brings_is_lost(
        base in lines(9, 20),
        left in splices(30),
        right in splices(30),
        path in prop::sample::select(vec!["a.py", "a.ts", "a.md", "a.go", "x"]),
    ) {
        let (yours, theirs) = (spliced(&base, &left).concat(), spliced(&base, &right).concat());
        let base = base.concat();
        let (text, close, conflicts) = match run(path, &base, &yours, &theirs) {
            Outcome::Clean { text, close } => (text, close, 0),
            Outcome::Conflict { text, count, close } => (text, close, count),
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        let (b, y, t, now) = (words(&base), words(&yours), words(&theirs), words(&text));
        for word in y.difference(&b).chain(t.difference(&b)) {
            prop_assert!(now.contains(word), "`{word}` is lost in\n{text}");
        }
        // Nothing comes from nowhere.
        if conflicts == 0 {
            for word in &now {
                prop_assert!(y.contains(word) || t.contains(word), "`{word}` is new in\n{text}");
            }
        }
        // Markers are well formed and counted.
        let markers = find_markers(&text);
        prop_assert_eq!(markers.len(), conflicts * 3);
        // Without conflict of lines no rule was needed; with one, each is settled by a rule or marked.
        let plain = crate::text::merge(path, (&base, &yours, &theirs), &Labels::kiln("k 1", "k 2"), crate::text::Closeness::Lines);
        prop_assert_eq!(plain.conflicts, conflicts + close.len());
        for merge in &close {
            let count = text.lines().count();
            prop_assert!(merge.lines.end <= count + 1);
            prop_assert!(matches!(merge.rule, Rule::Format | Rule::Union | Rule::Tokens));
        }
        // Taking the result for the person's text, a second merge changes nothing.
        if conflicts == 0 {
            match run(path, &theirs, &text, &theirs) {
                Outcome::Clean { text: again, .. } => prop_assert_eq!(&again, &text),
                other => prop_assert!(false, "{other:?}"),
            }
        }
        // Line ends are no matter.
        let crlf = yours.replace('\n', "\r\n");
        let dos = match run(path, &base, &crlf, &theirs) {
            Outcome::Clean { text, .. } | Outcome::Conflict { text, .. } => text,
            other => format!("{other:?}"),
        };
        if yours.contains('\n') {
            prop_assert_eq!(dos, text.replace('\n', "\r\n"));
        }
    }

    #[test]
    fn any_bytes_merge_without_panic(
        texts in prop::array::uniform3("[ab\\r\\n\\t (){},\"'`#:\\-\\[\\]|&*?!%é\\x00]{0,40}"),
        path in prop::sample::select(vec!["a.py", "a.json", "a.toml", "a.yaml", "a.md"]),
    ) {
        let [base, yours, theirs] = &texts;
        let outcome = run(path, base, yours, theirs);
        if let (Outcome::Clean { text, .. }, true) = (&outcome, base == theirs) {
            prop_assert_eq!(text, yours);
        }
        let _ = crate::compose(crate::Format::Yaml, crate::Part { label: "a", text: base }, &[crate::Part { label: "b", text: yours }]);
        let _ = crate::check_resolution(base, yours, theirs, yours);
    }
}

#[test]
fn an_import_that_one_side_wrapped_takes_what_the_other_added() {
    let base = "from db import Alpha, Beta\n\nx = 1\n";
    let yours = "from db import (\n    Alpha,\n    Beta,\n)\n\nx = 1\n";
    let theirs = "from db import Alpha, Beta, Gamma\n\nx = 1\n";
    let labels = Labels::kiln("k 1", "k 2");
    let merged = |path| {
        merge(&MergeInput {
            path,
            base: base.as_bytes(),
            yours: yours.as_bytes(),
            theirs: theirs.as_bytes(),
            labels: &labels,
            foreign: &[],
            taken: &[],
        })
    };
    let Outcome::Clean { text, close } = merged("a.py") else { panic!("{:?}", merged("a.py")) };
    assert_eq!(text, theirs);
    assert_eq!(close[0].rule, crate::Rule::Format);
    assert!(matches!(merged("a.yml.txt"), Outcome::Conflict { .. }));
}
