//! What a kit does to the domain: `extend entity`, entities of its own, reserved names.

use kiln_base::Spanned;
use kiln_model::{Extension, KitEntity, Member, Reserve, ReserveKind, Rule};

use crate::context::Context;
use crate::cursor::{Cursor, part_property};
use crate::domain::{Writer, belongs_to, check_members, check_plural, columns, field};
use crate::names::{ENTITY, FIELD, RULE, Seen, TABLE, snake};
use crate::syntax::Node;

const EXTENSIONS: [&str; 6] = ["belongs-to", "field", "index", "rule", "scope", "unique"];

/// `extend entity { field …; belongs-to …; index …; unique …; scope FIELD; rule NAME … }`
pub(super) fn extend(cx: &mut Context, node: &Node) -> Option<Extension> {
    let mut cursor = Cursor::new(cx, node, "extend entity { field …; belongs-to … }");
    let word = cursor.text(cx, "`entity`");
    if let Some(word) = word.filter(|word| word.value != "entity") {
        let message = format!("`{}` cannot be extended", word.value);
        cx.report_with("unknown-word", word.span, message, "write `extend entity { … }`");
    }
    let mut extension = Extension {
        members: Vec::new(),
        indexes: Vec::new(),
        uniques: Vec::new(),
        scope: None,
        rules: Vec::new(),
    };
    let mut rules = Seen::new("duplicate-rule", "rule");
    for child in cursor.block().unwrap_or_default() {
        extension_node(cx, child, &mut extension, &mut rules);
    }
    if node.children.is_none() {
        let hint = "write `extend entity { field … }`";
        cx.report_with("missing-node", node.head, "nothing is extended", hint);
    }
    cursor.finish(cx);
    check_members(cx, &extension.members);
    Some(extension)
}

fn extension_node(cx: &mut Context, child: &Node, extension: &mut Extension, rules: &mut Seen) {
    match child.name.value.as_str() {
        "field" => {
            let field = field(cx, child, Writer::Kit);
            extension.members.extend(field.map(Member::Field));
        }
        "belongs-to" => {
            let relation = belongs_to(cx, child, Writer::Kit);
            extension.members.extend(relation.map(Member::BelongsTo));
        }
        "index" => extension.indexes.extend(columns(cx, child)),
        "unique" => extension.uniques.extend(columns(cx, child)),
        "scope" => scope(cx, child, &mut extension.scope),
        "rule" => {
            let rule = rule(cx, child);
            if let Some(rule) = &rule {
                rules.add(cx, &rule.name);
            }
            extension.rules.extend(rule);
        }
        other => {
            let message = format!("`extend entity` has no `{other}`");
            let span = child.name.span;
            cx.report_unknown("unknown-node", span, message, other, &EXTENSIONS);
        }
    }
}

fn scope(cx: &mut Context, node: &Node, scope: &mut Option<Spanned<String>>) {
    let mut cursor = Cursor::new(cx, node, "scope FIELD");
    let field = cursor.text(cx, "a field");
    cursor.finish(cx);
    FIELD.check_if(cx, field.as_ref());
    if let (Some(first), Some(second)) = (&*scope, &field) {
        cx.report_twice("duplicate-node", first.span, second.span, "there is one `scope`");
        return;
    }
    *scope = field;
}

/// `rule NAME up=(part)"…" down=(part)"…"`
fn rule(cx: &mut Context, node: &Node) -> Option<Rule> {
    let mut cursor = Cursor::new(cx, node, "rule NAME up=(part)\"up.sql\" down=(part)\"down.sql\"");
    let name = cursor.text(cx, "a name");
    RULE.check_if(cx, name.as_ref());
    let up = part_property(cx, &mut cursor, "up");
    let down = part_property(cx, &mut cursor, "down");
    cursor.finish(cx);
    Some(Rule { name: name?, up: up?, down: down? })
}

/// `entity NAME table=… since=… scoped=#true`
pub(super) fn entity(cx: &mut Context, node: &Node) -> Option<KitEntity> {
    let mut cursor = Cursor::new(cx, node, "entity NAME table=NAME since=\"REVISION\"");
    let name = cursor.text(cx, "a name");
    ENTITY.check_if(cx, name.as_ref());
    let table = cursor.required_property(cx, "table");
    TABLE.check_if(cx, table.as_ref());
    let plural = cursor.text_property(cx, "plural");
    check_plural(cx, plural.as_ref());
    let since = cursor.text_property(cx, "since");
    let scoped = cursor.flag(cx, "scoped");
    cursor.finish_with(cx, |_| None);
    Some(KitEntity { name: name?, table: table?, plural, since, scoped })
}

/// `reserve project|module|entity|field NAME… why=TEXT`
pub(super) fn reserve(cx: &mut Context, node: &Node) -> Option<Reserve> {
    let mut cursor = Cursor::new(cx, node, "reserve module NAME… why=\"…\"");
    let word = cursor.text(cx, "a kind of name");
    let kind =
        word.and_then(|word| crate::cursor::choice(cx, "kind of name", &word, &ReserveKind::ALL));
    let names = cursor.texts(cx, "names");
    let why = cursor.required_property(cx, "why");
    cursor.finish(cx);
    let mut seen = Seen::new("duplicate-name", "name");
    for name in &names {
        if snake(name).is_empty() {
            cx.report("bad-name", name.span, format!("`{}` has no letters", name.value));
        } else {
            seen.add(cx, name);
        }
    }
    Some(Reserve { kind: kind?, names, why: why?.value })
}
