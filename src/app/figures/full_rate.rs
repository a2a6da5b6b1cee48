//! Every measured step of what a pane shows, from the rows of the run: read and written on the export's thread, a block at a
//! time, however long the run is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::about::{self, About, AboutColumn, AboutFile};
use super::takeout::beside;
use crate::app::look::numbers;
use crate::app::look::words;
use crate::experiment::AlignmentReading;
use crate::record::{Columns, Exhibit, Panel, RecordError, RowsCsv, SpoolReader};
use crate::training::RunRows;

/// Rows between two looks at whether it is given up.
const LOOK: u64 = 1024;

/// Places at which rows are looked at to tell how long a file will be, and rows at each.
const PROBES: u64 = 8;
const PROBED: usize = 24;

/// End of the name of the file with the rows of the twin.
const TWIN: &str = "twin-b";

/// What is wanted of the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// First and last step.
    pub steps: (u64, u64),
    /// Whether every column is wanted, and not only those that the pane shows.
    pub every_column: bool,
    /// Whether the rows of the twin are wanted too.
    pub with_twin: bool,
}

/// How much that is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Rows.
    pub rows: u64,
    /// Bytes, about.
    pub bytes: u64,
    /// Files of numbers.
    pub files: usize,
}

impl Size {
    /// Rows, megabytes and files: `12,000 rows, 1.3 MB`.
    #[must_use]
    pub fn words(&self) -> String {
        let rows = if self.rows == 1 { "1 row".to_owned() } else { format!("{} rows", numbers::count(self.rows)) };
        let megabytes = self.bytes as f64 / 1e6;
        let bytes = match megabytes {
            small if small < 0.1 => format!("{:.0} kB", (self.bytes as f64 / 1e3).ceil()),
            small if small < 10.0 => format!("{small:.1} MB"),
            more => format!("{} MB", numbers::count(more.round() as u64)),
        };
        let files = if self.files > 1 { format!(" in {} files", self.files) } else { String::new() };
        format!("{rows}, {bytes}{files}")
    }
}

/// How far it is.
#[derive(Default)]
pub struct Progress {
    done: AtomicU64,
    all: AtomicU64,
    is_given_up: AtomicBool,
}

impl Progress {
    /// Rows written, and rows in all.
    #[must_use]
    pub fn rows(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed))
    }

    /// Lets it end without a file.
    pub fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    /// Whether it was given up.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed)
    }
}

/// Rows on their way to files.
pub struct FullRate {
    rows: Arc<RunRows>,
    wish: Wish,
    columns: Vec<AboutColumn>,
    about: About,
    /// How far it is.
    pub progress: Progress,
}

/// A file with the rows of one run, each part up to a step.
struct Part<'a> {
    name: &'static str,
    run: Option<&'static str>,
    sources: Vec<(&'a SpoolReader, u64)>,
}

/// The columns of the rows that the curves of an exhibit are made of.
#[must_use]
pub fn columns_shown(exhibit: &Exhibit) -> BTreeSet<String> {
    let charts = exhibit.panels.iter().filter_map(|panel| match panel {
        Panel::Chart(chart) => Some(chart),
        _ => None,
    });
    let sources = charts.flat_map(|chart| &chart.series).filter_map(|series| series.source.as_ref());
    sources.map(|source| source.column.clone()).collect()
}

/// Whether curves of that run are among those of an exhibit.
#[must_use]
pub fn names_run(exhibit: &Exhibit, run: &str) -> bool {
    let charts = exhibit.panels.iter().filter_map(|panel| match panel {
        Panel::Chart(chart) => Some(chart),
        _ => None,
    });
    let is_of = |name: &str| name.strip_prefix(run).is_some_and(|rest| rest.starts_with(", "));
    charts.flat_map(|chart| &chart.series).any(|series| series.source.is_none() && is_of(&series.name))
}

/// The parts that are wanted of the rows.
fn parts<'a>(rows: &'a RunRows, wish: &Wish) -> Vec<Part<'a>> {
    let until = wish.steps.1.saturating_add(1);
    let twin = rows.twin.as_ref().filter(|_| wish.with_twin);
    let name = twin.map(|_| "twin A");
    let mut parts = vec![Part { name: "", run: name, sources: vec![(&rows.run, until)] }];
    // What the twin was before it parted is the run.
    parts.extend(twin.map(|twin| Part {
        name: TWIN,
        run: Some("twin B"),
        sources: vec![(&rows.run, until.min(twin.forked_at)), (&twin.rows, until)],
    }));
    parts
}

/// The wanted columns in the order of the rows.
fn wanted(rows: &RunRows, shown: &BTreeSet<String>, wish: &Wish) -> Columns {
    let mut names = rows.run.columns();
    if let Some(twin) = rows.twin.as_ref().filter(|_| wish.with_twin) {
        names = names.and(&twin.rows.columns());
    }
    let is_wanted = |name: &String| wish.every_column || shown.iter().any(|one| names.index(one) == names.index(name));
    names.only(is_wanted)
}

