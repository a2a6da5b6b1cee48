//! Architectures of trajectory files.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::experiment::{Activation, DataKind, Experiment, ModelKind, ResNetBlock, Stem};

/// Fills what `config.model` says of the network and its data.
///
/// # Errors
/// What this program's networks are not.
pub(super) fn fill(model: &Value, e: &mut Experiment) -> Result<(), String> {
    let kind = model.get("kind").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "mlp" => perceptron(&read(model)?, e),
        "transformer" => transformer(&read(model)?, e),
        "cnn" => cnn(&read(model)?, e),
        "resnet" => resnet(&read(model)?, e),
        _ => Err(format!(
            "config.model.kind: \"{kind}\" is not known; allowed are \"mlp\", \"transformer\", \"cnn\" and \"resnet\""
        )),
    }
}

fn read<T: DeserializeOwned>(model: &Value) -> Result<T, String> {
    serde_path_to_error::deserialize(model).map_err(|e| format!("config.model.{}: {}", e.path(), e.inner()))
}

/// A setting that this program has no other value of.
fn only<T: PartialEq + std::fmt::Debug>(name: &str, found: &T, allowed: &T) -> Result<(), String> {
    if found == allowed { Ok(()) } else { Err(format!("config.model.{name}: found {found:?}, allowed is {allowed:?}")) }
}

/// Widths from input to output.
fn ends<'a>(name: &str, sizes: &'a [usize]) -> Result<(usize, &'a [usize], usize), String> {
    match sizes {
        [first, hidden @ .., last] => Ok((*first, hidden, *last)),
        _ => Err(format!("config.model.{name}: found {sizes:?}, expected at least 2 widths")),
    }
}

/// What PyTorch's norms have by default, and this program's always.
fn batch_norm() -> Value {
    json!({ "eps": 1e-5, "momentum": 0.1 })
}

#[derive(Deserialize)]
struct Perceptron {
    sizes: Vec<usize>,
    activation: Option<Activation>,
    #[serde(default)]
    bias: bool,
    #[serde(default)]
    residual: bool,
    #[serde(default)]
    batch_norm: Value,
    #[serde(default)]
    dropout: f64,
}

fn perceptron(model: &Perceptron, e: &mut Experiment) -> Result<(), String> {
    let (inputs, hidden, outputs) = ends("sizes", &model.sizes)?;
    (e.data.input_size, e.data.output_size, e.model.hidden) = (inputs, outputs, hidden.to_vec());
    e.model.activation = model.activation.unwrap_or(Activation::Linear);
    (e.model.bias, e.model.residual, e.model.dropout) = (model.bias, model.residual, model.dropout);
    e.model.batch_norm = !matches!(model.batch_norm, Value::Null | Value::Bool(false));
    if e.model.batch_norm { only("batch_norm", &model.batch_norm, &batch_norm()) } else { Ok(()) }
}

#[derive(Deserialize)]
struct Transformer {
    vocabulary: usize,
    length: usize,
    d_model: usize,
    heads: usize,
    feed_forward: usize,
    layers: usize,
    activation: Activation,
    norm: String,
    layer_norm_eps: f64,
    positions: String,
    pool: String,
    head: Vec<usize>,
    head_activation: Activation,
}

fn transformer(model: &Transformer, e: &mut Experiment) -> Result<(), String> {
    for (name, found, allowed) in
        [("norm", &model.norm, "post"), ("positions", &model.positions, "learned"), ("pool", &model.pool, "mean")]
    {
        only(name, &found.as_str(), &allowed)?;
    }
    only("layer_norm_eps", &model.layer_norm_eps, &1e-5)?;
    let (width, hidden, outputs) = ends("head", &model.head)?;
    only("head[0]", &width, &model.d_model)?;
    e.data.kind = DataKind::Tokens;
    (e.data.vocabulary, e.data.length, e.data.output_size) = (model.vocabulary, model.length, outputs);
    e.model.kind = ModelKind::Transformer;
    (e.model.width, e.model.heads, e.model.feed_forward) = (model.d_model, model.heads, model.feed_forward);
    (e.model.encoder_layers, e.model.encoder_activation) = (model.layers, model.activation);
    (e.model.hidden, e.model.activation, e.model.bias) = (hidden.to_vec(), model.head_activation, true);
    Ok(())
}

