// to[v, :] = scale times the sum of the rows where token v is: one invocation an element, which goes through the tokens in
// their order.

struct Params {
    tokens: View,
    x: View,
    to: View,
    scale: f32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> some: array<u32, 256>;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    let replica = group.z;
    let elements = params.to.y * params.to.z;
    if group.x * 256u >= elements || is_off(params.unless_zero, replica) {
        return;
    }
    let i = group.x * 256u + own;
    // No token is beyond the last row.
    let row = i / params.to.z;
    let column = i % params.to.z;
    let count = params.tokens.y * params.tokens.z;
    var sum = 0.0;
    for (var first = 0u; first < count; first += 256u) {
        workgroupBarrier();
        if first + own < count {
            some[own] = word(arena[at(params.tokens, replica, first + own)], params.to.y);
        }
        workgroupBarrier();
        for (var other = 0u; other < min(256u, count - first); other++) {
            if some[other] == row {
                sum += params.scale * arena[row_at(params.x, replica, first + other) + column];
            }
        }
    }
    if i < elements {
        arena[at(params.to, replica, i)] = sum;
    }
}
