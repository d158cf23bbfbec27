//! Ownership and places of outputs, over the kits' own.

use globset::GlobBuilder;
use kiln_base::{RelPath, Spanned};
use kiln_model::{Foreign, Ownership, OwnershipRule, OwnershipWord, Place};

use crate::context::Context;
use crate::cursor::Cursor;
use crate::names::Seen;
use crate::syntax::Node;

const WORDS: [(&str, OwnershipWord); 4] = [
    ("managed", OwnershipWord::Owned(Ownership::Managed)),
    ("merged", OwnershipWord::Owned(Ownership::Merged)),
    ("seeded", OwnershipWord::Owned(Ownership::Seeded)),
    ("exclude", OwnershipWord::Exclude),
];

/// Rules over outputs.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) ownership: Vec<OwnershipRule>,
    pub(crate) foreign: Vec<Foreign>,
    pub(crate) places: Vec<Place>,
}

impl Rules {
    /// `ownership { managed|merged|seeded|exclude GLOB why=…; foreign "FILE#key" why=… }`
    pub(crate) fn ownership(&mut self, cx: &mut Context, node: &Node) {
        let mut cursor = Cursor::new(cx, node, "ownership { seeded \"GLOB\" }");
        for child in cursor.block().unwrap_or_default() {
            let name = child.name.value.as_str();
            if name == "foreign" {
                self.foreign.extend(foreign(cx, child));
            } else if let Some((_, word)) = WORDS.iter().find(|(word, _)| *word == name) {
                self.ownership.extend(rule(cx, child, *word));
            } else {
                let message = format!("`ownership` has no `{name}`");
                let known = ["exclude", "foreign", "managed", "merged", "seeded"];
                cx.report_unknown("unknown-node", child.name.span, message, name, &known);
            }
        }
        cursor.finish(cx);
        let mut seen = Seen::new("duplicate-rule", "key");
        for foreign in &self.foreign {
            seen.add_as(cx, &foreign.target.value, &foreign.target);
        }
    }

    /// `place OLD at=NEW`
    pub(crate) fn place(&mut self, cx: &mut Context, node: &Node) {
        let mut cursor = Cursor::new(cx, node, "place \"OLD\" at=\"NEW\"");
        let from = cursor.text(cx, "a path");
        let to = cursor.required_property(cx, "at");
        cursor.finish(cx);
        let (Some(from), Some(to)) = (from, to) else { return };
        let valid = [&from, &to].map(|path| check_path(cx, path));
        if valid.contains(&false) {
            return;
        }
        if from.value == to.value {
            cx.report("bad-path", to.span, "the output stands there anyway");
        }
        for (id, first, second) in self.places.iter().flat_map(|place| {
            [("duplicate-place", &place.from, &from), ("duplicate-place", &place.to, &to)]
        }) {
            if first.value == second.value {
                let message = format!("`{}` is placed twice", second.value);
                cx.report_twice(id, first.span, second.span, message);
            }
        }
        self.places.push(Place { from, to });
    }
}

fn check_path(cx: &mut Context, path: &Spanned<String>) -> bool {
    match RelPath::new(path) {
        Ok(_) => true,
        Err(error) => {
            cx.report("bad-path", path.span, error.to_string());
            false
        }
    }
}

fn rule(cx: &mut Context, node: &Node, word: OwnershipWord) -> Option<OwnershipRule> {
    let mut cursor = Cursor::new(cx, node, "seeded \"GLOB\" why=\"…\"");
    let glob = cursor.text(cx, "a glob");
    let why = cursor.text_property(cx, "why").map(|why| why.value);
    cursor.finish(cx);
    let glob = glob?;
    check_glob(cx, &glob);
    Some(OwnershipRule { word, glob, why })
}

/// Complains about a text that is no glob.
pub(crate) fn check_glob(cx: &mut Context, glob: &Spanned<String>) {
    let built = GlobBuilder::new(glob).literal_separator(true).build();
    if let Err(error) = built {
        let message = format!("`{}` is no glob: {}", glob.value, error.kind());
        cx.report("bad-glob", glob.span, message);
    } else if glob.starts_with('/') || glob.is_empty() {
        let message = format!("`{}` matches no output", glob.value);
        cx.report_with("bad-glob", glob.span, message, "globs are relative to the project");
    }
}

fn foreign(cx: &mut Context, node: &Node) -> Option<Foreign> {
    let mut cursor = Cursor::new(cx, node, "foreign \"FILE#key\" why=\"…\"");
    let target = cursor.text(cx, "a file and a key");
    let why = cursor.text_property(cx, "why").map(|why| why.value);
    cursor.finish(cx);
    let target = target?;
    match target.split_once('#') {
        Some((file, key)) if !key.is_empty() => {
            if let Err(error) = RelPath::new(file) {
                cx.report("bad-path", target.span, error.to_string());
            }
        }
        _ => {
            let message = format!("`{}` names no key of a file", target.value);
            let hint = "such as `package.json#dependencies.next`";
            cx.report_with("bad-reference", target.span, message, hint);
        }
    }
    Some(Foreign { target, why })
}
