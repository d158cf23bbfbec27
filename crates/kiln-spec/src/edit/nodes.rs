//! Which node an edit concerns, and the splices that could make it; the caller takes the first that proves right.

use kiln_base::{Span, words};
use kiln_model::OwnershipWord;

use super::layout::{Layout, Splice};
use super::write::{self, New, quoted, word};
use super::{Edit, Renamed};
use crate::syntax::{Entry, Node, Scalar};

/// Ways to make the edit, the likeliest first.
pub(super) fn splices(text: &str, nodes: &[Node], edit: &Edit) -> Vec<Vec<Splice>> {
    let page = Page { layout: Layout::of(text, nodes), nodes };
    match edit {
        Edit::AddRule { word, glob, why } => page.add_to_ownership(rule(*word, glob, why)),
        Edit::ChangeRule { at, word, why } => {
            let Some((_, node)) = page.rule(*at) else { return Vec::new() };
            let mut splices = page.property(node, "why", why.as_deref());
            splices.push(replace(node.name.span, write::ownership(*word)));
            vec![splices]
        }
        Edit::ChangeGlob { at, glob } => {
            let glob_of = |(_, node)| Some(vec![replace(argument(node)?.span, quoted(glob))]);
            page.rule(*at).and_then(glob_of).into_iter().collect()
        }
        Edit::RemoveRule { at } => page.remove_from_ownership(page.rule(*at)),
        Edit::SetForeign { target, why } => match page.foreign(target) {
            Some((_, node)) => vec![page.property(node, "why", why.as_deref())],
            None => page.add_to_ownership(foreign(target, why)),
        },
        Edit::RemoveForeign { target } => page.remove_from_ownership(page.foreign(target)),
        Edit::Move { from, to } => page.relocate(from, to),
        Edit::AddConfirm { text, after } => page.add_top("confirm", &confirm(text, after), None),
        Edit::RemoveConfirm { text, after } => {
            let said =
                |node: &&Node| says(argument(node), text) && says(named(node, "after"), after);
            let found = page.top("confirm").find(said);
            found.map(|node| vec![page.layout.without(node, true)]).into_iter().collect()
        }
        Edit::SetWas { item, was } => {
            let set = |node| page.property(node, "was", was.as_deref());
            page.renamed(item).map(set).into_iter().collect()
        }
        _ => page.kits(edit),
    }
}

/// What a person would write to make the edit.
pub(super) fn by_hand(edit: &Edit) -> String {
    let (line, block) = match edit {
        Edit::AddRule { word, glob, why } => (rule(*word, glob, why).head, "ownership"),
        Edit::SetForeign { target, why } => (foreign(target, why).head, "ownership"),
        Edit::AddKit { .. } => (added_kit(edit).inline(), "kits"),
        Edit::SetWithout { id, why } => (without(id, why).head, "kits"),
        Edit::SetOption { kit, option, value } => {
            (format!("{} {{ {} }}", word(kit), write::option(option, value)), "kits")
        }
        Edit::Move { from, to } => {
            return format!("write `{}` yourself", place(from, to).head);
        }
        Edit::AddConfirm { text, after } => {
            return format!("write `{}` yourself", confirm(text, after).head);
        }
        _ => return "edit it yourself".to_owned(),
    };
    format!("write `{line}` in `{block}` yourself")
}

fn rule(word: OwnershipWord, glob: &str, why: &Option<String>) -> New {
    let name = write::ownership(word);
    New::line(format!("{name} {}{}", quoted(glob), write::why(why.as_deref())))
}

fn foreign(target: &str, why: &Option<String>) -> New {
    New::line(format!("foreign {}{}", quoted(target), write::why(why.as_deref())))
}

fn without(id: &str, why: &Option<String>) -> New {
    New::line(format!("without {}{}", word(id), write::why(why.as_deref())))
}

fn place(from: &str, to: &str) -> New {
    New::line(format!("place {} at={}", quoted(from), quoted(to)))
}

fn confirm(text: &str, after: &str) -> New {
    New::line(format!("confirm {} after={}", quoted(text), quoted(after)))
}

