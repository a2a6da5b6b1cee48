//! What a cell came to.

/// What a cell came to with one seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Values in the order of [`super::Grid::names`]; `None` where undefined.
    pub values: Vec<Option<f64>>,
    /// Steps trained.
    pub steps: u64,
    /// Measured layers that have collapsed.
    pub collapsed: CollapsedLayers,
    /// Whether loss or weights were not finite.
    pub diverged: bool,
}

impl Outcome {
    /// Whether both are the same to the last bit.
    #[must_use]
    pub fn same_bits(&self, other: &Self) -> bool {
        let bits = |values: &[Option<f64>]| values.iter().map(|v| v.map(f64::to_bits)).collect::<Vec<_>>();
        (self.steps, &self.collapsed, self.diverged) == (other.steps, &other.collapsed, other.diverged)
            && bits(&self.values) == bits(&other.values)
    }
}

/// Layers, counted from 1, that end a cell with less than a thousandth of their initial norm, or without a direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CollapsedLayers {
    /// None of those that are measured.
    #[default]
    None,
    /// These, in rising order.
    These(Vec<usize>),
    /// Some, as a journal says that was written before layers were told apart.
    Unsaid,
}

impl CollapsedLayers {
    /// Those, which may be none.
    #[must_use]
    pub fn of(layers: Vec<usize>) -> Self {
        if layers.is_empty() { Self::None } else { Self::These(layers) }
    }

    /// Whether there are any.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::None
    }

    /// Whether one of them is that layer, or may be; of what belongs to no layer, whether there are any.
    #[must_use]
    pub fn has(&self, layer: Option<usize>) -> bool {
        match (self, layer) {
            (Self::None, _) => false,
            (Self::These(layers), Some(layer)) => layers.contains(&layer),
            (Self::These(_), None) | (Self::Unsaid, _) => true,
        }
    }
}
