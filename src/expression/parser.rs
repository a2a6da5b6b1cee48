//! Tokens to a tree. Unary minus stands between `*` and `^`; `^` groups to the right, the others to the left.

use super::ast::{Ast, Function, Node, NodeId, NodeKind, Operator};
use super::error::{Flaw, Place, Problem, Span};
use super::lexer::{Token, TokenKind, tokens};
use super::names;
use super::{MAX_CHARACTERS, MAX_LEVELS};

/// Reads an expression.
///
/// # Errors
/// The first mistake of the text.
pub fn parse(text: &str) -> Result<Ast, Flaw> {
    let characters = text.chars().count();
    if characters > MAX_CHARACTERS {
        let span = Span { start: MAX_CHARACTERS, end: characters };
        return Err(Flaw { span, problem: Problem::TooLong(characters) });
    }
    let tokens = tokens(text);
    if tokens.len() == 1 {
        return Err(Flaw { span: Span { start: 0, end: 0 }, problem: Problem::Empty });
    }
    let mut parser = Parser { tokens, at: 0, levels: 0, nodes: Vec::new(), text };
    parser.sum()?;
    if parser.peek().kind != TokenKind::End {
        return Err(parser.after_operand("the end"));
    }
    Ok(Ast::new(parser.nodes, text))
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    levels: usize,
    nodes: Vec<Node>,
    text: &'a str,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        // The last token is the end, and nothing goes beyond it.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn is(&self, symbol: char) -> bool {
        self.peek().kind == TokenKind::Symbol(symbol)
    }

    fn take(&mut self, symbol: char) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    fn push(&mut self, kind: NodeKind, start: usize, end: usize) -> NodeId {
        self.nodes.push(Node { kind, span: Span { start, end } });
        self.nodes.len() - 1
    }

    fn binary(&mut self, operator: Operator, left: NodeId, right: NodeId) -> NodeId {
        let (start, end) = (self.nodes[left].span.start, self.nodes[right].span.end);
        self.push(NodeKind::Binary(operator, left, right), start, end)
    }

    /// One level deeper, opened by the token at hand.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Flaw>) -> Result<T, Flaw> {
        if self.levels == MAX_LEVELS {
            return Err(Flaw { span: self.peek().span, problem: Problem::TooDeep });
        }
        self.levels += 1;
        self.at += 1;
        let result = inner(self);
        self.levels -= 1;
        result
    }

    fn sum(&mut self) -> Result<NodeId, Flaw> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek().kind {
                TokenKind::Symbol('+') => Operator::Add,
                TokenKind::Symbol('-') => Operator::Subtract,
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.product()?;
            left = self.binary(operator, left, right);
        }
    }

    fn product(&mut self) -> Result<NodeId, Flaw> {
        let mut left = self.signed()?;
        loop {
            let operator = match self.peek().kind {
                TokenKind::Symbol('*') => Operator::Multiply,
                TokenKind::Symbol('/') => Operator::Divide,
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.signed()?;
            left = self.binary(operator, left, right);
        }
    }

    fn signed(&mut self) -> Result<NodeId, Flaw> {
        if !self.is('-') {
            return self.power();
        }
        let start = self.peek().span.start;
        let operand = self.deeper(Self::signed)?;
        let end = self.nodes[operand].span.end;
        Ok(self.push(NodeKind::Negate(operand), start, end))
    }

    fn power(&mut self) -> Result<NodeId, Flaw> {
        let base = self.operand()?;
        if !self.is('^') {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        Ok(self.binary(Operator::Power, base, exponent))
    }

    fn operand(&mut self) -> Result<NodeId, Flaw> {
        let token = self.peek().clone();
        let Span { start, end } = token.span;
        match token.kind {
            TokenKind::Number(value) => {
                self.at += 1;
                Ok(self.push(NodeKind::Number(value), start, end))
            }
            TokenKind::Name => {
                self.at += 1;
                match Function::named(&token.text) {
                    Some(function) => self.call(function, start),
                    None => self.name(token),
                }
            }
            TokenKind::Symbol('(') => {
                let inner = self.deeper(Self::sum)?;
                let close = self.close(start)?;
                // An error about the part shows it as it is written.
                self.nodes[inner].span = Span { start, end: close };
                Ok(inner)
            }
            TokenKind::Wrong(problem) => Err(Flaw { span: token.span, problem }),
            TokenKind::Symbol(_) | TokenKind::End => {
                let plus = token.kind == TokenKind::Symbol('+');
                Err(Flaw { span: token.span, problem: Problem::NoOperand { found: token.described(), plus } })
            }
        }
    }

    fn name(&mut self, token: Token) -> Result<NodeId, Flaw> {
        if self.is('(') {
            let nearest = names::nearest_function(&token.text);
            let problem = Problem::NotAFunction { name: token.text, nearest };
            return Err(Flaw { span: self.peek().span, problem });
        }
        Ok(self.push(NodeKind::Name(token.text), token.span.start, token.span.end))
    }

    fn call(&mut self, function: Function, start: usize) -> Result<NodeId, Flaw> {
        let open = self.peek().clone();
        if let TokenKind::Wrong(problem) = open.kind {
            return Err(Flaw { span: open.span, problem });
        }
        if open.kind != TokenKind::Symbol('(') {
            let problem = Problem::NoArguments { found: open.described(), function: function.name() };
            return Err(Flaw { span: open.span, problem });
        }
        let arguments = self.deeper(|parser| {
            let mut arguments = Vec::new();
            if parser.is(')') {
                return Ok(arguments);
            }
            loop {
                arguments.push(parser.sum()?);
                if !parser.take(',') {
                    return Ok(arguments);
                }
            }
        })?;
        let end = self.close(open.span.start)?;
        if arguments.len() != function.arity() {
            let (takes, found) = (function.arity(), arguments.len());
            let problem = Problem::Arity { function: function.name(), takes, found };
            return Err(Flaw { span: Span { start, end }, problem });
        }
        Ok(self.push(NodeKind::Call(function, arguments), start, end))
    }

    /// Takes the `)` for the `(` at `open`; returns where it ends.
    fn close(&mut self, open: usize) -> Result<usize, Flaw> {
        let token = self.peek();
        let span = token.span;
        if token.kind == TokenKind::End {
            let at = Place::of(self.text, Span { start: open, end: open });
            let place = if self.text.trim_end().contains('\n') {
                format!("line {}, column {}", at.line, at.column)
            } else {
                format!("column {}", at.column)
            };
            return Err(Flaw { span, problem: Problem::Unclosed(place) });
        }
        if !self.take(')') {
            return Err(self.after_operand("`)`"));
        }
        Ok(span.end)
    }

    /// What is wrong with the token at hand, which follows a complete operand and is no operator.
    fn after_operand(&self, closing: &'static str) -> Flaw {
        let token = self.peek();
        let problem = match &token.kind {
            TokenKind::Wrong(problem) => problem.clone(),
            TokenKind::Symbol(')') => Problem::Unopened,
            TokenKind::Symbol(',') => Problem::Comma(closing),
            _ => Problem::AfterOperand { found: token.described(), closing },
        };
        Flaw { span: token.span, problem }
    }
}
