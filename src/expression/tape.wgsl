// Functions of tapes, with the values that IEEE 754 gives where WGSL promises none.

// A number from its bits; a function, so that it is none of the constants that a compiler refuses.
fn tape_bits(bits: u32) -> f32 {
    return bitcast<f32>(bits);
}

fn tape_is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn tape_is_infinite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
}

fn tape_is_negative(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x80000000u) != 0u;
}

// Infinity with the sign bit of `sign`.
fn tape_infinity(sign: u32) -> f32 {
    return tape_bits(0x7f800000u | (sign & 0x80000000u));
}

fn tape_relu(x: f32) -> f32 {
    return select(x, 0.0, x < 0.0 && !tape_is_nan(x));
}

fn tape_sign(x: f32) -> f32 {
    if tape_is_nan(x) {
        return x;
    }
    return select(select(0.0, -1.0, x < 0.0), 1.0, x > 0.0);
}

fn tape_step(x: f32) -> f32 {
    return select(0.0, 1.0, x > 0.0 && !tape_is_nan(x));
}

fn tape_min(x: f32, y: f32) -> f32 {
    if tape_is_nan(x) {
        return x;
    }
    if tape_is_nan(y) {
        return y;
    }
    return select(y, x, x < y);
}

fn tape_max(x: f32, y: f32) -> f32 {
    if tape_is_nan(x) {
        return x;
    }
    if tape_is_nan(y) {
        return y;
    }
    return select(y, x, x > y);
}

fn tape_exp(x: f32) -> f32 {
    if tape_is_nan(x) {
        return x;
    }
    // The largest number whose exponential is finite, and one whose exponential is below every normal number.
    if x > 88.72283 {
        return tape_infinity(0u);
    }
    if x < -87.4 {
        return 0.0;
    }
    return exp(x);
}

fn tape_sigmoid(x: f32) -> f32 {
    if tape_is_nan(x) {
        return x;
    }
    // The exponential never overflows: beyond 87 the quotient is below every normal number.
    return select(1.0 / (1.0 + exp(-max(x, -87.0))), 0.0, x < -87.0);
}

fn tape_tanh(x: f32) -> f32 {
    if tape_is_nan(x) {
        return x;
    }
    // Beyond 10 the exponential only loses digits, and at last overflows.
    let far = clamp(x, -10.0, 10.0);
    let e = exp(2.0 * far);
    let small = x * (1.0 - x * x * (1.0 / 3.0 - x * x * (2.0 / 15.0 - x * x * (17.0 / 315.0))));
    // The quotient cancels near 0, where the series has all digits.
    return select((e - 1.0) / (e + 1.0), small, abs(x) < 0.15);
}

fn tape_log(x: f32) -> f32 {
    if tape_is_nan(x) || tape_is_infinite(x) && !tape_is_negative(x) {
        return x;
    }
    if x == 0.0 {
        return tape_infinity(0x80000000u);
    }
    if x < 0.0 {
        return tape_bits(0x7fc00000u);
    }
    // Near 1 a device's error is small beside 1 only, and not beside the result.
    let t = (x - 1.0) / (x + 1.0);
    let near = 2.0 * t * (1.0 + t * t * (1.0 / 3.0 + t * t * (0.2 + t * t * (1.0 / 7.0))));
    return select(log(x), near, abs(t) < 0.1);
}

fn tape_sqrt(x: f32) -> f32 {
    if tape_is_nan(x) || tape_is_infinite(x) && !tape_is_negative(x) || x == 0.0 {
        return x;
    }
    if x < 0.0 {
        return tape_bits(0x7fc00000u);
    }
    return sqrt(x);
}

fn tape_divide(x: f32, y: f32) -> f32 {
    if tape_is_nan(x) {
        return x;
    }
    if tape_is_nan(y) {
        return y;
    }
    let sign = bitcast<u32>(x) ^ bitcast<u32>(y);
    if tape_is_infinite(y) {
        return tape_bits(select(sign & 0x80000000u, 0x7fc00000u, tape_is_infinite(x)));
    }
    if y == 0.0 {
        if x == 0.0 {
            return tape_bits(0x7fc00000u);
        }
        return tape_infinity(sign);
    }
    if tape_is_infinite(x) {
        return tape_infinity(sign);
    }
    // Devices divide by a reciprocal, which is 0 for the largest divisors and infinite for the smallest.
    let size = abs(y);
    if size > 4e37 {
        return (x * 0.0625) / (y * 0.0625);
    }
    if size < 4e-37 {
        return ((x * 1048576.0) / (y * 1048576.0));
    }
    return x / y;
}

// By squaring, the exponent's bits from the lowest on.
fn tape_whole_power(x: f32, exponent: i32) -> f32 {
    var left = u32(abs(exponent));
    var square = x;
    var result = 1.0;
    while left > 0u {
        if (left & 1u) == 1u {
            result *= square;
        }
        square *= square;
        left >>= 1u;
    }
    if exponent < 0 {
        return tape_divide(1.0, result);
    }
    return result;
}

fn tape_pow(x: f32, y: f32) -> f32 {
    if y == 0.0 && !tape_is_nan(y) || x == 1.0 && !tape_is_nan(x) {
        return 1.0;
    }
    if tape_is_nan(x) || y == 1.0 {
        return x;
    }
    if tape_is_nan(y) {
        return y;
    }
    let size = abs(x);
    if tape_is_infinite(y) {
        if size == 1.0 {
            return 1.0;
        }
        return select(0.0, tape_infinity(0u), (size > 1.0) != tape_is_negative(y));
    }
    // From 2^24 on every number is even.
    let whole = floor(y) == y;
    let odd = whole && abs(y) < 16777216.0 && (i32(y) & 1) != 0;
    let sign = select(0u, 0x80000000u, odd && tape_is_negative(x));
    if size == 0.0 || tape_is_infinite(x) {
        let infinite = tape_is_infinite(x) != (y < 0.0);
        return tape_bits(sign | select(0u, 0x7f800000u, infinite));
    }
    if x < 0.0 && !whole {
        return tape_bits(0x7fc00000u);
    }
    // Here what a device takes for the logarithm has few digits, and a large exponent shows it.
    if abs(size - 1.0) < 0.1 {
        return tape_bits(sign | bitcast<u32>(tape_exp(y * tape_log(size))));
    }
    // The logarithm of the result: where that is out of range, so would be what pow gives, and WGSL does not say how.
    let exponent = y * log2(size);
    if exponent >= 128.0 {
        return tape_infinity(sign);
    }
    if exponent < -126.0 {
        return tape_bits(sign);
    }
    return tape_bits(sign | bitcast<u32>(pow(size, y)));
}
