//! Templates that only put names into a text, without tera: most files are of this kind.

use kiln_model::Value;

use super::filters::form;
use super::syntax::{Expression, ExpressionKind, Node, Range, Unit};

/// A template of texts and names.
#[derive(Debug)]
pub(super) struct Plain(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(Range),
    /// A path, and the form of each filter over it.
    Name(Vec<String>, Vec<&'static str>),
}

impl Plain {
    /// The template, if it is of this kind.
    pub(super) fn of(unit: &Unit) -> Option<Self> {
        let pieces = unit.body.iter().map(|node| match node {
            Node::Text(range) => Some(Piece::Text(range.clone())),
            Node::Print(value) => {
                let (mut path, mut forms) = (Vec::new(), Vec::new());
                walk(value, &mut path, &mut forms)?;
                Some(Piece::Name(path, forms))
            }
            _ => None,
        });
        // What vanishes or is trimmed lies within texts that the tree shows whole.
        if unit.trims || !unit.vanishing.is_empty() || !unit.components.is_empty() {
            return None;
        }
        pieces.collect::<Option<Vec<Piece>>>().map(Self)
    }

    /// The output; none where tera must say what is wrong.
    pub(super) fn render(&self, text: &str, context: &Value) -> Option<String> {
        let mut output = String::with_capacity(text.len() + 64);
        for piece in &self.0 {
            match piece {
                Piece::Text(range) => output.push_str(&text[range.clone()]),
                Piece::Name(path, forms) => {
                    let value = path.iter().try_fold(context, |value, name| {
                        value.as_map().and_then(|map| map.get(name))
                    })?;
                    push(&mut output, value, forms)?;
                }
            }
            if output.len() > super::meter::OUTPUT_BYTES {
                return None;
            }
        }
        Some(output)
    }
}

fn push(output: &mut String, value: &Value, forms: &[&str]) -> Option<()> {
    if !forms.is_empty() {
        let name = value.as_str()?;
        let formed = forms.iter().fold(name.to_owned(), |text, name| form(&text, name));
        output.push_str(&formed);
        return Some(());
    }
    match value {
        Value::Null => {}
        Value::Bool(yes) => output.push_str(if *yes { "true" } else { "false" }),
        Value::Int(number) => output.push_str(&number.to_string()),
        Value::Str(text) => output.push_str(text),
        Value::List(_) | Value::Map(_) => return None,
    }
    Some(())
}

fn walk(value: &Expression, path: &mut Vec<String>, forms: &mut Vec<&'static str>) -> Option<()> {
    match &value.kind {
        ExpressionKind::Variable(name) => path.push(name.clone()),
        ExpressionKind::Attribute { base, name, .. } => {
            walk(base, path, forms)?;
            path.push(name.clone());
        }
        ExpressionKind::Filter { base, filter } if filter.arguments.is_empty() => {
            walk(base, path, forms)?;
            forms.push(match filter.name.as_str() {
                "snake" => "snake",
                "kebab" => "kebab",
                "pascal" => "pascal",
                "camel" => "camel",
                "upper_snake" => "upper",
                _ => return None,
            });
        }
        _ => return None,
    }
    Some(())
}
