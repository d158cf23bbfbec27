//! TOML: reading with places, and writing a plan into a person's text with `toml_edit`.

use toml_edit::{ArrayOfTables, Document, Item, TableLike, Value as Literal};

use crate::tree::{Fault, Kind, Layout, Member, Node, Plan};
use crate::value::{Value, number};

mod decor;
mod splice;

/// A text as `toml_edit` knows it and as the tree that all formats share.
pub(crate) struct TomlText {
    document: Document<String>,
    pub(crate) root: Node,
}

/// Reads TOML.
pub(crate) fn parse(text: &str) -> Result<TomlText, Fault> {
    let document = Document::parse(text.to_owned()).map_err(|error| {
        let message = error.message().trim().replace('\n', ", ");
        Fault::new(message, error.span().unwrap_or(0..text.len()))
    })?;
    let mut root = map(document.as_table())?;
    root.span = 0..text.len();
    Ok(TomlText { document, root })
}

fn map(table: &dyn TableLike) -> Result<Node, Fault> {
    let mut members = Vec::with_capacity(table.len());
    for (name, item) in table.iter() {
        if item.is_none() {
            continue;
        }
        let key_span = table.key(name).and_then(toml_edit::Key::span).unwrap_or(0..0);
        let node = match item {
            Item::Value(value) => literal(value)?,
            Item::Table(table) => {
                let mut node = map(table)?;
                node.span = table.span().unwrap_or_else(|| key_span.clone());
                node.layout = Layout::Lines;
                node
            }
            Item::ArrayOfTables(tables) => aot(tables)?,
            Item::None => continue,
        };
        members.push(Member { key: name.to_owned(), key_span, node });
    }
    Ok(Node::new(Kind::Map(members), 0..0))
}

fn aot(tables: &ArrayOfTables) -> Result<Node, Fault> {
    let items = tables
        .iter()
        .map(|table| {
            let mut node = map(table)?;
            node.span = table.span().unwrap_or(0..0);
            node.layout = Layout::Lines;
            Ok(node)
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    let span = items.first().map_or(0..0, |first| first.span.clone());
    let mut node = Node::new(Kind::List(items), span);
    node.layout = Layout::Lines;
    Ok(node)
}

fn literal(value: &Literal) -> Result<Node, Fault> {
    let span = value.span().unwrap_or(0..0);
    let kind = match value {
        Literal::String(text) => Kind::Scalar(Value::Text(text.value().clone())),
        Literal::Integer(integer) => Kind::Scalar(number(&integer.value().to_string())),
        Literal::Float(float) => {
            let float = *float.value();
            // TOML has infinities and not-a-number, which `number` keeps as they are spelled here.
            Kind::Scalar(if float.is_finite() {
                number(&format!("{float:?}"))
            } else {
                Value::Number(float.to_string().to_lowercase())
            })
        }
        Literal::Boolean(flag) => Kind::Scalar(Value::Bool(*flag.value())),
        Literal::Datetime(stamp) => Kind::Scalar(Value::Marked(
            "date".to_owned(),
            Box::new(Value::Text(stamp.value().to_string())),
        )),
        Literal::Array(array) => Kind::List(array.iter().map(literal).collect::<Result<_, _>>()?),
        Literal::InlineTable(table) => map(table)?.kind,
    };
    Ok(Node::new(kind, span))
}

/// Writes the plan into the text of ours.
pub(crate) fn splice(
    ours: &TomlText,
    theirs: &TomlText,
    plan: &Plan,
    carry: bool,
) -> Result<String, Fault> {
    splice::document(ours, theirs, plan, carry)
}
