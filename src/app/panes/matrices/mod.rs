//! Learning signal, Hebbian update, full update and weights of a layer at one step, side by side (Figures 2, 17).

mod figure;
mod header;
mod maps;
mod ordering;
mod picture;
mod plan;
mod plates;
mod quantity;
mod readout;
mod scatter;
mod sheet;
mod step;

use std::sync::Arc;

use eframe::egui::{RichText, Ui};

use super::parts::measured::measured_layers;
use super::parts::units::Units;
use crate::app::figures::exhibits;
use crate::app::look::numbers;
use crate::app::look::stage;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::record::{Exhibit, Snapshot};
use crate::training::Status;
use header::{Asked, Choices};
use maps::Labelled;
use ordering::Arrangement;
use picture::{Block, cells_per_pixel};
use plan::{Plan, Prefers};
use sheet::Sheet;
use step::Step;

/// Names of the two steps while one is frozen.
const NAMES: [&str; 2] = ["A", "now"];

/// Versions of frozen and present step, and the cosine between the two of each matrix.
type Between = ((u64, u64), [Option<f64>; 4]);

/// The pane, with the step that it shows and the one that was frozen.
#[derive(Default)]
pub struct MatricesPane {
    choices: Choices,
    present: Option<Step>,
    frozen: Option<Step>,
    /// The file that the frozen step is from, if it is from one.
    opened: Option<Opened>,
    /// Cosines between frozen and present step, and the versions of the two.
    between: Option<Between>,
    /// The order of the neurons in an animation, as it was in the window when that began.
    in_film: Option<(u64, Arrangement)>,
}

/// Matrices that were read from a file, to be compared with those of the run.
struct Opened {
    name: String,
    snapshot: Arc<Snapshot>,
    /// The seed that is compared, alone.
    shown: Arc<Snapshot>,
}

impl Opened {
    /// Takes the seed that the run shows, or the file's first where it has not that one.
    fn show_seed(&mut self, seed: u64) {
        let seeds = &self.snapshot.seeds;
        let Some(wanted) = seeds.iter().find(|one| one.seed == seed).or_else(|| seeds.first()) else { return };
        if self.shown.seeds.first().is_none_or(|shown| shown.seed != wanted.seed) {
            let (step, config) = (self.snapshot.step, self.snapshot.config.clone());
            self.shown = Arc::new(Snapshot { step, config, seeds: vec![wanted.clone()] });
        }
    }

    /// What A is, in a line; `step` is the one that the file's matrices of the layer are of, `None` where it has none.
    fn words(&self, layer: usize, frozen: Option<&Step>) -> String {
        let step = numbers::count(self.snapshot.step);
        match frozen {
            Some(frozen) => format!("A: {}, step {step}, seed {}", self.name, frozen.sheet().seed),
            None => format!("{} has no matrices of layer {layer} (step {step})", self.name),
        }
    }
}

