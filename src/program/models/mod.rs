//! Networks: which parameters there are, and how layers follow each other.

mod cnn;
mod head;
mod mlp;
mod parameters;
mod resnet;
mod transformer;

pub(super) use parameters::scaled_by;

use super::graph::{Graph, Value};
use super::map::Parameter;
use super::{Builder, Switches};
use crate::experiment::{Experiment, ModelKind};

/// A network with its parameters declared.
pub(super) trait Network {
    /// Every parameter, in forward order.
    fn parameters(&self) -> Vec<&Parameter>;
    /// Appends the forward pass from a batch of examples.
    fn append(&self, builder: &mut Builder, graph: &mut Graph, inputs: Value) -> Value;
}

/// Declares the parameters of an experiment's network.
pub(super) fn declare(builder: &mut Builder, experiment: &Experiment, switches: Switches) -> Box<dyn Network> {
    match experiment.model.kind {
        ModelKind::Mlp => Box::new(mlp::Mlp::declare(builder, experiment, switches)),
        ModelKind::Transformer => Box::new(transformer::Transformer::declare(builder, experiment)),
        ModelKind::Cnn => Box::new(cnn::Cnn::declare(builder, experiment)),
        ModelKind::Resnet => Box::new(resnet::ResNet::declare(builder, experiment)),
    }
}
