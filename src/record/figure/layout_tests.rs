//! Figures of every kind in every size: nothing leaves the sheet, and no text lies on another.

use super::sheet::{Anchor, Area, Shape, Sheet, text_width};
use super::{FigureLook, Marker};
use crate::record::exhibit::{
    Axis, AxisScale, BarSeries, Bars, Chart, Exhibit, Groups, Heat, Map, MapAxis, MapColors, MapLine, Mark, Panel,
    Series, SeriesPoint, SeriesStyle, Table,
};
use crate::record::{NetworkColumn, NetworkDrawing, PlacedRing, PlacedStay, Places};

const LONG: &str = "encoder layer 2, feed-forward map of the second head, in full";

/// Where a text has ink, about: capitals above the baseline and tails below it.
fn ink(shape: &Shape) -> Option<(&str, Area)> {
    let Shape::Text { text, at: (x, y), size, anchor, upwards, .. } = shape else { return None };
    let width = text_width(text, *size);
    let back = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    let (above, below) = (0.7 * size, 0.18 * size);
    let area = match upwards {
        false => Area { left: x - back, right: x - back + width, top: y - above, bottom: y + below },
        true => Area { left: x - above, right: x + below, top: y + back - width, bottom: y + back },
    };
    Some((text, area))
}

/// What is wrong with a sheet.
fn faults(sheet: &Sheet) -> Vec<String> {
    let texts: Vec<(&str, Area)> = sheet.shapes.iter().filter_map(ink).collect();
    let mut faults = Vec::new();
    if texts.is_empty() {
        faults.push("there is no text".to_owned());
    }
    for (place, (text, area)) in texts.iter().enumerate() {
        let is_within = area.left >= -0.5
            && area.top >= -0.5
            && area.right <= sheet.width + 0.5
            && area.bottom <= sheet.height + 0.5;
        if !is_within {
            faults.push(format!("'{text}' at {area:?} leaves {} x {}", sheet.width, sheet.height));
        }
        for (other, there) in &texts[..place] {
            let across = area.right.min(there.right) - area.left.max(there.left);
            let down = area.bottom.min(there.bottom) - area.top.max(there.top);
            // Rounding of widths, and strokes that touch.
            if across >= 1.0 && down >= 1.0 {
                faults.push(format!("'{text}' at {area:?} lies on '{other}' at {there:?}"));
            }
        }
    }
    faults
}

fn layers(count: usize) -> impl Iterator<Item = usize> {
    1..=count
}

fn name(layer: usize, is_long: bool) -> String {
    if is_long { format!("{LONG} {layer}") } else { format!("layer {layer}") }
}

fn curves(count: usize, is_long: bool, scale: AxisScale) -> Panel {
    let point = |x: f64, layer: usize| {
        let y = (x / 300.0 + layer as f64).sin();
        SeriesPoint { x, y, low: Some(y - 0.1), high: Some(y + 0.1), ..SeriesPoint::default() }
    };
    let kinds = [("learning signal, cos(g, H)", SeriesStyle::Line), ("full update, cos(ΔW, H)", SeriesStyle::Dashed)];
    let series = kinds.into_iter().flat_map(|(kind, style)| {
        layers(count).map(move |layer| Series {
            name: name(layer, is_long),
            kind: kind.into(),
            style,
            marker: Some(Marker::of(layer)),
            points: (0..400).map(|step| point(f64::from(step) * 10.0, layer)).collect(),
            ..Series::default()
        })
    });
    let mark = |(x, label): (f64, &str)| Mark { x, label: label.into(), is_ahead: false };
    let marks = [(0.0, "γ 0 → 5×10⁻³"), (400.0, "σ 0 → 10⁻³"), (420.0, LONG), (3990.0, "layer 3 collapsed in seed 0")];
    Panel::Chart(Chart {
        title: if is_long { format!("{LONG}: parts of the change of |W|²") } else { String::new() },
        x: Axis { label: "step".into(), scale, range: Some((0.0, 4000.0)) },
        y: Axis { label: "cosine".into(), range: Some((-1.04, 1.04)), ..Axis::default() },
        series: series.collect(),
        marks: marks.map(mark).into(),
        zero_line: true,
    })
}

