// to (+)= scale x, from pixels to planes or back: element `place` of an image's row of planes is pixel `place % pixels` of
// channel `place / pixels`.

struct Params {
    x: View,
    to: View,
    pixels: u32,
    // 0: x has a row for each pixel; 1: a row for each image.
    planes: u32,
    scale: f32,
    accumulate: u32,
    unless_zero: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    let replica = id.z;
    if id.x >= params.to.y * params.to.z || is_off(params.unless_zero, replica) {
        return;
    }
    let row = id.x / params.to.z;
    let column = id.x % params.to.z;
    let pixels = params.pixels;
    var source = 0u;
    if params.planes == 0u {
        source = row_at(params.x, replica, row * pixels + column % pixels) + column / pixels;
    } else {
        source = row_at(params.x, replica, row / pixels) + column * pixels + row % pixels;
    }
    let to = at(params.to, replica, id.x);
    var value = params.scale * arena[source];
    if params.accumulate != 0u {
        value += arena[to];
    }
    arena[to] = value;
}
