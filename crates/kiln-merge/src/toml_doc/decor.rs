//! White space and comments of TOML's keys and tables, and their places: what must change when an entry of one text
//! comes to stand in another.

use toml_edit::{Decor, Item, Key, Table};

pub(super) fn prefix_of(decor: &Decor) -> String {
    decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned()
}

/// A new value in the place of an old one: the person's comment on the line stays.
pub(super) fn replace(item: &mut Item, donor: &Item) {
    let mut new = donor.clone();
    free(&mut new);
    if let (Item::Value(old), Item::Value(new)) = (&*item, &mut new) {
        let suffix = new.decor().suffix().and_then(|text| text.as_str()).map(str::to_owned);
        *new.decor_mut() = old.decor().clone();
        let own = old.decor().suffix().and_then(|text| text.as_str()).unwrap_or_default();
        // kiln's comment on the line comes where the person has none.
        if let Some(suffix) = suffix.filter(|text| own.trim().is_empty() && text.contains('#')) {
            new.decor_mut().set_suffix(suffix);
        }
    } else {
        open_line(&mut new);
    }
    *item = new;
}

/// Makes an entry of theirs fit to stand among ours.
pub(super) fn settle(key: &mut Key, item: &mut Item) {
    free(item);
    match item {
        Item::Value(_) => {
            let prefix = prefix_of(key.leaf_decor());
            let kept = prefix.trim_start_matches('\n').to_owned();
            key.leaf_decor_mut().set_prefix(kept);
        }
        _ => open_line(item),
    }
}

/// Tables of another text have no place of their own among ours: they follow what stands before them.
pub(super) fn free(item: &mut Item) {
    match item {
        Item::Table(table) => free_table(table),
        Item::ArrayOfTables(tables) => tables.iter_mut().for_each(free_table),
        _ => {}
    }
}

fn free_table(table: &mut Table) {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        free(item);
    }
}

/// Makes a table of theirs stand in dotted keys; false if it holds what these cannot say.
pub(super) fn make_dotted(item: &mut Item) -> bool {
    match item {
        Item::Table(table) => {
            table.set_dotted(true);
            !table.is_empty() && table.iter_mut().all(|(_, item)| make_dotted(item))
        }
        Item::ArrayOfTables(_) => false,
        _ => true,
    }
}

/// The first header that an item prints.
pub(super) fn first_header(item: &mut Item) -> Option<&mut Table> {
    match item {
        Item::Table(table) => {
            if table.is_implicit() || table.is_dotted() {
                return table.iter_mut().find_map(|(_, item)| first_header(item));
            }
            Some(table)
        }
        Item::ArrayOfTables(tables) => tables.iter_mut().next(),
        _ => None,
    }
}

/// An empty line before the first header.
pub(super) fn open_line(item: &mut Item) {
    if let Some(table) = first_header(item) {
        let prefix = prefix_of(table.decor());
        if !prefix.starts_with('\n') {
            table.decor_mut().set_prefix(format!("\n{prefix}"));
        }
    }
}

/// Comments that come before an entry of theirs.
pub(super) fn lead(key: &mut Key, item: &mut Item, comments: &str) {
    if comments.is_empty() {
        return;
    }
    if let Item::Value(_) = item {
        let prefix = prefix_of(key.leaf_decor());
        key.leaf_decor_mut().set_prefix(format!("{comments}{prefix}"));
    } else if let Some(table) = first_header(item) {
        let prefix = prefix_of(table.decor());
        let rest = prefix.strip_prefix('\n').unwrap_or(&prefix);
        table.decor_mut().set_prefix(format!("\n{comments}{rest}"));
    }
}

/// The key of the first value of a table and the comments above it, down to the last empty line: they speak of more
/// than that value.
pub(super) fn first_comments(table: &Table) -> Option<(String, String)> {
    let (name, _) = table.iter().find(|(_, item)| item.is_value())?;
    let prefix = prefix_of(table.key(name)?.leaf_decor());
    let end = prefix.rfind("\n\n")? + 2;
    prefix[..end].contains('#').then(|| (name.to_owned(), prefix[..end].to_owned()))
}

pub(super) fn keep_first_comments(
    entries: &mut [(Key, Item)],
    (name, comments): &(String, String),
) {
    if entries.iter().any(|(key, _)| key.get() == name) {
        return;
    }
    if let Some((key, _)) = entries.iter_mut().find(|(_, item)| item.is_value()) {
        let prefix = prefix_of(key.leaf_decor());
        key.leaf_decor_mut().set_prefix(format!("{comments}{prefix}"));
    }
}

pub(super) fn last_position(table: &Table) -> Option<isize> {
    let inner = |item: &Item| match item {
        Item::Table(table) => last_position(table),
        Item::ArrayOfTables(tables) => tables.iter().filter_map(last_position).max(),
        _ => None,
    };
    table.iter().filter_map(|(_, item)| inner(item)).max().max(table.position())
}

/// Comments at the end of the old text belong to its last table: they come before the first new header after it.
pub(super) fn lead_first_new(
    table: &mut Table,
    seen: &mut Option<isize>,
    last: Option<isize>,
    trailing: &str,
) -> bool {
    let header = |table: &mut Table, seen: &mut Option<isize>| {
        if let Some(position) = table.position() {
            *seen = Some(position);
        } else if !table.is_implicit() && !table.is_dotted() && *seen >= last {
            let prefix = prefix_of(table.decor());
            table.decor_mut().set_prefix(format!("{trailing}{prefix}"));
            return true;
        }
        lead_first_new(table, seen, last, trailing)
    };
    table.iter_mut().any(|(_, item)| match item {
        Item::Table(table) => header(table, seen),
        Item::ArrayOfTables(tables) => tables.iter_mut().any(|table| header(table, seen)),
        _ => false,
    })
}