fn added_kit(edit: &Edit) -> New {
    let Edit::AddKit { id, range, from, options } = edit else { return New::line(String::new()) };
    let range = range.as_ref().map_or_else(String::new, |range| format!(" {}", quoted(range)));
    let from = from.as_ref().map_or_else(String::new, |from| format!(" from={}", word(from)));
    New {
        head: format!("{}{range}{from}", word(id)),
        children: options.iter().map(|(name, value)| write::option(name, value)).collect(),
    }
}

fn replace(span: Span, with: impl Into<String>) -> Splice {
    Splice { start: span.start as usize, end: span.end as usize, with: with.into() }
}

/// The first argument.
fn argument(node: &Node) -> Option<&Entry> {
    node.entries.iter().find(|entry| entry.name.is_none())
}

fn named<'n>(node: &'n Node, name: &str) -> Option<&'n Entry> {
    node.entries.iter().find(|entry| entry.name.as_ref().is_some_and(|key| key.value == name))
}

fn text_of(entry: Option<&Entry>) -> Option<&str> {
    match &entry?.value {
        Scalar::Text(text) => Some(text),
        _ => None,
    }
}

fn says(entry: Option<&Entry>, text: &str) -> bool {
    text_of(entry) == Some(text)
}

fn children(node: &Node) -> &[Node] {
    node.children.as_deref().unwrap_or_default()
}

/// The name of the column of a field or relation.
fn column(node: &Node) -> Option<String> {
    let name = text_of(argument(node))?;
    match node.name.value.as_str() {
        "field" => Some(words(name).join("_")),
        "belongs-to" => {
            let role = text_of(named(node, "as")).unwrap_or(name);
            Some(format!("{}_id", words(role).join("_")))
        }
        _ => None,
    }
}

/// A node and the one whose block it stands in.
type Child<'n> = (&'n Node, &'n Node);

struct Page<'t, 'n> {
    layout: Layout<'t>,
    nodes: &'n [Node],
}

