//! `kits { … }`: which kits, in which versions, with which options.

use kiln_base::{Diagnostic, did_you_mean};
use kiln_model::{KitRequest, LibraryRequest, Without};

use crate::context::Context;
use crate::cursor::{Cursor, range, value_node};
use crate::names::{KIT, Seen};
use crate::syntax::Node;

/// The kits of a spec or preset.
pub(super) struct Kits {
    pub(super) requests: Vec<KitRequest>,
    pub(super) without: Vec<Without>,
    seen: Seen,
}

impl Kits {
    pub(super) const fn new() -> Self {
        Self { requests: Vec::new(), without: Vec::new(), seen: Seen::new("duplicate-kit", "kit") }
    }

    /// `kits { … }`; there may be several.
    pub(super) fn decode(&mut self, cx: &mut Context, node: &Node, spec: bool) {
        let mut cursor = Cursor::new(cx, node, "kits { ID \"RANGE\" { OPTION VALUE } }");
        for child in cursor.block().unwrap_or_default() {
            match child.name.value.as_str() {
                "without" if spec => self.without(cx, child),
                "without" => {
                    let message = "a preset leaves a kit out by not naming it";
                    cx.report("unknown-node", child.name.span, message);
                }
                _ => self.request(cx, child, spec),
            }
        }
        cursor.finish(cx);
    }

    fn without(&mut self, cx: &mut Context, node: &Node) {
        let mut cursor = Cursor::new(cx, node, "without ID why=\"…\"");
        let id = cursor.text(cx, "a kit");
        KIT.check_if(cx, id.as_ref());
        let why = cursor.text_property(cx, "why").map(|why| why.value);
        cursor.finish(cx);
        if let Some(id) = id {
            self.seen.add(cx, &id);
            self.without.push(Without { id, why });
        }
    }

    fn request(&mut self, cx: &mut Context, node: &Node, spec: bool) {
        let id = node.name.clone();
        KIT.check(cx, &id);
        self.seen.add(cx, &id);
        let mut cursor = Cursor::new(cx, node, "ID \"RANGE\" from=LIBRARY { OPTION VALUE }");
        let written = cursor.optional_text(cx);
        let range = written.and_then(|text| range(cx, &text));
        let from = if spec { cursor.text_property(cx, "from") } else { None };
        let mut options = Vec::new();
        let mut seen = Seen::new("duplicate-option", "option");
        for child in cursor.block().unwrap_or_default() {
            if let Some((name, value)) = value_node(cx, child, "OPTION VALUE…")
                && seen.add_as(cx, &name.value, &name)
            {
                options.push((name, value));
            }
        }
        cursor.finish_with(cx, |property| {
            Some(match property {
                "version" => format!("write `{} \"^1\"`", id.value),
                "git" | "path" | "archive" => {
                    "kits of elsewhere come from a `library`, with `from=LIBRARY`".to_owned()
                }
                _ => format!("options stand in a block: `{} {{ {property} … }}`", id.value),
            })
        });
        self.requests.push(KitRequest { id, range, from, options });
    }

    /// Complains about `from` that names no library.
    pub(super) fn check_libraries(&self, cx: &mut Context, libraries: &[LibraryRequest]) {
        let known: Vec<&str> = libraries
            .iter()
            .map(|library| library.name.value.as_str())
            .chain(std::iter::once("builtin"))
            .collect();
        for from in self.requests.iter().filter_map(|kit| kit.from.as_ref()) {
            if known.contains(&from.value.as_str()) {
                continue;
            }
            let message = format!("there is no library `{}`", from.value);
            let hint = did_you_mean(&from.value, known.iter().copied())
                .unwrap_or_else(|| format!("write `library {} path=\"…\"`", from.value));
            let error = Diagnostic::error("unknown-library", message)
                .at(&cx.source, from.span, "")
                .hint(hint);
            cx.push(error);
        }
    }
}
