//! The nodes in a kit's block, and where each of them may stand.

use kiln_base::{Diagnostic, Span};
use kiln_model::{Condition, ConditionKind, OptionDeclaration, OptionScope, Section, SectionKind};

use super::capabilities::{conflicts, provides, requires, supports};
use super::changes::changes;
use super::domain::{entity, extend, reserve};
use super::outputs::{computed, derived, files, merge, next};
use crate::add::add;
use crate::context::Context;
use crate::cursor::Cursor;
use crate::declaration::declaration;
use crate::names::{OPTION, check_capability};
use crate::syntax::Node;

/// All nodes below `kit` that are no header.
pub(super) const SECTIONS: [&str; 18] = [
    "add",
    "changes",
    "computed",
    "conflicts",
    "derived",
    "entity",
    "extend",
    "files",
    "merge",
    "next",
    "option",
    "provides",
    "requires",
    "reserve",
    "supports",
    "unless",
    "when",
    "with",
];

/// Under which conditions a node stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Under a name of a capability or kit; where it is.
    under_name: Option<Span>,
    /// Under any condition; where it is.
    under_any: Option<Span>,
}

impl Place {
    /// Under none.
    pub(super) const TOP: Self = Self { under_name: None, under_any: None };
}

/// One node of a kit's block.
pub(super) fn section(cx: &mut Context, node: &Node, place: Place) -> Option<Section> {
    let name = node.name.value.as_str();
    refuse_place(cx, node, place);
    let kind = match name {
        "supports" => supports(cx, node).map(SectionKind::Supports),
        "requires" => requires(cx, node).map(SectionKind::Requires),
        "conflicts" => conflicts(cx, node).map(SectionKind::Conflicts),
        "provides" => provides(cx, node).map(SectionKind::Provides),
        "option" => option(cx, node).map(SectionKind::Option),
        "when" => condition(cx, node, ConditionKind::When, place),
        "unless" => condition(cx, node, ConditionKind::Unless, place),
        "with" => condition(cx, node, ConditionKind::With, place),
        "files" => files(cx, node).map(SectionKind::Files),
        "merge" => merge(cx, node).map(SectionKind::Merge),
        "add" => add(cx, node).map(SectionKind::Add),
        "extend" => extend(cx, node).map(SectionKind::Extend),
        "entity" => entity(cx, node).map(SectionKind::Entity),
        "derived" => derived(cx, node).map(SectionKind::Derived),
        "computed" => computed(cx, node).map(SectionKind::Computed),
        "next" => next(cx, node).map(SectionKind::Next),
        "reserve" => reserve(cx, node).map(SectionKind::Reserve),
        "changes" => changes(cx, node).map(SectionKind::Changes),
        _ => {
            refuse_unknown(cx, node);
            None
        }
    };
    kind.map(|kind| Section { span: node.span, kind })
}

fn refuse_unknown(cx: &mut Context, node: &Node) {
    let name = node.name.value.as_str();
    let message = format!("a kit has no `{name}`");
    let hint = match name {
        "fact" | "slot" => "it stands in `provides CAPABILITY { … }`".to_owned(),
        "field" | "belongs-to" => "it stands in `extend entity { … }`".to_owned(),
        "if" => "conditions are `when`, `unless` and `with`".to_owned(),
        "file" | "template" => "outputs are folders: `files NAME into=\"…\"`".to_owned(),
        "depends" | "depends-on" | "require" => "write `requires NAME…`".to_owned(),
        "title" | "summary" | "layer" | "category" | "tags" | "deprecated" => {
            "it stands outside of conditions".to_owned()
        }
        _ => kiln_base::did_you_mean(name, SECTIONS)
            .or_else(|| crate::context::one_of(&SECTIONS))
            .unwrap_or_default(),
    };
    cx.report_with("unknown-node", node.name.span, message, hint);
}

/// The choice of kits never depends on presence, and what needs no condition has none.
fn refuse_place(cx: &mut Context, node: &Node, place: Place) {
    let name = node.name.value.as_str();
    let (outer, message, hint) = match name {
        "option" | "requires" | "supports" | "conflicts" if place.under_name.is_some() => (
            place.under_name,
            format!("`{name}` cannot depend on what else is in the project"),
            "move it out, or under a condition on an option",
        ),
        "changes" | "supports" if place.under_any.is_some() => (
            place.under_any,
            format!("`{name}` stands outside of conditions"),
            "move it out of the block",
        ),
        _ => return,
    };
    let mut error = Diagnostic::error("bad-place", message).at(&cx.source, node.name.span, "");
    if let Some(outer) = outer {
        error = error.at(&cx.source, outer, "this condition");
    }
    cx.push(error.hint(hint));
}

/// `option NAME …`
fn option(cx: &mut Context, node: &Node) -> Option<OptionDeclaration> {
    let mut cursor = Cursor::new(cx, node, "option NAME type=TYPE default=VALUE help=\"…\"");
    let scopes = [("entity", OptionScope::Entity), ("field", OptionScope::Field)];
    let scope = cursor.choice_property(cx, "on", &scopes).unwrap_or(OptionScope::Project);
    let deprecated = cursor.text_property(cx, "deprecated").map(|text| text.value);
    let declaration = declaration(cx, &mut cursor, OPTION);
    cursor.finish(cx);
    Some(OptionDeclaration { scope, declaration: declaration?, deprecated })
}

/// `when`, `unless`, `with`
fn condition(
    cx: &mut Context,
    node: &Node,
    kind: ConditionKind,
    place: Place,
) -> Option<SectionKind> {
    let usage = match kind {
        ConditionKind::When => "when NAME… OPTION=VALUE… { … }",
        ConditionKind::Unless => "unless NAME { … }",
        ConditionKind::With => "with NAME… help=\"…\" { … }",
    };
    let mut cursor = Cursor::new(cx, node, usage);
    let names = cursor.rest_of_texts(cx);
    names.iter().for_each(|name| check_capability(cx, name));
    let help = match kind {
        ConditionKind::With => cursor.text_property(cx, "help").map(|text| text.value),
        _ => None,
    };
    let options = cursor.other_properties(cx);
    let block = cursor.block();
    cursor.finish(cx);
    check_condition(cx, node, kind, usage, names.len(), options.len());
    let inner = Place {
        under_name: place.under_name.or((!names.is_empty()).then_some(node.head)),
        under_any: place.under_any.or(Some(node.head)),
    };
    let body = block.unwrap_or_default().iter().filter_map(|child| section(cx, child, inner));
    let body = body.collect();
    Some(SectionKind::Condition(Condition {
        kind,
        names,
        options,
        help: help.unwrap_or_default(),
        body,
    }))
}

fn check_condition(
    cx: &mut Context,
    node: &Node,
    kind: ConditionKind,
    usage: &str,
    names: usize,
    options: usize,
) {
    let word = &node.name.value;
    let invalid = node.entries.iter().any(raw_is_invalid);
    let message = match kind {
        _ if invalid => return,
        _ if names + options == 0 => format!("`{word}` needs a name or an option"),
        ConditionKind::Unless if names + options > 1 => {
            "`unless` takes one name or one option".to_owned()
        }
        ConditionKind::With if names == 0 => "`with` needs the name of a capability".to_owned(),
        ConditionKind::When | ConditionKind::Unless if node.children.is_none() => {
            format!("`{word}` has no block")
        }
        _ => return,
    };
    cx.report_with("bad-condition", node.head, message, format!("write `{usage}`"));
}

fn raw_is_invalid(entry: &crate::syntax::Entry) -> bool {
    entry.value == crate::syntax::Scalar::Invalid
}
