//! Figures in the looks that were chosen, with the window's colours of the same ground.

use eframe::egui::Theme;

use super::exhibits::rgb;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::record::{Drawn, Exhibit, FigureLook, Panel, RecordError, Series};

/// Layers and runs that have colours of their own.
const COLORS: usize = 8;

/// An exhibit, laid out; on a dark ground, curves have the colours that they have in a dark window.
///
/// # Errors
/// As [`Exhibit::drawn`].
pub fn drawn(exhibit: &Exhibit, look: &FigureLook) -> Result<Drawn, RecordError> {
    let mut dark = spoken(exhibit);
    if !look.is_dark {
        return dark.drawn(look);
    }
    let each = |all: &mut Vec<Series>| all.iter_mut().for_each(|series| series.color = in_the_dark(series.color));
    for panel in &mut dark.panels {
        match panel {
            Panel::Chart(chart) => each(&mut chart.series),
            Panel::Groups(groups) => each(&mut groups.series),
            Panel::Bars(bars) => bars.series.iter_mut().for_each(|one| one.color = in_the_dark(one.color)),
            Panel::Places(places) => {
                { places.rings.iter_mut().flat_map(|ring| &mut ring.color) }
                    .for_each(|color| *color = in_the_dark(*color));
            }
            Panel::Map(map) => map.lines.iter_mut().for_each(|line| line.color = in_the_dark(line.color)),
            _ => {}
        }
    }
    dark.drawn(look)
}

/// An exhibit in the words of the vocabulary that this thread speaks.
#[must_use]
pub fn spoken(exhibit: &Exhibit) -> Exhibit {
    exhibit.in_words(&|text| words::plain(&words::say(text)).into_owned())
}

/// What the dark window has in the place of a colour of the light one; others are as they are.
fn in_the_dark(color: [u8; 3]) -> [u8; 3] {
    let (light, dark) = (Palette::of(Theme::Light), Palette::of(Theme::Dark));
    let layers = (1..=COLORS).map(|layer| (light.layer(layer), dark.layer(layer)));
    let runs = (0..COLORS).map(|place| (light.run(place), dark.run(place)));
    let others = [
        (light.training, dark.training),
        (light.validation, dark.validation),
        (light.warning, dark.warning),
        (light.zero, dark.zero),
        (light.mark, dark.mark),
    ];
    let mut pairs = layers.chain(runs).chain(others);
    pairs.find(|(light, _)| rgb(*light) == color).map_or(color, |(_, dark)| rgb(dark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::look::words::Vocabulary;
    use crate::experiment::resolve;
    use crate::sweep::{Beside, Grid, Seen, plane_exhibit, seen_exhibit};

    #[test]
    fn a_grid_s_figure_keeps_the_words_of_a_person() {
        let settings = [
            "name=my weight decay",
            "rule.kind=custom",
            "rule.signal=epoch * delta * pre",
            "rule.parameters.epoch=1",
            "model.bias=false",
            "sweep.x=regularizer.weight_decay",
            "sweep.x_from=1e-3",
            "sweep.x_to=1e-2",
            "sweep.x_points=2",
            "sweep.y=rule.parameters.epoch",
            "sweep.y_from=0.5",
            "sweep.y_to=1",
            "sweep.y_points=2",
        ];
        let grid = |more: &[&str]| {
            let settings: Vec<String> = settings.iter().chain(more).map(|one| (*one).to_owned()).collect();
            Grid::new(&resolve("sre", &settings).expect("the preset takes these")).expect("a grid")
        };
        let seen = Seen {
            layer: 2,
            column: "signal_2".into(),
            title: "Learning signal, layer 2".into(),
            label: "cosine of the learning signal".into(),
            is_cosine: true,
            is_logarithmic: false,
            beside: Beside::Across(0),
        };
        let value = [Some(0.5); 16];
        let texts = |grid: &Grid| {
            let all = std::cell::RefCell::new(Vec::new());
            let exhibit = seen_exhibit(grid, &seen, "2 of 4 runs", &|_| Some((&value[..grid.names().len()], true)));
            Vocabulary::Neuroscience.speak();
            let _ = spoken(&exhibit).in_words(&|text| {
                all.borrow_mut().push(text.to_owned());
                text.to_owned()
            });
            Vocabulary::MachineLearning.speak();
            all.into_inner()
        };
        let of_numbers = texts(&grid(&[]));
        for wanted in [
            "my weight decay: epoch against Synaptic homeostasis γ, area 2",
            "Teaching signal, area 2",
            "epoch",
            "epoch = 0.5",
            "Cut along Synaptic homeostasis γ",
        ] {
            assert!(of_numbers.iter().any(|text| text == wanted), "no '{wanted}' in {of_numbers:?}");
        }
        let of_texts = texts(&grid(&["sweep.y=rule.signal", "sweep.y_values=['epoch * delta * pre', 'delta * pre']"]));
        assert!(of_texts.iter().any(|text| text == "epoch * delta * pre"), "{of_texts:?}");
        // What leaves without the window has no marks.
        let plain = plane_exhibit(&grid(&[]), 2, "", &|_| Some((&value[..], true)));
        assert_eq!(plain.title, "my weight decay: epoch against Weight decay γ, layer 2");
    }

    #[test]
    fn layers_have_the_colours_of_the_dark_window() {
        let (light, dark) = (Palette::of(Theme::Light), Palette::of(Theme::Dark));
        for layer in 1..=COLORS {
            assert_eq!(in_the_dark(rgb(light.layer(layer))), rgb(dark.layer(layer)));
        }
        assert_eq!(in_the_dark([1, 2, 3]), [1, 2, 3]);
    }
}
