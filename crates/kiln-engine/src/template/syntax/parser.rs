//! Statements: what stands between `{%` and `%}`, and the texts around it.

mod expression;

use super::ast::Parameter;
use super::lexer::{Lexeme, Token, tokenize};
use super::{Component, FilterUse, For, Node, Range, SyntaxError, Unit};

/// How deep statements may nest.
const STATEMENT_DEPTH: usize = 24;

/// Words that no variable may have as its name.
const RESERVED: [&str; 16] = [
    "true", "True", "false", "False", "loop", "self", "and", "or", "not", "is", "in", "continue",
    "break", "none", "None", "null",
];

/// Parses one text.
pub(in super::super) fn parse(text: &str) -> Result<Unit, SyntaxError> {
    let tokens = tokenize(text)?;
    let mut parser = Parser {
        lexemes: tokens.lexemes,
        at: 0,
        length: text.len(),
        unit: Unit { is_plain_text: !tokens.has_tags, ..Unit::default() },
        loops: 0,
        leavable: 0,
        depth: 0,
        expression_depth: 0,
    };
    let (body, end) = parser.nodes(&[])?;
    if let Some(end) = end {
        let message = format!("`{end}` closes nothing");
        return Err(SyntaxError::new(message, parser.here()));
    }
    Ok(Unit { body, vanishing: tokens.vanishing, trims: tokens.trims, ..parser.unit })
}

struct Parser {
    lexemes: Vec<Lexeme>,
    at: usize,
    length: usize,
    unit: Unit,
    /// How many loops are open round the current place.
    loops: usize,
    /// How many of them `break` and `continue` can leave from here.
    leavable: usize,
    depth: usize,
    expression_depth: usize,
}

