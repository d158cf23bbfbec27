//! Where in a person's text a node goes and what goes with one: lines, indentation, separators.

use crate::syntax::{Node, is_newline, is_space};

use super::write::New;

/// A piece of text in place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) with: String,
}

impl Splice {
    pub(super) fn insert(at: usize, with: impl Into<String>) -> Self {
        Self { start: at, end: at, with: with.into() }
    }

    pub(super) const fn remove(start: usize, end: usize) -> Self {
        Self { start, end, with: String::new() }
    }
}

/// The text after splices that do not overlap.
pub(super) fn spliced(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| std::cmp::Reverse(splice.start));
    let mut text = text.to_owned();
    for splice in splices {
        text.replace_range(splice.start..splice.end, &splice.with);
    }
    text
}

/// The first byte of a node and the one past its last.
pub(super) const fn ends(node: &Node) -> (usize, usize) {
    (node.span.start as usize, node.span.end as usize)
}

/// A text with the habits of whoever wrote it.
pub(super) struct Layout<'t> {
    text: &'t str,
    /// How its lines end.
    pub(super) newline: &'static str,
    /// What a block indents its nodes by.
    pub(super) step: String,
}

impl<'t> Layout<'t> {
    pub(super) fn of(text: &'t str, nodes: &[Node]) -> Self {
        let newline = match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let mut layout = Self { text, newline, step: "    ".to_owned() };
        if let Some(step) = nodes.iter().find_map(|node| layout.step_in(node)) {
            layout.step = step;
        }
        layout
    }

    fn step_in(&self, node: &Node) -> Option<String> {
        let outer = self.indent(ends(node).0);
        let children = node.children.as_deref().unwrap_or_default();
        let first = children.iter().map(|child| ends(child).0).find(|at| self.begins_line(*at));
        first
            .and_then(|at| self.indent(at).strip_prefix(outer))
            .filter(|step| !step.is_empty())
            .map(str::to_owned)
            .or_else(|| children.iter().find_map(|child| self.step_in(child)))
    }

    fn line_start(&self, at: usize) -> usize {
        let before = self.text[..at].char_indices().rev().find(|(_, c)| is_newline(*c));
        let start = before.map_or(0, |(at, c)| at + c.len_utf8());
        if start == 0 && self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { start }
    }

