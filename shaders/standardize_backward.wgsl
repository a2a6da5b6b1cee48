// to = (to - mean(to) - z mean(to z)) / deviation by rows, z and deviation from standardize.wgsl: sixteen invocations a row.

struct Params {
    z: View,
    // One of each row.
    deviations: View,
    to: View,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
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
    if group.x * 16u >= params.to.y || is_off(params.unless_zero, replica) {
        return;
    }
    let row = group.x * 16u + lane / 16u;
    // The last workgroup may have rows that there are not.
    let columns = select(0u, params.to.z, row < params.to.y);
    let z = row_at(params.z, replica, row);
    let to = row_at(params.to, replica, row);
    let count = f32(params.to.z);
    var own = vec2(0.0);
    for (var i = lane % 16u; i < columns; i += 16u) {
        let gradient = arena[to + i];
        own += vec2(gradient, gradient * arena[z + i]);
    }
    let mean = sum_of_sixteen(own.x, lane) / count;
    let slope = sum_of_sixteen(own.y, lane) / count;
    if columns == 0u {
        return;
    }
    let deviation = arena[at(params.deviations, replica, row)];
    for (var i = lane % 16u; i < columns; i += 16u) {
        arena[to + i] = (arena[to + i] - mean - arena[z + i] * slope) / deviation;
    }
}
