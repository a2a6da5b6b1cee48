// Sum over examples of cos(g(x), H(x)), number of examples where it is defined, mean of <g(x), H(x)>.

struct Params {
    delta: View,
    pre_activation: View,
    inputs: View,
    // Sum of the squared inputs of each neuron's own connections; of no rows where all exist.
    power: View,
    sums: vec4<u32>,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 3u;

// Examples.
fn items() -> u32 {
    return params.delta.y;
}

// |x|^2, |y|^2, <x,y> of two rows, with the exponents of x and y.
struct Pair {
    sums: vec3<f32>,
    exponents: vec2<i32>,
}

fn pair_sums(x0: u32, y0: u32, columns: u32, by: vec2<f32>) -> vec3<f32> {
    var sums = vec3(0.0);
    for (var i = 0u; i < columns; i++) {
        let x = arena[x0 + i] * by.x;
        let y = arena[y0 + i] * by.y;
        sums += vec3(x * x, y * y, x * y);
    }
    return sums;
}

fn pair_of(x0: u32, y0: u32, columns: u32) -> Pair {
    let sums = pair_sums(x0, y0, columns, vec2(1.0));
    let lost = loses_digits(vec4(sums, 0.0)) & vec4(true, true, false, false);
    if !any(lost) {
        return Pair(sums, vec2(0));
    }
    var top = vec4(-127);
    for (var i = 0u; i < columns; i++) {
        top = max(top, exponents_of(vec4(arena[x0 + i], arena[y0 + i], 0.0, 0.0)));
    }
    let exponents = scales_of(top, lost);
    return Pair(pair_sums(x0, y0, columns, powers(-exponents).xy), exponents.xy);
}

// |g(x)|^2, |H(x)|^2 and <g(x), H(x)> of an example where some connections do not exist.
fn of_some(d0: u32, h0: u32, p0: u32, columns: u32) -> Pair {
    var top = vec4(-127);
    for (var i = 0u; i < columns; i++) {
        top = max(top, exponents_of(vec4(arena[d0 + i], arena[h0 + i], arena[p0 + i], 0.0)));
    }
    let exponents = scales_of(top, vec4(true));
    let by = powers(-exponents);
    var sums = vec3(0.0);
    for (var i = 0u; i < columns; i++) {
        let x = arena[d0 + i] * by.x;
        let y = arena[h0 + i] * by.y;
        sums += vec3(x * x, y * y, x * y) * (arena[p0 + i] * by.z);
    }
    // The third exponent belongs to the inner product alone, of which it is a factor.
    return Pair(sums, vec2(exponents.x, exponents.y + exponents.z));
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    var sums = vec4(0.0);
    var product = Wide(0.0, 0);
    for (var example = begin + lane; example < end; example += 256u) {
        let d0 = row_at(params.delta, replica, example);
        let h0 = row_at(params.pre_activation, replica, example);
        let a0 = row_at(params.inputs, replica, example);
        if params.power.y != 0u {
            let some = of_some(d0, h0, row_at(params.power, replica, example), params.delta.z);
            let size = sqrt(some.sums.x) * sqrt(some.sums.y);
            if size > 0.0 {
                sums += vec4(some.sums.z / size, 1.0, 0.0, 0.0);
            }
            let part = Wide(some.sums.z / f32(params.delta.y), some.exponents.x + some.exponents.y);
            product = wide_sum(product, part);
            continue;
        }
        let pair = pair_of(d0, h0, params.delta.z);
        let input = pair_of(a0, a0, params.inputs.z);
        // g(x) = delta h_a^T and H(x) = h_b h_a^T share their right factor, which drops out of the cosine.
        let norms = sqrt(pair.sums.x) * sqrt(pair.sums.y);
        if norms > 0.0 && input.sums.x > 0.0 {
            sums += vec4(pair.sums.z / norms, 1.0, 0.0, 0.0);
        }
        // As two factors: each is within range.
        let aa = Wide(input.sums.x / f32(params.delta.y), 2 * input.exponents.x);
        let dh = Wide(pair.sums.z, pair.exponents.x + pair.exponents.y);
        product = wide_sum(product, wide_product(dh, aa));
    }
    // Over the invocation whose part is the largest.
    let own = select(exponent_of(product.value) + product.exponent, -1024, exponent_of(product.value) == -127);
    let plain = exponent_of(product.value) == -127 || product.exponent == 0;
    let top = top_all(vec4(own, select(1, 0, plain), 0, 0), lane);
    let exponent = select(top.x, 0, top.y == 0 || top.x == -1024);
    sums.z = select(times_power(product.value, product.exponent - exponent), product.value, product.exponent == exponent);
    return Sums(sum_all(sums, lane), 0.0, vec4(0, 0, exponent, 0));
}
