//! `belongs-to ENTITY`

use kiln_model::{BelongsTo, OnDelete};

use super::fields::database_default;
use super::{Writer, check_options, kit_options};
use crate::context::Context;
use crate::cursor::Cursor;
use crate::names::{ENTITY, FIELD};
use crate::syntax::Node;

/// A relation to one row of an entity.
pub(crate) fn belongs_to(cx: &mut Context, node: &Node, writer: Writer) -> Option<BelongsTo> {
    let usage = "belongs-to ENTITY as=NAME required=#true on-delete=cascade";
    let mut cursor = Cursor::new(cx, node, usage);
    let target = cursor.text(cx, "an entity");
    ENTITY.check_if(cx, target.as_ref());
    let role = cursor.text_property(cx, "as");
    FIELD.check_if(cx, role.as_ref());
    let mut relation = BelongsTo {
        target: target.clone().unwrap_or_else(|| node.name.clone()),
        role,
        required: cursor.flag(cx, "required"),
        unique: cursor.flag(cx, "unique"),
        hidden: cursor.flag(cx, "hidden"),
        on_delete: cursor.choice_property(cx, "on-delete", &on_delete_words()),
        database_default: None,
        was: cursor.text_property(cx, "was"),
        options: Vec::new(),
    };
    FIELD.check_if(cx, relation.was.as_ref());
    if writer == Writer::Kit {
        relation.database_default = cursor.text_property(cx, "database-default");
    }
    for child in cursor.block().unwrap_or_default() {
        match (child.name.value.as_str(), writer) {
            ("database-default", Writer::Kit) => {
                relation.database_default =
                    database_default(cx, child, relation.database_default.as_ref());
            }
            _ => relation.options.extend(kit_options(cx, child, "a relation", &[])),
        }
    }
    check_options(cx, &relation.options);
    cursor.finish_with(cx, |property| match property {
        "index" => Some("the column of a relation always has an index".to_owned()),
        "type" => Some("a relation has the type of the key that it refers to".to_owned()),
        _ => None,
    });
    if relation.required && relation.on_delete == Some(OnDelete::SetNull) {
        let message = "a relation that is required cannot be emptied";
        let hint =
            "take `required=#true` away, or write `on-delete=cascade` or `on-delete=restrict`";
        cx.report_with("required-set-null", node.head, message, hint);
    }
    target?;
    Some(relation)
}

const fn on_delete_words() -> [(&'static str, OnDelete); 3] {
    OnDelete::ALL
}
