//! Filters, tests and functions over lists.

use tera::value::{Key, ValueKind};
use tera::{Error, Kwargs, State, TeraResult, Value};

use super::super::meter::{self, Limit};
use super::{UNDEFINED, kept, kind, paid, scalar};

/// Numbers of one range.
const LONGEST_RANGE: i64 = 10_000;

fn items<'v>(value: &'v Value, filter: &str) -> TeraResult<&'v [Value]> {
    if value.is_undefined() {
        return Err(Error::message(UNDEFINED));
    }
    let items = value
        .as_array()
        .ok_or_else(|| Error::message(format!("`{filter}` takes a list, not {}", kind(value))))?;
    meter::charge(1 + items.len() as u64)?;
    Ok(items)
}

/// What the dotted path leads to in an item.
fn reached<'v>(item: &'v Value, path: &'v str) -> TeraResult<&'v Value> {
    let found = if item.is_map() { item.get_from_path(path) } else { None };
    found.ok_or_else(|| Error::message(format!("an item of the list has no `{path}`")))
}

/// The item whose first field, its key, is the text; or its field; or nothing.
pub(super) fn find(value: &Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let key = arguments.must_get::<&Value>("key")?;
    let field = arguments.get::<&str>("get")?;
    let wanted = scalar(key, "find")?;
    for item in items(value, "find")? {
        let own = item.as_map().and_then(|map| map.values().next());
        let own = own.ok_or_else(|| Error::message("`find` takes a list of items with fields"))?;
        if own.as_str().map_or_else(|| own.to_string() == *wanted, |own| own == wanted) {
            return match field {
                Some(field) => reached(item, field).cloned(),
                None => Ok(item.clone()),
            };
        }
    }
    Ok(Value::none())
}

/// That field of each item; lists are joined, what is nothing is left out.
pub(super) fn pluck(value: &Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<Vec<Value>> {
    let attribute = arguments.must_get::<&str>("attribute")?;
    let mut plucked = Vec::new();
    for item in items(value, "pluck")? {
        let field = reached(item, attribute)?;
        match field.as_array() {
            Some(inner) => {
                meter::charge(inner.len() as u64)?;
                plucked.extend(inner.iter().cloned());
            }
            None if field.is_none() => {}
            None => plucked.push(field.clone()),
        }
    }
    if plucked.len() > meter::VALUE_BYTES {
        return Err(meter::refuse(Limit::ValueBytes).into());
    }
    Ok(plucked)
}

/// The position of a text or number in a list, from 0.
pub(super) fn position(value: &Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<u64> {
    let of = arguments.must_get::<&Value>("of")?;
    let wanted = scalar(of, "position")?;
    meter::charge_deep(value)?;
    let found = items(value, "position")?
        .iter()
        .position(|item| item.as_str().map_or_else(|| item == of, |text| text == wanted));
    let at = found.ok_or_else(|| Error::message(format!("`{wanted}` is not in the list")))?;
    Ok(at as u64)
}

/// Lists of the items that have the same value there, in the order in which the values first come. tera's own filter
/// gives them in a random order.
pub(super) fn group_by(value: &Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<tera::Map> {
    let attribute = arguments.must_get::<&str>("attribute")?;
    let mut groups: tera::Map = tera::Map::new();
    let mut members: Vec<Vec<Value>> = Vec::new();
    for item in items(value, "group_by")? {
        let key = match reached(item, attribute)? {
            field if field.is_none() => continue,
            field => match (field.as_str(), field.as_bool(), field.as_i64()) {
                (Some(text), ..) => Key::from(text.to_owned()),
                (_, Some(yes), _) => Key::Bool(yes),
                (_, _, Some(number)) => Key::I64(number),
                _ => {
                    let message = format!("`group_by` cannot group by {}", kind(field));
                    return Err(Error::message(message));
                }
            },
        };
        let at = groups.get(&key).and_then(Value::as_u64).unwrap_or(members.len() as u64);
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        if at == members.len() {
            groups.insert(key, Value::from(at));
            members.push(Vec::new());
        }
        members[at].push(item.clone());
    }
    for (group, items) in groups.values_mut().zip(members) {
        *group = Value::from(items);
    }
    Ok(groups)
}

/// The items without those that came before.
pub(super) fn unique(value: &Value, _: Kwargs, _: &State<'_>) -> TeraResult<Vec<Value>> {
    meter::charge_deep(value)?;
    let mut seen: Vec<Value> = Vec::new();
    let mut texts = std::collections::BTreeSet::new();
    for item in items(value, "unique")? {
        let is_new = match item.as_str() {
            Some(text) => texts.insert(text),
            None => {
                meter::charge(seen.len() as u64 * 8)?;
                !seen.contains(item)
            }
        };
        if is_new {
            seen.push(item.clone());
        }
    }
    Ok(seen)
}

pub(super) fn join(value: &Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let separator = arguments.get::<&str>("sep")?.unwrap_or("");
    let items = items(value, "join")?;
    meter::charge_deep(value)?;
    if items.len().saturating_mul(separator.len()) > meter::VALUE_BYTES {
        return Err(meter::refuse(Limit::ValueBytes).into());
    }
    let mut joined = String::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        match item.as_str() {
            Some(text) => joined.push_str(text),
            None => joined.push_str(&item.to_string()),
        }
    }
    kept(joined)
}

/// The pieces of a text between a pattern; their number is bounded as that of any list.
pub(super) fn split(text: &str, arguments: Kwargs, _: &State<'_>) -> TeraResult<Vec<Value>> {
    let pattern = arguments.must_get::<&str>("pat")?;
    paid(text)?;
    let most = meter::VALUE_BYTES / 16;
    let pieces: Vec<Value> = text.split(pattern).take(most + 1).map(Value::from).collect();
    if pieces.len() > most {
        return Err(meter::refuse(Limit::ValueBytes).into());
    }
    meter::charge(16 * pieces.len() as u64)?;
    Ok(pieces)
}

pub(super) fn containing(value: &Value, arguments: Kwargs, _: &State<'_>) -> TeraResult<bool> {
    let wanted = arguments.must_get::<&Value>("pat")?;
    meter::charge_deep(value)?;
    match value.kind() {
        ValueKind::String => {
            let (text, part) = (scalar(value, "containing")?, scalar(wanted, "containing")?);
            Ok(text.contains(&*part))
        }
        ValueKind::Array => Ok(items(value, "containing")?.contains(wanted)),
        ValueKind::Map => {
            let name = wanted.as_str();
            let map = value.as_map();
            Ok(name.is_some_and(|name| map.is_some_and(|map| map.contains_key(&Key::Str(name)))))
        }
        ValueKind::Undefined => Err(Error::message(UNDEFINED)),
        _ => Err(Error::message(format!(
            "`containing` takes a list, map or text, not {}",
            kind(value)
        ))),
    }
}

pub(super) fn range(arguments: Kwargs, _: &State<'_>) -> TeraResult<Vec<i64>> {
    let start = arguments.get::<i64>("start")?.unwrap_or(0);
    let end = arguments.must_get::<i64>("end")?;
    let step = arguments.get::<i64>("step_by")?.unwrap_or(1);
    if step < 1 || start > end {
        return Err(Error::message("a range goes from `start` up to `end` by a `step_by` from 1"));
    }
    let length = end.saturating_sub(start).saturating_add(step - 1) / step;
    if length > LONGEST_RANGE {
        return Err(meter::refuse(Limit::RangeLength).into());
    }
    meter::charge(4 * length.unsigned_abs())?;
    Ok((0..length).map(|at| start + at * step).collect())
}
