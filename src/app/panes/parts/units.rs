//! What rows and columns of a layer's matrices are: neurons, or the channels and kernels of a convolution.

use crate::experiment::{Experiment, MapKind};

/// The units of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Edge of a convolution's windows; `None` of a map of whole vectors.
    kernel: Option<usize>,
}

impl Units {
    /// Those of a layer, counted from 1.
    #[must_use]
    pub fn of(experiment: &Experiment, layer: usize) -> Self {
        let map = layer.checked_sub(1).and_then(|place| experiment.maps().into_iter().nth(place));
        let kernel = map.and_then(|map| match map.kind {
            MapKind::Convolution(windows) => Some(windows.kernel),
            MapKind::Linear | MapKind::Token => None,
        });
        Self { kernel }
    }

    /// What has a row of its own.
    #[must_use]
    pub fn row(self) -> &'static str {
        if self.kernel.is_some() { "channel" } else { "neuron" }
    }

    /// What stands below each other.
    #[must_use]
    pub fn down(self) -> &'static str {
        if self.kernel.is_some() { "output channel" } else { "post-synaptic neuron" }
    }

    /// What stands side by side: of a convolution all rows and columns of a kernel, input channel after input channel.
    #[must_use]
    pub fn across(self) -> &'static str {
        match self.kernel {
            None => "pre-synaptic neuron",
            Some(1) => "input channel",
            Some(_) => "input channel × row × column",
        }
    }

    /// Names for what stands side by side, the longest first, for whatever room there is.
    #[must_use]
    pub fn names_across(self) -> [&'static str; 3] {
        match self.kernel {
            None => [self.across(), "pre-synaptic", "pre"],
            Some(1) => [self.across(), "inputs", "in"],
            Some(_) => [self.across(), "kernels", "in"],
        }
    }

    /// The same for what stands below each other.
    #[must_use]
    pub fn names_down(self) -> [&'static str; 3] {
        if self.kernel.is_some() { [self.down(), "outputs", "out"] } else { [self.down(), "post-synaptic", "post"] }
    }

    /// A column of the matrix, counted from 0, in words.
    #[must_use]
    pub fn column(self, column: usize) -> String {
        match self.kernel {
            None => format!("pre-synaptic neuron {}", column + 1),
            Some(0 | 1) => format!("input channel {}", column + 1),
            Some(kernel) => {
                let (channel, at) = (column / (kernel * kernel), column % (kernel * kernel));
                let (row, column) = (at / kernel + 1, at % kernel + 1);
                format!("input channel {}, row {row} and column {column} of its kernel", channel + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::resolve;

    #[test]
    fn columns_of_a_convolution_are_the_places_of_its_kernels() {
        let experiment = resolve("cnn", &[]).expect("a preset");
        let units = Units::of(&experiment, 2);
        assert_eq!((units.row(), units.across()), ("channel", "input channel × row × column"));
        // As PyTorch flattens (channels, kernel, kernel).
        assert_eq!(units.column(0), "input channel 1, row 1 and column 1 of its kernel");
        assert_eq!(units.column(9 + 5), "input channel 2, row 2 and column 3 of its kernel");
        let behind = Units::of(&experiment, 4);
        assert_eq!((behind.row(), behind.column(14)), ("neuron", "pre-synaptic neuron 15".to_owned()));
    }

    #[test]
    fn a_layer_that_is_not_there_has_neurons() {
        assert_eq!(Units::of(&Experiment::default(), 0), Units::of(&Experiment::default(), 99));
    }
}
