//! What a pane shows, as data: one model from which figures and tables of numbers come, so that they cannot disagree.

use super::error::RecordError;
use super::exhibit_network::NetworkDrawing;
use super::exhibit_places::Places;
use super::figure;
use super::figure::Marker;

/// Everything that one figure shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Exhibit {
    /// Stem of file names, such as `alignment`.
    pub name: String,
    /// Heading.
    pub title: String,
    /// Experiment, seeds and settings, below the heading.
    pub subtitle: String,
    /// Panels, row by row.
    pub panels: Vec<Panel>,
    /// Panels beside each other.
    pub columns: usize,
}

/// One part of an exhibit.
#[derive(Clone, Debug, PartialEq)]
pub enum Panel {
    /// Curves.
    Chart(Chart),
    /// A matrix in colours.
    Heat(Heat),
    /// A quantity over a plane of settings.
    Map(Map),
    /// Grouped bars.
    Bars(Bars),
    /// Points with their spread, group by group.
    Groups(Groups),
    /// Where runs have been in a plane of settings.
    Places(Places),
    /// Neurons and connections.
    Network(NetworkDrawing),
    /// Text and numbers.
    Table(Table),
}

/// Curves over a common horizontal axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Heading; may be empty.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Curves in the order of the legend; of one depth, earlier ones are drawn below later ones.
    pub series: Vec<Series>,
    /// Places on the horizontal axis, such as interventions.
    pub marks: Vec<Mark>,
    /// Whether a line at y = 0 is drawn, and 0 is within an axis without a given range.
    pub zero_line: bool,
}

/// A place on the horizontal axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// What happened there.
    pub label: String,
    /// Whether it is still to come at the step that is shown: it has its room, and is not seen.
    pub is_ahead: bool,
}

/// An axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Quantity with its unit.
    pub label: String,
    /// Spacing.
    pub scale: AxisScale,
    /// Ends of the axis; absent to fit the values.
    pub range: Option<(f64, f64)>,
}

/// Spacing of an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AxisScale {
    /// Equal differences.
    #[default]
    Linear,
    /// Equal ratios; values that are not positive are gaps.
    Log10,
    /// Equal ratios of one more than the value, as of steps, which count from 0.
    LogFromZero,
    /// Equal ratios from 10 to the power of `least` on, and a place for zero a decade below that.
    LogBesideZero {
        /// Power of ten of the least value that has a place of its own.
        least: i32,
    },
}

/// One curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Name in the legend and head of its column.
    pub name: String,
    /// Red, green, blue.
    pub color: [u8; 3],
    /// How it is drawn.
    pub style: SeriesStyle,
    /// Shapes on it, by which it is told from others.
    pub marker: Option<Marker>,
    /// What is written beside these, where another curve has the same ones, the same colour and the same style.
    pub label: String,
    /// How far behind it lies: curves of larger numbers are drawn below the others, and thinner.
    pub depth: u8,
    /// Share of the ground in its colour.
    pub paleness: f32,
    /// Points in the order in which they are joined; a NaN in `y` is a gap.
    pub points: Vec<SeriesPoint>,
    /// What it is of, where several curves of one name and colour differ in that and in their style: the legend has names and
    /// kinds apart.
    pub kind: String,
    /// Whether the spread of its points is told in numbers alone.
    pub hides_spread: bool,
    /// Whether its kind, or its name where it has none, is for the numbers alone: one of many that lie behind.
    pub is_unnamed: bool,
    /// The column of the run's rows that it is made of, where it is one.
    pub source: Option<Source>,
}

/// A column of the rows of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name among the metrics.
    pub column: String,
    /// Whether the rows are those of twin B.
    pub is_of_twin: bool,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeriesStyle {
    /// A line.
    #[default]
    Line,
    /// A dashed line.
    Dashed,
    /// A line of long dashes.
    LongDashed,
    /// A line of dashes twice as long as those.
    VeryLongDashed,
    /// A line of short dashes.
    ShortDashed,
    /// A dotted line.
    Dotted,
    /// A line of dots with twice the distance.
    SparselyDotted,
    /// A line of dots with twice that distance.
    RarelyDotted,
    /// Dots; `low` and `high` become bars.
    Points,
}

