//! Expressions, with tera's precedence.

use super::super::ast::Attribute;
use super::super::lexer::{Lexeme, Token};
use super::super::{
    BinaryOperator, ComponentCall, Comprehension, Entry, Expression, ExpressionKind, FilterUse,
    Literal, SyntaxError,
};
use super::{Parsed, Parser};

/// How deep expressions may nest; tera allows 40, and what the engine adds must fit.
const EXPRESSION_DEPTH: usize = 24;
/// How strongly a filter or test binds.
const PIPE: u8 = 17;
/// Everything that a choice (`a if b else c`) may stand in binds less than this.
const ABOVE_CHOICE: u8 = 1;

/// What a sign or word does between two expressions, and how strongly it binds to the left and to the right.
fn binary(token: &Token) -> Option<(BinaryOperator, u8, u8)> {
    use BinaryOperator::{And, Arithmetic, Compare, Concat, In, Or};
    Some(match token {
        Token::Name(word) => match word.as_str() {
            "or" => (Or, 1, 2),
            "and" => (And, 3, 4),
            "in" => (In, 5, 6),
            _ => return None,
        },
        Token::Sign(sign) => match *sign {
            "==" | "!=" | "<" | "<=" | ">" | ">=" => (Compare, 7, 8),
            "+" | "-" => (Arithmetic, 11, 12),
            "*" | "/" | "%" | "//" => (Arithmetic, 13, 14),
            "~" => (Concat, 13, 14),
            "**" => (Arithmetic, 16, 15),
            _ => return None,
        },
        _ => return None,
    })
}

impl Parser {
    pub(super) fn expression(&mut self, least: u8) -> Parsed<Expression> {
        self.expression_depth += 1;
        if self.expression_depth > EXPRESSION_DEPTH {
            return Err(SyntaxError::new("the expression nests too deep here", self.here())
                .hint("give a part of it a name with `set`"));
        }
        let parsed = self.operators(least);
        self.expression_depth -= 1;
        parsed
    }

    fn operators(&mut self, least: u8) -> Parsed<Expression> {
        let start = self.here().start;
        let mut left = self.operand()?;
        while let Some(token) = self.peek().cloned() {
            let next = match &token {
                Token::Sign("[") => self.subscript(left, start)?,
                Token::Sign("|") if PIPE >= least => {
                    self.at += 1;
                    let filter = self.filter_use()?;
                    self.wrap(start, ExpressionKind::Filter { base: Box::new(left), filter })
                }
                Token::Name(word) if word == "is" && 5 >= least => self.test(left, start)?,
                Token::Name(word) if word == "not" && 5 >= least => {
                    self.at += 1;
                    if !self.is_word("in") {
                        return Err(self.expected("`in` after `not`"));
                    }
                    let kind = self.right_of(BinaryOperator::In, 6, left)?;
                    let inner = self.wrap(start, kind);
                    self.wrap(start, ExpressionKind::Not(Box::new(inner)))
                }
                Token::Name(word) if word == "if" && least == 0 => {
                    return self.choice(left, start);
                }
                token => match binary(token) {
                    Some((operator, left_power, right_power)) if left_power >= least => {
                        let kind = self.right_of(operator, right_power, left)?;
                        self.wrap(start, kind)
                    }
                    _ => return Ok(left),
                },
            };
            left = next;
        }
        Ok(left)
    }

    fn wrap(&self, start: usize, kind: ExpressionKind) -> Expression {
        Expression::new(kind, start..self.end())
    }

    fn right_of(
        &mut self,
        operator: BinaryOperator,
        power: u8,
        left: Expression,
    ) -> Parsed<ExpressionKind> {
        self.at += 1;
        let right = self.expression(power)?;
        Ok(ExpressionKind::Binary { operator, left: Box::new(left), right: Box::new(right) })
    }

    fn test(&mut self, base: Expression, start: usize) -> Parsed<Expression> {
        self.at += 1;
        let negated = self.take_word("not");
        let test = self.filter_use()?;
        let tested = self.wrap(start, ExpressionKind::Test { base: Box::new(base), test });
        Ok(if negated { self.wrap(start, ExpressionKind::Not(Box::new(tested))) } else { tested })
    }

