// The mean of every group of as many rows as there are more of them in x than in `to`.

fn apply(to: u32, replica: u32, i: u32) {
    let size = params.x.y / params.to.y;
    let first = row_at(params.x, replica, i / params.to.z * size) + i % params.to.z;
    let factor = 1.0 / f32(size);
    var sum = 0.0;
    for (var member = 0u; member < size; member++) {
        sum += factor * arena[first + member * params.x.w];
    }
    arena[to] = sum;
}
