// to = (x - mean) / deviation by rows, deviation = sqrt(variance + epsilon).

struct Params {
    x: View,
    to: View,
    // One of each row.
    deviations: View,
    epsilon: f32,
    unless_zero: u32,
    // Invocations of a row.
    lanes: u32,
    _pad0: u32,
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
    if !has_rows(group.x, lanes, params.x.y) || is_off(params.unless_zero, replica) {
        return;
    }
    let row = row_of(group.x, lane, lanes, params.x.y, params.x.z);
    let x = row_at(params.x, replica, row.row);
    let count = f32(params.x.z);
    var sum = 0.0;
    for (var i = row.own; i < row.columns; i += lanes) {
        sum += arena[x + i];
    }
    let mean = sum_segment(vec4(sum), lane, lanes).x / count;
    sum = 0.0;
    for (var i = row.own; i < row.columns; i += lanes) {
        let difference = arena[x + i] - mean;
        sum += difference * difference;
    }
    let deviation = sqrt(sum_segment(vec4(sum), lane, lanes).x / count + params.epsilon);
    let to = row_at(params.to, replica, row.row);
    for (var i = row.own; i < row.columns; i += lanes) {
        arena[to + i] = (arena[x + i] - mean) / deviation;
    }
    if row.own == 0u && row.exists {
        arena[at(params.deviations, replica, row.row)] = deviation;
    }
}
