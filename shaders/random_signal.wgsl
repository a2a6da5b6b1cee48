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
    var sums = vec4(0.0);
    for (var i = lane; i < count; i += 256u) {
        let w = arena[at(params.weights, replica, i)];
        let d = arena[at(params.direction, replica, i)];
        sums += vec4(w * w, d * d, (w - d) * (w - d), 0.0);
    }
    let norms = sqrt(sum_all(sums, lane));
    let clip = value_of(params.clip, replica);
    let reduces = sign(norms.x - norms.z);
    let toward = sign(value_of(params.wanted, replica) - norms.x);
    var p = 1.0;
    if clip != 0.0 && norms.y > clip {
        p = clip / (norms.y + 1e-8);
    }
    for (var i = lane; i < count; i += 256u) {
        arena[at(params.signal, replica, i)] = p * toward * reduces * arena[at(params.direction, replica, i)];
    }
}
