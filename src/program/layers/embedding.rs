//! Embeddings: a learned row for each token and each position.

use crate::experiment::Activation;
use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Mode, Node, Value};
use crate::program::map::{Parameter, Unit, UnitKind};
use crate::program::op::Op;
use crate::program::tokens::TokenOp;

#[derive(Debug)]
struct Embedding {
    /// Of the tokens; that of the positions follows it.
    unit: usize,
    output: Value,
}

impl Node for Embedding {
    /// Tokens are no numbers that a gradient could flow to.
    fn inputs(&self) -> Vec<Value> {
        Vec::new()
    }

    fn output(&self) -> Value {
        self.output
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let gradient = chain.gradient(self.output);
        chain.append_unit(builder, self.unit, gradient);
        chain.append_unit(builder, self.unit + 1, gradient);
    }
}

/// Appends the sum of a row for each token, from `table`, and a row for each position.
pub(in crate::program) fn embedding(
    builder: &mut Builder,
    graph: &mut Graph,
    table: &Parameter,
    positions: &Parameter,
    tokens: Value,
) -> Value {
    let tokens = graph.view(tokens);
    let is_training = graph.mode == Mode::Training;
    let [rows, places] = [table, positions].map(|p| if is_training { p.effective } else { p.trained });
    let out = builder.scratch(graph.named("embedded".into()), tokens.len(), rows.columns);
    builder.push(Op::Token(TokenOp::Embed { tokens, table: rows, positions: places, out }));
    let output = graph.made("embedded", out);
    let unit = graph.units.len();
    let kinds = [
        ("embedding", UnitKind::Embedding { table: table.clone(), tokens }),
        ("position", UnitKind::Positions { table: positions.clone() }),
    ];
    for (name, kind) in kinds {
        let (layer, activation) = (table.layer, Activation::Linear);
        graph.units.push(Unit { name: name.into(), layer, output: out, activity: out, activation, kind });
    }
    graph.push(Embedding { unit, output });
    output
}
