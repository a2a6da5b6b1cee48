//! From operations on images to dispatches of kernels.

use super::kernel::Plain;
use super::lower::{Dispatch, Lowering};
use super::params;
use crate::experiment::Windows;
use crate::program::{ImageLayout, ImageOp, View};

impl Lowering<'_> {
    /// Operations on images: an invocation for each element of the result.
    pub(super) fn image_op(&mut self, op: &ImageOp, unless_zero: u32) -> Dispatch {
        match *op {
            ImageOp::Patches { windows, layout, from, to } => {
                let planes = is_planes(layout);
                let params = params::Windows { planes, ..self.windows(&windows, [from, to], None, unless_zero) };
                self.over(Plain::Patches, &params, to.len())
            }
            ImageOp::SumPatches { windows, from, to, scale, accumulate } => {
                let of_windows = self.windows(&windows, [from, to], None, unless_zero);
                let params = params::Windows { scale: scale as f32, accumulate: u32::from(accumulate), ..of_windows };
                self.over(Plain::SumPatches, &params, to.len())
            }
            ImageOp::MaxPool { windows, from, to, places } => {
                let params = self.windows(&windows, [from, to], Some(places), unless_zero);
                self.over(Plain::MaxPool, &params, to.len())
            }
            ImageOp::MaxPoolBackward { windows, places, from, to, scale, accumulate } => {
                let of_windows = self.windows(&windows, [from, to], Some(places), unless_zero);
                let params = params::Windows { scale: scale as f32, accumulate: u32::from(accumulate), ..of_windows };
                self.over(Plain::MaxPoolBackward, &params, to.len())
            }
            ImageOp::Regroup { layout, pixels, from, to, scale, accumulate } => {
                let params = params::Regroup {
                    x: self.view(from),
                    to: self.view(to),
                    pixels: pixels as u32,
                    planes: is_planes(layout),
                    scale: scale as f32,
                    accumulate: u32::from(accumulate),
                    unless_zero,
                    pad: [0; 3],
                };
                self.over(Plain::Regroup, &params, to.len())
            }
        }
    }

    fn windows(
        &self,
        windows: &Windows,
        [from, to]: [View; 2],
        places: Option<View>,
        unless_zero: u32,
    ) -> params::Windows {
        let &Windows { channels, height, width, kernel, stride, padding } = windows;
        let sizes = [channels, height, width, kernel, stride, padding, windows.out_height(), windows.out_width()];
        let [channels, height, width, kernel, stride, padding, down, across] = sizes.map(|size| size as u32);
        params::Windows {
            channels,
            height,
            width,
            kernel,
            stride,
            padding,
            down,
            across,
            x: self.view(from),
            to: self.view(to),
            places: self.optional(places),
            scale: 1.0,
            accumulate: 0,
            planes: is_planes(ImageLayout::Pixels),
            unless_zero,
        }
    }
}

fn is_planes(layout: ImageLayout) -> u32 {
    u32::from(layout == ImageLayout::Planes)
}
