//! Specs as data, and written down in every dress that KDL allows: comments, blocks on one line, quoting, line ends.

use std::collections::BTreeMap;

use kiln_model::{Member, Ownership, OwnershipWord, Spec};

pub(super) const WORDS: [(&str, OwnershipWord); 4] = [
    ("managed", OwnershipWord::Owned(Ownership::Managed)),
    ("merged", OwnershipWord::Owned(Ownership::Merged)),
    ("seeded", OwnershipWord::Owned(Ownership::Seeded)),
    ("exclude", OwnershipWord::Exclude),
];

pub(super) const KITS: [&str; 7] = ["admin", "billing", "cards", "mail", "store", "worker", "zoo"];
pub(super) const PATHS: [&str; 5] =
    ["a.txt", "docs/b.md", "app/[[]id].tsx", "x y/é.css", "docs/**"];
pub(super) const REASONS: [&str; 3] = ["ours", "say \"no\" \\ twice", "two\tlines"];
pub(super) const OPTIONS: [&str; 4] = ["alpha", "beta", "gamma", "zeta"];

/// What a spec says, as far as edits go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) rules: Vec<(&'static str, String, Option<String>)>,
    pub(super) foreign: BTreeMap<String, Option<String>>,
    pub(super) places: BTreeMap<String, String>,
    pub(super) kits: BTreeMap<String, (Option<String>, BTreeMap<String, String>)>,
    pub(super) without: BTreeMap<String, Option<String>>,
    pub(super) confirms: Vec<(String, String)>,
    pub(super) was: BTreeMap<&'static str, String>,
}

impl Said {
    pub(super) fn of(spec: &Spec) -> Self {
        let word = |word| WORDS.iter().find(|(_, other)| *other == word).unwrap().0;
        let mut said = Self::default();
        for rule in &spec.inputs.ownership {
            said.rules.push((word(rule.word), rule.glob.value.clone(), rule.why.clone()));
        }
        for foreign in &spec.inputs.foreign {
            said.foreign.insert(foreign.target.value.clone(), foreign.why.clone());
        }
        for place in &spec.inputs.places {
            said.places.insert(place.from.value.clone(), place.to.value.clone());
        }
        for kit in &spec.kits {
            let options =
                kit.options.iter().map(|(name, value)| (name.value.clone(), value.value.show()));
            let range = kit.range.as_ref().map(|range| range.value.to_string());
            said.kits.insert(kit.id.value.clone(), (range, options.collect()));
        }
        for without in &spec.without {
            said.without.insert(without.id.value.clone(), without.why.clone());
        }
        for confirm in &spec.confirms {
            said.confirms.push((confirm.text.value.clone(), confirm.after.value.clone()));
        }
        for module in &spec.inputs.modules {
            said.was.extend(module.was.iter().map(|was| ("module", was.value.clone())));
            for entity in &module.entities {
                said.was.extend(entity.was.iter().map(|was| ("entity", was.value.clone())));
                for member in &entity.members {
                    let (name, was) = match member {
                        Member::Field(field) => ("field", &field.was),
                        Member::BelongsTo(relation) => ("relation", &relation.was),
                    };
                    said.was.extend(was.iter().map(|was| (name, was.value.clone())));
                }
            }
        }
        said
    }
}

/// Numbers that decide everything; zeros, the plain choices, once they have run out.
pub(super) struct Dice<'n>(pub(super) std::slice::Iter<'n, u32>);

impl Dice<'_> {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0.next().map_or(0, |number| *number as usize % limit)
    }

    pub(super) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    pub(super) fn reason(&mut self) -> Option<String> {
        (self.below(3) > 0).then(|| self.pick(&REASONS).to_owned())
    }
}

/// A node without a block of blocks.
type Line = (String, Vec<String>);

/// Writes nodes in every dress that KDL allows.
struct Writer<'n> {
    dice: Dice<'n>,
    text: String,
    newline: &'static str,
    marks: usize,
}

