//! Writing a plan into YAML: block collections are taken apart by lines, so that every child keeps its comments and
//! its style; what comes from the other text is indented anew.

use std::ops::Range;

use super::scalar::in_line;
use crate::delimited::{Child, Comments, Pieces, comments_of, split};
use crate::json::child_spans;
use crate::tree::{Kind, Layout, Node, Plan, Slot, takes_something};

/// Writes the plan into the text of ours; both texts end with a newline.
pub(crate) fn splice(
    ours: (&str, &Node),
    theirs: (&str, &Node),
    plan: &Plan,
    carry: bool,
) -> String {
    let splicer = Splicer { ours: ours.0, theirs: theirs.0, carry };
    let (text, root) = ours;
    match plan {
        Plan::Keep => text.to_owned(),
        Plan::Take => theirs.0.to_owned(),
        Plan::Map(slots) | Plan::List(slots) => {
            let region = root_region(text, root);
            let pair = Pair { ours: root, theirs: Some(theirs.1) };
            let new = match column_of(root) {
                Some(_) => splicer.block(pair, slots, region.clone(), ""),
                None if root.members().is_empty() && root.items().is_empty() => {
                    splicer.filled(pair, slots, "", "", 0, "")
                }
                None => splicer.flow(pair, slots),
            };
            format!("{}{new}{}", &text[..region.start], &text[region.end..])
        }
    }
}

/// What the root covers: up to the end of the document.
fn root_region(text: &str, root: &Node) -> Range<usize> {
    if column_of(root).is_none() {
        return root.span.clone();
    }
    let rest = &text[root.span.end.min(text.len())..];
    let end = rest
        .match_indices('\n')
        .map(|(at, _)| root.span.end + at + 1)
        .find(|&at| ["...", "---"].iter().any(|mark| text[at..].starts_with(mark)));
    root.span.start..end.unwrap_or(text.len())
}

fn column_of(node: &Node) -> Option<usize> {
    match node.layout {
        Layout::BlockMap { column } | Layout::BlockList { column, .. } => Some(column),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Pair<'a> {
    ours: &'a Node,
    theirs: Option<&'a Node>,
}

impl<'a> Pair<'a> {
    fn child(self, at: usize, partner: Option<usize>) -> Self {
        let child = |node: &'a Node, at: usize| match &node.kind {
            Kind::Map(members) => &members[at].node,
            _ => &node.items()[at],
        };
        Pair {
            ours: child(self.ours, at),
            theirs: partner.zip(self.theirs).map(|(p, theirs)| child(theirs, p)),
        }
    }
}

/// A child of a block collection: whole lines before it, and its text, whose first line is not indented.
#[derive(Debug, Clone)]
struct Part {
    lead: String,
    body: Range<usize>,
}

/// A block collection in parts: `tail` are empty lines and comments after the last child.
struct Parts {
    children: Vec<Part>,
    tail: Range<usize>,
}

struct Splicer<'a> {
    ours: &'a str,
    theirs: &'a str,
    /// Comments before a shared key of theirs go along with the first thing that comes into it.
    carry: bool,
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// Takes a block collection apart that fills `region` (from its first child's first byte on).
fn parts(text: &str, node: &Node, region: Range<usize>) -> Parts {
    let column = column_of(node).unwrap_or(0);
    let starts: Vec<usize> = match (&node.kind, &node.layout) {
        (Kind::Map(members), _) => members.iter().map(|m| m.key_span.start).collect(),
        (_, Layout::BlockList { dashes, .. }) => dashes.clone(),
        _ => Vec::new(),
    };
    let ends: Vec<usize> = match &node.kind {
        Kind::Map(members) => {
            members.iter().map(|m| m.node.span.end.max(m.key_span.end + 1)).collect()
        }
        _ => node.items().iter().zip(&starts).map(|(i, s)| i.span.end.max(s + 1)).collect(),
    };
    let mut children: Vec<Part> = Vec::with_capacity(starts.len());
    for (index, &start) in starts.iter().enumerate() {
        let mut lead = String::new();
        if index > 0 {
            let line = line_start(text, start);
            let from = lead_start(text, line, ends[index - 1], column);
            lead = text[from..line].to_owned();
            children[index - 1].body.end = from;
        }
        children.push(Part { lead, body: start..region.end });
    }
    let mut tail = region.end..region.end;
    if let (Some(last), Some(&end)) = (children.last_mut(), ends.last()) {
        tail.start = lead_start(text, region.end, end, column);
        last.body.end = tail.start;
    }
    Parts { children, tail }
}

