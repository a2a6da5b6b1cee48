//! A penalty on activity: lambda times the mean absolute activation of each hidden layer, over samples and units.

use std::sync::Arc;

use crate::expression::Tape;
use crate::program::Builder;
use crate::program::graph::{Chain, Graph, Node, Value};
use crate::program::op::{Op, Source};
use crate::program::slot::Slot;

#[derive(Debug)]
struct Penalty {
    activity: Value,
}

impl Node for Penalty {
    /// It adds to a gradient and stands in nobody's way.
    fn inputs(&self) -> Vec<Value> {
        Vec::new()
    }

    fn output(&self) -> Value {
        self.activity
    }

    fn append_backward(&self, builder: &mut Builder, chain: &mut Chain<'_>) {
        let gradient = chain.gradient(self.activity);
        let activity = chain.graph.view(self.activity);
        // Minus N times the derivative of the mean over N samples and all units.
        let text = format!("g - lambda * sign(a) / {}", activity.columns);
        let tape = Tape::elementwise(&text, &["g", "lambda", "a"]);
        let sources = [Source::Matrix(gradient), Source::Slot(Slot::ActivationPenalty), Source::Matrix(activity)];
        let operands = tape.operands().map(|place| sources[place]).collect();
        builder
            .push_unless_zero(Slot::ActivationPenalty, Op::Evaluate { tape: Arc::new(tape), operands, out: gradient });
    }
}

/// Puts a penalty on a hidden layer's activity.
pub(in crate::program) fn penalty(graph: &mut Graph, activity: Value) {
    graph.activities.push(activity);
    graph.push(Penalty { activity });
}