impl Writer<'_> {
    fn mark(&mut self) -> String {
        self.marks += 1;
        format!("c{}.", self.marks)
    }

    /// Space between the parts of one node.
    fn gap(&mut self) -> String {
        match self.dice.below(12) {
            9 => format!(" /* {} */ ", self.mark()),
            10 => format!(" \\{} ", self.newline),
            11 => "\t".to_owned(),
            _ => " ".to_owned(),
        }
    }

    fn quoted(&mut self, text: &str) -> String {
        if self.dice.one_in(4) && !text.contains(['\t', '\n']) {
            return format!("##\"{text}\"##");
        }
        crate::edit::write::quoted(text)
    }

    fn why(&mut self, why: Option<&String>) -> String {
        let Some(why) = why else { return String::new() };
        format!("{}why={}", self.gap(), self.quoted(why))
    }

    /// What stands between two nodes, or before the first and behind the last.
    fn between(&mut self, indent: &str, lines: bool) {
        if !lines {
            self.text.push(' ');
            if self.dice.one_in(8) {
                let mark = self.mark();
                self.text.push_str(&format!("/* {mark} */ "));
            }
            return;
        }
        let newline = self.newline;
        match self.dice.below(8) {
            4 => self.text.push_str(newline),
            5 => {
                let mark = self.mark();
                self.text.push_str(&format!("{indent}// {mark}{newline}"));
            }
            6 => {
                let mark = self.mark();
                self.text.push_str(&format!("{indent}/- gone {{ a; b \"{mark}\" }}{newline}"));
            }
            7 => {
                let mark = self.mark();
                self.text.push_str(&format!("{indent}/* {mark}{newline} */{newline}"));
            }
            _ => {}
        }
        self.text.push_str(indent);
    }

    /// Ends a node; `last` says that a `}` or the end of the text follows.
    fn end(&mut self, lines: bool, last: bool) {
        let newline = self.newline;
        if !lines {
            if !last || self.dice.one_in(3) {
                self.text.push_str(["; ", ";", " ;"][self.dice.below(3)]);
            }
            return;
        }
        match self.dice.below(8) {
            5 => self.text.push_str(&format!("  {newline}")),
            6 => self.text.push_str(&format!(";{newline}")),
            7 => {
                let mark = self.mark();
                self.text.push_str(&format!(" // {mark}{newline}"));
            }
            // Two nodes on one line, in a block of lines.
            4 if !last => self.text.push_str("; "),
            _ => self.text.push_str(newline),
        }
    }

    fn block(&mut self, head: &str, indent: &str, children: Vec<Line>) {
        self.text.push_str(head);
        let lines = self.dice.below(3) > 0;
        let step = ["    ", "  ", "\t"][self.dice.below(3)];
        let inner = format!("{indent}{step}");
        let gap = self.gap();
        self.text.push_str(&format!("{gap}{{"));
        if lines {
            self.text.push_str(self.newline);
        }
        let count = children.len();
        for (at, (head, nodes)) in children.into_iter().enumerate() {
            self.between(&inner, lines);
            if nodes.is_empty() {
                self.text.push_str(&head);
            } else {
                let nodes = nodes.into_iter().map(|node| (node, Vec::new())).collect();
                self.block(&head, &inner, nodes);
            }
            self.end(lines, at + 1 == count);
        }
        self.between(indent, lines);
        self.text.push('}');
    }
}

/// A spec that says `said`, in one of very many ways.
pub(super) fn written(said: &Said, noise: &[u32], crlf: bool) -> String {
    let newline = if crlf { "\r\n" } else { "\n" };
    let mut w = Writer { dice: Dice(noise.iter()), text: String::new(), newline, marks: 0 };
    let mut nodes: Vec<(String, Vec<Line>)> =
        vec![("project shop".to_owned(), vec![("title \"Shop\"".to_owned(), Vec::new())])];
    nodes.push(("scenario saas".to_owned(), Vec::new()));
    let was =
        |key: &str| said.was.get(key).map_or_else(String::new, |was| format!(" was=\"{was}\""));
    let entity = (
        format!("entity Item{}", was("entity")),
        vec![
            format!("field unit-price type=int{}", was("field")),
            format!("belongs-to Item as=parent{}", was("relation")),
        ],
    );
    nodes.push((format!("module catalog{}", was("module")), vec![entity]));
    let kits = kit_nodes(said, &mut w);
    spread("kits", kits, &mut w, &mut nodes);
    let rules = rule_nodes(said, &mut w);
    spread("ownership", rules, &mut w, &mut nodes);
    for (from, to) in &said.places {
        let head = format!("place{}{} at={}", w.gap(), w.quoted(from), w.quoted(to));
        nodes.push((head, Vec::new()));
    }
    for (text, after) in &said.confirms {
        nodes.push((format!("confirm {} after={}", w.quoted(text), w.quoted(after)), Vec::new()));
    }
    let count = nodes.len();
    for (at, (head, children)) in nodes.into_iter().enumerate() {
        w.between("", true);
        if children.is_empty() {
            w.text.push_str(&head);
        } else {
            w.block(&head, "", children);
        }
        if at + 1 < count || w.dice.below(3) > 0 {
            w.end(true, false);
        }
    }
    w.text
}

fn kit_nodes(said: &Said, w: &mut Writer<'_>) -> Vec<Line> {
    let mut nodes = Vec::new();
    for (id, (range, options)) in &said.kits {
        let range = range.as_ref().map_or_else(String::new, |range| {
            let text = w.quoted(range);
            format!("{}{text}", w.gap())
        });
        let options = options.iter().map(|(name, value)| format!("{name} {value}")).collect();
        nodes.push((format!("{id}{range}"), options));
    }
    if w.dice.one_in(4) {
        nodes.reverse();
    }
    for (id, why) in &said.without {
        nodes.push((format!("without {id}{}", w.why(why.as_ref())), Vec::new()));
    }
    nodes
}

fn rule_nodes(said: &Said, w: &mut Writer<'_>) -> Vec<Line> {
    let mut nodes = Vec::new();
    for (word, glob, why) in &said.rules {
        let head = format!("{word}{}{}{}", w.gap(), w.quoted(glob), w.why(why.as_ref()));
        nodes.push((head, Vec::new()));
    }
    for (target, why) in &said.foreign {
        let at = w.dice.below(nodes.len() + 1);
        let head = format!("foreign {}{}", w.quoted(target), w.why(why.as_ref()));
        nodes.insert(at, (head, Vec::new()));
    }
    nodes
}

/// Children in one block, in two, or in an empty one.
fn spread(
    name: &str,
    mut children: Vec<Line>,
    w: &mut Writer<'_>,
    nodes: &mut Vec<(String, Vec<Line>)>,
) {
    if children.is_empty() {
        if w.dice.one_in(2) {
            nodes.push((format!("{name} {{{}}}", ["", " "][w.dice.below(2)]), Vec::new()));
        }
        return;
    }
    let rest = children.split_off(w.dice.below(children.len()) + 1);
    nodes.push((name.to_owned(), children));
    if !rest.is_empty() {
        nodes.push((name.to_owned(), rest));
    }
}
