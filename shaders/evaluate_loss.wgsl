// Adds the loss and the number of right answers of the rows in use to the evaluation's sums.

struct Params {
    output: View,
    wanted: View,
    // 0: mean squared error; 1: cross-entropy of softmax.
    kind: u32,
    scale: f32,
    unless_zero: u32,
    _pad0: u32,
    sums: vec4<u32>,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 2u;

// Rows in use.
fn items() -> u32 {
    return min(now.used_examples, params.output.y);
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    let columns = params.output.z;
    var sum = 0.0;
    var right = 0.0;
    for (var row = begin + lane; row < end; row += 256u) {
        let o = row_at(params.output, replica, row);
        let t = row_at(params.wanted, replica, row);
        var best = 0u;
        var wanted = 0u;
        for (var i = 1u; i < columns; i++) {
            best = select(best, i, arena[o + i] > arena[o + best]);
            wanted = select(wanted, i, arena[t + i] > arena[t + wanted]);
        }
        right += f32(best == wanted);
        if params.kind == 0u {
            var squares = 0.0;
            for (var i = 0u; i < columns; i++) {
                let error = arena[o + i] - arena[t + i];
                squares += error * error;
            }
            sum += squares / f32(columns);
        } else {
            let top = arena[o + best];
            var total = 0.0;
            for (var i = 0u; i < columns; i++) {
                total += exp(arena[o + i] - top);
            }
            let normal = top + log(total);
            for (var i = 0u; i < columns; i++) {
                sum += arena[t + i] * (normal - arena[o + i]);
            }
        }
    }
    let totals = sum_all(vec4(sum, right, 0.0, 0.0), lane);
    return plain_sums(vec4(params.scale * totals.x, totals.y, 0.0, 0.0));
}
