//! Where the lines of an output come from: the template is rendered a second time with invisible marks in it, and what
//! is left without them must be the output byte for byte, else nothing is said.
//!
//! Marks are noncharacters, as those of `fit`, and have no width. They stand at the pieces of text, round prints and
//! loops, never inside of what goes through a filter. Only explanations come here; a render knows nothing of it.

use std::collections::BTreeSet;

use kiln_model::Value;
use tera::{Kwargs, State, TeraResult};

use super::guard::guard_with;
use super::language::Language;
use super::syntax::{FilterUse, For, Node, Range, Unit};
use super::{Rendered, Template, Templates, convert, filters, meter};

const OPEN: char = '\u{fdd3}';
const CLOSE: char = '\u{fdd4}';
/// Between [`OPEN`] and digits: the number is a tag of a value, not a mark of the table.
const TAG: char = '\u{fdd5}';
const ZERO: u32 = 0xfde0;

/// The name under which a value that a loop may take carries its tag.
pub const TAG_NAME: &str = "__tag";

/// True for characters of marks: they have no width.
pub(super) const fn is_mark(c: char) -> bool {
    matches!(c as u32, 0xfdd3..=0xfdd5 | 0xfde0..=0xfdef)
}

/// Where each line of an output comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// By line of the output.
    pub lines: Vec<TracedLine>,
}

/// Where one line comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TracedLine {
    /// Lines of templates and parts that it has text of, in order.
    pub sources: Vec<SourceLine>,
    /// Values that were put in.
    pub printed: Vec<Printed>,
    /// Tags of the values that loops round it stood at, outermost first.
    pub tags: Vec<u64>,
}

/// Lines of a template or part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct SourceLine {
    /// The file, by kit and path in it.
    pub file: String,
    /// The first line, from 1.
    pub line: usize,
    /// The last line: another than the first if they go through a filter together.
    pub last: usize,
    /// The first line as written.
    pub text: String,
    /// The filters that they go through together.
    pub through: Vec<String>,
}

/// A value that was put in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Printed {
    /// As the template writes it.
    pub expression: String,
    /// What of it stands in the line.
    pub text: String,
}

/// How many marks are set: where some go through a filter unseen, fewer may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    All,
    Lines,
}

#[derive(Debug, Clone)]
enum Mark {
    End,
    Line(SourceLine),
    Print(String),
    Block(SourceLine),
    Loop,
}

/// What stands open at a character.
#[derive(Debug, Clone)]
enum Standing {
    Print(String, usize),
    Block(SourceLine),
    Loop(Option<u64>),
}

impl Template<'_> {
    /// Where each line of the output for `context` comes from; none if marks would change the output. `tag` gives the
    /// values that the template reads their tags, under [`TAG_NAME`].
    #[must_use]
    pub fn trace(self, context: &Value, tag: &dyn Fn(&Value) -> Value) -> Option<Trace> {
        let wanted = self.render(context).ok()?;
        if self.is_static() {
            let source = &self.text().source;
            let one = |(at, text): (usize, &str)| TracedLine {
                sources: vec![SourceLine {
                    file: source.name.clone(),
                    line: at + 1,
                    last: at + 1,
                    text: text.to_owned(),
                    through: Vec::new(),
                }],
                ..TracedLine::default()
            };
            return Some(Trace { lines: wanted.text().lines().enumerate().map(one).collect() });
        }
        let input = self.input(context);
        [(Level::All, tag(&input)), (Level::Lines, input)]
            .into_iter()
            .find_map(|(level, input)| self.traced(&wanted, &input, level))
    }

    fn traced(self, wanted: &Rendered, input: &Value, level: Level) -> Option<Trace> {
        let mut marks = vec![Mark::End];
        let tera = self.templates.marked_tera(self.at, level, &mut marks)?;
        let account = meter::Opened::new(Language::of_file(self.name()));
        let values = convert::to_context(input)?;
        let mut output = meter::Output::default();
        tera.render_to(&self.text().tera_name(), &values, &mut output).ok()?;
        let mut output = String::from_utf8(output.0).ok()?;
        if account.is_marked() {
            output = filters::resolve_marks(&output).into_owned();
        }
        let (text, mut lines) = read(&output, &marks)?;
        let rendered = Rendered::new(text);
        if rendered != *wanted {
            return None;
        }
        lines.truncate(rendered.text().lines().count());
        Some(Trace { lines })
    }
}

