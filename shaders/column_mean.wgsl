// Mean over the rows of x of its values, or of their squares.

struct Params {
    x: View,
    out: View,
    squares: u32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
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
    if id.x >= params.x.z || is_off(params.unless_zero, replica) {
        return;
    }
    var sum = 0.0;
    for (var row = 0u; row < params.x.y; row++) {
        let value = arena[row_at(params.x, replica, row) + id.x];
        sum += select(value, value * value, params.squares != 0u);
    }
    arena[at(params.out, replica, id.x)] = sum / f32(params.x.y);
}
