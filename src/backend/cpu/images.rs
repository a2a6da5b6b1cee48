//! Patches, pooling and the two layouts of images.

use super::elementwise::cut;
use super::real::Real;
use super::replica::Replica;
use super::rows::Part;
use crate::experiment::Windows;
use crate::program::{ImageLayout, ImageOp, View};

/// A matrix that is read.
type Read<'a, T> = (View, &'a [T]);

impl<T: Real> Replica<T> {
    /// Runs an operation on images.
    pub(super) fn image_op(&mut self, op: &ImageOp) {
        match *op {
            ImageOp::Patches { windows, layout, from, to } => {
                self.with_rows(to, |s, part, to| patches(&windows, layout, s.at(from), part, to));
            }
            ImageOp::SumPatches { windows, from, to, scale, accumulate } => {
                let scale = T::from_f64(scale);
                self.with_rows(to, |s, part, (view, data)| {
                    for row in 0..view.rows {
                        let out = &mut data[cut(view, row, view.columns)];
                        begin(out, accumulate);
                        over_windows(&windows, part.first + row, |window, place| {
                            let patch = &s.at(from).1[cut(from, window, from.columns)];
                            add_strided(scale, &patch[place..], windows.kernel * windows.kernel, out);
                        });
                    }
                });
            }
            ImageOp::MaxPool { windows, from, to, places } => {
                let mut found = self.take(places.buffer);
                self.with(to, |s, (view, data)| {
                    for row in 0..view.rows {
                        let out = &mut data[cut(view, row, view.columns)];
                        largest(&windows, s.at(from), row, out, &mut found[cut(places, row, view.columns)]);
                    }
                });
                self.give(places.buffer, found);
            }
            ImageOp::MaxPoolBackward { windows, places, from, to, scale, accumulate } => {
                let scale = T::from_f64(scale);
                self.with_rows(to, |s, part, (view, data)| {
                    for row in 0..view.rows {
                        let out = &mut data[cut(view, row, view.columns)];
                        begin(out, accumulate);
                        over_windows(&windows, part.first + row, |window, place| {
                            let gradient = &s.at(from).1[cut(from, window, from.columns)];
                            let found = &s.at(places).1[cut(places, window, from.columns)];
                            add_where(scale, T::from_f64(place as f64), found, gradient, out);
                        });
                    }
                });
            }
            ImageOp::Regroup { layout, pixels, from, to, scale, accumulate } => {
                let scale = T::from_f64(scale);
                self.with_rows(to, |s, part, (view, data)| {
                    let (from, values) = s.at(from);
                    for row in 0..view.rows {
                        let out = &mut data[cut(view, row, view.columns)];
                        let number = part.first + row;
                        match layout {
                            // Element `place` of an image is pixel `place % pixels` of channel `place / pixels`.
                            ImageLayout::Pixels => {
                                for (channel, plane) in out.chunks_exact_mut(pixels).enumerate() {
                                    let first = from.offset + number * pixels * from.row_stride + channel;
                                    move_strided(scale, &values[first..], from.row_stride, accumulate, plane);
                                }
                            }
                            ImageLayout::Planes => {
                                let first = from.offset + number / pixels * from.row_stride + number % pixels;
                                move_strided(scale, &values[first..], pixels, accumulate, out);
                            }
                        }
                    }
                });
            }
        }
    }
}

fn begin<T: Real>(out: &mut [T], accumulate: bool) {
    if !accumulate {
        out.fill(T::ZERO);
    }
}

/// Where a window's first pixel is, counted from the first of the widened image.
fn corner(windows: &Windows, position: usize) -> (usize, usize) {
    let across = windows.out_width();
    (position / across * windows.stride, position % across * windows.stride)
}

fn patches<T: Real>(windows: &Windows, layout: ImageLayout, from: Read<'_, T>, part: Part, to: (View, &mut [T])) {
    let (view, data) = to;
    for row in 0..view.rows {
        let number = part.first + row;
        let (image, position) = (number / windows.positions(), number % windows.positions());
        let (top, left) = corner(windows, position);
        let out = &mut data[cut(view, row, view.columns)];
        let (first, channel_step, pixel_step) = match layout {
            ImageLayout::Pixels => (image * windows.pixels() * from.0.row_stride, 1, from.0.row_stride),
            ImageLayout::Planes => (image * from.0.row_stride, windows.pixels(), 1),
        };
        let pixels = &from.1[from.0.offset + first..];
        let steps = [channel_step, pixel_step];
        let kernel = windows.kernel;
        let is_inside = top >= windows.padding
            && left >= windows.padding
            && top + kernel <= windows.height + windows.padding
            && left + kernel <= windows.width + windows.padding;
        if is_inside {
            let at = (top - windows.padding) * windows.width + left - windows.padding;
            if kernel == 3 {
                whole_patch::<T, 3>(pixels, at, windows.width, steps, out);
            } else {
                for line in 0..kernel {
                    for column in 0..kernel {
                        let pixel = at + line * windows.width + column;
                        scatter(
                            &pixels[pixel * pixel_step..],
                            channel_step,
                            kernel * kernel,
                            &mut out[line * kernel + column..],
                        );
                    }
                }
            }
            continue;
        }
        for line in 0..kernel {
            for column in 0..kernel {
                let inside = (top + line).checked_sub(windows.padding).filter(|y| *y < windows.height);
                let inside = inside.zip((left + column).checked_sub(windows.padding).filter(|x| *x < windows.width));
                let to = &mut out[line * kernel + column..];
                match inside {
                    Some((y, x)) => {
                        let pixel = y * windows.width + x;
                        scatter(&pixels[pixel * pixel_step..], channel_step, kernel * kernel, to);
                    }
                    None => to.iter_mut().step_by(kernel * kernel).for_each(|value| *value = T::ZERO),
                }
            }
        }
    }
}

