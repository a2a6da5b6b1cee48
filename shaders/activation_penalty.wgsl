// rate times the mean absolute element of x; the first view's sets the metric, others add to it.

struct Params {
    x: View,
    rate: u32,
    metric: u32,
    is_first: u32,
    unless_zero: u32,
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
        sum += abs(arena[at(params.x, replica, i)]);
    }
    let mean = sum_all(vec4(sum), lane).x / f32(count);
    if lane == 0u {
        let before = select(metrics[replica * METRICS + params.metric], 0.0, params.is_first != 0u);
        keep_metric(replica, params.metric, before + value_of(params.rate, replica) * mean, 0);
    }
}
