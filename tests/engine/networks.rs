//! Transformers, convolutional and residual networks as experiments: their teachers, their names, their files.

use hebbscope::backend::cpu::Replica;
use hebbscope::data;
use hebbscope::experiment::{Experiment, PRESETS, resolve};
use hebbscope::program::{ParameterKind, Program};
use hebbscope::random::Stream;
use hebbscope::training::fill_hyper;

use super::one_batch::OneBatch;

fn small_transformer() -> Experiment {
    let settings = [
        "data.train_examples=48",
        "data.validation_examples=8",
        "data.length=7",
        "data.vocabulary=5",
        "model.hidden=[9]",
        "training.batch_size=48",
    ];
    resolve("sre-transformer", &settings.map(String::from)).expect("valid")
}

/// The network with its teacher's own parameters, in double precision, has the teacher's outputs: what is left is the
/// rounding of the teacher's single precision, some 1e-6 of outputs of order 1.
#[test]
fn a_teacher_of_tokens_is_the_network_itself() {
    let experiment = small_transformer();
    let seed = 5;
    let set = data::load(&experiment, &[seed]).expect("generated").remove(0);
    let examples: Vec<u32> = (0..48).collect();
    let (mut x, mut y) = (vec![0.0_f32; 48 * 7], vec![0.0_f32; 48 * 32]);
    set.train.gather(&examples, &mut x, &mut y);
    assert!(x.iter().all(|token| token.fract() == 0.0 && (0.0..5.0).contains(token)));
    let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
    let (inputs, targets) = (wide(&x), wide(&y));
    let size = targets.iter().map(|y| y * y).sum::<f64>() / targets.len() as f64;

    let program = Program::compile(&experiment);
    let mut hyper = vec![0.0; program.slots];
    fill_hyper(&experiment, &mut hyper);
    let mut replica = Replica::new(&program, 1, hyper, Box::new(OneBatch { inputs, targets }));
    let before = replica.peek(&program, |replica| replica.train_loss());
    let maps = experiment.maps();
    for parameter in &program.parameters {
        let mut drawn = vec![0.0_f32; parameter.trained.len()];
        let layer = parameter.layer;
        let map = &maps[layer - 1];
        let is_split = parameter.part.is_some();
        let bound = 1.0 / (map.inputs as f32).sqrt();
        match parameter.kind {
            ParameterKind::Weights => {
                let bound = if is_split { (6.0_f32 / (4 * map.inputs) as f32).sqrt() } else { bound };
                Stream::new(seed, &format!("teacher/W{layer}")).fill_symmetric(0, bound, &mut drawn);
            }
            ParameterKind::Bias if is_split || map.state.ends_with("out_proj") => {}
            ParameterKind::Bias => {
                Stream::new(seed, &format!("teacher/b{layer}")).fill_symmetric(0, bound, &mut drawn);
            }
            ParameterKind::Embedding => Stream::new(seed, "teacher/embedding").fill_normal(0, &mut drawn),
            ParameterKind::Positions => Stream::new(seed, "teacher/position").fill_normal(0, &mut drawn),
            // As they are from the start.
            ParameterKind::Gain => drawn.fill(1.0),
            ParameterKind::Shift => {}
        }
        replica.write(parameter.trained, &wide(&drawn));
    }
    let after = replica.peek(&program, |replica| replica.train_loss());
    assert!(before > 1e-2 * size, "{before:e} of {size:e}: another network has another output");
    assert!(after < 1e-11 * size.max(1.0), "{after:e} of {size:e}");
}

/// Columns, numbers and names of every map agree; names of modules are those of PyTorch and torchvision.
#[test]
fn maps_of_every_preset_are_the_programs() {
    for preset in PRESETS {
        // Programs of large networks hold no numbers, but tables of shapes.
        let experiment = resolve(preset.name, &[]).expect("valid");
        let (maps, program) = (experiment.maps(), Program::compile(&experiment));
        assert_eq!(maps.len(), program.layers.len(), "{}", preset.name);
        for (map, views) in maps.iter().zip(&program.layers) {
            assert_eq!((&map.state, &map.label), (&views.name, &views.label));
            assert_eq!([map.outputs, map.inputs], [views.weights.rows, views.weights.columns], "{}", map.state);
            assert_eq!(views.input.rows, map.samples * experiment.training.batch_size, "{}", map.state);
            assert_eq!(views.trained_bias.is_some(), map.has_bias, "{}", map.state);
        }
    }
    let named = |preset: &str| {
        let maps = resolve(preset, &[]).expect("valid").maps();
        maps.into_iter().map(|map| (map.state, map.label)).collect::<Vec<_>>()
    };
    let resnet = named("resnet-18");
    // 17 convolutions on the way, 3 around, and the head of 3.
    assert_eq!(resnet.len(), 17 + 3 + 3);
    assert!(resnet.contains(&("layer2.0.downsample.0".into(), "layer2_1_downsample".into())));
    assert_eq!((named("resnet-34").len(), named("resnet-50").len()), (33 + 3 + 3, 49 + 4 + 3));
    assert!(named("sre-transformer").contains(&("encoder.layers.1.linear2".into(), "encoder_2_feed_forward_2".into())));
    assert_eq!(named("cnn")[2], ("convs.2".into(), "conv_3".into()));
}

/// torchvision's numbers of parameters, but for the stem (3x3 in place of 7x7) and the head.
#[test]
fn residual_networks_have_torchvisions_number_of_parameters() {
    for (preset, published) in [("resnet-18", 11_689_512), ("resnet-34", 21_797_672), ("resnet-50", 25_557_032)] {
        let settings = ["model.hidden=[]", "model.stem=imagenet"].map(String::from);
        let experiment = resolve(preset, &settings).expect("valid");
        let program = Program::compile(&experiment);
        let found: usize = program.parameters.iter().map(|parameter| parameter.trained.len()).sum();
        let features = experiment.sizes()[0];
        // 1,000 classes there, 10 here.
        assert_eq!(found + 990 * (features + 1), published, "{preset}");
    }
}