#[derive(Deserialize, PartialEq, Debug)]
struct Convolution {
    out: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
}

#[derive(Deserialize)]
struct Cnn {
    input: Vec<usize>,
    activation: Activation,
    pool: usize,
    linear: Vec<usize>,
    convolutions: Vec<Convolution>,
}

fn cnn(model: &Cnn, e: &mut Experiment) -> Result<(), String> {
    let (inputs, hidden, outputs) = ends("linear", &model.linear)?;
    let Some(first) = model.convolutions.first() else {
        return Err("config.model.convolutions: found none, expected at least 1".into());
    };
    for (place, one) in model.convolutions.iter().enumerate() {
        only(&format!("convolutions[{place}]"), one, &Convolution { out: one.out, ..*first })?;
    }
    e.model.kind = ModelKind::Cnn;
    (e.model.kernel, e.model.stride, e.model.padding) = (first.kernel, first.stride, first.padding);
    e.model.channels = model.convolutions.iter().map(|one| one.out).collect();
    (e.model.pool, e.model.activation, e.model.bias) = (model.pool, model.activation, true);
    e.model.hidden = hidden.to_vec();
    images(&model.input, outputs, e)?;
    e.check_sizes().map_err(|error| format!("config.model: {error}"))?;
    only("linear[0]", &inputs, &e.sizes()[0])
}

fn images(shape: &[usize], classes: usize, e: &mut Experiment) -> Result<(), String> {
    let elements = shape.iter().try_fold(1_usize, |elements, side| elements.checked_mul(*side));
    let elements =
        elements.ok_or_else(|| format!("config.model.input: {shape:?} has more elements than can be counted"))?;
    e.data.image = shape.to_vec();
    (e.data.input_size, e.data.output_size) = (elements, classes);
    Ok(())
}

#[derive(Deserialize)]
struct ResNet {
    input: Vec<usize>,
    block: ResNetBlock,
    batch_norm: Value,
    stem: StemOf,
    stages: Vec<Stage>,
    classes: usize,
}

#[derive(Deserialize)]
struct StemOf {
    out: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    maxpool: Value,
}

#[derive(Deserialize)]
struct Stage {
    planes: usize,
    blocks: usize,
    stride: usize,
}

fn resnet(model: &ResNet, e: &mut Experiment) -> Result<(), String> {
    only("batch_norm", &model.batch_norm, &batch_norm())?;
    e.model.stem = match (model.stem.kernel, model.stem.stride, model.stem.padding) {
        (3, 1, 1) => Stem::Cifar,
        (7, 2, 3) => Stem::Imagenet,
        other => return Err(format!("config.model.stem: found {other:?}, allowed are (3, 1, 1) and (7, 2, 3)")),
    };
    let pool = match e.model.stem {
        Stem::Cifar => Value::Null,
        Stem::Imagenet => json!({ "kernel": 3, "stride": 2, "padding": 1 }),
    };
    only("stem.maxpool", &model.stem.maxpool, &pool)?;
    for (place, stage) in model.stages.iter().enumerate() {
        only(&format!("stages[{place}].stride"), &stage.stride, &if place == 0 { 1 } else { 2 })?;
    }
    e.model.kind = ModelKind::Resnet;
    (e.model.block, e.model.stem_channels) = (model.block, model.stem.out);
    e.model.planes = model.stages.iter().map(|stage| stage.planes).collect();
    e.model.blocks = model.stages.iter().map(|stage| stage.blocks).collect();
    (e.model.hidden, e.model.activation, e.model.bias) = (Vec::new(), Activation::Relu, true);
    images(&model.input, model.classes, e)
}
