// to (+)= scale times the sum of what the patches over each pixel have there.

fn part(replica: u32, window: u32, place: u32, channel: u32) -> f32 {
    let area = params.windows.kernel * params.windows.kernel;
    return arena[row_at(params.x, replica, window) + channel * area + place];
}
