// into = sd * N(0, 1) of a counter-based stream: Threefry-4x32-20 and Box and Muller's transform, as on the CPU.

struct Params {
    into: View,
    sd: u32,
    // First word of the stream's keys, four a replica.
    keys: u32,
    unless_zero: u32,
    _pad0: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

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

// Element e takes word (e % 64) / 16 of block (e / 64) * 16 + e % 16; words 0 and 1 make one pair of deviates, 2 and 3
// another.
@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    let replica = id.z;
    let count = params.into.y * params.into.z;
    let chunk = id.x / 16u;
    let lane = id.x % 16u;
    if chunk * 64u >= count || is_off(params.unless_zero, replica) {
        return;
    }
    let k = params.keys + 4u * replica;
    let key = vec4(words[k], words[k + 1u], words[k + 2u], words[k + 3u]);
    let x = threefry(key, vec4(chunk * 16u + lane, now.step.x, now.step.y, 0u));
    let first = sqrt(-2.0 * ln_unit(x.x)) * turn(x.y);
    let second = sqrt(-2.0 * ln_unit(x.z)) * turn(x.w);
    let values = array<f32, 4>(first.x, first.y, second.x, second.y);
    let sd = value_of(params.sd, replica);
    for (var i = 0u; i < 4u; i++) {
        let element = chunk * 64u + i * 16u + lane;
        if element < count {
            arena[at(params.into, replica, element)] = sd * values[i];
        }
    }
}
