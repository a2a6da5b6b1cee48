//! The tree of an expression, kept as a list in which operands stand before what uses them.
//!
//! So every pass over it is a loop and no sum, however long, can exhaust the stack.

use std::fmt;

use super::error::Span;
use super::print::{Infix, Text};

/// Place of a node in its tree's list.
pub type NodeId = usize;

/// Operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `^`
    Power,
}

macro_rules! functions {
    ($($(#[doc = $doc:literal])* $variant:ident $name:literal $arity:literal;)*) => {
        /// Functions of the language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function { $($(#[doc = $doc])* $variant),* }

        impl Function {
            /// Every function, in the order in which messages list them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// How many arguments it takes.
            #[must_use]
            pub const fn arity(self) -> usize {
                match self { $(Self::$variant => $arity),* }
            }
        }
    };
}

functions! {
    /// Hyperbolic tangent.
    Tanh "tanh" 1;
    /// Logistic function.
    Sigmoid "sigmoid" 1;
    /// max(x, 0).
    Relu "relu" 1;
    /// Exponential.
    Exp "exp" 1;
    /// Natural logarithm.
    Log "log" 1;
    /// Square root.
    Sqrt "sqrt" 1;
    /// Absolute value.
    Abs "abs" 1;
    /// -1, 0 or 1.
    Sign "sign" 1;
    /// 1 where x > 0, else 0.
    Step "step" 1;
    /// The smaller of two.
    Min "min" 2;
    /// The larger of two.
    Max "max" 2;
    /// Mean over the batch's samples.
    Average "avg" 1;
    /// Frobenius norm of the weights.
    Norm "norm" 1;
    /// Euclidean norm of a neuron's incoming weights.
    RowNorm "rownorm" 1;
}

impl Function {
    /// The function of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|function| function.name() == name)
    }

    /// Whether it takes values of many samples or synapses together.
    #[must_use]
    pub const fn is_aggregate(self) -> bool {
        matches!(self, Self::Average | Self::Norm | Self::RowNorm)
    }
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A number, never negative.
    Number(f64),
    /// A name.
    Name(String),
    /// Unary minus.
    Negate(NodeId),
    /// An operator between two operands.
    Binary(Operator, NodeId, NodeId),
    /// A function of its arguments, as many as it takes.
    Call(Function, Vec<NodeId>),
}

/// A node and where it stands, parentheses around it included.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stands.
    pub span: Span,
}

/// An expression that is well formed; its names may mean nothing.
#[derive(Clone, Debug)]
pub struct Ast {
    nodes: Vec<Node>,
    text: String,
}

/// Equal structure, wherever it is written and whatever blanks and parentheses it is written with.
impl PartialEq for Ast {
    fn eq(&self, other: &Self) -> bool {
        self.nodes.iter().map(|node| &node.kind).eq(other.nodes.iter().map(|node| &node.kind))
    }
}

impl Ast {
    /// A tree of nodes in the order in which a parser completes them; the last is the root.
    pub(super) fn new(nodes: Vec<Node>, text: &str) -> Self {
        Self { nodes, text: text.to_owned() }
    }

    /// Every node, operands before what uses them, the root last.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The text that was parsed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every name, as often as it is written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Name(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// What is written at a node, on one line and shortened, for a message to quote.
    #[must_use]
    pub fn quoted(&self, node: NodeId) -> String {
        const LONGEST: usize = 80;
        let Span { start, end } = self.nodes[node].span;
        let written: String = self.text.chars().skip(start).take(end - start).collect();
        let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= LONGEST {
            return line;
        }
        line.chars().take(LONGEST - 3).chain("...".chars()).collect()
    }
}

/// With as few parentheses as read back to the same tree.
impl fmt::Display for Ast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut texts: Vec<Text> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            // Each node has one parent, so that its text can be moved out.
            let mut take = |id: &NodeId| std::mem::take(&mut texts[*id]);
            let text = match &node.kind {
                NodeKind::Number(value) => Text::number(*value),
                NodeKind::Name(name) => Text::atom(name.clone()),
                NodeKind::Negate(operand) => take(operand).negated(),
                NodeKind::Binary(operator, left, right) => {
                    let left = take(left);
                    left.joined(Infix::from(*operator), take(right))
                }
                NodeKind::Call(function, arguments) => {
                    Text::call(function.name(), &arguments.iter().map(take).collect::<Vec<_>>())
                }
            };
            texts.push(text);
        }
        texts.last().map_or(Ok(()), |root| f.write_str(root.as_str()))
    }
}
