// |x|^2, |y|^2, <x,y>.

struct Params {
    x: View,
    y: View,
    sums: vec4<u32>,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 3u;

fn items() -> u32 {
    return params.x.y * params.x.z;
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    var sums = vec4(0.0);
    for (var i = begin + lane; i < end; i += 256u) {
        let x = arena[at(params.x, replica, i)];
        let y = arena[at(params.y, replica, i)];
        sums += vec4(x * x, y * y, x * y, 0.0);
    }
    sums = sum_all(sums, lane);
    let lost = loses_digits(sums) & vec4(true, true, false, false);
    var exponents = vec4(0);
    if agreed(any(lost), lane) {
        var top = vec4(-127);
        for (var i = begin + lane; i < end; i += 256u) {
            let pair = vec2(arena[at(params.x, replica, i)], arena[at(params.y, replica, i)]);
            top = max(top, exponents_of(vec4(pair, 0.0, 0.0)));
        }
        exponents = scales_of(top_all(top, lane), lost);
        let by = powers(-exponents);
        sums = vec4(0.0);
        for (var i = begin + lane; i < end; i += 256u) {
            let x = arena[at(params.x, replica, i)] * by.x;
            let y = arena[at(params.y, replica, i)] * by.y;
            sums += vec4(x * x, y * y, x * y, 0.0);
        }
        sums = sum_all(sums, lane);
    }
    return Sums(sums, 0.0, vec4(2 * exponents.x, 2 * exponents.y, exponents.x + exponents.y, 0));
}
