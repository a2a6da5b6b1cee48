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
    var center = 0.0;
    if params.kind == 0u {
        var sum = 0.0;
        for (var i = lane; i < columns; i += 256u) {
            sum += arena[first + i];
        }
        center = sum_all(vec4(sum), lane).x / f32(columns);
        // What rounding has left of the mean.
        sum = 0.0;
        for (var i = lane; i < columns; i += 256u) {
            sum += arena[first + i] - center;
        }
        center += sum_all(vec4(sum), lane).x / f32(columns);
    }
    var squares = 0.0;
    for (var i = lane; i < columns; i += 256u) {
        let value = arena[first + i] - center;
        squares += value * value;
    }
    let total = sum_all(vec4(squares), lane).x;
    let spread = sqrt(select(total, total / f32(columns), params.kind == 0u)) + 1e-8;
    for (var i = lane; i < columns; i += 256u) {
        arena[first + i] = (arena[first + i] - center) / spread;
    }
}
