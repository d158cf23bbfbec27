//! `field NAME type=…`

use kiln_base::{Spanned, did_you_mean};
use kiln_model::{Field, FieldType, Raw};

use super::{Writer, check_options, kit_options};
use crate::context::Context;
use crate::cursor::Cursor;
use crate::names::{FIELD, Seen, snake};
use crate::syntax::Node;

const USAGE: &str = "field NAME type=TYPE";

/// Characters of an enum's value.
const ENUM_VALUE_MOST: usize = 40;

/// A field of an entity.
pub(crate) fn field(cx: &mut Context, node: &Node, writer: Writer) -> Option<Field> {
    let mut cursor = Cursor::new(cx, node, USAGE);
    let name = cursor.text(cx, "a name");
    if let Some(name) = &name {
        FIELD.check(cx, name);
        refuse_id(cx, name);
    }
    let typed = cursor.property("type").is_some();
    let field_type = field_type(cx, &cursor, typed);
    let mut field = Field {
        name: name.clone().unwrap_or_else(|| node.name.clone()),
        field_type: field_type.unwrap_or(FieldType::String),
        required: cursor.flag(cx, "required"),
        unique: cursor.flag(cx, "unique"),
        index: cursor.flag(cx, "index"),
        hidden: cursor.flag(cx, "hidden"),
        min: cursor.int_property(cx, "min"),
        max: cursor.int_property(cx, "max"),
        default: cursor.raw_property(cx, "default"),
        values: Vec::new(),
        database_default: None,
        was: cursor.text_property(cx, "was"),
        options: Vec::new(),
    };
    FIELD.check_if(cx, field.was.as_ref());
    if writer == Writer::Kit {
        field.database_default = cursor.text_property(cx, "database-default");
    }
    block(cx, &mut cursor, &mut field, writer);
    cursor.finish_with(cx, |property| match property {
        "target" | "on-delete" => Some("a relation is written `belongs-to ENTITY`".to_owned()),
        "values" => Some("write `{ values one two }`".to_owned()),
        "database-default" => Some("it is for kits; write `default=…`".to_owned()),
        _ => None,
    });
    name?;
    if field_type.is_some() {
        check(cx, &mut field, node);
    }
    Some(field)
}

/// `id` is the engine's in every table.
fn refuse_id(cx: &mut Context, name: &Spanned<String>) {
    if snake(name) == "id" {
        let hint = "leave it out; every entity has it";
        cx.report_with("reserved-name", name.span, "the field `id` is kiln's own", hint);
    }
}

fn field_type(cx: &mut Context, cursor: &Cursor<'_>, written: bool) -> Option<FieldType> {
    let known: Vec<&str> = FieldType::ALL.iter().map(|(name, _)| *name).collect();
    if !written {
        let message = format!("`{}` needs `type=…`", cursor.name());
        let hint = crate::context::one_of(&known).unwrap_or_default();
        cx.report_with("missing-property", cursor.node.head, message, hint);
        return None;
    }
    let entry = cursor
        .node
        .entries
        .iter()
        .find(|entry| entry.name.as_ref().is_some_and(|name| name.value == "type"))?;
    let word = crate::cursor::text_of(cx, entry)?;
    crate::cursor::choice(cx, "type of a field", &word, &FieldType::ALL)
}

fn block(cx: &mut Context, cursor: &mut Cursor<'_>, field: &mut Field, writer: Writer) {
    let known: &[&str] = match writer {
        Writer::Spec => &["values"],
        Writer::Kit => &["database-default", "values"],
    };
    for node in cursor.block().unwrap_or_default() {
        match node.name.value.as_str() {
            "values" => {
                let mut child = Cursor::new(cx, node, "values one two");
                let values = child.texts(cx, "values");
                child.finish(cx);
                if !field.values.is_empty() {
                    let message = "the values stand twice";
                    cx.report("duplicate-node", node.name.span, message);
                }
                field.values = values;
            }
            "database-default" if writer == Writer::Kit => {
                field.database_default =
                    database_default(cx, node, field.database_default.as_ref());
            }
            "database-default" => {
                let message = "`database-default` is for kits";
                let hint = "write `default=…`";
                cx.report_with("unknown-node", node.name.span, message, hint);
            }
            _ => field.options.extend(kit_options(cx, node, "a field", known)),
        }
    }
    check_options(cx, &field.options);
}

