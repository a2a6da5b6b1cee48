//! Scales that all frames of a moving picture share, so that one can be compared with the next.

use std::collections::BTreeMap;

use super::exhibit::{Axis, Exhibit, MapColors, Panel, Series, SeriesStyle};
use super::exhibit_frame::is_over_time;
use super::exhibit_network::NetworkDrawing;
use super::figure;
use super::figure::Ends;

/// Said beside colours that mean the same in every frame, where each by itself would have others.
const OF_ALL: &str = "same in all frames";

/// What each part of an exhibit is drawn by, over all frames that were [taken](Self::take): ends of axes, the strongest
/// colours, the thickest lines. What runs over steps has its own, of the whole ([`Exhibit::frame`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilmScales {
    parts: Vec<PartScale>,
}

/// What one part is drawn by.
#[derive(Clone, Debug, PartialEq)]
enum PartScale {
    /// Nothing that differs between frames.
    Fixed,
    /// Strongest colours.
    Colors { colors: MapColors, differ: bool },
    /// Axes that fit what they show.
    Axes { x: Ends, y: Ends },
    /// The greatest |w| between two columns of neurons, by which lines are thick.
    Weights(BTreeMap<(usize, usize), f32>),
}

impl FilmScales {
    /// Whether frames like this one have scales of their own, so that all have to be seen before the first is drawn.
    #[must_use]
    pub fn are_needed_by(frame: &Exhibit) -> bool {
        frame.panels.iter().any(|panel| PartScale::of(panel) != PartScale::Fixed)
    }

    /// Makes room for a frame.
    pub fn take(&mut self, frame: &Exhibit) {
        let own = frame.panels.iter().map(PartScale::of);
        if self.parts.is_empty() {
            self.parts = own.collect();
        } else {
            self.parts.iter_mut().zip(own).for_each(|(scale, own)| scale.widen(own));
        }
    }

    /// A part of a frame, by its place, on the scales of all.
    #[must_use]
    pub(super) fn put(&self, place: usize, mut panel: Panel) -> Panel {
        match (self.parts.get(place), &mut panel) {
            (Some(PartScale::Colors { colors, differ }), Panel::Heat(heat)) => {
                if let MapColors::Diverging(range) = colors {
                    heat.range = *range;
                }
                heat.color_label = said(&heat.color_label, *differ);
            }
            (Some(PartScale::Colors { colors, differ }), Panel::Map(map)) => {
                map.colors = *colors;
                map.color_label = said(&map.color_label, *differ);
            }
            (Some(PartScale::Axes { x, y }), Panel::Chart(chart)) => {
                let before = figure::fitting_ends(chart).0;
                (chart.x.range, chart.y.range) = (*x, *y);
                if let (Some(from), Some(to)) = (before, *x) {
                    chart.series.iter_mut().for_each(|series| reach_on(series, from, to));
                }
            }
            (Some(PartScale::Axes { y, .. }), Panel::Bars(bars)) => bars.y.range = *y,
            (Some(PartScale::Axes { y, .. }), Panel::Groups(groups)) => groups.y.range = *y,
            (Some(PartScale::Weights(greatest)), Panel::Network(network)) => {
                for line in &mut network.connections {
                    if let Some(&greatest) = greatest.get(&(line.from.0, line.to.0)) {
                        line.share = (line.weight.abs() / greatest).min(1.0);
                    }
                }
            }
            _ => {}
        }
        panel
    }
}

impl PartScale {
    fn of(panel: &Panel) -> Self {
        let of_axis = |axis: &Axis, fitting: Ends| Self::Axes { x: None, y: axis.range.or(fitting) };
        match panel {
            _ if is_over_time(panel) => Self::Fixed,
            Panel::Chart(chart) => {
                let (x, y) = figure::fitting_ends(chart);
                Self::Axes { x, y }
            }
            Panel::Heat(heat) => Self::Colors { colors: MapColors::Diverging(heat.range), differ: false },
            Panel::Map(map) => Self::Colors { colors: map.colors, differ: false },
            Panel::Bars(bars) => of_axis(&bars.y, figure::fitting_bars(bars)),
            Panel::Groups(groups) => of_axis(&groups.y, figure::fitting_groups(groups)),
            Panel::Network(network) => Self::Weights(greatest_weights(network)),
            // The plane of a run has axes and colours that are the same at any time.
            Panel::Places(_) | Panel::Table(_) => Self::Fixed,
        }
    }

    fn widen(&mut self, other: Self) {
        match (self, other) {
            (Self::Colors { colors, differ }, Self::Colors { colors: own, .. }) => {
                *differ |= *colors != own;
                *colors = wider(*colors, own);
            }
            (Self::Axes { x, y }, Self::Axes { x: own_x, y: own_y }) => {
                (*x, *y) = (around(*x, own_x), around(*y, own_y));
            }
            (Self::Weights(all), Self::Weights(own)) => {
                for (between, weight) in own {
                    let greatest = all.entry(between).or_default();
                    *greatest = greatest.max(weight);
                }
            }
            _ => {}
        }
    }
}

fn said(label: &str, differ: bool) -> String {
    match (differ, label.is_empty()) {
        (false, _) => label.to_owned(),
        (true, true) => OF_ALL.to_owned(),
        (true, false) => format!("{label}, {OF_ALL}"),
    }
}

