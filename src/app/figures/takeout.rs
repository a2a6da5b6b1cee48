//! What a pane shows, on its way to a file or to the clipboard.

use std::path::{Path, PathBuf};

use eframe::egui::ColorImage;

use super::about::{self, About, AboutFile};
use super::dress;
use crate::app::look::numbers;
use crate::app::look::words;
use crate::app::orders::ExportForm;
use crate::record::{CsvTable, Exhibit, FigureLook, Panel, RecordError, write_file};
use crate::sweep::{self, SweepState};

/// What was taken out.
pub enum Done {
    /// Files were written; which ones, in words.
    Written(String),
    /// A picture for the clipboard.
    Picture(ColorImage, String),
    /// A text for the clipboard.
    Text(String, String),
}

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
        ExportForm::Pdf => "pdf",
        ExportForm::Csv | ExportForm::CopyData => "csv",
    }
}

/// Writes an exhibit, each file whole or not at all; which files. Of several tables the first has the path, and each of
/// the others is beside it, with its own part behind the name.
///
/// # Errors
/// When it cannot be drawn, or the system refuses a file.
pub fn write(
    exhibit: &Exhibit,
    about: &About,
    look: &FigureLook,
    form: ExportForm,
    path: &Path,
) -> Result<Vec<PathBuf>, RecordError> {
    let one = |bytes: &[u8]| write_file(path, bytes).map(|()| vec![path.to_path_buf()]);
    match form {
        ExportForm::Png | ExportForm::CopyImage => one(&dress::drawn(exhibit, look)?.png()?),
        ExportForm::Svg => one(dress::drawn(exhibit, look)?.svg()?.as_bytes()),
        ExportForm::Pdf => one(&dress::drawn(exhibit, look)?.pdf()?),
        ExportForm::Csv | ExportForm::CopyData => {
            let tables = dress::spoken(exhibit).tables();
            let path_of = |(place, table): (usize, &CsvTable)| {
                if place == 0 { path.to_path_buf() } else { beside(path, &table.part) }
            };
            let mut paths: Vec<PathBuf> = tables.iter().enumerate().map(path_of).collect();
            let mut texts: Vec<String> = tables.iter().map(|table| table.text.clone()).collect();
            let mut about = about.clone();
            about.detail = detail(exhibit);
            about.files.extend(paths.iter().zip(&tables).map(|(path, table)| AboutFile {
                file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                columns: About::columns_of(&table.text),
                ..AboutFile::default()
            }));
            paths.push(about::path_of(path));
            texts.push(about.text());
            // Whoever chose a name that is there has been asked; of the others' names nobody was.
            if !path.exists()
                && let Some(there) = paths.iter().find(|path| path.exists())
            {
                return Err(RecordError::Occupied(there.clone()));
            }
            for (path, text) in paths.iter().zip(&texts) {
                write_file(path, text.as_bytes())?;
            }
            Ok(paths)
        }
    }
}

/// The path of another part: NAME-part.csv beside NAME.csv.
#[must_use]
pub fn beside(path: &Path, part: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
    path.with_file_name(format!("{stem}-{part}{ending}"))
}

/// Writes the cells of a grid that are at their end, whole or not at all; the file's name says how. The others are named in
/// a file beside it; which files.
///
/// # Errors
/// In words, when the name says neither CSV nor Parquet, or the system refuses the file.
pub fn write_cells(snapshot: &SweepState, path: &Path) -> Result<Vec<PathBuf>, String> {
    let left = sweep::unfinished_csv(snapshot).map(|text| (path.with_file_name(unfinished_name(path)), text));
    // Whoever chose a name that is there has been asked; of the other's name nobody was.
    if let Some((beside, _)) = left.as_ref().filter(|(beside, _)| beside.exists() && !path.exists()) {
        return Err(RecordError::Occupied(beside.clone()).to_string());
    }
    let outcome_of = |cell: usize| snapshot.outcome(cell);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => {
            let text = sweep::cells_csv(&snapshot.grid, outcome_of);
            write_file(path, text.as_bytes()).map_err(|error| error.to_string())?;
        }
        Some("parquet") => {
            sweep::write_cells_parquet(path, &snapshot.grid, outcome_of).map_err(|error| error.to_string())?;
        }
        _ => return Err(format!("{}: the name has to end with .csv or .parquet", path.display())),
    }
    let mut written = vec![path.to_path_buf()];
    if let Some((beside, text)) = left {
        write_file(&beside, text.as_bytes()).map_err(|error| error.to_string())?;
        written.push(beside);
    }
    Ok(written)
}

/// NAME-unfinished.csv beside NAME.csv or NAME.parquet.
fn unfinished_name(path: &Path) -> String {
    format!("{}-unfinished.csv", path.file_stem().unwrap_or_default().to_string_lossy())
}