impl Pane for MatricesPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Matrices
    }

    fn on_new_run(&mut self, _status: &Status) {
        self.present = None;
        self.between = None;
        // What was frozen is of the run before; what was read from a file is not.
        if self.opened.is_none() {
            self.frozen = None;
        }
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        view.wants.moment = true;
        self.update(view);
        let layers = match &view.moment {
            Some(moment) => Sheet::layers(&moment.snapshot),
            None => measured_layers(&view.link.status().columns),
        };
        let frozen = self.frozen.as_ref().map(|step| step.sheet().step());
        let frozen = frozen.or(self.opened.as_ref().map(|opened| opened.snapshot.step));
        match header::controls(ui, view, &mut self.choices, &layers, frozen, self.present.is_some()) {
            Asked::Nothing => {}
            Asked::Freeze => self.freeze(),
            Asked::Unfreeze => (self.frozen, self.opened) = (None, None),
        }
        if let Some(opened) = &self.opened {
            ui.label(RichText::new(opened.words(view.selection.layer, self.frozen.as_ref())).small().weak());
        }
        if self.present.is_some() {
            self.arrange();
            self.draw(ui, view);
        } else {
            ui.add_space(8.0);
            ui.label(RichText::new(nothing(view, &layers)).weak());
        }
    }

    fn shows_steps(&self) -> bool {
        true
    }

    fn exhibit(&mut self, view: &mut View<'_>) -> Option<Exhibit> {
        self.update(view);
        self.present.as_ref()?;
        self.arrange();
        if let Some(film) = view.film {
            self.stand_still(film);
        }
        let present = self.present.as_ref()?;
        let steps = match &self.frozen {
            Some(frozen) => vec![("A: ", frozen), ("now: ", present)],
            None => vec![("", present)],
        };
        let step = |step: &Step| numbers::count(step.sheet().step());
        let when = match &self.frozen {
            Some(frozen) => format!("steps {} (A) and {} (now)", step(frozen), step(present)),
            None => format!("step {}", step(present)),
        };
        let layer = view.link.status().columns.title(present.sheet().layer);
        let title = format!("Matrices of {layer} at {when}, seed {}", present.sheet().seed);
        let panels = figure::panels(&steps, &self.choices, units(view), view.selection.neuron);
        Some(exhibits::exhibit(PaneKind::Matrices, &title, view, panels, 2))
    }
}

impl MatricesPane {
    /// Takes up the newest matrices and the layer that was picked.
    fn update(&mut self, view: &View<'_>) {
        let Some(moment) = &view.moment else {
            self.present = None;
            return;
        };
        let layer = view.selection.layer;
        self.present = Step::new(&moment.snapshot, moment.is_live, layer, self.present.take());
        if let Some(opened) = &mut self.opened {
            if let Some(present) = &self.present {
                opened.show_seed(present.sheet().seed);
            }
            self.frozen = Step::new(&opened.shown, false, layer, self.frozen.take());
        } else if let Some(frozen) = self.frozen.take() {
            let snapshot = Arc::clone(frozen.sheet().snapshot());
            self.frozen = Step::new(&snapshot, false, layer, Some(frozen));
        }
    }

    /// Shows matrices that were read from a file as A, beside those of the run.
    pub fn show_opened(&mut self, name: String, snapshot: Arc<Snapshot>) {
        let shown = Arc::new(Snapshot { seeds: Vec::new(), ..Snapshot::clone(&snapshot) });
        self.frozen = None;
        let mut opened = Opened { name, snapshot, shown };
        opened.show_seed(0);
        self.opened = Some(opened);
    }

    fn freeze(&mut self) {
        let Some(present) = &self.present else { return };
        let snapshot: Arc<Snapshot> = Arc::clone(present.sheet().snapshot());
        self.frozen = Step::new(&snapshot, false, present.sheet().layer, None);
    }

    /// Orders the neurons: by the frozen step while there is one, so that its picture rests.
    fn arrange(&mut self) {
        let Choices { subset, order, .. } = self.choices;
        match (&mut self.frozen, &mut self.present) {
            (Some(frozen), Some(present)) => {
                frozen.arrange(subset, order);
                present.follow(frozen, subset, order);
                let versions = (frozen.version(), present.version());
                if self.between.as_ref().is_none_or(|(of, _)| *of != versions) {
                    self.between = Some((versions, frozen.sheet().cosines_with(present.sheet())));
                }
            }
            (None, Some(present)) => present.arrange(subset, order),
            _ => {}
        }
    }

    /// Keeps neurons where they stood when the animation began: frames whose rows change places cannot be compared.
    fn stand_still(&mut self, film: u64) {
        let (None, Some(present)) = (&self.frozen, &mut self.present) else { return };
        match &self.in_film {
            Some((of, arrangement)) if *of == film => present.stand_as(arrangement),
            _ => self.in_film = Some((film, present.arrangement().clone())),
        }
    }

