// sd * N(0, 1): Box and Muller's transform, as on the CPU.

// ln((word + 1/2) / 2^32).
fn ln_unit(word: u32) -> f32 {
    let value = f32(word >> 8u) * 256.0 + (f32(word & 255u) + 0.5);
    let shifted = bitcast<u32>(value) - 0x3f3504f3u;
    let exponent = f32(bitcast<i32>(shifted) >> 23u);
    let t = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0;
    let p = ((((((((7.0376836e-2 * t - 1.151461e-1) * t + 1.1676999e-1) * t - 1.2420141e-1) * t + 1.4249323e-1) * t
        - 1.6668058e-1) * t + 2.0000715e-1) * t - 2.4999994e-1) * t + 3.333333e-1) * t * t * t;
    return p - 0.5 * t * t + t + (exponent - 32.0) * 0.6931472;
}

// Cosine and sine of 2 pi word / 2^32.
fn turn(word: u32) -> vec2<f32> {
    let quarter = (word + 0x20000000u) >> 30u;
    let x = f32(bitcast<i32>(word - (quarter << 30u))) * (6.2831855 / 4294967296.0);
    let z = x * x;
    let s = ((-1.9515296e-4 * z + 8.332161e-3) * z - 1.6666655e-1) * z * x + x;
    let c = ((2.4433157e-5 * z - 1.3887316e-3) * z + 4.1666646e-2) * z * z - 0.5 * z + 1.0;
    let swap = (quarter & 1u) == 1u;
    let cosine = select(c, s, swap);
    let sine = select(s, c, swap);
    return vec2(
        select(cosine, -cosine, ((quarter + 1u) & 2u) != 0u),
        select(sine, -sine, (quarter & 2u) != 0u),
    );
}

// Words 0 and 1 make one pair of deviates, 2 and 3 another.
fn numbers(block: vec4<u32>, sd: f32) -> vec4<f32> {
    let first = sqrt(-2.0 * ln_unit(block.x)) * turn(block.y);
    let second = sqrt(-2.0 * ln_unit(block.z)) * turn(block.w);
    return sd * vec4(first, second);
}
