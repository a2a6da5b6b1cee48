// |mean g - gamma D mean W|^2, |mean g|^2, |mean H|^2, <mean g, mean H> from sums over a window, which are cleared.

struct Params {
    signal: View,
    hebbian: View,
    weights: View,
    // 1 x rows; no rows where absent.
    diagonal: View,
    sums: vec4<u32>,
    rate: u32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 4u;

fn items() -> u32 {
    return params.signal.y * params.signal.z;
}

// Means of g, H and W, so that the squares of long windows stay within range, and the rate of W's decay.
fn means(replica: u32, i: u32) -> vec4<f32> {
    let sums = vec3(
        arena[at(params.signal, replica, i)],
        arena[at(params.hebbian, replica, i)],
        arena[at(params.weights, replica, i)],
    );
    var rate = value_of(params.rate, replica);
    if params.diagonal.y != 0u {
        rate *= arena[at(params.diagonal, replica, i / params.weights.z)];
    }
    return vec4(sums / now.window_steps, rate);
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    var sums = vec4(0.0);
    for (var i = begin + lane; i < end; i += 256u) {
        let mean = means(replica, i);
        let gap = mean.x - mean.w * mean.z;
        sums += vec4(gap * gap, mean.x * mean.x, mean.y * mean.y, mean.x * mean.y);
    }
    sums = sum_all(sums, lane);
    let lost = loses_digits(sums) & vec4(true, true, true, false);
    // Of the gap, g and H.
    var exponents = vec4(0);
    if agreed(any(lost), lane) {
        // Of g, H, W and the rate.
        var top = vec4(-127);
        for (var i = begin + lane; i < end; i += 256u) {
            top = max(top, exponents_of(means(replica, i)));
        }
        top = top_all(top, lane);
        // What is subtracted is below 2^(exponent of W + exponent of the rate + 2).
        let has_decay = top.z != -127 && top.w != -127;
        let subtracted = select(-127, top.z + top.w + 2, has_decay);
        exponents = scales_of(vec4(max(top.x, subtracted), top.xy, 0), lost);
        let of_weights = select(0, clamp(top.z, -126, 126), has_decay);
        let by = powers(-exponents);
        sums = vec4(0.0);
        for (var i = begin + lane; i < end; i += 256u) {
            let mean = means(replica, i);
            let decay = mean.w * (mean.z * power(-of_weights));
            let gap = mean.x * by.x - times_power(decay, of_weights - exponents.x);
            let g = mean.x * by.y;
            let h = mean.y * by.z;
            sums += vec4(gap * gap, g * g, h * h, g * h);
        }
        sums = sum_all(sums, lane);
    }
    for (var i = begin + lane; i < end; i += 256u) {
        arena[at(params.signal, replica, i)] = 0.0;
        arena[at(params.hebbian, replica, i)] = 0.0;
        arena[at(params.weights, replica, i)] = 0.0;
    }
    let e = exponents;
    return Sums(sums, 0.0, vec4(2 * e.x, 2 * e.y, 2 * e.z, e.y + e.z));
}
