//! The filters of the format, frozen for format 1, and the functions that guard what costs.

mod align;
mod fit;
mod imports;
mod lists;
mod texts;

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::language::Language;
use super::meter::{self, Limit};
use super::trace::is_mark;

pub(super) use fit::resolve_marks;
pub(super) use texts::form;

/// What a guard says about a value that does not exist; the message is made where the place is known.
pub(super) const UNDEFINED: &str = "\u{1}undefined";

impl From<Limit> for Error {
    fn from(limit: Limit) -> Self {
        Self::message(limit.message())
    }
}

/// Adds the guards, the filters, and the tests and functions that replace tera's.
pub(super) fn register(tera: &mut Tera) {
    guards(tera);
    tera.register_filter("snake", |text: &str, _: Kwargs, _: &State| texts::form(text, "snake"));
    tera.register_filter("kebab", |text: &str, _: Kwargs, _: &State| texts::form(text, "kebab"));
    tera.register_filter("pascal", |text: &str, _: Kwargs, _: &State| texts::form(text, "pascal"));
    tera.register_filter("camel", |text: &str, _: Kwargs, _: &State| texts::form(text, "camel"));
    tera.register_filter("upper_snake", |text: &str, _: Kwargs, _: &State| {
        texts::form(text, "upper")
    });
    tera.register_filter("quote", |value: &Value, _: Kwargs, _: &State| {
        kept(texts::quote(scalar(value, "quote")?.as_ref(), meter::language()))
    });
    tera.register_filter("duration", |seconds: i64, _: Kwargs, _: &State| texts::duration(seconds));
    tera.register_filter("size", |bytes: i64, _: Kwargs, _: &State| texts::size(bytes));
    tera.register_filter("find", lists::find);
    tera.register_filter("pluck", lists::pluck);
    tera.register_filter("position", lists::position);
    tera.register_filter("group_by", lists::group_by);
    tera.register_filter("unique", lists::unique);
    tera.register_filter("join", lists::join);
    tera.register_filter("split", lists::split);
    tera.register_filter("replace", texts::replace);
    tera.register_filter("indent", texts::indent);
    tera.register_filter("escape_html", |text: &str, _: Kwargs, _: &State| {
        kept(texts::escape(text, "&#39;"))
    });
    tera.register_filter("escape_xml", |text: &str, _: Kwargs, _: &State| {
        kept(texts::escape(text, "&apos;"))
    });
    tera.register_filter("imports", |text: &str, arguments: Kwargs, _: &State| {
        paid(text)?;
        let (width, language) = formatting(&arguments)?;
        imports::imports(&resolve_marks(text), width, language).map_err(Error::message)
    });
    tera.register_filter("fit", |text: &str, arguments: Kwargs, _: &State| {
        paid(text)?;
        let (width, language) = formatting(&arguments)?;
        TeraResult::Ok(fit::mark(text, width, language))
    });
    tera.register_filter("align", |text: &str, _: Kwargs, _: &State| {
        paid(text)?;
        TeraResult::Ok(align::align(&resolve_marks(text)))
    });
    tera.register_test("containing", lists::containing);
    tera.register_function("range", lists::range);
}

/// The functions that guarded texts call; see [`super::guard`].
fn guards(tera: &mut Tera) {
    tera.register_function("__loop", |arguments: Kwargs, _: &State| {
        let value = given(&arguments)?;
        let weight = arguments.must_get::<u64>("w")?;
        // What is no list, map or text is refused by the loop itself.
        let rounds = value.len().unwrap_or(0) as u64;
        meter::charge(rounds.saturating_mul(16 + weight))?;
        TeraResult::Ok(value.clone())
    });
    tera.register_function("__tick", |arguments: Kwargs, _: &State| {
        meter::charge(16 + arguments.must_get::<u64>("w")?)?;
        TeraResult::Ok("")
    });
    for name in ["__new", "__use", "__out"] {
        tera.register_function(name, |arguments: Kwargs, _: &State| {
            let value = given(&arguments)?;
            meter::charge_deep(value)?;
            TeraResult::Ok(value.clone())
        });
    }
    tera.register_function("__few", |arguments: Kwargs, _: &State| {
        let value = given(&arguments)?;
        meter::charge_shallow(value)?;
        TeraResult::Ok(value.clone())
    });
    tera.register_function("__at", |arguments: Kwargs, _: &State| {
        meter::charge_index()?;
        given(&arguments).cloned()
    });
    tera.register_function("__def", |arguments: Kwargs, _: &State| given(&arguments).cloned());
}

fn given(arguments: &Kwargs) -> TeraResult<&Value> {
    match arguments.get::<&Value>("v")? {
        Some(value) if !value.is_undefined() => Ok(value),
        _ => Err(Error::message(UNDEFINED)),
    }
}

/// A text that a filter takes whole, paid for.
fn paid(text: &str) -> TeraResult<()> {
    if text.len() > meter::VALUE_BYTES {
        return Err(meter::refuse(Limit::ValueBytes).into());
    }
    Ok(meter::charge(1 + text.len() as u64)?)
}

/// A text that a filter made, if it is not too long.
fn kept(text: String) -> TeraResult<String> {
    paid(&text)?;
    Ok(text)
}

/// A text, number or bool as text.
fn scalar<'v>(value: &'v Value, filter: &str) -> TeraResult<std::borrow::Cow<'v, str>> {
    if let Some(text) = value.as_str() {
        return Ok(text.into());
    }
    if value.is_number() || value.is_bool() {
        return Ok(value.to_string().into());
    }
    if value.is_undefined() {
        return Err(Error::message(UNDEFINED));
    }
    Err(Error::message(format!("`{filter}` takes a text, not {}", kind(value))))
}

/// What a value is, in the words of the format.
fn kind(value: &Value) -> &'static str {
    match value.name() {
        "none" => "nothing",
        "string" => "a text",
        "bool" => "a bool",
        "array" => "a list",
        "map/struct" => "a map",
        "undefined" => "something undefined",
        _ => "a number",
    }
}

fn formatting(arguments: &Kwargs) -> TeraResult<(usize, Language)> {
    let width = arguments.get::<usize>("width")?.unwrap_or(100);
    let language = match arguments.get::<&str>("lang")? {
        Some(name) => Language::named(name),
        None => meter::language(),
    };
    Ok((width, language))
}

/// How many columns a text takes: wide characters take two.
fn columns(text: &str) -> usize {
    let width = |c| if is_mark(c) { 0 } else { 1 + usize::from(is_wide(c)) };
    text.chars().map(width).sum()
}

/// East Asian wide characters and emoji, which formatters count as two columns.
const fn is_wide(c: char) -> bool {
    matches!(c as u32,
        0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0x33FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xA000..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6 | 0x1F300..=0x1F64F | 0x1F680..=0x1F6FF | 0x1F900..=0x1F9FF
        | 0x20000..=0x3FFFD)
}
