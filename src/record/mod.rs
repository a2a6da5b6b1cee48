//! What a run leaves: curves in bounded memory, the run folder, snapshots and figures.

mod alignment_curves;
mod atomic;
mod autosave;
pub(crate) mod base64;
mod cache;
mod checkpoint_file;
mod checkpoints;
mod claim;
mod collapse;
mod default_folder;
mod dot_grid;
mod error;
mod exhibit;
mod exhibit_alignment;
mod exhibit_check;
mod exhibit_csv;
mod exhibit_frame;
mod exhibit_network;
mod exhibit_places;
mod fault_report;
mod figure;
mod file_list;
mod final_window;
mod grid_place;
mod intervention;
mod interventions_file;
mod levels;
mod meaning;
mod metric_store;
mod metrics_csv;
mod metrics_parquet;
mod moving;
mod neurons;
mod npz;
mod npz_reader;
mod own_place;
mod partial;
mod recent;
mod reserve;
mod row;
mod rows_csv;
mod run_folder;
mod run_words;
mod seed_places;
pub mod signs;
mod snapshot;
mod spool;
mod spool_reader;
mod stretch;
mod summary;
mod unlisted;
mod without_paths;

pub use alignment_curves::{AlignmentCurves, BandCurves, CurvePoint};
pub use atomic::{write_file, write_file_once};
pub use autosave::{Autosave, LeftBehind, left_behind};
pub use cache::clean_cache;
pub use checkpoint_file::{CheckpointFile, StoredArray, StoredArrays, StoredValues, write_checkpoint};
pub use checkpoints::{CHECKPOINT_SLOTS, FolderMark};
pub use collapse::{Collapse, CollapseCause, CollapsedSeed};
pub use default_folder::{make_folder, make_if_proposed, propose_folder};
pub use dot_grid::{DotGrid, column_middles};
pub use error::RecordError;
pub use exhibit::{
    Axis, AxisScale, BarSeries, Bars, Binned, Chart, CsvTable, Exhibit, Groups, Heat, Map, MapAxis, MapColors, MapLine,
    Mark, Panel, SERIES_COLORS, Series, SeriesPoint, SeriesStyle, Source, Table,
};
pub use exhibit_alignment::{alignment_exhibit, alignment_figure};
pub use exhibit_network::{Connection, NetworkColumn, NetworkDrawing, lifted, line_opacity};
pub use exhibit_places::{PlacedRing, PlacedStay, Places};
pub use fault_report::{
    new_fault_reports, remember, remember_configuration, remember_setting, remembered_since, report_beside,
    report_faults,
};
pub use figure::{Drawn, Figure, FigureLook, Marker, colormap, marker_places, with_raised_digits, with_raised_power};
pub use file_list::{FileList, FolderKind, ListedFiles};
pub use final_window::FinalWindow;
pub use grid_place::{GridPlace, left_grids};
pub use intervention::{Intervention, Target};
pub use interventions_file::read_interventions;
pub use meaning::ColumnMeaning;
pub use metric_store::{BandPoint, Bin, MetricStore};
pub use metrics_csv::{MetricsCsv, MetricsReader, PARTIAL_METRICS, read_metrics};
pub use metrics_parquet::MetricsParquet;
pub use moving::{Motion, MovingForm, MovingPicture};
pub use neurons::{Dwell, HeatMap, NeuronReading, NeuronRows, NeuronStatistics, NeuronStore, Phase};
pub use npz::{ArrayArchive, SnapshotWriter, write_snapshot};
pub(crate) use reserve::Reserve;
pub use row::{Columns, Row};
pub use rows_csv::RowsCsv;
pub use run_folder::{Overwrite, RunFolder};
pub use run_words::RunWords;
pub use snapshot::{LayerSnapshot, SeedParameters, SeedSnapshot, Snapshot};
pub use spool::{Spool, SpoolRecord, Thinned};
pub use spool_reader::SpoolReader;
pub use summary::{Divergence, LayerSummary, Stats, Summary};
