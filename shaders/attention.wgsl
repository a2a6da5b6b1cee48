// Head by head, probabilities = softmax(query key^T / sqrt(width of a head)) by rows, to = probabilities value: a
// workgroup for 32 rows of a head of a sequence.

struct Params {
    query: View,
    key: View,
    value: View,
    probabilities: View,
    to: View,
    heads: u32,
    length: u32,
    unless_zero: u32,
    _pad0: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// The lowest number: no score is below it.
const LOWEST = -3.4028234e38;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    let replica = group.z;
    let length = params.length;
    let tiles = (length + EDGE - 1u) / EDGE;
    let head = group.x / tiles;
    if head >= params.to.y / length * params.heads || is_off(params.unless_zero, replica) {
        return;
    }
    let row = group.x % tiles * EDGE;
    let width = params.to.z / params.heads;
    let first_row = head / params.heads * length;
    let first_column = head % params.heads * width;
    let query = block_of(params.query, replica, first_row, length, first_column, width);
    let key = block_of(params.key, replica, first_row, length, first_column, width);
    let value = block_of(params.value, replica, first_row, length, first_column, width);
    let weights = block_of(params.probabilities, replica, head * length, length, 0u, length);
    let to = block_of(params.to, replica, first_row, length, first_column, width);
    let scale = 1.0 / sqrt(f32(width));
    // Of the two rows that an invocation has elements of.
    var top = vec2(LOWEST);
    for (var column = 0u; column < length; column += EDGE) {
        let scores = scale * rows_by_rows(query, row, key, column, lane);
        put(weights, row, column, scores, false, lane);
        let x = column + lane % 16u;
        top = max(top, select(vec2(LOWEST), scores.xz, x < length));
        top = max(top, select(vec2(LOWEST), scores.yw, x + 16u < length));
    }
    top = vec2(top_of_row(top.x, lane), top_of_row(top.y, lane));
    // An invocation comes by none but the elements that it has written.
    var sum = vec2(0.0);
    for (var column = 0u; column < length; column += EDGE) {
        let powers = exp(own_of(weights, row, column, lane) - top.xxyy);
        put(weights, row, column, powers, false, lane);
        let x = column + lane % 16u;
        sum += select(vec2(0.0), powers.xz, x < length);
        sum += select(vec2(0.0), powers.yw, x + 16u < length);
    }
    sum = vec2(sum_of_row(sum.x, lane), sum_of_row(sum.y, lane));
    for (var column = 0u; column < length; column += EDGE) {
        put(weights, row, column, own_of(weights, row, column, lane) / sum.xxyy, false, lane);
    }
    // From here on they read those of one another.
    storageBarrier();
    let y = lane / 16u * PITCH;
    for (var column = 0u; column < width; column += EDGE) {
        var sums = vec4(0.0);
        for (var first = 0u; first < length; first += EDGE) {
            workgroupBarrier();
            load_left(weights, row, first, lane);
            load_right(value, first, column, lane);
            workgroupBarrier();
            for (var k = 0u; k < min(EDGE, length - first); k++) {
                let p = vec2(left[y + k], left[y + 16u * PITCH + k]);
                let q = vec2(right[k * PITCH + lane % 16u], right[k * PITCH + lane % 16u + 16u]);
                sums = fma(p.xxyy, q.xyxy, sums);
            }
        }
        put(to, row, column, sums, false, lane);
    }
}
