// |g|^2, |H|^2, <g,H>, |u|^2, <u,H>, |W|^2, <W,g>, <W,u>, <W,H> of every row: see keep_row_sums.wgsl.

struct Params {
    signal: View,
    hebbian: View,
    // No rows where absent.
    update: View,
    weights: View,
    sums: View,
    // Invocations of a row.
    lanes: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    if !has_rows(group.x, params.lanes, params.signal.y) {
        return;
    }
    let replica = group.z;
    let row = row_of(group.x, lane, params.lanes, params.signal.y, params.signal.z);
    let starts = vec4(
        row_at(params.signal, replica, row.row),
        row_at(params.hebbian, replica, row.row),
        row_at(params.update, replica, row.row),
        row_at(params.weights, replica, row.row),
    );
    let has_update = params.update.y != 0u;
    var own = NineSums(vec4(0.0), vec4(0.0), 0.0);
    for (var i = row.own; i < row.columns; i += params.lanes) {
        own = with_products(own, row_values(starts, has_update, i));
    }
    keep_row_sums(params.sums, replica, row, lane, params.lanes, starts, has_update, own);
}