impl Templates {
    /// All texts for tera, with marks in one template and the parts that it includes where nothing filters them.
    fn marked_tera(&self, at: usize, level: Level, marks: &mut Vec<Mark>) -> Option<tera::Tera> {
        let mut included = Included::default();
        if level == Level::All {
            included.nodes(self, &self.texts[at].unit.body, false);
        }
        let mut tera = Self::empty_tera().ok()?;
        tera.register_function("__mark", |arguments: Kwargs, _: &State| {
            let value = arguments.get::<&tera::Value>("v")?;
            let tag = value
                .and_then(|value| value.as_map())
                .and_then(|map| map.get(&tera::value::Key::from(TAG_NAME)))
                .and_then(tera::Value::as_i64);
            TeraResult::Ok(format!(
                "{OPEN}{TAG}{}{CLOSE}",
                digits(tag.map_or(0, |tag| tag as usize + 1))
            ))
        });
        let texts: Vec<(String, String)> = self
            .texts
            .iter()
            .enumerate()
            .filter(|(_, text)| text.needs_tera())
            .map(|(other, text)| {
                let marked = other == at
                    || (included.open.contains(&other) && !included.captured.contains(&other));
                let guarded = if marked {
                    let mut marker = Marker {
                        file: &text.source.name,
                        text: &text.source.text,
                        unit: &text.unit,
                        level,
                        marks,
                        edits: Vec::new(),
                    };
                    marker.nodes(&text.unit.body);
                    guard_with(&text.source.text, &text.unit, text.is_part, marker.edits).text
                } else {
                    text.guarded.text.clone()
                };
                (text.tera_name(), guarded)
            })
            .collect();
        tera.add_raw_templates(texts).ok()?;
        Some(tera)
    }
}

/// Parts by where they are included: in the open, or in what becomes a value first.
#[derive(Default)]
struct Included {
    open: BTreeSet<usize>,
    captured: BTreeSet<usize>,
}

impl Included {
    fn nodes(&mut self, templates: &Templates, nodes: &[Node], captured: bool) {
        for node in nodes {
            match node {
                Node::Include { name, .. } => {
                    let Some(at) = templates.parts.get(name).copied() else { continue };
                    let known = if captured { &mut self.captured } else { &mut self.open };
                    if known.insert(at) {
                        self.nodes(templates, &templates.texts[at].unit.body, captured);
                    }
                }
                Node::For(each) => {
                    self.nodes(templates, &each.body, captured);
                    self.nodes(templates, &each.otherwise, captured);
                }
                Node::If { branches, otherwise } => {
                    branches.iter().for_each(|(_, body)| self.nodes(templates, body, captured));
                    self.nodes(templates, otherwise, captured);
                }
                Node::SetBlock { body, .. } | Node::Filter { body, .. } | Node::Call(_, body) => {
                    self.nodes(templates, body, true);
                }
                Node::Text(_) | Node::Print(_) | Node::Set { .. } | Node::Leave => {}
            }
        }
    }
}

fn digits(number: usize) -> String {
    format!("{number:x}")
        .chars()
        .filter_map(|digit| char::from_u32(ZERO + digit.to_digit(16)?))
        .collect()
}

/// Sets the marks of one text.
struct Marker<'m> {
    file: &'m str,
    text: &'m str,
    unit: &'m Unit,
    level: Level,
    marks: &'m mut Vec<Mark>,
    edits: Vec<(usize, String)>,
}

