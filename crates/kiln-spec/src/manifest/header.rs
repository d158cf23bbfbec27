//! `kit ID version=… { title; summary; layer; category; tags; … }`

use kiln_base::{Span, Spanned};
use kiln_model::{Layer, Manifest, Section};
use semver::Version;

use super::sections::{Place, section};
use crate::context::Context;
use crate::cursor::{Cursor, choice, version};
use crate::names::{KIT, SCOPE, Seen, WORD, snake};
use crate::spec::set_once;
use crate::syntax::Node;

const HEADER: [&str; 6] = ["category", "deprecated", "layer", "summary", "tags", "title"];

/// What stands at the top of a kit.
#[derive(Default)]
struct Header {
    title: Option<String>,
    summary: Option<String>,
    deprecated: Option<String>,
    layer: Option<Layer>,
    category: Option<String>,
    tags: Option<Vec<String>>,
    seen: Vec<(String, Span)>,
}

/// The one node of a manifest.
pub(super) fn kit(cx: &mut Context, node: &Node) -> Option<Manifest> {
    let mut cursor = Cursor::new(cx, node, "kit ID version=\"1.0.0\" { title \"…\"; … }");
    let id = cursor.text(cx, "an id");
    if let Some(id) = &id {
        KIT.check(cx, id);
        refuse_scope(cx, id);
    }
    let written = cursor.required_property(cx, "version");
    let version = written.and_then(|text| version(cx, &text));
    let format = format(cx, &mut cursor);
    let kiln = cursor.range_property(cx, "kiln");
    let license = cursor.text_property(cx, "license").map(|license| license.value);
    let mut header = Header::default();
    let mut sections: Vec<Section> = Vec::new();
    for child in cursor.block().unwrap_or_default() {
        if HEADER.contains(&child.name.value.as_str()) {
            header.node(cx, child);
        } else {
            sections.extend(section(cx, child, Place::TOP));
        }
    }
    cursor.finish(cx);
    header.check(cx, node);
    Some(Manifest {
        id: id?,
        version: version.map_or_else(|| Version::new(0, 0, 0), |version| version.value),
        format,
        kiln,
        license,
        title: header.title.unwrap_or_default(),
        summary: header.summary.unwrap_or_default(),
        layer: header.layer.unwrap_or(Layer::Foundation),
        category: header.category.unwrap_or_default(),
        tags: header.tags.unwrap_or_default(),
        deprecated: header.deprecated,
        sections,
    })
}

fn format(cx: &mut Context, cursor: &mut Cursor<'_>) -> u32 {
    let number = cursor.int_property(cx, "format").unwrap_or(1);
    if number != 1 {
        let message = format!("there is no format {number}; this kiln knows format 1");
        cx.report("unknown-format", cursor.node.head, message);
    }
    1
}

/// Templates could not tell a kit or capability of such a name from what they know anyway.
pub(super) fn refuse_scope(cx: &mut Context, name: &Spanned<String>) {
    let written = snake(name);
    if SCOPE.contains(&written.as_str()) {
        let message = format!("`{}` is a word of templates", name.value);
        cx.report("reserved-name", name.span, message);
    }
}

impl Header {
    fn node(&mut self, cx: &mut Context, node: &Node) {
        let name = node.name.value.as_str();
        if let Some((_, first)) = self.seen.iter().find(|(other, _)| other == name) {
            cx.report_twice("duplicate-node", *first, node.head, format!("`{name}` stands twice"));
            return;
        }
        self.seen.push((name.to_owned(), node.head));
        match name {
            "title" => set_once(cx, node, "title", &mut self.title),
            "summary" => set_once(cx, node, "summary", &mut self.summary),
            "deprecated" => set_once(cx, node, "deprecated", &mut self.deprecated),
            "layer" => self.layer = layer(cx, node),
            "category" => {
                let mut cursor = Cursor::new(cx, node, "category NAME");
                let category = cursor.text(cx, "a name");
                cursor.finish(cx);
                WORD.check_if(cx, category.as_ref());
                self.category = category.map(|name| name.value);
            }
            _ => self.tags = Some(tags(cx, node)),
        }
    }

    fn check(&self, cx: &mut Context, node: &Node) {
        for (name, usage) in [
            ("title", "title \"…\""),
            ("summary", "summary \"one sentence\""),
            ("layer", "layer foundation|middleware|feature|cross-cutting"),
            ("category", "category NAME"),
        ] {
            if self.seen.iter().all(|(seen, _)| seen != name) {
                let message = format!("the kit has no `{name}`");
                let hint = format!("write `{usage}` in its block");
                cx.report_with("missing-node", node.head, message, hint);
            }
        }
    }
}

fn layer(cx: &mut Context, node: &Node) -> Option<Layer> {
    let mut cursor = Cursor::new(cx, node, "layer foundation|middleware|feature|cross-cutting");
    let word = cursor.text(cx, "a layer");
    cursor.finish(cx);
    choice(cx, "layer", &word?, &Layer::ALL)
}

fn tags(cx: &mut Context, node: &Node) -> Vec<String> {
    let mut cursor = Cursor::new(cx, node, "tags NAME…");
    let tags = cursor.texts(cx, "names");
    cursor.finish(cx);
    let mut seen = Seen::new("duplicate-tag", "tag");
    for tag in &tags {
        WORD.check(cx, tag);
        seen.add(cx, tag);
    }
    tags.into_iter().map(|tag| tag.value).collect()
}
