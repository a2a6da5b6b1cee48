// to *= f'(x), from x = f of the pre-activation. Rust puts ACTIVATION before it.

fn apply(to: u32, replica: u32, i: u32) {
    let y = arena[at(params.x, replica, i)];
    switch ACTIVATION {
        case 1u: {
            arena[to] = select(0.0, arena[to], y > 0.0);
        }
        case 2u: {
            arena[to] *= y * (1.0 - y);
        }
        case 3u: {
            arena[to] *= 1.0 - y * y;
        }
        default: {}
    }
}
