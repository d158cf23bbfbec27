//! The values that facts, options, slot items and templates are made of: immutable, ordered, cheap to clone and with
//! one canonical form to hash.

use std::fmt;
use std::sync::Arc;

use kiln_base::{ContentHash, Forms, KeyHasher};

/// Above this many entries a map keeps a sorted index; below, a scan is faster.
const SCAN_UP_TO: usize = 12;

/// A value. Cloning shares; nothing changes a value that exists.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Value {
    /// Nothing: a property that is there and has no value.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Str(Arc<str>),
    /// A list.
    List(Arc<[Value]>),
    /// Named values in a fixed order.
    Map(Arc<Map>),
}

/// Named values in the order in which they were given. Two are equal if their entries are, in order.
#[derive(Clone, Default)]
pub struct Map {
    entries: Vec<(Arc<str>, Value)>,
    /// Positions in order of their names, where a scan would be slow.
    sorted: Vec<u32>,
}

impl Map {
    /// A map of `entries`; of two equal names the later value counts, at the place of the earlier.
    fn new(mut entries: Vec<(Arc<str>, Value)>) -> Self {
        let is_short = entries.len() <= SCAN_UP_TO;
        let known = |at: usize| entries[..at].iter().any(|(name, _)| *name == entries[at].0);
        if is_short && !(1..entries.len()).any(known) {
            return Self { entries, sorted: Vec::new() };
        }
        let mut order: Vec<u32> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect();
        order.sort_by(|a, b| entries[*a as usize].0.cmp(&entries[*b as usize].0).then(a.cmp(b)));
        let mut dropped = Vec::new();
        for pair in 1..order.len() {
            let (first, second) = (order[pair - 1] as usize, order[pair] as usize);
            if entries[first].0 == entries[second].0 {
                let value = std::mem::take(&mut entries[second].1);
                entries[first].1 = value;
                dropped.push(second);
                order[pair] = order[pair - 1];
            }
        }
        if !dropped.is_empty() {
            dropped.sort_unstable();
            let mut at = 0;
            entries.retain(|_| {
                at += 1;
                dropped.binary_search(&(at - 1)).is_err()
            });
            return Self::new(entries);
        }
        let sorted = if entries.len() > SCAN_UP_TO { order } else { Vec::new() };
        Self { entries, sorted }
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        if self.sorted.is_empty() {
            return self.entries.iter().find(|(key, _)| &**key == name).map(|(_, value)| value);
        }
        self.sorted
            .binary_search_by(|at| (*self.entries[*at as usize].0).cmp(name))
            .ok()
            .map(|found| &self.entries[self.sorted[found] as usize].1)
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> + DoubleEndedIterator {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        self.entries.iter().map(|(name, _)| &**name)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True without entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Eq for Map {}

impl Value {
    /// Starts a map.
    #[must_use]
    pub const fn map() -> MapBuilder {
        MapBuilder(Vec::new())
    }

    /// A list of what the iterator yields.
    pub fn list<T: Into<Self>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// What a dotted path names: names in maps, numbers from 0 in lists. The empty path is the value itself.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Self> {
        if path.is_empty() {
            return Some(self);
        }
        path.split('.').try_fold(self, |value, part| value.field(part))
    }

    /// One step of a path: a name in a map, a number from 0 in a list.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(map) => map.get(name),
            Self::List(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// Yes or no, if it is one of them.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(yes) = self { Some(*yes) } else { None }
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The entries, if it is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// True for [`Value::Null`].
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What `if` makes of it: null, `false`, 0 and what is empty are false.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(yes) => *yes,
            Self::Int(number) => *number != 0,
            Self::Str(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(map) => !map.is_empty(),
        }
    }

    /// What it is, for messages: `text`, `list` …
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "bool",
            Self::Int(_) => "number",
            Self::Str(_) => "text",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }
}

impl fmt::Debug for Value {
    /// As JSON would show it, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(yes) => write!(f, "{yes}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Str(text) => write!(f, "{text:?}"),
            Self::List(items) => f.debug_list().entries(items.iter()).finish(),
            Self::Map(map) => map.fmt(f),
        }
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl ContentHash for Value {
    fn feed(&self, hasher: &mut KeyHasher) {
        match self {
            Self::Null => drop(hasher.number(0)),
            Self::Bool(yes) => drop(hasher.number(1).number(u64::from(*yes))),
            Self::Int(number) => drop(hasher.number(2).number(number.cast_unsigned())),
            Self::Str(text) => drop(hasher.number(3).text(text)),
            Self::List(items) => {
                hasher.number(4);
                items.feed(hasher);
            }
            Self::Map(map) => {
                hasher.number(5).number(map.len() as u64);
                for (name, value) in map.iter() {
                    hasher.text(name);
                    value.feed(hasher);
                }
            }
        }
    }
}

/// Builds a map entry by entry.
#[derive(Debug, Clone, Default)]
pub struct MapBuilder(Vec<(Arc<str>, Value)>);

impl MapBuilder {
    /// With one more entry; a name that is there already keeps its place and gets this value.
    #[must_use]
    pub fn with(mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// With one more entry if there is a value for it.
    #[must_use]
    pub fn with_some(self, name: impl Into<Arc<str>>, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With all forms of a name: `name`, `snake`, `kebab` …
    #[must_use]
    pub fn forms(mut self, forms: &Forms) -> Self {
        for (name, form) in forms.entries() {
            self.set(name, form);
        }
        self
    }

    /// With the entries of another value, if that is a map.
    #[must_use]
    pub fn merge(mut self, other: &Value) -> Self {
        if let Value::Map(map) = other {
            self.0.extend(map.entries.iter().cloned());
        }
        self
    }

    /// Adds an entry, as [`MapBuilder::with`].
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: impl Into<Value>) {
        self.0.push((name.into(), value.into()));
    }

    /// The map.
    #[must_use]
    pub fn build(self) -> Value {
        Value::Map(Arc::new(Map::new(self.0)))
    }
}

impl From<MapBuilder> for Value {
    fn from(builder: MapBuilder) -> Self {
        builder.build()
    }
}

impl<K: Into<Arc<str>>, V: Into<Value>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self::Map(Arc::new(entries.into_iter().collect()))
    }
}

