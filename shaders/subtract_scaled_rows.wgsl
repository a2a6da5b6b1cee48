// to[i, :] -= x[i] y[i, :].

fn apply(to: u32, replica: u32, i: u32) {
    arena[to] -= arena[at(params.x, replica, i / params.to.z)] * arena[at(params.y, replica, i)];
}
