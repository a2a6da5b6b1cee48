// |g|^2, |H|^2, <g,H>, |u|^2, <u,H>, |W|^2, <W,g>, <W,u>, <W,H> of every row: see keep_row_sums.wgsl.

struct Params {
    signal: View,
    hebbian: View,
    // No rows where absent.
    update: View,
    weights: View,
    sums: View,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    if group.x >= params.signal.y {
        return;
    }
    let replica = group.z;
    let g0 = row_at(params.signal, replica, group.x);
    let h0 = row_at(params.hebbian, replica, group.x);
    let u0 = row_at(params.update, replica, group.x);
    let w0 = row_at(params.weights, replica, group.x);
    var a = vec4(0.0);
    var b = vec4(0.0);
    var c = 0.0;
    for (var i = lane; i < params.signal.z; i += 256u) {
        let g = arena[g0 + i];
        let h = arena[h0 + i];
        let w = arena[w0 + i];
        var u = 0.0;
        if params.update.y != 0u {
            u = arena[u0 + i];
        }
        a += vec4(g * g, h * h, g * h, u * u);
        b += vec4(u * h, w * w, w * g, w * u);
        c += w * h;
    }
    let starts = vec4(g0, h0, u0, w0);
    keep_row_sums(params.sums, replica, group.x, lane, params.signal.z, starts, params.update.y != 0u, a, b, c);
}
