//! From a tree to terms: what each name means, which sides every part has, and the expansion of what mixes them.

use super::MAX_TERMS;
use super::ast::{Ast, Function, NodeId, NodeKind, Operator};
use super::error::{Flaw, Problem};
use super::graph::{Graph, Value};
use super::names::{self, BUILT_IN, Shape};
use super::tape::{Binary, Input, Unary};
use super::term::{Term, Terms};

/// What the names of an expression mean.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Names of the parameters, in the rule's order.
    pub parameters: &'a [String],
    /// Names of the states in the rule's order; shapes only of those that are known already.
    pub states: &'a [(String, Shape)],
    /// Whether the expression is the signal of the biases.
    pub of_biases: bool,
}

enum Meaning {
    Number(f64),
    Read(Input, Shape),
}

impl Scope<'_> {
    fn meaning(&self, name: &str) -> Result<Meaning, Problem> {
        if name == names::PI {
            return Ok(Meaning::Number(std::f64::consts::PI));
        }
        if let Some((_, input)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            let input = match input {
                Input::Pre if self.of_biases => return Ok(Meaning::Number(1.0)),
                Input::Weight if self.of_biases => Input::Bias,
                input => *input,
            };
            return Ok(Meaning::Read(input, input.shape().unwrap_or_default()));
        }
        if let Some(place) = self.parameters.iter().position(|known| known == name) {
            return Ok(Meaning::Read(Input::Parameter(place), Shape::LAYER));
        }
        if let Some(place) = self.states.iter().position(|(known, _)| known == name) {
            let shape = self.states[place].1;
            if self.of_biases && shape.pre {
                return Err(Problem::StateOfNoBias(name.to_owned()));
            }
            return Ok(Meaning::Read(Input::State(place), shape));
        }
        let given = self.parameters.iter().chain(self.states.iter().map(|(name, _)| name)).map(String::as_str);
        let mut known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).chain([names::PI]).chain(given).collect();
        known.sort_unstable();
        let nearest = names::nearest(name, known.iter().copied());
        Err(Problem::UnknownName { name: name.to_owned(), nearest, known: known.join(" ") })
    }

    /// What the expression's mean over samples varies over, by its names; `own` is left out.
    ///
    /// # Errors
    /// An unknown name.
    pub fn shape_of(&self, ast: &Ast, own: &str) -> Result<Shape, Flaw> {
        let mut shapes: Vec<Shape> = Vec::with_capacity(ast.nodes().len());
        for node in ast.nodes() {
            let shape = match &node.kind {
                NodeKind::Number(_) => Shape::LAYER,
                NodeKind::Name(name) if name == own => Shape::LAYER,
                NodeKind::Name(name) => match self.meaning(name) {
                    Ok(Meaning::Number(_)) => Shape::LAYER,
                    Ok(Meaning::Read(_, shape)) => shape,
                    Err(problem) => return Err(Flaw { span: node.span, problem }),
                },
                NodeKind::Negate(of) => shapes[*of],
                NodeKind::Binary(_, left, right) => shapes[*left] | shapes[*right],
                NodeKind::Call(Function::Norm, _) => Shape::LAYER,
                NodeKind::Call(Function::RowNorm, _) => Shape::POST,
                NodeKind::Call(_, arguments) => {
                    arguments.iter().fold(Shape::LAYER, |shape, argument| shape | shapes[*argument])
                }
            };
            shapes.push(shape);
        }
        Ok(shapes.last().copied().unwrap_or_default().averaged())
    }
}

/// The expression as a sum of terms.
///
/// # Errors
/// The first part that has no meaning or cannot be separated.
pub fn separate(ast: &Ast, scope: Scope<'_>, graph: &mut Graph) -> Result<Terms, Flaw> {
    check_names(ast, scope)?;
    check_aggregates(ast)?;
    let mut separation = Separation { ast, scope, graph, parts: Vec::with_capacity(ast.nodes().len()) };
    for node in 0..ast.nodes().len() {
        let part = separation.part(node).map_err(|(at, problem)| Flaw { span: ast.nodes()[at].span, problem })?;
        separation.parts.push(part);
    }
    let root = separation.parts.pop().unwrap_or(Part { sides: Shape::LAYER, content: Content::Moved });
    Ok(separation.terms(root.content))
}

fn check_names(ast: &Ast, scope: Scope<'_>) -> Result<(), Flaw> {
    for node in ast.nodes() {
        if let NodeKind::Name(name) = &node.kind {
            scope.meaning(name).map_err(|problem| Flaw { span: node.span, problem })?;
        }
    }
    Ok(())
}

