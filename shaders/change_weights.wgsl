// to += x or to = x, and by how much that changes |to|^2: the sum of (new - old)(new + old).

struct Params {
    x: View,
    to: View,
    replaces: u32,
    metric: u32,
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
    var sum = 0.0;
    for (var i = lane; i < params.to.y * params.to.z; i += 256u) {
        let to = at(params.to, replica, i);
        let old = arena[to];
        let x = arena[at(params.x, replica, i)];
        let changed = select(old + x, x, params.replaces != 0u);
        arena[to] = changed;
        sum += (changed - old) * (changed + old);
    }
    let total = sum_all(vec4(sum), lane).x;
    if lane == 0u {
        metrics[replica * METRICS + params.metric] = total;
    }
}
