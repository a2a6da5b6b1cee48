// update.wgsl and row_sums.wgsl of a layer in one pass over its weights.

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    if !has_rows(group.x, params.lanes, params.weights.y) {
        return;
    }
    let replica = group.z;
    let row = row_of(group.x, lane, params.lanes, params.weights.y, params.weights.z);
    let starts = vec4(
        row_at(params.signal, replica, row.row),
        row_at(params.hebbian, replica, row.row),
        row_at(params.update, replica, row.row),
        row_at(params.weights, replica, row.row),
    );
    var own = NineSums(vec4(0.0), vec4(0.0), 0.0);
    for (var i = row.own; i < row.columns; i += params.lanes) {
        let u = update_of(replica, row.row * params.weights.z + i);
        own = with_products(own, vec4(arena[starts.x + i], arena[starts.y + i], u, arena[starts.w + i]));
    }
    // Each invocation has written the updates that it reads.
    keep_row_sums(params.sums, replica, row, lane, params.lanes, starts, true, own);
}
