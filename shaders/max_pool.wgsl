// The largest value under each window, and where in the window it is: the first of equal ones, row by row.

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn apply(to: u32, replica: u32, row: u32, channel: u32) {
    let w = params.windows;
    let positions = w.down * w.across;
    let first = row / positions * w.height * w.width;
    let window = row % positions;
    let top = window / w.across * w.stride;
    let left = window % w.across * w.stride;
    var largest = 0.0;
    var place = 0u;
    var is_first = true;
    for (var line = 0u; line < w.kernel; line++) {
        let y = top + line;
        if y < w.padding || y - w.padding >= w.height {
            continue;
        }
        for (var column = 0u; column < w.kernel; column++) {
            let x = left + column;
            if x < w.padding || x - w.padding >= w.width {
                continue;
            }
            let pixel = first + (y - w.padding) * w.width + x - w.padding;
            let value = arena[row_at(params.x, replica, pixel) + channel];
            // A NaN is kept, as one cannot tell what it would have been.
            if is_first || value > largest || is_nan(value) {
                largest = value;
                place = line * w.kernel + column;
                is_first = false;
            }
        }
    }
    arena[to] = largest;
    arena[row_at(params.places, replica, row) + channel] = f32(place);
}
