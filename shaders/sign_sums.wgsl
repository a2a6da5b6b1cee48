// Non-zeros of g and H, product of their signs, non-zeros of u, product of the signs of u and H.

struct Params {
    signal: View,
    hebbian: View,
    // No rows where absent.
    update: View,
    metric: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let replica = group.z;
    // Whole numbers below 2^24 are exact, and so are their sums.
    var a = vec4(0.0);
    var b = 0.0;
    for (var i = lane; i < params.signal.y * params.signal.z; i += 256u) {
        let g = sign(arena[at(params.signal, replica, i)]);
        let h = sign(arena[at(params.hebbian, replica, i)]);
        var u = 0.0;
        if params.update.y != 0u {
            u = sign(arena[at(params.update, replica, i)]);
        }
        a += vec4(g * g, h * h, g * h, u * u);
        b += u * h;
    }
    a = sum_all(a, lane);
    b = sum_all(vec4(b), lane).x;
    if lane == 0u {
        let to = replica * METRICS + params.metric;
        metrics[to] = a.x;
        metrics[to + 1u] = a.y;
        metrics[to + 2u] = a.z;
        metrics[to + 3u] = a.w;
        metrics[to + 4u] = b;
    }
}