impl Marker<'_> {
    fn mark(&mut self, at: usize, mark: Mark) {
        let number = self.marks.len();
        self.marks.push(mark);
        self.edits.push((at, format!("{OPEN}{}{CLOSE}", digits(number))));
    }

    fn end(&mut self, at: usize) {
        self.edits.push((at, format!("{OPEN}{}{CLOSE}", digits(0))));
    }

    fn number(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    fn lines(&self, start: usize, end: usize, through: Vec<String>) -> SourceLine {
        let from = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let text = self.text[from..].lines().next().unwrap_or("").to_owned();
        let (line, last) = (self.number(start), self.number(end));
        SourceLine { file: self.file.to_owned(), line, last, text, through }
    }

    fn line(&mut self, at: usize) {
        if !self.unit.vanishing.iter().any(|gone| gone.start <= at && at < gone.end) {
            let line = self.lines(at, at, Vec::new());
            self.mark(at, Mark::Line(line));
        }
    }

    /// Where the tag begins that `at` is in.
    fn opens(&self, at: usize, sign: &str) -> usize {
        self.text[..at].rfind(sign).unwrap_or(at)
    }

    /// Where the tag ends that `at` is in.
    fn closes(&self, at: usize, sign: &str) -> usize {
        self.text[at..].find(sign).map_or(self.text.len(), |found| at + found + sign.len())
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(range) => self.piece(range),
            Node::Print(value) => {
                let start = self.opens(value.range.start, "{=");
                self.line(start);
                if self.level == Level::All {
                    let expression = self.text[value.range.clone()].to_owned();
                    self.mark(start, Mark::Print(expression));
                    self.end(self.closes(value.range.end, "=}"));
                }
            }
            Node::Include { range, .. } => {
                let start = self.opens(range.start, "{%");
                self.line(start);
            }
            Node::For(each) => self.each(each),
            Node::If { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| self.nodes(body));
                self.nodes(otherwise);
            }
            Node::Filter { filters, .. } => self.block(filters),
            Node::Call(call, _) => {
                let start = self.opens(call.range.start, "{%");
                self.line(start);
            }
            Node::Set { .. } | Node::SetBlock { .. } | Node::Leave => {}
        }
    }

    /// A mark where the text begins, and one for each further line.
    fn piece(&mut self, range: &Range) {
        let text = self.text;
        let starts = text[range.clone()].match_indices('\n').map(|(at, _)| range.start + at + 1);
        for at in std::iter::once(range.start).chain(starts).filter(|at| *at < range.end) {
            self.line(at);
        }
        // Behind a statement that vanishes with its line end, the text goes on.
        let goes_on: Vec<usize> = self
            .unit
            .vanishing
            .iter()
            .filter(|gone| gone.start == range.start && gone.end < range.end)
            .map(|gone| gone.end)
            .collect();
        goes_on.into_iter().for_each(|at| self.line(at));
    }

    fn each(&mut self, each: &For) {
        // What `break` jumps over would never end.
        if self.level == Level::All && !leaves(&each.body) {
            let start = self.closes(each.target.range.end, "%}");
            self.mark(start, Mark::Loop);
            self.edits.push((start, format!("{{= __mark(v={}) =}}", each.value)));
            let end = self.opens(each.range.end, "{%");
            self.nodes(&each.body);
            self.end(end);
        } else {
            self.nodes(&each.body);
        }
        self.nodes(&each.otherwise);
    }

    /// What goes through filters is marked as a whole.
    fn block(&mut self, filters: &[FilterUse]) {
        let Some(first) = filters.first() else { return };
        let start = self.opens(first.range.start, "{%");
        let (mut depth, mut at) = (0, start);
        let end = loop {
            let word = self.text[at + 2..].trim_start_matches(['-', ' ', '\n', '\t']);
            if word.starts_with("filter") {
                depth += 1;
            } else if word.starts_with("endfilter") {
                depth -= 1;
            }
            let close = self.closes(at, "%}");
            if depth == 0 {
                break close;
            }
            match self.text[close..].find("{%") {
                Some(next) => at = close + next,
                None => break close,
            }
        };
        let through = filters.iter().map(|filter| filter.name.clone()).collect();
        let lines = self.lines(start, end, through);
        self.mark(start, Mark::Block(lines));
        self.end(end);
    }
}

fn leaves(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Leave => true,
        Node::If { branches, otherwise } => {
            branches.iter().any(|(_, body)| leaves(body)) || leaves(otherwise)
        }
        _ => false,
    })
}

/// The text without marks, and what the marks say of each line; none if they are not as they were set.
fn read(output: &str, marks: &[Mark]) -> Option<(String, Vec<TracedLine>)> {
    let mut reader = Reader::default();
    let mut chars = output.chars();
    while let Some(c) = chars.next() {
        if c != OPEN {
            reader.put(c);
            continue;
        }
        let mut number = 0;
        let mut is_tag = false;
        loop {
            match chars.next()? {
                CLOSE => break,
                TAG => is_tag = true,
                digit => number = number * 16 + (digit as usize).checked_sub(ZERO as usize)?,
            }
        }
        if is_tag {
            let Some(Standing::Loop(tag)) = reader.open.last_mut() else { return None };
            *tag = number.checked_sub(1).map(|tag| tag as u64);
        } else {
            reader.mark(marks.get(number)?)?;
        }
    }
    reader.lines.push(reader.line);
    Some((reader.text, reader.lines))
}

#[derive(Default)]
struct Reader {
    text: String,
    lines: Vec<TracedLine>,
    line: TracedLine,
    now: Option<SourceLine>,
    open: Vec<Standing>,
}

impl Reader {
    fn mark(&mut self, mark: &Mark) -> Option<()> {
        match mark {
            Mark::End => drop(self.open.pop()?),
            Mark::Line(line) => self.now = Some(line.clone()),
            Mark::Print(expression) => {
                self.open.push(Standing::Print(expression.clone(), usize::MAX))
            }
            Mark::Block(lines) => self.open.push(Standing::Block(lines.clone())),
            Mark::Loop => self.open.push(Standing::Loop(None)),
        }
        Some(())
    }

    fn put(&mut self, c: char) {
        let mut source = self.now.as_ref();
        let row = self.lines.len();
        for standing in &mut self.open {
            match standing {
                Standing::Loop(Some(tag)) if !self.line.tags.contains(tag) => {
                    self.line.tags.push(*tag);
                }
                Standing::Loop(_) => {}
                Standing::Block(lines) => source = Some(lines),
                Standing::Print(expression, since) => {
                    if *since != row {
                        *since = row;
                        let text = String::new();
                        self.line.printed.push(Printed { expression: expression.clone(), text });
                    }
                    if let Some(printed) = self.line.printed.last_mut()
                        && c != '\n'
                    {
                        printed.text.push(c);
                    }
                }
            }
        }
        if let Some(source) = source
            && !self.line.sources.contains(source)
        {
            self.line.sources.push(source.clone());
        }
        self.text.push(c);
        if c == '\n' {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }
}
