// Sums of the columns of x, one metric a column.

struct Params {
    x: View,
    metric: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// One column a workgroup.
@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let replica = group.z;
    var sum = 0.0;
    for (var row = lane; row < params.x.y; row += 256u) {
        sum += arena[row_at(params.x, replica, row) + group.x];
    }
    let total = sum_all(vec4(sum), lane).x;
    if lane == 0u {
        metrics[replica * METRICS + params.metric + group.x] = total;
    }
}
