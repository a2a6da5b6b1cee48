// Keeps a matrix of one replica for the host.

struct Params {
    x: View,
    replica: u32,
    // Place behind the first number of the step's record.
    to: u32,
    _pad0: u32,
    _pad1: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    if id.x < params.x.y * params.x.z {
        records[now.record + params.to + id.x] = arena[at(params.x, params.replica, id.x)];
    }
}
