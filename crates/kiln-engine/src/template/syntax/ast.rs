//! The syntax tree of one text.

/// A range of bytes in the text.
pub(in super::super) type Range = std::ops::Range<usize>;

/// One parsed text: a template or a part.
#[derive(Debug, Default)]
pub(in super::super) struct Unit {
    pub(in super::super) body: Vec<Node>,
    pub(in super::super) components: Vec<Component>,
    /// Blanks and line ends that vanish with the statement that stands alone on their line.
    pub(in super::super) vanishing: Vec<Range>,
    /// Some tag trims what is round it with `-`.
    pub(in super::super) trims: bool,
    /// No tag at all.
    pub(in super::super) is_plain_text: bool,
}

#[derive(Debug)]
pub(in super::super) enum Node {
    Text(Range),
    Print(Expression),
    Set {
        name: String,
        value: Expression,
    },
    SetBlock {
        name: String,
        filters: Vec<FilterUse>,
        body: Vec<Node>,
    },
    Include {
        name: String,
        range: Range,
    },
    For(Box<For>),
    If {
        branches: Vec<(Expression, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    Filter {
        filters: Vec<FilterUse>,
        body: Vec<Node>,
    },
    /// A call of a component with a body.
    Call(ComponentCall, Vec<Node>),
    /// `break` or `continue`.
    Leave,
}

#[derive(Debug)]
pub(in super::super) struct For {
    pub(in super::super) key: Option<String>,
    pub(in super::super) value: String,
    pub(in super::super) target: Expression,
    pub(in super::super) body: Vec<Node>,
    pub(in super::super) otherwise: Vec<Node>,
    /// From the first tag to the end of the body.
    pub(in super::super) range: Range,
}

/// A definition of a component.
#[derive(Debug)]
pub(in super::super) struct Component {
    pub(in super::super) name: String,
    pub(in super::super) name_range: Range,
    pub(in super::super) parameters: Vec<Parameter>,
    pub(in super::super) rest: Option<String>,
    pub(in super::super) body: Vec<Node>,
    /// From the end of the opening tag to the start of the closing one.
    pub(in super::super) body_range: Range,
    /// The opening tag ends in `-%}`.
    pub(in super::super) trims: bool,
}

/// An argument that a component takes.
#[derive(Debug)]
pub(in super::super) struct Parameter {
    pub(in super::super) name: String,
    /// `@name`: taken from where the component is called if it is not passed.
    pub(in super::super) is_implicit: bool,
}

#[derive(Debug)]
pub(in super::super) struct FilterUse {
    pub(in super::super) name: String,
    pub(in super::super) range: Range,
    pub(in super::super) arguments: Vec<(String, Expression)>,
}

#[derive(Debug)]
pub(in super::super) struct ComponentCall {
    pub(in super::super) name: String,
    pub(in super::super) range: Range,
    pub(in super::super) attributes: Vec<Attribute>,
}

/// An attribute in a call of a component.
#[derive(Debug)]
pub(in super::super) struct Attribute {
    /// None for `{...map}`.
    pub(in super::super) name: Option<String>,
    pub(in super::super) value: Expression,
    /// `name` alone stands for `name={name}`.
    pub(in super::super) is_short: bool,
}

/// An expression and its place, without the parentheses round it.
#[derive(Debug)]
pub(in super::super) struct Expression {
    pub(in super::super) kind: ExpressionKind,
    pub(in super::super) range: Range,
}

#[derive(Debug)]
pub(in super::super) enum ExpressionKind {
    Literal(Literal),
    List(Vec<Entry>),
    Map(Vec<Entry>),
    Variable(String),
    /// `loop.index` and its like.
    Loop,
    Attribute {
        base: Box<Expression>,
        name: String,
        name_range: Range,
    },
    Item {
        base: Box<Expression>,
        index: Box<Expression>,
    },
    Slice {
        base: Box<Expression>,
        bounds: Vec<Expression>,
    },
    Filter {
        base: Box<Expression>,
        filter: FilterUse,
    },
    Test {
        base: Box<Expression>,
        test: FilterUse,
    },
    Choice {
        condition: Box<Expression>,
        yes: Box<Expression>,
        no: Box<Expression>,
    },
    Comprehension(Box<Comprehension>),
    Call(ComponentCall),
    Function {
        name: String,
        arguments: Vec<(String, Expression)>,
    },
    Not(Box<Expression>),
    Minus(Box<Expression>),
    Binary {
        operator: BinaryOperator,
        left: Box<Expression>,
        right: Box<Expression>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Literal {
    Text(String),
    Number,
    Bool,
    Nothing,
}

/// An entry of a list or map that a template writes.
#[derive(Debug)]
pub(in super::super) struct Entry {
    /// The key in a map; none in a list, and where the entry is `...spread`.
    pub(in super::super) key: Option<String>,
    pub(in super::super) is_spread: bool,
    pub(in super::super) value: Expression,
}

#[derive(Debug)]
pub(in super::super) struct Comprehension {
    pub(in super::super) item: Expression,
    pub(in super::super) key: Option<String>,
    pub(in super::super) value: String,
    pub(in super::super) target: Expression,
    pub(in super::super) condition: Option<Expression>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum BinaryOperator {
    Or,
    And,
    In,
    Compare,
    Concat,
    Arithmetic,
}

impl Expression {
    pub(in super::super) const fn new(kind: ExpressionKind, range: Range) -> Self {
        Self { kind, range }
    }

    /// The text, if it is one written out.
    pub(in super::super) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExpressionKind::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(in super::super) const fn is_literal(&self) -> bool {
        matches!(self.kind, ExpressionKind::Literal(_))
    }

    /// True if evaluating it may yield "undefined" without an error of tera's.
    pub(in super::super) fn may_be_undefined(&self) -> bool {
        match &self.kind {
            ExpressionKind::Variable(_)
            | ExpressionKind::Attribute { .. }
            | ExpressionKind::Item { .. } => true,
            ExpressionKind::Choice { yes, no, .. } => {
                yes.may_be_undefined() || no.may_be_undefined()
            }
            ExpressionKind::Binary {
                operator: BinaryOperator::And | BinaryOperator::Or,
                left,
                right,
            } => left.may_be_undefined() || right.may_be_undefined(),
            ExpressionKind::Filter { base, filter } => {
                filter.name == "default"
                    && (base.may_be_undefined()
                        || filter.arguments.iter().any(|(_, value)| value.may_be_undefined()))
            }
            _ => false,
        }
    }

    /// The expressions directly inside, in source order.
    pub(in super::super) fn children(&self) -> Vec<&Self> {
        match &self.kind {
            ExpressionKind::Literal(_) | ExpressionKind::Variable(_) | ExpressionKind::Loop => {
                Vec::new()
            }
            ExpressionKind::List(entries) | ExpressionKind::Map(entries) => {
                entries.iter().map(|entry| &entry.value).collect()
            }
            ExpressionKind::Attribute { base, .. } => vec![base],
            ExpressionKind::Item { base, index } => vec![base, index],
            ExpressionKind::Slice { base, bounds } => {
                std::iter::once(&**base).chain(bounds).collect()
            }
            ExpressionKind::Filter { base, filter: FilterUse { arguments, .. } }
            | ExpressionKind::Test { base, test: FilterUse { arguments, .. } } => {
                std::iter::once(&**base).chain(arguments.iter().map(|(_, value)| value)).collect()
            }
            ExpressionKind::Choice { condition, yes, no } => vec![yes, condition, no],
            ExpressionKind::Comprehension(each) => {
                let mut inside = vec![&each.item, &each.target];
                inside.extend(&each.condition);
                inside
            }
            ExpressionKind::Call(call) => {
                call.attributes.iter().map(|attribute| &attribute.value).collect()
            }
            ExpressionKind::Function { arguments, .. } => {
                arguments.iter().map(|(_, value)| value).collect()
            }
            ExpressionKind::Not(inner) | ExpressionKind::Minus(inner) => vec![inner],
            ExpressionKind::Binary { left, right, .. } => vec![left, right],
        }
    }
}
