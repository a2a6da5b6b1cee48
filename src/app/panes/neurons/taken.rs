//! The pane as figure and tables.

use super::figures::Figures;
use super::sight::Sight;
use super::{map, rows as rows_of, spectrum};
use crate::app::figures::exhibits;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::plot::legend::capitalized;
use crate::app::view::View;
use crate::record::{
    Axis, AxisScale, Binned, Chart, Exhibit, Heat, NeuronReading, Panel, Series, SeriesPoint, SeriesStyle, Table,
};

/// What is in sight, with the rows as they are shown; `None` while there is nothing.
#[must_use]
pub fn exhibit(view: &View<'_>, sight: &Sight, rows: &[usize]) -> Option<Exhibit> {
    if rows.is_empty() || sight.map.bins == 0 {
        return None;
    }
    let layer = sight.subject.layer;
    let reading = match sight.subject.reading {
        NeuronReading::Signal => "learning signal",
        NeuronReading::Full => "full update",
    };
    let mut panels = vec![Panel::Heat(heat(view, sight, rows, reading))];
    if let Some(neuron) = sight.subject.followed {
        panels.push(Panel::Chart(curve(view, sight, neuron)));
        if !sight.spectrum.is_empty() {
            panels.push(Panel::Chart(power(sight, neuron, reading)));
        }
    }
    panels.extend(table(sight).map(Panel::Table));
    let layer = view.link.status().columns.title(layer);
    let title =
        format!("{}s of {layer}, seed {}: {reading} and Hebbian update", capitalized(sight.subject.unit), sight.seed);
    Some(exhibits::exhibit(PaneKind::Neurons, &title, view, panels, 1))
}

fn heat(view: &View<'_>, sight: &Sight, rows: &[usize], reading: &str) -> Heat {
    let map = &sight.map;
    Heat {
        title: format!("Row-wise cosine of the {reading} with the Hebbian update"),
        x: exhibits::steps(view),
        y: Axis { label: sight.subject.unit.into(), ..Axis::default() },
        x_edges: (map.first_step as f64 - 0.5, map.bin_width as f64),
        rows: rows.len(),
        columns: map.bins,
        values: rows.iter().flat_map(|&neuron| rows_of::row(map, neuron)).copied().collect(),
        range: 1.0,
        color_label: "cosine".into(),
        column_labels: None,
        row_labels: Some(rows.iter().map(|neuron| (neuron + 1).to_string()).collect()),
        marks: exhibits::marks(view).iter().map(|mark| mark.x).collect(),
        picked_row: sight.subject.followed.and_then(|neuron| rows.iter().position(|row| *row == neuron)),
        ..Heat::default()
    }
}

fn curve(view: &View<'_>, sight: &Sight, neuron: usize) -> Chart {
    let color = exhibits::rgb(exhibits::layer_color(sight.subject.layer));
    let style = [("learning signal", SeriesStyle::Line), ("full update", SeriesStyle::Dashed)];
    let reach = (sight.map.bin_width.max(1) - 1) as f64 / 2.0;
    let point = |middle: f64, value: f32| SeriesPoint {
        binned: (reach > 0.0).then_some(Binned { from: middle - reach, to: middle + reach, extremes: None }),
        ..exhibits::point(middle, f64::from(value))
    };
    let series = sight.curves.iter().zip(style).map(|(curve, (name, style))| Series {
        name: name.into(),
        color,
        style,
        points: curve.iter().map(|&(step, value)| point(step, value)).collect(),
        ..Series::default()
    });
    Chart {
        title: sight.name(neuron),
        x: exhibits::steps(view),
        y: Axis { label: "cosine".into(), range: Some((-1.0, 1.0)), ..Axis::default() },
        series: series.collect(),
        marks: exhibits::marks(view),
        zero_line: true,
    }
}

fn power(sight: &Sight, neuron: usize, reading: &str) -> Chart {
    let points = sight.spectrum.iter().map(|&(frequency, power)| SeriesPoint {
        y: if power > 0.0 { power } else { f64::NAN },
        ..exhibits::point(frequency, power)
    });
    let peak = spectrum::strongest(&sight.spectrum)
        .map(|peak| format!("; strongest period {} steps", spectrum::period(peak.frequency)));
    Chart {
        title: format!("Oscillation of {} {}{}", sight.subject.unit, map::name(neuron), peak.unwrap_or_default()),
        x: Axis { label: "cycles per step".into(), ..Axis::default() },
        y: Axis { label: "power density".into(), scale: AxisScale::Log10, range: None },
        series: vec![Series {
            name: reading.into(),
            color: exhibits::rgb(exhibits::layer_color(sight.subject.layer)),
            style: SeriesStyle::Line,
            points: points.collect(),
            ..Series::default()
        }],
        marks: Vec::new(),
        zero_line: false,
    }
}

fn table(sight: &Sight) -> Option<Table> {
    let last = sight.counted?;
    let layer = Figures::over(&sight.statistics, last).lines();
    let own = sight.subject.followed.and_then(|neuron| Some((neuron, sight.statistics.get(neuron)?)));
    let own = own.map(|(neuron, statistics)| (neuron, Figures::of(statistics, last).lines()));
    let mut header = vec!["quantity".to_owned()];
    header.extend(own.as_ref().map(|(neuron, _)| format!("{} {}", sight.subject.unit, map::name(*neuron))));
    header.push("mean over the layer".into());
    let rows = layer.iter().enumerate().map(|(i, line)| {
        let mut row = vec![line.name.to_owned()];
        row.extend(own.as_ref().map(|(_, lines)| lines[i].text.clone()));
        row.push(line.text.clone());
        row
    });
    Some(Table { title: "Phases, in steps".into(), header, rows: rows.collect() })
}
