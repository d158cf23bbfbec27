//! YAML, line by line: the structure of the indentation, the lines of block scalars as they are, and the blanks
//! within scalars.

use super::tokens::Token;

/// The tokens of a YAML text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut indents: Vec<usize> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let body = line.trim_start_matches(' ');
        let width = line.len() - body.len();
        let body = body.trim_end();
        if body.is_empty() {
            continue;
        }
        if let Some(comment) = body.strip_prefix('#') {
            out.push(Token::Comment(comment.trim().to_owned()));
            continue;
        }
        structure(width, body, &mut indents, &mut out);
        out.push(Token::Line(plain(body)));
        if opens_block(body) {
            let mut block: Vec<&str> = Vec::new();
            while let Some(next) = lines.next_if(|next| inside(next, width)) {
                block.push(next);
            }
            out.extend(literal(&block));
        }
    }
    out
}

/// A list may stand as deep as the key that it belongs to, or deeper: it counts as deeper.
fn structure(width: usize, body: &str, indents: &mut Vec<usize>, out: &mut Vec<Token>) {
    let dash = body == "-" || body.starts_with("- ");
    let width = width * 2 + usize::from(dash);
    while indents.last().is_some_and(|last| width < *last) {
        indents.pop();
        out.push(Token::Dedent);
    }
    if indents.last() != Some(&width) {
        indents.push(width);
        out.push(Token::Indent);
    }
    // `- a: 1` opens the map whose further keys stand below `a`.
    if let Some(rest) = body.strip_prefix("- ") {
        let inner = width + 2 * (body.len() - rest.trim_start_matches(' ').len()) - 1;
        if rest.contains(':') {
            indents.push(inner);
            out.push(Token::Indent);
        }
    }
}

/// A line that ends in `|` or `>`, with what may say how the block is read.
fn opens_block(body: &str) -> bool {
    let body = body.split(" #").next().unwrap_or(body).trim_end();
    let last = body.rsplit(' ').next().unwrap_or(body);
    last.strip_prefix(['|', '>'])
        .is_some_and(|rest| rest.chars().all(|c| c == '+' || c == '-' || c.is_ascii_digit()))
}

fn inside(line: &str, width: usize) -> bool {
    let body = line.trim_start_matches(' ');
    body.is_empty() || line.len() - body.len() > width
}

/// The lines of a block scalar, less the indentation of its first one; empty lines at its end are left out.
fn literal(block: &[&str]) -> Vec<Token> {
    let width = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let first = block.iter().find(|line| !line.trim().is_empty()).map_or(0, width);
    let mut lines: Vec<&str> = block.iter().map(|line| line.get(first..).unwrap_or("")).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines.into_iter().map(|line| Token::Line(format!("|{line}"))).collect()
}

/// A line with one blank where several mean the same, and double quotes where single ones mean the same.
fn plain(body: &str) -> String {
    let mut out = String::new();
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        let opens = out.is_empty() || out.ends_with([' ', '[', '{', ',']);
        if let Some(length) = quoted(rest).filter(|_| opens) {
            let inner = &rest[1..length - 1];
            let alike = !inner.contains(['"', '\'', '\\']);
            if alike {
                out.push_str(&format!("\"{inner}\""))
            } else {
                out.push_str(&rest[..length])
            }
            rest = &rest[length..];
        } else if c == ' ' {
            let after = rest.trim_start_matches(' ');
            let free =
                out.ends_with([':', ',', '[', '{', '-']) || after.starts_with(['#', ']', '}']);
            let blanks = &rest[..rest.len() - after.len()];
            let bracket = out.ends_with(['[', '{']) || after.starts_with([']', '}']);
            out.push_str(if bracket {
                ""
            } else if free {
                " "
            } else {
                blanks
            });
            rest = after;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The length of the string in quotes that begins here and ends on this line.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}
