//! A step as the pane shows it: its matrices, the order of their neurons, their pictures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eframe::egui::{Context, TextureHandle};

use super::ordering::{Arrangement, MatrixOrder, Subset};
use super::picture::{Block, Reduced};
use super::plates::Plates;
use super::quantity::MatrixQuantity;
use super::sheet::Sheet;
use crate::record::Snapshot;

/// Tells what is shown from what was shown before.
static VERSIONS: AtomicU64 = AtomicU64::new(1);

fn next_version() -> u64 {
    VERSIONS.fetch_add(1, Ordering::Relaxed)
}

/// One step.
pub struct Step {
    sheet: Sheet,
    /// Whether it is the run's newest step rather than one looked back at.
    is_live: bool,
    arrangement: Arrangement,
    /// What the arrangement was made for; absent where it was taken over from another step.
    arranged: Option<(Subset, MatrixOrder)>,
    version: u64,
    block: Block,
    plates: Plates,
}

impl Step {
    /// A step of `layer`, counted from 1; textures of `old` are used again. `None` where the layer was not measured.
    #[must_use]
    pub fn new(snapshot: &Arc<Snapshot>, is_live: bool, layer: usize, old: Option<Self>) -> Option<Self> {
        let (mut plates, block) = match old {
            Some(old) if old.sheet.is_of(snapshot, layer) => return Some(Self { is_live, ..old }),
            Some(old) => (old.plates, old.block),
            None => (Plates::default(), (1, 1)),
        };
        plates.forget();
        let sheet = Sheet::new(snapshot, layer)?;
        let arrangement = Arrangement::default();
        Some(Self { sheet, is_live, arrangement, arranged: None, version: next_version(), block, plates })
    }

    /// Orders the neurons by this step's Hebbian update.
    pub fn arrange(&mut self, subset: Subset, order: MatrixOrder) {
        if self.arranged != Some((subset, order)) {
            let arrangement = Arrangement::new(&self.sheet.matrices().hebbian, subset, order);
            self.arranged = Some((subset, order));
            self.take(arrangement);
        }
    }

    /// Orders the neurons as another step does, if it has the same neurons.
    pub fn follow(&mut self, leader: &Self, subset: Subset, order: MatrixOrder) {
        if leader.sheet.shape() == self.sheet.shape() {
            self.arranged = None;
            if self.arrangement != leader.arrangement {
                self.take(leader.arrangement.clone());
            }
        } else {
            self.arrange(subset, order);
        }
    }

    /// Shows neurons as they stood in another step, if it has the same ones.
    pub fn stand_as(&mut self, arrangement: &Arrangement) {
        let (rows, columns) = self.sheet.shape();
        let fits = |neurons: &[usize], count: usize| neurons.iter().all(|neuron| *neuron < count);
        if fits(&arrangement.rows, rows) && fits(&arrangement.columns, columns) && self.arrangement != *arrangement {
            self.arranged = None;
            self.take(arrangement.clone());
        }
    }

    fn take(&mut self, arrangement: Arrangement) {
        self.arrangement = arrangement;
        self.version = next_version();
    }

    /// Averages over blocks; returns the greatest magnitudes, in the order of [`Quantity::ALL`].
    pub fn reduce(&mut self, block: Block) -> [f32; 4] {
        self.block = block;
        self.plates.reduce(self.version, &self.sheet, &self.arrangement, block).each_ref().map(|reduced| reduced.peak)
    }

    /// Colours what was averaged.
    pub fn color(&mut self, ctx: &Context, name: &str, strongest: [f32; 4], dark: bool) {
        self.plates.color(ctx, name, strongest, dark);
    }

    /// What is known about it.
    #[must_use]
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// Whether it is the run's newest step.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// Neurons in the order shown.
    #[must_use]
    pub fn arrangement(&self) -> &Arrangement {
        &self.arrangement
    }

    /// Neurons shown, down and across.
    #[must_use]
    pub fn cells(&self) -> (usize, usize) {
        (self.arrangement.rows.len(), self.arrangement.columns.len())
    }

    /// Cells that share a pixel, down and across.
    #[must_use]
    pub fn block(&self) -> Block {
        self.block
    }

    /// Changes whenever the matrices or their order do.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// A matrix's texture.
    #[must_use]
    pub fn texture(&self, quantity: MatrixQuantity) -> Option<&TextureHandle> {
        self.plates.texture(quantity)
    }

    /// The matrices as averaged.
    #[must_use]
    pub fn reduced(&self) -> Option<&[Reduced; 4]> {
        self.plates.reduced()
    }

    /// Numbers, counted from 1, of the first and last neuron down and across.
    #[must_use]
    pub fn ends(&self) -> ((String, String), (String, String)) {
        let ends = |neurons: &[usize]| {
            let number = |neuron: Option<&usize>| neuron.map_or_else(String::new, |neuron| (neuron + 1).to_string());
            (number(neurons.first()), number(neurons.last()))
        };
        (ends(&self.arrangement.rows), ends(&self.arrangement.columns))
    }
}
