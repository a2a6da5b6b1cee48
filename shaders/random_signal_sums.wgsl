// Squared norms of W, W* and W - W*, for random_signal.wgsl.

struct Params {
    weights: View,
    direction: View,
    sums: vec4<u32>,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 3u;

fn items() -> u32 {
    return params.weights.y * params.weights.z;
}

fn operands(replica: u32, i: u32) -> vec4<f32> {
    let w = arena[at(params.weights, replica, i)];
    let d = arena[at(params.direction, replica, i)];
    return vec4(w, d, w - d, 0.0);
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    var sums = vec4(0.0);
    for (var i = begin + lane; i < end; i += 256u) {
        let x = operands(replica, i);
        sums += x * x;
    }
    sums = sum_all(sums, lane);
    let lost = loses_digits(sums) & vec4(true, true, true, false);
    var exponents = vec4(0);
    if agreed(any(lost), lane) {
        var top = vec4(-127);
        for (var i = begin + lane; i < end; i += 256u) {
            top = max(top, exponents_of(operands(replica, i)));
        }
        exponents = scales_of(top_all(top, lane), lost);
        let by = powers(-exponents);
        sums = vec4(0.0);
        for (var i = begin + lane; i < end; i += 256u) {
            let x = operands(replica, i) * by;
            sums += x * x;
        }
        sums = sum_all(sums, lane);
    }
    return Sums(sums, 0.0, 2 * exponents);
}
