// to (+)= scale times the sum of the gradients of those windows whose largest value a pixel has.

fn part(replica: u32, window: u32, place: u32, channel: u32) -> f32 {
    let found = arena[row_at(params.places, replica, window) + channel];
    return select(0.0, arena[row_at(params.x, replica, window) + channel], found == f32(place));
}