fn check_aggregates(ast: &Ast) -> Result<(), Flaw> {
    // The first node of each subtree, which lies without gaps before its root.
    let mut first: Vec<NodeId> = Vec::with_capacity(ast.nodes().len());
    let mut aggregates: Vec<NodeId> = Vec::new();
    for (place, node) in ast.nodes().iter().enumerate() {
        first.push(match &node.kind {
            NodeKind::Number(_) | NodeKind::Name(_) => place,
            NodeKind::Negate(of) | NodeKind::Binary(_, of, _) => first[*of],
            NodeKind::Call(_, arguments) => arguments.first().map_or(place, |argument| first[*argument]),
        });
        let NodeKind::Call(function, arguments) = &node.kind else { continue };
        match function {
            Function::Average => {
                let inner = aggregates.partition_point(|inner| *inner < first[place]);
                if let Some(inner) = aggregates.get(inner)
                    && let NodeKind::Call(function, _) = &ast.nodes()[*inner].kind
                {
                    let problem = Problem::NestedAggregate { inner: function.name() };
                    return Err(Flaw { span: ast.nodes()[*inner].span, problem });
                }
            }
            Function::Norm | Function::RowNorm => {
                let Some(argument) = arguments.first() else { continue };
                if !matches!(&ast.nodes()[*argument].kind, NodeKind::Name(name) if name == "w") {
                    let problem = Problem::NormOf { function: function.name(), found: ast.quoted(*argument) };
                    return Err(Flaw { span: ast.nodes()[*argument].span, problem });
                }
            }
            _ => continue,
        }
        aggregates.push(place);
    }
    Ok(())
}

struct Part {
    /// By its names, whatever is left of them: an error must not depend on what is folded.
    sides: Shape,
    content: Content,
}

enum Content {
    /// Does not mix the sides; stays as it is written.
    Whole(Value),
    /// Mixes them.
    Sum(Terms),
    /// Used already: a part has one user.
    Moved,
}

struct Separation<'a> {
    ast: &'a Ast,
    scope: Scope<'a>,
    graph: &'a mut Graph,
    parts: Vec<Part>,
}

type Found<T> = Result<T, (NodeId, Problem)>;

