// to = (x - mean) / deviation by rows, deviation = sqrt(variance + epsilon): sixteen invocations a row.

struct Params {
    x: View,
    to: View,
    // One of each row.
    deviations: View,
    epsilon: f32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    let replica = group.z;
    if group.x * 16u >= params.x.y || is_off(params.unless_zero, replica) {
        return;
    }
    let row = group.x * 16u + lane / 16u;
    // The last workgroup may have rows that there are not.
    let columns = select(0u, params.x.z, row < params.x.y);
    let x = row_at(params.x, replica, row);
    let count = f32(params.x.z);
    var own = 0.0;
    for (var i = lane % 16u; i < columns; i += 16u) {
        own += arena[x + i];
    }
    let mean = sum_of_sixteen(own, lane) / count;
    own = 0.0;
    for (var i = lane % 16u; i < columns; i += 16u) {
        let difference = arena[x + i] - mean;
        own += difference * difference;
    }
    let deviation = sqrt(sum_of_sixteen(own, lane) / count + params.epsilon);
    let to = row_at(params.to, replica, row);
    for (var i = lane % 16u; i < columns; i += 16u) {
        arena[to + i] = (arena[x + i] - mean) / deviation;
    }
    if lane % 16u == 0u && row < params.x.y {
        arena[at(params.deviations, replica, row)] = deviation;
    }
}
