//! An exhibit as it was on the way: frames of a moving picture.

use super::exhibit::{AxisScale, Chart, Exhibit, Heat, Panel};

/// Name of the axis along which time runs.
const TIME: &str = "step";

impl Exhibit {
    /// Whether curves or rows of it run over steps.
    #[must_use]
    pub fn runs_over_steps(&self) -> bool {
        self.panels.iter().any(is_over_time)
    }

    /// The frame of a step: what runs over steps is that of the whole up to there, so that axes rest while curves grow, and all
    /// else is `then`'s, which was taken at that step. `None` where the two do not have the same parts.
    #[must_use]
    pub fn frame(&self, step: u64, then: Self) -> Option<Self> {
        if self.panels.len() != then.panels.len() {
            return None;
        }
        let panels = self.panels.iter().zip(then.panels).map(|(whole, then)| match whole {
            Panel::Chart(chart) if is_over_time(whole) => Some(Panel::Chart(chart.until(step as f64))),
            Panel::Heat(heat) if is_over_time(whole) => Some(Panel::Heat(heat.until(step as f64))),
            _ => (std::mem::discriminant(whole) == std::mem::discriminant(&then)).then_some(then),
        });
        Some(Self { panels: panels.collect::<Option<_>>()?, ..then })
    }
}

fn is_over_time(panel: &Panel) -> bool {
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
        chart.x.range = chart.x.range.or_else(|| {
            self.reach(
                |chart| chart.series.iter().flat_map(|series| series.points.iter().map(|point| point.x)).collect(),
                chart.x.scale,
                0.0,
            )
        });
        chart.y.range = chart.y.range.or_else(|| {
            self.reach(
                |chart| {
                    let points = chart.series.iter().flat_map(|series| &series.points);
                    let values = points.flat_map(|point| [Some(point.y), point.low, point.high].into_iter().flatten());
                    values.chain(chart.zero_line.then_some(0.0)).collect()
                },
                chart.y.scale,
                super::figure::MARGIN_OF_HEIGHTS,
            )
        });
        for series in &mut chart.series {
            series.points.retain(|point| point.x <= step);
        }
        chart.marks.retain(|mark| mark.x <= step);
        chart
    }

    /// The ends of an axis that fits all values.
    fn reach(&self, values: impl Fn(&Self) -> Vec<f64>, scale: AxisScale, margin: f64) -> Option<(f64, f64)> {
        super::figure::fitting_range(scale, values(self), margin)
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
    use crate::record::exhibit::{Axis, Series, SeriesPoint, SeriesStyle, Table};

    fn whole() -> Exhibit {
        let points = (0..10).map(|x| SeriesPoint { x: f64::from(x), y: f64::from(x * x), ..SeriesPoint::default() });
        let series = vec![Series {
            name: "a".into(),
            color: [0; 3],
            style: SeriesStyle::Line,
            points: points.collect(),
            ..Series::default()
        }];
        let chart = Chart { x: Axis { label: TIME.into(), ..Axis::default() }, series, ..Chart::default() };
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
        let frame = all.frame(4, then).expect("the same parts");
        let Panel::Chart(chart) = &frame.panels[0] else { panic!("a chart") };
        assert_eq!(chart.series[0].points.len(), 5);
        assert_eq!(chart.x.range, Some((0.0, 9.0)));
        let (low, high) = chart.y.range.expect("of the whole");
        assert!(low <= 0.0 && high >= 81.0, "{low} to {high}");
        assert_eq!(frame.subtitle, "step 4");
        assert_eq!(all.frame(9, all.clone()), Some(all.clone()), "the last frame is the still");
        let fewer = Exhibit { panels: all.panels[..1].to_vec(), ..all.clone() };
        assert_eq!(all.frame(4, fewer), None);
    }
}
