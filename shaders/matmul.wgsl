// out (+)= alpha A B, each operand transposed or not, in tiles. Rust puts before it TRANSPOSE_A, TRANSPOSE_B, and THREAD,
// the edge of the square of results that an invocation holds.

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

const EDGE = 16u * THREAD;
const DEPTH = 16u;

// One row of each for every step along the inner dimension.
var<workgroup> left: array<f32, DEPTH * EDGE>;
var<workgroup> right: array<f32, DEPTH * EDGE>;

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
    let ty = lane / 16u;
    let tx = lane % 16u;
    var sums: array<array<f32, THREAD>, THREAD>;
    for (var k0 = 0u; k0 < depth; k0 += DEPTH) {
        for (var i = lane; i < DEPTH * EDGE; i += 256u) {
            // Neighbouring invocations read neighbouring elements, whichever way the operand lies.
            var k = i % DEPTH;
            var row = i / DEPTH;
            if TRANSPOSE_A {
                k = i / EDGE;
                row = i % EDGE;
            }
            var value = 0.0;
            if row0 + row < m && k0 + k < depth {
                if TRANSPOSE_A {
                    value = arena[a0 + (k0 + k) * params.a.w + row0 + row];
                } else {
                    value = arena[a0 + (row0 + row) * params.a.w + k0 + k];
                }
            }
            left[k * EDGE + row] = value;
        }
        for (var i = lane; i < DEPTH * EDGE; i += 256u) {
            var k = i / EDGE;
            var column = i % EDGE;
            if TRANSPOSE_B {
                k = i % DEPTH;
                column = i / DEPTH;
            }
            var value = 0.0;
            if column0 + column < n && k0 + k < depth {
                if TRANSPOSE_B {
                    value = arena[b0 + (column0 + column) * params.b.w + k0 + k];
                } else {
                    value = arena[b0 + (k0 + k) * params.b.w + column0 + column];
                }
            }
            right[k * EDGE + column] = value;
        }
        workgroupBarrier();
        for (var k = 0u; k < DEPTH; k++) {
            var x: array<f32, THREAD>;
            var y: array<f32, THREAD>;
            for (var i = 0u; i < THREAD; i++) {
                x[i] = left[k * EDGE + ty * THREAD + i];
                y[i] = right[k * EDGE + tx * THREAD + i];
            }
            for (var i = 0u; i < THREAD; i++) {
                for (var j = 0u; j < THREAD; j++) {
                    sums[i][j] = fma(x[i], y[j], sums[i][j]);
                }
            }
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < THREAD; i++) {
        let row = row0 + ty * THREAD + i;
        for (var j = 0u; j < THREAD; j++) {
            let column = column0 + tx * THREAD + j;
            if row < m && column < n {
                let place = out0 + row * params.out.w + column;
                var value = params.alpha * sums[i][j];
                if params.accumulate != 0u {
                    value += arena[place];
                }
                arena[place] = value;
            }
        }
    }
}
