//! What a pane shows, on its way to a file or to the clipboard.

use std::path::{Path, PathBuf};

use eframe::egui::{ColorImage, Context};

use super::command::ExportForm;
use crate::record::{Exhibit, RecordError, write_file};

/// Pixels a point of figures: two, as print and large screens want.
const SCALE: u32 = 2;

/// Where a figure goes that was given no path: below `exports`.
#[must_use]
pub fn suggestion(exhibit: &Exhibit, form: ExportForm) -> PathBuf {
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let stem: String = exhibit.name.chars().map(plain).collect();
    PathBuf::from("exports").join(format!("{stem}.{}", extension(form)))
}

fn extension(form: ExportForm) -> &'static str {
    match form {
        ExportForm::Png | ExportForm::CopyImage => "png",
        ExportForm::Svg => "svg",
        ExportForm::Csv | ExportForm::CopyData => "csv",
    }
}

/// Writes an exhibit, whole or not at all.
///
/// # Errors
/// When it cannot be drawn, or the system refuses the file.
pub fn write(exhibit: &Exhibit, form: ExportForm, path: &Path) -> Result<(), RecordError> {
    let bytes = match form {
        ExportForm::Png | ExportForm::CopyImage => exhibit.png(SCALE)?,
        ExportForm::Svg => exhibit.svg()?.into_bytes(),
        ExportForm::Csv | ExportForm::CopyData => exhibit.csv().into_bytes(),
    };
    write_file(path, &bytes)
}

/// Puts an exhibit on the clipboard and says so.
///
/// # Errors
/// When it cannot be drawn.
pub fn copy(ctx: &Context, exhibit: &Exhibit, form: ExportForm) -> Result<String, RecordError> {
    if form == ExportForm::CopyImage {
        let (width, height, pixels) = exhibit.rgba(SCALE)?;
        ctx.copy_image(ColorImage::from_rgba_unmultiplied([width, height], &pixels));
        return Ok(format!("Copied '{}' as a figure of {width}×{height} pixels", exhibit.title));
    }
    let text = exhibit.csv();
    let lines = text.lines().count();
    ctx.copy_text(text);
    Ok(format!("Copied the data of '{}', {lines} lines of CSV", exhibit.title))
}
