//! Square windows that slide over images: convolutions and pooling.

/// Square windows that slide over images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Channels.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Edge of a window.
    pub kernel: usize,
    /// Pixels from a window to the next.
    pub stride: usize,
    /// Pixels that an image is widened by at every edge.
    pub padding: usize,
}

impl Windows {
    /// Windows one below the other.
    #[must_use]
    pub fn out_height(&self) -> usize {
        fitting(self.height, self)
    }

    /// Windows side by side.
    #[must_use]
    pub fn out_width(&self) -> usize {
        fitting(self.width, self)
    }

    /// Pixels of an image.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Windows of an image.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.out_height() * self.out_width()
    }

    /// Elements under a window.
    #[must_use]
    pub fn patch(&self) -> usize {
        self.channels * self.kernel * self.kernel
    }

    /// Whether every window is one pixel and every pixel has one, so that the patches are the image.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.kernel == 1 && self.stride == 1 && self.padding == 0
    }
}

fn fitting(edge: usize, windows: &Windows) -> usize {
    (edge + 2 * windows.padding).checked_sub(windows.kernel).map_or(0, |rest| rest / windows.stride.max(1) + 1)
}

#[cfg(test)]
mod tests {
    use super::Windows;

    #[test]
    fn windows_fit_as_often_as_there_is_room() {
        let windows =
            |height, kernel, stride, padding| Windows { channels: 3, height, width: 5, kernel, stride, padding };
        assert_eq!(windows(32, 3, 1, 1).out_height(), 32);
        assert_eq!(windows(7, 2, 2, 0).out_height(), 3);
        assert_eq!(windows(224, 7, 2, 3).out_height(), 112);
        assert_eq!(windows(1, 3, 1, 0).out_height(), 0);
        assert_eq!(windows(4, 3, 2, 1).positions(), 2 * 3);
        assert_eq!(windows(4, 3, 1, 1).patch(), 27);
    }
}
