//! What the pane holds of the neurons: copied out of the trainer's store, and no more often than it can be seen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::app::link::DATA_INTERVAL;
use crate::app::plot::legend::capitalized;
use crate::record::{HeatMap, NeuronReading, NeuronStatistics, NeuronStore};
use crate::training::Slot;

/// Time between two readings of counters and spectrum, whose figures could not be read if they changed faster.
const COUNTER_INTERVAL: Duration = Duration::from_millis(250);

/// What is looked at; a change of it is shown in the same frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Run that the values are of.
    pub run_id: u64,
    /// Layer, counted from 1.
    pub layer: usize,
    /// Learning signal or full update.
    pub reading: NeuronReading,
    /// Neuron that is followed, counted from 0.
    pub followed: Option<usize>,
    /// What a row is: 'neuron', or 'channel' of a convolution.
    pub unit: &'static str,
}

/// The part of time that is looked at; a change of it is taken up at the pace of new data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First step.
    pub from: u64,
    /// Last step.
    pub to: u64,
    /// Bins at most.
    pub bins: usize,
}

/// Values of one layer's neurons.
#[derive(Clone, Debug)]
pub struct Sight {
    /// What they are of.
    pub subject: Subject,
    /// Part of time that was asked for.
    pub span: Span,
    /// Seed of the replica.
    pub seed: u64,
    /// Neurons of the layer; 0 where single neurons are not measured.
    pub neurons: usize,
    /// The newest step.
    pub last_step: Option<u64>,
    /// Cosines, neurons x bins.
    pub map: HeatMap,
    /// Counters of every neuron of the layer.
    pub statistics: Arc<Vec<NeuronStatistics>>,
    /// Learning signal and full update of the followed neuron: step, cosine.
    pub curves: [Vec<(f64, f32)>; 2],
    /// Cycles per step and power density of the followed neuron.
    pub spectrum: Arc<Vec<(f64, f64)>>,
    /// The newest step when counters and spectrum were read.
    pub counted: Option<u64>,
    /// Rises with every reading.
    pub version: u64,
}

/// Counters and spectrum of a moment ago, and the newest step then.
pub struct Kept {
    statistics: Arc<Vec<NeuronStatistics>>,
    spectrum: Arc<Vec<(f64, f64)>>,
    counted: Option<u64>,
}

/// Reads the store when there is something new to see.
#[derive(Default)]
pub struct Reader {
    sight: Option<Arc<Sight>>,
    read: Option<Instant>,
    counted: Option<Instant>,
}

/// What a look at the store gave.
pub struct Look {
    /// Values, of now or of a moment ago.
    pub sight: Arc<Sight>,
    /// Time until there is something newer, if anything is known to have changed.
    pub stale_for: Option<Duration>,
}

impl Reader {
    /// The values at `now`. The store's lock is held only while values are copied.
    pub fn look(&mut self, neurons: &Slot<NeuronStore>, subject: Subject, span: Span, now: Instant) -> Look {
        if let (Some(sight), Some(read)) = (&self.sight, self.read)
            && sight.subject == subject
            && let Some(rest) = DATA_INTERVAL.checked_sub(now.saturating_duration_since(read)).filter(|d| !d.is_zero())
        {
            // Whether the store has anything new is not asked before it could be shown.
            let stale_for = (sight.span != span || sight.counted != sight.last_step).then_some(rest);
            return Look { sight: Arc::clone(sight), stale_for };
        }
        let store = neurons.lock();
        let unchanged = self.sight.as_ref().filter(|sight| {
            let same = sight.subject == subject && sight.span == span;
            same && sight.last_step == store.last_step() && sight.counted == sight.last_step
        });
        if let Some(sight) = unchanged {
            return Look { sight: Arc::clone(sight), stale_for: None };
        }
        let before = self.sight.take();
        let counters = before.as_ref().filter(|sight| {
            let recent = self.counted.is_some_and(|at| now.saturating_duration_since(at) < COUNTER_INTERVAL);
            recent && sight.subject == subject && sight.last_step <= store.last_step()
        });
        let kept = counters.map(|sight| Kept {
            statistics: Arc::clone(&sight.statistics),
            spectrum: Arc::clone(&sight.spectrum),
            counted: sight.counted,
        });
        // Figures that stand behind the curves are caught up with even if the run rests from here on.
        let stale_for = kept.is_some().then_some(COUNTER_INTERVAL);
        if kept.is_none() {
            self.counted = Some(now);
        }
        let mut sight = Sight::read(&store, subject, span, kept);
        drop(store);
        sight.version = before.map_or(0, |sight| sight.version.wrapping_add(1));
        let sight = Arc::new(sight);
        self.sight = Some(Arc::clone(&sight));
        self.read = Some(now);
        Look { sight, stale_for }
    }
}

impl Sight {
    /// What a neuron of the layer is called.
    pub fn name(&self, neuron: usize) -> String {
        format!("{} {}", capitalized(self.subject.unit), super::map::name(neuron))
    }

    /// Copies what is wanted; counters and spectrum that are `kept` are not read again.
    pub fn read(store: &NeuronStore, subject: Subject, span: Span, kept: Option<Kept>) -> Self {
        let Subject { layer, reading, followed, .. } = subject;
        let Span { from, to, bins } = span;
        let neurons = store.layers().iter().find(|(l, _)| *l == layer).map_or(0, |(_, neurons)| *neurons);
        let curve =
            |reading| followed.map(|neuron| store.curve(layer, neuron, reading, from, to, bins)).unwrap_or_default();
        let Kept { statistics, spectrum, counted } = kept.unwrap_or_else(|| {
            let statistics = (0..neurons).filter_map(|neuron| store.statistics(layer, neuron, reading)).collect();
            let spectrum = followed.map(|neuron| store.spectrum(layer, neuron, reading)).unwrap_or_default();
            Kept { statistics: Arc::new(statistics), spectrum: Arc::new(spectrum), counted: store.last_step() }
        });
        Self {
            subject,
            span,
            seed: store.seed(),
            neurons,
            last_step: store.last_step(),
            map: store.heat(layer, reading, from, to, bins),
            statistics,
            curves: [curve(NeuronReading::Signal), curve(NeuronReading::Full)],
            spectrum,
            counted,
            version: 0,
        }
    }
}