fn wider(one: MapColors, other: MapColors) -> MapColors {
    use MapColors::{Diverging, Sequential};
    match (one, other) {
        (Diverging(one), Diverging(other)) => Diverging(one.max(other)),
        (Sequential { low, high, logarithmic }, Sequential { low: own_low, high: own_high, .. }) => {
            Sequential { low: low.min(own_low), high: high.max(own_high), logarithmic }
        }
        _ => one,
    }
}

fn around(one: Ends, other: Ends) -> Ends {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        _ => one.or(other),
    }
}

/// A straight line that went from one end of the axis to the other still does.
fn reach_on(series: &mut Series, from: (f64, f64), to: (f64, f64)) {
    let [a, b] = series.points[..] else { return };
    if series.style == SeriesStyle::Points || (a.x, b.x) != from || a.x == b.x {
        return;
    }
    let slope = (b.y - a.y) / (b.x - a.x);
    for (point, x) in series.points.iter_mut().zip([to.0, to.1]) {
        (point.x, point.y) = (x, a.y + slope * (x - a.x));
    }
}

/// What a connection's share of thickness is a share of, between each two columns.
fn greatest_weights(network: &NetworkDrawing) -> BTreeMap<(usize, usize), f32> {
    let mut greatest = BTreeMap::new();
    for line in network.connections.iter().filter(|line| line.share > 0.0) {
        let of = line.weight.abs() / line.share;
        let known: &mut f32 = greatest.entry((line.from.0, line.to.0)).or_default();
        *known = known.max(of);
    }
    greatest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::exhibit::{BarSeries, Bars, Chart, Heat, SeriesPoint, Table};
    use crate::record::exhibit_network::Connection;

    fn point(x: f64, y: f64) -> SeriesPoint {
        SeriesPoint { x, y, ..SeriesPoint::default() }
    }

    /// A frame whose values are this large, with a part of each kind that has a scale.
    fn frame(size: f32) -> Exhibit {
        let reach = f64::from(size);
        let heat = Heat {
            rows: 1,
            columns: 2,
            values: vec![size, -size],
            range: size,
            color_label: "g / ‖g‖".into(),
            ..Heat::default()
        };
        let line = Series { points: vec![point(-reach, -reach), point(reach, reach)], ..Series::default() };
        let cloud = Series { style: SeriesStyle::Points, points: vec![point(0.5 * reach, reach)], ..Series::default() };
        let axis = Axis { range: Some((-reach, reach)), ..Axis::default() };
        let scatter = Chart { x: axis.clone(), y: axis, series: vec![line, cloud], ..Chart::default() };
        let one = BarSeries { values: vec![reach, -reach], ..BarSeries::default() };
        let bars = Bars { groups: vec!["a".into(), "b".into()], series: vec![one], ..Bars::default() };
        let line = Connection { from: (0, 0), to: (1, 0), weight: -size, share: 1.0, ..Connection::default() };
        let network = NetworkDrawing { connections: vec![line], ..NetworkDrawing::default() };
        Exhibit {
            name: "x".into(),
            title: String::new(),
            subtitle: String::new(),
            panels: vec![
                Panel::Heat(heat),
                Panel::Chart(scatter),
                Panel::Bars(bars),
                Panel::Network(network),
                Panel::Table(Table::default()),
            ],
            columns: 1,
        }
    }

    #[test]
    fn all_frames_have_the_scales_of_the_largest_of_each() {
        let sizes = [1.0, 4.0, 2.0];
        let mut scales = FilmScales::default();
        sizes.iter().for_each(|size| scales.take(&frame(*size)));
        for size in sizes {
            let whole = frame(2.0);
            let shown = whole.frame(0, frame(size), &scales).expect("the same parts");
            let [Panel::Heat(heat), Panel::Chart(chart), Panel::Bars(bars), Panel::Network(network), _] =
                &shown.panels[..]
            else {
                panic!("{shown:?}")
            };
            assert_eq!((heat.range, heat.values[0]), (4.0, size), "colours are of all, values of the frame");
            assert_eq!(heat.color_label, "g / ‖g‖, same in all frames");
            assert_eq!((chart.x.range, chart.y.range), (Some((-4.0, 4.0)), Some((-4.0, 4.0))));
            assert_eq!(chart.series[0].points, [point(-4.0, -4.0), point(4.0, 4.0)], "through the whole plot");
            assert_eq!(chart.series[1].points, [point(0.5 * f64::from(size), f64::from(size))]);
            // The largest bars, of 4, with the margin that a figure leaves beyond both of them.
            assert_eq!(bars.y.range, Some((-4.48, 4.48)));
            assert_eq!(network.connections[0].share, size / 4.0);
        }
    }

    #[test]
    fn what_is_the_same_anyway_is_not_said() {
        let mut scales = FilmScales::default();
        (0..2).for_each(|_| scales.take(&frame(3.0)));
        assert_eq!(
            frame(3.0).frame(0, frame(3.0), &scales).map(|shown| shown.panels[0].clone()),
            Some(frame(3.0).panels[0].clone())
        );
        assert!(FilmScales::are_needed_by(&frame(3.0)));
        let table = Exhibit { panels: vec![Panel::Table(Table::default())], ..frame(3.0) };
        assert!(!FilmScales::are_needed_by(&table));
    }
}
