//! Writing a plan into TOML: tables are changed in `toml_edit`'s tree, arrays as text in brackets, so that comments
//! and line breaks within them stay.

use toml_edit::{ArrayOfTables, InlineTable, Item, Key, Table, Value as Literal};

use super::TomlText;
use super::decor::{
    first_comments, free, keep_first_comments, last_position, lead, lead_first_new, make_dotted,
    open_line, prefix_of, replace, settle,
};
use crate::delimited::{Child, Comments, Pieces, comments_of, split};
use crate::tree::{Fault, Layout, Node, Plan, Slot, takes_something};
use crate::value::{Value, quoted};

/// The widest line that an array on one line may grow to.
const COLUMNS: usize = 100;

struct Splicer<'a> {
    ours: &'a str,
    theirs: &'a str,
    /// Comments before a shared member of theirs go along with the first thing that comes into it.
    carry: bool,
}

pub(super) fn document(
    ours: &TomlText,
    theirs: &TomlText,
    plan: &Plan,
    carry: bool,
) -> Result<String, Fault> {
    let mut new = ours.document.clone().into_mut();
    let donor = theirs.document.clone().into_mut();
    let splicer = Splicer { ours: ours.document.raw(), theirs: theirs.document.raw(), carry };
    match plan {
        Plan::Keep | Plan::List(_) => return Ok(splicer.ours.to_owned()),
        Plan::Take => return Ok(splicer.theirs.to_owned()),
        Plan::Map(slots) => {
            let pair = Pair { ours: &ours.root, theirs: Some(&theirs.root) };
            splicer.table(new.as_table_mut(), Some(donor.as_item()), pair, slots, "")?;
        }
    }
    let trailing = new.trailing().as_str().unwrap_or_default().to_owned();
    let last = last_position(new.as_table());
    if trailing.contains('#') && lead_first_new(new.as_table_mut(), &mut None, last, &trailing) {
        new.set_trailing("");
    }
    let text = new.to_string();
    // The first header of a text has no empty line before it.
    Ok(if splicer.ours.trim().is_empty() { text.trim_start_matches('\n').to_owned() } else { text })
}

#[derive(Clone, Copy)]
struct Pair<'a> {
    ours: &'a Node,
    theirs: Option<&'a Node>,
}

impl Pair<'_> {
    fn member(&self, at: usize, partner: Option<usize>) -> Pair<'_> {
        Pair {
            ours: &self.ours.members()[at].node,
            theirs: partner.zip(self.theirs).map(|(p, theirs)| &theirs.members()[p].node),
        }
    }

    fn item(&self, at: usize, partner: Option<usize>) -> Pair<'_> {
        Pair {
            ours: &self.ours.items()[at],
            theirs: partner.zip(self.theirs).map(|(p, theirs)| &theirs.items()[p]),
        }
    }
}

