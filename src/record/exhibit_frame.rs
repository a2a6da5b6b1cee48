//! An exhibit as it was on the way: frames of a moving picture.

use super::exhibit::{Chart, Exhibit, Heat, Panel};
use super::figure;
use super::film_scales::FilmScales;

/// Name of the axis along which time runs.
const TIME: &str = "step";

impl Exhibit {
    /// Whether curves or rows of it run over steps.
    #[must_use]
    pub fn runs_over_steps(&self) -> bool {
        self.panels.iter().any(is_over_time)
    }

    /// The frame of a step: what runs over steps is that of the whole up to there, so that axes rest while curves grow, and all
    /// else is `then`'s, which was taken at that step, on the scales of all frames. `None` where the two do not have the same
    /// parts.
    #[must_use]
    pub fn frame(&self, step: u64, then: Self, scales: &FilmScales) -> Option<Self> {
        if self.panels.len() != then.panels.len() {
            return None;
        }
        let panels = self.panels.iter().zip(then.panels).enumerate().map(|(place, (whole, then))| {
            if is_over_time(whole) {
                return Some(until(whole, step));
            }
            (std::mem::discriminant(whole) == std::mem::discriminant(&then)).then(|| scales.put(place, then))
        });
        Some(Self { panels: panels.collect::<Option<_>>()?, ..then })
    }

    /// The same of what shows nothing of single steps beside curves: all that does not run over steps rests, though a run that
    /// trains on has other numbers meanwhile. Of `then` are the words above.
    #[must_use]
    pub fn frame_of_curves(&self, step: u64, then: Self) -> Self {
        Self { panels: self.panels.iter().map(|whole| until(whole, step)).collect(), ..then }
    }
}

/// What runs over steps up to one of them; all else as it is.
fn until(panel: &Panel, step: u64) -> Panel {
    match panel {
        Panel::Chart(chart) if is_over_time(panel) => Panel::Chart(chart.until(step as f64)),
        Panel::Heat(heat) if is_over_time(panel) => Panel::Heat(heat.until(step as f64)),
        _ => panel.clone(),
    }
}

/// Whether time runs along its horizontal axis.
pub(super) fn is_over_time(panel: &Panel) -> bool {
    match panel {
        Panel::Chart(chart) => chart.x.label == TIME,
        Panel::Heat(heat) => heat.x.label == TIME,
        _ => false,
    }
}

impl Chart {
    /// Up to a step, on the axes of the whole.
    fn until(&self, step: f64) -> Self {
        let mut chart = self.clone();
        let is_whole = chart.series.iter().flat_map(|series| &series.points).all(|point| point.x <= step)
            && chart.marks.iter().all(|mark| mark.x <= step);
        if is_whole {
            return chart;
        }
        (chart.x.range, chart.y.range) = figure::fitting_ends(self);
        for series in &mut chart.series {
            series.points.retain(|point| point.x <= step);
        }
        // Labels of marks keep their room, or the plot would get lower with each that is reached.
        chart.marks.iter_mut().for_each(|mark| mark.is_ahead = mark.x > step);
        chart
    }
}

impl Heat {
    /// Up to a step; what comes later is blank.
    fn until(&self, step: f64) -> Self {
        let (start, width) = self.x_edges;
        let columns = (0..self.columns).filter(|column| start + width * *column as f64 <= step).count();
        let reached = (columns < self.columns).then_some(columns);
        let marks = self.marks.iter().copied().filter(|mark| *mark <= step).collect();
        Self { reached, marks, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::exhibit::{Axis, Mark, Series, SeriesPoint, SeriesStyle, Table};

    fn whole() -> Exhibit {
        let points = (0..10).map(|x| SeriesPoint { x: f64::from(x), y: f64::from(x * x), ..SeriesPoint::default() });
        let series = vec![Series {
            name: "a".into(),
            color: [0; 3],
            style: SeriesStyle::Line,
            points: points.collect(),
            ..Series::default()
        }];
        let marks = [2.0, 7.0].map(|x| Mark { x, label: "less".into(), is_ahead: false }).to_vec();
        let chart = Chart { x: Axis { label: TIME.into(), ..Axis::default() }, series, marks, ..Chart::default() };
        let table = Table { header: vec!["now".into()], ..Table::default() };
        Exhibit {
            name: "x".into(),
            title: String::new(),
            subtitle: "step 9".into(),
            panels: vec![Panel::Chart(chart), Panel::Table(table)],
            columns: 1,
        }
    }

    #[test]
    fn curves_grow_on_axes_that_rest() {
        let all = whole();
        let then = Exhibit { subtitle: "step 4".into(), ..all.clone() };
        let frame = all.frame(4, then, &FilmScales::default()).expect("the same parts");
        let Panel::Chart(chart) = &frame.panels[0] else { panic!("a chart") };
        assert_eq!(chart.series[0].points.len(), 5);
        assert_eq!(chart.x.range, Some((0.0, 9.0)));
        let (low, high) = chart.y.range.expect("of the whole");
        assert!(low <= 0.0 && high >= 81.0, "{low} to {high}");
        assert_eq!(frame.subtitle, "step 4");
        assert_eq!(chart.marks.iter().map(|mark| mark.is_ahead).collect::<Vec<_>>(), [false, true]);
        let rests = FilmScales::default();
        assert_eq!(all.frame(9, all.clone(), &rests), Some(all.clone()), "the last frame is the still");
        let fewer = Exhibit { panels: all.panels[..1].to_vec(), ..all.clone() };
        assert_eq!(all.frame(4, fewer, &rests), None);
        let later = Exhibit { panels: vec![Panel::Table(Table::default()); 2], ..all.clone() };
        assert_eq!(all.frame_of_curves(9, later), all, "the table of a run that trained on is that of the beginning");
    }
}
