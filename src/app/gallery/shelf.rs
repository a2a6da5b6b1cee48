//! What stands on the gallery's cards: items of the paper with experiments that the window can load.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;

use crate::app::link::guard::{Loaded, Plane};
use crate::app::look::numbers;
use crate::app::orders::pane_kind::{LayoutPreset, PaneKind};
use crate::experiment::Experiment;
use crate::reproduce::{CoursePlan, GridPlan, ITEMS, Item, Keep, LimitKind, Plan, Rates, ReproduceError, Settings};
use crate::training::caught;

/// How much of the paper's experiments is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// As `reproduce --quick` has them.
    #[default]
    Quick,
    /// As the paper has them.
    Full,
}

impl Extent {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Quick, Self::Full];

    /// Name on buttons.
    pub fn label(self) -> &'static str {
        match self {
            Self::Quick => "Quick",
            Self::Full => "As in the paper",
        }
    }

    /// What it means.
    pub fn description(self) -> &'static str {
        match self {
            Self::Quick => "Fewer seeds, points and steps, as 'hebbscope reproduce --quick' has them.",
            Self::Full => "The paper's seeds, points and steps; grids take hours.",
        }
    }
}

/// The cards of an extent.
#[derive(Clone)]
pub struct Shelf {
    /// In the paper's order.
    pub entries: Vec<Entry>,
}

/// A card.
#[derive(Clone)]
pub struct Entry {
    /// Table or figure.
    pub item: &'static Item,
    /// What stands in for the paper's data, where something does.
    pub stand_in: Option<&'static str>,
    /// In which ways its experiments are less than the paper's; what stands in for other data comes first.
    pub limits: Vec<String>,
    /// Experiments, of which a click on the card loads the first.
    pub pieces: Vec<Piece>,
}

/// An experiment of an item.
#[derive(Clone)]
pub struct Piece {
    /// Name of its grid or of its runs.
    pub name: String,
    /// How much it is, in words.
    pub size: String,
    /// How long it takes here, in words; dots until that is known.
    pub time: String,
    what: What,
}

#[derive(Clone)]
enum What {
    Grid(GridPlan),
    Runs { experiment: Box<Experiment>, layout: LayoutPreset, pane: PaneKind },
}

impl Piece {
    /// What takes the run's place.
    pub fn loaded(&self) -> Loaded {
        let said = Some(format!("Loaded {}: {}", self.name, self.size));
        match &self.what {
            What::Grid(plan) => Loaded {
                layout: Some(LayoutPreset::Phase),
                pane: Some(PaneKind::Phase),
                plane: Some(Plane::Planned(Arc::clone(&plan.grid))),
                said,
                ..Loaded::new(plan.grid.experiment().clone())
            },
            What::Runs { experiment, layout, pane } => Loaded {
                layout: Some(*layout),
                pane: Some(*pane),
                runs: true,
                said,
                ..Loaded::new(Experiment::clone(experiment))
            },
        }
    }

    /// Says how long it takes on so many threads, in words that promise no more than they know.
    fn timed(mut self, rates: &mut Rates, threads: usize) -> Result<Self, ReproduceError> {
        let (seconds, runs) = match &self.what {
            What::Grid(plan) => (plan.seconds(rates)?, plan.grid.cells()),
            What::Runs { experiment, .. } => {
                let seeds = experiment.training.seeds;
                (rates.seconds(experiment, true)? * seeds as f64, seeds)
            }
        };
        self.time = about(seconds / threads.min(runs).max(1) as f64);
        Ok(self)
    }

    fn of_grid(plan: &GridPlan) -> Self {
        let grid = &plan.grid;
        let steps = grid.experiment().total_steps();
        let cells = grid.cells();
        let points = if grid.y().is_some() {
            format!("{} × {}", grid.columns(), grid.rows())
        } else {
            grid.columns().to_string()
        };
        let count = |count: usize| numbers::count(count as u64);
        Self {
            name: plan.name.clone(),
            size: format!("{points} points, {} runs of {} steps", count(cells), numbers::count(steps)),
            time: "\u{2026}".into(),
            what: What::Grid(plan.clone()),
        }
    }

