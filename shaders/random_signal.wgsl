// Learning signal of appendix C.6 from the random direction W*: p s_dir s_red W*.

struct Params {
    weights: View,
    direction: View,
    signal: View,
    wanted: u32,
    clip: u32,
    unless_zero: u32,
    _pad0: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let replica = group.z;
    if is_off(params.unless_zero, replica) {
        return;
    }
    let count = params.weights.y * params.weights.z;
    // Of W, W* and W - W*.
    var sums = vec4(0.0);
    for (var i = lane; i < count; i += 256u) {
        let w = arena[at(params.weights, replica, i)];
        let d = arena[at(params.direction, replica, i)];
        sums += vec4(w * w, d * d, (w - d) * (w - d), 0.0);
    }
    sums = sum_all(sums, lane);
    let lost = loses_digits(sums) & vec4(true, true, true, false);
    var exponents = vec4(0);
    if agreed(any(lost), lane) {
        var top = vec4(-127);
        for (var i = lane; i < count; i += 256u) {
            let w = arena[at(params.weights, replica, i)];
            let d = arena[at(params.direction, replica, i)];
            top = max(top, exponents_of(vec4(w, d, w - d, 0.0)));
        }
        exponents = scales_of(top_all(top, lane), lost);
        let by = powers(-exponents);
        sums = vec4(0.0);
        for (var i = lane; i < count; i += 256u) {
            let w = arena[at(params.weights, replica, i)];
            let d = arena[at(params.direction, replica, i)];
            let x = vec4(w, d, w - d, 0.0) * by;
            sums += x * x;
        }
        sums = sum_all(sums, lane);
    }
    let roots = sqrt(sums);
    let weight = Wide(roots.x, exponents.x);
    let direction = narrow(Wide(roots.y, exponents.y));
    let clip = value_of(params.clip, replica);
    let reduces = sign(wide_sum(weight, Wide(-roots.z, exponents.z)).value);
    let toward = sign(value_of(params.wanted, replica) - narrow(weight));
    var p = 1.0;
    if clip != 0.0 && direction > clip {
        p = clip / (direction + 1e-8);
    }
    for (var i = lane; i < count; i += 256u) {
        arena[at(params.signal, replica, i)] = p * toward * reduces * arena[at(params.direction, replica, i)];
    }
}