/// One point of a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SeriesPoint {
    /// Place on the horizontal axis.
    pub x: f64,
    /// Value; NaN where undefined.
    pub y: f64,
    /// Lower edge of its spread.
    pub low: Option<f64>,
    /// Upper edge of its spread.
    pub high: Option<f64>,
    /// Between what the curve alternates here with every place, where its mean says nothing.
    pub edges: Option<(f64, f64)>,
    /// What lies behind the point where it stands for several places: `y` is their mean then.
    pub binned: Option<Binned>,
}

/// Places of a curve that are shown as one point, and how far their values reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Binned {
    /// First place.
    pub from: f64,
    /// Last place.
    pub to: f64,
    /// Least and greatest value, where they are known.
    pub extremes: Option<(f64, f64)>,
}

/// A matrix in the diverging colours of [`super::colormap`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    /// Heading; may be empty.
    pub title: String,
    /// Horizontal axis; without a range, that of the columns.
    pub x: Axis,
    /// Vertical axis; row 0 is at the top. Without `row_labels` rows count from 1.
    pub y: Axis,
    /// Left edge of the first column, and width of a column: (0.5, 1) counts columns from 1.
    pub x_edges: (f64, f64),
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// rows x columns values, row by row; NaN is undefined and grey.
    pub values: Vec<f32>,
    /// Value of the strongest colours, of either sign.
    pub range: f32,
    /// Quantity of the colours, with its unit.
    pub color_label: String,
    /// One name a row, from the top.
    pub row_labels: Option<Vec<String>>,
    /// One name a column, from the left, for the table of numbers; the figure counts places.
    pub column_labels: Option<Vec<String>>,
    /// Places on the horizontal axis that have a line, without words.
    pub marks: Vec<f64>,
    /// The row, from the top, that has a frame.
    pub picked_row: Option<usize>,
    /// Whether cells are squares, as those of a matrix; else they are as wide as there is room.
    pub is_square: bool,
    /// Columns that have been reached, from the left, where not all have; those behind are blank.
    pub reached: Option<usize>,
}

/// A quantity over a plane of settings: a cell a setting, with lines on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// Heading; may be empty.
    pub title: String,
    /// Horizontal axis, a value a column from the left.
    pub x: MapAxis,
    /// Vertical axis, a value a row from the bottom.
    pub y: MapAxis,
    /// Values row by row from the bottom; NaN is undefined and grey.
    pub values: Vec<f32>,
    /// Cells that are still under way; empty where none is.
    pub unfinished: Vec<bool>,
    /// What the colours mean.
    pub colors: MapColors,
    /// Quantity of the colours, with its unit.
    pub color_label: String,
    /// Lines in cells: (0, 0) is the centre of the first column and row.
    pub lines: Vec<MapLine>,
}

/// An axis of a [`Map`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapAxis {
    /// Quantity with its unit.
    pub label: String,
    /// One value a column or row.
    pub values: Vec<f64>,
    /// Where ticks stand, in cells from the centre of the first one, and the values that they are labelled with.
    pub ticks: Vec<(f64, f64)>,
}

/// Colours of a [`Map`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MapColors {
    /// Diverging around 0; the value of the strongest colours, of either sign.
    Diverging(f32),
    /// From light to dark between two values, by their logarithms if `logarithmic`.
    Sequential {
        /// Value of the lightest colour.
        low: f32,
        /// Value of the darkest colour.
        high: f32,
        /// Whether equal ratios are equal steps.
        logarithmic: bool,
    },
}

impl Default for MapColors {
    fn default() -> Self {
        Self::Diverging(1.0)
    }
}

