// Adds up a row's products over the workgroup, and writes them in the order of ROW_SUMS: a, b, c. To be called in
// uniform control flow.
fn keep_row_sums(sums: View, replica: u32, row: u32, lane: u32, own_a: vec4<f32>, own_b: vec4<f32>, own_c: f32) {
    let a = sum_all(own_a, lane);
    let b = sum_all(own_b, lane);
    let c = sum_all(vec4(own_c), lane).x;
    if lane == 0u {
        let to = row_at(sums, replica, row);
        arena[to] = a.x;
        arena[to + 1u] = a.y;
        arena[to + 2u] = a.z;
        arena[to + 3u] = a.w;
        arena[to + 4u] = b.x;
        arena[to + 5u] = b.y;
        arena[to + 6u] = b.z;
        arena[to + 7u] = b.w;
        arena[to + 8u] = c;
    }
}
