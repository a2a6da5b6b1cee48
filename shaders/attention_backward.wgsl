// Gradients of query, key and value from that of attention's result: a workgroup for each head of a sequence, tile by tile
// of its probabilities. Each element of a gradient belongs to one invocation, which adds the tiles' parts in their order.

struct Params {
    query: View,
    key: View,
    value: View,
    probabilities: View,
    gradient: View,
    to_query: View,
    to_key: View,
    to_value: View,
    heads: u32,
    length: u32,
    unless_zero: u32,
    _pad0: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// A tile of probabilities; that of the scores' gradients takes the place of `left`.
var<workgroup> weights_tile: array<f32, EDGE * PITCH>;

// The four elements in rows y and y + 16 of a tile.
fn places(lane: u32) -> vec4<u32> {
    let first = lane / 16u * PITCH + lane % 16u;
    return first + vec4(0u, 16u, 16u * PITCH, 16u * PITCH + 16u);
}

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    let replica = group.z;
    let length = params.length;
    let head = group.x;
    if head >= params.gradient.y / length * params.heads || is_off(params.unless_zero, replica) {
        return;
    }
    let width = params.gradient.z / params.heads;
    let first_row = head / params.heads * length;
    let first_column = head % params.heads * width;
    let query = block_of(params.query, replica, first_row, length, first_column, width);
    let key = block_of(params.key, replica, first_row, length, first_column, width);
    let value = block_of(params.value, replica, first_row, length, first_column, width);
    let weights = block_of(params.probabilities, replica, head * length, length, 0u, length);
    let gradient = block_of(params.gradient, replica, first_row, length, first_column, width);
    let to_query = block_of(params.to_query, replica, first_row, length, first_column, width);
    let to_key = block_of(params.to_key, replica, first_row, length, first_column, width);
    let to_value = block_of(params.to_value, replica, first_row, length, first_column, width);
    let scale = 1.0 / sqrt(f32(width));
    let own = places(lane);
    let y = lane / 16u;
    let x = lane % 16u;
    for (var row = 0u; row < length; row += EDGE) {
        // What the probabilities' gradients are on average, by rows y and y + 16.
        var of_weights = vec4(0.0);
        var mean = vec2(0.0);
        for (var column = 0u; column < length; column += EDGE) {
            of_weights = rows_by_rows(gradient, row, value, column, lane);
            let products = of_weights * own_of(weights, row, column, lane);
            mean += products.xz + products.yw;
        }
        mean = vec2(sum_of_row(mean.x, lane), sum_of_row(mean.y, lane));
        for (var column = 0u; column < length; column += EDGE) {
            // A single tile is there still.
            if length > EDGE {
                of_weights = rows_by_rows(gradient, row, value, column, lane);
            }
            let some = own_of(weights, row, column, lane);
            let of_scores = some * (of_weights - mean.xxyy) * scale;
            workgroupBarrier();
            left[own.x] = of_scores.x;
            left[own.y] = of_scores.y;
            left[own.z] = of_scores.z;
            left[own.w] = of_scores.w;
            weights_tile[own.x] = some.x;
            weights_tile[own.y] = some.y;
            weights_tile[own.z] = some.z;
            weights_tile[own.w] = some.w;
            // What tiles reach beyond the sequence is left out.
            let rows = min(EDGE, length - row);
            let columns = min(EDGE, length - column);
            for (var first = 0u; first < width; first += EDGE) {
                workgroupBarrier();
                load_right(key, column, first, lane);
                workgroupBarrier();
                var sums = vec4(0.0);
                for (var k = 0u; k < columns; k++) {
                    let p = vec2(left[y * PITCH + k], left[(y + 16u) * PITCH + k]);
                    let q = vec2(right[k * PITCH + x], right[k * PITCH + x + 16u]);
                    sums = fma(p.xxyy, q.xyxy, sums);
                }
                put(to_query, row, first, sums, column > 0u, lane);
                workgroupBarrier();
                load_right(query, row, first, lane);
                workgroupBarrier();
                sums = vec4(0.0);
                for (var k = 0u; k < rows; k++) {
                    let p = vec2(left[k * PITCH + y], left[k * PITCH + y + 16u]);
                    let q = vec2(right[k * PITCH + x], right[k * PITCH + x + 16u]);
                    sums = fma(p.xxyy, q.xyxy, sums);
                }
                put(to_key, column, first, sums, row > 0u, lane);
                workgroupBarrier();
                load_right(gradient, row, first, lane);
                workgroupBarrier();
                sums = vec4(0.0);
                for (var k = 0u; k < rows; k++) {
                    let p = vec2(weights_tile[k * PITCH + y], weights_tile[k * PITCH + y + 16u]);
                    let q = vec2(right[k * PITCH + x], right[k * PITCH + x + 16u]);
                    sums = fma(p.xxyy, q.xyxy, sums);
                }
                put(to_value, column, first, sums, row > 0u, lane);
            }
        }
    }
}
