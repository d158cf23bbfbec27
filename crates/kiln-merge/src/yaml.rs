//! YAML: reading one document of block style with places, by the events of a parser that keeps byte offsets.

use std::collections::BTreeSet;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, StructureStyle, Tag};

use crate::tree::{Fault, Kind, Layout, Member, Node};
use crate::value::Value;

mod scalar;
mod splice;

#[cfg(test)]
pub(crate) use scalar::in_line;
pub(crate) use splice::splice;

/// Reads YAML. The text ends with a newline.
pub(crate) fn parse(text: &str) -> Result<Node, Fault> {
    let options = granit_parser::options! { emit_anchor_events: true, emit_comments: false };
    Builder { text, events: Parser::new_from_str_with_options(text, options) }.document()
}

fn bytes(span: &Span) -> Range<usize> {
    let start = span.start.byte_offset().unwrap_or(0);
    start..span.end.byte_offset().unwrap_or(start).max(start)
}

struct Builder<'a> {
    text: &'a str,
    events: Parser<'a, StrInput<'a>>,
}

/// Anchor and tag of the node that was just read.
#[derive(Default)]
struct Properties {
    start: Option<usize>,
    mark: Option<String>,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Range<usize>, Span), Fault> {
        match self.events.next_event() {
            Some(Ok((event, span))) => Ok((event, bytes(&span), span)),
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(self.text.len());
                let at = at.min(self.text.len());
                Err(Fault::new(error.info().to_owned(), at..at))
            }
            None => Err(Fault::new("the document ends early", self.text.len()..self.text.len())),
        }
    }

    /// The next event if it is one of these.
    fn next_if(
        &mut self,
        is: impl Fn(&Event<'_>) -> bool,
    ) -> Result<Option<(Event<'a>, Range<usize>)>, Fault> {
        match self.events.peek() {
            Some(Ok((event, _))) if !is(event) => Ok(None),
            None => Ok(None),
            _ => self.next().map(|(event, range, _)| Some((event, range))),
        }
    }

    fn document(&mut self) -> Result<Node, Fault> {
        let mut root = None;
        while let Some((event, range)) = self.next_if(|event| {
            matches!(
                event,
                Event::StreamStart
                    | Event::StreamEnd
                    | Event::DocumentStart(..)
                    | Event::DocumentEnd
            )
        })? {
            if !matches!(event, Event::DocumentStart(..)) {
                continue;
            }
            if root.is_some() {
                return Err(Fault::form("more than one document stands here", range));
            }
            root = Some(self.node()?);
        }
        root.ok_or_else(|| Fault::form("the document is empty", 0..self.text.len()))
    }

    fn node(&mut self) -> Result<Node, Fault> {
        let (event, range, span) = self.next()?;
        match event {
            Event::Scalar(value, style, _, tag) => {
                let properties = self.properties(&span, tag.as_deref())?;
                Ok(self.scalar(&value, style, range, properties))
            }
            Event::Alias(_) => {
                let name = self.text[range.clone()].to_owned();
                let mut node = Node::new(Kind::Scalar(Value::Null), range);
                node.mark = Some(name);
                Ok(node)
            }
            Event::SequenceStart(style, _, tag) => {
                let properties = self.properties(&span, tag.as_deref())?;
                self.list(style, range, properties)
            }
            Event::MappingStart(style, _, tag) => {
                let properties = self.properties(&span, tag.as_deref())?;
                self.map(style, range, properties)
            }
            _ => Err(Fault::form("this form of YAML is not supported here", range)),
        }
    }

    fn properties(&mut self, span: &Span, tag: Option<&Tag>) -> Result<Properties, Fault> {
        let mut found = Properties::default();
        let mut words = Vec::new();
        if let Some((Event::Anchor(_, name), range)) =
            self.next_if(|event| matches!(event, Event::Anchor(..)))?
        {
            found.start = Some(range.start);
            words.push(format!("&{name}"));
        }
        if let Some(tag) = tag {
            let start = span.tag_start().and_then(|marker| marker.byte_offset());
            let start = start.ok_or_else(|| Fault::new("a tag without place", bytes(span)))?;
            found.start = Some(found.start.map_or(start, |anchor| anchor.min(start)));
            words.push(tag.original());
        }
        found.mark = (!words.is_empty()).then(|| words.join(" "));
        Ok(found)
    }

    fn scalar(
        &self,
        value: &str,
        style: ScalarStyle,
        range: Range<usize>,
        properties: Properties,
    ) -> Node {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let mut end = range.end;
        if block {
            end = self.block_end(&range);
        }
        // The place of a block scalar is its text; its header stands on the line before.
        let start = if block { self.block_header(range.start) } else { range.start };
        let kind = Kind::Scalar(if style == ScalarStyle::Plain {
            scalar::resolve(value, range.is_empty())
        } else {
            Value::Text(value.to_owned())
        });
        let lines = block || self.text[start..end].contains('\n');
        let mut node = Node::new(kind, properties.start.unwrap_or(start)..end.max(start));
        node.layout = if lines { Layout::Lines } else { Layout::Flow };
        node.mark = properties.mark;
        node
    }

    /// Where the header of the block scalar whose text begins at `at` begins: the last `|` or `>` before it.
    fn block_header(&self, at: usize) -> usize {
        let before = &self.text[..at];
        let mut end = before.len();
        // The header ends its line; a comment may follow it, and empty lines before the text.
        loop {
            let line_start = before[..end].rfind('\n').map_or(0, |at| at + 1);
            let line = &before[line_start..end];
            let code = line.find(" #").map_or(line, |at| &line[..at]).trim_end();
            if let Some(header) = code.rfind(['|', '>']) {
                return line_start + header;
            }
            if line_start == 0 {
                return at;
            }
            end = line_start - 1;
        }
    }

    /// One past the last byte that counts: empty lines at the end are content only with `+`.
    fn block_end(&self, range: &Range<usize>) -> usize {
        let header = self.block_header(range.start);
        let line = self.text[header..].lines().next().unwrap_or_default();
        let keeps = line.split('#').next().is_some_and(|header| header.contains('+'));
        let content = &self.text[range.clone()];
        if keeps {
            return range.start + content.trim_end_matches([' ', '\t']).len();
        }
        let end = range.start + content.trim_end().len();
        if content.trim().is_empty() { header + line.trim_end().len() } else { end }
    }

    fn list(
        &mut self,
        style: StructureStyle,
        range: Range<usize>,
        properties: Properties,
    ) -> Result<Node, Fault> {
        let mut items = Vec::new();
        let end = loop {
            if let Some((_, range)) = self.next_if(|event| matches!(event, Event::SequenceEnd))? {
                break range;
            }
            items.push(self.node()?);
        };
        let mut node = Node::new(Kind::List(Vec::new()), range.clone());
        if style == StructureStyle::Flow {
            node.span = range.start..end.end;
        } else {
            let mut dashes = Vec::with_capacity(items.len());
            for item in &items {
                dashes.push(self.dash(first_byte(item))?);
            }
            let first = dashes.first().copied().unwrap_or(range.start);
            node.span = first..items.last().map_or(first + 1, |item| item.span.end.max(first + 1));
            node.layout = Layout::BlockList { column: self.column(first), dashes };
        }
        node.kind = Kind::List(items);
        self.mark(&mut node, properties);
        Ok(node)
    }

    fn map(
        &mut self,
        style: StructureStyle,
        range: Range<usize>,
        properties: Properties,
    ) -> Result<Node, Fault> {
        let mut members: Vec<Member> = Vec::new();
        let mut seen = BTreeSet::new();
        let end = loop {
            if let Some((_, range)) = self.next_if(|event| matches!(event, Event::MappingEnd))? {
                break range;
            }
            let member = self.member()?;
            if !seen.insert(member.key.clone()) {
                let message = format!("`{}` stands here twice", member.key);
                return Err(Fault::new(message, member.key_span));
            }
            members.push(member);
        };
        let mut node = Node::new(Kind::Map(Vec::new()), range.clone());
        if style == StructureStyle::Flow {
            node.span = range.start..end.end;
        } else {
            let first = members.first().map_or(range.start, |member| member.key_span.start);
            let last = members.last().map_or(first, |m| m.node.span.end.max(m.key_span.end + 1));
            node.span = first..last;
            node.layout = Layout::BlockMap { column: self.column(first) };
        }
        node.kind = Kind::Map(members);
        self.mark(&mut node, properties);
        Ok(node)
    }

    fn member(&mut self) -> Result<Member, Fault> {
        let key = self.node()?;
        let name = match &key.kind {
            Kind::Scalar(Value::Text(text)) if key.mark.is_none() => text.clone(),
            Kind::Scalar(Value::Marked(_, inner)) if key.mark.is_none() => match inner.as_ref() {
                Value::Text(text) => text.clone(),
                other => other.to_string(),
            },
            Kind::Scalar(Value::Null | Value::Bool(_) | Value::Number(_))
                if key.mark.is_none() && !key.span.is_empty() =>
            {
                self.text[key.span.clone()].to_owned()
            }
            _ => return Err(Fault::form("this kind of key is not supported here", key.span)),
        };
        let explicit = self.text[..key.span.start].trim_end_matches([' ', '\t']).ends_with('?');
        if explicit || key.layout == Layout::Lines {
            return Err(Fault::form("this kind of key is not supported here", key.span));
        }
        let node = self.node()?;
        Ok(Member { key: name, key_span: key.span, node })
    }

    fn mark(&self, node: &mut Node, properties: Properties) {
        if let Some(start) = properties.start {
            node.span.start = start;
        }
        node.mark = properties.mark;
    }

    fn column(&self, at: usize) -> usize {
        at - self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The dash before an item that begins at `at`; comments and line ends may stand between.
    fn dash(&self, at: usize) -> Result<usize, Fault> {
        let mut end = at;
        let mut first = true;
        loop {
            let line_start = self.text[..end].rfind('\n').map_or(0, |newline| newline + 1);
            let mut line = &self.text[line_start..end];
            if !first {
                line = match line.find('#') {
                    Some(hash) if hash == 0 || line[..hash].ends_with([' ', '\t']) => &line[..hash],
                    _ => line,
                };
            }
            let line = line.trim_end_matches([' ', '\t']);
            if line.ends_with('-') {
                return Ok(line_start + line.len() - 1);
            }
            if !line.is_empty() || line_start == 0 {
                return Err(Fault::form("this form of list is not supported here", at..at));
            }
            end = line_start - 1;
            first = false;
        }
    }
}

/// The first byte of a node, its dash if it is a block list.
fn first_byte(node: &Node) -> usize {
    node.span.start
}
