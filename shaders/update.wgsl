// What the optimiser does to a parameter: see optimizer.wgsl.

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) own: u32,
    @builtin(workgroup_id) position: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
) {
    let id = invocation(position, grid, 256u, own);
    let replica = id.z;
    let i = id.x;
    if i < params.weights.y * params.weights.z && !is_off(params.unless_zero, replica) {
        update_of(replica, i);
    }
}
