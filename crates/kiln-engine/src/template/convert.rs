//! Values as tera's values: names are shared, texts copied once.

use kiln_model::Value;
use tera::value::Key;

use super::meter;

/// The value as tera's, or none where it nests too deep.
pub(super) fn to_tera(value: &Value, depth: usize) -> Option<tera::Value> {
    if depth > meter::VALUE_DEPTH {
        return None;
    }
    Some(match value {
        Value::Null => tera::Value::none(),
        Value::Bool(yes) => tera::Value::from(*yes),
        Value::Int(number) => tera::Value::from(*number),
        Value::Str(text) => {
            meter::note_text(text.len());
            tera::Value::from(&**text)
        }
        Value::List(items) => {
            let items: Option<Vec<tera::Value>> =
                items.iter().map(|item| to_tera(item, depth + 1)).collect();
            tera::Value::from(items?)
        }
        Value::Map(map) => {
            let mut entries = tera::Map::with_capacity(map.len());
            for (name, item) in map.iter() {
                let key = Key::String(std::sync::Arc::clone(name));
                entries.insert(key, to_tera(item, depth + 1)?);
            }
            tera::Value::from(entries)
        }
    })
}

/// A context of the entries of a map, or none where it nests too deep.
pub(super) fn to_context(value: &Value) -> Option<tera::Context> {
    let mut context = tera::Context::new();
    for (name, item) in value.as_map().into_iter().flat_map(kiln_model::Map::iter) {
        context.insert_value(name.to_string(), to_tera(item, 1)?);
    }
    Some(context)
}