/// A line on a [`Map`].
#[derive(Clone, Debug, PartialEq)]
pub struct MapLine {
    /// Name in the legend; lines of one name share an entry.
    pub name: String,
    /// Red, green, blue.
    pub color: [u8; 3],
    /// How it is drawn.
    pub style: SeriesStyle,
    /// Points in cells.
    pub points: Vec<(f64, f64)>,
}

/// Bars of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarSeries {
    /// Name in the legend.
    pub name: String,
    /// Red, green, blue.
    pub color: [u8; 3],
    /// One value a group; NaN is no bar.
    pub values: Vec<f64>,
    /// One standard deviation a group, or none at all.
    pub spreads: Vec<f64>,
}

/// Grouped signed bars. Where every group has one bar, the groups' names are those of the bars, and there is no legend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// Heading; may be empty.
    pub title: String,
    /// Vertical axis, linear.
    pub y: Axis,
    /// Names of the groups, from left to right.
    pub groups: Vec<String>,
    /// What stands side by side in each group.
    pub series: Vec<BarSeries>,
    /// Whether bars of a group stand on each other, those of either sign apart, with a line where they add up to.
    pub is_stacked: bool,
}

/// Values of groups that have names and no numbers, as points with their spread.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groups {
    /// Heading; may be empty.
    pub title: String,
    /// What the groups are.
    pub label: String,
    /// Vertical axis.
    pub y: Axis,
    /// Names of the groups, from left to right.
    pub groups: Vec<String>,
    /// One point a group, whose `x` is not read, side by side with those of the other series.
    pub series: Vec<Series>,
    /// Whether a line at y = 0 is drawn, and 0 is within an axis without a given range.
    pub zero_line: bool,
}

/// Text and numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Heading; may be empty.
    pub title: String,
    /// Heads of the columns.
    pub header: Vec<String>,
    /// Rows of as many cells as the header has.
    pub rows: Vec<Vec<String>>,
}

/// Okabe and Ito's colours, without black (the axes) and yellow (too faint on white), for curves that have none yet.
pub const SERIES_COLORS: [[u8; 3]; 6] =
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233]];

/// A table of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvTable {
    /// What it is, for the end of a file's name, such as `validation-loss`; no two of an exhibit are the same.
    pub part: String,
    /// CSV: a header and rows of as many cells.
    pub text: String,
}

impl Panel {
    /// Heading; may be empty.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Chart(chart) => &chart.title,
            Self::Heat(heat) => &heat.title,
            Self::Map(map) => &map.title,
            Self::Bars(bars) => &bars.title,
            Self::Groups(groups) => &groups.title,
            Self::Places(places) => &places.title,
            Self::Network(network) => &network.title,
            Self::Table(table) => &table.title,
        }
    }
}

impl Exhibit {
    /// As the text of an SVG file.
    ///
    /// # Errors
    /// When a panel's lengths contradict each other, or the bundled typeface cannot be read.
    pub fn svg(&self) -> Result<String, RecordError> {
        figure::svg(self)
    }

    /// Each panel as the text of an SVG of its own, `width` points wide and without the exhibit's heading, for pages that
    /// put panels beside each other as there is room.
    ///
    /// # Errors
    /// As [`Exhibit::svg`].
    pub fn panel_svgs(&self, width: f64) -> Result<Vec<String>, RecordError> {
        figure::panel_svgs(self, width)
    }

    /// As a PNG file with `scale` pixels a point; 2 for screens and print.
    ///
    /// # Errors
    /// As [`Exhibit::svg`], and when `scale` is not 1 to 8 or the drawing library fails.
    pub fn png(&self, scale: u32) -> Result<Vec<u8>, RecordError> {
        figure::png(self, scale)
    }

    /// Width, height and opaque RGBA pixels, row by row, for the clipboard.
    ///
    /// # Errors
    /// As [`Exhibit::png`].
    pub fn rgba(&self, scale: u32) -> Result<(usize, usize, Vec<u8>), RecordError> {
        figure::rgba(self, scale)
    }

