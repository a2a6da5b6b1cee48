// Square windows that slide over images: one invocation an element of `to`. Each kernel defines `apply` for the place of
// an element, its replica, row and column.

struct Windows {
    channels: u32,
    height: u32,
    width: u32,
    kernel: u32,
    stride: u32,
    padding: u32,
    // Windows one below the other, and side by side.
    down: u32,
    across: u32,
}

struct Params {
    windows: Windows,
    x: View,
    to: View,
    // Where in its window each largest value is; of no rows where nothing is pooled.
    places: View,
    scale: f32,
    accumulate: u32,
    // 0: x has a row for each pixel; 1: a row for each image, channel by channel.
    planes: u32,
    unless_zero: u32,
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
    if id.x < params.to.y * params.to.z && !is_off(params.unless_zero, replica) {
        apply(at(params.to, replica, id.x), replica, id.x / params.to.z, id.x % params.to.z);
    }
}
