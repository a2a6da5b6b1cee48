// into = 0 of the probability `rate`, else 1 / (1 - rate), of a counter-based stream.

struct Params {
    into: View,
    rate: u32,
    // First word of the stream's keys, four a replica.
    keys: u32,
    unless_zero: u32,
    _pad0: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// Element e takes word (e % 64) / 16 of block (e / 64) * 16 + e % 16.
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
    let rate = value_of(params.rate, replica);
    for (var i = 0u; i < 4u; i++) {
        let element = chunk * 64u + i * 16u + lane;
        if element < count {
            let unit = f32(x[i] >> 8u) * (1.0 / 16777216.0);
            arena[at(params.into, replica, element)] = select(1.0 / (1.0 - rate), 0.0, unit < rate);
        }
    }
}
