// Learning signal of appendix C.6 from the random direction W*: p s_dir s_red W*.

struct Params {
    direction: View,
    signal: View,
    // Where random_signal_sums.wgsl has left its sums and their exponents.
    sums: u32,
    wanted: u32,
    clip: u32,
    unless_zero: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

fn norm(replica: u32, place: u32) -> Wide {
    let first = replica * ARENA + params.sums + place;
    return wide_root(Wide(arena[first], i32(arena[first + 3u])));
}

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    let replica = id.z;
    if id.x >= params.signal.y * params.signal.z || is_off(params.unless_zero, replica) {
        return;
    }
    let weight = norm(replica, 0u);
    let direction = narrow(norm(replica, 1u));
    let distance = norm(replica, 2u);
    let clip = value_of(params.clip, replica);
    let reduces = sign(wide_sum(weight, Wide(-distance.value, distance.exponent)).value);
    let toward = sign(value_of(params.wanted, replica) - narrow(weight));
    var p = 1.0;
    if clip != 0.0 && direction > clip {
        p = clip / (direction + 1e-8);
    }
    arena[at(params.signal, replica, id.x)] = p * toward * reduces * arena[at(params.direction, replica, id.x)];
}
