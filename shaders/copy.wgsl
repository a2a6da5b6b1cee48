// to = x.

fn apply(to: u32, replica: u32, i: u32) {
    arena[to] = arena[at(params.x, replica, i)];
}
