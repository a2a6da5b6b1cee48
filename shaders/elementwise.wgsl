// One invocation an element: what kernels from x, and y, to `to` have in common. Each defines `apply` for the place of an
// element of `to`, its replica, and its number, row by row.

struct Params {
    x: View,
    y: View,
    to: View,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
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
    if id.x < params.to.y * params.to.z && !is_off(params.unless_zero, replica) {
        apply(at(params.to, replica, id.x), replica, id.x);
    }
}