fn losses() -> Panel {
    let points =
        (0..400).map(|x| SeriesPoint { x: f64::from(x), y: (-f64::from(x) / 40.0).exp(), ..Default::default() });
    Panel::Chart(Chart {
        x: Axis { label: "step".into(), ..Axis::default() },
        y: Axis { label: "loss".into(), scale: AxisScale::Log10, range: Some((2e-5, 1.4)) },
        series: vec![Series { name: "training loss".into(), points: points.collect(), ..Series::default() }],
        ..Chart::default()
    })
}

fn heat(rows: usize, columns: usize, scale: AxisScale) -> Panel {
    Panel::Heat(Heat {
        title: format!("Row-wise cosine of the learning signal with the Hebbian update, {LONG}"),
        x: Axis { label: "step".into(), scale, range: Some((0.0, columns as f64)) },
        y: Axis { label: "post-synaptic neuron, place by similarity".into(), ..Axis::default() },
        x_edges: (-0.5, 1.0),
        rows,
        columns,
        values: (0..rows * columns).map(|at| ((at % 7) as f32 - 3.0) / 3.0).collect(),
        range: 1.0,
        color_label: "cosine".into(),
        row_labels: (rows < 200).then(|| (1..=rows).map(|row| row.to_string()).collect()),
        ..Heat::default()
    })
}

fn matrix(symbol: &str) -> Panel {
    Panel::Heat(Heat {
        title: symbol.into(),
        x: Axis { label: "pre-synaptic neuron, place among those shown".into(), ..Axis::default() },
        y: Axis { label: "post-synaptic neuron, place among those shown".into(), ..Axis::default() },
        x_edges: (0.5, 1.0),
        rows: 20,
        columns: 20,
        values: vec![f32::NAN; 400],
        range: 1.234e-5,
        color_label: format!("{symbol} / ‖{symbol}‖"),
        is_square: true,
        ..Heat::default()
    })
}

fn plane() -> Panel {
    let axis = |label: &str, values: Vec<f64>| MapAxis {
        label: label.into(),
        ticks: values.iter().enumerate().map(|(place, value)| (place as f64, *value)).collect(),
        values,
    };
    let values = |from: f64| (0..12).map(|at| from * 1.7_f64.powi(at)).collect();
    let line = |name: &str| MapLine {
        name: name.into(),
        color: [40; 3],
        style: SeriesStyle::Dashed,
        points: vec![(0.0, 0.0), (11.0, 11.0)],
    };
    Panel::Map(Map {
        title: "Learning signal, layer 2".into(),
        x: axis("variance of the weight noise σ²", values(1e-8)),
        y: axis("weight decay γ", values(1e-4)),
        values: vec![0.1; 144],
        colors: MapColors::Diverging(0.4),
        color_label: "cosine of learning signal".into(),
        lines: ["alignment 0", "fit γ ∝ σᵖ, p = 1.98 ± 0.05", "theory p = 2 (eq. 18)"].map(line).into(),
        ..Map::default()
    })
}

fn places() -> Panel {
    let axis = |label: &str, least| Axis {
        label: label.into(),
        scale: AxisScale::LogBesideZero { least },
        range: Some((0.0, 2.5)),
    };
    let ring = |name: &str| PlacedRing { name: name.into(), at: (1e-6, 1e-3), color: None, marker: None };
    Panel::Places(Places {
        title: "Mean cosine of layer 2 where the run has been".into(),
        x: axis("variance of the weight noise σ²", -8),
        y: axis("weight decay γ", -5),
        stays: vec![
            PlacedStay { at: (0.0, 5e-4), value: 0.3, is_long: true },
            PlacedStay { at: (1e-6, 1e-3), value: f32::NAN, is_long: false },
        ],
        guides: (-1..=6)
            .map(|shift| {
                let at = |x: f64| (10_f64.powf(x), 10_f64.powf(x + f64::from(shift)));
                (format!("γ = 10⁴ σ² {shift}"), [at(-8.0), at(0.4)])
            })
            .collect(),
        rings: vec![ring("the run now"), ring(LONG)],
        color_label: "cosine".into(),
        ..Places::default()
    })
}

fn bars() -> Panel {
    let names = ["learning signal", "weight decay", "noise", "squared step", "sum", "observed change"];
    Panel::Bars(Bars {
        title: "Parts of the change of |W|², mean over 100 steps and over seeds".into(),
        y: Axis { label: "|W|² a step".into(), ..Axis::default() },
        groups: layers(9).map(|layer| name(layer, true)).collect(),
        series: names
            .map(|name| BarSeries { name: name.into(), values: vec![-1.23e-9; 9], ..Default::default() })
            .into(),
        ..Bars::default()
    })
}