impl Splicer<'_> {
    fn table(
        &self,
        table: &mut Table,
        donor: Option<&Item>,
        pair: Pair<'_>,
        slots: &[Slot],
        carried: &str,
    ) -> Result<(), Fault> {
        let header = first_comments(table);
        let mut carried = carried.to_owned();
        let mut entries: Vec<(Key, Item)> = Vec::with_capacity(slots.len());
        // From the end, since an entry that goes moves all that follow it.
        let members = pair.ours.members().iter().rev();
        let mut own: Vec<_> = members.map(|member| table.remove_entry(&member.key)).collect();
        own.reverse();
        for slot in slots {
            match slot {
                Slot::Ours { at, partner, plan } => {
                    let name = &pair.ours.members()[*at].key;
                    let Some((mut key, mut item)) = own[*at].take() else { continue };
                    let had_header = !item.is_value();
                    let inner = donor.and_then(Item::as_table_like).and_then(|d| d.get(name));
                    let comments = self.carried_by(donor, name, plan);
                    self.item(&mut item, inner, pair.member(*at, *partner), plan, &comments)?;
                    if had_header && item.is_value() {
                        key.leaf_decor_mut().set_suffix(" ");
                    }
                    entries.push((key, item));
                }
                Slot::Theirs(at) => {
                    let name = pair.theirs.map(|theirs| theirs.members()[*at].key.as_str());
                    let taken = name.zip(donor.and_then(Item::as_table_like));
                    if let Some((key, item)) = taken.and_then(|(n, d)| d.get_key_value(n)) {
                        let (mut key, mut item) = (key.clone(), item.clone());
                        if table.is_dotted() && !make_dotted(&mut item) {
                            let node = pair.theirs.map(|theirs| &theirs.members()[*at].node);
                            let text = node.map_or_else(String::new, |n| render(&n.value()));
                            item = Item::Value(parse_literal(&text)?);
                        }
                        settle(&mut key, &mut item);
                        lead(&mut key, &mut item, &std::mem::take(&mut carried));
                        entries.push((key, item));
                    }
                }
            }
        }
        table.clear();
        if let Some(header) = header {
            keep_first_comments(&mut entries, &header);
        }
        for (key, item) in entries {
            table.insert_formatted(&key, item);
        }
        Ok(())
    }

    /// The comments of theirs before a shared table, if something of it is taken.
    fn carried_by(&self, donor: Option<&Item>, name: &str, plan: &Plan) -> String {
        let takes = match plan {
            Plan::Map(slots) | Plan::List(slots) => takes_something(slots),
            _ => false,
        };
        if !self.carry || !takes {
            return String::new();
        }
        let Some(map) = donor.and_then(Item::as_table_like) else { return String::new() };
        let prefix = match map.get_key_value(name) {
            Some((_, Item::Table(table))) if !table.is_dotted() => prefix_of(table.decor()),
            Some((key, Item::Value(_))) => prefix_of(key.leaf_decor()),
            _ => return String::new(),
        };
        comments_of(&prefix, Comments::Hash).0.iter().map(|(_, c)| format!("{c}\n")).collect()
    }

    fn inline(
        &self,
        table: &mut InlineTable,
        donor: Option<&Item>,
        pair: Pair<'_>,
        slots: &[Slot],
    ) -> Result<(), Fault> {
        let mut entries: Vec<(Key, Literal)> = Vec::with_capacity(slots.len());
        for slot in slots {
            match slot {
                Slot::Ours { at, partner, plan } => {
                    let name = &pair.ours.members()[*at].key;
                    let Some((key, value)) = table.remove_entry(name) else { continue };
                    let inner = donor.and_then(Item::as_table_like).and_then(|d| d.get(name));
                    let mut item = Item::Value(value);
                    self.item(&mut item, inner, pair.member(*at, *partner), plan, "")?;
                    entries.push((key, in_line(item)?));
                }
                Slot::Theirs(at) => {
                    if let Some(member) = pair.theirs.map(|theirs| &theirs.members()[*at]) {
                        let value = parse_literal(&self.donor_text(&member.node))?;
                        entries.push((Key::new(&member.key), value));
                    }
                }
            }
        }
        table.clear();
        let last = entries.len();
        for (index, (key, mut value)) in entries.into_iter().enumerate() {
            if !table_has_lines(&value) {
                value.decor_mut().set_suffix(if index + 1 == last { " " } else { "" });
            }
            table.insert_formatted(&key, value);
        }
        Ok(())
    }

    fn item(
        &self,
        item: &mut Item,
        donor: Option<&Item>,
        pair: Pair<'_>,
        plan: &Plan,
        carried: &str,
    ) -> Result<(), Fault> {
        match (plan, donor) {
            (Plan::Keep, _) => Ok(()),
            (Plan::Take, Some(donor)) => {
                replace(item, donor);
                Ok(())
            }
            (Plan::Map(slots), _) => match item {
                Item::Table(table) => {
                    self.table(table, donor, pair, slots, carried)?;
                    // What is said by its children alone must say itself when they are gone.
                    if table.is_empty() && table.is_dotted() {
                        *item = Item::Value(Literal::InlineTable(InlineTable::new()));
                    } else if table.is_empty() {
                        table.set_implicit(false);
                    }
                    Ok(())
                }
                Item::Value(Literal::InlineTable(table)) => self.inline(table, donor, pair, slots),
                _ => Err(unlike(pair.ours)),
            },
            (Plan::List(slots), _) => match item {
                Item::ArrayOfTables(_) if !donates_tables(donor, pair, slots) => {
                    *item =
                        Item::Value(parse_literal(&render(&plan.value(pair.ours, pair.theirs)))?);
                    Ok(())
                }
                Item::ArrayOfTables(tables) => self.tables(tables, donor, pair, slots),
                Item::Value(value @ Literal::Array(_)) => {
                    let decor = value.decor().clone();
                    let text = self.array(pair, slots, carried)?;
                    *value = parse_literal(&text)?;
                    *value.decor_mut() = decor;
                    Ok(())
                }
                _ => Err(unlike(pair.ours)),
            },
            (Plan::Take, None) => Err(unlike(pair.ours)),
        }
    }

    fn tables(
        &self,
        tables: &mut ArrayOfTables,
        donor: Option<&Item>,
        pair: Pair<'_>,
        slots: &[Slot],
    ) -> Result<(), Fault> {
        let donors = donor.cloned().and_then(|donor| donor.into_array_of_tables().ok());
        let mut new = ArrayOfTables::new();
        for slot in slots {
            match slot {
                Slot::Ours { at, partner, plan } => {
                    let Some(table) = tables.get(*at) else { continue };
                    let mut item = Item::Table(table.clone());
                    let inner = partner.zip(donors.as_ref()).and_then(|(p, d)| d.get(p));
                    let inner = inner.map(|table| Item::Table(table.clone()));
                    self.item(&mut item, inner.as_ref(), pair.item(*at, *partner), plan, "")?;
                    new.push(item.into_table().map_err(|_| unlike(pair.ours))?);
                }
                Slot::Theirs(at) => {
                    let table = donors.as_ref().and_then(|d| d.get(*at));
                    let mut item = Item::Table(table.ok_or_else(|| unlike(pair.ours))?.clone());
                    free(&mut item);
                    open_line(&mut item);
                    new.push(item.into_table().map_err(|_| unlike(pair.ours))?);
                }
            }
        }
        *tables = new;
        Ok(())
    }

    /// The new text of an array.
    fn array(&self, pair: Pair<'_>, slots: &[Slot], carried: &str) -> Result<String, Fault> {
        let style = Comments::Hash;
        let spans: Vec<_> = pair.ours.items().iter().map(|item| item.span.clone()).collect();
        let old = split(self.ours, &pair.ours.span, &spans, style);
        let open = old.is_open();
        let inner = old.indent().unwrap_or("    ").to_owned();
        let mut new = Pieces { trailing_comma: old.trailing_comma, ..Pieces::default() };
        let mut carried = carried.to_owned();
        for slot in slots {
            match slot {
                Slot::Ours { at, partner, plan } => {
                    let mut child = old.children[*at].clone();
                    if *plan != Plan::Keep {
                        child.body = self.element(pair.item(*at, *partner), &child.body, plan)?;
                    }
                    new.children.push(child);
                }
                Slot::Theirs(at) => {
                    let Some(theirs) = pair.theirs else { continue };
                    let lead = open.then(|| (inner.as_str(), std::mem::take(&mut carried)));
                    new.children.push(self.taken(theirs, *at, lead));
                }
            }
        }
        if new.children.is_empty() && old.close_lead.trim().is_empty() {
            return Ok("[]".to_owned());
        }
        new.close_lead.clone_from(&old.close_lead);
        let first = old.children.first().map_or("", |child| child.lead.as_str()).to_owned();
        new.settle(&first);
        let text = new.join('[', ']', style);
        if !open && text.len() > COLUMNS && !text.contains('\n') {
            for child in &mut new.children {
                child.lead = format!("\n{inner}");
            }
            new.close_lead = "\n".to_owned();
            new.trailing_comma = true;
            return Ok(new.join('[', ']', style));
        }
        Ok(text)
    }

    /// An element that both have: a table in line.
    fn element(&self, pair: Pair<'_>, body: &str, plan: &Plan) -> Result<String, Fault> {
        let donor = pair.theirs.map(|theirs| self.donor_text(theirs));
        let donor = donor.map(|text| parse_literal(&text)).transpose()?.map(Item::Value);
        if let Plan::List(slots) = plan {
            return self.array(pair, slots, "");
        }
        let mut item = Item::Value(parse_literal(body)?);
        self.item(&mut item, donor.as_ref(), pair, plan, "")?;
        Ok(in_line(item)?.to_string().trim().to_owned())
    }

    /// The text of a value of theirs, in line.
    fn donor_text(&self, node: &Node) -> String {
        // The place of a table is its header, which is no value.
        match node.layout {
            Layout::Flow => self.theirs.get(node.span.clone()).unwrap_or_default().to_owned(),
            _ => render(&node.value()),
        }
    }

    fn taken(&self, theirs: &Node, at: usize, lead: Option<(&str, String)>) -> Child {
        let spans: Vec<_> = theirs.items().iter().map(|item| item.span.clone()).collect();
        let body = self.donor_text(&theirs.items()[at]);
        let in_text = theirs.layout == Layout::Flow;
        let donor = in_text.then(|| split(self.theirs, &theirs.span, &spans, Comments::Hash));
        let donor = donor.map(|pieces| pieces.children[at].clone()).unwrap_or_default();
        let Some((inner, carried)) = lead else {
            return Child { lead: " ".to_owned(), body, ..Child::default() };
        };
        let mut text = format!("\n{inner}");
        for source in [&carried, &donor.lead] {
            for (_, comment) in comments_of(source, Comments::Hash).0 {
                text.push_str(&format!("{comment}\n{inner}"));
            }
        }
        Child { lead: text, body, before_comma: String::new(), after: donor.after }
    }
}

