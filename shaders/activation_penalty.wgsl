// rate times the mean absolute element of x.

struct Params {
    x: View,
    sums: vec4<u32>,
    rate: u32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 1u;

fn items() -> u32 {
    return params.x.y * params.x.z;
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    var sum = 0.0;
    for (var i = begin + lane; i < end; i += 256u) {
        sum += abs(arena[at(params.x, replica, i)]);
    }
    let mean = sum_all(vec4(sum), lane).x / f32(items());
    return plain_sums(vec4(value_of(params.rate, replica) * mean, 0.0, 0.0, 0.0));
}
