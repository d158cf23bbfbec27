//! What a kit needs and gives: `supports`, `requires`, `conflicts`, `provides` with facts and slots.

use kiln_base::Spanned;
use kiln_model::{Conflicts, Declaration, Fact, Provides, Requires, Slot};

use super::header::refuse_scope;
use crate::context::Context;
use crate::cursor::Cursor;
use crate::declaration::declaration;
use crate::names::{FACT, KIT, SLOT, SLOT_FIELD, Seen, check_capability};
use crate::syntax::Node;

/// What every capability has besides its facts and slots.
const OF_CAPABILITIES: [&str; 2] = ["flavour", "kit"];

/// Properties of `add` that are no fields.
const OF_ADD: [&str; 1] = ["each"];

fn capabilities(cx: &mut Context, cursor: &mut Cursor<'_>) -> Vec<Spanned<String>> {
    let names = cursor.texts(cx, "a name");
    let mut seen = Seen::new("duplicate-name", "name");
    for name in &names {
        check_capability(cx, name);
        seen.add_as(cx, &name.value, name);
    }
    names
}

/// `supports FLAVOUR…`
pub(super) fn supports(cx: &mut Context, node: &Node) -> Option<Vec<Spanned<String>>> {
    let mut cursor = Cursor::new(cx, node, "supports FAMILY:FLAVOUR…");
    let names = capabilities(cx, &mut cursor);
    cursor.finish_with(cx, |property| Some(format!("write `supports {property}:…`")));
    for name in names.iter().filter(|name| !name.contains(':')) {
        let message = format!("`{}` has no flavour", name.value);
        let hint = format!("write `{}:FLAVOUR`, or `requires {}`", name.value, name.value);
        cx.report_with("bad-name", name.span, message, hint);
    }
    (!names.is_empty()).then_some(names)
}

/// `requires NAME… prefer=KIT version=RANGE`
pub(super) fn requires(cx: &mut Context, node: &Node) -> Option<Requires> {
    let mut cursor = Cursor::new(cx, node, "requires NAME… prefer=KIT");
    let names = capabilities(cx, &mut cursor);
    let prefer = cursor.text_property(cx, "prefer");
    KIT.check_if(cx, prefer.as_ref());
    let version = cursor.range_property(cx, "version");
    cursor.finish_with(cx, |property| match property {
        "kit" | "capability" => Some("write `requires NAME`; a kit provides its own id".to_owned()),
        _ => None,
    });
    let single = names.len() == 1 && !names[0].contains(':');
    if let (Some(version), false) = (&version, single || names.is_empty()) {
        let message = "`version` goes with one kit";
        let hint = "write a `requires` of its own for it";
        cx.report_with("bad-range", version.span, message, hint);
    }
    if let (Some(prefer), true) = (&prefer, names.len() > 1) {
        let message = "`prefer` goes with one capability";
        let hint = "write a `requires` of its own for it";
        cx.report_with("bad-name", prefer.span, message, hint);
    }
    (!names.is_empty()).then_some(Requires { names, prefer, version })
}

/// `conflicts NAME… version=RANGE why=TEXT`
pub(super) fn conflicts(cx: &mut Context, node: &Node) -> Option<Conflicts> {
    let mut cursor = Cursor::new(cx, node, "conflicts NAME… why=\"…\"");
    let names = capabilities(cx, &mut cursor);
    let version = cursor.range_property(cx, "version");
    let why = cursor.text_property(cx, "why").map(|why| why.value);
    cursor.finish(cx);
    let single = names.len() == 1 && !names[0].contains(':');
    if let (Some(version), false) = (&version, single || names.is_empty()) {
        cx.report("bad-range", version.span, "`version` goes with one kit");
    }
    (!names.is_empty()).then_some(Conflicts { names, version, why })
}

/// `provides NAME… exclusive=#true { fact …; slot … }`
pub(super) fn provides(cx: &mut Context, node: &Node) -> Option<Provides> {
    let mut cursor = Cursor::new(cx, node, "provides NAME { fact NAME VALUE; slot NAME { … } }");
    let names = capabilities(cx, &mut cursor);
    names.iter().for_each(|name| refuse_scope_of_family(cx, name));
    let said = cursor.flag(cx, "exclusive");
    let mut facts: Vec<Fact> = Vec::new();
    let mut slots: Vec<Slot> = Vec::new();
    let mut seen = Seen::new("duplicate-fact", "fact or slot");
    for child in cursor.block().unwrap_or_default() {
        match child.name.value.as_str() {
            "fact" => facts.extend(fact(cx, child, &mut seen)),
            "slot" => slots.extend(slot(cx, child, &mut seen)),
            other => {
                let message = format!("`provides` has no `{other}`");
                let span = child.name.span;
                cx.report_unknown("unknown-node", span, message, other, &["fact", "slot"]);
            }
        }
    }
    cursor.finish(cx);
    let family = |name: &Spanned<String>| name.split(':').next().map(str::to_owned);
    let other = names.iter().find(|name| family(name) != names.first().and_then(family));
    if let (Some(other), true) = (other, node.children.is_some()) {
        let message = "facts and slots belong to one family";
        let hint = "write a `provides` of its own for it";
        cx.report_with("bad-place", other.span, message, hint);
    }
    let exclusive = said || node.children.is_some();
    (!names.is_empty()).then_some(Provides { names, exclusive, facts, slots })
}