    fn of_courses(name: &str, courses: &[&CoursePlan]) -> Self {
        let mut experiment = courses[0].experiment.clone();
        experiment.training.seeds = courses.len();
        let steps = numbers::count(experiment.total_steps());
        let seeds = courses.len();
        let (layout, pane) = place(&courses[0].keep);
        Self {
            name: name.to_owned(),
            size: format!("{seeds} {} of {steps} steps", if seeds == 1 { "run" } else { "runs" }),
            time: "\u{2026}".into(),
            what: What::Runs { experiment: Box::new(experiment), layout, pane },
        }
    }
}

/// Where that is seen which is kept of a run.
pub(super) fn place(keep: &Keep) -> (LayoutPreset, PaneKind) {
    let has = |column: &str| keep.columns.iter().any(|name| name.starts_with(column));
    if keep.neurons.is_some() {
        (LayoutPreset::Neurons, PaneKind::Neurons)
    } else if keep.matrices.is_some() {
        (LayoutPreset::Matrices, PaneKind::Matrices)
    } else if keep.expectations {
        (LayoutPreset::Matrices, PaneKind::Forces)
    } else if has("weight_norm") {
        (LayoutPreset::Explore, PaneKind::Norms)
    } else {
        (LayoutPreset::Explore, PaneKind::Alignment)
    }
}

/// Name of the runs that differ in their seeds alone.
pub(super) fn family(course: &CoursePlan) -> &str {
    course.name.rsplit_once("-seed").map_or(&course.name, |(name, _)| name)
}

fn about(seconds: f64) -> String {
    match seconds.ceil() {
        seconds if seconds < 90.0 => format!("about {} s", seconds.max(1.0)),
        seconds if seconds < 5_400.0 => format!("about {:.0} min", (seconds / 60.0).ceil()),
        seconds if seconds < 172_800.0 => format!("about {:.0} h", (seconds / 3_600.0).ceil()),
        seconds => format!("about {:.0} days", (seconds / 86_400.0).ceil()),
    }
}

/// The experiments of a plan, runs that differ in their seeds alone together.
pub(super) fn pieces(plan: &Plan) -> Vec<Piece> {
    let grids = plan.grids.iter().map(Piece::of_grid);
    let mut names: Vec<&str> = plan.courses.iter().map(family).collect();
    names.dedup();
    let runs = names.into_iter().map(|name| {
        let courses: Vec<_> = plan.courses.iter().filter(|course| family(course) == name).collect();
        Piece::of_courses(name, &courses)
    });
    grids.chain(runs).collect()
}

impl Shelf {
    /// Without times.
    fn new(extent: Extent) -> Result<Self, ReproduceError> {
        let settings = Settings { quick: extent == Extent::Quick, ..Settings::default() };
        let entry = |item: &'static Item| -> Result<Entry, ReproduceError> {
            let plan = (item.plan)(&settings)?;
            let mut limits: Vec<_> = plan.limits.iter().collect();
            limits.sort_by_key(|limit| limit.kind != LimitKind::StandIn);
            let stands_in = limits.first().is_some_and(|limit| limit.kind == LimitKind::StandIn);
            let limits = limits.into_iter().map(|limit| limit.words.clone()).collect();
            let stand_in = stands_in.then(|| settings.classification().label);
            Ok(Entry { item, stand_in, limits, pieces: pieces(&plan) })
        };
        Ok(Self { entries: ITEMS.iter().map(entry).collect::<Result<_, _>>()? })
    }

    /// With how long each experiment takes here.
    fn timed(mut self, rates: Option<Rates>) -> Result<Self, ReproduceError> {
        // Rates that were given are not of these cores.
        let threads = if rates.is_some() { 1 } else { crate::cores::available() };
        let mut rates = rates.unwrap_or_default();
        for entry in &mut self.entries {
            let pieces = std::mem::take(&mut entry.pieces).into_iter();
            entry.pieces = pieces.map(|piece| piece.timed(&mut rates, threads)).collect::<Result<_, _>>()?;
        }
        Ok(self)
    }
}

/// The shelf on its way.
#[derive(Default)]
pub enum Reading {
    /// Nobody has asked for it.
    #[default]
    Unread,
    /// A thread reads it.
    Waiting(Receiver<Result<Shelf, String>>),
    /// It is there, or why it is not; what comes yet knows more.
    Ready(Result<Shelf, String>, Receiver<Result<Shelf, String>>),
}

