//! Networks that cannot be built are refused before anything is written: one line with the field, its value, and what is
//! allowed.

use super::bad_input::{check, set};

#[test]
fn transformers_that_cannot_be_built() {
    let transformer = |assignments: &[&str], words: &[&'static str]| set("sre-transformer", assignments, words);
    check(vec![
        transformer(&["model.heads=3"], &["model.heads = 3", "model.width = 32", "evenly"]),
        transformer(&["model.heads=0"], &["model.heads = 0", "from 1"]),
        transformer(&["model.width=30"], &["model.heads = 4", "model.width = 30"]),
        transformer(&["model.width=0"], &["model.width = 0", "from 1"]),
        transformer(&["model.feed_forward=0"], &["model.feed_forward = 0", "from 1"]),
        transformer(&["model.encoder_layers=0"], &["model.encoder_layers = 0", "from 1"]),
        transformer(&["model.encoder_layers=10"], &["model.encoder_layers = 10", "to 9"]),
        transformer(&["model.encoder_activation=gelu"], &["model.encoder_activation", "gelu", "relu"]),
        transformer(&["data.vocabulary=0"], &["data.vocabulary = 0", "from 1"]),
        transformer(&["data.vocabulary=1.5"], &["data.vocabulary", "1.5", "whole number"]),
        transformer(&["data.length=0"], &["data.length = 0", "from 1"]),
        transformer(&["data.output_size=0"], &["data.output_size = 0", "from 1"]),
        transformer(&["data.kind=digits"], &["model.kind = \"transformer\"", "data.kind = \"tokens\" go together"]),
        transformer(&["model.kind=mlp"], &["data.kind = \"tokens\"", "go together"]),
        transformer(&["noise.input_sd=0.1"], &["noise.input_sd = 0.1", "must be 0"]),
        transformer(&["training.loss=cross_entropy"], &["training.loss = \"cross_entropy\"", "needs classes"]),
        transformer(&["measure.layers=[16]"], &["measure.layers = 16", "layers 1 to 15"]),
        transformer(&["model.frozen_layers=[99]"], &["model.frozen_layers = 99", "layers 1 to 15"]),
        transformer(&["regularizer.weight_decay_layers=[1e-3]"], &["weight_decay_layers", "each of the 15 layers"]),
        set("sre", &["data.kind=tokens"], &["data.kind = \"tokens\"", "go together"]),
    ]);
}

#[test]
fn convolutions_that_cannot_be_built() {
    let cnn = |assignments: &[&str], words: &[&'static str]| set("cnn", assignments, words);
    let resnet = |assignments: &[&str], words: &[&'static str]| set("resnet-18", assignments, words);
    check(vec![
        cnn(&["model.channels=[]"], &["model.channels = []", "at least one convolution"]),
        cnn(&["model.channels=[8, 0]"], &["model.channels = 0", "from 1"]),
        cnn(&["model.channels=[4,4,4,4,4,4,4]"], &["model.channels = [4, 4, 4, 4, 4, 4, 4]", "conv 7", "0x0"]),
        cnn(&["model.channels=[4,4,4,4,4,4]"], &["model.pool = 2", "no pixel"]),
        cnn(&["model.kernel=0"], &["model.kernel = 0", "from 1"]),
        cnn(&["model.kernel=40"], &["model.channels", "conv 1", "32x32", "40x40"]),
        cnn(&["model.stride=0"], &["model.stride = 0", "from 1"]),
        cnn(&["model.padding=3"], &["model.padding = 3", "below model.kernel = 3"]),
        cnn(&["model.pool=0"], &["model.pool = 0", "from 1"]),
        cnn(&["model.pool=33", "model.channels=[4]"], &["model.pool = 33", "no pixel"]),
        cnn(&["data.image=[3, 32]"], &["data.image = [3, 32]", "channels, height and width"]),
        cnn(&["data.image=[3, 32, 31]"], &["data.image = [3, 32, 31]", "3072"]),
        cnn(&["data.image=[0, 32, 32]"], &["data.image = 0", "from 1"]),
        cnn(&["data.kind=teacher_student", "training.loss=mse"], &["data.image = [3, 32, 32]", "32"]),
        cnn(&["model.kind=resnext"], &["model.kind", "resnext", "resnet"]),
        resnet(&["model.depth=19"], &["model.depth = 19", "18, 34 or 50"]),
        resnet(&["model.depth=101"], &["model.depth = 101", "to 50"]),
        resnet(&["model.stem=mnist"], &["model.stem", "mnist", "cifar"]),
        resnet(&["training.batch_size=20000"], &["training.batch_size = 20000", "data.train_examples"]),
        set(
            "cnn",
            &["model.kind=resnet", "model.planes=[8, 16]", "model.blocks=[1]"],
            &["model.blocks = [1]", "each of model.planes = [8, 16]"],
        ),
        set("cnn", &["model.kind=resnet", "model.planes=[]", "model.blocks=[]"], &["model.blocks = []"]),
        set(
            "digits",
            &["model.kind=resnet", "model.planes=[4, 4, 4, 4]", "model.blocks=[1, 1, 1, 1]", "training.batch_size=1"],
            &["training.batch_size = 1", "at least 2 samples"],
        ),
    ]);
}

#[test]
fn numbers_of_parameters_that_no_widths_have() {
    let scaled = |assignments: &[&str], words: &[&'static str]| set("mlp-1m", assignments, words);
    check(vec![
        scaled(&["model.parameters=0"], &["model.parameters = 0", "from 1"]),
        scaled(&["model.parameters=1000"], &["model.parameters = 1000", "3072 inputs", "no neuron"]),
        scaled(&["model.depth_layers=2"], &["model.depth_layers = 2", "from 3"]),
        scaled(&["model.depth_layers=65"], &["model.depth_layers = 65", "to 64"]),
        scaled(&["model.hidden=[10]"], &["model.hidden = [10]", "model.parameters = 1000000", "leave out one"]),
        set("cnn", &["model.parameters=1000000"], &["model.parameters = 1000000", "only model.kind = \"mlp\""]),
    ]);
}
