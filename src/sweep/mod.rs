//! Grids of runs: cells over one or two fields, trained as one ensemble, in shards if they are many, and what they come to.
//!
//! A cell is a pure function of the experiment, the values of its axes and its seed. So it does not matter in which order
//! cells are trained, on how many threads, in which shard, or how often a process was killed: [`Session`] decides when
//! a cell is trained, [`SweepFolder`] keeps what it came to, and neither changes a bit of it.

mod boundary_words;
mod categories;
mod contour;
mod crossing;
mod error;
mod exhibit;
mod fault;
mod fit;
mod folder;
mod gather;
mod grid;
mod journal;
mod keeping;
mod live;
mod order;
mod outcome;
mod plane;
mod report;
mod scheduler;
mod slurm;
mod snapshot;
mod states;
mod status;
mod table;
mod trial;
mod waves;
mod workshop;

pub use boundary_words::boundary_words;
pub use contour::contour;
pub use crossing::Crossing;
pub use error::SweepError;
pub use exhibit::{
    Beside, Seen, ValueOf, axis_ticks, boundary_lines, cell_exhibits, color, interval_lines, plane_exhibit,
    seen_exhibit,
};
pub use fit::{Boundary, CategoryCrossings, PowerLaw, THEORY_EXPONENT, fit_boundary, sides, theory_exponent};
pub use folder::{Existing, Shard, SweepFolder};
pub use gather::{Gathered, gather};
pub use grid::{Grid, Place};
pub use journal::{Entry, Header, Journal, Read, read_journal};
pub use keeping::train_into;
pub use live::{LeftSweep, Live, LiveCommand, LiveOptions, LiveWaker};
pub use order::Planner;
pub use outcome::{CollapsedLayers, Outcome};
pub use plane::Plane;
pub use report::{Complaints, merge, write_results};
pub use scheduler::{Order, Progress, Session};
pub use slurm::sbatch;
pub use snapshot::{CellState, LiveState, SweepState};
pub use states::{CellStates, state_of};
pub use status::{Status, status};
pub use table::{cells_csv, unfinished_csv, write_cells_parquet};
pub use trial::Trial;
pub use waves::choose;
pub use workshop::Workshop;