    /// A small picture in the colours of figures, as a PNG file, of what is best known of some exhibits by its shape: their
    /// first panel that is no table. `None` without any.
    ///
    /// # Errors
    /// As [`Exhibit::svg`].
    pub fn thumbnail(exhibits: &[Self]) -> Result<Option<Vec<u8>>, RecordError> {
        figure::thumbnail(exhibits)
    }

    /// The numbers shown, as CSV tables: one a panel, and one of all maps over the same plane.
    ///
    /// A chart has its horizontal axis in the first column, or in two (`_from`, `_to`) where points stand for several
    /// places, and a column a series, with `_low` and `_high` where there is a spread, `_min` and `_max` where points
    /// stand for several values, and `mark` where there are marks. A matrix has a line a cell. Numbers read back exactly;
    /// NaN is empty.
    #[must_use]
    pub fn tables(&self) -> Vec<CsvTable> {
        super::exhibit_csv::tables(self)
    }

    /// The same with every text as `say` has it.
    #[must_use]
    pub fn in_words(&self, say: &dyn Fn(&str) -> String) -> Self {
        let mut said = self.clone();
        let put = |text: &mut String| *text = say(text);
        let axis = |axis: &mut Axis| axis.label = say(&axis.label);
        let all = |series: &mut Vec<Series>| {
            for one in series {
                put(&mut one.name);
                put(&mut one.kind);
                put(&mut one.label);
            }
        };
        put(&mut said.title);
        put(&mut said.subtitle);
        for panel in &mut said.panels {
            match panel {
                Panel::Chart(chart) => {
                    put(&mut chart.title);
                    axis(&mut chart.x);
                    axis(&mut chart.y);
                    all(&mut chart.series);
                    chart.marks.iter_mut().for_each(|mark| put(&mut mark.label));
                }
                Panel::Heat(heat) => {
                    put(&mut heat.title);
                    axis(&mut heat.x);
                    axis(&mut heat.y);
                    put(&mut heat.color_label);
                    { heat.row_labels.iter_mut() }.chain(&mut heat.column_labels).flatten().for_each(put);
                }
                Panel::Map(map) => {
                    for text in [&mut map.title, &mut map.x.label, &mut map.y.label, &mut map.color_label] {
                        put(text);
                    }
                    map.lines.iter_mut().for_each(|line| put(&mut line.name));
                }
                Panel::Bars(bars) => {
                    put(&mut bars.title);
                    axis(&mut bars.y);
                    bars.groups.iter_mut().for_each(put);
                    bars.series.iter_mut().for_each(|one| put(&mut one.name));
                }
                Panel::Groups(groups) => {
                    put(&mut groups.title);
                    put(&mut groups.label);
                    axis(&mut groups.y);
                    groups.groups.iter_mut().for_each(put);
                    all(&mut groups.series);
                }
                Panel::Places(places) => places.texts().for_each(put),
                Panel::Network(network) => {
                    put(&mut network.title);
                    put(&mut network.quantity);
                    for column in &mut network.columns {
                        put(&mut column.title);
                        put(&mut column.unit);
                    }
                }
                Panel::Table(table) => {
                    put(&mut table.title);
                    table.header.iter_mut().chain(table.rows.iter_mut().flatten()).for_each(put);
                }
            }
        }
        said
    }

    /// The error of a figure that cannot be drawn.
    pub(super) fn failure(&self, message: impl std::fmt::Display) -> RecordError {
        RecordError::Figure { title: self.title.clone(), message: message.to_string() }
    }
}

impl Bars {
    /// Whether every group has one bar.
    pub(super) fn is_one_a_group(&self) -> bool {
        let is_there = |one: &&BarSeries, group: usize| one.values.get(group).is_some_and(|value| !value.is_nan());
        let count = |group: usize| self.series.iter().filter(|one| is_there(one, group)).count();
        self.series.len() > 1 && !self.is_stacked && (0..self.groups.len()).all(|group| count(group) <= 1)
    }
}
