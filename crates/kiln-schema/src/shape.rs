//! Whether values that are there survive when a column gets another type or limit.

use crate::table::Column;

/// What a change of a column does to its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Every value stays what it is.
    Widens,
    /// Some values may not fit.
    Narrows,
    /// Values cannot be converted: the column has to go and a new one to come.
    Replaces,
}

/// The kinds whose values are texts; each with the length that it has without a limit, none for any length.
fn text(column: &Column) -> Option<Option<i64>> {
    Some(match column.kind.as_str() {
        "string" => Some(column.max.unwrap_or(255)),
        "email" => Some(column.max.unwrap_or(320)),
        "url" => Some(column.max.unwrap_or(2048)),
        "enum" => Some(40),
        "text" => None,
        _ => return None,
    })
}

/// What becomes of the values of `from` in `to`.
pub(crate) fn change(from: &Column, to: &Column) -> Change {
    let fits = to.values.is_empty()
        || (!from.values.is_empty() && from.values.iter().all(|value| to.values.contains(value)));
    match (text(from), text(to)) {
        (Some(from), Some(to)) => {
            let longer = match (from, to) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(from), Some(to)) => to >= from,
            };
            if longer && fits { Change::Widens } else { Change::Narrows }
        }
        // Any value can be written as text, and read back if it is one.
        (None, Some(None)) => Change::Widens,
        (None, Some(Some(length))) => {
            let needed = match from.kind.as_str() {
                "int" => 11,
                "money" => 20,
                "uuid" => 36,
                "bool" => 5,
                "date" => 13,
                _ => i64::MAX,
            };
            if length >= needed && fits { Change::Widens } else { Change::Narrows }
        }
        (Some(_), None) => Change::Narrows,
        (None, None) => plain(&from.kind, &to.kind),
    }
}

/// Between two kinds that are no texts.
fn plain(from: &str, to: &str) -> Change {
    match (from, to) {
        _ if from == to => Change::Widens,
        ("int", "money" | "decimal") | ("date", "datetime") => Change::Widens,
        ("money" | "decimal", "int" | "money" | "decimal")
        | ("datetime", "date")
        | ("int", "bool")
        | ("bool", "int") => Change::Narrows,
        _ => Change::Replaces,
    }
}

/// A kind with its limit, for messages.
pub(crate) fn shown(column: &Column) -> String {
    match (column.max, column.values.is_empty()) {
        (Some(max), _) => format!("{} up to {max}", column.kind),
        (None, false) => format!("{} of {}", column.kind, column.values.join(", ")),
        (None, true) => column.kind.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: &str, max: Option<i64>, values: &[&str]) -> Column {
        Column {
            name: "c".to_owned(),
            kind: kind.to_owned(),
            required: false,
            max,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            default: None,
        }
    }

    #[test]
    fn only_what_loses_nothing_widens() {
        let of = |from: (&str, Option<i64>), to: (&str, Option<i64>)| {
            change(&column(from.0, from.1, &[]), &column(to.0, to.1, &[]))
        };
        assert_eq!(of(("string", Some(100)), ("string", Some(200))), Change::Widens);
        assert_eq!(of(("string", Some(200)), ("string", None)), Change::Widens);
        assert_eq!(of(("string", None), ("string", Some(200))), Change::Narrows);
        assert_eq!(of(("text", None), ("string", Some(2000))), Change::Narrows);
        assert_eq!(of(("uuid", None), ("text", None)), Change::Widens);
        assert_eq!(of(("uuid", None), ("string", Some(20))), Change::Narrows);
        assert_eq!(of(("decimal", None), ("string", Some(20))), Change::Narrows);
        assert_eq!(of(("int", None), ("money", None)), Change::Widens);
        assert_eq!(of(("money", None), ("int", None)), Change::Narrows);
        assert_eq!(of(("date", None), ("datetime", None)), Change::Widens);
        assert_eq!(of(("bool", None), ("money", None)), Change::Replaces);
        assert_eq!(of(("int", None), ("uuid", None)), Change::Replaces);
        assert_eq!(of(("string", None), ("uuid", None)), Change::Narrows);
    }

    #[test]
    fn an_enum_keeps_its_values() {
        let of = |from: &[&str], to: &[&str]| {
            change(&column("enum", None, from), &column("enum", None, to))
        };
        assert_eq!(of(&["a", "b"], &["b", "a", "c"]), Change::Widens);
        assert_eq!(of(&["a", "b"], &["a"]), Change::Narrows);
        assert_eq!(
            change(&column("string", Some(5), &[]), &column("enum", None, &["a"])),
            Change::Narrows
        );
        assert_eq!(
            change(&column("enum", None, &["a"]), &column("text", None, &[])),
            Change::Widens
        );
    }
}
