// What the optimiser makes of the signal and the decay, for update.wgsl and update_row_sums.wgsl. Rust puts OPTIMIZER
// before it: 0 SGD, 1 Adam.

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
    // Invocations of a row in update_row_sums.wgsl.
    lanes: u32,
    _pad0: u32,
    // What update_row_sums.wgsl reads and writes besides.
    hebbian: View,
    sums: View,
}

@group(1) @binding(0) var<uniform> params: Params;

// The update of element i, counted row by row, which is written along with the optimiser's moments.
fn update_of(replica: u32, i: u32) -> f32 {
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
        let update = learning_rate * (g - decay);
        arena[to] = update;
        return update;
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
    let update = -learning_rate * (first / now.corrections.x / root + (1.0 - through) * decay);
    arena[to] = update;
    if params.decay_update.y == 0u {
        return update;
    }
    var share = decay;
    if params.coupled != 0u {
        let place = at(params.decay_first, replica, i);
        let moment = params.betas.x * arena[place] + params.betas.z * decay;
        arena[place] = moment;
        share = moment / now.corrections.x / root;
    }
    arena[at(params.decay_update, replica, i)] = -learning_rate * share;
    return update;
}
