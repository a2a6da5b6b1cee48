//! What a pane shows, on its way to a file or to the clipboard.

use std::path::{Path, PathBuf};

use eframe::egui::{ColorImage, Context};

use super::command::ExportForm;
use crate::record::{Exhibit, RecordError, write_file};
use crate::sweep::{self, Snapshot};

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

/// Writes the cells of a grid that are at their end, whole or not at all; the file's name says how.
///
/// # Errors
/// In words, when the name says neither CSV nor Parquet, or the system refuses the file.
pub fn write_cells(snapshot: &Snapshot, path: &Path) -> Result<(), String> {
    let outcome_of = |cell: usize| snapshot.outcome(cell);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => {
            let text = sweep::cells_csv(&snapshot.grid, outcome_of);
            write_file(path, text.as_bytes()).map_err(|error| error.to_string())
        }
        Some("parquet") => {
            sweep::write_cells_parquet(path, &snapshot.grid, outcome_of).map_err(|error| error.to_string())
        }
        _ => Err(format!("{}: the name has to end with .csv or .parquet", path.display())),
    }
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