impl Separation<'_> {
    fn part(&mut self, node: NodeId) -> Found<Part> {
        let ast = self.ast;
        Ok(match &ast.nodes()[node].kind {
            NodeKind::Number(number) => self.number(*number),
            NodeKind::Name(name) => match self.scope.meaning(name).map_err(|problem| (node, problem))? {
                Meaning::Number(number) => self.number(number),
                Meaning::Read(input, shape) => whole(shape, self.graph.input(input, shape)),
            },
            NodeKind::Negate(of) => self.negated(*of),
            NodeKind::Binary(operator, left, right) => self.binary(node, *operator, *left, *right)?,
            NodeKind::Call(function, arguments) => self.call(node, *function, arguments)?,
        })
    }

    fn number(&mut self, number: f64) -> Part {
        whole(Shape::LAYER, self.graph.constant(number))
    }

    fn take(&mut self, node: NodeId) -> Content {
        std::mem::replace(&mut self.parts[node].content, Content::Moved)
    }

    /// The part as one value. What mixes the sides was refused before and is used once, so the 0 is never seen.
    fn value(&mut self, node: NodeId) -> Value {
        match self.take(node) {
            Content::Whole(value) => value,
            Content::Sum(_) | Content::Moved => self.graph.constant(0.0),
        }
    }

    fn terms(&mut self, content: Content) -> Terms {
        let mut terms = Terms::default();
        match content {
            Content::Whole(value) => terms.add(Term::of(self.graph, value)),
            Content::Sum(sum) => return sum,
            Content::Moved => {}
        }
        terms
    }

    fn taken_terms(&mut self, node: NodeId) -> Terms {
        let content = self.take(node);
        self.terms(content)
    }

    fn negated(&mut self, of: NodeId) -> Part {
        let sides = self.parts[of].sides;
        match self.take(of) {
            Content::Whole(value) => whole(sides, self.graph.unary(Unary::Negate, value)),
            content => {
                let mut terms = self.terms(content);
                for term in terms.list_mut() {
                    term.coefficient = -term.coefficient;
                }
                Part { sides, content: Content::Sum(terms) }
            }
        }
    }

    fn binary(&mut self, node: NodeId, operator: Operator, left: NodeId, right: NodeId) -> Found<Part> {
        let sides = self.parts[left].sides | self.parts[right].sides;
        if !sides.mixes() {
            let (left, right) = (self.value(left), self.value(right));
            let function = match operator {
                Operator::Add => Binary::Add,
                Operator::Subtract => Binary::Subtract,
                Operator::Multiply => Binary::Multiply,
                Operator::Divide => Binary::Divide,
                Operator::Power => Binary::Power,
            };
            return Ok(whole(sides, self.graph.binary(function, left, right)));
        }
        let terms = match operator {
            Operator::Add | Operator::Subtract => {
                let sign = if operator == Operator::Add { 1.0 } else { -1.0 };
                let mut sum = self.taken_terms(left);
                for mut term in self.taken_terms(right).into_list() {
                    term.coefficient *= sign;
                    sum.add(term);
                    within_limit(node, &sum)?;
                }
                sum
            }
            Operator::Multiply => {
                let (left, right) = (self.taken_terms(left), self.taken_terms(right));
                self.product(node, &left, &right)?
            }
            Operator::Divide => {
                if self.parts[right].sides.mixes() {
                    return Err((right, Problem::MixedDivisor(self.ast.quoted(right))));
                }
                let (dividend, divisor) = (self.taken_terms(left), self.value(right));
                let mut quotient = Terms::default();
                for mut term in dividend.into_list() {
                    term.divide(self.graph, divisor);
                    quotient.add(term);
                }
                quotient
            }
            Operator::Power => self.power(node, left, right)?,
        };
        Ok(Part { sides, content: Content::Sum(terms) })
    }

    fn product(&mut self, node: NodeId, left: &Terms, right: &Terms) -> Found<Terms> {
        let mut product = Terms::default();
        for one in left.list() {
            for other in right.list() {
                product.add(one.times(self.graph, other));
                within_limit(node, &product)?;
            }
        }
        Ok(product)
    }

    fn power(&mut self, node: NodeId, base: NodeId, exponent: NodeId) -> Found<Terms> {
        let exponent = match self.ast.nodes()[exponent].kind {
            NodeKind::Number(number) if number.fract() == 0.0 && number <= 8.0 => number as i32,
            _ => return Err((node, Problem::MixedPower(self.ast.quoted(node)))),
        };
        let base = self.taken_terms(base);
        let mut power = Terms::default();
        if let [term] = base.list() {
            power.add(term.power(self.graph, exponent));
            return Ok(power);
        }
        power.add(Term::number(1.0));
        for _ in 0..exponent {
            power = self.product(node, &power, &base)?;
        }
        Ok(power)
    }

    fn call(&mut self, node: NodeId, function: Function, arguments: &[NodeId]) -> Found<Part> {
        let sides = arguments.iter().fold(Shape::LAYER, |sides, argument| sides | self.parts[*argument].sides);
        let of_biases = self.scope.of_biases;
        match function {
            Function::Norm => {
                let norm = if of_biases { Input::BiasNorm } else { Input::Norm };
                return Ok(whole(Shape::LAYER, self.graph.input(norm, Shape::LAYER)));
            }
            Function::RowNorm => {
                let norm = if of_biases {
                    // A bias is a row of one weight.
                    let bias = self.graph.input(Input::Bias, Shape::POST);
                    self.graph.unary(Unary::Abs, bias)
                } else {
                    self.graph.input(Input::RowNorm, Shape::POST)
                };
                return Ok(whole(Shape::POST, norm));
            }
            Function::Average if sides.post && sides.pre => {
                return Err((node, Problem::AverageOfBothSides(self.ast.quoted(node))));
            }
            Function::Min | Function::Max if sides.mixes() => {
                return Err((node, Problem::MixedComparison(self.ast.quoted(node))));
            }
            _ if sides.mixes() => {
                let problem = Problem::MixedFunction { part: self.ast.quoted(node), function: function.name() };
                return Err((node, problem));
            }
            _ => {}
        }
        let values: Vec<Value> = arguments.iter().map(|argument| self.value(*argument)).collect();
        let Some(&first) = values.first() else { return Ok(self.number(0.0)) };
        let last = values.last().copied().unwrap_or(first);
        let mut unary = |function| self.graph.unary(function, first);
        let value = match function {
            Function::Tanh => unary(Unary::Tanh),
            Function::Sigmoid => unary(Unary::Sigmoid),
            Function::Relu => unary(Unary::Relu),
            Function::Exp => unary(Unary::Exp),
            Function::Log => unary(Unary::Log),
            Function::Sqrt => unary(Unary::Sqrt),
            Function::Abs => unary(Unary::Abs),
            Function::Sign => unary(Unary::Sign),
            Function::Step => unary(Unary::Step),
            Function::Min => self.graph.binary(Binary::Min, first, last),
            Function::Max => self.graph.binary(Binary::Max, first, last),
            Function::Average => return Ok(whole(sides.averaged(), self.graph.average(first))),
            // Both were answered above.
            Function::Norm | Function::RowNorm => first,
        };
        Ok(whole(sides, value))
    }
}

fn whole(sides: Shape, value: Value) -> Part {
    Part { sides, content: Content::Whole(value) }
}

fn within_limit(node: NodeId, terms: &Terms) -> Found<()> {
    if terms.list().len() > MAX_TERMS { Err((node, Problem::TooManyTerms)) } else { Ok(()) }
}