/// How fine the numbers are, for whoever reads them later.
fn detail(exhibit: &Exhibit) -> String {
    let text = match widest(exhibit) {
        None => "What the pane showed.".to_owned(),
        Some(1) => "What the pane showed: every measured step in sight, mean over seeds.".to_owned(),
        Some(steps) => {
            let steps = numbers::count(steps);
            format!("What the pane showed: mean over seeds and over up to {steps} steps a row (step_from to step_to).")
        }
    };
    words::say(&text).into_owned()
}

/// Steps that a row of the numbers of curves stands for at most, if there are such.
#[must_use]
pub fn widest(exhibit: &Exhibit) -> Option<u64> {
    if !exhibit.runs_over_steps() {
        return None;
    }
    let charts = exhibit.panels.iter().filter_map(|panel| match panel {
        Panel::Chart(chart) => Some(chart),
        _ => None,
    });
    let points = charts.flat_map(|chart| &chart.series).flat_map(|series| &series.points);
    let widest = points.filter_map(|point| point.binned).map(|bin| bin.to - bin.from + 1.0).fold(1.0, f64::max);
    Some(widest as u64)
}

/// How fine the numbers of curves are, in words; empty where there are none over steps.
#[must_use]
pub fn fineness(exhibit: &Exhibit) -> String {
    match widest(exhibit) {
        None => String::new(),
        Some(1) => "; every measured step in sight".into(),
        Some(steps) => format!("; a row stands for up to {} steps", numbers::count(steps)),
    }
}

/// Makes of an exhibit what goes to the clipboard, and what is to be said of it.
///
/// # Errors
/// When it cannot be drawn.
pub fn copy(exhibit: &Exhibit, look: &FigureLook, form: ExportForm) -> Result<Done, RecordError> {
    if form == ExportForm::CopyImage {
        let drawn = dress::drawn(exhibit, look)?;
        let (width, height, pixels) = drawn.rgb(drawn.pixels().0)?;
        let picture = ColorImage::from_rgb([width as usize, height as usize], &pixels);
        let title = words::say(&exhibit.title);
        let said = format!("Copied '{title}' as a figure of {width}×{height} pixels");
        return Ok(Done::Picture(picture, said));
    }
    let tables: Vec<String> = dress::spoken(exhibit).tables().into_iter().map(|table| table.text).collect();
    // A sheet that they are pasted into shows them one below the other.
    let text = tables.join("\n");
    let lines = text.lines().count();
    let tables = if tables.len() > 1 { format!(" in {} tables", tables.len()) } else { String::new() };
    let title = words::say(&exhibit.title);
    let said = format!("Copied the data of '{title}', {lines} lines of CSV{tables}{}", fineness(exhibit));
    Ok(Done::Text(text, said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Table;

    #[test]
    fn files_beside_the_one_that_was_named_replace_nothing_unasked() {
        let table = |title: &str| {
            Panel::Table(Table { title: title.into(), header: vec!["rule".into()], rows: vec![vec!["Hebb".into()]] })
        };
        let exhibit = Exhibit {
            name: "two".into(),
            title: String::new(),
            subtitle: String::new(),
            panels: vec![table("first"), table("second")],
            columns: 1,
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data.csv");
        let written =
            write(&exhibit, &About::default(), &FigureLook::default(), ExportForm::Csv, &path).expect("a fresh folder");
        assert_eq!(written.len(), 3, "two tables and what they are: {written:?}");
        let about = std::fs::read_to_string(folder.path().join("data-about.json")).expect("beside them");
        assert!(about.contains("data.csv") && about.contains("\"rule\""), "{about}");
        // The same once more is what was asked about.
        write(&exhibit, &About::default(), &FigureLook::default(), ExportForm::Csv, &path).expect("the same name");
        std::fs::remove_file(&path).expect("removed");
        std::fs::write(&written[1], "mine").expect("written");
        let error = write(&exhibit, &About::default(), &FigureLook::default(), ExportForm::Csv, &path)
            .expect_err("somebody's file")
            .to_string();
        assert!(error.contains("is there already"), "{error}");
        assert_eq!(std::fs::read_to_string(&written[1]).expect("still there"), "mine");
        assert!(!path.exists());
    }

    #[test]
    fn levels_of_detail_are_said() {
        let of = |to: f64| {
            let binned = (to > 0.0).then_some(crate::record::Binned { from: 0.0, to, extremes: None });
            let point = crate::record::SeriesPoint { binned, ..crate::record::SeriesPoint::default() };
            let series = crate::record::Series {
                name: "a".into(),
                color: [0; 3],
                style: crate::record::SeriesStyle::Line,
                points: vec![point],
                ..crate::record::Series::default()
            };
            let x = crate::record::Axis { label: "step".into(), ..crate::record::Axis::default() };
            let chart = crate::record::Chart { x, series: vec![series], ..crate::record::Chart::default() };
            let panels = vec![Panel::Chart(chart)];
            let (name, title, subtitle) = (String::new(), String::new(), String::new());
            fineness(&Exhibit { name, title, subtitle, panels, columns: 1 })
        };
        assert_eq!(of(0.0), "; every measured step in sight");
        assert!(of(3.0).contains("up to 4 steps"), "{}", of(3.0));
    }
}
