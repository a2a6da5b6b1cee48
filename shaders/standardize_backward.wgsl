// to = (to - mean(to) - z mean(to z)) / deviation by rows, z and deviation from standardize.wgsl.

struct Params {
    z: View,
    // One of each row.
    deviations: View,
    to: View,
    unless_zero: u32,
    // Invocations of a row.
    lanes: u32,
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
    let lanes = params.lanes;
    if !has_rows(group.x, lanes, params.to.y) || is_off(params.unless_zero, replica) {
        return;
    }
    let row = row_of(group.x, lane, lanes, params.to.y, params.to.z);
    let z = row_at(params.z, replica, row.row);
    let to = row_at(params.to, replica, row.row);
    var own = vec2(0.0);
    for (var i = row.own; i < row.columns; i += lanes) {
        let gradient = arena[to + i];
        own += vec2(gradient, gradient * arena[z + i]);
    }
    let means = sum_segment(vec4(own, 0.0, 0.0), lane, lanes) / f32(params.to.z);
    let deviation = arena[at(params.deviations, replica, row.row)];
    for (var i = row.own; i < row.columns; i += lanes) {
        arena[to + i] = (arena[to + i] - means.x - arena[z + i] * means.y) / deviation;
    }
}
