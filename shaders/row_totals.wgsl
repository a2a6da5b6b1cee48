// Sums of the columns of x; each row has exponents of its own.

struct Params {
    x: View,
    // 0: rows of ROW_SUMS, with the exponents of their operands; 1: rows of FORCES, with one exponent; 2: rows of sums.wgsl,
    // with an exponent each.
    kind: u32,
    // What becomes of the sums (see keep_sum), and where.
    keep: u32,
    to: u32,
    unless_zero: u32,
    // Invocations of a column.
    lanes: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// Operands of each of ROW_SUMS, counted from the first exponent's column.
const OPERANDS = array<vec2<u32>, 9>(
    vec2(9u, 9u), vec2(10u, 10u), vec2(9u, 10u), vec2(11u, 11u), vec2(11u, 10u), vec2(12u, 12u), vec2(12u, 9u),
    vec2(12u, 11u), vec2(12u, 10u),
);

// Exponents that add up to that of a row's sum.
fn exponents_at(row: u32, column: u32) -> vec2<f32> {
    if params.kind == 1u {
        return vec2(arena[row + 4u], 0.0);
    }
    if params.kind == 2u {
        return vec2(arena[row + params.x.z / 2u + column], 0.0);
    }
    var operands = OPERANDS;
    let columns = operands[column];
    return vec2(arena[row + columns.x], arena[row + columns.y]);
}

// The exponent of an element, -1024 of one that is 0.
fn element_exponent(row: u32, column: u32) -> i32 {
    let own = exponent_of(arena[row + column]);
    let exponents = vec2<i32>(exponents_at(row, column));
    return select(own + exponents.x + exponents.y, -1024, own == -127);
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
    var columns = params.x.z / 2u;
    if params.kind < 2u {
        columns = select(9u, 4u, params.kind == 1u);
    }
    if !has_rows(group.x, lanes, columns) || is_off(params.unless_zero, replica) {
        return;
    }
    // A column of x in the place of a row.
    let place = row_of(group.x, lane, lanes, columns, params.x.y);
    let column = place.row;
    var sum = 0.0;
    var scaled = 0.0;
    for (var row = place.own; row < place.columns; row += lanes) {
        let at = row_at(params.x, replica, row);
        sum += arena[at + column];
        let exponents = abs(exponents_at(at, column));
        scaled += exponents.x + exponents.y;
    }
    let found = sum_segment(vec4(sum, scaled, 0.0, 0.0), lane, lanes);
    var total = found.x;
    var exponent = 0;
    if agreed_by_any(found.y != 0.0, lane) {
        // Over the row that is the largest, others lose no digit that counts.
        var top = -1024;
        for (var row = place.own; row < place.columns; row += lanes) {
            top = max(top, element_exponent(row_at(params.x, replica, row), column));
        }
        // 0 where all of them are 0, and for a column that needs none.
        top = top_segment(vec4(top), lane, lanes).x;
        exponent = select(0, top, top != -1024 && found.y != 0.0);
        sum = 0.0;
        for (var row = place.own; row < place.columns; row += lanes) {
            let at = row_at(params.x, replica, row);
            let exponents = vec2<i32>(exponents_at(at, column));
            sum += times_power(arena[at + column], exponents.x + exponents.y - exponent);
        }
        total = select(total, sum_segment(vec4(sum), lane, lanes).x, found.y != 0.0);
    }
    if place.own == 0u && place.exists {
        keep_sum(params.keep, params.to, replica, column, columns, total, exponent);
    }
}