/// `database-default "SQL"`, which may also be a property.
pub(super) fn database_default(
    cx: &mut Context,
    node: &Node,
    first: Option<&Spanned<String>>,
) -> Option<Spanned<String>> {
    let mut cursor = Cursor::new(cx, node, "database-default \"SQL\"");
    let text = cursor.text(cx, "SQL");
    cursor.finish(cx);
    if let Some(first) = first {
        let message = "`database-default` stands twice";
        cx.report_twice("duplicate-node", first.span, node.head, message);
    }
    text
}

fn check(cx: &mut Context, field: &mut Field, node: &Node) {
    check_values(cx, field, node);
    check_bounds(cx, field, node);
    if let Some(default) = &field.default
        && let Err((message, hint)) = fits(field, &default.value)
    {
        let error = cx.error("bad-default", default.span, message).hint_if(hint);
        cx.push(error);
        field.default = None;
    }
}

fn check_values(cx: &mut Context, field: &Field, node: &Node) {
    let enumerated = field.field_type == FieldType::Enum;
    match (enumerated, field.values.first()) {
        (true, None) => cx.report_with(
            "enum-without-values",
            node.head,
            format!("the enum `{}` has no values", field.name.value),
            format!("write `field {} type=enum {{ values one two }}`", field.name.value),
        ),
        (false, Some(first)) => cx.report_with(
            "values-without-enum",
            first.span,
            format!("a `{}` has no values to choose from", field.field_type.name()),
            "write `type=enum`",
        ),
        _ => {}
    }
    let mut seen = Seen::new("duplicate-value", "value");
    for value in &field.values {
        seen.add_as(cx, &value.value, value);
        if !is_enum_value(value) {
            let message = format!(
                "`{}` is no value of an enum: letters, digits, `-` and `_`, at most {ENUM_VALUE_MOST}",
                value.value
            );
            let mended = kiln_base::Forms::of(value).kebab;
            let hint =
                (mended != value.value && !mended.is_empty()).then(|| format!("write `{mended}`"));
            let error = cx.error("bad-name", value.span, message).hint_if(hint);
            cx.push(error);
        }
    }
}

