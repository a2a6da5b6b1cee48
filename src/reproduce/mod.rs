//! The paper's table and figures at one command: which experiments they are, what is claimed, and what comes out here.
//!
//! An [`Item`] says which grids and single runs it needs and what is to be judged of them. [`Work`] trains them through the
//! sweeps' scheduler and journals, so that a kill loses nothing finished and several machines share the work;
//! [`write_report`] reads what there is. A verdict is computed from the numbers by a criterion that stands beside it, and
//! what was reduced, or ran on other data than the paper's, never counts as reproduced.

mod claim;
mod course;
mod error;
mod estimate;
mod evidence;
mod figures;
mod folder;
mod gallery;
mod hardware;
mod html;
mod items;
mod plan;
mod reading;
mod recipe;
mod report;
mod results;
mod settings;
mod work;

pub use claim::{Claim, Limit, LimitKind, Measured, Statement, Verdict};
pub use course::{CoursePlan, CourseRecord, CurveBin, Keep, MatrixRecord, NeuronRecord, PhaseRecord};
pub use error::ReproduceError;
pub use estimate::{Estimate, Rates};
pub use evidence::{Finding, Sample};
pub use folder::{Manifest, ReproductionFolder};
pub use gallery::{MadePicture, PictureList};
pub use items::{ITEMS, choose};
pub use plan::{GridPlan, Item, Judged, Plan};
pub use reading::{ItemResult, Reproduction};
pub use report::{Written, write_report};
pub use results::{GridResults, Results};
pub use settings::{MOST_SEEDS, MOST_STEPS, PAPER_SEEDS, QUICK_SEEDS, Settings};
pub use work::{News, Work};
