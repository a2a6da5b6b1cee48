// to *= f'(x), from x = f of the pre-activation. Rust puts ACTIVATION before it.

struct Params {
    x: View,
    y: View,
    to: View,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let replica = id.z;
    if id.x >= params.to.y * params.to.z || is_off(params.unless_zero, replica) {
        return;
    }
    let to = at(params.to, replica, id.x);
    let y = arena[at(params.x, replica, id.x)];
    switch ACTIVATION {
        case 1u: {
            arena[to] = select(0.0, arena[to], y > 0.0);
        }
        case 2u: {
            arena[to] *= y * (1.0 - y);
        }
        case 3u: {
            arena[to] *= 1.0 - y * y;
        }
        default: {}
    }
}
