// Mean over the rows of x, of its products with y, or of the squares of what differs from the row y. A row of the result is
// that of a part of the rows.

struct Params {
    x: View,
    y: View,
    out: View,
    // 0: mean; 1: of products; 2: of squared differences.
    kind: u32,
    unless_zero: u32,
    rows_of_a_part: u32,
    // What sums are divided by.
    divisor: f32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    let replica = group.z;
    let groups = (params.x.z + 63u) / 64u;
    let part = group.x / groups;
    let column = group.x % groups * 64u + own;
    if part >= params.out.y || column >= params.x.z || is_off(params.unless_zero, replica) {
        return;
    }
    let begin = part * params.rows_of_a_part;
    var sum = 0.0;
    for (var row = begin; row < min(begin + params.rows_of_a_part, params.x.y); row++) {
        let value = arena[row_at(params.x, replica, row) + column];
        if params.kind == 0u {
            sum += value;
        } else if params.kind == 1u {
            sum += value * arena[row_at(params.y, replica, row) + column];
        } else {
            let difference = value - arena[row_at(params.y, replica, 0u) + column];
            sum += difference * difference;
        }
    }
    arena[row_at(params.out, replica, part) + column] = sum / params.divisor;
}
