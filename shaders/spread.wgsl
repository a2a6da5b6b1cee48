// to (+)= the group's row of x, for every row of a group.

struct Params {
    x: View,
    to: View,
    accumulate: u32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    let replica = id.z;
    if id.x >= params.to.y * params.to.z || is_off(params.unless_zero, replica) {
        return;
    }
    let size = params.to.y / params.x.y;
    let group = id.x / params.to.z / size;
    let to = at(params.to, replica, id.x);
    var value = arena[row_at(params.x, replica, group) + id.x % params.to.z];
    if params.accumulate != 0u {
        value += arena[to];
    }
    arena[to] = value;
}
