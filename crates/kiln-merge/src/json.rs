//! JSON: reading with places, and writing a plan into a person's text.

use std::ops::Range;

use jsonc_parser::ast::Value as Ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::delimited::{Child, Comments, Pieces, comments_of, split};
use crate::json_print::Printer;
use crate::tree::{Fault, Kind, Member, Node, Plan, Slot, takes_something};
use crate::value::{Value, number};

/// Reads JSON; comments and commas after the last child are let through, since tools' settings have them.
pub(crate) fn parse(text: &str) -> Result<Node, Fault> {
    let options = ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: true,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| {
        let range = error.range();
        Fault::new(lower_first(&error.kind().to_string()), range.start..range.end)
    })?;
    match parsed.value {
        Some(value) => node(&value),
        None => Err(Fault::new("the document is empty", 0..text.len())),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect::<String>().trim_end_matches('.').to_owned()
}

fn node(ast: &Ast<'_>) -> Result<Node, Fault> {
    let range = ast.range();
    let span = range.start..range.end;
    let kind = match ast {
        Ast::NullKeyword(_) => Kind::Scalar(Value::Null),
        Ast::BooleanLit(literal) => Kind::Scalar(Value::Bool(literal.value)),
        Ast::NumberLit(literal) => Kind::Scalar(number(literal.value)),
        Ast::StringLit(literal) => Kind::Scalar(Value::Text(literal.value.to_string())),
        Ast::Array(array) => Kind::List(array.elements.iter().map(node).collect::<Result<_, _>>()?),
        Ast::Object(object) => {
            let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
            let mut seen = std::collections::BTreeSet::new();
            for property in &object.properties {
                let range = property.name.range();
                let key = property.name.as_str().to_owned();
                if !seen.insert(key.clone()) {
                    let message = format!("`{key}` stands here twice");
                    return Err(Fault::new(message, range.start..range.end));
                }
                let key_span = range.start..range.end;
                members.push(Member { key, key_span, node: node(&property.value)? });
            }
            Kind::Map(members)
        }
    };
    Ok(Node::new(kind, span))
}

/// The places of the children: of members from the key on.
pub(crate) fn child_spans(node: &Node) -> Vec<Range<usize>> {
    match &node.kind {
        Kind::Map(members) => {
            members.iter().map(|member| member.key_span.start..member.node.span.end).collect()
        }
        Kind::List(items) => items.iter().map(|item| item.span.clone()).collect(),
        Kind::Scalar(_) => Vec::new(),
    }
}

/// Writes the plan into the text of ours.
pub(crate) fn splice(
    ours: (&str, &Node),
    theirs: (&str, &Node),
    plan: &Plan,
    carry: bool,
) -> String {
    let unit = indent_unit(ours.0);
    let splicer = Splicer { ours: ours.0, theirs: theirs.0, unit, carry };
    let root = splicer.emit(ours.1, Some(theirs.1), plan, "", 0);
    format!("{}{root}{}", &ours.0[..ours.1.span.start], &ours.0[ours.1.span.end..])
}

/// The white space of the first indented line: what one level is indented by.
fn indent_unit(text: &str) -> String {
    text.lines()
        .filter(|line| line.trim_start().starts_with(['"', '{', '[']))
        .map(|line| &line[..line.len() - line.trim_start().len()])
        .find(|white| !white.is_empty())
        .map_or_else(|| "  ".to_owned(), ToOwned::to_owned)
}

struct Splicer<'a> {
    ours: &'a str,
    theirs: &'a str,
    unit: String,
    /// Comments before a shared member of theirs go along with the first thing that comes into it.
    carry: bool,
}