    fn draw(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(present) = &mut self.present else { return };
        let dark = ui.visuals().dark_mode;
        let mut steps: Vec<&mut Step> = self.frozen.iter_mut().chain([present]).collect();
        let pixels = ui.ctx().pixels_per_point();
        // The range of colours stands above the pictures, whose size it depends on: that of the last frame serves.
        let block = |cells: (usize, usize), plan: &Plan| -> Block {
            let size = plan.pictures.first().map(|picture| picture.size() * pixels).unwrap_or_default();
            (cells_per_pixel(cells.0, size.y), cells_per_pixel(cells.1, size.x))
        };
        let peaks: Vec<_> = steps
            .iter_mut()
            .map(|step| {
                let block = step.block();
                step.reduce(block)
            })
            .collect();
        let sheets: Vec<_> = steps.iter().zip(peaks).map(|(step, peaks)| (step.sheet(), peaks)).collect();
        let (_, range) = self.choices.scale.strongest(&sheets);
        {
            let between = self.between.as_ref().map(|(_, cosines)| cosines);
            let (frozen, present) = match &steps[..] {
                [frozen, present] => (between.map(|between| (&**frozen, between)), &**present),
                [present] => (None, &**present),
                _ => return,
            };
            let picked = view.selection.neuron.map(|neuron| (units(view), neuron));
            readout::draw(ui, present, frozen, picked, &mut self.choices, range);
        }
        let area = ui.available_rect_before_wrap();
        let cells = steps.last().map_or((1, 1), |step| step.cells());
        let looks_at_pictures = stage::is_presenting(ui.ctx()) && !self.choices.shows_scatter;
        let prefers = if looks_at_pictures { Prefers::Pictures } else { Prefers::Both };
        let plan = Plan::new(area, cells, steps.len(), prefers);
        if plan.pictures.is_empty() {
            ui.label(RichText::new("Enlarge this pane to see the matrices.").weak());
            return;
        }
        let block = block(cells, &plan);
        let peaks: Vec<_> = steps.iter_mut().map(|step| step.reduce(block)).collect();
        let sheets: Vec<_> = steps.iter().zip(peaks).map(|(step, peaks)| (step.sheet(), peaks)).collect();
        let (strongest, _) = self.choices.scale.strongest(&sheets);
        for ((step, strongest), name) in steps.iter_mut().zip(strongest).zip(NAMES) {
            step.color(ui.ctx(), name, strongest, dark);
        }
        let single = steps.len() == 1;
        let units = units(view);
        let labelled: Vec<Labelled<'_>> = steps
            .iter()
            .zip(NAMES)
            .map(|(step, name)| Labelled { step, name: if single { "" } else { name }, units })
            .collect();
        if let Some(neuron) = maps::draw(ui, &plan.pictures, &labelled, view.selection.neuron) {
            view.selection.neuron = Some(neuron);
        }
        if let (Some(room), Some(last)) = (plan.scatter, labelled.last()) {
            let frozen = (!single).then(|| labelled[0].step.sheet());
            scatter::draw(ui, room, last.step.sheet(), frozen, &mut self.choices.scatter);
        }
    }
}

/// What rows and columns of the picked layer are.
fn units(view: &View<'_>) -> Units {
    Units::of(&view.link.status().experiment, view.selection.layer)
}

/// Why there is nothing to see, and what to do.
fn nothing(view: &View<'_>, layers: &[usize]) -> String {
    use crate::training::RunState::{Failed, Preparing};
    let layer = view.selection.layer;
    match view.link.status().state {
        Preparing => "The run is being prepared; its matrices appear here as soon as it is.".into(),
        Failed => "This run has stopped and has no matrices. Reset it, or pick another experiment.".into(),
        _ if view.moment.is_some() && !layers.contains(&layer) => {
            format!("Layer {layer} is not measured in this run. Choose one of the layers above.")
        }
        _ if view.link.is_running() => "The matrices appear with the first step.".into(),
        _ => "No matrices yet: press Run or Step.".into(),
    }
}