    /// The spaces that the line of `at` begins with.
    fn indent(&self, at: usize) -> &'t str {
        let line = &self.text[self.line_start(at)..at];
        &line[..line.find(|c| !is_space(c)).unwrap_or(line.len())]
    }

    /// Only spaces stand before `at` on its line.
    fn begins_line(&self, at: usize) -> bool {
        self.indent(at).len() == at - self.line_start(at)
    }

    fn skip_spaces(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        at + rest.find(|c| !is_space(c)).unwrap_or(rest.len())
    }

    fn before_spaces(&self, at: usize) -> usize {
        self.text[..at].trim_end_matches(is_space).len()
    }

    fn newline_at(&self, at: usize) -> Option<usize> {
        let rest = &self.text[at..];
        if rest.starts_with("\r\n") {
            return Some(at + 2);
        }
        rest.chars().next().filter(|c| is_newline(*c)).map(|c| at + c.len_utf8())
    }

    /// Where the next line begins if nothing but `;` and a comment stands on the line of `at` behind it; the flag says
    /// that there is such a line.
    fn line_end(&self, at: usize) -> Option<(usize, bool)> {
        let mut end = self.skip_spaces(at);
        if self.text[end..].starts_with(';') {
            end = self.skip_spaces(end + 1);
        }
        if self.text[end..].starts_with("//") {
            let rest = &self.text[end..];
            end += rest.find(is_newline).unwrap_or(rest.len());
        }
        if end == self.text.len() {
            return Some((end, false));
        }
        self.newline_at(end).map(|next| (next, true))
    }

    /// A node behind a sibling.
    pub(super) fn after(&self, sibling: &Node, new: &New, compact: bool) -> Vec<Splice> {
        let (start, end) = ends(sibling);
        if self.begins_line(start)
            && let Some((next, line)) = self.line_end(end)
        {
            let lines = new.lines(self.indent(start), &self.step, self.newline, compact);
            let text = if line {
                format!("{lines}{}", self.newline)
            } else {
                format!("{}{lines}", self.newline)
            };
            return vec![Splice::insert(next, text)];
        }
        let next = self.skip_spaces(end);
        if self.text[next..].starts_with(';') {
            return vec![Splice::insert(next + 1, format!(" {};", new.inline()))];
        }
        vec![Splice::insert(end, format!("; {}", new.inline()))]
    }

    /// A node before the first one of a block.
    pub(super) fn before(
        &self,
        sibling: &Node,
        open: usize,
        new: &New,
        compact: bool,
    ) -> Vec<Splice> {
        let (start, _) = ends(sibling);
        if !self.begins_line(start) {
            return vec![Splice::insert(start, format!("{}; ", new.inline()))];
        }
        let at = match self.line_end(open + 1) {
            Some((next, true)) if next <= start => next,
            _ => self.line_start(start),
        };
        let lines = new.lines(self.indent(start), &self.step, self.newline, compact);
        vec![Splice::insert(at, format!("{lines}{}", self.newline))]
    }

    /// A node as the only one of a block, which may be missing.
    pub(super) fn only_child(&self, parent: &Node, new: &New) -> Vec<Vec<Splice>> {
        let (start, end) = ends(parent);
        let outer = self.indent(start);
        let inner = format!("{outer}{}", self.step);
        let lines = new.lines(&inner, &self.step, self.newline, true);
        let newline = self.newline;
        let Some(block) = parent.block else {
            let whole = format!(" {{{newline}{lines}{newline}{outer}}}");
            let head = parent.head.end as usize;
            let at = |at: usize| vec![Splice::insert(at, whole.clone())];
            return vec![at(end), at(head)];
        };
        let (open, close) = (block.start as usize + 1, block.end as usize - 1);
        if self.text[open..close].chars().all(|c| is_space(c) || is_newline(c)) {
            let with = format!("{newline}{lines}{newline}{outer}");
            return vec![vec![Splice { start: open, end: close, with }]];
        }
        // Only comments stand there.
        if self.begins_line(close) {
            let at = self.line_start(close);
            let first =
                open + self.text[open..].find(|c| !is_space(c) && !is_newline(c)).unwrap_or(0);
            let inner = if self.begins_line(first) { self.indent(first) } else { &inner };
            let lines = new.lines(inner, &self.step, self.newline, true);
            return vec![vec![Splice::insert(at, format!("{lines}{newline}"))]];
        }
        [" ", "; "]
            .map(|lead| vec![Splice::insert(close, format!("{lead}{} ", new.inline()))])
            .into()
    }

    /// A short node as the only one of a block, on the line of its parent.
    pub(super) fn only_child_inline(&self, parent: &Node, new: &New) -> Vec<Vec<Splice>> {
        if parent.block.is_some() {
            return self.only_child(parent, new);
        }
        let block = format!(" {{ {} }}", new.inline());
        [parent.span.end, parent.head.end]
            .map(|at| vec![Splice::insert(at as usize, block.clone())])
            .into()
    }

    /// A node at the end of the text, behind an empty line if `apart`.
    pub(super) fn at_end(&self, new: &New, apart: bool) -> Vec<Splice> {
        let newline = self.newline;
        let lines = new.lines("", &self.step, newline, false);
        let body = self.text.trim_start_matches('\u{feff}');
        if body.is_empty() {
            return vec![Splice::insert(self.text.len(), format!("{lines}{newline}"))];
        }
        let ended = body.ends_with(is_newline);
        let last = body.trim_end_matches(is_space);
        let blank = last.strip_suffix('\n').is_some_and(|rest| {
            rest.trim_end_matches('\r').trim_end_matches(is_space).ends_with('\n')
        });
        let gap = if apart && !blank { newline } else { "" };
        let text = match ended {
            true => format!("{gap}{lines}{newline}"),
            false => format!("{newline}{gap}{lines}"),
        };
        vec![Splice::insert(self.text.len(), text)]
    }

    /// Takes a node away, with its line if it has one of its own. A top-level node at the end of the text takes the
    /// empty line before it along.
    pub(super) fn without(&self, node: &Node, top: bool) -> Splice {
        let (start, end) = ends(node);
        if self.begins_line(start)
            && let Some((next, line)) = self.line_end(end)
        {
            let mut from = self.line_start(start);
            if top && next == self.text.len() {
                from = self.with_blank_line(from);
            }
            if !line {
                from = self.before_newline(from);
            }
            return Splice::remove(from, next);
        }
        self.without_inline(start, end)
    }

    /// The start of the empty line above the line start `at`, or `at` if there is none.
    fn with_blank_line(&self, at: usize) -> usize {
        let end = self.before_newline(at);
        let above = self.line_start(end);
        let blank = end < at && self.text[above..end].chars().all(is_space);
        if blank && above > 0 { above } else { at }
    }

    /// Where the newline begins that ends before the line start `at`.
    fn before_newline(&self, at: usize) -> usize {
        let before = &self.text[..at];
        if before.ends_with("\r\n") {
            return at - 2;
        }
        before.chars().next_back().filter(|c| is_newline(*c)).map_or(at, |c| at - c.len_utf8())
    }

    fn without_inline(&self, start: usize, end: usize) -> Splice {
        let before = self.before_spaces(start);
        let first = self.text[..before].ends_with(|c| c == '{' || is_newline(c)) || before == 0;
        let next = self.skip_spaces(end);
        let rest = &self.text[next..];
        if rest.starts_with(';') {
            let after = self.skip_spaces(next + 1);
            return if first {
                Splice::remove(start, after)
            } else {
                Splice::remove(before, next + 1)
            };
        }
        if self.text[..before].ends_with(';') {
            return Splice::remove(before - 1, end);
        }
        if first && rest.starts_with('}') {
            return Splice::remove(start, next);
        }
        if first && self.newline_at(next).is_some() {
            return Splice::remove(before, end);
        }
        Splice::remove(start, end)
    }

    /// Whether the block of `parent` holds nothing but `child`, comments included.
    pub(super) fn alone(&self, parent: &Node, child: &Node) -> bool {
        let Some(block) = parent.block else { return false };
        let (start, end) = ends(child);
        let blank = |text: &str| text.chars().all(|c| is_space(c) || is_newline(c) || c == ';');
        blank(&self.text[block.start as usize + 1..start])
            && blank(&self.text[end..block.end as usize - 1])
    }

    /// Takes a block away, with the spaces before it.
    pub(super) fn without_block(&self, parent: &Node) -> Option<Splice> {
        let block = parent.block?;
        let start = self.before_spaces(block.start as usize);
        Some(Splice::remove(start, block.end as usize))
    }

    /// Takes a property away, with the spaces before it.
    pub(super) fn without_property(&self, start: usize, end: usize) -> Splice {
        Splice::remove(self.before_spaces(start), end)
    }
}
