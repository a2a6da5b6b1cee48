// Mean over the rows of x, of its products with y, or of the squares of what differs from the row y.

struct Params {
    x: View,
    y: View,
    out: View,
    // 0: mean; 1: of products; 2: of squared differences.
    kind: u32,
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
        if params.kind == 0u {
            sum += value;
        } else if params.kind == 1u {
            sum += value * arena[row_at(params.y, replica, row) + id.x];
        } else {
            let difference = value - arena[row_at(params.y, replica, 0u) + id.x];
            sum += difference * difference;
        }
    }
    arena[at(params.out, replica, id.x)] = sum / f32(params.x.y);
}
