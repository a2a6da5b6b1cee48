//! What each linear map of a network reads: the outputs of another one, the network's inputs, or a mixture of several.

use super::config::Experiment;
use super::model::ModelKind;

/// Where the inputs of a map come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapSource {
    /// The network's inputs; of images their channels, in patches.
    Inputs,
    /// The outputs of that map, counted from 1, through nothing that mixes units: nonlinearity, norm, pooling, dropout. Inputs of
    /// one unit lie together, as many as a patch or an image has of it.
    Layer(usize),
    /// Sums or mixtures: embedded tokens, what attention has gathered, a block with its skip connection.
    Mixed,
}

impl Experiment {
    /// The source of every linear map, in the order of [`Experiment::maps`].
    #[must_use]
    pub fn map_sources(&self) -> Vec<MapSource> {
        let maps = self.maps();
        let follows = |place: usize| match (self.model.kind, maps[place].label.as_str()) {
            (ModelKind::Mlp | ModelKind::Cnn, _) => true,
            (ModelKind::Transformer, label) => {
                label.ends_with("feed_forward_2") || (label.starts_with("head_") && label != "head_1")
            }
            // Between blocks lie sums, but for the first one, which reads the stem.
            (ModelKind::Resnet, label) => {
                place == 1
                    || label.ends_with("_conv2")
                    || label.ends_with("_conv3")
                    || (label.starts_with("fc_") && label != "fc_1")
            }
        };
        let source = |place: usize| match place {
            0 if self.model.kind == ModelKind::Transformer => MapSource::Mixed,
            0 => MapSource::Inputs,
            place if follows(place) => MapSource::Layer(place),
            _ => MapSource::Mixed,
        };
        (0..maps.len()).map(source).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::MapSource::{Inputs, Layer, Mixed};
    use crate::experiment::{PRESETS, resolve};

    #[test]
    fn chains_read_what_is_before_them() {
        let sources = |preset: &str| resolve(preset, &[]).expect("a preset").map_sources();
        assert_eq!(sources("sre"), [Inputs, Layer(1), Layer(2)]);
        assert_eq!(sources("cnn"), [Inputs, Layer(1), Layer(2), Layer(3), Layer(4), Layer(5)]);
        // Query, key, value, projection, two of the feed-forward part; twice, then the head.
        let transformer = sources("sre-transformer");
        let read: Vec<usize> = (0..transformer.len())
            .filter(|place| transformer[*place] == Layer(*place))
            .map(|place| place + 1)
            .collect();
        assert_eq!(read, [6, 12, 14, 15]);
        let resnet = sources("resnet-18");
        assert_eq!(resnet[..5], [Inputs, Layer(1), Layer(2), Mixed, Layer(4)]);
    }

    /// What is said to be read unit by unit has as many inputs as units, or as many times.
    #[test]
    fn inputs_of_a_chain_are_whole_multiples_of_units() {
        for preset in PRESETS {
            let experiment = resolve(preset.name, &[]).expect("presets are valid");
            let maps = experiment.maps();
            for (map, source) in maps.iter().zip(experiment.map_sources()) {
                if let Layer(from) = source {
                    let units = maps[from - 1].outputs;
                    assert_eq!(map.inputs % units, 0, "{}: {} of {units} units", preset.name, map.label);
                }
            }
        }
    }
}
