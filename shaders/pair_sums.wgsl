// |x|^2, |y|^2, <x,y>.

struct Params {
    x: View,
    y: View,
    metric: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let replica = group.z;
    let count = params.x.y * params.x.z;
    var sums = vec4(0.0);
    for (var i = lane; i < count; i += 256u) {
        let x = arena[at(params.x, replica, i)];
        let y = arena[at(params.y, replica, i)];
        sums += vec4(x * x, y * y, x * y, 0.0);
    }
    sums = sum_all(sums, lane);
    let lost = loses_digits(sums) & vec4(true, true, false, false);
    var exponents = vec4(0);
    if agreed(any(lost), lane) {
        var top = vec4(-127);
        for (var i = lane; i < count; i += 256u) {
            let pair = vec2(arena[at(params.x, replica, i)], arena[at(params.y, replica, i)]);
            top = max(top, exponents_of(vec4(pair, 0.0, 0.0)));
        }
        exponents = scales_of(top_all(top, lane), lost);
        let by = powers(-exponents);
        sums = vec4(0.0);
        for (var i = lane; i < count; i += 256u) {
            let x = arena[at(params.x, replica, i)] * by.x;
            let y = arena[at(params.y, replica, i)] * by.y;
            sums += vec4(x * x, y * y, x * y, 0.0);
        }
        sums = sum_all(sums, lane);
    }
    if lane == 0u {
        keep_metric(replica, params.metric, sums.x, 2 * exponents.x);
        keep_metric(replica, params.metric + 1u, sums.y, 2 * exponents.y);
        keep_metric(replica, params.metric + 2u, sums.z, exponents.x + exponents.y);
    }
}
