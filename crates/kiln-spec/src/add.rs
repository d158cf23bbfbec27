//! `add CAPABILITY.SLOT KEY… FIELD=VALUE…`, alike in manifests and specs.

use std::collections::BTreeMap;

use kiln_base::{Span, Spanned};
use kiln_model::{Add, Raw};

use crate::context::Context;
use crate::cursor::{Cursor, value_node};
use crate::names::{SLOT, Seen};
use crate::syntax::Node;

/// Items of a slot.
pub(crate) fn add(cx: &mut Context, node: &Node) -> Option<Add> {
    let mut cursor = Cursor::new(cx, node, "add CAPABILITY.SLOT KEY… FIELD=VALUE…");
    let target = cursor.text(cx, "a slot and a key");
    let each = cursor.text_property(cx, "each");
    check_reference(cx, "each", each.as_ref());
    let keys = cursor.values(cx);
    check_keys(cx, &keys);
    let mut fields = cursor.other_properties(cx);
    for child in cursor.block().unwrap_or_default() {
        fields.extend(value_node(cx, child, "FIELD VALUE…"));
    }
    let mut seen = Seen::new("duplicate-property", "field");
    for (name, _) in &fields {
        seen.add_as(cx, &name.value, name);
    }
    cursor.finish(cx);
    let (capability, slot) = slot_of(cx, &target?)?;
    let invalid = node.entries.iter().any(|entry| entry.value == crate::syntax::Scalar::Invalid);
    if keys.is_empty() && !invalid {
        cx.report_with(
            "missing-argument",
            node.head,
            "`add` needs a key for each item",
            format!("write `add {}.{} KEY…`", capability.value, slot.value),
        );
    }
    Some(Add { span: node.span, capability, slot, keys, fields, each })
}

/// Splits `capability.slot`.
fn slot_of(
    cx: &mut Context,
    target: &Spanned<String>,
) -> Option<(Spanned<String>, Spanned<String>)> {
    let parts = target.value.split_once('.');
    if let Some((capability, slot)) = parts.filter(|(a, b)| SLOT.fits(a) && SLOT.fits(b)) {
        let at = |text: &str| Spanned::new(text.to_owned(), target.span);
        return Some((at(capability), at(slot)));
    }
    let message = format!("`{}` is no slot", target.value);
    let hint = match parts {
        Some((capability, slot)) if capability.contains(':') => {
            let family = capability.split(':').next().unwrap_or_default();
            format!("a slot goes by the family: `{family}.{slot}`")
        }
        _ => "write `CAPABILITY.SLOT`, such as `backend.packages`".to_owned(),
    };
    cx.report_with("bad-reference", target.span, message, hint);
    None
}

/// Complains about an `each` that repeats over nothing known.
pub(crate) fn check_reference(
    cx: &mut Context,
    property: &str,
    reference: Option<&Spanned<String>>,
) {
    let Some(reference) = reference else { return };
    if !crate::declaration::is_reference(&reference.value) {
        let message = format!("`{}` is no list", reference.value);
        let hint = format!("`{property}` names `CAPABILITY.SLOT` or `option.NAME`");
        cx.report_with("bad-reference", reference.span, message, hint);
    }
}

fn check_keys(cx: &mut Context, keys: &[Spanned<Raw>]) {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for key in keys {
        if !matches!(key.value, Raw::Text(_) | Raw::Int(_)) {
            let message = format!("{} is no key: it is a text or a number", key.value.show());
            cx.report("wrong-type", key.span, message);
        }
        if let Some(first) = seen.insert(key.value.show(), key.span) {
            let message = format!("the key {} is there twice", key.value.show());
            cx.report_twice("duplicate-key", first, key.span, message);
        }
    }
}
