//! JSON as prettier prints it: objects open, arrays on one line if they fit in 80 columns; comments stay.

use crate::delimited::{Comments, comments_of, split};
use crate::json::{child_spans, width};
use crate::tree::{Kind, Node};
use crate::value::Value;

const COLUMNS: usize = 80;

/// Prints values of a text with a given indent of one level.
pub(crate) struct Printer<'a> {
    pub(crate) text: &'a str,
    pub(crate) unit: &'a str,
}

/// Prints a whole document, with one newline at the end.
pub(crate) fn print(text: &str, root: &Node) -> String {
    let printer = Printer { text, unit: "  " };
    let mut out = String::new();
    let (comments, blank) = comments_of(&text[..root.span.start], Comments::Slashes);
    for (index, (blank, comment)) in comments.iter().enumerate() {
        out.push_str(if *blank && index > 0 { "\n" } else { "" });
        out.push_str(comment);
        out.push('\n');
    }
    out.push_str(if blank && !comments.is_empty() { "\n" } else { "" });
    out.push_str(&printer.value(root, "", 0));
    for (blank, comment) in comments_of(&text[root.span.end..], Comments::Slashes).0 {
        out.push_str(if blank { "\n\n" } else { "\n" });
        out.push_str(comment);
    }
    out.push('\n');
    out
}

impl Printer<'_> {
    /// A value that begins at `column`, on a line with this indent; a comma may follow it.
    pub(crate) fn value(&self, node: &Node, indent: &str, column: usize) -> String {
        match &node.kind {
            Kind::Scalar(_) => self.text[node.span.clone()].to_owned(),
            Kind::Map(_) => self.open(node, indent, '{', '}'),
            Kind::List(items) => match self.flat(node) {
                Some(flat) if column + width(&flat) < COLUMNS && !always_open(items) => flat,
                Some(_) if items.len() > 1 && items.iter().all(is_number) => {
                    self.filled(items, indent)
                }
                _ => self.open(node, indent, '[', ']'),
            },
        }
    }

    /// On one line; `None` where an object or a comment stands in it.
    fn flat(&self, node: &Node) -> Option<String> {
        match &node.kind {
            Kind::Scalar(_) => Some(self.text[node.span.clone()].to_owned()),
            Kind::Map(members) => {
                let bare = self.text[node.span.clone()].chars().all(|c| "{} \t\n".contains(c));
                (members.is_empty() && bare).then(|| "{}".to_owned())
            }
            Kind::List(items) => {
                let pieces = split(self.text, &node.span, &child_spans(node), Comments::Slashes);
                let blank = |text: &String| text.trim().is_empty();
                let bare = pieces.children.iter().all(|child| {
                    blank(&child.lead) && blank(&child.before_comma) && blank(&child.after)
                });
                if !bare || !blank(&pieces.close_lead) {
                    return None;
                }
                let items: Option<Vec<String>> = items.iter().map(|item| self.flat(item)).collect();
                Some(format!("[{}]", items?.join(", ")))
            }
        }
    }

    /// Each child on a line of its own.
    fn open(&self, node: &Node, indent: &str, open: char, close: char) -> String {
        let pieces = split(self.text, &node.span, &child_spans(node), Comments::Slashes);
        let inner = format!("{indent}{}", self.unit);
        let mut out = String::from(open);
        let last = pieces.children.len();
        for (index, child) in pieces.children.iter().enumerate() {
            self.lines(&mut out, &child.lead, &inner, index == 0);
            let (head, value) = match &node.kind {
                Kind::Map(members) => {
                    let key = &self.text[members[index].key_span.clone()];
                    (format!("{key}: "), &members[index].node)
                }
                _ => (String::new(), &node.items()[index]),
            };
            out.push_str(&head);
            out.push_str(&self.value(value, &inner, width(&inner) + width(&head)));
            out.push_str(if index + 1 < last { "," } else { "" });
            for text in [&child.before_comma, &child.after] {
                for (_, comment) in comments_of(text, Comments::Slashes).0 {
                    out.push(' ');
                    out.push_str(comment);
                }
            }
        }
        for (blank, comment) in comments_of(&pieces.close_lead, Comments::Slashes).0 {
            out.push_str(if blank && last > 0 { "\n\n" } else { "\n" });
            out.push_str(&inner);
            out.push_str(comment);
        }
        if out.len() > 1 {
            out.push('\n');
            out.push_str(indent);
        }
        out.push(close);
        out
    }

    /// What leads a child: at most one empty line each, comments on lines of their own, the indent.
    fn lines(&self, out: &mut String, lead: &str, inner: &str, first: bool) {
        let (comments, blank) = comments_of(lead, Comments::Slashes);
        let alone = comments.is_empty();
        for (index, (blank, comment)) in comments.into_iter().enumerate() {
            out.push_str(if blank && !(first && index == 0) { "\n\n" } else { "\n" });
            out.push_str(inner);
            out.push_str(comment);
        }
        out.push_str(if blank && !(first && alone) { "\n\n" } else { "\n" });
        out.push_str(inner);
    }

    /// Numbers: as many on a line as fit.
    fn filled(&self, items: &[Node], indent: &str) -> String {
        let inner = format!("{indent}{}", self.unit);
        let mut out = String::from("[");
        let mut column = COLUMNS;
        for (index, item) in items.iter().enumerate() {
            let text = &self.text[item.span.clone()];
            let comma = if index + 1 < items.len() { "," } else { "" };
            if index > 0 && column + 1 + width(text) + comma.len() <= COLUMNS {
                out.push(' ');
                column += 1;
            } else {
                out.push('\n');
                out.push_str(&inner);
                column = width(&inner);
            }
            out.push_str(text);
            out.push_str(comma);
            column += width(text) + comma.len();
        }
        format!("{out}\n{indent}]")
    }
}

/// Several lists of several items each are tables: a row per line.
fn always_open(items: &[Node]) -> bool {
    items.len() > 1 && items.iter().all(|item| item.items().len() > 1)
}

fn is_number(node: &Node) -> bool {
    matches!(node.kind, Kind::Scalar(Value::Number(_)))
}
