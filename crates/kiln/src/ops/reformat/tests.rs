//! Programs are made as trees and printed twice, with other white space, quotes and commas each time: the two differ
//! only in format. One word, one mark or one step of depth more, and they do not.

use proptest::prelude::*;

use super::only_formatting;

/// What stands in a program, as the generator knows it.
#[derive(Debug, Clone)]
enum Piece {
    Word(&'static str),
    Mark(&'static str),
    Text(&'static str),
    /// Elements of a list.
    List(Vec<Piece>),
}

/// A statement, and what stands deeper below it.
#[derive(Debug, Clone)]
struct Statement(Vec<Piece>, Vec<Statement>);

fn piece() -> impl Strategy<Value = Piece> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["alpha", "b", "x1", "42", "caf\u{e9}"]).prop_map(Piece::Word),
        prop::sample::select(vec!["=", "+", "-", "*", "==", "."]).prop_map(Piece::Mark),
        prop::sample::select(vec!["a b", "  x", "", "a,b", "it's", "# no"]).prop_map(Piece::Text),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Piece::List))
}

fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let pieces = || prop::collection::vec(piece(), 1..5);
    let leaf = pieces().prop_map(|pieces| Statement(pieces, Vec::new()));
    let tree = leaf.prop_recursive(3, 12, 3, move |inner| {
        (pieces(), prop::collection::vec(inner, 1..4))
            .prop_map(|(head, body)| Statement(head, body))
    });
    prop::collection::vec(tree, 1..5)
}

/// How a program is printed: choices, taken one after the other and again from the start.
struct Printer {
    choices: Vec<usize>,
    at: usize,
    width: usize,
    out: String,
}

impl Printer {
    fn new(choices: &[usize], width: usize) -> Self {
        Self { choices: choices.to_vec(), at: 0, width, out: String::new() }
    }

    fn choose(&mut self, among: usize) -> usize {
        self.at += 1;
        self.choices[self.at % self.choices.len()] % among
    }

    /// White space, at least one blank; a line end only where it is free.
    fn white(&mut self, lines: bool) {
        let kinds = [" ", "  ", " ", "\n", "\n\n   "];
        let among = if lines { 5 } else { 3 };
        let chosen = self.choose(among);
        self.out.push_str(kinds[chosen]);
    }

    fn pieces(&mut self, pieces: &[Piece], lines: bool) {
        for (at, piece) in pieces.iter().enumerate() {
            if at > 0 {
                self.white(lines);
            }
            self.piece(piece, lines);
        }
    }

    fn piece(&mut self, piece: &Piece, lines: bool) {
        match piece {
            Piece::Word(text) | Piece::Mark(text) => self.out.push_str(text),
            Piece::Text(text) => {
                let quote = if self.choose(2) == 0 { '"' } else { '\'' };
                let text =
                    if quote == '\'' { text.replace('\'', "\\'") } else { (*text).to_owned() };
                self.out.push_str(&format!("{quote}{text}{quote}"));
            }
            Piece::List(elements) => self.list(elements, lines),
        }
    }

    fn list(&mut self, elements: &[Piece], lines: bool) {
        let _ = lines;
        self.out.push('{');
        for (at, element) in elements.iter().enumerate() {
            if self.choose(2) == 0 {
                self.white(true);
            }
            self.piece(element, true);
            let last = at + 1 == elements.len();
            if !last || self.choose(2) == 0 {
                self.out.push(',');
            }
        }
        if self.choose(2) == 0 {
            self.white(true);
        }
        self.out.push('}');
    }

    /// With indentation, as in Python.
    fn indented(&mut self, statements: &[Statement], depth: usize) {
        for Statement(head, body) in statements {
            if self.choose(3) == 0 {
                self.out.push_str("\n  \n");
            }
            self.out.push_str(&" ".repeat(depth * self.width));
            self.pieces(head, false);
            if self.choose(3) == 0 {
                self.out.push_str("   ");
            }
            self.out.push('\n');
            self.indented(body, depth + 1);
        }
    }
}

fn python(statements: &[Statement], choices: &[usize], width: usize) -> String {
    let mut printer = Printer::new(choices, width);
    printer.indented(statements, 0);
    printer.out
}

fn script(pieces: &[Piece], choices: &[usize]) -> String {
    let mut printer = Printer::new(choices, 2);
    printer.pieces(pieces, true);
    printer.out
}

/// The last statement that stands below another, moved out of it.
fn moved_out(statements: &mut Vec<Statement>) -> bool {
    for at in (0..statements.len()).rev() {
        if moved_out(&mut statements[at].1) {
            return true;
        }
        if statements[at].1.len() > 1 {
            let last = statements[at].1.pop();
            statements.splice(at + 1..at + 1, last);
            return true;
        }
    }
    false
}

fn choices() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0usize..60, 1..40)
}