fn groups() -> Panel {
    let point = SeriesPoint { y: 0.2, low: Some(0.1), high: Some(0.3), ..SeriesPoint::default() };
    let series = |name: &str| Series { name: name.into(), points: vec![point; 6], ..Series::default() };
    Panel::Groups(Groups {
        title: "Alignment by rule".into(),
        label: "rule".into(),
        y: Axis { label: "cosine".into(), ..Axis::default() },
        groups: ["SGD", "Adam", "DFA", "RandomNN", "Hebb, normalised by its rows", LONG].map(str::to_owned).into(),
        series: vec![series("layer 1"), series(LONG)],
        zero_line: true,
    })
}

fn network() -> Panel {
    let column = |at: usize| NetworkColumn {
        title: if at == 0 { "Inputs".into() } else { name(at, at == 3) },
        unit: "neuron".into(),
        units: 32 << (at % 3),
        cosines: (at > 0).then(|| vec![0.1; 32 << (at % 3)]),
        cosine: (at > 0).then_some(-0.123),
    };
    Panel::Network(NetworkDrawing {
        quantity: "learning signal".into(),
        columns: (0..=9).map(column).collect(),
        ..NetworkDrawing::default()
    })
}

fn table() -> Panel {
    let header = ["layer", "quantity", "equation", "predicted", "measured", "residual", "CV of |h_a|²", "premise"];
    let row = ["1", "Outward push", "eq. 6", "+1.23×10⁻⁴", "+1.20×10⁻⁴", "−3.00×10⁻⁶", "0.513", LONG];
    Panel::Table(Table {
        title: "Theory at step 4,000, seed 0, over 1,437 examples".into(),
        header: header.map(str::to_owned).into(),
        rows: vec![row.map(str::to_owned).into(); 9],
    })
}

#[test]
fn nothing_is_clipped_and_no_text_lies_on_another_at_any_size() {
    let kinds: Vec<(&str, Vec<Panel>, usize)> = vec![
        ("curves of three layers", vec![curves(3, false, AxisScale::Linear), losses()], 1),
        ("curves on logarithmic steps", vec![curves(1, false, AxisScale::LogFromZero)], 1),
        ("curves of nine layers with long names", vec![curves(9, true, AxisScale::Linear)], 1),
        ("neurons", vec![heat(128, 1000, AxisScale::LogFromZero), curves(1, false, AxisScale::LogFromZero)], 1),
        ("many neurons", vec![heat(512, 100, AxisScale::Linear)], 1),
        ("matrices", ["g", "H", "ΔW", "W"].map(matrix).into(), 2),
        ("plane", vec![plane(), losses()], 2),
        ("places", vec![places()], 1),
        ("bars", vec![bars()], 1),
        ("groups", vec![groups()], 1),
        ("network", vec![network()], 1),
        ("table", vec![table()], 1),
    ];
    let mut faults_of_all = Vec::new();
    for (what, panels, columns) in kinds {
        // Thirty-two seeds fill the lines below the title; without a heading there are none.
        for (seeds, has_heading) in [(32, true), (4, false)] {
            let seeds: Vec<String> = (0..seeds).map(|seed| seed.to_string()).collect();
            let subtitle = format!("{LONG}, seeds {}, γ = 5×10⁻⁴, σ = 0, η = 0.01, step 4,000", seeds.join(", "));
            let title = format!("Alignment with the Hebbian update: {LONG}");
            let exhibit = Exhibit { name: "x".into(), title, subtitle, panels: panels.clone(), columns };
            for width_mm in [60.0, 85.0, 170.0, 400.0] {
                for font_pt in [6.0, 8.0, 24.0] {
                    let look = FigureLook { width_mm, font_pt, has_heading, ..FigureLook::default() };
                    let drawn = exhibit.drawn(&look).expect("drawn");
                    let first = faults(&drawn.sheet).into_iter().take(1);
                    faults_of_all.extend(first.map(|fault| format!("{what}, {width_mm} mm, {font_pt} pt: {fault}")));
                }
            }
        }
    }
    assert!(faults_of_all.is_empty(), "{}", faults_of_all.join("\n"));
}
