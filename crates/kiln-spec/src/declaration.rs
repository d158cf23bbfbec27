//! What `option`, `key` and `field` declare alike.

use kiln_base::Spanned;
use kiln_model::{Choice, Declaration, Raw, ValueType};

use crate::check::{compile, number_of, typed};
use crate::context::Context;
use crate::cursor::{Cursor, list};
use crate::names::Shape;
use crate::syntax::Node;

/// Takes a declaration out of a node. Properties of its own are taken by the caller, which also finishes the node.
pub(crate) fn declaration(
    cx: &mut Context,
    cursor: &mut Cursor<'_>,
    shape: Shape,
) -> Option<Declaration> {
    let name = cursor.text(cx, "a name");
    shape.check_if(cx, name.as_ref());
    let written = cursor.choice_property(cx, "type", &ValueType::ALL);
    let mut default = cursor.raw_property(cx, "default");
    let min = cursor.raw_property(cx, "min");
    let max = cursor.raw_property(cx, "max");
    let pattern = cursor.text_property(cx, "pattern");
    let within = cursor.text_property(cx, "in");
    let help = cursor.text_property(cx, "help").map(|help| help.value).unwrap_or_default();
    let choices = block(cx, cursor, &mut default);
    let value_type = written.unwrap_or_else(|| inferred(default.as_ref()));
    let mut declaration =
        Declaration { name: name?, value_type, default, min, max, pattern, within, help, choices };
    check(cx, &mut declaration);
    Some(declaration)
}

/// The type of a default.
fn inferred(default: Option<&Spanned<Raw>>) -> ValueType {
    match default.map(|default| &default.value) {
        Some(Raw::Int(_)) => ValueType::Int,
        Some(Raw::Bool(_)) => ValueType::Bool,
        Some(Raw::List(_)) => ValueType::List,
        Some(Raw::Part(_)) => ValueType::Text,
        Some(Raw::Text(_) | Raw::Null) | None => ValueType::String,
    }
}

fn block(
    cx: &mut Context,
    cursor: &mut Cursor<'_>,
    default: &mut Option<Spanned<Raw>>,
) -> Vec<Choice> {
    let mut choices: Vec<(Choice, &Node)> = Vec::new();
    for node in cursor.block().unwrap_or_default() {
        match node.name.value.as_str() {
            "default" => {
                let mut child = Cursor::new(cx, node, "default VALUE…");
                let values = Spanned::new(Raw::List(list(cx, &mut child)), node.head);
                child.finish(cx);
                if let Some(first) = default {
                    let span = first.span;
                    let message = format!("`{}` has two defaults", cursor.name());
                    cx.report_twice("duplicate-node", span, node.head, message);
                }
                *default = Some(values);
            }
            "choice" => {
                let Some(choice) = choice(cx, node) else { continue };
                match choices.iter().find(|(other, _)| other.value == choice.value) {
                    Some((_, first)) => {
                        let message = format!("the choice {} is there twice", choice.value.show());
                        cx.report_twice("duplicate-choice", first.head, node.head, message);
                    }
                    None => choices.push((choice, node)),
                }
            }
            other => {
                let message = format!("`{}` has no `{other}`", cursor.name());
                cx.report_unknown(
                    "unknown-node",
                    node.name.span,
                    message,
                    other,
                    &["choice", "default"],
                );
            }
        }
    }
    choices.into_iter().map(|(choice, _)| choice).collect()
}

fn choice(cx: &mut Context, node: &Node) -> Option<Choice> {
    let mut cursor = Cursor::new(cx, node, "choice VALUE \"what it is\"");
    let value = cursor.value(cx, "a value");
    let help = cursor.optional_text(cx).map(|help| help.value).unwrap_or_default();
    cursor.finish(cx);
    Some(Choice { value: value?.value, help })
}