impl<K: Into<Arc<str>>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self::new(entries.collect())
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<usize> for Value {
    /// Counts and positions; what an `i64` cannot hold becomes the greatest one.
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(Arc::from(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(Arc::from(text))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Str(Arc::from(text.as_str()))
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Self {
        Self::Str(text)
    }
}

impl From<&Value> for Value {
    fn from(value: &Value) -> Self {
        value.clone()
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::list(items)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(value: &Value) -> [u8; 32] {
        let mut hasher = KeyHasher::new("kiln test value");
        value.feed(&mut hasher);
        hasher.finish()
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3_i64..3).prop_map(Value::from),
            "[ab]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[abc]{0,2}", inner), 0..20)
                    .prop_map(|entries| entries.into_iter().collect()),
            ]
        })
    }

    #[test]
    fn paths_reach_into_maps_and_lists() {
        let value = Value::map()
            .forms(&Forms::of("team member"))
            .with("fields", vec![Value::map().with("name", "id").build()])
            .build();
        assert_eq!(value.get("pascal").and_then(Value::as_str), Some("TeamMember"));
        assert_eq!(value.get("fields.0.name").and_then(Value::as_str), Some("id"));
        assert_eq!(value.get(""), Some(&value));
        assert_eq!(value.get("fields.1"), None);
        assert_eq!(value.get("pascal.x"), None);
    }

    #[test]
    fn shows_one_line() {
        let value =
            Value::map().with("a", 1).with("b", vec!["x"]).with_some("c", None::<bool>).build();
        insta::assert_snapshot!(format!("{value:?}"), @r#"{"a": 1, "b": ["x"]}"#);
    }

    proptest! {
        #[test]
        fn keys_differ_exactly_where_values_do(a in values(), b in values()) {
            prop_assert_eq!(key(&a) == key(&b), a == b);
        }

        #[test]
        fn a_map_behaves_as_a_list_of_last_writes(
            entries in prop::collection::vec(("[a-d]{1,2}", 0_i64..9), 0..40),
        ) {
            let mut oracle: Vec<(String, i64)> = Vec::new();
            for (name, number) in &entries {
                match oracle.iter_mut().find(|(known, _)| known == name) {
                    Some(slot) => slot.1 = *number,
                    None => oracle.push((name.clone(), *number)),
                }
            }
            let value: Value = entries.iter().map(|(n, v)| (n.as_str(), *v)).collect();
            let map = value.as_map().unwrap();
            let shown: Vec<(String, i64)> =
                map.iter().map(|(n, v)| (n.to_string(), v.as_int().unwrap())).collect();
            prop_assert_eq!(&shown, &oracle);
            for (name, number) in &oracle {
                prop_assert_eq!(map.get(name), Some(&Value::Int(*number)));
            }
            prop_assert_eq!(map.get("zz"), None);
        }
    }
}
