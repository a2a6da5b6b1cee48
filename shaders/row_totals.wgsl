// Sums of the columns of x, one metric a column; each row has exponents of its own.

struct Params {
    x: View,
    metric: u32,
    // 0: rows of ROW_SUMS, with the exponents of their operands; 1: rows of FORCES, with one exponent.
    kind: u32,
    _pad0: u32,
    _pad1: u32,
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
    var operands = OPERANDS;
    let columns = operands[column];
    return vec2(arena[row + columns.x], arena[row + columns.y]);
}

// One column a workgroup.
@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    if group.x >= select(9u, 4u, params.kind == 1u) {
        return;
    }
    let replica = group.z;
    var sum = 0.0;
    var scaled = 0.0;
    for (var row = lane; row < params.x.y; row += 256u) {
        let at = row_at(params.x, replica, row);
        sum += arena[at + group.x];
        let exponents = abs(exponents_at(at, group.x));
        scaled += exponents.x + exponents.y;
    }
    let found = sum_all(vec4(sum, scaled, 0.0, 0.0), lane);
    var total = found.x;
    var exponent = 0;
    if agreed(found.y != 0.0, lane) {
        // Over the row that is the largest, others lose no digit that counts.
        var top = vec4(-1024);
        for (var row = lane; row < params.x.y; row += 256u) {
            let at = row_at(params.x, replica, row);
            let value = arena[at + group.x];
            if exponent_of(value) != -127 {
                let exponents = vec2<i32>(exponents_at(at, group.x));
                top = max(top, vec4(exponent_of(value) + exponents.x + exponents.y));
            }
        }
        exponent = top_all(top, lane).x;
        sum = 0.0;
        for (var row = lane; row < params.x.y; row += 256u) {
            let at = row_at(params.x, replica, row);
            let exponents = vec2<i32>(exponents_at(at, group.x));
            sum += times_power(arena[at + group.x], exponents.x + exponents.y - exponent);
        }
        total = sum_all(vec4(sum), lane).x;
        // All of them are 0.
        if exponent == -1024 {
            exponent = 0;
        }
    }
    if lane == 0u {
        keep_metric(replica, params.metric + group.x, total, exponent);
    }
}
