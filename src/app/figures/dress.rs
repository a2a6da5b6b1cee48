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

    #[test]
    fn layers_have_the_colours_of_the_dark_window() {
        let (light, dark) = (Palette::of(Theme::Light), Palette::of(Theme::Dark));
        for layer in 1..=COLORS {
            assert_eq!(in_the_dark(rgb(light.layer(layer))), rgb(dark.layer(layer)));
        }
        assert_eq!(in_the_dark([1, 2, 3]), [1, 2, 3]);
    }
}