fn refuse_scope_of_family(cx: &mut Context, name: &Spanned<String>) {
    let family = name.split(':').next().unwrap_or_default().to_owned();
    refuse_scope(cx, &Spanned::new(family, name.span));
}

fn named(cx: &mut Context, name: Option<&Spanned<String>>, seen: &mut Seen) {
    let Some(name) = name else { return };
    seen.add(cx, name);
    if OF_CAPABILITIES.contains(&name.value.as_str()) {
        let message = format!("every capability has `{}`", name.value);
        cx.report_with("reserved-name", name.span, message, "take another name");
    }
}

/// `fact NAME VALUE help=TEXT`
fn fact(cx: &mut Context, node: &Node, seen: &mut Seen) -> Option<Fact> {
    let mut cursor = Cursor::new(cx, node, "fact NAME VALUE help=\"…\"");
    let name = cursor.text(cx, "a name and a value");
    FACT.check_if(cx, name.as_ref());
    named(cx, name.as_ref(), seen);
    let value = cursor.value(cx, "a value");
    let help = cursor.text_property(cx, "help").map(|help| help.value).unwrap_or_default();
    cursor.finish(cx);
    let value = value?;
    if let kiln_model::Raw::Part(_) | kiln_model::Raw::Null = &value.value {
        let message = format!("{} is no value of a fact", value.value.show());
        cx.report("wrong-type", value.span, message);
    }
    Some(Fact { name: name?, value, help })
}

/// `slot NAME sort=FIELD on=entity help=TEXT { key …; field … }`
fn slot(cx: &mut Context, node: &Node, seen: &mut Seen) -> Option<Slot> {
    let mut cursor = Cursor::new(cx, node, "slot NAME { key NAME; field NAME }");
    let name = cursor.text(cx, "a name");
    SLOT.check_if(cx, name.as_ref());
    named(cx, name.as_ref(), seen);
    let sort = cursor.text_property(cx, "sort");
    let per_entity = cursor.choice_property(cx, "on", &[("entity", ())]).is_some();
    let help = cursor.text_property(cx, "help").map(|help| help.value).unwrap_or_default();
    let (key, fields) = fields(cx, &mut cursor);
    cursor.finish(cx);
    if let Some(sort) = &sort {
        let known: Vec<&str> =
            key.iter().chain(&fields).map(|field| field.name.value.as_str()).collect();
        if !known.contains(&sort.value.as_str()) {
            let message = format!("the slot has no field `{}` to sort by", sort.value);
            cx.report_unknown("unknown-field", sort.span, message, &sort.value, &known);
        }
    }
    if key.is_none() {
        let message = "the slot has no `key`";
        let hint = "write `key NAME` in its block: what names an item";
        cx.report_with("missing-node", node.head, message, hint);
    }
    Some(Slot { name: name?, sort, per_entity, help, key: key?, fields })
}

fn fields(cx: &mut Context, cursor: &mut Cursor<'_>) -> (Option<Declaration>, Vec<Declaration>) {
    let mut key: Option<Declaration> = None;
    let mut fields = Vec::new();
    let mut seen = Seen::new("duplicate-field", "field");
    for child in cursor.block().unwrap_or_default() {
        let word = child.name.value.as_str();
        if !["key", "field"].contains(&word) {
            let message = format!("a slot has no `{word}`");
            cx.report_unknown("unknown-node", child.name.span, message, word, &["field", "key"]);
            continue;
        }
        let mut inner = Cursor::new(cx, child, "field NAME type=TYPE default=VALUE help=\"…\"");
        let declared = declaration(cx, &mut inner, SLOT_FIELD);
        inner.finish(cx);
        let Some(declared) = declared else { continue };
        seen.add(cx, &declared.name);
        if OF_ADD.contains(&declared.name.value.as_str()) {
            let message = format!("`{}` is a property of `add`", declared.name.value);
            cx.report_with("reserved-name", declared.name.span, message, "take another name");
        }
        match (word, &key) {
            ("key", Some(first)) => {
                let span = first.name.span;
                cx.report_twice("duplicate-node", span, declared.name.span, "a slot has one `key`");
            }
            ("key", None) => key = Some(declared),
            _ => fields.push(declared),
        }
    }
    (key, fields)
}