type Parsed<T> = Result<T, SyntaxError>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.lexemes.get(self.at).map(|lexeme| &lexeme.token)
    }

    fn peek_after(&self) -> Option<&Token> {
        self.lexemes.get(self.at + 1).map(|lexeme| &lexeme.token)
    }

    /// The place of the next token.
    fn here(&self) -> Range {
        self.lexemes.get(self.at).map_or(self.length..self.length, |lexeme| lexeme.range.clone())
    }

    /// The end of the last token.
    fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |last| self.lexemes[last].range.end)
    }

    fn next(&mut self) -> Option<Lexeme> {
        let lexeme = self.lexemes.get(self.at).cloned()?;
        self.at += 1;
        Some(lexeme)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> Parsed<()> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.expected(&format!("`{sign}`"))) }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(found)) if found == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn expected(&self, what: &str) -> SyntaxError {
        let found = match self.peek() {
            None => "the end of the text".to_owned(),
            Some(Token::Text) => "text".to_owned(),
            Some(Token::PrintStart) => "`{=`".to_owned(),
            Some(Token::PrintEnd) => "`=}`".to_owned(),
            Some(Token::TagStart) => "`{%`".to_owned(),
            Some(Token::TagEnd(_)) => "`%}`".to_owned(),
            Some(Token::Name(name)) => format!("`{name}`"),
            Some(Token::Quoted(_)) => "a text".to_owned(),
            Some(Token::Integer | Token::Float) => "a number".to_owned(),
            Some(Token::Bool) => "a bool".to_owned(),
            Some(Token::Sign(sign)) => format!("`{sign}`"),
        };
        SyntaxError::new(format!("expected {what}, found {found}"), self.here())
    }

    fn name(&mut self) -> Parsed<(String, Range)> {
        let range = self.here();
        match self.peek() {
            Some(Token::Name(name)) => {
                let name = name.clone();
                self.at += 1;
                if name.starts_with("__") {
                    let message = format!("`{name}` starts with two underscores");
                    return Err(
                        SyntaxError::new(message, range).hint("such names are the engine's own")
                    );
                }
                Ok((name, range))
            }
            _ => Err(self.expected("a name")),
        }
    }

    /// A name that the template gives to a value.
    fn new_name(&mut self) -> Parsed<String> {
        let (name, range) = self.name()?;
        if RESERVED.contains(&name.as_str()) {
            return Err(SyntaxError::new(format!("`{name}` is reserved"), range));
        }
        Ok(name)
    }

    /// `a.b` as components are named.
    fn dotted_name(&mut self) -> Parsed<String> {
        let mut name = self.name()?.0;
        while self.take_sign(".") {
            name.push('.');
            name.push_str(&self.name()?.0);
        }
        Ok(name)
    }

    fn tag_end(&mut self) -> Parsed<bool> {
        match self.peek() {
            Some(Token::TagEnd(trims)) => {
                let trims = *trims;
                self.at += 1;
                Ok(trims)
            }
            _ => Err(self.expected("`%}`")),
        }
    }

    /// Nodes up to a tag that starts with one of `ends`, which is taken with its first word, or to the end.
    fn nodes(&mut self, ends: &[&str]) -> Parsed<(Vec<Node>, Option<String>)> {
        self.depth += 1;
        if self.depth > STATEMENT_DEPTH {
            return Err(SyntaxError::new("statements nest too deep here", self.here()));
        }
        let mut nodes = Vec::new();
        while let Some(lexeme) = self.next() {
            match lexeme.token {
                Token::Text => nodes.push(Node::Text(lexeme.range)),
                Token::PrintStart => {
                    nodes.push(Node::Print(self.expression(0)?));
                    if self.peek() != Some(&Token::PrintEnd) {
                        return Err(self.expected("`=}`"));
                    }
                    self.at += 1;
                }
                _ => {
                    if let Some(end) = self.closing(ends) {
                        self.depth -= 1;
                        return Ok((nodes, Some(end)));
                    }
                    nodes.extend(self.statement()?);
                }
            }
        }
        self.depth -= 1;
        Ok((nodes, None))
    }

    /// Takes the first word of a tag that closes or continues a statement.
    fn closing(&mut self, ends: &[&str]) -> Option<String> {
        let word = match self.peek()? {
            Token::Name(word) => word.clone(),
            Token::Sign("</") => "</".to_owned(),
            _ => return None,
        };
        let closes = word.starts_with("end") || matches!(word.as_str(), "else" | "elif" | "</");
        if ends.contains(&word.as_str()) || (ends.is_empty() && closes) {
            self.at += 1;
            return Some(word);
        }
        None
    }

    /// The body of a statement that must be closed.
    fn body(&mut self, opened: &Range, what: &str, ends: &[&str]) -> Parsed<(Vec<Node>, String)> {
        match self.nodes(ends)? {
            (nodes, Some(end)) => Ok((nodes, end)),
            (_, None) => Err(SyntaxError::new(format!("`{what}` is not closed"), opened.clone())
                .hint(format!("close it with `{{% {} %}}`", ends[ends.len() - 1]))),
        }
    }

    /// A body that becomes a value, out of which nothing can jump.
    fn captured(&mut self, opened: &Range, what: &str, end: &str) -> Parsed<Vec<Node>> {
        let leavable = std::mem::take(&mut self.leavable);
        let (body, _) = self.body(opened, what, &[end])?;
        self.leavable = leavable;
        Ok(body)
    }

    fn statement(&mut self) -> Parsed<Option<Node>> {
        let start = self.lexemes[self.at - 1].range.start;
        if self.take_sign("<") {
            return self.call_with_body(start).map(Some);
        }
        let here = self.here();
        let Some(Token::Name(word)) = self.peek().cloned() else {
            return Err(self.expected("a statement"));
        };
        self.at += 1;
        let node = match word.as_str() {
            "set" | "set_global" => self.set(&here)?,
            "include" => self.include()?,
            "for" => self.for_loop(start, &here)?,
            "if" => self.conditions(&here)?,
            "filter" => self.filter(&here)?,
            "component" => {
                self.component(&here)?;
                return Ok(None);
            }
            "break" | "continue" if self.leavable > 0 => Node::Leave,
            "break" | "continue" => {
                return Err(SyntaxError::new(format!("`{word}` stands in no loop here"), here));
            }
            "extends" | "block" => {
                return Err(SyntaxError::new(format!("`{word}` is not part of templates"), here)
                    .hint("use `include` or a component of `parts/`"));
            }
            _ => return Err(unknown_statement(&word, here)),
        };
        self.tag_end()?;
        Ok(Some(node))
    }

    fn set(&mut self, here: &Range) -> Parsed<Node> {
        let name = self.new_name()?;
        if self.take_sign("=") {
            return Ok(Node::Set { name, value: self.expression(0)? });
        }
        let filters = self.piped_filters()?;
        self.tag_end()?;
        let body = self.captured(here, "set", "endset")?;
        Ok(Node::SetBlock { name, filters, body })
    }

    fn piped_filters(&mut self) -> Parsed<Vec<FilterUse>> {
        let mut filters = Vec::new();
        while self.take_sign("|") {
            filters.push(self.filter_use()?);
        }
        Ok(filters)
    }

    fn include(&mut self) -> Parsed<Node> {
        let range = self.here();
        match self.peek().cloned() {
            Some(Token::Quoted(name)) => {
                self.at += 1;
                Ok(Node::Include { name, range })
            }
            _ => Err(self.expected("the name of a part in quotes")),
        }
    }

    fn loop_names(&mut self) -> Parsed<(Option<String>, String)> {
        let first = self.new_name()?;
        let (key, value) =
            if self.take_sign(",") { (Some(first), self.new_name()?) } else { (None, first) };
        if self.take_word("in") { Ok((key, value)) } else { Err(self.expected("`in`")) }
    }

    fn for_loop(&mut self, start: usize, here: &Range) -> Parsed<Node> {
        let (key, value) = self.loop_names()?;
        let target = self.expression(0)?;
        self.tag_end()?;
        self.loops += 1;
        self.leavable += 1;
        let (body, end) = self.body(here, "for", &["else", "endfor"])?;
        self.leavable -= 1;
        self.loops -= 1;
        let range = start..self.end();
        let mut otherwise = Vec::new();
        if end == "else" {
            self.tag_end()?;
            otherwise = self.body(here, "for", &["endfor"])?.0;
        }
        Ok(Node::For(Box::new(For { key, value, target, body, otherwise, range })))
    }

    fn conditions(&mut self, here: &Range) -> Parsed<Node> {
        let mut branches = Vec::new();
        loop {
            let condition = self.expression(0)?;
            self.tag_end()?;
            let (body, end) = self.body(here, "if", &["elif", "else", "endif"])?;
            branches.push((condition, body));
            match end.as_str() {
                "elif" => {}
                "else" => {
                    self.tag_end()?;
                    let otherwise = self.body(here, "if", &["endif"])?.0;
                    return Ok(Node::If { branches, otherwise });
                }
                _ => return Ok(Node::If { branches, otherwise: Vec::new() }),
            }
        }
    }

    fn filter(&mut self, here: &Range) -> Parsed<Node> {
        let mut filters = vec![self.filter_use()?];
        filters.extend(self.piped_filters()?);
        self.tag_end()?;
        let body = self.captured(here, "filter", "endfilter")?;
        Ok(Node::Filter { filters, body })
    }

    fn call_with_body(&mut self, start: usize) -> Parsed<Node> {
        let call = self.call(start)?;
        self.sign(">")?;
        self.tag_end()?;
        let body = self.captured(&call.range, &call.name, "</")?;
        let here = self.here();
        if self.dotted_name()? != call.name {
            return Err(SyntaxError::new(format!("expected `</{}>`", call.name), here));
        }
        self.sign(">")?;
        self.tag_end()?;
        Ok(Node::Call(call, body))
    }

    fn component(&mut self, here: &Range) -> Parsed<()> {
        if self.depth > 1 {
            return Err(SyntaxError::new("a component stands in no other statement", here.clone()));
        }
        let name_range = self.here();
        let name = self.dotted_name()?;
        let name_range = name_range.start..self.end();
        self.sign("(")?;
        let (mut parameters, mut rest) = (Vec::new(), None);
        while !self.take_sign(")") {
            if self.take_sign("...") {
                rest = Some(self.name()?.0);
            } else {
                let is_implicit = self.take_sign("@");
                parameters.push(Parameter { name: self.name()?.0, is_implicit });
                if self.take_sign(":") {
                    self.name()?;
                }
                if self.take_sign("=") {
                    self.expression(0)?;
                }
            }
            if !self.take_sign(",") && !self.is_sign(")") {
                return Err(self.expected("`,` or `)`"));
            }
        }
        if self.is_sign("{") {
            self.expression(0)?;
        }
        let trims = self.tag_end()?;
        let body_start = self.end();
        let body = self.captured(here, "component", "endcomponent")?;
        let body_range = body_start..self.lexemes[self.at - 1].range.start;
        if matches!(self.peek(), Some(Token::Name(_))) {
            self.dotted_name()?;
        }
        self.tag_end()?;
        self.unit.components.push(Component {
            name,
            name_range,
            parameters,
            rest,
            body,
            body_range,
            trims,
        });
        Ok(())
    }
}

fn unknown_statement(word: &str, here: Range) -> SyntaxError {
    let known = [
        "if",
        "elif",
        "else",
        "endif",
        "for",
        "endfor",
        "set",
        "set_global",
        "endset",
        "include",
        "filter",
        "endfilter",
        "component",
        "endcomponent",
        "break",
        "continue",
        "raw",
    ];
    let mut error = SyntaxError::new(format!("`{word}` is no statement"), here);
    if word.starts_with("end") || word.starts_with("el") {
        error.message = format!("`{word}` does not close what is open here");
    }
    error.hint = kiln_base::did_you_mean(word, known);
    error
}
