// to += x or to = x, and by how much that changes |to|^2: the sum of (new - old)(new + old).

struct Params {
    x: View,
    to: View,
    sums: vec4<u32>,
    replaces: u32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

const SUMS = 1u;

fn items() -> u32 {
    return params.to.y * params.to.z;
}

// What an element is, and what it becomes.
fn change_of(replica: u32, i: u32) -> vec2<f32> {
    let old = arena[at(params.to, replica, i)];
    let x = arena[at(params.x, replica, i)];
    return vec2(old, select(old + x, x, params.replaces != 0u));
}

fn part_sums(replica: u32, lane: u32, begin: u32, end: u32) -> Sums {
    // The sum comes first: it may have to be taken again from what is about to be overwritten.
    var sum = 0.0;
    for (var i = begin + lane; i < end; i += 256u) {
        let change = change_of(replica, i);
        sum += (change.y - change.x) * (change.y + change.x);
    }
    var total = sum_all(vec4(sum), lane).x;
    var exponent = 0;
    if agreed(!keeps_digits(total), lane) {
        var top = vec4(-127);
        for (var i = begin + lane; i < end; i += 256u) {
            let change = change_of(replica, i);
            top = max(top, exponents_of(vec4(change.y - change.x, change, 0.0)));
        }
        top = top_all(top, lane);
        let exponents = scales_of(vec4(top.x, max(top.y, top.z), 0, 0), vec4(true));
        let by = powers(-exponents);
        sum = 0.0;
        for (var i = begin + lane; i < end; i += 256u) {
            let change = change_of(replica, i);
            sum += (change.y - change.x) * by.x * (change.y * by.y + change.x * by.y);
        }
        total = sum_all(vec4(sum), lane).x;
        exponent = exponents.x + exponents.y;
    }
    for (var i = begin + lane; i < end; i += 256u) {
        arena[at(params.to, replica, i)] = change_of(replica, i).y;
    }
    return Sums(vec4(total, 0.0, 0.0, 0.0), 0.0, vec4(exponent, 0, 0, 0));
}
