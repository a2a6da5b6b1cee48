// Data loss of the batch, and minus batch size times its gradient with respect to the output.

struct Params {
    output: View,
    wanted: View,
    delta: View,
    // 0: mean squared error; 1: cross-entropy of softmax.
    kind: u32,
    scale: f32,
    unless_zero: u32,
    _pad0: u32,
    sums: vec4<u32>,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 1u;

// Elements, or rows.
fn items() -> u32 {
    return select(params.output.y, params.output.y * params.output.z, params.kind == 0u);
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    let rows = params.output.y;
    let columns = params.output.z;
    var sum = 0.0;
    if params.kind == 0u {
        let factor = -2.0 * params.scale / f32(columns);
        for (var i = begin + lane; i < end; i += 256u) {
            let error = arena[at(params.output, replica, i)] - arena[at(params.wanted, replica, i)];
            sum += error * error;
            arena[at(params.delta, replica, i)] = factor * error;
        }
        sum /= f32(columns);
    } else {
        for (var row = begin + lane; row < end; row += 256u) {
            let o = row_at(params.output, replica, row);
            let t = row_at(params.wanted, replica, row);
            let d = row_at(params.delta, replica, row);
            var top = arena[o];
            for (var i = 1u; i < columns; i++) {
                top = max(top, arena[o + i]);
            }
            var total = 0.0;
            for (var i = 0u; i < columns; i++) {
                total += exp(arena[o + i] - top);
            }
            let normal = top + log(total);
            for (var i = 0u; i < columns; i++) {
                let value = arena[o + i];
                let t = arena[t + i];
                sum += t * (normal - value);
                arena[d + i] = params.scale * (t - exp(value - top) / total);
            }
        }
    }
    let loss = sum_all(vec4(sum), lane).x;
    return plain_sums(vec4(params.scale * loss / f32(rows), 0.0, 0.0, 0.0));
}
