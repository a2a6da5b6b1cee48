// Euclidean norm of every row, or Frobenius norm of the whole.

struct Params {
    x: View,
    to: View,
    whole: u32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// Element i of a row, or of the whole.
fn element(replica: u32, row: u32, i: u32) -> f32 {
    if params.whole != 0u {
        return arena[at(params.x, replica, i)];
    }
    return arena[row_at(params.x, replica, row) + i];
}

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    let replica = group.z;
    if group.x >= params.to.z || is_off(params.unless_zero, replica) {
        return;
    }
    let count = select(params.x.z, params.x.y * params.x.z, params.whole != 0u);
    var sum = 0.0;
    for (var i = lane; i < count; i += 256u) {
        let value = element(replica, group.x, i);
        sum += value * value;
    }
    var total = sum_all(vec4(sum), lane).x;
    var exponent = 0;
    if agreed(!keeps_digits(total), lane) {
        var top = -127;
        for (var i = lane; i < count; i += 256u) {
            top = max(top, exponent_of(element(replica, group.x, i)));
        }
        exponent = scales_of(top_all(vec4(top), lane), vec4(true)).x;
        sum = 0.0;
        for (var i = lane; i < count; i += 256u) {
            let value = element(replica, group.x, i) * power(-exponent);
            sum += value * value;
        }
        total = sum_all(vec4(sum), lane).x;
    }
    if lane == 0u {
        let root = sqrt(total);
        arena[replica * ARENA + params.to.x + group.x] = select(times_power(root, exponent), root, exponent == 0);
    }
}
