//! What training has left of a replica, as arrays with names.

use ndarray::{Array, ArrayViewD, CowArray, IxDyn};

use crate::backend::cpu::Replica;
use crate::experiment::{Experiment, MapKind, MapShape, ModelKind};
use crate::program::{BufferId, Parameter, ParameterKind, Program, Role};
use crate::record::SeedParameters;

type Named<'a> = (String, CowArray<'a, f32, IxDyn>);

/// The parameters of a replica, lent from its own buffers, running statistics and states of a written rule. Those of a
/// multilayer perceptron are named by layer (`W_1`), those of other networks as in PyTorch's state dictionaries.
pub(super) fn lent<'a>(replica: &'a Replica<f32>, program: &Program, experiment: &Experiment) -> SeedParameters<'a> {
    let is_perceptron = experiment.model.kind == ModelKind::Mlp;
    let mut arrays = if is_perceptron { by_layer(replica, program) } else { by_module(replica, program, experiment) };
    // `running_mean/2` and `state/theta/2` of the program.
    let states = program.buffers.iter().enumerate().filter_map(|(place, spec)| {
        let kinds: &[&str] = if is_perceptron { &["running_", "state/"] } else { &["state/"] };
        let lasts = kinds.iter().any(|kind| spec.name.starts_with(kind));
        let lasts = spec.role == Role::State && lasts;
        lasts.then(|| array(replica, program, spec.name.replace('/', "_"), BufferId(place), spec.rows > 1)).flatten()
    });
    arrays.extend(states);
    SeedParameters { seed: replica.seed, arrays }
}

fn array<'a>(
    replica: &'a Replica<f32>,
    program: &Program,
    name: String,
    buffer: BufferId,
    is_matrix: bool,
) -> Option<Named<'a>> {
    let spec = &program.buffers[buffer.0];
    let shape = if is_matrix { vec![spec.rows, spec.columns] } else { vec![spec.columns] };
    // A buffer has rows x columns elements.
    Some((name, ArrayViewD::from_shape(shape, replica.buffer(buffer)).ok()?.into()))
}

fn by_layer<'a>(replica: &'a Replica<f32>, program: &Program) -> Vec<Named<'a>> {
    let of = |kinds: [ParameterKind; 2]| {
        program.parameters.iter().filter(move |parameter| kinds.contains(&parameter.kind)).filter_map(|parameter| {
            let letter = match parameter.kind {
                ParameterKind::Weights => "W",
                ParameterKind::Bias => "b",
                ParameterKind::Gain => "gain",
                ParameterKind::Shift => "shift",
                ParameterKind::Embedding | ParameterKind::Positions => return None,
            };
            let name = format!("{letter}_{}", parameter.layer);
            array(replica, program, name, parameter.trained.buffer, parameter.kind == ParameterKind::Weights)
        })
    };
    let maps = of([ParameterKind::Weights, ParameterKind::Bias]);
    maps.chain(of([ParameterKind::Gain, ParameterKind::Shift])).collect()
}

fn by_module<'a>(replica: &'a Replica<f32>, program: &Program, experiment: &Experiment) -> Vec<Named<'a>> {
    let maps = experiment.maps();
    let mut found = Vec::new();
    for parameter in program.parameters.iter().filter(|parameter| parameter.part.is_none()) {
        found.extend(module_array(replica, program, parameter, &maps));
    }
    // Query, key and value come one after another, each with its bias: their parts are brought together.
    let is_split = |parameter: &&Parameter| parameter.part.is_some();
    let mut together: Vec<(&str, Vec<&Parameter>)> = Vec::new();
    for parameter in program.parameters.iter().filter(is_split) {
        match together.iter_mut().find(|(state, _)| *state == parameter.state) {
            Some((_, parts)) => parts.push(parameter),
            None => together.push((&parameter.state, vec![parameter])),
        }
    }
    for (state, parts) in together {
        let values: Vec<f32> =
            parts.iter().flat_map(|part| replica.buffer(part.trained.buffer).iter().copied()).collect();
        let columns = parts.first().map_or(1, |part| part.trained.columns);
        let is_row = parts.first().is_some_and(|part| part.kind == ParameterKind::Bias);
        let shape = if is_row { vec![values.len()] } else { vec![values.len() / columns.max(1), columns] };
        if let Ok(array) = Array::from_shape_vec(shape, values) {
            found.push((state.to_owned(), array.into()));
        }
    }
    for (parameter, what) in program.parameters.iter().filter_map(|parameter| match parameter.kind {
        ParameterKind::Gain => Some((parameter, ["mean", "variance"])),
        _ => None,
    }) {
        let Some(module) = parameter.state.strip_suffix(".weight") else { continue };
        for (what, state) in what.into_iter().zip(["running_mean", "running_var"]) {
            let buffer = program.buffer(&format!("running_{what}/{}", parameter.layer));
            let named = buffer.and_then(|buffer| array(replica, program, format!("{module}.{state}"), buffer, false));
            found.extend(named);
        }
    }
    found
}

/// A parameter that is no part of a larger one, in its shape in state dictionaries.
fn module_array<'a>(
    replica: &'a Replica<f32>,
    program: &Program,
    parameter: &Parameter,
    maps: &[MapShape],
) -> Option<Named<'a>> {
    let is_matrix =
        matches!(parameter.kind, ParameterKind::Weights | ParameterKind::Embedding | ParameterKind::Positions);
    let (name, array) = array(replica, program, parameter.state.clone(), parameter.trained.buffer, is_matrix)?;
    match (parameter.kind, maps.get(parameter.layer - 1).map(|map| map.kind)) {
        (ParameterKind::Weights, Some(MapKind::Convolution(windows))) => {
            let shape = vec![parameter.trained.rows, windows.channels, windows.kernel, windows.kernel];
            Some((name, array.into_shape_with_order(shape).ok()?))
        }
        _ => Some((name, array)),
    }
}
