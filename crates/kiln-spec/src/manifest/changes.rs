//! `changes "2.0.0" { … }`: what a version changed, for `upgrade`.

use kiln_base::Spanned;
use kiln_model::Changes;
use semver::Version;

use super::outputs::check_path;
use crate::context::Context;
use crate::cursor::{Cursor, version};
use crate::names::{KIT, OPTION};
use crate::syntax::Node;

const NODES: [&str; 4] = ["moved", "note", "option", "replaced-by"];

/// What a version changed.
pub(super) fn changes(cx: &mut Context, node: &Node) -> Option<Changes> {
    let mut cursor = Cursor::new(cx, node, "changes \"2.0.0\" { note \"…\" }");
    let written = cursor.text(cx, "a version");
    let version: Option<Spanned<Version>> = written.and_then(|text| version(cx, &text));
    let mut changes = Changes {
        version: version.clone().unwrap_or_else(|| Spanned::new(Version::new(0, 0, 0), node.head)),
        notes: Vec::new(),
        renamed_options: Vec::new(),
        removed_options: Vec::new(),
        moved: Vec::new(),
        replaced_by: Vec::new(),
    };
    for child in cursor.block().unwrap_or_default() {
        change(cx, child, &mut changes);
    }
    cursor.finish(cx);
    version?;
    Some(changes)
}

fn change(cx: &mut Context, node: &Node, changes: &mut Changes) {
    match node.name.value.as_str() {
        "note" => {
            let mut cursor = Cursor::new(cx, node, "note \"…\"");
            let text = cursor.text(cx, "a text");
            cursor.finish(cx);
            changes.notes.extend(text.map(|text| text.value));
        }
        "option" => option(cx, node, changes),
        "moved" => {
            let mut cursor = Cursor::new(cx, node, "moved \"OLD\" to=\"NEW\"");
            let from = cursor.text(cx, "a path");
            let to = cursor.required_property(cx, "to");
            cursor.finish(cx);
            check_path(cx, from.as_ref());
            check_path(cx, to.as_ref());
            changes.moved.extend(from.zip(to).map(|(from, to)| (from.value, to.value)));
        }
        "replaced-by" => {
            let mut cursor = Cursor::new(cx, node, "replaced-by KIT…");
            let kits = cursor.texts(cx, "kits");
            cursor.finish(cx);
            kits.iter().for_each(|kit| KIT.check(cx, kit));
            changes.replaced_by.extend(kits.into_iter().map(|kit| kit.value));
        }
        other => {
            let message = format!("`changes` has no `{other}`");
            cx.report_unknown("unknown-node", node.name.span, message, other, &NODES);
        }
    }
}

fn option(cx: &mut Context, node: &Node, changes: &mut Changes) {
    let usage = "option NAME renamed=NEW";
    let mut cursor = Cursor::new(cx, node, usage);
    let name = cursor.text(cx, "a name");
    let renamed = cursor.text_property(cx, "renamed");
    let removed = cursor.text_property(cx, "removed");
    cursor.finish(cx);
    OPTION.check_if(cx, renamed.as_ref());
    if renamed.is_some() == removed.is_some() {
        let message = "an option is renamed or removed";
        let hint = "write `option NAME renamed=NEW` or `option NAME removed=\"what to do\"`";
        cx.report_with("missing-property", node.head, message, hint);
        return;
    }
    let Some(name) = name else { return };
    changes.renamed_options.extend(renamed.map(|new| (name.value.clone(), new.value)));
    changes.removed_options.extend(removed.map(|text| (name.value, text.value)));
}
