// update.wgsl and row_sums.wgsl of a layer in one pass over its weights, a row a workgroup.

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    if group.x >= params.weights.y {
        return;
    }
    let replica = group.z;
    let columns = params.weights.z;
    let g0 = row_at(params.signal, replica, group.x);
    let h0 = row_at(params.hebbian, replica, group.x);
    let w0 = row_at(params.weights, replica, group.x);
    var a = vec4(0.0);
    var b = vec4(0.0);
    var c = 0.0;
    for (var i = lane; i < columns; i += 256u) {
        let u = update_of(replica, group.x * columns + i);
        let g = arena[g0 + i];
        let h = arena[h0 + i];
        let w = arena[w0 + i];
        a += vec4(g * g, h * h, g * h, u * u);
        b += vec4(u * h, w * w, w * g, w * u);
        c += w * h;
    }
    // Each invocation has written the updates that it reads.
    let starts = vec4(g0, h0, row_at(params.update, replica, group.x), w0);
    keep_row_sums(params.sums, replica, group.x, lane, columns, starts, true, a, b, c);
}
