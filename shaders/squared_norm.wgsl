// |x|^2, or the norm.

struct Params {
    x: View,
    sums: vec4<u32>,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 1u;

fn items() -> u32 {
    return params.x.y * params.x.z;
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    var sum = 0.0;
    for (var i = begin + lane; i < end; i += 256u) {
        let value = arena[at(params.x, replica, i)];
        sum += value * value;
    }
    var total = sum_all(vec4(sum), lane).x;
    var exponent = 0;
    if agreed(!keeps_digits(total), lane) {
        var top = -127;
        for (var i = begin + lane; i < end; i += 256u) {
            top = max(top, exponent_of(arena[at(params.x, replica, i)]));
        }
        exponent = scales_of(top_all(vec4(top), lane), vec4(true)).x;
        sum = 0.0;
        for (var i = begin + lane; i < end; i += 256u) {
            let value = arena[at(params.x, replica, i)] * power(-exponent);
            sum += value * value;
        }
        total = sum_all(vec4(sum), lane).x;
    }
    return Sums(vec4(total, 0.0, 0.0, 0.0), 0.0, vec4(2 * exponent, 0, 0, 0));
}
