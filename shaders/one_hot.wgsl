// to[s, t vocabulary + v] = 1 where x has token v at position t, else 0.

fn apply(to: u32, replica: u32, i: u32) {
    let vocabulary = params.to.z / params.x.z;
    let token = word(arena[at(params.x, replica, i / vocabulary)], vocabulary);
    arena[to] = f32(token == i % vocabulary);
}
