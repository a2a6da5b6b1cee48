//! How something is taken out of a pane.

/// How something is taken out of a pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportForm {
    /// A figure of pixels.
    Png,
    /// A figure of shapes.
    Svg,
    /// A figure of shapes on a page.
    Pdf,
    /// What is shown, as numbers.
    Csv,
    /// The figure, to the clipboard.
    CopyImage,
    /// The numbers, to the clipboard.
    CopyData,
}

impl ExportForm {
    /// Every form.
    pub const ALL: [Self; 6] = [Self::Png, Self::Svg, Self::Pdf, Self::Csv, Self::CopyImage, Self::CopyData];

    /// Whether it is a figure in a file, whose looks can be chosen.
    #[must_use]
    pub fn is_figure(self) -> bool {
        matches!(self, Self::Png | Self::Svg | Self::Pdf)
    }

    /// What the form is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Png | Self::CopyImage => "PNG",
            Self::Svg => "SVG",
            Self::Pdf => "PDF",
            Self::Csv | Self::CopyData => "CSV",
        }
    }
}