/// A patch that lies within its image: channel by channel, so that it is written in order.
#[inline]
fn whole_patch<T: Real, const K: usize>(
    pixels: &[T],
    at: usize,
    width: usize,
    [channel_step, pixel_step]: [usize; 2],
    out: &mut [T],
) {
    for (channel, to) in out.chunks_exact_mut(K * K).enumerate() {
        let plane = &pixels[channel * channel_step..];
        for line in 0..K {
            let first = (at + line * width) * pixel_step;
            let row = &plane[first..=first + (K - 1) * pixel_step];
            for column in 0..K {
                to[line * K + column] = row[column * pixel_step];
            }
        }
    }
}

/// One element of every channel of a patch.
#[inline]
fn scatter<T: Real>(from: &[T], channel_step: usize, patch_step: usize, to: &mut [T]) {
    for (to, from) in to.iter_mut().step_by(patch_step).zip(from.iter().step_by(channel_step)) {
        *to = *from;
    }
}

/// Calls `f` for every window that a pixel (counted over all images) lies under, and its place there.
#[inline]
fn over_windows(windows: &Windows, pixel: usize, mut f: impl FnMut(usize, usize)) {
    let (image, pixel) = (pixel / windows.pixels(), pixel % windows.pixels());
    let (y, x) = (pixel / windows.width + windows.padding, pixel % windows.width + windows.padding);
    let (down, across) = (windows.out_height(), windows.out_width());
    for line in 0..windows.kernel {
        let Some(above) = y.checked_sub(line).filter(|above| above % windows.stride == 0) else { continue };
        if above / windows.stride >= down {
            continue;
        }
        for column in 0..windows.kernel {
            let Some(before) = x.checked_sub(column).filter(|before| before % windows.stride == 0) else { continue };
            if before / windows.stride >= across {
                continue;
            }
            let window = image * down * across + above / windows.stride * across + before / windows.stride;
            f(window, line * windows.kernel + column);
        }
    }
}

/// Largest values under window `number`, channel by channel, and their places.
fn largest<T: Real>(windows: &Windows, from: Read<'_, T>, number: usize, out: &mut [T], places: &mut [T]) {
    let (image, position) = (number / windows.positions(), number % windows.positions());
    let (top, left) = corner(windows, position);
    let mut is_first = true;
    for line in 0..windows.kernel {
        let Some(y) = (top + line).checked_sub(windows.padding).filter(|y| *y < windows.height) else { continue };
        for column in 0..windows.kernel {
            let Some(x) = (left + column).checked_sub(windows.padding).filter(|x| *x < windows.width) else {
                continue;
            };
            let pixel = image * windows.pixels() + y * windows.width + x;
            let row = &from.1[cut(from.0, pixel, from.0.columns)];
            let place = T::from_f64((line * windows.kernel + column) as f64);
            if is_first {
                out.copy_from_slice(row);
                places.fill(place);
                is_first = false;
            } else {
                keep_larger(row, place, out, places);
            }
        }
    }
    if is_first {
        // Validation lets no window lie in the padding altogether.
        out.fill(T::ZERO);
        places.fill(T::ZERO);
    }
}

crate::dispatched! { fn keep_larger<T: Real>(row: &[T], place: T, out: &mut [T], places: &mut [T]) = keep_larger_body }
crate::dispatched! {
    fn add_where<T: Real>(scale: T, place: T, places: &[T], from: &[T], out: &mut [T]) = add_where_body
}
crate::dispatched! { fn add_strided<T: Real>(scale: T, from: &[T], step: usize, out: &mut [T]) = add_strided_body }

#[inline(always)]
fn keep_larger_body<T: Real>(row: &[T], place: T, out: &mut [T], places: &mut [T]) {
    for ((&value, out), found) in row.iter().zip(out).zip(places) {
        // A NaN is kept, as one cannot tell what it would have been.
        #[expect(clippy::eq_op, reason = "only a NaN differs from itself")]
        let is_larger = value > *out || value != value;
        *out = if is_larger { value } else { *out };
        *found = if is_larger { place } else { *found };
    }
}

#[inline(always)]
fn add_where_body<T: Real>(scale: T, place: T, places: &[T], from: &[T], out: &mut [T]) {
    for ((&found, &from), out) in places.iter().zip(from).zip(out) {
        *out += if found == place { scale * from } else { T::ZERO };
    }
}

#[inline(always)]
fn add_strided_body<T: Real>(scale: T, from: &[T], step: usize, out: &mut [T]) {
    for (out, from) in out.iter_mut().zip(from.iter().step_by(step)) {
        *out += scale * *from;
    }
}

/// `out (+)= scale from`, every `step`-th.
fn move_strided<T: Real>(scale: T, from: &[T], step: usize, accumulate: bool, out: &mut [T]) {
    begin(out, accumulate);
    add_strided(scale, from, step, out);
}