impl Splicer<'_> {
    /// The new text of a value that stands on a line with this indent, `column` characters in.
    fn emit(
        &self,
        ours: &Node,
        theirs: Option<&Node>,
        plan: &Plan,
        indent: &str,
        column: usize,
    ) -> String {
        match (plan, theirs) {
            (Plan::Take, Some(theirs)) => self.printer().value(theirs, indent, column),
            (Plan::Map(slots), _) => self.collection(ours, theirs, slots, '{', indent, column, ""),
            (Plan::List(slots), _) => self.collection(ours, theirs, slots, '[', indent, column, ""),
            _ => self.ours[ours.span.clone()].to_owned(),
        }
    }

    fn printer(&self) -> Printer<'_> {
        Printer { text: self.theirs, unit: &self.unit }
    }

    #[expect(clippy::too_many_arguments, reason = "one call site each; a struct would only rename")]
    fn collection(
        &self,
        ours: &Node,
        theirs: Option<&Node>,
        slots: &[Slot],
        open: char,
        indent: &str,
        column: usize,
        carried: &str,
    ) -> String {
        let style = Comments::Slashes;
        let old = split(self.ours, &ours.span, &child_spans(ours), style);
        let donors =
            theirs.map(|theirs| split(self.theirs, &theirs.span, &child_spans(theirs), style));
        let close = if open == '{' { '}' } else { ']' };
        // What is printed anew afterwards opens here, so that comments find a line.
        let one_line = !old.children.is_empty() && !old.is_open() && !self.carry;
        let inner =
            old.indent().map_or_else(|| format!("{indent}{}", self.unit), ToOwned::to_owned);
        let first_lead = old.children.first().map_or("", |child| child.lead.as_str()).to_owned();
        let mut new = Pieces { trailing_comma: old.trailing_comma, ..Pieces::default() };
        let mut carried = carried.to_owned();
        for slot in slots {
            match slot {
                Slot::Ours { at, partner, plan } => {
                    let mut child = old.children[*at].clone();
                    if *plan != Plan::Keep {
                        child.body = self.shared(ours, theirs, (*at, *partner), plan, &inner);
                    }
                    new.children.push(child);
                }
                Slot::Theirs(at) => {
                    let (Some(theirs), Some(donors)) = (theirs, &donors) else { continue };
                    let lead = if one_line { None } else { Some(inner.as_str()) };
                    let comments = std::mem::take(&mut carried);
                    new.children.push(self.taken(theirs, donors, *at, lead, &comments));
                }
            }
        }
        if new.children.is_empty() && old.close_lead.trim().is_empty() {
            return format!("{open}{close}");
        }
        new.close_lead =
            if one_line || old.is_open() { old.close_lead.clone() } else { format!("\n{indent}") };
        new.settle(&first_lead);
        let text = new.join(open, close, style);
        if open == '[' && (old.children.is_empty() || (one_line && too_long(&text, column))) {
            return self.reprint(&text, indent, column);
        }
        text
    }

    /// An array that was empty or has grown out of its line is printed anew; it falls back to the text as it is.
    fn reprint(&self, text: &str, indent: &str, column: usize) -> String {
        match parse(text) {
            Ok(node) => Printer { text, unit: &self.unit }.value(&node, indent, column),
            Err(_) => text.to_owned(),
        }
    }

    /// The new text of a child that both have.
    fn shared(
        &self,
        ours: &Node,
        theirs: Option<&Node>,
        (at, partner): (usize, Option<usize>),
        plan: &Plan,
        inner: &str,
    ) -> String {
        let (head, node, donor) = match &ours.kind {
            Kind::Map(members) => {
                let member = &members[at];
                let head = &self.ours[member.key_span.start..member.node.span.start];
                let donor = partner.zip(theirs).map(|(p, theirs)| &theirs.members()[p].node);
                (head, &member.node, donor)
            }
            _ => ("", &ours.items()[at], partner.zip(theirs).map(|(p, theirs)| &theirs.items()[p])),
        };
        let column = width(inner) + width(head);
        let body = match plan {
            Plan::Map(slots) | Plan::List(slots) => {
                let carried = match (self.carry && takes_something(slots), partner, theirs) {
                    (true, Some(partner), Some(theirs)) => self.lead_of(theirs, partner),
                    _ => String::new(),
                };
                let open = if matches!(plan, Plan::Map(_)) { '{' } else { '[' };
                self.collection(node, donor, slots, open, inner, column, &carried)
            }
            _ => self.emit(node, donor, plan, inner, column),
        };
        format!("{head}{body}")
    }

    fn lead_of(&self, theirs: &Node, at: usize) -> String {
        let pieces = split(self.theirs, &theirs.span, &child_spans(theirs), Comments::Slashes);
        pieces.children[at].lead.clone()
    }

    /// A child of theirs, on a line of its own with this indent, or in the line.
    fn taken(
        &self,
        theirs: &Node,
        donors: &Pieces,
        at: usize,
        inner: Option<&str>,
        carried: &str,
    ) -> Child {
        let donor = &donors.children[at];
        let indent = inner.unwrap_or("");
        let (head, node) = match &theirs.kind {
            Kind::Map(members) => {
                (self.theirs[members[at].key_span.clone()].to_owned() + ": ", &members[at].node)
            }
            _ => (String::new(), &theirs.items()[at]),
        };
        let body = self.printer().value(node, indent, width(indent) + width(&head));
        let lead = match inner {
            None => " ".to_owned(),
            Some(inner) => {
                let (mut comments, _) = comments_of(carried, Comments::Slashes);
                comments.extend(comments_of(&donor.lead, Comments::Slashes).0);
                let mut lead = format!("\n{inner}");
                for (_, comment) in comments {
                    lead.push_str(comment);
                    lead.push_str(&format!("\n{inner}"));
                }
                lead
            }
        };
        let keep = |text: &str| if inner.is_some() { text.to_owned() } else { String::new() };
        Child { lead, body: head + &body, before_comma: String::new(), after: keep(&donor.after) }
    }
}

fn too_long(text: &str, column: usize) -> bool {
    !text.contains('\n') && column + width(text) > 80
}

pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}
