//! What each part contributes to the slots that a kit reads, in one canonical text, for `kiln.sum`.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_model::Value;

use crate::compose::context::Views;
use crate::compose::facts::Base;
use crate::compose::items::Items;
use crate::compose::options::template_name;
use crate::compose::outputs::{SeenSlot, part_name};

/// The slots that a kit may read, each with what every part contributes.
pub(crate) fn seen_slots(
    base: &Base<'_>,
    views: &Views<'_>,
    items: &Items,
    kit: usize,
) -> Vec<SeenSlot> {
    let mut seen = Vec::new();
    for (path, owner, slot) in slots_of(base, kit) {
        let mut parts: BTreeMap<String, String> = BTreeMap::new();
        for item in items.slots.get(&(owner.clone(), slot.clone())).into_iter().flatten() {
            let part = item.kit.map_or_else(
                || "spec".to_owned(),
                |kit| part_name(base.kit(kit).id(), views.domain, &item.scope),
            );
            parts
                .entry(part)
                .or_default()
                .push_str(&canonical(&format!("{owner}.{slot}"), &item.value));
        }
        seen.push(SeenSlot { path, parts: Arc::new(parts) });
    }
    seen
}

/// The slots that a kit may read: `capability.slot` as its templates write it, the family and the slot. A slot comes
/// once for each name that the kit has for its family.
pub(crate) fn slots_of(base: &Base<'_>, kit: usize) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for name in base.readable[kit].iter().filter(|name| base.presence.has(name)) {
        for family in base.families(name) {
            for (owner, slot) in base.slots.keys().filter(|(owner, _)| *owner == family) {
                let path = format!("{}.{}", template_name(name), template_name(slot));
                found.push((path, owner.clone(), slot.clone()));
            }
        }
    }
    found
}

/// The canonical text of an item: its slot, then key and fields in the order of their declaration, each with its
/// length in bytes.
fn canonical(slot: &str, value: &Value) -> String {
    fn feed(text: &mut String, value: &Value) {
        let one =
            |text: &mut String, plain: &str| text.push_str(&format!("{}:{plain}\n", plain.len()));
        match value {
            Value::Null => one(text, "null"),
            Value::Bool(value) => one(text, if *value { "true" } else { "false" }),
            Value::Int(value) => one(text, &value.to_string()),
            Value::Str(plain) => one(text, plain),
            Value::List(values) => {
                one(text, &format!("[{}]", values.len()));
                values.iter().for_each(|value| feed(text, value));
            }
            Value::Map(map) => {
                one(text, &format!("{{{}}}", map.len()));
                for (name, value) in map.iter() {
                    one(text, name);
                    feed(text, value);
                }
            }
        }
    }
    let mut text = format!("{}:{slot}\n", slot.len());
    feed(&mut text, value);
    text
}