fn is_enum_value(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= ENUM_VALUE_MOST
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn check_bounds(cx: &mut Context, field: &mut Field, node: &Node) {
    if field.min.is_none() && field.max.is_none() {
        return;
    }
    let place = |name: &str| {
        let named = |entry: &&crate::syntax::Entry| {
            entry.name.as_ref().is_some_and(|key| key.value == name)
        };
        node.entries.iter().find(named).map_or(node.head, |entry| entry.span)
    };
    let length = is_text(field.field_type);
    let number = matches!(field.field_type, FieldType::Int | FieldType::Money | FieldType::Decimal);
    let span = if field.min.is_some() { place("min") } else { place("max") };
    if !length && !number {
        let message = format!("a `{}` has no `min` and no `max`", field.field_type.name());
        cx.report("bad-bounds", span, message);
    } else if length
        && (field.min.is_some_and(|min| min < 0) || field.max.is_some_and(|max| max < 1))
    {
        cx.report("bad-bounds", span, "a length is not negative, the greatest at least 1");
    } else if let (Some(min), Some(max)) = (field.min, field.max) {
        if min <= max {
            return;
        }
        let message = format!("`min` {min} is more than `max` {max}");
        let error = cx.error("bad-bounds", span, message).at(&cx.source, place("max"), "");
        cx.push(error);
    } else {
        return;
    }
    field.min = None;
    field.max = None;
}

const fn is_text(field_type: FieldType) -> bool {
    matches!(field_type, FieldType::String | FieldType::Text | FieldType::Email | FieldType::Url)
}

/// Whether a default fits its field: what is wrong, and the way out.
fn fits(field: &Field, default: &Raw) -> Result<(), (String, Option<String>)> {
    let name = field.field_type.name();
    let wrong = |hint: &str| {
        let message = format!("{} is no default of `type={name}`", default.show());
        Err((message, (!hint.is_empty()).then(|| hint.to_owned())))
    };
    match (field.field_type, default) {
        (FieldType::Bool, Raw::Bool(_)) => Ok(()),
        (FieldType::Bool, _) => wrong("write `#true` or `#false`"),
        (FieldType::Int | FieldType::Money, Raw::Int(number)) => within(field, *number),
        (FieldType::Decimal, Raw::Int(number)) => within(field, *number),
        (FieldType::Decimal, Raw::Text(text)) if is_decimal(text) => Ok(()),
        (FieldType::Decimal, _) => wrong("such as `\"1.50\"`"),
        (FieldType::Money, _) => wrong("a whole number of minor units, such as `1990` for 19.90"),
        (FieldType::Enum, Raw::Text(text)) => enumerated(field, text),
        (FieldType::Date, Raw::Text(text)) if is_date(text) => Ok(()),
        (FieldType::Date, _) => wrong("such as `\"2030-12-31\"`"),
        (FieldType::Datetime, Raw::Text(text)) if is_datetime(text) => Ok(()),
        (FieldType::Datetime, _) => wrong("such as `\"2030-12-31T23:59:00Z\"`"),
        (FieldType::Uuid, Raw::Text(text))
            if shaped(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") =>
        {
            Ok(())
        }
        (FieldType::Json, Raw::Text(text)) => {
            match serde_json::from_str::<serde_json::Value>(text) {
                Ok(_) => Ok(()),
                Err(_) => wrong("a JSON text, such as `\"{}\"`"),
            }
        }
        (FieldType::Email, Raw::Text(text)) if !text.contains('@') => wrong(""),
        (FieldType::Url, Raw::Text(text)) if !text.contains("://") => wrong(""),
        (FieldType::Text, Raw::Text(text)) => within(field, length(text)),
        (_, Raw::Text(text)) if is_text(field.field_type) && !text.contains(char::is_control) => {
            within(field, length(text))
        }
        (_, Raw::Int(number)) if is_text(field.field_type) => {
            wrong(&format!("quote it: `\"{number}\"`"))
        }
        _ => wrong(""),
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

fn within(field: &Field, number: i64) -> Result<(), (String, Option<String>)> {
    let what = if is_text(field.field_type) { "length of the default is" } else { "default is" };
    if let Some(min) = field.min.filter(|min| number < *min) {
        return Err((format!("the {what} {number}, less than `min` {min}"), None));
    }
    if let Some(max) = field.max.filter(|max| number > *max) {
        return Err((format!("the {what} {number}, more than `max` {max}"), None));
    }
    Ok(())
}

fn enumerated(field: &Field, text: &str) -> Result<(), (String, Option<String>)> {
    let known: Vec<&str> = field.values.iter().map(|value| value.value.as_str()).collect();
    if known.contains(&text) || known.is_empty() {
        return Ok(());
    }
    let hint = did_you_mean(text, known.iter().copied()).or_else(|| crate::context::one_of(&known));
    Err((format!("the default `{text}` is none of the values"), hint))
}

fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    digits(whole) && digits(fraction)
}

/// Whether a text has the shape: `0` is a digit, `x` a lower-case hexadecimal digit, all else itself.
fn shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.chars().zip(shape.chars()).all(|(c, wanted)| match wanted {
            '0' => c.is_ascii_digit(),
            'x' => c.is_ascii_digit() || ('a'..='f').contains(&c),
            _ => c == wanted,
        })
}

fn is_date(text: &str) -> bool {
    shaped(text, "0000-00-00") && {
        let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or(0);
        let (year, month, day) = (number(0..4), number(5..7), number(8..10));
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=days).contains(&day)
    }
}

fn is_datetime(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let zone = time.strip_suffix('Z').or_else(|| {
        let (time, offset) = time.split_at_checked(8)?;
        let offset = offset.strip_prefix(['+', '-'])?;
        (shaped(offset, "00:00") && offset <= "23:59").then_some(time)
    });
    let valid = |time: &str| {
        shaped(time, "00:00:00") && &time[..2] <= "23" && &time[3..5] <= "59" && &time[6..] <= "59"
    };
    is_date(date) && zone.is_some_and(valid)
}
