// What the optimiser does to a parameter: see optimizer.wgsl.

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let replica = id.z;
    let i = id.x;
    if i < params.weights.y * params.weights.z && !is_off(params.unless_zero, replica) {
        update_of(replica, i);
    }
}
