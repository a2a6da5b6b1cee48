// |mean g - gamma D mean W|^2, |mean g|^2, |mean H|^2, <mean g, mean H> from sums over a window, which are cleared.

struct Params {
    signal: View,
    hebbian: View,
    weights: View,
    // 1 x rows; no rows where absent.
    diagonal: View,
    rate: u32,
    metric: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let replica = group.z;
    let gamma = value_of(params.rate, replica);
    var sums = vec4(0.0);
    for (var i = lane; i < params.signal.y * params.signal.z; i += 256u) {
        let g_at = at(params.signal, replica, i);
        let h_at = at(params.hebbian, replica, i);
        let w_at = at(params.weights, replica, i);
        // Means, so that the squares of long windows stay within range.
        let g = arena[g_at] / now.window_steps;
        let h = arena[h_at] / now.window_steps;
        let w = arena[w_at] / now.window_steps;
        var rate = gamma;
        if params.diagonal.y != 0u {
            rate *= arena[at(params.diagonal, replica, i / params.weights.z)];
        }
        let gap = g - rate * w;
        sums += vec4(gap * gap, g * g, h * h, g * h);
        arena[g_at] = 0.0;
        arena[h_at] = 0.0;
        arena[w_at] = 0.0;
    }
    sums = sum_all(sums, lane);
    if lane == 0u {
        let to = replica * METRICS + params.metric;
        metrics[to] = sums.x;
        metrics[to + 1u] = sums.y;
        metrics[to + 2u] = sums.z;
        metrics[to + 3u] = sums.w;
    }
}
