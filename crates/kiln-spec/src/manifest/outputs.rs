//! What a kit writes: `files`, `merge`, `derived`, `computed`, and what to run then.

use kiln_base::{RelPath, Spanned};
use kiln_model::{Computed, Derived, Files, MergeDocuments, Next, Ownership};

use crate::add::check_reference;
use crate::context::Context;
use crate::cursor::Cursor;
use crate::names::{FOLDER, WORD};
use crate::rules::check_glob;
use crate::syntax::Node;

const OWNERSHIPS: [(&str, Ownership); 4] = [
    ("merged", Ownership::Merged),
    ("managed", Ownership::Managed),
    ("seeded", Ownership::Seeded),
    ("append-only", Ownership::AppendOnly),
];

/// `files NAME into=PATH each=LIST ownership=… verbatim=#true`
pub(super) fn files(cx: &mut Context, node: &Node) -> Option<Files> {
    let mut cursor = Cursor::new(cx, node, "files NAME into=\"PATH\"");
    let folder = cursor.text(cx, "a folder of `files/`");
    FOLDER.check_if(cx, folder.as_ref());
    let into = cursor.text_property(cx, "into");
    check_path(cx, into.as_ref());
    let each = cursor.text_property(cx, "each");
    check_reference(cx, "each", each.as_ref());
    let ownership = cursor.choice_property(cx, "ownership", &OWNERSHIPS);
    let verbatim = cursor.flag(cx, "verbatim");
    cursor.finish(cx);
    let ownership = ownership.unwrap_or(Ownership::Merged);
    Some(Files { folder: folder?, into, each, ownership, verbatim })
}

/// `merge NAME into=PATH`
pub(super) fn merge(cx: &mut Context, node: &Node) -> Option<MergeDocuments> {
    let mut cursor = Cursor::new(cx, node, "merge NAME into=\"PATH\"");
    let folder = cursor.text(cx, "a folder of `merge/`");
    FOLDER.check_if(cx, folder.as_ref());
    let into = cursor.text_property(cx, "into");
    check_path(cx, into.as_ref());
    cursor.finish(cx);
    Some(MergeDocuments { folder: folder?, into })
}

/// `derived PATH by=TEXT`
pub(super) fn derived(cx: &mut Context, node: &Node) -> Option<Derived> {
    let mut cursor = Cursor::new(cx, node, "derived \"PATH\" by=\"make generate\"");
    let path = cursor.text(cx, "a path");
    check_path(cx, path.as_ref());
    let by = cursor.required_property(cx, "by");
    cursor.finish(cx);
    Some(Derived { path: path?, by: by?.value })
}

/// `computed PATH catalogue=NAME from=CAPABILITY.SLOT group=NAME`
pub(super) fn computed(cx: &mut Context, node: &Node) -> Option<Computed> {
    let usage = "computed \"PATH\" catalogue=python from=CAPABILITY.SLOT group=runtime";
    let mut cursor = Cursor::new(cx, node, usage);
    let path = cursor.text(cx, "a path");
    check_path(cx, path.as_ref());
    let catalogue = cursor.required_property(cx, "catalogue");
    WORD.check_if(cx, catalogue.as_ref());
    let from = cursor.required_property(cx, "from");
    if let Some(from) = from.as_ref().filter(|from| !crate::declaration::is_reference(from)) {
        let message = format!("`{}` is no slot", from.value);
        cx.report_with("bad-reference", from.span, message, "write `CAPABILITY.SLOT`");
    }
    let group = cursor.required_property(cx, "group");
    if let Some(group) = &group {
        crate::cursor::choice(cx, "group", group, &[("runtime", ()), ("dev", ())]);
    }
    cursor.finish(cx);
    Some(Computed { path: path?, catalogue: catalogue?, from: from?, group: group? })
}

/// `next TEXT when-changed=GLOB…`: further globs are nodes of a block.
pub(super) fn next(cx: &mut Context, node: &Node) -> Option<Next> {
    let mut cursor = Cursor::new(cx, node, "next \"make setup\" when-changed=\"GLOB\"");
    let text = cursor.text(cx, "a text");
    let mut when_changed: Vec<Spanned<String>> =
        cursor.text_property(cx, "when-changed").into_iter().collect();
    for child in cursor.block().unwrap_or_default() {
        if child.name.value == "when-changed" {
            let mut inner = Cursor::new(cx, child, "when-changed \"GLOB\"…");
            when_changed.extend(inner.texts(cx, "globs"));
            inner.finish(cx);
        } else {
            let message = format!("`next` has no `{}`", child.name.value);
            let word = &child.name.value;
            cx.report_unknown("unknown-node", child.name.span, message, word, &["when-changed"]);
        }
    }
    cursor.finish(cx);
    // A glob with placeholders can only be judged when they are filled in.
    when_changed.iter().filter(|glob| !glob.contains('{')).for_each(|glob| check_glob(cx, glob));
    Some(Next { text: text?, when_changed })
}

/// Complains about a path that cannot be one, placeholders aside.
pub(super) fn check_path(cx: &mut Context, path: Option<&Spanned<String>>) {
    let Some(path) = path else { return };
    if path.contains(['{', '}']) {
        let absolute = path.starts_with('/');
        let climbs = path.split('/').any(|part| part == ".." || part == ".");
        if absolute || climbs {
            let message = format!("`{}` could leave the project", path.value);
            cx.report("bad-path", path.span, message);
        }
    } else if let Err(error) = RelPath::new(path) {
        cx.report("bad-path", path.span, error.to_string());
    }
}
