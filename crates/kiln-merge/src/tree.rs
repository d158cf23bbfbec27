//! What the three formats share: a tree of values with their places in the text, and the plan of a new text.

use std::ops::Range;

use crate::value::Value;

/// A format of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON, with comments where a text has them.
    Json,
    /// TOML.
    Toml,
    /// YAML, block style, one document.
    Yaml,
}

impl Format {
    /// The format that the end of a path tells, if it is one of a document.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.')?.1 {
            "json" | "jsonc" | "code-workspace" | "webmanifest" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        })
    }
}

/// Why a text could not be read as a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// True if the text is a document, but of a form that cannot be merged by keys.
    pub is_form: bool,
    /// What is wrong, lower case, no period.
    pub message: String,
    /// Where in the text, in bytes.
    pub span: Range<usize>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { is_form: false, message: message.into(), span }
    }

    /// A document of a form that cannot be merged by keys.
    pub(crate) fn form(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { is_form: true, message: message.into(), span }
    }
}

/// How a value stands in the text. JSON, TOML and flow style of YAML are `Flow`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Brackets, or a scalar in a line.
    #[default]
    Flow,
    /// A block map of YAML whose keys stand in this column.
    BlockMap { column: usize },
    /// A block list of YAML: the column and the places of the dashes.
    BlockList { column: usize, dashes: Vec<usize> },
    /// A `|` or `>` scalar of YAML, or a scalar of several lines.
    Lines,
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// From the first byte (of an anchor or tag, if there is one) to one past the last.
    pub(crate) span: Range<usize>,
    pub(crate) layout: Layout,
    /// Anchor and tag of YAML, as written.
    pub(crate) mark: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Map(Vec<Member>),
    List(Vec<Node>),
    Scalar(Value),
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn new(kind: Kind, span: Range<usize>) -> Self {
        Self { kind, span, layout: Layout::Flow, mark: None }
    }

    pub(crate) fn members(&self) -> &[Member] {
        match &self.kind {
            Kind::Map(members) => members,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().find(|member| member.key == key).map(|member| &member.node)
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_))
    }

    pub(crate) fn is_plain_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_)) && self.mark.is_none()
    }

    pub(crate) fn is_plain_list(&self) -> bool {
        matches!(self.kind, Kind::List(_)) && self.mark.is_none()
    }

    /// True if both mean the same; as comparing [`Node::value`], without making the values.
    pub(crate) fn means(&self, other: &Self) -> bool {
        self.mark == other.mark
            && match (&self.kind, &other.kind) {
                (Kind::Scalar(a), Kind::Scalar(b)) => a == b,
                (Kind::List(a), Kind::List(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.means(b))
                }
                (Kind::Map(a), Kind::Map(b)) => {
                    a.len() == b.len()
                        && a.iter().zip(b).all(|(x, y)| {
                            // Most often the keys stand in the same order.
                            if x.key == y.key {
                                x.node.means(&y.node)
                            } else {
                                other.get(&x.key).is_some_and(|node| x.node.means(node))
                            }
                        })
                }
                _ => false,
            }
    }

    pub(crate) fn value(&self) -> Value {
        let plain = match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::List(items) => Value::List(items.iter().map(Self::value).collect()),
            Kind::Map(members) => Value::Map(
                members.iter().map(|member| (member.key.clone(), member.node.value())).collect(),
            ),
        };
        match &self.mark {
            Some(mark) => Value::Marked(mark.clone(), Box::new(plain)),
            None => plain,
        }
    }
}

/// What becomes of one value of ours when another text, theirs, goes into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Ours as it stands.
    Keep,
    /// The value of theirs in the same place.
    Take,
    /// Ours and theirs are maps (theirs may be absent if no member comes from it): these members, in this order.
    Map(Vec<Slot>),
    /// Ours is a list: these items, in this order.
    List(Vec<Slot>),
}

/// A member or an item of the new text, by its position in its own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Slot {
    /// One of ours, with what becomes of it and its partner in theirs, if it has one.
    Ours { at: usize, partner: Option<usize>, plan: Plan },
    /// One of theirs, whole.
    Theirs(usize),
}

impl Plan {
    /// True if the new text is the old one.
    pub(crate) fn changes_nothing(&self, ours: &Node) -> bool {
        match self {
            Self::Keep => true,
            Self::Take => false,
            Self::Map(slots) => {
                slots.len() == ours.members().len()
                    && slots.iter().all(|slot| match slot {
                        Slot::Ours { at, plan, .. } => {
                            ours.members().get(*at).is_some_and(|m| plan.changes_nothing(&m.node))
                        }
                        Slot::Theirs(_) => false,
                    })
            }
            Self::List(slots) => {
                slots.len() == ours.items().len()
                    && slots.iter().all(|slot| match slot {
                        Slot::Ours { at, plan, .. } => {
                            ours.items().get(*at).is_some_and(|n| plan.changes_nothing(n))
                        }
                        Slot::Theirs(_) => false,
                    })
            }
        }
    }

    /// The meaning that the new text must have.
    pub(crate) fn value(&self, ours: &Node, theirs: Option<&Node>) -> Value {
        let missing = || Value::Marked("missing".to_owned(), Box::new(Value::Null));
        match self {
            Self::Keep => ours.value(),
            Self::Take => theirs.map_or_else(missing, Node::value),
            Self::Map(slots) => {
                let donors = theirs.map_or(&[][..], Node::members);
                let entry = |slot: &Slot| match slot {
                    Slot::Ours { at, partner, plan } => {
                        let member = &ours.members()[*at];
                        let donor = partner.map(|p| &donors[p].node);
                        (member.key.clone(), plan.value(&member.node, donor))
                    }
                    Slot::Theirs(at) => (donors[*at].key.clone(), donors[*at].node.value()),
                };
                Value::Map(slots.iter().map(entry).collect())
            }
            Self::List(slots) => {
                let donors = theirs.map_or(&[][..], Node::items);
                let item = |slot: &Slot| match slot {
                    Slot::Ours { at, partner, plan } => {
                        plan.value(&ours.items()[*at], partner.map(|p| &donors[p]))
                    }
                    Slot::Theirs(at) => donors[*at].value(),
                };
                Value::List(slots.iter().map(item).collect())
            }
        }
    }
}

/// True if something of theirs stands in the slots, at any depth.
pub(crate) fn takes_something(slots: &[Slot]) -> bool {
    slots.iter().any(|slot| match slot {
        Slot::Theirs(_) => true,
        Slot::Ours { plan, .. } => match plan {
            Plan::Keep => false,
            Plan::Take => true,
            Plan::Map(slots) | Plan::List(slots) => takes_something(slots),
        },
    })
}