    fn choice(&mut self, yes: Expression, start: usize) -> Parsed<Expression> {
        self.at += 1;
        let condition = Box::new(self.expression(0)?);
        if !self.take_word("else") {
            return Err(self.expected("`else`"));
        }
        let no = Box::new(self.expression(0)?);
        Ok(self.wrap(start, ExpressionKind::Choice { condition, yes: Box::new(yes), no }))
    }

    fn operand(&mut self) -> Parsed<Expression> {
        let Some(Lexeme { token, range }) = self.next() else {
            return Err(self.expected("an expression"));
        };
        let start = range.start;
        let kind = match token {
            Token::Integer | Token::Float => ExpressionKind::Literal(Literal::Number),
            Token::Bool => ExpressionKind::Literal(Literal::Bool),
            Token::Quoted(text) => ExpressionKind::Literal(Literal::Text(text)),
            Token::Name(word) => return self.word(word, start),
            Token::Sign("-") => ExpressionKind::Minus(Box::new(self.signed(20)?)),
            Token::Sign("<") => {
                let call = self.call(start)?;
                self.sign("/")?;
                self.sign(">")?;
                ExpressionKind::Call(call)
            }
            Token::Sign("[") => self.list()?,
            Token::Sign("{") => self.map()?,
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.sign(")")?;
                return Ok(inner);
            }
            _ => {
                self.at -= 1;
                return Err(self.expected("an expression"));
            }
        };
        Ok(self.wrap(start, kind))
    }

    fn signed(&mut self, power: u8) -> Parsed<Expression> {
        if self.is_sign("-") || self.is_word("not") {
            return Err(SyntaxError::new("`-` and `not` cannot follow each other", self.here()));
        }
        self.expression(power)
    }

    fn word(&mut self, word: String, start: usize) -> Parsed<Expression> {
        let kind = match word.as_str() {
            "none" | "None" | "null" => ExpressionKind::Literal(Literal::Nothing),
            "not" => ExpressionKind::Not(Box::new(self.signed(5)?)),
            "loop" => {
                self.sign(".")?;
                let (name, range) = self.name()?;
                let known = ["index", "index0", "first", "last", "length"];
                if self.loops == 0 {
                    return Err(SyntaxError::new("`loop` stands in no loop", start..start + 4));
                }
                if !known.contains(&name.as_str()) {
                    let mut error = SyntaxError::new(format!("`loop` has no `{name}`"), range);
                    error.hint = kiln_base::did_you_mean(&name, known);
                    return Err(error);
                }
                ExpressionKind::Loop
            }
            "self" => return Err(SyntaxError::new("`self` is reserved", start..start + 4)),
            _ if word.starts_with("__") => {
                let message = format!("`{word}` starts with two underscores");
                let range = start..start + word.len();
                return Err(
                    SyntaxError::new(message, range).hint("such names are the engine's own")
                );
            }
            _ if self.is_sign("(") => {
                let arguments = self.arguments()?;
                let call = ExpressionKind::Function { name: word, arguments };
                return Ok(self.wrap(start, call));
            }
            _ => {
                let variable = self.wrap(start, ExpressionKind::Variable(word));
                return self.path(variable, start);
            }
        };
        Ok(self.wrap(start, kind))
    }

    fn path(&mut self, mut base: Expression, start: usize) -> Parsed<Expression> {
        loop {
            if self.take_sign(".") {
                let (name, name_range) = self.name()?;
                let kind = ExpressionKind::Attribute { base: Box::new(base), name, name_range };
                base = self.wrap(start, kind);
            } else if self.is_sign("[") {
                base = self.subscript(base, start)?;
            } else if self.is_sign("?.") || self.is_sign("?[") {
                return Err(SyntaxError::new("`?` is not part of templates", self.here())
                    .hint("ask with `is defined`, or give a `default(value=…)`"));
            } else if self.is_sign("(") {
                return Err(SyntaxError::new("only a function can be called", self.here()));
            } else {
                return Ok(base);
            }
        }
    }

    fn subscript(&mut self, base: Expression, start: usize) -> Parsed<Expression> {
        let here = self.here();
        self.sign("[")?;
        let (mut bounds, mut is_slice) = (Vec::new(), false);
        loop {
            if self.take_sign(":") {
                is_slice = true;
            } else if self.take_sign("]") {
                break;
            } else {
                bounds.push(self.expression(0)?);
                if !self.is_sign(":") && !self.is_sign("]") {
                    return Err(self.expected("`]`"));
                }
            }
        }
        let base = Box::new(base);
        if bounds.is_empty() {
            return Err(SyntaxError::new("`[]` needs an index or a bound", here));
        }
        if is_slice {
            return Ok(self.wrap(start, ExpressionKind::Slice { base, bounds }));
        }
        let index = Box::new(bounds.swap_remove(0));
        Ok(self.wrap(start, ExpressionKind::Item { base, index }))
    }

    pub(super) fn filter_use(&mut self) -> Parsed<FilterUse> {
        let (name, range) = self.name()?;
        let arguments = if self.is_sign("(") { self.arguments()? } else { Vec::new() };
        Ok(FilterUse { name, range, arguments })
    }

    fn arguments(&mut self) -> Parsed<Vec<(String, Expression)>> {
        self.sign("(")?;
        let mut arguments = Vec::new();
        while !self.take_sign(")") {
            let (name, _) = match (self.peek(), self.peek_after()) {
                (Some(Token::Name(_)), Some(Token::Sign("="))) => self.name()?,
                _ => return Err(self.expected("`name=value`")),
            };
            self.sign("=")?;
            arguments.push((name, self.expression(0)?));
            if !self.take_sign(",") && !self.is_sign(")") {
                return Err(self.expected("`,` or `)`"));
            }
        }
        Ok(arguments)
    }

    fn list(&mut self) -> Parsed<ExpressionKind> {
        let mut entries = Vec::new();
        while !self.take_sign("]") {
            let is_spread = self.take_sign("...");
            let value = self.expression(0)?;
            if entries.is_empty() && !is_spread && self.is_word("for") {
                return self.comprehension(value);
            }
            entries.push(Entry { key: None, is_spread, value });
            if !self.take_sign(",") && !self.is_sign("]") {
                return Err(self.expected("`,` or `]`"));
            }
        }
        Ok(ExpressionKind::List(entries))
    }

    fn comprehension(&mut self, item: Expression) -> Parsed<ExpressionKind> {
        self.at += 1;
        let (key, value) = self.loop_names()?;
        let target = self.expression(ABOVE_CHOICE)?;
        let condition =
            if self.take_word("if") { Some(self.expression(ABOVE_CHOICE)?) } else { None };
        self.sign("]")?;
        let each = Comprehension { item, key, value, target, condition };
        Ok(ExpressionKind::Comprehension(Box::new(each)))
    }

    fn map(&mut self) -> Parsed<ExpressionKind> {
        let mut entries = Vec::new();
        while !self.take_sign("}") {
            let is_spread = self.take_sign("...");
            let mut key = None;
            if !is_spread {
                match self.peek().cloned() {
                    Some(Token::Quoted(name)) => key = Some(name),
                    _ => return Err(self.expected("a key in quotes")),
                }
                self.at += 1;
                self.sign(":")?;
            }
            entries.push(Entry { key, is_spread, value: self.expression(0)? });
            if !self.take_sign(",") && !self.is_sign("}") {
                return Err(self.expected("`,` or `}`"));
            }
        }
        Ok(ExpressionKind::Map(entries))
    }

    /// A call of a component after its `<`, up to `/` or `>`.
    pub(super) fn call(&mut self, start: usize) -> Parsed<ComponentCall> {
        let name = self.dotted_name()?;
        let mut attributes = Vec::new();
        loop {
            if self.take_sign("{") {
                self.sign("...")?;
                let value = self.expression(0)?;
                self.sign("}")?;
                attributes.push(Attribute { name: None, value, is_short: false });
                continue;
            }
            if !matches!(self.peek(), Some(Token::Name(_))) {
                break;
            }
            let (name, range) = self.name()?;
            let (value, is_short) = if !self.take_sign("=") {
                (Expression::new(ExpressionKind::Variable(name.clone()), range), true)
            } else if self.take_sign("{") {
                let value = self.expression(0)?;
                self.sign("}")?;
                (value, false)
            } else if matches!(self.peek(), Some(Token::Quoted(_))) {
                (self.operand()?, false)
            } else {
                return Err(self.expected("a text in quotes or `{expression}`"));
            };
            attributes.push(Attribute { name: Some(name), value, is_short });
        }
        Ok(ComponentCall { name, range: start..self.end(), attributes })
    }
}