impl<'n> Page<'_, 'n> {
    fn top(&self, name: &'static str) -> impl DoubleEndedIterator<Item = &'n Node> {
        self.nodes.iter().filter(move |node| node.name.value == name)
    }

    fn in_blocks(&self, name: &'static str) -> impl Iterator<Item = Child<'n>> {
        self.top(name).flat_map(|parent| children(parent).iter().map(move |child| (parent, child)))
    }

    fn rule(&self, at: usize) -> Option<Child<'n>> {
        self.in_blocks("ownership").filter(|(_, node)| node.name.value != "foreign").nth(at)
    }

    fn foreign(&self, target: &str) -> Option<Child<'n>> {
        self.in_blocks("ownership")
            .find(|(_, node)| node.name.value == "foreign" && says(argument(node), target))
    }

    fn without(&self, id: &str) -> Option<Child<'n>> {
        self.in_blocks("kits")
            .find(|(_, node)| node.name.value == "without" && says(argument(node), id))
    }

    fn kit(&self, id: &str) -> Option<Child<'n>> {
        self.in_blocks("kits").find(|(_, node)| node.name.value == id)
    }

    fn renamed(&self, item: &Renamed) -> Option<&'n Node> {
        let is = |node: &&Node, name: &str| says(argument(node), name);
        let entity = |name: &str| {
            self.in_blocks("module")
                .map(|(_, node)| node)
                .find(|node| node.name.value == "entity" && is(node, name))
        };
        match item {
            Renamed::Module(name) => self.top("module").find(|node| is(node, name)),
            Renamed::Entity(name) => entity(name),
            Renamed::Member { entity: name, column: wanted } => {
                children(entity(name)?).iter().find(|node| column(node).as_ref() == Some(wanted))
            }
        }
    }

    /// Sets or removes a property of text.
    fn property(&self, node: &Node, name: &str, value: Option<&str>) -> Vec<Splice> {
        let entry = named(node, name);
        let key = entry.and_then(|entry| entry.name.as_ref());
        match (entry, key, value) {
            (Some(entry), _, Some(value)) if says(Some(entry), value) => Vec::new(),
            (Some(entry), _, Some(value)) => vec![replace(entry.span, quoted(value))],
            (Some(entry), Some(key), None) => {
                vec![self.layout.without_property(key.span.start as usize, entry.span.end as usize)]
            }
            (None, _, Some(value)) => {
                let text = format!(" {name}={}", quoted(value));
                vec![Splice::insert(node.head.end as usize, text)]
            }
            _ => Vec::new(),
        }
    }

    /// A node behind the last one of `ownership`, for the last match holds.
    fn add_to_ownership(&self, new: New) -> Vec<Vec<Splice>> {
        let filled = self.top("ownership").rfind(|parent| !children(parent).is_empty());
        let block = filled.or_else(|| self.top("ownership").next_back());
        let mut all = match block {
            None => Vec::new(),
            Some(parent) => match children(parent).last() {
                Some(last) => vec![self.layout.after(last, &new, true)],
                None => self.layout.only_child(parent, &new),
            },
        };
        let block = New { head: "ownership".to_owned(), children: vec![new.head] };
        all.push(self.layout.at_end(&block, true));
        all
    }

    fn remove_from_ownership(&self, found: Option<Child<'_>>) -> Vec<Vec<Splice>> {
        let Some((parent, child)) = found else { return Vec::new() };
        let node = if self.layout.alone(parent, child) { parent } else { child };
        vec![vec![self.layout.without(node, std::ptr::eq(node, parent))]]
    }

    fn remove_child(&self, found: Option<Child<'_>>) -> Vec<Vec<Splice>> {
        found.map(|(_, child)| vec![self.layout.without(child, false)]).into_iter().collect()
    }

    /// A top-level node behind those of its kind: in order if they are, else behind the last.
    fn add_top(&self, name: &'static str, new: &New, key: Option<&str>) -> Vec<Vec<Splice>> {
        let nodes: Vec<&Node> = self.top(name).collect();
        let mut all = self.among(&nodes, 0, new, key, |node| text_of(argument(node)));
        all.push(self.layout.at_end(new, nodes.is_empty()));
        all
    }

    /// A node among siblings: in order if they are and there is a key, else behind the last. `open` is where the block
    /// begins.
    fn among(
        &self,
        siblings: &[&Node],
        open: usize,
        new: &New,
        key: Option<&str>,
        name: impl Fn(&Node) -> Option<&str>,
    ) -> Vec<Vec<Splice>> {
        let names: Vec<&str> = siblings.iter().map(|node| name(node).unwrap_or("")).collect();
        let place = match key {
            Some(key) if names.is_sorted() => names.partition_point(|other| *other < key),
            _ => siblings.len(),
        };
        let mut all = Vec::new();
        if let Some(before) = place.checked_sub(1) {
            all.push(self.layout.after(siblings[before], new, true));
        } else if let Some(first) = siblings.first() {
            all.push(self.layout.before(first, open, new, true));
        }
        all.extend(siblings.last().map(|last| self.layout.after(last, new, true)));
        all
    }

    fn relocate(&self, from: &str, to: &str) -> Vec<Vec<Splice>> {
        let said = |key: &'static str| {
            move |node: &&Node| match key {
                "" => says(argument(node), from),
                key => says(named(node, key), from),
            }
        };
        // What was moved to `from` stands there now; else what the kit puts there.
        let moved = self.top("place").find(said("at"));
        let Some(node) = moved.or_else(|| self.top("place").find(said(""))) else {
            return self.add_top("place", &place(from, to), Some(from));
        };
        if says(argument(node), to) {
            return vec![vec![self.layout.without(node, true)]];
        }
        vec![self.property(node, "at", Some(to))]
    }

    /// A kit, or `without` one, in the first block of kits.
    fn add_kit_node(&self, new: &New, key: Option<&str>) -> Vec<Vec<Splice>> {
        let filled = self.top("kits").find(|parent| !children(parent).is_empty());
        let mut all = match filled.or_else(|| self.top("kits").next()) {
            None => Vec::new(),
            Some(parent) => {
                let open = parent.block.map_or(0, |block| block.start as usize);
                let kits: Vec<&Node> = children(parent)
                    .iter()
                    .filter(|node| key.is_none() || node.name.value != "without")
                    .collect();
                let siblings = match children(parent).last() {
                    Some(last) if kits.is_empty() => vec![last],
                    _ => kits,
                };
                let mut all =
                    self.among(&siblings, open, new, key, |node| Some(node.name.value.as_str()));
                if siblings.is_empty() {
                    all.extend(self.layout.only_child(parent, new));
                }
                all
            }
        };
        let block = New { head: "kits".to_owned(), children: vec![new.inline()] };
        all.push(self.layout.at_end(&block, true));
        all
    }

    fn kits(&self, edit: &Edit) -> Vec<Vec<Splice>> {
        match edit {
            Edit::AddKit { id, .. } => self.add_kit_node(&added_kit(edit), Some(id)),
            Edit::RemoveKit { id } => self.remove_child(self.kit(id)),
            Edit::SetWithout { id, why } => match self.without(id) {
                Some((_, node)) => vec![self.property(node, "why", why.as_deref())],
                None => self.add_kit_node(&without(id, why), None),
            },
            Edit::RemoveWithout { id } => self.remove_child(self.without(id)),
            Edit::SetRange { kit, range } => {
                let set = |(_, node)| self.range(node, range.as_deref());
                self.kit(kit).map(set).into_iter().collect()
            }
            Edit::SetOption { kit, option, value } => {
                let text = write::option(option, value);
                let set = |(_, node)| self.option(node, option, text, &write::value(value));
                self.kit(kit).map(set).unwrap_or_default()
            }
            Edit::UnsetOption { kit, option } => {
                let unset = |(_, node)| self.without_option(node, option);
                self.kit(kit).and_then(unset).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn range(&self, node: &Node, range: Option<&str>) -> Vec<Splice> {
        match (argument(node), range) {
            (Some(entry), Some(range)) => vec![replace(entry.span, quoted(range))],
            (Some(entry), None) => {
                let span = entry.span;
                vec![self.layout.without_property(span.start as usize, span.end as usize)]
            }
            (None, Some(range)) => {
                vec![Splice::insert(node.name.span.end as usize, format!(" {}", quoted(range)))]
            }
            (None, None) => Vec::new(),
        }
    }

    fn option(&self, kit: &Node, option: &str, line: String, value: &str) -> Vec<Vec<Splice>> {
        let all = children(kit);
        if let Some(node) = all.iter().find(|node| node.name.value == option) {
            let (name, end) = (node.name.span.end as usize, node.head.end as usize);
            let with = if value.is_empty() { String::new() } else { format!(" {value}") };
            let first = node.entries.first();
            let start = first.map_or(end, |entry| entry.span.start as usize);
            if value.is_empty() || first.is_none() {
                return vec![vec![Splice { start: name, end, with }]];
            }
            return vec![vec![Splice { start, end, with: value.to_owned() }]];
        }
        let new = New::line(line);
        if all.is_empty() {
            return self.layout.only_child_inline(kit, &new);
        }
        let siblings: Vec<&Node> = all.iter().collect();
        let open = kit.block.map_or(0, |block| block.start as usize);
        self.among(&siblings, open, &new, Some(option), |node| Some(node.name.value.as_str()))
    }

    fn without_option(&self, kit: &Node, option: &str) -> Option<Vec<Splice>> {
        let node = children(kit).iter().find(|node| node.name.value == option)?;
        let whole = self.layout.alone(kit, node).then(|| self.layout.without_block(kit)).flatten();
        Some(vec![whole.unwrap_or_else(|| self.layout.without(node, false))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_in_the_model() {
        let source = kiln_base::Source::new("x", "field unitPrice; belongs-to TeamMember as=lead");
        let tree = crate::syntax::parse(&source);
        let columns: Vec<_> = tree.nodes.iter().filter_map(column).collect();
        assert_eq!(columns, ["unit_price", "lead_id"]);
    }
}
