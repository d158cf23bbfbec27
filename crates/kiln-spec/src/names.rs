//! The shapes of names: kits, capabilities, modules, entities, fields.

use std::collections::BTreeMap;

use kiln_base::{Forms, Span, Spanned, words};

use crate::context::Context;

/// Names that templates and placeholders know already, so no kit, capability or module may take them.
pub(crate) const SCOPE: [&str; 12] = [
    "chain", "change", "data", "entities", "entity", "field", "item", "kits", "module", "modules",
    "option", "project",
];

/// A shape that names have.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    what: &'static str,
    least: usize,
    most: usize,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    /// `[a-z][a-z0-9]*(-[a-z0-9]+)*`
    Kebab,
    /// The same, also with `_`.
    KebabOrSnake,
    /// `[A-Z][A-Za-z0-9]*`
    Pascal,
}

/// A project's name.
pub(crate) const PROJECT: Shape =
    Shape { what: "a project", least: 3, most: 50, form: Form::Kebab };
/// A kit's id.
pub(crate) const KIT: Shape = Shape { what: "a kit", least: 2, most: 60, form: Form::Kebab };
/// One half of a capability.
const CAPABILITY: Shape = Shape { what: "a capability", least: 1, most: 60, form: Form::Kebab };
/// An option.
pub(crate) const OPTION: Shape = Shape { what: "an option", least: 1, most: 60, form: Form::Kebab };
/// A fact.
pub(crate) const FACT: Shape = Shape { what: "a fact", least: 1, most: 60, form: Form::Kebab };
/// A slot.
pub(crate) const SLOT: Shape = Shape { what: "a slot", least: 1, most: 60, form: Form::Kebab };
/// The key or a field of a slot.
pub(crate) const SLOT_FIELD: Shape = Shape { what: "a slot field", ..OPTION };
/// A category or tag.
pub(crate) const WORD: Shape = Shape { what: "a category or tag", ..OPTION };
/// A library.
pub(crate) const LIBRARY: Shape = Shape { what: "a library", ..KIT };
/// A preset.
pub(crate) const SCENARIO: Shape = Shape { what: "a scenario", ..KIT };
/// A module.
pub(crate) const MODULE: Shape = Shape { what: "a module", least: 2, most: 27, form: Form::Kebab };
/// An entity.
pub(crate) const ENTITY: Shape =
    Shape { what: "an entity", least: 2, most: 30, form: Form::Pascal };
/// A field of an entity, or what a relation is called.
pub(crate) const FIELD: Shape =
    Shape { what: "a field", least: 1, most: 30, form: Form::KebabOrSnake };
/// A column: a field's name, or what a relation is called with `_id`.
pub(crate) const COLUMN: Shape = Shape { what: "a column", most: 33, ..FIELD };
/// A folder of a kit.
pub(crate) const FOLDER: Shape =
    Shape { what: "a folder", least: 1, most: 60, form: Form::KebabOrSnake };
/// A rule of a table.
pub(crate) const RULE: Shape =
    Shape { what: "a rule", least: 1, most: 40, form: Form::KebabOrSnake };
/// A table of a database.
pub(crate) const TABLE: Shape =
    Shape { what: "a table", least: 1, most: 40, form: Form::KebabOrSnake };

impl Form {
    fn fits(self, name: &str) -> bool {
        let lower = |separators: &[char]| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.split(separators).all(|word| {
                    !word.is_empty()
                        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                })
        };
        match self {
            Self::Kebab => lower(&['-']),
            Self::KebabOrSnake => lower(&['-', '_']),
            Self::Pascal => {
                name.starts_with(|c: char| c.is_ascii_uppercase())
                    && name.chars().all(|c| c.is_ascii_alphanumeric())
            }
        }
    }

    const fn describe(self) -> &'static str {
        match self {
            Self::Kebab => "lower-case words with `-` between them",
            Self::KebabOrSnake => "lower-case words with `-` or `_` between them",
            Self::Pascal => "words that each begin with a capital, such as `TeamMember`",
        }
    }

    /// The name in this form, if its letters allow one.
    fn mend(self, name: &str) -> Option<String> {
        let forms = Forms::of(name);
        let mended = match self {
            Self::Kebab | Self::KebabOrSnake => forms.kebab,
            Self::Pascal => forms.pascal,
        };
        (self.fits(&mended) && mended != name).then_some(mended)
    }
}

impl Shape {
    /// Whether `name` has the shape.
    pub(crate) fn fits(self, name: &str) -> bool {
        self.form.fits(name) && (self.least..=self.most).contains(&name.len())
    }

    /// Complains about a name that does not have the shape.
    pub(crate) fn check(self, cx: &mut Context, name: &Spanned<String>) {
        let Self { what, least, most, form } = self;
        let length = name.value.chars().count();
        if !form.fits(&name.value) {
            let message = format!("`{}` is no name of {what}: {}", name.value, form.describe());
            let hint = form.mend(&name.value).map(|mended| format!("write `{mended}`"));
            let error = cx.error("bad-name", name.span, message).hint_if(hint);
            cx.push(error);
        } else if !(least..=most).contains(&length) {
            let word = if length < least { "short" } else { "long" };
            let message = format!(
                "`{}` is too {word}: the name of {what} has {least} to {most} characters",
                name.value
            );
            cx.report("bad-name", name.span, message);
        }
    }

    /// As [`Shape::check`], if there is a name.
    pub(crate) fn check_if(self, cx: &mut Context, name: Option<&Spanned<String>>) {
        if let Some(name) = name {
            self.check(cx, name);
        }
    }
}

/// Whether a text is `family` or `family:flavour`.
pub(crate) fn is_capability(name: &str) -> bool {
    match name.split_once(':') {
        Some((family, flavour)) => CAPABILITY.form.fits(family) && CAPABILITY.form.fits(flavour),
        None => CAPABILITY.form.fits(name),
    }
}

/// Complains about what is neither `family` nor `family:flavour`.
pub(crate) fn check_capability(cx: &mut Context, name: &Spanned<String>) {
    if !is_capability(&name.value) {
        let message = format!("`{}` is no capability and no kit", name.value);
        let hint = "a capability is `family` or `family:flavour`, in lower-case words with `-`";
        cx.report_with("bad-name", name.span, message, hint);
    }
}

/// Finds names that stand twice, compared in snake case.
pub(crate) struct Seen {
    id: &'static str,
    what: &'static str,
    names: BTreeMap<String, Span>,
}

impl Seen {
    /// None yet; `id` is the error's, `what` the kind of thing.
    pub(crate) const fn new(id: &'static str, what: &'static str) -> Self {
        Self { id, what, names: BTreeMap::new() }
    }

    /// Adds a name and complains if it was there.
    pub(crate) fn add(&mut self, cx: &mut Context, name: &Spanned<String>) -> bool {
        self.add_as(cx, &snake(&name.value), name)
    }

    /// Adds a name that counts as `key`.
    pub(crate) fn add_as(&mut self, cx: &mut Context, key: &str, name: &Spanned<String>) -> bool {
        if let Some(first) = self.names.get(key) {
            let message = format!("the {} `{}` is there twice", self.what, name.value);
            cx.report_twice(self.id, *first, name.span, message);
            return false;
        }
        self.names.insert(key.to_owned(), name.span);
        true
    }
}

/// The form in which names are compared.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}
