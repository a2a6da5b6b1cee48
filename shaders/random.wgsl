// into = numbers of a counter-based stream: Threefry-4x32-20, as on the CPU. A kernel on top of it says what numbers() four random
// words make.

fn rotate(x: u32, by: u32) -> u32 {
    return x << by | x >> (32u - by);
}

const ROTATIONS = array<vec2<u32>, 8>(
    vec2(10u, 26u), vec2(11u, 21u), vec2(13u, 27u), vec2(23u, 5u),
    vec2(6u, 20u), vec2(17u, 11u), vec2(25u, 10u), vec2(18u, 20u),
);

// One block of four random words.
fn threefry(key: vec4<u32>, counter: vec4<u32>) -> vec4<u32> {
    var schedule = array<u32, 5>(key.x, key.y, key.z, key.w, 0x1BD11BDAu ^ key.x ^ key.y ^ key.z ^ key.w);
    var rotations = ROTATIONS;
    var x = counter + key;
    for (var round = 0u; round < 20u; round++) {
        let by = rotations[round % 8u];
        if round % 2u == 0u {
            x.x += x.y;
            x.y = rotate(x.y, by.x) ^ x.x;
            x.z += x.w;
            x.w = rotate(x.w, by.y) ^ x.z;
        } else {
            x.x += x.w;
            x.w = rotate(x.w, by.x) ^ x.x;
            x.z += x.y;
            x.y = rotate(x.y, by.y) ^ x.z;
        }
        if round % 4u == 3u {
            let s = round / 4u + 1u;
            x += vec4(schedule[s % 5u], schedule[(s + 1u) % 5u], schedule[(s + 2u) % 5u], schedule[(s + 3u) % 5u] + s);
        }
    }
    return x;
}

struct Params {
    into: View,
    // The hyper-parameter that the numbers depend on.
    setting: u32,
    // First word of the stream's keys, four a replica.
    keys: u32,
    unless_zero: u32,
    _pad0: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

// Element e takes word (e % 64) / 16 of block (e / 64) * 16 + e % 16; an invocation has a block.
@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    let replica = id.z;
    let count = params.into.y * params.into.z;
    let first = id.x / 16u * 64u + id.x % 16u;
    if first >= count || is_off(params.unless_zero, replica) {
        return;
    }
    let k = params.keys + 4u * replica;
    let key = vec4(words[k], words[k + 1u], words[k + 2u], words[k + 3u]);
    let block = threefry(key, vec4(id.x, now.step.x, now.step.y, 0u));
    let drawn = numbers(block, value_of(params.setting, replica));
    for (var i = 0u; i < 4u; i++) {
        let element = first + i * 16u;
        if element < count {
            arena[at(params.into, replica, element)] = drawn[i];
        }
    }
}