/// True unless something that is no table, or nothing at all, would stand among tables with headers.
fn donates_tables(donor: Option<&Item>, pair: Pair<'_>, slots: &[Slot]) -> bool {
    let takes = slots.iter().any(|slot| matches!(slot, Slot::Theirs(_)));
    let convertible = donor.is_some_and(|donor| donor.clone().into_array_of_tables().is_ok());
    let tables = slots.iter().all(|slot| match slot {
        Slot::Ours { plan: Plan::Keep | Plan::Map(_), .. } => true,
        Slot::Ours { at, partner, .. } => {
            pair.item(*at, *partner).theirs.is_some_and(Node::is_plain_map)
        }
        Slot::Theirs(_) => true,
    });
    !slots.is_empty() && (!takes || convertible) && tables
}

/// A value in line, from its meaning.
fn render(value: &Value) -> String {
    match value {
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Map(entries) => {
            let entry = |(key, value): &(String, Value)| {
                format!("{} = {}", Key::new(key).display_repr(), render(value))
            };
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::List(items) => {
            format!("[{}]", items.iter().map(render).collect::<Vec<_>>().join(", "))
        }
        Value::Text(text) => quoted(text),
        Value::Marked(_, inner) => match inner.as_ref() {
            Value::Text(date) => date.clone(),
            other => render(other),
        },
        other => other.to_string(),
    }
}

fn unlike(node: &Node) -> Fault {
    Fault::new("tables and values in line cannot be mixed here", node.span.clone())
}

fn parse_literal(text: &str) -> Result<Literal, Fault> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        Fault::new(error.message().trim().to_owned(), 0..text.len())
    })
}

fn in_line(item: Item) -> Result<Literal, Fault> {
    let mut value = item.into_value().map_err(|_| Fault::new("a value is missing", 0..0))?;
    if value.decor().prefix().is_some_and(|p| p.as_str().is_some_and(|p| p.contains('\n'))) {
        value.decor_mut().set_prefix(" ");
    }
    Ok(value)
}

fn table_has_lines(value: &Literal) -> bool {
    let suffix = value.decor().suffix().and_then(|s| s.as_str());
    suffix.is_some_and(|suffix| suffix.contains(['\n', '#']))
}
