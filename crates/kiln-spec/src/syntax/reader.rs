//! Nodes, blocks, entries and comments.

use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Source, Span, Spanned};

use super::characters::{describe, is_forbidden, is_newline, is_space};
use super::{MAX_BYTES, MAX_DEPTH, Node, Scalar, Tree};

/// After so many complaints about one text nobody reads on.
const MAX_ERRORS: usize = 100;

/// Reads a whole text.
pub(crate) fn parse(source: &Arc<Source>) -> Tree {
    let mut reader = Reader::new(source);
    let nodes = if reader.refuse_whole() { Vec::new() } else { reader.nodes(None, 0) };
    Tree {
        nodes,
        diagnostics: reader.diagnostics,
        broken: reader.broken,
        source: Arc::clone(source),
    }
}

/// A place in a text and what was found on the way to it.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) diagnostics: Diagnostics,
    pub(super) broken: bool,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Arc<Source>) -> Self {
        Self { source, text: &source.text, at: 0, diagnostics: Diagnostics::new(), broken: false }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub(super) fn eat_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    pub(super) fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    pub(super) fn report(
        &mut self,
        id: &'static str,
        span: Span,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let diagnostic = Diagnostic::error(id, message).at(self.source, span, "").hint_if(hint);
        self.diagnostics.push(diagnostic);
        if self.diagnostics.0.len() >= MAX_ERRORS {
            self.give_up();
        }
    }

    /// What follows could only be guessed: stops here.
    pub(super) fn give_up(&mut self) {
        self.broken = true;
        self.at = self.text.len();
    }

    /// Texts that are too large or hold forbidden characters are not read at all.
    fn refuse_whole(&mut self) -> bool {
        if self.text.len() > MAX_BYTES {
            let size = self.text.len();
            self.report(
                "too-large",
                Span::new(0, 0),
                format!("the text has {size} bytes; at most {MAX_BYTES} are read"),
                None,
            );
            self.broken = true;
            return true;
        }
        self.eat("\u{feff}");
        let start = self.at;
        let text = self.text;
        for (offset, c) in text[start..].char_indices().filter(|(_, c)| is_forbidden(*c)) {
            if self.broken && self.diagnostics.0.len() >= MAX_ERRORS {
                break;
            }
            self.broken = true;
            let place = Span::new(start + offset, start + offset + c.len_utf8());
            let hint = format!("in a quoted text it can be written `\\u{{{:x}}}`", u32::from(c));
            self.report(
                "forbidden-character",
                place,
                format!("{} may not stand here", describe(c)),
                Some(hint),
            );
        }
        self.broken
    }

    /// Spaces, block comments and continued lines. Returns whether there was any.
    pub(super) fn space(&mut self) -> bool {
        let start = self.at;
        loop {
            let before = self.at;
            self.eat_while(is_space);
            if self.rest().starts_with("/*") {
                self.block_comment();
            } else if self.peek() == Some('\\') {
                self.continued_line();
            }
            if self.at == before {
                return self.at > start;
            }
        }
    }

    /// Spaces, newlines and all comments.
    pub(super) fn line_space(&mut self) {
        loop {
            let before = self.at;
            self.space();
            self.eat_while(is_newline);
            if self.rest().starts_with("//") {
                self.eat_while(|c| !is_newline(c));
            }
            if self.at == before {
                return;
            }
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut open = 0_usize;
        while self.at < bytes.len() {
            match &bytes[self.at..bytes.len().min(self.at + 2)] {
                b"/*" => open += 1,
                b"*/" => open -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if open == 0 {
                return;
            }
        }
        let place = Span::new(start, start + 2);
        self.report("unclosed-comment", place, "the comment has no end", None);
        self.give_up();
    }

    /// A backslash before the end of a line; the reader stays where it is if it is another one.
    fn continued_line(&mut self) {
        let start = self.at;
        self.at += 1;
        loop {
            self.eat_while(is_space);
            if !self.rest().starts_with("/*") {
                break;
            }
            self.block_comment();
        }
        if self.rest().starts_with("//") {
            self.eat_while(|c| !is_newline(c));
        }
        match self.peek() {
            None => {}
            Some(c) if is_newline(c) => self.newline(),
            Some(_) => self.at = start,
        }
    }

    pub(super) fn newline(&mut self) {
        if !self.eat("\r\n") {
            self.bump();
        }
    }

    /// The nodes up to the end of the block that was opened at `open`, or of the text.
    fn nodes(&mut self, open: Option<usize>, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        loop {
            self.line_space();
            match (self.peek(), open) {
                (None, _) => {
                    self.refuse_unclosed(open);
                    return nodes;
                }
                (Some('}'), Some(_)) => {
                    self.at += 1;
                    return nodes;
                }
                (Some('}'), None) => {
                    let place = Span::new(self.at, self.at + 1);
                    self.report("stray-brace", place, "`}` closes no block", None);
                    self.give_up();
                }
                (Some('{'), _) => {
                    let place = Span::new(self.at, self.at + 1);
                    let hint = "write the block on the line of its node";
                    self.report(
                        "block-without-node",
                        place,
                        "the block belongs to no node",
                        Some(hint.to_owned()),
                    );
                    self.block(depth);
                }
                (Some(';'), _) => {
                    let place = Span::new(self.at, self.at + 1);
                    self.report("stray-semicolon", place, "no node stands before `;`", None);
                    self.at += 1;
                }
                (Some('/'), _) if self.eat("/-") => {
                    self.line_space();
                    self.commented_out(depth);
                }
                _ => nodes.extend(self.node(depth)),
            }
        }
    }

    fn refuse_unclosed(&mut self, open: Option<usize>) {
        if let (Some(open), false) = (open, self.broken) {
            let place = Span::new(open, open + 1);
            self.report("unclosed-block", place, "the block has no `}`", None);
            self.give_up();
        }
    }

    /// The node behind `/-`: read and dropped, unless it says that the text is KDL v1.
    fn commented_out(&mut self, depth: usize) {
        let start = self.at;
        match self.peek() {
            None | Some('{' | '}') => {
                let place = self.span_from(start.saturating_sub(2));
                self.report("nothing-commented-out", place, "`/-` stands before no node", None);
            }
            Some(_) => {
                let version = self.node(depth).filter(|node| node.name.value == "kdl-version");
                let one = version.and_then(|node| {
                    node.entries.into_iter().find(|entry| entry.value == Scalar::Int(1))
                });
                if let Some(entry) = one {
                    self.report(
                        "kdl-version",
                        entry.span,
                        "the text says that it is KDL v1; kiln reads KDL v2",
                        Some(super::words::CONVERT.to_owned()),
                    );
                }
            }
        }
    }

    pub(super) fn block(&mut self, depth: usize) -> Vec<Node> {
        let open = self.at;
        if depth >= MAX_DEPTH {
            let place = Span::new(open, open + 1);
            let message = format!("blocks are nested more than {MAX_DEPTH} deep");
            self.report("too-deep", place, message, None);
            self.give_up();
            return Vec::new();
        }
        self.at += 1;
        self.nodes(Some(open), depth + 1)
    }

    /// One node up to the end of its line. None if its name could not be read.
    fn node(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        let annotation = self.annotation();
        if annotation.is_some() {
            self.space();
        }
        let name_start = self.at;
        let (name, _) = self.value();
        let name_span = self.span_from(name_start);
        if let Scalar::Bool(_) | Scalar::Int(_) | Scalar::Null = name {
            let shown = &self.text[name_start..self.at];
            self.report("bad-name", name_span, format!("a node cannot be called `{shown}`"), None);
        }
        let mut node = Node {
            name: Spanned::new(String::new(), name_span),
            annotation,
            entries: Vec::new(),
            children: None,
            block: None,
            head: name_span,
            span: name_span,
        };
        self.entries(&mut node, depth);
        node.span = Span::new(start, self.end_of_node(start));
        let end = node.entries.last().map_or(name_span.end, |entry| entry.span.end);
        node.head = Span { start: node.span.start, end };
        self.end_node();
        match name {
            Scalar::Text(name) => node.name.value = name,
            _ => return None,
        }
        Some(node)
    }

    /// The end of what was read, without the space behind it.
    pub(super) fn end_of_node(&self, start: usize) -> usize {
        start + self.text[start..self.at].trim_end_matches(is_space).len()
    }

    fn end_node(&mut self) {
        match self.peek() {
            Some(';') => self.at += 1,
            Some(c) if is_newline(c) => self.newline(),
            _ => {}
        }
    }
}
