// out (+)= alpha A B, as matmul.wgsl, where rows of all three begin at and consist of whole vectors of four elements.
// Rust puts before it TRANSPOSE_A, TRANSPOSE_B, and ROWS, 4 or 1: an invocation holds so many rows of four results.

struct Params {
    a: View,
    b: View,
    out: View,
    // Products over an inner axis, and elements from one to the next of A, B and out.
    inner: vec4<u32>,
    alpha: f32,
    accumulate: u32,
    unless_zero: u32,
    depth: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// With 256 invocations, 4 rows make a tile of 64 x 64, and 1 row one of 32 x 32.
const QUADS = select(8u, 16u, ROWS == 4u);
const EDGE = 4u * QUADS;
const DEPTH = 16u;

// Places of results that one row does not have: constants outside of an array are refused even where they are not reached.
const SECOND = min(1u, ROWS - 1u);
const THIRD = min(2u, ROWS - 1u);
const FOURTH = ROWS - 1u;

// Four neighbours along the edge of the tile, for every step along the inner dimension.
var<workgroup> left: array<vec4<f32>, DEPTH * QUADS>;
var<workgroup> right: array<vec4<f32>, DEPTH * QUADS>;

// Four elements of a row; zeros outside of the matrix.
fn load(view: View, first: u32, rows: u32, columns: u32, row: u32, column: u32) -> vec4<f32> {
    if row >= rows || column >= columns {
        return vec4(0.0);
    }
    return arena[(first + row * view.w + column) / 4u];
}

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let group = in_line(position, grid);
    let replica = group.z / params.inner.x;
    let product = group.z % params.inner.x;
    if is_off(params.unless_zero, replica) {
        return;
    }
    let m = params.out.y;
    let n = params.out.z;
    let depth = params.depth;
    // Tiles follow each other row by row.
    let across = (n + EDGE - 1u) / EDGE;
    let row0 = group.x / across * EDGE;
    let column0 = group.x % across * EDGE;
    if row0 >= m {
        return;
    }
    let a0 = replica * ARENA + params.a.x + product * params.inner.y;
    let b0 = replica * ARENA + params.b.x + product * params.inner.z;
    let out0 = replica * ARENA + params.out.x + product * params.inner.w;
    let ty = lane / QUADS;
    let tx = lane % QUADS;
    var sums: array<vec4<f32>, ROWS>;
    for (var k0 = 0u; k0 < depth; k0 += DEPTH) {
        // An operand that lies along the inner dimension is turned in squares of 4 x 4, so that only whole vectors are
        // written: two invocations must not write parts of one.
        if TRANSPOSE_A {
            for (var i = lane; i < DEPTH * QUADS; i += 256u) {
                left[i] = load(params.a, a0, depth, m, k0 + i / QUADS, row0 + 4u * (i % QUADS));
            }
        } else if lane < DEPTH / 4u * QUADS {
            let k = 4u * (lane % (DEPTH / 4u));
            let quad = lane / (DEPTH / 4u);
            let row = row0 + 4u * quad;
            let turned = transpose(mat4x4<f32>(
                load(params.a, a0, m, depth, row, k0 + k),
                load(params.a, a0, m, depth, row + 1u, k0 + k),
                load(params.a, a0, m, depth, row + 2u, k0 + k),
                load(params.a, a0, m, depth, row + 3u, k0 + k),
            ));
            left[k * QUADS + quad] = turned[0];
            left[(k + 1u) * QUADS + quad] = turned[1];
            left[(k + 2u) * QUADS + quad] = turned[2];
            left[(k + 3u) * QUADS + quad] = turned[3];
        }
        // The other half of the invocations turns the other operand.
        let other = (lane + 128u) % 256u;
        if !TRANSPOSE_B {
            for (var i = lane; i < DEPTH * QUADS; i += 256u) {
                right[i] = load(params.b, b0, depth, n, k0 + i / QUADS, column0 + 4u * (i % QUADS));
            }
        } else if other < DEPTH / 4u * QUADS {
            let k = 4u * (other % (DEPTH / 4u));
            let quad = other / (DEPTH / 4u);
            let row = column0 + 4u * quad;
            let turned = transpose(mat4x4<f32>(
                load(params.b, b0, n, depth, row, k0 + k),
                load(params.b, b0, n, depth, row + 1u, k0 + k),
                load(params.b, b0, n, depth, row + 2u, k0 + k),
                load(params.b, b0, n, depth, row + 3u, k0 + k),
            ));
            right[k * QUADS + quad] = turned[0];
            right[(k + 1u) * QUADS + quad] = turned[1];
            right[(k + 2u) * QUADS + quad] = turned[2];
            right[(k + 3u) * QUADS + quad] = turned[3];
        }
        workgroupBarrier();
        for (var k = 0u; k < DEPTH; k++) {
            let y = right[k * QUADS + tx];
            if ROWS == 4u {
                let x = left[k * QUADS + ty];
                sums[0] = fma(vec4(x.x), y, sums[0]);
                sums[SECOND] = fma(vec4(x.y), y, sums[SECOND]);
                sums[THIRD] = fma(vec4(x.z), y, sums[THIRD]);
                sums[FOURTH] = fma(vec4(x.w), y, sums[FOURTH]);
            } else {
                sums[0] = fma(vec4(left[k * QUADS + ty / 4u][ty % 4u]), y, sums[0]);
            }
        }
        workgroupBarrier();
    }
    let column = column0 + 4u * tx;
    for (var i = 0u; i < ROWS; i++) {
        let row = row0 + ty * ROWS + i;
        if row < m && column < n {
            let place = (out0 + row * params.out.w + column) / 4u;
            var value = params.alpha * sums[i];
            if params.accumulate != 0u {
                value += arena[place];
            }
            arena[place] = value;
        }
    }
}
