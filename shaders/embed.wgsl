// The token's row of a table, and the position's of another.

struct Params {
    tokens: View,
    table: View,
    positions: View,
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
    if id.x >= params.to.y * params.to.z || is_off(params.unless_zero, replica) {
        return;
    }
    let row = id.x / params.to.z;
    let column = id.x % params.to.z;
    let token = word(arena[at(params.tokens, replica, row)], params.table.y);
    let own_place = arena[row_at(params.positions, replica, row % params.positions.y) + column];
    arena[at(params.to, replica, id.x)] = arena[row_at(params.table, replica, token) + column] + own_place;
}
