//! Markers of a merge that git could not finish: one error that says so, instead of many about nodes named `<<<<<<<`.

use std::sync::Arc;

use kiln_base::{Diagnostic, Source, Span};

/// Whether a line is a marker: seven of one character, then a space or nothing.
fn is_marker(line: &str, character: char) -> bool {
    let rest = line.trim_start_matches(character);
    line.len() - rest.len() == 7 && (rest.trim_end().is_empty() || rest.starts_with(' '))
}

/// The lines of a text with where each begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

/// A conflict with both its sides. It is refused wherever it stands, in a comment or text too: what is written there
/// would be two versions in one.
pub(super) fn whole(source: &Arc<Source>) -> Option<Diagnostic> {
    let mut open = None;
    let mut middle = false;
    for (at, line) in lines(&source.text) {
        if is_marker(line, '<') {
            (open, middle) = (Some((at, line)), false);
        } else if is_marker(line, '=') && open.is_some() {
            middle = true;
        } else if is_marker(line, '>')
            && middle
            && let Some((at, line)) = open
        {
            return Some(conflict(source, at, line, "has a conflict that is not resolved"));
        }
    }
    None
}

/// A marker that stayed behind, in a text that is wrong anyway.
pub(super) fn leftover(source: &Arc<Source>) -> Option<Diagnostic> {
    let left = |(_, line): &(usize, &str)| ['<', '>', '|'].iter().any(|c| is_marker(line, *c));
    let (at, line) = lines(&source.text).find(left)?;
    Some(conflict(source, at, line, "has a marker of a conflict left"))
}

fn conflict(source: &Arc<Source>, at: usize, line: &str, what: &str) -> Diagnostic {
    let (number, _) = source.position(at);
    let message = format!("`{}` {what}, in line {number}", source.name);
    Diagnostic::error("spec-conflict", message)
        .at(source, Span::new(at, at + line.trim_end().len()), "")
        .hint("keep what is right of both sides and remove the marker lines; then `kiln sync`")
}

#[cfg(test)]
mod tests {
    use kiln_base::Source;

    use crate::decode_spec;

    fn said(text: &str) -> String {
        match decode_spec(Source::new("kiln.kdl", text)) {
            Ok(_) => "fine".to_owned(),
            Err(errors) => errors.to_string(),
        }
    }

    #[test]
    fn a_conflict_is_one_error() {
        let text = "project shop\nkits {\n<<<<<<< HEAD\n    mail\n||||||| base\n=======\n    mail { x y }\n>>>>>>> other\n}\n";
        insta::assert_snapshot!(said(text), @"
        error[spec-conflict]: `kiln.kdl` has a conflict that is not resolved, in line 3
          at kiln.kdl:3:1
          hint: keep what is right of both sides and remove the marker lines; then `kiln sync`
        ");
        insta::assert_snapshot!(said(&text.replace('\n', "\r\n")), @"
        error[spec-conflict]: `kiln.kdl` has a conflict that is not resolved, in line 3
          at kiln.kdl:3:1
          hint: keep what is right of both sides and remove the marker lines; then `kiln sync`
        ");
        // Inside a text it would be part of what is generated.
        let inside = "project shop\nadd a.b k v=\"\"\"\n<<<<<<< HEAD\n  a\n=======\n  b\n>>>>>>> other\n  \"\"\"\n";
        assert!(said(inside).starts_with("error[spec-conflict]"));
    }

    #[test]
    fn a_marker_that_stayed_behind() {
        insta::assert_snapshot!(said("project shop\nkits {\n    mail\n>>>>>>> other\n}\n"), @"
        error[spec-conflict]: `kiln.kdl` has a marker of a conflict left, in line 4
          at kiln.kdl:4:1
          hint: keep what is right of both sides and remove the marker lines; then `kiln sync`
        ");
        assert_eq!(said("project shop // <<<<<<< HEAD\n/*\n=======\n*/\n"), "fine");
        assert!(!said("project shop\n<<<<<<<< x\n").contains("spec-conflict"));
    }
}
