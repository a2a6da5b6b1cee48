// The force balance of every row: <W,u_signal>, <W,u_decay>, <W,eps>, |u + eps|^2, with W before the step's noise eps.

struct Params {
    row_sums: View,
    weights: View,
    signal: View,
    update: View,
    // The decay's part of the update; no rows where it is u - learning rate times g.
    decay_share: View,
    noise: View,
    // W without noise, where the noise does not stay; no rows where it does.
    clean: View,
    forces: View,
    learning_rate: u32,
    noise_sd: u32,
    // While both are 0 the signal's part is the whole; NONE where something else is in the update.
    rate: u32,
    l1: u32,
    // Metric of what the noise did to |W|^2.
    noise_change: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    if group.x >= params.weights.y {
        return;
    }
    let replica = group.z;
    let row = group.x;
    let has_share = params.decay_share.y != 0u;
    let signal_only = !has_share && params.rate != NONE && value_of(params.rate, replica) == 0.0
        && value_of(params.l1, replica) == 0.0;
    let has_noise = value_of(params.noise_sd, replica) != 0.0;
    let passes = has_noise && params.clean.y != 0u;
    let stays = has_noise && params.clean.y == 0u;
    let w0 = row_at(params.weights, replica, row);
    let u0 = row_at(params.update, replica, row);
    let e0 = row_at(params.noise, replica, row);
    let c0 = row_at(params.clean, replica, row);
    var x0 = row_at(params.signal, replica, row);
    if has_share {
        x0 = row_at(params.decay_share, replica, row);
    } else if signal_only {
        x0 = u0;
    }
    // <W,u>, <W,x>, <eps,eps>, <eps,W> and <eps,u>, <eps,x>, with W before a noise that passes.
    var a = vec4(0.0);
    var b = vec4(0.0);
    for (var i = lane; i < params.weights.z; i += 256u) {
        var w = arena[w0 + i];
        if passes {
            w = arena[c0 + i];
        }
        let u = arena[u0 + i];
        let x = arena[x0 + i];
        var e = 0.0;
        if stays {
            e = arena[e0 + i];
        }
        a += vec4(w * u, w * x, e * e, e * w);
        b += vec4(e * u, e * x, 0.0, 0.0);
    }
    a = sum_all(a, lane);
    b = sum_all(b, lane);
    if lane != 0u {
        return;
    }
    let sums = row_at(params.row_sums, replica, row);
    let uu = arena[sums + 3u];
    // What the row sums know already is taken from there, so that both stand for the same rounding.
    var wu = a.x;
    var wx = a.y;
    if !passes {
        wu = arena[sums + 7u];
        if !stays && !has_share {
            wx = select(arena[sums + 6u], wu, signal_only);
        }
    }
    wu -= b.x;
    wx -= b.y;
    let rate = value_of(params.learning_rate, replica);
    var values = vec4(rate * wx, wu - rate * wx, a.w - a.z, uu + 2.0 * b.x + a.z);
    if has_share {
        values = vec4(wu - wx, wx, values.zw);
    } else if signal_only {
        values = vec4(wu, 0.0, values.zw);
    }
    let to = row_at(params.forces, replica, row);
    arena[to] = values.x;
    arena[to + 1u] = values.y;
    arena[to + 2u] = values.z;
    arena[to + 3u] = values.w;
    if row == 0u && !stays {
        metrics[replica * METRICS + params.noise_change] = 0.0;
    }
}
