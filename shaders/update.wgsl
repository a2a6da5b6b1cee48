// What the optimiser does to a parameter, from the signal and the decay. Rust puts OPTIMIZER before it: 0 SGD, 1 Adam.

struct Params {
    weights: View,
    decayed: View,
    signal: View,
    update: View,
    // 1 x rows; no rows where absent.
    diagonal: View,
    first: View,
    second: View,
    // Adam: first moment of the decay alone, and the decay's part of the update; no rows where absent.
    decay_first: View,
    decay_update: View,
    learning_rate: u32,
    // NONE for a parameter that does not decay.
    decay: u32,
    l1: u32,
    unless_zero: u32,
    // beta1, beta2, 1 - beta1, 1 - beta2.
    betas: vec4<f32>,
    epsilon: f32,
    coupled: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let replica = id.z;
    let i = id.x;
    if i >= params.weights.y * params.weights.z || is_off(params.unless_zero, replica) {
        return;
    }
    let learning_rate = value_of(params.learning_rate, replica);
    let g = arena[at(params.signal, replica, i)];
    var decay = 0.0;
    if params.decay != NONE {
        var rate = value_of(params.decay, replica);
        if params.diagonal.y != 0u {
            rate *= arena[at(params.diagonal, replica, i / params.weights.z)];
        }
        decay = rate * arena[at(params.decayed, replica, i)];
        let l1 = value_of(params.l1, replica);
        if l1 != 0.0 {
            decay += l1 * sign(arena[at(params.weights, replica, i)]);
        }
    }
    let to = at(params.update, replica, i);
    if OPTIMIZER == 0u {
        arena[to] = learning_rate * (g - decay);
        return;
    }
    let through = select(0.0, 1.0, params.coupled != 0u);
    let gradient = through * decay - g;
    let m = at(params.first, replica, i);
    let v = at(params.second, replica, i);
    let first = params.betas.x * arena[m] + params.betas.z * gradient;
    let second = params.betas.y * arena[v] + params.betas.w * gradient * gradient;
    arena[m] = first;
    arena[v] = second;
    let root = sqrt(second / now.corrections.y) + params.epsilon;
    arena[to] = -learning_rate * (first / now.corrections.x / root + (1.0 - through) * decay);
    if params.decay_update.y == 0u {
        return;
    }
    var share = decay;
    if params.coupled != 0u {
        let place = at(params.decay_first, replica, i);
        let moment = params.betas.x * arena[place] + params.betas.z * decay;
        arena[place] = moment;
        share = moment / now.corrections.x / root;
    }
    arena[at(params.decay_update, replica, i)] = -learning_rate * share;
}
