// Euclidean norm of every row.

struct Params {
    x: View,
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
    if !has_rows(group.x, lanes, params.x.y) || is_off(params.unless_zero, replica) {
        return;
    }
    let row = row_of(group.x, lane, lanes, params.x.y, params.x.z);
    let first = row_at(params.x, replica, row.row);
    var sum = 0.0;
    for (var i = row.own; i < row.columns; i += lanes) {
        let value = arena[first + i];
        sum += value * value;
    }
    var total = sum_segment(vec4(sum), lane, lanes).x;
    var exponent = 0;
    let lost = row.exists && !keeps_digits(total);
    if agreed_by_any(lost, lane) {
        var top = -127;
        for (var i = row.own; i < row.columns; i += lanes) {
            top = max(top, exponent_of(arena[first + i]));
        }
        // 0 for a row that has its digits, whose sum comes out as it was.
        exponent = scales_of(top_segment(vec4(top), lane, lanes), vec4(lost)).x;
        sum = 0.0;
        for (var i = row.own; i < row.columns; i += lanes) {
            let value = arena[first + i] * power(-exponent);
            sum += value * value;
        }
        total = sum_segment(vec4(sum), lane, lanes).x;
    }
    if row.own == 0u && row.exists {
        let root = sqrt(total);
        arena[replica * ARENA + params.to.x + row.row] = select(times_power(root, exponent), root, exponent == 0);
    }
}
