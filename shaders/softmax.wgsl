// Softmax of every row.

struct Params {
    x: View,
    y: View,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 64u, own);
    let replica = id.z;
    if id.x >= params.x.y || is_off(params.unless_zero, replica) {
        return;
    }
    let x = row_at(params.x, replica, id.x);
    let y = row_at(params.y, replica, id.x);
    var top = arena[x];
    for (var i = 1u; i < params.x.z; i++) {
        top = max(top, arena[x + i]);
    }
    var sum = 0.0;
    for (var i = 0u; i < params.x.z; i++) {
        let e = exp(arena[x + i] - top);
        arena[y + i] = e;
        sum += e;
    }
    for (var i = 0u; i < params.x.z; i++) {
        arena[y + i] /= sum;
    }
}