/// Going up from `line` over empty lines and comments that stand no deeper than `column`; never above the line in
/// which the value before ends.
fn lead_start(text: &str, line: usize, value_end: usize, column: usize) -> usize {
    let floor = if value_end > 0 && text[..value_end.min(text.len())].ends_with('\n') {
        value_end
    } else {
        next_line(text, value_end.min(text.len()))
    };
    let mut start = line;
    while start > floor {
        let above = line_start(text, start - 1);
        let content = text[above..start].trim_end();
        let indent = content.len() - content.trim_start().len();
        let passes =
            content.is_empty() || (content.trim_start().starts_with('#') && indent <= column);
        if !passes || above < floor {
            break;
        }
        start = above;
    }
    start
}

/// The comments directly above the first child, from the last empty line on.
fn lead_above(text: &str, first: usize) -> String {
    let line = line_start(text, first);
    if !text[line..first].trim().is_empty() {
        return String::new();
    }
    let mut start = line;
    while start > 0 {
        let above = line_start(text, start - 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    text[start..line].to_owned()
}

/// Moves all lines but the first from one column to another.
fn shift(body: &str, from: usize, to: usize) -> String {
    let mut out = String::with_capacity(body.len());
    for (index, line) in body.split_inclusive('\n').enumerate() {
        if index > 0 && !line.trim().is_empty() {
            let indent = line.len() - line.trim_start_matches(' ').len();
            out.push_str(&" ".repeat((indent + to).saturating_sub(from.min(indent + to))));
            out.push_str(&line[indent..]);
        } else {
            out.push_str(line);
        }
    }
    out
}

fn indent_lines(lines: &str, column: usize) -> String {
    let mut out = String::new();
    for line in lines.split_inclusive('\n') {
        if !line.trim().is_empty() {
            out.push_str(&" ".repeat(column));
        }
        out.push_str(line.trim_start_matches([' ', '\t']));
    }
    out
}

impl Splicer<'_> {
    /// The new text of a block collection that fills `region`; `carried` are comment lines for what comes first.
    fn block(&self, pair: Pair<'_>, slots: &[Slot], region: Range<usize>, carried: &str) -> String {
        let column = column_of(pair.ours).unwrap_or(0);
        let old = parts(self.ours, pair.ours, region);
        let mut carried = carried.to_owned();
        let mut out = String::new();
        for slot in slots {
            let (lead, body) = match slot {
                Slot::Ours { at, partner, plan } => {
                    let part = &old.children[*at];
                    let body = match plan {
                        Plan::Keep => self.ours[part.body.clone()].to_owned(),
                        _ => self.changed(pair, (*at, *partner), plan, part, column),
                    };
                    (part.lead.clone(), body)
                }
                Slot::Theirs(at) => {
                    let (lead, body) = self.taken(pair.theirs, *at, column);
                    (indent_lines(&std::mem::take(&mut carried), column) + &lead, body)
                }
            };
            out.push_str(&lead);
            out.push_str(&" ".repeat(column));
            out.push_str(&body);
            out.push_str(if body.ends_with('\n') { "" } else { "\n" });
        }
        // The caller's text already holds the indent of the first line, or a dash.
        out.drain(..out.len() - out.trim_start_matches([' ', '\n']).len());
        if out.is_empty() {
            out.push_str(if matches!(pair.ours.kind, Kind::Map(_)) { "{}\n" } else { "[]\n" });
        }
        out.push_str(&self.ours[old.tail]);
        out
    }

    /// The new text of a child of ours.
    fn changed(
        &self,
        pair: Pair<'_>,
        (at, partner): (usize, Option<usize>),
        plan: &Plan,
        part: &Part,
        column: usize,
    ) -> String {
        let child = pair.child(at, partner);
        let head_end = match &pair.ours.kind {
            Kind::Map(members) => members[at].key_span.end,
            _ => part.body.start + 1,
        };
        match plan {
            Plan::Keep => self.ours[part.body.clone()].to_owned(),
            Plan::Take => self.replaced(pair, child, (at, partner), part, head_end, column),
            Plan::Map(slots) | Plan::List(slots) => {
                let carried = match (self.carry && takes_something(slots), partner, pair.theirs) {
                    (true, Some(partner), Some(theirs)) => self.lead_of(theirs, partner),
                    _ => String::new(),
                };
                let start = child.ours.span.start;
                if column_of(child.ours).is_some() {
                    let emptied = slots.is_empty();
                    let head_to = if emptied { head_end } else { start };
                    let mut head = self.ours[part.body.start..head_to].to_owned();
                    if emptied {
                        head.push_str(if head.ends_with('-') { " " } else { ": " });
                    }
                    let region = start..part.body.end;
                    return head + &self.block(child, slots, region, &carried);
                }
                let head = &self.ours[part.body.start..start];
                let rest = &self.ours[child.ours.span.end..part.body.end];
                if child.ours.members().is_empty() && child.ours.items().is_empty() {
                    return self.filled(child, slots, head, rest, column + 2, &carried);
                }
                format!("{head}{}{rest}", self.flow(child, slots))
            }
        }
    }

    /// `{}` or `[]` gets its first children: below it, in block style.
    fn filled(
        &self,
        pair: Pair<'_>,
        slots: &[Slot],
        head: &str,
        rest: &str,
        inner: usize,
        carried: &str,
    ) -> String {
        let mut out = format!("{}{}", head.trim_end(), rest.trim_end_matches('\n'));
        out.truncate(out.trim_end().len());
        out.push_str(if out.is_empty() { "" } else { "\n" });
        out.push_str(&indent_lines(carried, inner));
        for slot in slots {
            if let Slot::Theirs(at) = slot {
                let (lead, body) = self.taken(pair.theirs, *at, inner);
                out.push_str(lead.trim_start_matches('\n'));
                out.push_str(&" ".repeat(inner));
                out.push_str(body.trim_end_matches('\n'));
                out.push('\n');
            }
        }
        out
    }

    /// A value of theirs in the place of one of ours.
    fn replaced(
        &self,
        pair: Pair<'_>,
        child: Pair<'_>,
        (at, partner): (usize, Option<usize>),
        part: &Part,
        head_end: usize,
        column: usize,
    ) -> String {
        let old = &self.ours[part.body.clone()];
        let (Some(new), Some(partner)) = (child.theirs, partner) else { return old.to_owned() };
        let short = |node: &Node| node.layout == Layout::Flow && node.mark.is_none();
        let one_line = !self.theirs[new.span.clone()].contains('\n');
        if short(child.ours) && short(new) && one_line && !child.ours.span.is_empty() {
            let head = &self.ours[part.body.start..child.ours.span.start];
            let rest = &self.ours[child.ours.span.end..part.body.end];
            let text = &self.theirs[new.span.clone()];
            let gap = if head.ends_with([' ', '\n']) || text.is_empty() { "" } else { " " };
            // kiln's comment on the line comes where the person has none.
            let comment = self.theirs[new.span.end..].lines().next().unwrap_or_default();
            let bare = rest.lines().next().is_none_or(|line| line.trim().is_empty());
            if bare && comment.trim_start().starts_with('#') && comment.starts_with([' ', '\t']) {
                let rest = rest.trim_start_matches([' ', '\t']);
                return format!("{head}{gap}{text}{}{rest}", comment.trim_end());
            }
            return format!("{head}{gap}{text}{rest}");
        }
        let _ = at;
        let head = &self.ours[part.body.start..head_end];
        let (_, body) = self.taken(pair.theirs, partner, column);
        let own = match pair.theirs.map(|theirs| &theirs.kind) {
            Some(Kind::Map(members)) => members[partner].key_span.len(),
            _ => 1,
        };
        format!("{head}{}", &body[own.min(body.len())..])
    }

    /// A child of theirs for a block collection in `column`: the lines that lead it, and its text.
    fn taken(&self, theirs: Option<&Node>, at: usize, column: usize) -> (String, String) {
        let Some(theirs) = theirs else { return (String::new(), String::new()) };
        let Some(from) = column_of(theirs) else {
            let (head, node) = match &theirs.kind {
                Kind::Map(members) => {
                    let key = &self.theirs[members[at].key_span.clone()];
                    (format!("{key}: "), &members[at].node)
                }
                _ => ("- ".to_owned(), &theirs.items()[at]),
            };
            return (String::new(), format!("{head}{}\n", in_line(&node.value())));
        };
        let end = self.region_end(theirs, from);
        let split = parts(self.theirs, theirs, theirs.span.start..end);
        let part = &split.children[at];
        let lead =
            if at == 0 { lead_above(self.theirs, part.body.start) } else { part.lead.clone() };
        let body = shift(&self.theirs[part.body.clone()], from, column);
        (indent_lines(&lead, column), body)
    }

    /// Where the lines of a block collection of theirs end: before the first line that stands less deep.
    fn region_end(&self, node: &Node, column: usize) -> usize {
        let text = self.theirs;
        let end = node.span.end.min(text.len());
        let mut at = if text[..end].ends_with('\n') { end } else { next_line(text, end) };
        let mut region = at;
        while at < text.len() {
            let next = next_line(text, at);
            let line = text[at..next].trim_end();
            let indent = line.len() - line.trim_start().len();
            let comment = line.trim_start().starts_with('#') && indent >= column.max(1);
            if !line.is_empty() && !comment {
                break;
            }
            at = next;
            if comment {
                region = at;
            }
        }
        region
    }

    fn lead_of(&self, theirs: &Node, at: usize) -> String {
        let lead = match column_of(theirs) {
            Some(column) => self.taken(Some(theirs), at, column).0,
            None => return String::new(),
        };
        comments_of(&lead, Comments::Hash).0.iter().map(|(_, c)| format!("{c}\n")).collect()
    }

    /// The new text of a collection in brackets.
    fn flow(&self, pair: Pair<'_>, slots: &[Slot]) -> String {
        let style = Comments::Hash;
        let spans = child_spans(pair.ours);
        let old = split(self.ours, &pair.ours.span, &spans, style);
        let open = old.is_open();
        let inner = old.indent().unwrap_or("  ").to_owned();
        let mut new = Pieces { trailing_comma: old.trailing_comma, ..Pieces::default() };
        for slot in slots {
            new.children.push(match slot {
                Slot::Ours { at, partner, plan } => {
                    let mut child = old.children[*at].clone();
                    if *plan != Plan::Keep {
                        let deeper = pair.child(*at, *partner);
                        let head = match &pair.ours.kind {
                            Kind::Map(members) => {
                                &self.ours[members[*at].key_span.start..deeper.ours.span.start]
                            }
                            _ => "",
                        };
                        let body = match plan {
                            Plan::Map(slots) | Plan::List(slots) => self.flow(deeper, slots),
                            _ => deeper.theirs.map_or_else(String::new, |n| in_line(&n.value())),
                        };
                        let gap = if head.ends_with(':') { " " } else { "" };
                        child.body = format!("{head}{gap}{body}");
                    }
                    child
                }
                Slot::Theirs(at) => {
                    let body = match pair.theirs.map(|theirs| &theirs.kind) {
                        Some(Kind::Map(members)) => {
                            let member = &members[*at];
                            let key = &self.theirs[member.key_span.clone()];
                            format!("{key}: {}", in_line(&member.node.value()))
                        }
                        Some(Kind::List(items)) => in_line(&items[*at].value()),
                        _ => continue,
                    };
                    let lead = if open { format!("\n{inner}") } else { " ".to_owned() };
                    Child { lead, body, ..Child::default() }
                }
            });
        }
        let (left, right) = if pair.ours.is_map() { ('{', '}') } else { ('[', ']') };
        if new.children.is_empty() && old.close_lead.trim().is_empty() {
            return format!("{left}{right}");
        }
        new.close_lead.clone_from(&old.close_lead);
        let first = match old.children.first() {
            Some(child) => child.lead.clone(),
            None if left == '{' => " ".to_owned(),
            None => String::new(),
        };
        if old.children.is_empty() && left == '{' && !open {
            new.close_lead = " ".to_owned();
        }
        new.settle(&first);
        new.join(left, right, style)
    }
}
