// Row mean 0 and population SD 1, or row length 1, over the elements that exist; 1e-8 keeps constant rows finite.

struct Params {
    x: View,
    // 1 where an element exists; of no rows where all do.
    mask: View,
    // 0: mean 0 and SD 1; 1: length 1.
    kind: u32,
    unless_zero: u32,
    // Invocations of a row.
    lanes: u32,
    _pad0: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// 1 for an element that exists, 0 for one that does not.
fn exists(replica: u32, row: u32, i: u32) -> f32 {
    if params.mask.y == 0u {
        return 1.0;
    }
    return select(0.0, 1.0, arena[row_at(params.mask, replica, row) + i] != 0.0);
}

// Mean that is taken off, and the sum of squares of what is left, of a row whose elements are scaled. In uniform control
// flow.
fn moments(replica: u32, row: Row, count: f32, by: f32, lane: u32) -> vec2<f32> {
    let first = row_at(params.x, replica, row.row);
    let lanes = params.lanes;
    var center = 0.0;
    if params.kind == 0u {
        var sum = 0.0;
        for (var i = row.own; i < row.columns; i += lanes) {
            sum += arena[first + i] * by * exists(replica, row.row, i);
        }
        center = sum_segment(vec4(sum), lane, lanes).x / count;
        // What rounding has left of the mean.
        sum = 0.0;
        for (var i = row.own; i < row.columns; i += lanes) {
            sum += (arena[first + i] * by - center) * exists(replica, row.row, i);
        }
        center += sum_segment(vec4(sum), lane, lanes).x / count;
    }
    var squares = 0.0;
    for (var i = row.own; i < row.columns; i += lanes) {
        let value = (arena[first + i] * by - center) * exists(replica, row.row, i);
        squares += value * value;
    }
    return vec2(center, sum_segment(vec4(squares), lane, lanes).x);
}

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
    var own = 0.0;
    for (var i = row.own; i < row.columns; i += lanes) {
        own += exists(replica, row.row, i);
    }
    let count = sum_segment(vec4(own), lane, lanes).x;
    var found = moments(replica, row, count, 1.0, lane);
    var exponent = 0;
    let lost = row.exists && !keeps_digits(found.y);
    if agreed_by_any(lost, lane) {
        var top = -127;
        for (var i = row.own; i < row.columns; i += lanes) {
            top = max(top, exponent_of(arena[first + i]));
        }
        // 0 for a row that has its digits, whose moments come out as they were.
        exponent = scales_of(top_segment(vec4(top), lane, lanes), vec4(lost)).x;
        found = moments(replica, row, count, power(-exponent), lane);
    }
    let root = sqrt(select(found.y, found.y / count, params.kind == 0u));
    // Beside large numbers nothing is left of 1e-8; a row without a spread is divided by something all the same.
    let spread = max(root + times_power(1e-8, -exponent), power(-126));
    for (var i = row.own; i < row.columns; i += lanes) {
        if exists(replica, row.row, i) != 0.0 {
            arena[first + i] = (arena[first + i] * power(-exponent) - found.x) / spread;
        }
    }
}