/// Checks a declaration against itself. What is wrong is taken out so that it is reported once.
fn check(cx: &mut Context, declaration: &mut Declaration) {
    check_bounds(cx, declaration);
    check_pattern(cx, declaration);
    check_choices(cx, declaration);
    if let Some(reference) = &declaration.within
        && !is_reference(&reference.value)
    {
        let message = format!("`{}` is no reference", reference.value);
        let hint = "`in` names `CAPABILITY.SLOT`, `option.NAME` or `entity.fields`";
        cx.report_with("bad-reference", reference.span, message, hint);
    }
    if let Some(default) = &declaration.default {
        // An empty reference is none, so an empty default is fine whatever the bounds say.
        let none = declaration.within.is_some() && default.value == Raw::Text(String::new());
        if let (false, Err(misfit)) = (none, typed(declaration, &default.value)) {
            let error = misfit.at(&cx.source, default.span);
            cx.push(error);
        }
    }
}

fn check_bounds(cx: &mut Context, declaration: &mut Declaration) {
    let value_type = declaration.value_type;
    let mut numbers = [None, None];
    for (at, bound) in [&mut declaration.min, &mut declaration.max].into_iter().enumerate() {
        let Some(written) = bound else { continue };
        numbers[at] = number_of(value_type, written);
        if numbers[at].is_none() {
            let what = match value_type {
                ValueType::Bool => "a bool has no bounds".to_owned(),
                ValueType::Duration => "the bound of a duration is a duration".to_owned(),
                ValueType::Size => "the bound of a size is a size".to_owned(),
                _ => format!("the bound of `type={}` is a whole number", value_type.name()),
            };
            let hint = match value_type {
                ValueType::Duration => Some("such as `\"15m\"`".to_owned()),
                ValueType::Size => Some("such as `\"25MiB\"`".to_owned()),
                _ => None,
            };
            let error = cx.error("wrong-type", written.span, what).hint_if(hint);
            cx.push(error);
            *bound = None;
        }
    }
    if let ([Some(least), Some(most)], Some(min), Some(max)) =
        (numbers, &declaration.min, &declaration.max)
        && least > most
    {
        let message = format!("`min` {} is more than `max` {}", min.value.show(), max.value.show());
        let error = cx.error("bad-bounds", min.span, message).at(&cx.source, max.span, "");
        cx.push(error);
        declaration.min = None;
        declaration.max = None;
    }
}

fn check_pattern(cx: &mut Context, declaration: &mut Declaration) {
    let Some(pattern) = &declaration.pattern else { return };
    let texts = [ValueType::String, ValueType::Text, ValueType::List];
    if !texts.contains(&declaration.value_type) {
        let message =
            format!("`pattern` goes with texts, not with `{}`", declaration.value_type.name());
        cx.report("bad-pattern", pattern.span, message);
    } else if let Err(error) = compile(pattern) {
        let message = format!("`{}` is no regular expression: {error}", pattern.value);
        cx.report("bad-pattern", pattern.span, message);
    } else {
        return;
    }
    declaration.pattern = None;
}

fn check_choices(cx: &mut Context, declaration: &mut Declaration) {
    if declaration.choices.is_empty() {
        return;
    }
    if matches!(declaration.value_type, ValueType::Bool | ValueType::Text) {
        let message = format!("a `{}` has no choices", declaration.value_type.name());
        cx.report("bad-choice", declaration.name.span, message);
        declaration.choices.clear();
        return;
    }
    let alone = Declaration { choices: Vec::new(), default: None, ..declaration.clone() };
    let misfit = declaration.choices.iter().find_map(|choice| typed(&alone, &choice.value).err());
    if let Some(misfit) = misfit {
        let message = format!("a choice does not fit: {}", misfit.message);
        let error = cx.error("bad-choice", declaration.name.span, message).hint_if(misfit.hint);
        cx.push(error);
        declaration.choices.clear();
    }
}

/// `CAPABILITY.SLOT`, `option.NAME` or `entity.fields`.
pub(crate) fn is_reference(text: &str) -> bool {
    text.split_once('.').is_some_and(|(owner, name)| {
        crate::names::SLOT.fits(owner) && crate::names::SLOT.fits(name)
    })
}
