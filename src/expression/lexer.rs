//! Text to tokens. What is no token is one too, so that the first mistake of a text is the one that is reported.

use super::error::{Problem, Span};

/// The smallest parts of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    /// A number.
    Number(f64),
    /// A name of a value or of a function.
    Name,
    /// One of `+ - * / ^ ( ) ,`.
    Symbol(char),
    /// Something that is no token.
    Wrong(Problem),
    /// Behind the last token.
    End,
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
    /// Its characters.
    pub text: String,
}

impl Token {
    /// The token as a message names it.
    #[must_use]
    pub fn described(&self) -> String {
        match self.kind {
            TokenKind::Number(_) => format!("the number `{}`", self.text),
            TokenKind::Name if super::ast::Function::named(&self.text).is_some() => {
                format!("the function `{}`", self.text)
            }
            TokenKind::Name => format!("the name `{}`", self.text),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::Wrong(_) => format!("`{}`", self.text),
            TokenKind::End => "the end of the expression".to_owned(),
        }
    }
}

/// All tokens of `text`, the last of them [`TokenKind::End`], right behind the one before it.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        // A carriage return comes with the line ends of some editors.
        if matches!(character, ' ' | '\t' | '\n' | '\r') {
            at += 1;
            continue;
        }
        let (kind, end) = token(&characters, at);
        let text = characters[at..end].iter().collect();
        found.push(Token { kind, span: Span { start: at, end }, text });
        at = end;
    }
    let end = found.last().map_or(0, |last| last.span.end);
    found.push(Token { kind: TokenKind::End, span: Span { start: end, end }, text: String::new() });
    found
}

fn token(characters: &[char], at: usize) -> (TokenKind, usize) {
    let next = characters.get(at + 1).copied();
    match characters[at] {
        '*' if next == Some('*') => (TokenKind::Wrong(Problem::Stars), at + 2),
        symbol @ ('+' | '-' | '*' | '/' | '^' | '(' | ')' | ',') => (TokenKind::Symbol(symbol), at + 1),
        '0'..='9' => number(characters, at),
        '.' if next.is_some_and(|c| c.is_ascii_digit()) => number(characters, at),
        'a'..='z' | 'A'..='Z' => (TokenKind::Name, skip(characters, at, |c| c.is_ascii_alphanumeric() || c == '_')),
        found => (TokenKind::Wrong(Problem::Character { found, hint: hint(found) }), at + 1),
    }
}

fn skip(characters: &[char], from: usize, belongs: impl Fn(char) -> bool) -> usize {
    characters[from..].iter().position(|&c| !belongs(c)).map_or(characters.len(), |length| from + length)
}

fn number(characters: &[char], start: usize) -> (TokenKind, usize) {
    let digits = |from| skip(characters, from, |c| c.is_ascii_digit());
    let mut end = digits(start);
    if characters.get(end) == Some(&'.') {
        end = digits(end + 1);
    }
    if matches!(characters.get(end), Some('e' | 'E')) {
        let sign = end + 1;
        let exponent = if matches!(characters.get(sign), Some('+' | '-')) { sign + 1 } else { sign };
        let past = digits(exponent);
        if past == exponent {
            // The sign may well be an operator of the reader's next thought: only the `e` is to blame.
            let text = characters[start..sign].iter().collect();
            return (TokenKind::Wrong(Problem::Number(text)), sign);
        }
        end = past;
    }
    let text: String = characters[start..end].iter().collect();
    let kind = match text.parse::<f64>() {
        Ok(value) if value.is_finite() => TokenKind::Number(value),
        Ok(_) => TokenKind::Wrong(Problem::TooLarge(text)),
        Err(_) => TokenKind::Wrong(Problem::Number(text)),
    };
    (kind, end)
}

fn hint(found: char) -> &'static str {
    match found {
        '×' | '·' | '⋅' | '∗' | '•' => "multiplication is `*`",
        '÷' | '∕' => "division is `/`",
        '−' | '–' | '—' => "minus is `-`",
        '>' => "write `step(x)` for x > 0",
        '<' => "write `step(-x)` for x < 0",
        '=' | '!' => "there is no comparison; `step(x)` is 1 where x > 0, `sign(x)` is -1, 0 or 1",
        '[' | ']' | '{' | '}' => "parentheses are `(` and `)`",
        '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' => "a power is written `^`, as in `x^2`",
        '√' => "a root is written `sqrt(x)`",
        'π' => "write `pi`",
        '|' => "write `abs(x)`",
        '.' => "a number has digits, as in `0.5`",
        '_' => "a name begins with a letter",
        _ if found.is_alphabetic() => "names are of the letters a to z and A to Z, digits and `_`",
        _ => "allowed are numbers, names, functions, `+ - * / ^`, parentheses and `,` between arguments",
    }
}
