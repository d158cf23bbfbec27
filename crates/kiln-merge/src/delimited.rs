//! Collections in brackets (JSON, arrays of TOML, flow style of YAML) as pieces: each child keeps its own white space
//! and comments, so that children can go and come without touching their neighbours.

use std::ops::Range;

/// How comments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comments {
    /// `//` and `/* */`.
    Slashes,
    /// `#`.
    Hash,
}

impl Comments {
    /// The length of the comment at the start of `text`, without its newline; 0 if there is none.
    pub(crate) fn length(self, text: &str) -> usize {
        let line = || text.find('\n').unwrap_or(text.len());
        match self {
            Self::Hash if text.starts_with('#') => line(),
            Self::Slashes if text.starts_with("//") => line(),
            Self::Slashes if text.starts_with("/*") => {
                text.find("*/").map_or(text.len(), |at| at + 2)
            }
            _ => 0,
        }
    }

    fn ends_with_line(self, text: &str) -> bool {
        let last = text.rsplit('\n').next().unwrap_or(text);
        match self {
            Self::Hash => last.contains('#'),
            Self::Slashes => last.contains("//"),
        }
    }
}

/// A child with what belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Child {
    /// White space and comments before it.
    pub(crate) lead: String,
    /// Its text.
    pub(crate) body: String,
    /// Comments between it and its comma.
    pub(crate) before_comma: String,
    /// A comment after the comma, on the same line.
    pub(crate) after: String,
}

/// A collection in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pieces {
    pub(crate) children: Vec<Child>,
    /// White space and comments before the closing bracket.
    pub(crate) close_lead: String,
    pub(crate) trailing_comma: bool,
}

/// Takes the collection at `span` apart; `children` are the places of its members or items.
pub(crate) fn split(
    text: &str,
    span: &Range<usize>,
    children: &[Range<usize>],
    style: Comments,
) -> Pieces {
    let mut pieces = Pieces::default();
    let mut from = span.start + 1;
    for child in children {
        let gap = &text[from..child.start];
        let lead = attach(&mut pieces, gap, style);
        pieces.children.push(Child {
            lead,
            body: text[child.clone()].to_owned(),
            ..Child::default()
        });
        from = child.end;
    }
    pieces.trailing_comma = false;
    let end = span.end.saturating_sub(1).max(from);
    pieces.close_lead = attach(&mut pieces, &text[from..end], style);
    pieces
}

/// Gives the first part of the gap to the child before it; the rest leads what follows.
fn attach(pieces: &mut Pieces, gap: &str, style: Comments) -> String {
    let Some(previous) = pieces.children.last_mut() else { return gap.to_owned() };
    let comma = comma_in(gap, style);
    pieces.trailing_comma = comma.is_some();
    let rest = match comma {
        Some(at) => {
            if !gap[..at].trim().is_empty() {
                gap[..at].clone_into(&mut previous.before_comma);
            }
            &gap[at + 1..]
        }
        None => gap,
    };
    let length = same_line(rest, style);
    rest[..length].clone_into(&mut previous.after);
    rest[length..].to_owned()
}

fn comma_in(gap: &str, style: Comments) -> Option<usize> {
    let mut at = 0;
    while let Some(c) = gap[at..].chars().next() {
        let comment = style.length(&gap[at..]);
        if comment > 0 {
            at += comment;
        } else if c == ',' {
            return Some(at);
        } else {
            at += c.len_utf8();
        }
    }
    None
}

/// The length of spaces and a comment that end the line; 0 if there is no comment or something else follows it.
fn same_line(text: &str, style: Comments) -> usize {
    let blank = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let mut at = 0;
    loop {
        let spaces = blank(&text[at..]);
        let comment = style.length(&text[at + spaces..]);
        if comment == 0 {
            let rest = &text[at + spaces..];
            return if rest.starts_with('\n') { at } else { 0 };
        }
        at += spaces + comment;
    }
}

impl Pieces {
    /// True if a child or the closing bracket stands on a line of its own.
    pub(crate) fn is_open(&self) -> bool {
        self.close_lead.contains('\n') || self.children.iter().any(|c| c.lead.contains('\n'))
    }

    /// The white space before the first child that stands on a line of its own.
    pub(crate) fn indent(&self) -> Option<&str> {
        self.children
            .iter()
            .find_map(|child| child.lead.rsplit_once('\n'))
            .map(|(_, indent)| indent)
    }

    /// Puts the pieces together between the brackets.
    pub(crate) fn join(&self, open: char, close: char, style: Comments) -> String {
        let mut out = String::from(open);
        let mut in_comment = false;
        for (index, child) in self.children.iter().enumerate() {
            push_lead(&mut out, &child.lead, in_comment);
            out.push_str(&child.body);
            out.push_str(&child.before_comma);
            in_comment = style.ends_with_line(&child.before_comma);
            if index + 1 < self.children.len() || self.trailing_comma {
                push_lead(&mut out, "", in_comment);
                out.push(',');
                in_comment = false;
            }
            push_lead(&mut out, &child.after, in_comment);
            in_comment |= style.ends_with_line(&child.after);
        }
        push_lead(&mut out, &self.close_lead, in_comment);
        out.push(close);
        out
    }

    /// After children went or came: the first one stands as the first one stood.
    pub(crate) fn settle(&mut self, first_lead: &str) {
        if self.is_open() {
            return;
        }
        for (index, child) in self.children.iter_mut().enumerate() {
            if child.lead.trim().is_empty() {
                child.lead = if index == 0 { first_lead.to_owned() } else { " ".to_owned() };
            }
        }
    }
}

/// Adds what leads a piece; a line comment before it ends first.
fn push_lead(out: &mut String, lead: &str, in_comment: bool) {
    if in_comment && !lead.trim_start_matches([' ', '\t']).starts_with('\n') {
        out.push('\n');
    }
    out.push_str(lead);
}

/// A comment and whether an empty line stands before it.
pub(crate) type Comment<'a> = (bool, &'a str);

/// The comments of a lead, and whether an empty line stands after the last.
pub(crate) fn comments_of(lead: &str, style: Comments) -> (Vec<Comment<'_>>, bool) {
    let mut comments = Vec::new();
    let (mut at, mut newlines) = (0, 0);
    while let Some(c) = lead[at..].chars().next() {
        let length = style.length(&lead[at..]);
        if length > 0 {
            comments.push((newlines > 1, lead[at..at + length].trim_end()));
            at += length;
            newlines = 0;
            continue;
        }
        newlines += usize::from(c == '\n');
        at += c.len_utf8();
    }
    (comments, newlines > 1)
}
