// x *= min(1, limit / (norm + 1e-6)), where norm^2 is the sum of `count` metrics that squared_norm has left.

struct Params {
    x: View,
    limit: u32,
    metric: u32,
    count: u32,
    unless_zero: u32,
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
    if id.x >= params.x.y * params.x.z || is_off(params.unless_zero, replica) {
        return;
    }
    var squares = Wide(0.0, 0);
    for (var i = 0u; i < params.count; i++) {
        let at = replica * METRICS + params.metric + i;
        squares = wide_sum(squares, Wide(metrics[at], i32(metrics[at + EXPONENTS]) * METRIC_STEP));
    }
    let factor = value_of(params.limit, replica) / (narrow(wide_root(squares)) + 1e-6);
    if factor < 1.0 {
        arena[at(params.x, replica, id.x)] *= factor;
    }
}
