//! One line if it fits, as written if it does not: what ruff and prettier do with brackets whose long form is written
//! with one item per line and a last comma.

mod join;

use super::super::language::Language;
use super::super::meter;
use super::columns;

/// Marks round a text: only when the output is whole is it known how much of its lines is left, whatever indents it on
/// the way. They are noncharacters, which no text may hold.
const OPEN: char = '\u{fdd0}';
const MIDDLE: char = '\u{fdd1}';
const CLOSE: char = '\u{fdd2}';

/// Marks the text to be fitted when the output is whole.
pub(super) fn mark(text: &str, width: usize, language: Language) -> String {
    if !text.trim_end_matches('\n').contains('\n') {
        return text.to_owned();
    }
    meter::set_marked();
    let language = match language {
        Language::Python => 'p',
        Language::Script => 's',
        Language::Hcl => 'h',
        Language::Other => 'o',
    };
    format!("{OPEN}{language}{width}{MIDDLE}{text}{CLOSE}")
}

/// Fits what was marked, innermost first, now that its columns are known.
pub(in super::super) fn resolve_marks(output: &str) -> std::borrow::Cow<'_, str> {
    let mut output = std::borrow::Cow::Borrowed(output);
    while let Some(close) = output.find(CLOSE) {
        let Some(open) = output[..close].rfind(OPEN) else { break };
        let after = close + CLOSE.len_utf8();
        let body = &output[open + OPEN.len_utf8()..close];
        let (head, text) = body.split_once(MIDDLE).unwrap_or(("", body));
        let language = match head.chars().next() {
            Some('p') => Language::Python,
            Some('s') => Language::Script,
            Some('h') => Language::Hcl,
            _ => Language::Other,
        };
        let width = head.get(1..).and_then(|width| width.parse().ok()).unwrap_or(100);
        let line = output[..open].rfind('\n').map_or(0, |at| at + 1);
        let before = visible(&output[line..open]);
        // A text that ends its line leaves nothing of it for others.
        let rest = if text.ends_with('\n') { "" } else { &output[after..] };
        let rest = rest.split('\n').next().unwrap_or("");
        let fitted = fit(text, width, before, visible(rest), language);
        output.to_mut().replace_range(open..after, &fitted);
    }
    output
}

/// The columns of a text without marks.
fn visible(text: &str) -> usize {
    let mut pieces = text.split(OPEN);
    let first = columns(pieces.next().unwrap_or("").trim_matches(CLOSE));
    let marked = pieces.map(|piece| piece.split_once(MIDDLE).map_or(piece, |(_, inner)| inner));
    first + marked.map(|inner| columns(inner.trim_matches(CLOSE))).sum::<usize>()
}

/// Fits every bracket group of the text. The first line starts at column `before`, and `after` columns follow the last.
fn fit(text: &str, width: usize, before: usize, after: usize, language: Language) -> String {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let lines: Vec<&str> = body.split('\n').collect();
    let mut fitted = String::with_capacity(text.len());
    let mut at = 0;
    while at < lines.len() {
        let end = join::group_end(&lines, at, language);
        if at > 0 {
            fitted.push('\n');
        }
        let lead = if at == 0 { before } else { 0 };
        let tail = if end == lines.len() { after } else { 0 };
        let joined =
            join::join(&lines[at..end], language).filter(|one| lead + columns(one) + tail <= width);
        match joined {
            Some(one) => fitted.push_str(&one),
            None => fitted.push_str(&lines[at..end].join("\n")),
        }
        at = end;
    }
    if text.ends_with('\n') {
        fitted.push('\n');
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(text: &str, width: usize) -> String {
        fit(text, width, 0, 0, Language::Python)
    }

    fn script(text: &str, width: usize) -> String {
        fit(text, width, 0, 0, Language::Script)
    }

    const SIGNATURE: &str = "    async def create(\n        self,\n        name: str,\n        tags: list[str] = [],  \n    ) -> None:\n";

    #[test]
    fn python_signatures_fit_or_stay() {
        insta::assert_snapshot!(python(SIGNATURE, 88), @"    async def create(self, name: str, tags: list[str] = []) -> None:");
        assert_eq!(python(SIGNATURE, 40), SIGNATURE);
    }

    #[test]
    fn every_group_is_fitted_by_itself() {
        let text = "A = [\n    1,\n    2,\n]\nB = {\n    \"k\": f(\n        1,\n    ),\n}\nC = [\n]\nD = (\n    1,\n)\nE = x[\n    0\n]\n";
        insta::assert_snapshot!(python(text, 88), @r#"
        A = [1, 2]
        B = {"k": f(1)}
        C = []
        D = (1,)
        E = x[0]
        "#);
    }

    #[test]
    fn texts_and_notes_are_left_alone() {
        let text = "A = [\n    1,  # one\n]\nB = f(\n    \"\"\"x\n    y\"\"\",\n)\nC = f(\n    \"# no note ( [\",\n)\n";
        insta::assert_snapshot!(python(text, 88), @r##"
        A = [
            1,  # one
        ]
        B = f(
            """x
            y""",
        )
        C = f("# no note ( [")
        "##);
    }

    #[test]
    fn script_brackets_fit_or_stay() {
        let text = "  const all = useQuery({\n    key: [\n      \"a\",\n    ],\n  });\nexport function f(\n  a: string,\n  b: { c: number },\n): void {\nfoo(\n  () => {\n    return 1;\n  },\n);\n  const x: {\n    a: string;\n    b: number;\n  } = y;\n";
        insta::assert_snapshot!(script(text, 100), @r#"
          const all = useQuery({ key: ["a"] });
        export function f(a: string, b: { c: number }): void {
        foo(
          () => {
            return 1;
          },
        );
          const x: { a: string; b: number } = y;
        "#);
    }

    #[test]
    fn tags_fit_or_stay() {
        let text = "    <DataTable\n      columns={columns}\n      rows={data.items}\n    />\n    <Link\n      to=\"/projects\"\n    >\n      text\n    </Link>\n";
        insta::assert_snapshot!(script(text, 80), @r#"
        <DataTable columns={columns} rows={data.items} />
        <Link to="/projects">
          text
        </Link>
        "#);
        assert_eq!(script(text, 20), text);
    }

    #[test]
    fn marked_texts_know_their_line() {
        let text = format!("value = {OPEN}p30{MIDDLE}[\n    1,\n    2,\n]{CLOSE}  # note\n");
        insta::assert_snapshot!(resolve_marks(&text), @"value = [1, 2]  # note");
        let text = format!("value = {OPEN}p20{MIDDLE}[\n    1,\n    2,\n]{CLOSE}  # note\n");
        insta::assert_snapshot!(resolve_marks(&text), @"
        value = [
            1,
            2,
        ]  # note
        ");
    }
}
