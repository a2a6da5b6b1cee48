// |x|^2, |y|^2, <x,y>.

struct Params {
    x: View,
    y: View,
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
    for (var i = lane; i < params.x.y * params.x.z; i += 256u) {
        let x = arena[at(params.x, replica, i)];
        let y = arena[at(params.y, replica, i)];
        sums += vec4(x * x, y * y, x * y, 0.0);
    }
    sums = sum_all(sums, lane);
    if lane == 0u {
        let to = replica * METRICS + params.metric;
        metrics[to] = sums.x;
        metrics[to + 1u] = sums.y;
        metrics[to + 2u] = sums.z;
    }
}
