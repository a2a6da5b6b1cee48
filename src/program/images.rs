//! Operations on images: windows that slide over pixels, patches under them, and their largest values.
//!
//! A matrix of images has a row for each pixel, image by image and row by row, and a column for each channel, so that a
//! convolution is a linear map of patches. Examples come as planes: a row for each image, channel by channel.

use super::access::Accesses;
use super::view::View;
use crate::experiment::Windows;

/// How the elements of images lie in a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageLayout {
    /// A row for each pixel, a column for each channel.
    Pixels,
    /// A row for each image: all pixels of the first channel, then those of the next.
    Planes,
}

/// An operation on images.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageOp {
    /// Row by row what lies under each window: channel by channel, each row by row, 0 beyond the edges.
    Patches {
        /// Where the windows are.
        windows: Windows,
        /// How `from` lies.
        layout: ImageLayout,
        /// Images.
        from: View,
        /// (images x positions) x patch.
        to: View,
    },
    /// `to (+)= scale` times the sum of what the patches over each pixel have there.
    SumPatches {
        /// Where the windows are.
        windows: Windows,
        /// (images x positions) x patch.
        from: View,
        /// (images x pixels) x channels.
        to: View,
        /// Factor.
        scale: f64,
        /// Whether the sum is added to `to`.
        accumulate: bool,
    },
    /// The largest value under each window, and where in the window it is: the first of equal ones, row by row.
    MaxPool {
        /// Where the windows are.
        windows: Windows,
        /// (images x pixels) x channels.
        from: View,
        /// (images x positions) x channels.
        to: View,
        /// Places, of the shape of `to`.
        places: View,
    },
    /// `to (+)= scale` times the sum of the gradients of those windows whose largest value a pixel has.
    MaxPoolBackward {
        /// Where the windows are.
        windows: Windows,
        /// What [`ImageOp::MaxPool`] has left.
        places: View,
        /// (images x positions) x channels.
        from: View,
        /// (images x pixels) x channels.
        to: View,
        /// Factor.
        scale: f64,
        /// Whether the sum is added to `to`.
        accumulate: bool,
    },
    /// `to (+)= scale from`, from pixels to planes or back.
    Regroup {
        /// What `from` is; `to` is the other.
        layout: ImageLayout,
        /// Pixels of an image.
        pixels: usize,
        /// (images x pixels) x channels, or images x (channels x pixels).
        from: View,
        /// The other of the two.
        to: View,
        /// Factor.
        scale: f64,
        /// Whether it is added to `to`.
        accumulate: bool,
    },
}

impl ImageOp {
    /// What it reads and writes.
    #[must_use]
    pub fn accesses(&self) -> Accesses {
        let (reads, out, accumulate) = match self {
            Self::Patches { from, to, .. } => (vec![*from], *to, false),
            Self::MaxPool { from, to, places, .. } => {
                return Accesses { reads: vec![*from], writes: vec![*to, *places], ..Accesses::default() };
            }
            Self::SumPatches { from, to, accumulate, .. } | Self::Regroup { from, to, accumulate, .. } => {
                (vec![*from], *to, *accumulate)
            }
            Self::MaxPoolBackward { places, from, to, accumulate, .. } => (vec![*places, *from], *to, *accumulate),
        };
        Accesses::of_result(reads, out, accumulate)
    }
}
