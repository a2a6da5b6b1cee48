// Keeps the metrics of every replica for the host.

struct Params {
    count: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < params.count {
        records[now.record + id.z * params.count + id.x] = metrics[id.z * METRICS + id.x];
    }
}
