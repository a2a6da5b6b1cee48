// Sum over examples of cos(g(x), H(x)), number of examples where it is defined, mean of <g(x), H(x)>.

struct Params {
    delta: View,
    pre_activation: View,
    inputs: View,
    metric: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let replica = group.z;
    var sums = vec4(0.0);
    for (var example = lane; example < params.delta.y; example += 256u) {
        let d0 = row_at(params.delta, replica, example);
        let h0 = row_at(params.pre_activation, replica, example);
        let a0 = row_at(params.inputs, replica, example);
        var dd = 0.0;
        var hh = 0.0;
        var dh = 0.0;
        for (var i = 0u; i < params.delta.z; i++) {
            let d = arena[d0 + i];
            let h = arena[h0 + i];
            dd += d * d;
            hh += h * h;
            dh += d * h;
        }
        var aa = 0.0;
        for (var i = 0u; i < params.inputs.z; i++) {
            let a = arena[a0 + i];
            aa += a * a;
        }
        // g(x) = delta h_a^T and H(x) = h_b h_a^T share their right factor, which drops out of the cosine.
        let norms = sqrt(dd) * sqrt(hh);
        if norms > 0.0 && aa > 0.0 {
            sums += vec4(dh / norms, 1.0, 0.0, 0.0);
        }
        sums.z += dh * aa / f32(params.delta.y);
    }
    sums = sum_all(sums, lane);
    if lane == 0u {
        let to = replica * METRICS + params.metric;
        metrics[to] = sums.x;
        metrics[to + 1u] = sums.y;
        metrics[to + 2u] = sums.z;
    }
}
