// Row mean 0 and population SD 1, or row length 1; 1e-8 keeps constant rows finite.

struct Params {
    x: View,
    // 0: mean 0 and SD 1; 1: length 1.
    kind: u32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// Mean that is taken off, and the sum of squares of what is left, of a row whose elements are scaled. In uniform control
// flow.
fn moments(first: u32, columns: u32, by: f32, lane: u32) -> vec2<f32> {
    var center = 0.0;
    if params.kind == 0u {
        var sum = 0.0;
        for (var i = lane; i < columns; i += 256u) {
            sum += arena[first + i] * by;
        }
        center = sum_all(vec4(sum), lane).x / f32(columns);
        // What rounding has left of the mean.
        sum = 0.0;
        for (var i = lane; i < columns; i += 256u) {
            sum += arena[first + i] * by - center;
        }
        center += sum_all(vec4(sum), lane).x / f32(columns);
    }
    var squares = 0.0;
    for (var i = lane; i < columns; i += 256u) {
        let value = arena[first + i] * by - center;
        squares += value * value;
    }
    return vec2(center, sum_all(vec4(squares), lane).x);
}

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    if group.x >= params.x.y {
        return;
    }
    let replica = group.z;
    if is_off(params.unless_zero, replica) {
        return;
    }
    let columns = params.x.z;
    let first = row_at(params.x, replica, group.x);
    var found = moments(first, columns, 1.0, lane);
    var exponent = 0;
    if agreed(!keeps_digits(found.y), lane) {
        var top = -127;
        for (var i = lane; i < columns; i += 256u) {
            top = max(top, exponent_of(arena[first + i]));
        }
        exponent = scales_of(top_all(vec4(top), lane), vec4(true)).x;
        found = moments(first, columns, power(-exponent), lane);
    }
    let root = sqrt(select(found.y, found.y / f32(columns), params.kind == 0u));
    // Beside large numbers nothing is left of 1e-8; a row without a spread is divided by something all the same.
    let spread = max(root + times_power(1e-8, -exponent), power(-126));
    for (var i = lane; i < columns; i += 256u) {
        arena[first + i] = (arena[first + i] * power(-exponent) - found.x) / spread;
    }
}
