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
    let count = params.x.y * params.x.z;
    var sum = 0.0;
    for (var i = lane; i < count; i += 256u) {
        let value = arena[at(params.x, replica, i)];
        sum += value * value;
    }
    var total = sum_all(vec4(sum), lane).x;
    var exponent = 0;
    if agreed(!keeps_digits(total), lane) {
        var top = -127;
        for (var i = lane; i < count; i += 256u) {
            top = max(top, exponent_of(arena[at(params.x, replica, i)]));
        }
        exponent = scales_of(top_all(vec4(top), lane), vec4(true)).x;
        sum = 0.0;
        for (var i = lane; i < count; i += 256u) {
            let value = arena[at(params.x, replica, i)] * power(-exponent);
            sum += value * value;
        }
        total = sum_all(vec4(sum), lane).x;
    }
    if lane == 0u {
        keep_metric(replica, params.metric, total, 2 * exponent);
    }
}
