//! Means of the force balance of single neurons over tumbling windows.

/// Sums of the window that goes on, and means of the last one that closed.
#[derive(Clone, Debug)]
pub(super) struct ForceWindow {
    window: u64,
    /// Number of the open window.
    open: Option<u64>,
    rows: u32,
    sums: Vec<[f64; 4]>,
    /// Last step of the window that `means` are of.
    closed: Option<u64>,
    means: Vec<[f32; 4]>,
}

impl ForceWindow {
    pub(super) fn new(neurons: usize, window: u64) -> Self {
        Self {
            window: window.max(1),
            open: None,
            rows: 0,
            sums: vec![[0.0; 4]; neurons],
            closed: None,
            means: vec![[0.0; 4]; neurons],
        }
    }

    pub(super) const fn bytes_of(neurons: usize) -> usize {
        neurons * (size_of::<[f64; 4]>() + size_of::<[f32; 4]>())
    }

    pub(super) fn push(&mut self, step: u64, forces: &[[f32; 4]]) {
        let window = step / self.window;
        if self.open.is_some_and(|open| open != window) {
            // Its last step was not measured.
            self.close();
        }
        self.open = Some(window);
        self.rows += 1;
        for (sums, forces) in self.sums.iter_mut().zip(forces) {
            for (sum, &force) in sums.iter_mut().zip(forces) {
                *sum += f64::from(force);
            }
        }
        if (step + 1).is_multiple_of(self.window) {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open else { return };
        for (means, sums) in self.means.iter_mut().zip(&self.sums) {
            *means = sums.map(|sum| (sum / f64::from(self.rows)) as f32);
        }
        self.closed = Some(open * self.window + (self.window - 1));
        self.clear();
    }

    fn clear(&mut self) {
        self.open = None;
        self.rows = 0;
        self.sums.fill([0.0; 4]);
    }

    /// Forgets the open window if it may hold steps from `step` on, and the means if they do.
    pub(super) fn truncate_from(&mut self, step: u64) {
        self.clear();
        self.closed = self.closed.filter(|&last| last < step);
    }

    pub(super) fn means(&self) -> Option<&[[f32; 4]]> {
        self.closed.map(|_| &self.means[..])
    }
}