impl Reading {
    /// The shelf once it is there; asks for it the first time.
    pub fn poll(&mut self, ctx: &Context, extent: Extent, rates: Option<Rates>) -> Option<&Result<Shelf, String>> {
        match self {
            Self::Unread => *self = Self::begin(ctx, extent, rates),
            Self::Waiting(answer) | Self::Ready(_, answer) => match answer.try_recv() {
                Ok(shelf) => *self = Self::Ready(shelf, answer.clone()),
                Err(TryRecvError::Empty) => ctx.request_repaint_after(Duration::from_millis(50)),
                // All has been said.
                Err(TryRecvError::Disconnected) => {}
            },
        }
        match self {
            Self::Ready(shelf, _) => Some(shelf),
            _ => None,
        }
    }

    /// Reads beside the window's thread: there are some hundred experiments, and steps of each kind are timed, which takes
    /// seconds on a busy machine. The cards do not wait for that.
    fn begin(ctx: &Context, extent: Extent, rates: Option<Rates>) -> Self {
        let (sender, answer) = bounded(2);
        let (repaint, failed) = (ctx.clone(), sender.clone());
        let reading = std::thread::Builder::new().name("gallery".into()).spawn(move || {
            let say = |shelf: Result<Shelf, String>| {
                // The window may have been closed.
                let _ = sender.send(shelf);
                repaint.request_repaint();
            };
            let read = caught(|| {
                let plain = Shelf::new(extent)?;
                say(Ok(plain.clone()));
                plain.timed(rates)
            });
            let read = read.map(|shelf| shelf.map_err(|error: ReproduceError| error.to_string()));
            say(read.unwrap_or_else(|words| Err(format!("a fault of this program: {words}"))));
        });
        if let Err(error) = reading {
            // There is room for two answers.
            let _ = failed.send(Err(error.to_string()));
        }
        Self::Waiting(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::Run;

    #[test]
    fn every_item_of_the_paper_has_something_to_load() {
        for extent in Extent::ALL {
            let shelf =
                Shelf::new(extent).and_then(|shelf| shelf.timed(Some(Rates::given(1e-9)))).expect("all are allowed");
            assert_eq!(shelf.entries.len(), ITEMS.len());
            for entry in &shelf.entries {
                assert!(!entry.pieces.is_empty(), "{}", entry.item.id);
                for piece in &entry.pieces {
                    let loaded = piece.loaded();
                    loaded.experiment.validate().unwrap_or_else(|error| panic!("{}: {error}", piece.name));
                    assert_eq!(loaded.plane.is_some(), loaded.experiment.sweep.is_some(), "{}", piece.name);
                    assert!(loaded.layout.is_some() && piece.time.starts_with("about "), "{}", piece.name);
                }
            }
        }
    }

    #[test]
    fn what_is_kept_of_a_run_decides_where_it_is_seen() {
        let pane = |keep: Keep| place(&keep).1;
        assert_eq!(pane(Keep { neurons: Some((2, 0)), ..Keep::default() }), PaneKind::Neurons);
        assert_eq!(pane(Keep { matrices: Some((2, vec![5])), ..Keep::default() }), PaneKind::Matrices);
        assert_eq!(pane(Keep { expectations: true, ..Keep::default() }), PaneKind::Forces);
        assert_eq!(pane(Keep { columns: vec!["full_2".into()], ..Keep::default() }), PaneKind::Alignment);
    }

    /// A figure of single runs trains as its item does: the same network, data and seeds.
    #[test]
    fn a_card_of_single_runs_has_their_seeds() {
        let item = ITEMS.iter().find(|item| item.id == "fig2").expect("there");
        let plan = (item.plan)(&Settings { quick: true, ..Settings::default() }).expect("allowed");
        let pieces = pieces(&plan);
        let experiment = pieces[0].loaded().experiment;
        let names: Vec<&str> = plan.courses.iter().map(family).filter(|name| *name == pieces[0].name).collect();
        assert_eq!(experiment.training.seeds, names.len());
        let run = Run::new(experiment, 1).expect("it can be trained");
        assert_eq!(run.experiment().training.seed, plan.courses[0].experiment.training.seed);
    }

    #[test]
    fn times_are_rounded_up_to_what_can_be_said() {
        assert_eq!(about(0.2), "about 1 s");
        assert_eq!(about(100.0), "about 2 min");
        assert_eq!(about(7_200.0), "about 2 h");
        assert_eq!(about(400_000.0), "about 5 days");
    }
}
