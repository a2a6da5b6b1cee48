// Keeps the metrics of every replica for the host: their values, then their exponents, six in a number.

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
    let packed = (params.count + 5u) / 6u;
    let to = now.record + id.z * (params.count + packed);
    let first = id.z * METRICS;
    if id.x < params.count {
        records[to + id.x] = metrics[first + id.x];
    } else if id.x < params.count + packed {
        // Sixteens of 0 to 15, so that the number is whole and below 2^24.
        var number = 0.0;
        for (var i = 0u; i < 6u; i++) {
            let metric = (id.x - params.count) * 6u + 5u - i;
            var steps = 0.0;
            if metric < params.count {
                steps = metrics[first + EXPONENTS + metric];
            }
            number = number * 16.0 + (steps + 8.0);
        }
        records[to + id.x] = number;
    }
}
