// Counter-based random words: Threefry-4x32-20.

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
