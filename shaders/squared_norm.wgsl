// |x|^2 into a place of the metrics.

struct Params {
    x: View,
    metric: u32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let replica = group.z;
    if is_off(params.unless_zero, replica) {
        return;
    }
    var sum = 0.0;
    for (var i = lane; i < params.x.y * params.x.z; i += 256u) {
        let value = arena[at(params.x, replica, i)];
        sum += value * value;
    }
    let total = sum_all(vec4(sum), lane).x;
    if lane == 0u {
        metrics[replica * METRICS + params.metric] = total;
    }
}
