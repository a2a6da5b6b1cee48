// Data loss of each example.

struct Params {
    output: View,
    wanted: View,
    to: View,
    // 0: mean squared error; 1: cross-entropy of a softmax.
    kind: u32,
    scale: f32,
    unless_zero: u32,
    _pad0: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    let replica = id.z;
    if id.x >= params.output.y || is_off(params.unless_zero, replica) {
        return;
    }
    let columns = params.output.z;
    let o = row_at(params.output, replica, id.x);
    let t = row_at(params.wanted, replica, id.x);
    var sum = 0.0;
    if params.kind == 0u {
        for (var i = 0u; i < columns; i++) {
            let error = arena[o + i] - arena[t + i];
            sum += error * error;
        }
        sum /= f32(columns);
    } else {
        var top = arena[o];
        for (var i = 1u; i < columns; i++) {
            top = max(top, arena[o + i]);
        }
        var total = 0.0;
        for (var i = 0u; i < columns; i++) {
            total += exp(arena[o + i] - top);
        }
        let normal = top + log(total);
        for (var i = 0u; i < columns; i++) {
            sum += arena[t + i] * (normal - arena[o + i]);
        }
    }
    arena[replica * ARENA + params.to.x + id.x] = params.scale * sum;
}
