// Non-zeros of g and H, product of their signs, non-zeros of u, product of the signs of u and H.

struct Params {
    signal: View,
    hebbian: View,
    // No rows where absent.
    update: View,
    sums: vec4<u32>,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 5u;

fn items() -> u32 {
    return params.signal.y * params.signal.z;
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    // Whole numbers below 2^24 are exact, and so are their sums.
    var a = vec4(0.0);
    var b = 0.0;
    for (var i = begin + lane; i < end; i += 256u) {
        let g = sign(arena[at(params.signal, replica, i)]);
        let h = sign(arena[at(params.hebbian, replica, i)]);
        var u = 0.0;
        if params.update.y != 0u {
            u = sign(arena[at(params.update, replica, i)]);
        }
        a += vec4(g * g, h * h, g * h, u * u);
        b += u * h;
    }
    a = sum_all(a, lane);
    return Sums(a, sum_all(vec4(b), lane).x, vec4(0));
}
