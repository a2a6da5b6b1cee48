// to (+)= scale times a sum over the windows that a pixel lies under, row by row of its places there. Each kernel defines
// `part` for a replica, a window, the pixel's place in it, and a channel.

fn apply(to: u32, replica: u32, row: u32, channel: u32) {
    let w = params.windows;
    let pixels = w.height * w.width;
    let first = row / pixels * w.down * w.across;
    let pixel = row % pixels;
    // Counted from the first of the widened image.
    let y = pixel / w.width + w.padding;
    let x = pixel % w.width + w.padding;
    var sum = 0.0;
    if params.accumulate != 0u {
        sum = arena[to];
    }
    for (var line = 0u; line < min(w.kernel, y + 1u); line++) {
        let above = y - line;
        if above % w.stride != 0u || above / w.stride >= w.down {
            continue;
        }
        for (var column = 0u; column < min(w.kernel, x + 1u); column++) {
            let before = x - column;
            if before % w.stride != 0u || before / w.stride >= w.across {
                continue;
            }
            let window = first + above / w.stride * w.across + before / w.stride;
            sum += params.scale * part(replica, window, line * w.kernel + column, channel);
        }
    }
    arena[to] = sum;
}
