// to = f(x). Rust puts ACTIVATION before it: 0 linear, 1 relu, 2 sigmoid, 3 tanh.

fn apply(to: u32, replica: u32, i: u32) {
    let x = arena[at(params.x, replica, i)];
    switch ACTIVATION {
        case 1u: {
            // Written so that a NaN stays one.
            arena[to] = select(x, 0.0, x < 0.0);
        }
        case 2u: {
            arena[to] = 1.0 / (1.0 + exp(-x));
        }
        case 3u: {
            // Beyond 10 the exponential only loses digits, and at last overflows.
            let far = clamp(x, -10.0, 10.0);
            let e = exp(2.0 * far);
            let small = x * (1.0 - x * x * (1.0 / 3.0 - x * x * (2.0 / 15.0 - x * x * (17.0 / 315.0))));
            // The quotient cancels near 0, where the series has all digits; a NaN stays one.
            arena[to] = select(select(x, (e - 1.0) / (e + 1.0), x == x), small, abs(x) < 0.15);
        }
        default: {
            arena[to] = x;
        }
    }
}