proptest! {
    #[test]
    fn a_script_that_is_printed_otherwise_differs_only_in_format(
        pieces in prop::collection::vec(piece(), 1..8), one in choices(), two in choices(),
    ) {
        let (before, after) = (script(&pieces, &one), script(&pieces, &two));
        prop_assert_eq!(only_formatting("a.ts", &before, &after), before != after);
        prop_assert_eq!(only_formatting("a.ts", &after, &before), before != after);
    }

    #[test]
    fn a_python_text_that_is_printed_otherwise_differs_only_in_format(
        program in statements(), one in choices(), two in choices(),
        widths in (1usize..9, 1usize..9),
    ) {
        let (before, after) = (python(&program, &one, widths.0), python(&program, &two, widths.1));
        prop_assert_eq!(only_formatting("a.py", &before, &after), before != after);
    }

    #[test]
    fn one_word_more_is_an_edit(
        pieces in prop::collection::vec(piece(), 1..8), one in choices(), two in choices(),
        place in any::<prop::sample::Index>(),
        new in prop_oneof![Just(Piece::Word("new")), Just(Piece::Text("new")), Just(Piece::Mark("&"))],
    ) {
        let mut more = pieces.clone();
        more.insert(place.index(pieces.len() + 1), new);
        for path in ["a.ts", "a.json", "a.css", "a.rs", "a.md"] {
            prop_assert!(!only_formatting(path, &script(&pieces, &one), &script(&more, &two)));
        }
    }

    #[test]
    fn another_depth_is_an_edit(program in statements(), one in choices(), two in choices()) {
        let mut other = program.clone();
        prop_assume!(moved_out(&mut other));
        prop_assert!(!only_formatting("a.py", &python(&program, &one, 4), &python(&other, &two, 4)));
    }

    #[test]
    fn any_text_is_borne_and_equals_itself(text in "[a-b0 \\n\\t\"'`/*#(){},=\\\\:|>-]{0,60}") {
        for path in ["a.py", "a.ts", "a.css", "a.rs", "a.go", "a.toml", "a.yaml", "a.sql", "a.md"] {
            prop_assert!(!only_formatting(path, &text, &text));
            // White space at the ends of lines is format everywhere, but for what a string holds.
            let padded = text.replace('\n', "  \n");
            let plain = !text.contains(['"', '\'', '`', '\\', '|', '>', '*']);
            prop_assert!(!plain || padded == text || only_formatting(path, &text, &padded), "{path}");
        }
    }
}

#[test]
fn what_a_formatter_may_change() {
    for (path, before, after) in [
        (
            "a.py",
            "def f(a, b):\n  return {'a': 1}\n",
            "def f(\n    a,\n    b,\n):\n\n    return {\"a\": 1}\n",
        ),
        ("a.py", "f(a)\n", "f(\n    a,\n)\n"),
        ("a.py", "x = 1  #one\n", "x = 1 # one\n"),
        ("a.py", "x = 'it\\'s'\n", "x = \"it's\"\n"),
        ("a.ts", "import {a} from 'a'\nf(a,b)", "import { a } from \"a\"\nf(\n  a,\n  b,\n)\n"),
        ("a.tsx", "<p a='b'>don't</p>", "<p\n  a=\"b\"\n>\n  don't\n</p>"),
        ("a.css", "a>b{color:red}", "a > b {\n  color: red;\n}\n".replace(';', "").as_str()),
        ("a.go", "f(a, b)\n", "f(\n\ta,\n\tb,\n)\n"),
        ("a.toml", "a = ['b']\n", "a = [\n  'b',\n]\n"),
        ("a.yaml", "a:\n- b\n- c: 'd'\n  e:   f\n", "a:\n    - b\n\n    - c: \"d\"\n      e: f\n"),
        ("a.yaml", "a: |\n  x\n    y\nb: [1,  2]\n", "a: |\n      x\n        y\nb: [ 1, 2 ]\n"),
        ("a.md", "a\n\n\nb  \n", "a\n\nb\n"),
        ("Makefile", "a:\n\tb \n", "a:\n\tb\n"),
    ] {
        assert!(only_formatting(path, before, after), "{path}: {before:?} → {after:?}");
    }
}

#[test]
fn what_no_formatter_may_change() {
    for (path, before, after) in [
        ("a.py", "if a:\n    b()\nc()\n", "if a:\n    b()\n    c()\n"),
        ("a.py", "x = 'a  b'\n", "x = 'a b'\n"),
        ("a.py", "x = (1,)\n", "x = (1)\n"),
        ("a.py", "return (x,)\n", "return (x)\n"),
        ("a.py", "x[1,]\n", "x[1]\n"),
        ("a.py", "x = r'a'\n", "x = 'a'\n"),
        ("a.py", "a\nb\n", "a b\n"),
        ("a.py", "# one\n", "# two\n"),
        ("a.ts", "a + +b", "a ++b"),
        ("a.ts", "[a,,]", "[a,]"),
        ("a.ts", "x = /a b/", "x = /ab/"),
        ("a.ts", "`a  b`", "`a b`"),
        ("a.css", "a .b{}", "a.b{}"),
        ("a.rs", "(a,)", "(a)"),
        ("a.rs", "'a'", "\"a\""),
        ("a.go", "a\nb\n", "a b\n"),
        ("a.toml", "a = 'b'\n", "a = \"b\"\n"),
        ("a.yaml", "a:\n  b: 1\nc: 2\n", "a:\n  b: 1\n  c: 2\n"),
        ("a.yaml", "a: b  c\n", "a: b c\n"),
        ("a.yaml", "a: |\n  x\n  y\n", "a: |\n  x\n   y\n"),
        ("a.sh", "a=b\n", "a = b\n"),
        ("a.md", "a\n\nb\n", "a\nb\n"),
        ("Makefile", "a:\n\tb\n", "a:\n    b\n"),
    ] {
        assert!(!only_formatting(path, before, after), "{path}: {before:?} → {after:?}");
    }
}
