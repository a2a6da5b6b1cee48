// Products of tiles of 32 x 32 in the memory of a workgroup of 256: what attention is made of, at any length of its
// sequences and width of its heads. An invocation has the results of rows y and y + 16, columns x and x + 16, of a tile,
// as (y, x), (y, x + 16), (y + 16, x), (y + 16, x + 16), with y = lane / 16 and x = lane % 16.

const EDGE = 32u;
// Rows begin in different banks.
const PITCH = 33u;

var<workgroup> left: array<f32, EDGE * PITCH>;
var<workgroup> right: array<f32, EDGE * PITCH>;
var<workgroup> of_invocations: array<f32, 256>;

// What one head has of a matrix: place of the first element, elements from a row to the next, rows, columns.
alias Block = vec4<u32>;

// The rows of a sequence and the columns of a head.
fn block_of(view: View, replica: u32, first_row: u32, rows: u32, first_column: u32, columns: u32) -> Block {
    return Block(row_at(view, replica, first_row) + first_column, view.w, rows, columns);
}

// An element of a block; 0 outside of it.
fn in_block(block: Block, row: u32, column: u32) -> f32 {
    if row >= block.z || column >= block.w {
        return 0.0;
    }
    return arena[block.x + row * block.y + column];
}

fn load_left(block: Block, row: u32, column: u32, lane: u32) {
    for (var i = lane; i < EDGE * EDGE; i += 256u) {
        left[i / EDGE * PITCH + i % EDGE] = in_block(block, row + i / EDGE, column + i % EDGE);
    }
}

fn load_right(block: Block, row: u32, column: u32, lane: u32) {
    for (var i = lane; i < EDGE * EDGE; i += 256u) {
        right[i / EDGE * PITCH + i % EDGE] = in_block(block, row + i / EDGE, column + i % EDGE);
    }
}

// The four elements of a tile that an invocation has, from row and column on.
fn own_of(block: Block, row: u32, column: u32, lane: u32) -> vec4<f32> {
    let y = row + lane / 16u;
    let x = column + lane % 16u;
    return vec4(
        in_block(block, y, x),
        in_block(block, y, x + 16u),
        in_block(block, y + 16u, x),
        in_block(block, y + 16u, x + 16u),
    );
}

// Writes an element, or adds to it.
fn put_one(block: Block, row: u32, column: u32, value: f32, adds: bool) {
    if row < block.z && column < block.w {
        let place = block.x + row * block.y + column;
        var result = value;
        if adds {
            result += arena[place];
        }
        arena[place] = result;
    }
}

fn put(block: Block, row: u32, column: u32, values: vec4<f32>, adds: bool, lane: u32) {
    let y = row + lane / 16u;
    let x = column + lane % 16u;
    put_one(block, y, x, values.x, adds);
    put_one(block, y, x + 16u, values.y, adds);
    put_one(block, y + 16u, x, values.z, adds);
    put_one(block, y + 16u, x + 16u, values.w, adds);
}

// A tile of a b^T, from row `row` of a and row `column` of b on. In uniform control flow.
fn rows_by_rows(a: Block, row: u32, b: Block, column: u32, lane: u32) -> vec4<f32> {
    let y = lane / 16u * PITCH;
    let x = lane % 16u * PITCH;
    var sums = vec4(0.0);
    for (var first = 0u; first < a.w; first += EDGE) {
        workgroupBarrier();
        load_left(a, row, first, lane);
        load_right(b, column, first, lane);
        workgroupBarrier();
        for (var k = 0u; k < min(EDGE, a.w - first); k++) {
            let p = vec2(left[y + k], left[y + 16u * PITCH + k]);
            let q = vec2(right[x + k], right[x + 16u * PITCH + k]);
            sums = fma(p.xxyy, q.xyxy, sums);
        }
    }
    return sums;
}

// The sum of `own` over the sixteen invocations that have elements of one row, in their order. In uniform control flow.
fn sum_of_row(own: f32, lane: u32) -> f32 {
    workgroupBarrier();
    of_invocations[lane] = own;
    workgroupBarrier();
    let first = lane / 16u * 16u;
    var sum = 0.0;
    for (var i = 0u; i < 16u; i++) {
        sum += of_invocations[first + i];
    }
    return sum;
}

// The largest. In uniform control flow.
fn top_of_row(own: f32, lane: u32) -> f32 {
    workgroupBarrier();
    of_invocations[lane] = own;
    workgroupBarrier();
    let first = lane / 16u * 16u;
    var top = of_invocations[first];
    for (var i = 1u; i < 16u; i++) {
        top = max(top, of_invocations[first + i]);
    }
    return top;
}
