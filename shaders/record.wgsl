// Keeps the metrics of every replica for the host.

struct Params {
    count: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 64u, own);
    if id.x < params.count {
        records[now.record + id.z * params.count + id.x] = metrics[id.z * METRICS + id.x];
    }
}
