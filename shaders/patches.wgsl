// What lies under each window: channel by channel, each row by row, 0 beyond the edges.

fn apply(to: u32, replica: u32, row: u32, column: u32) {
    let w = params.windows;
    let area = w.kernel * w.kernel;
    let channel = column / area;
    let place = column % area;
    let positions = w.down * w.across;
    let image = row / positions;
    let window = row % positions;
    // Counted from the first of the widened image.
    let y = window / w.across * w.stride + place / w.kernel;
    let x = window % w.across * w.stride + place % w.kernel;
    if y < w.padding || x < w.padding || y - w.padding >= w.height || x - w.padding >= w.width {
        arena[to] = 0.0;
        return;
    }
    let pixels = w.height * w.width;
    let pixel = (y - w.padding) * w.width + x - w.padding;
    if params.planes == 0u {
        arena[to] = arena[row_at(params.x, replica, image * pixels + pixel) + channel];
    } else {
        arena[to] = arena[row_at(params.x, replica, image) + channel * pixels + pixel];
    }
}