/// How long the files will be; reads a little of the rows.
///
/// # Errors
/// In words, when the rows cannot be read.
pub fn size(rows: &RunRows, shown: &BTreeSet<String>, wish: &Wish) -> Result<Size, String> {
    let columns = wanted(rows, shown, wish);
    let (from, to) = wish.steps;
    let parts = parts(rows, wish);
    let mut size = Size { files: parts.len(), ..Size::default() };
    let said = |error: RecordError| error.to_string();
    for (source, until) in parts.iter().flat_map(|part| &part.sources) {
        let rows = source.count(from, *until).map_err(said)?;
        let (mut probed, mut bytes) = (0_u64, 0_u64);
        let span = to.saturating_sub(from);
        for probe in 0..PROBES {
            let (mut left, begin) = (PROBED, from + span / PROBES * probe);
            let look = source.for_each(&columns, (begin, *until), |row| {
                bytes += RowsCsv::bytes_of(&row) as u64;
                (probed, left) = (probed + 1, left - 1);
                Ok(left > 0)
            });
            look.map_err(said)?;
        }
        size.rows += rows;
        size.bytes += (bytes as f64 / probed.max(1) as f64 * rows as f64) as u64;
    }
    Ok(size)
}

impl FullRate {
    /// Of these rows what is wanted; its words are those that the window speaks.
    #[must_use]
    pub fn new(
        rows: Arc<RunRows>,
        shown: &BTreeSet<String>,
        wish: Wish,
        reading: AlignmentReading,
        mut about: About,
    ) -> Self {
        let columns = wanted(&rows, shown, &wish);
        let column = |name: &String| {
            let meaning = columns.meaning(name, reading);
            AboutColumn {
                name: words::say(&meaning.heading).into_owned(),
                meaning: words::say(&meaning.meaning).into_owned(),
                unit: words::say(meaning.unit).into_owned(),
                metric: Some(name.clone()),
            }
        };
        let columns = columns.names().iter().map(column).collect();
        about.keep_changes_to(wish.steps.1);
        if !wish.with_twin {
            (about.twin_forked_at, about.interventions_of_twin) = (None, Vec::new());
        }
        about.steps = Some(wish.steps);
        about.detail =
            words::say("Every measured step: a row a step and seed, values before the step's update.").into();
        Self { rows, wish, columns, about, progress: Progress::default() }
    }

    /// Writes the files, all of them or none; which ones, in words.
    ///
    /// # Errors
    /// When the rows cannot be read, the system refuses a file, or it is given up.
    pub fn write(&self, path: &Path) -> Result<String, RecordError> {
        let parts = parts(&self.rows, &self.wish);
        let paths: Vec<PathBuf> =
            parts.iter().map(|p| if p.name.is_empty() { path.to_path_buf() } else { beside(path, p.name) }).collect();
        let about_path = about::path_of(path);
        // Whoever chose a name that is there has been asked; of the others' names nobody was.
        if !path.exists()
            && let Some(there) = paths.iter().chain([&about_path]).find(|path| path.exists())
        {
            return Err(RecordError::Occupied(there.clone()));
        }
        let from = self.wish.steps.0;
        let mut all = 0;
        for (source, until) in parts.iter().flat_map(|part| &part.sources) {
            all += source.count(from, *until)?;
        }
        self.progress.all.store(all, Ordering::Relaxed);
        self.progress.done.store(0, Ordering::Relaxed);
        let headings: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let names = Columns::new(self.columns.iter().filter_map(|column| column.metric.clone()).collect());
        let mut about = self.about.clone();
        let mut files = Vec::new();
        for (part, path) in parts.iter().zip(&paths) {
            let mut csv = RowsCsv::begin(path, &headings)?;
            let mut rows = 0_u64;
            for (source, until) in &part.sources {
                let all = source.for_each(&names, (from, *until), |row| {
                    csv.push(&row)?;
                    rows += 1;
                    if rows.is_multiple_of(LOOK) {
                        self.progress.done.fetch_add(LOOK, Ordering::Relaxed);
                    }
                    Ok(!rows.is_multiple_of(LOOK) || !self.progress.is_given_up())
                })?;
                if !all || self.progress.is_given_up() {
                    return Err(RecordError::GivenUp);
                }
            }
            files.push(csv);
            about.files.push(AboutFile {
                file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                run: part.run.map(str::to_owned),
                rows: Some(rows),
                columns: self.head().into_iter().chain(self.columns.iter().cloned()).collect(),
            });
        }
        let until = self.wish.steps.1.saturating_add(1);
        let sources = || parts.iter().flat_map(|part| part.sources.iter().map(|(source, _)| *source));
        let thinned = sources().filter_map(SpoolReader::thinned).filter(|thinned| thinned.before > from);
        about.tell_thinned(thinned.reduce(|a, b| if a.before >= b.before { a } else { b }), until);
        about.missing_from = sources().filter_map(SpoolReader::missing_from).filter(|step| *step < until).min();
        for file in files {
            file.finish()?;
        }
        crate::record::write_file(&about_path, about.text().as_bytes())?;
        let names: Vec<_> = paths.iter().chain([&about_path]).map(|path| words::path(path)).collect();
        let rows: u64 = about.files.iter().filter_map(|file| file.rows).sum();
        let thinned = about.thinned.map_or(String::new(), |thinned| {
            let (before, every) = (numbers::count(thinned.before), numbers::count(thinned.every));
            format!("; before step {before} only multiples of {every} are left")
        });
        Ok(format!("Wrote {}: {} rows, every measured step{thinned}", names.join(", "), numbers::count(rows)))
    }

    /// The columns that every table of rows begins with.
    fn head(&self) -> [AboutColumn; 3] {
        let column = |name: &str, meaning: &str| AboutColumn {
            name: name.to_owned(),
            meaning: meaning.to_owned(),
            ..AboutColumn::default()
        };
        [
            column("step", "Counted from 0; values are those before its update."),
            column("epoch", "Pass over the training set, counted from 0."),
            column("seed", "The seed; each has rows of its own."),
        ]
    }
}
