//! Which columns of units a network has, and which of them are connected.

use crate::app::plot::legend::capitalized;
use crate::experiment::{Experiment, MapKind, MapShape, MapSource};

/// Columns and connections of what is measured of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anatomy {
    /// In forward order.
    pub columns: Vec<Column>,
    /// Measured maps whose inputs are the units of a column.
    pub links: Vec<Link>,
}

/// Units beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// 'Layer 2', 'Inputs'.
    pub title: String,
    /// What a unit is.
    pub unit: &'static str,
    /// How many.
    pub units: usize,
    /// The layer whose neurons they are, counted from 1; `None` of inputs.
    pub layer: Option<usize>,
    /// Its place among the matrices; `None` where the layer is not measured.
    pub place: Option<usize>,
}

/// A map between two columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its place among the matrices.
    pub place: usize,
    /// Column of the pre-synaptic units.
    pub from: usize,
    /// Column of the post-synaptic units.
    pub to: usize,
    /// Weights between two units: 1, or a kernel's or an image's.
    pub group: usize,
}

impl Anatomy {
    /// Of an experiment's network, of which these layers, counted from 1, are measured.
    #[must_use]
    pub fn new(experiment: &Experiment, layers: &[usize]) -> Self {
        let (maps, sources) = (experiment.maps(), experiment.map_sources());
        let mut anatomy = Self::default();
        let mut column_of = vec![None; maps.len()];
        for (place, &layer) in layers.iter().enumerate() {
            let (Some(map), Some(&source)) = (layer.checked_sub(1).and_then(|at| maps.get(at)), sources.get(layer - 1))
            else {
                continue;
            };
            let from = match source {
                MapSource::Inputs => Some(anatomy.add(inputs(map))),
                // A layer that is not measured is there without its cosines.
                MapSource::Layer(from) => {
                    Some(*column_of[from - 1].get_or_insert_with(|| anatomy.add(outputs(&maps[from - 1], from, None))))
                }
                MapSource::Mixed => None,
            };
            let to = anatomy.add(outputs(map, layer, Some(place)));
            column_of[layer - 1] = Some(to);
            if let Some(from) = from {
                let units = anatomy.columns[from].units.max(1);
                let group = map.inputs / units;
                if group > 0 && map.inputs.is_multiple_of(units) {
                    anatomy.links.push(Link { place, from, to, group });
                }
            }
        }
        anatomy
    }

    fn add(&mut self, column: Column) -> usize {
        self.columns.push(column);
        self.columns.len() - 1
    }
}

fn inputs(map: &MapShape) -> Column {
    let (title, unit, units) = match map.kind {
        MapKind::Convolution(windows) => ("Image".to_owned(), "channel", windows.channels),
        MapKind::Linear | MapKind::Token => ("Inputs".to_owned(), "input", map.inputs),
    };
    Column { title, unit, units, layer: None, place: None }
}

fn outputs(map: &MapShape, layer: usize, place: Option<usize>) -> Column {
    let unit = if matches!(map.kind, MapKind::Convolution(_)) { "channel" } else { "neuron" };
    Column { title: capitalized(&map.title()), unit, units: map.outputs, layer: Some(layer), place }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::resolve;

    fn of(preset: &str) -> Anatomy {
        let experiment = resolve(preset, &[]).expect("a preset");
        Anatomy::new(&experiment, &experiment.measured_layers())
    }

    #[test]
    fn a_perceptron_is_a_chain() {
        let anatomy = of("sre");
        let titles: Vec<_> = anatomy.columns.iter().map(|column| (column.title.as_str(), column.units)).collect();
        assert_eq!(titles, [("Inputs", 32), ("Layer 1", 128), ("Layer 2", 128), ("Layer 3", 32)]);
        let links: Vec<_> = anatomy.links.iter().map(|link| (link.from, link.to, link.group)).collect();
        assert_eq!(links, [(0, 1, 1), (1, 2, 1), (2, 3, 1)]);
    }

    #[test]
    fn units_of_a_convolution_are_channels() {
        let anatomy = of("cnn");
        assert_eq!((anatomy.columns[0].units, anatomy.columns[1].unit), (3, "channel"));
        // Kernels of 5 x 5 or the like, then an image of each channel.
        assert!(anatomy.links.iter().all(|link| link.from + 1 == link.to));
        assert!(anatomy.links[0].group > 1 && anatomy.links[3].group > 1 && anatomy.links[4].group == 1);
    }

    #[test]
    fn what_is_no_chain_is_not_connected() {
        let anatomy = of("sre-transformer");
        assert_eq!(anatomy.columns.len(), 15, "no column of inputs: tokens are embedded");
        let connected: Vec<_> = anatomy.links.iter().map(|link| anatomy.columns[link.to].title.as_str()).collect();
        assert_eq!(connected, ["Encoder 1 feed forward 2", "Encoder 2 feed forward 2", "Head 2", "Head 3"]);
    }

    #[test]
    fn a_layer_that_is_not_measured_is_there_without_numbers() {
        let experiment = resolve("sre", &["measure.layers=[3]".to_owned()]).expect("valid");
        let anatomy = Anatomy::new(&experiment, &[3]);
        assert_eq!(
            anatomy.columns.iter().map(|c| (c.layer, c.place)).collect::<Vec<_>>(),
            [(Some(2), None), (Some(3), Some(0))]
        );
        assert_eq!(anatomy.links, [Link { place: 0, from: 0, to: 1, group: 1 }]);
    }
}
