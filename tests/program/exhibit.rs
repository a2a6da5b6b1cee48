//! Figures and numbers that leave the program: every form opens, and says the same.
//!
//! With `HEBBSCOPE_FIGURES=folder` the figures drawn here are written there, to be looked at.

use hebbscope::record::{
    Axis, AxisScale, BarSeries, Bars, Binned, Chart, Exhibit, Heat, Map, MapAxis, Mark, Panel, SERIES_COLORS, Series,
    SeriesPoint, SeriesStyle, Table,
};

use crate::well_formed::assert_well_formed;

fn series(index: usize, name: &str, style: SeriesStyle, points: Vec<SeriesPoint>) -> Series {
    Series { name: name.into(), color: SERIES_COLORS[index % SERIES_COLORS.len()], style, points, ..Series::default() }
}

fn curve(count: usize, value: impl Fn(f64) -> f64, spread: Option<f64>) -> Vec<SeriesPoint> {
    let point = |index: usize| {
        let x = index as f64 * 100.0;
        // A gap in the middle.
        let y = if index == count / 2 { f64::NAN } else { value(x) };
        SeriesPoint {
            x,
            y,
            low: spread.map(|s| y * (1.0 - s)),
            high: spread.map(|s| y * (1.0 + s)),
            ..SeriesPoint::default()
        }
    };
    (0..count).map(point).collect()
}

fn axis(label: &str, scale: AxisScale) -> Axis {
    Axis { label: label.into(), scale, range: None }
}

fn of(name: &str, columns: usize, panels: Vec<Panel>) -> Exhibit {
    let (title, subtitle) =
        ("Standard regression experiment".into(), "sre, seeds 0 to 3, weight decay 5e-4, \u{3b7} = 0.1".into());
    Exhibit { name: name.into(), title, subtitle, panels, columns }
}

fn alignment(title: &str, sign: f64) -> Chart {
    let noise = |x: f64| (x * 0.37).sin() * 0.01 + (x * 0.0071).cos() * 0.01;
    Chart {
        title: title.into(),
        x: axis("step", AxisScale::Linear),
        y: axis("alignment, cos(g, H)", AxisScale::Linear),
        series: vec![
            series(
                0,
                "layer 1: alignment, cos(g, H)",
                SeriesStyle::Line,
                curve(400, |x| sign * (0.3 * (1.0 - (-x / 9000.0).exp()) + noise(x)), Some(0.2)),
            ),
            series(
                1,
                "layer 2: alignment, cos(g, H)",
                SeriesStyle::Line,
                curve(400, |x| sign * (0.1 * (x / 40_000.0) - 0.03 + noise(x)), Some(0.3)),
            ),
            series(2, "layer 3", SeriesStyle::Dashed, curve(400, |x| sign * (0.15 - 0.1 * (x / 40_000.0)), None)),
            series(3, "theory", SeriesStyle::Dotted, curve(400, |_| sign * 0.22, None)),
        ],
        marks: vec![],
        zero_line: true,
    }
}

fn marked() -> Exhibit {
    let mut chart = alignment("", 1.0);
    chart.marks = vec![
        Mark { x: 12_000.0, label: "weight decay 5e-4 \u{2192} 5e-3".into(), is_ahead: false },
        Mark { x: 13_000.0, label: "weight noise 0 \u{2192} 0.01".into(), is_ahead: false },
        Mark { x: 36_000.0, label: "learning rate 0.1 \u{2192} 0.05, layer 2".into(), is_ahead: false },
    ];
    of("marked", 1, vec![Panel::Chart(chart)])
}

fn logarithmic() -> Exhibit {
    let dots = (0..12).map(|i| {
        let x = 10_f64.powf(-5.0 + f64::from(i) * 0.4);
        let y = 2.0 * x.powf(0.7);
        SeriesPoint { x, y, low: Some(y * 0.6), high: Some(y * 1.5), ..SeriesPoint::default() }
    });
    let line = (0..50).map(|i| {
        let x = 10_f64.powf(-5.0 + f64::from(i) * 0.09);
        SeriesPoint { x, y: 2.0 * x.powf(0.7), ..SeriesPoint::default() }
    });
    let chart = |title: &str, x, y| Chart {
        title: title.into(),
        x: axis("weight decay \u{3b3} (per unit of learning rate)", x),
        y: axis("stationarity gap, |g \u{2212} \u{3b3}W| / |g|", y),
        series: vec![
            series(0, "measured", SeriesStyle::Points, dots.clone().collect()),
            series(1, "closed form", SeriesStyle::Line, line.clone().collect()),
        ],
        marks: vec![],
        zero_line: false,
    };
    let short = Chart {
        x: Axis { range: Some((0.012, 0.07)), ..axis("short range", AxisScale::Log10) },
        ..chart("Less than a decade", AxisScale::Log10, AxisScale::Log10)
    };
    of(
        "logarithmic",
        2,
        vec![
            Panel::Chart(chart("Both logarithmic", AxisScale::Log10, AxisScale::Log10)),
            Panel::Chart(chart("Linear upwards", AxisScale::Log10, AxisScale::Linear)),
            Panel::Chart(short),
            Panel::Chart(chart("Linear", AxisScale::Linear, AxisScale::Linear)),
        ],
    )
}

fn heat(rows: usize, columns: usize, labels: Option<Vec<String>>) -> Heat {
    let mut values: Vec<f32> = (0..rows * columns)
        .map(|i| ((i / columns) as f32 * 0.7).sin() * ((i % columns) as f32 * 0.31).cos() * 0.02)
        .collect();
    (0..columns).for_each(|column| values[(rows / 3) * columns + column] = f32::NAN);
    Heat {
        title: "Weights of layer 1".into(),
        x: axis("input unit", AxisScale::Linear),
        y: axis("neuron", AxisScale::Linear),
        x_edges: (0.5, 1.0),
        rows,
        columns,
        values,
        range: 0.02,
        color_label: "weight W".into(),
        row_labels: labels,
        column_labels: None,
        ..Heat::default()
    }
}

fn heats() -> Exhibit {
    let names = ["sgd", "adam", "dfa", "random_nn", "hebb_normalized with a long name that is cut"];
    let mut time = heat(5, 300, Some(names.map(str::to_owned).to_vec()));
    time.title = "Alignment by rule".into();
    time.x = axis("step", AxisScale::Linear);
    time.y = axis("rule", AxisScale::Linear);
    time.x_edges = (0.0, 130.0);
    time.values.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = 0.0);
    let mut wide = heat(100, 3072, None);
    wide.title = "More cells than pixels".into();
    of(
        "heats",
        2,
        vec![Panel::Heat(heat(128, 32, None)), Panel::Heat(heat(7, 9, None)), Panel::Heat(time), Panel::Heat(wide)],
    )
}

fn bars(groups: usize) -> Bars {
    let values = |k: f64| (0..groups).map(|g| (g as f64 * 1.3 + k).sin() * 0.4).collect::<Vec<_>>();
    let mut first = values(0.0);
    first[1] = f64::NAN;
    Bars {
        title: format!("{groups} groups"),
        y: axis("final alignment, cos(g, H)", AxisScale::Linear),
        groups: (1..=groups).map(|g| format!("layer {g}")).collect(),
        series: [("here", SERIES_COLORS[0], first), ("paper", SERIES_COLORS[1], values(0.4))]
            .map(|(name, color, values)| BarSeries { name: name.into(), color, values, ..BarSeries::default() })
            .into(),
        ..Bars::default()
    }
}

fn table(rows: usize) -> Table {
    let row =
        |r: usize| vec![format!("rule, number {r}"), format!("{:.3}", r as f64 * 0.1 - 1.0), "says \"hm\"".into()];
    Table {
        title: "Results".into(),
        header: vec!["rule".into(), "alignment".into(), "note".into()],
        rows: (0..rows).map(row).collect(),
    }
}

fn mixed() -> Exhibit {
    let mut exhibit = of(
        "mixed",
        2,
        vec![
            Panel::Bars(bars(3)),
            Panel::Bars(bars(24)),
            Panel::Table(table(5)),
            Panel::Chart(alignment(
                "A panel whose heading is so long that it needs a second line, and even then may be cut off before its end is reached",
                -1.0,
            )),
        ],
    );
    exhibit.title = "A long title: ".to_owned() + &"when does a learning rule look Hebbian? ".repeat(6);
    exhibit.subtitle = "many settings, ".repeat(30);
    exhibit
}

fn empty() -> Exhibit {
    of(
        "empty",
        2,
        vec![
            Panel::Chart(Chart { title: "No curve".into(), ..Chart::default() }),
            Panel::Chart(Chart { y: axis("loss", AxisScale::Log10), ..Chart::default() }),
            Panel::Heat(Heat::default()),
            Panel::Bars(Bars::default()),
            Panel::Table(Table::default()),
        ],
    )
}

fn all() -> Vec<Exhibit> {
    let pair = vec![Panel::Chart(alignment("", 1.0)), Panel::Chart(alignment("", -1.0))];
    let many = (0..14).map(|i| {
        series(
            i,
            &format!("learning rate {:.3}", i as f64 * 0.013),
            SeriesStyle::Line,
            curve(40, |x| (x / 500.0 + i as f64).sin() * 1e-6, None),
        )
    });
    let many =
        Chart { series: many.collect(), y: axis("update norm", AxisScale::Linear), ..alignment("Many curves", 1.0) };
    vec![
        of("alignment", 1, pair),
        of("many", 1, vec![Panel::Chart(many)]),
        of("table", 1, vec![Panel::Table(table(55))]),
        marked(),
        logarithmic(),
        heats(),
        mixed(),
        empty(),
    ]
}

/// Places of texts and lines that leave the page.
fn assert_on_page(svg: &str, width: f64, height: f64) {
    let attribute = |tag: &str, name: &str| {
        let (_, after) = tag.split_once(&format!(" {name}=\""))?;
        Some(after.split('"').next()?.to_owned())
    };
    for tag in svg.split("<text").skip(1) {
        let number = |name: &str| attribute(tag, name).and_then(|v| v.parse::<f64>().ok()).expect(name);
        let (x, y, length) = (number("x"), number("y"), number("textLength"));
        let back = match attribute(tag, "text-anchor").as_deref() {
            Some("start") => 0.0,
            Some("middle") => length / 2.0,
            _ => length,
        };
        let (from, to, limit) = if tag.contains("rotate(-90") {
            (y + back - length, y + back, height)
        } else {
            (x - back, x - back + length, width)
        };
        assert!(from >= -0.5 && to <= limit + 0.5 && (0.0..=height).contains(&y), "text leaves the page: {tag}");
    }
}

#[test]
fn every_form_opens() {
    let folder = std::env::var_os("HEBBSCOPE_FIGURES").map(std::path::PathBuf::from);
    for exhibit in all() {
        let svg = exhibit.svg().expect("drawn");
        assert_well_formed(&svg);
        let png = exhibit.png(2).expect("drawn");
        let picture = image::load_from_memory(&png).expect("a picture").to_rgba8();
        let (width, height) = (picture.width(), picture.height());
        assert!(width >= 1800 && height >= 1200, "{}: {width} x {height}", exhibit.name);
        assert!(svg.contains(&format!("viewBox=\"0 0 {} {}\"", width / 2, height / 2)), "{}", exhibit.name);
        assert_on_page(&svg, f64::from(width / 2), f64::from(height / 2));
        let (w, h, pixels) = exhibit.rgba(2).expect("drawn");
        assert_eq!((w, h, &pixels), (width as usize, height as usize, picture.as_raw()));
        // Nothing is cut by the edge of the picture.
        for (x, y, pixel) in picture.enumerate_pixels() {
            if x == 0 || y == 0 || x + 1 == width || y + 1 == height {
                assert_eq!(pixel.0, [255; 4], "{}: ink at {x}, {y}", exhibit.name);
            }
        }
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder).expect("created");
            std::fs::write(folder.join(format!("{}.png", exhibit.name)), png).expect("written");
            std::fs::write(folder.join(format!("{}.svg", exhibit.name)), svg).expect("written");
            for table in exhibit.tables() {
                let name = format!("{}-{}.csv", exhibit.name, table.part);
                std::fs::write(folder.join(name), table.text).expect("written");
            }
        }
    }
}

#[test]
fn svg_escapes_what_is_typed() {
    let mut exhibit = marked();
    exhibit.title = "a < b & \"c\" > d\u{1}".into();
    let svg = exhibit.svg().expect("drawn");
    assert_well_formed(&svg);
    assert!(svg.contains("a &lt; b &amp; &quot;c&quot; &gt; d"), "{svg}");
}

fn cells(csv: &str) -> Vec<Vec<String>> {
    // As strict as other readers are: every row has as many cells as the header.
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    reader.records().map(|record| record.expect("a record").iter().map(str::to_owned).collect()).collect()
}

/// The only table of an exhibit.
fn table_of(exhibit: &Exhibit) -> String {
    let mut tables = exhibit.tables();
    assert_eq!(tables.len(), 1);
    tables.remove(0).text
}

fn value(cell: &str) -> f64 {
    if cell.is_empty() { f64::NAN } else { cell.parse().expect("a number") }
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[test]
fn chart_as_csv_is_the_model() {
    let exhibit = marked();
    let Panel::Chart(chart) = &exhibit.panels[0] else { panic!("a chart") };
    let rows = cells(&table_of(&exhibit));
    assert_eq!(
        rows[0],
        [
            "step",
            "layer 1: alignment, cos(g, H)",
            "layer 1: alignment, cos(g, H)_low",
            "layer 1: alignment, cos(g, H)_high",
            "layer 2: alignment, cos(g, H)",
            "layer 2: alignment, cos(g, H)_low",
            "layer 2: alignment, cos(g, H)_high",
            "layer 3: alignment, cos(g, H)",
            "theory: alignment, cos(g, H)",
            "mark"
        ]
    );
    assert_eq!(rows.len(), 401);
    for (index, row) in rows[1..].iter().enumerate() {
        let points = [0, 1, 2, 3].map(|s| chart.series[s].points[index]);
        let expected = [
            points[0].x,
            points[0].y,
            points[0].low.expect("a spread"),
            points[0].high.expect("a spread"),
            points[1].y,
            points[1].low.expect("a spread"),
            points[1].high.expect("a spread"),
            points[2].y,
            points[3].y,
        ];
        for (cell, expected) in row.iter().zip(expected) {
            assert!(same(value(cell), expected), "row {index}: {cell} for {expected}");
        }
    }
    assert_eq!(rows[1 + 120][9], "weight decay 5e-4 \u{2192} 5e-3");
}

#[test]
fn curves_over_different_places_share_the_first_column() {
    let at =
        |xs: &[f64]| xs.iter().map(|x| SeriesPoint { x: *x, y: x * 2.0, ..SeriesPoint::default() }).collect::<Vec<_>>();
    let chart = Chart {
        series: vec![
            series(0, "a", SeriesStyle::Line, at(&[-1.0, 0.1, 3.0, 3.0])),
            series(1, "b, \"quoted\"", SeriesStyle::Line, at(&[1e-300, 3.0])),
            series(2, "#c", SeriesStyle::Line, at(&[1e20])),
        ],
        ..Chart::default()
    };
    let csv = table_of(&of("x", 1, vec![Panel::Chart(chart)]));
    let expected = "x,a,\"b, \"\"quoted\"\"\",#c\n\
                    -1,-2,,\n1e-300,,2e-300,\n0.1,0.2,,\n3,6,6,\n3,6,,\n1e20,,,2e20\n";
    assert_eq!(csv, expected);
}

#[test]
fn each_panel_is_a_table_of_its_own() {
    let (heat, bars, table) = (heat(4, 3, None), bars(3), table(2));
    let panels = vec![
        Panel::Heat(heat.clone()),
        Panel::Bars(bars.clone()),
        Panel::Table(table.clone()),
        Panel::Table(table.clone()),
        Panel::Table(Table { title: "\u{3c3}\u{b2}".into(), ..table.clone() }),
    ];
    let tables = of("x", 1, panels).tables();
    let parts: Vec<&str> = tables.iter().map(|table| table.part.as_str()).collect();
    assert_eq!(parts, ["weights-of-layer-1", "3-groups", "results", "results-2", "panel-5"]);
    let rows = cells(&tables[0].text);
    assert_eq!(rows[0], ["neuron", "input unit", "weight W"]);
    assert_eq!(rows.len(), 13);
    for (index, row) in rows[1..].iter().enumerate() {
        assert_eq!(row[..2], [(index / 3 + 1).to_string(), (index % 3 + 1).to_string()]);
        let read = if row[2].is_empty() { f32::NAN } else { row[2].parse().expect("a number") };
        assert!(read.to_bits() == heat.values[index].to_bits() || (read.is_nan() && heat.values[index].is_nan()));
    }
    let rows = cells(&tables[1].text);
    assert_eq!(rows[0], ["group", "here: final alignment, cos(g, H)", "paper: final alignment, cos(g, H)"]);
    for (group, row) in rows[1..].iter().enumerate() {
        assert_eq!(row[0], bars.groups[group]);
        assert!((0..2).all(|s| same(value(&row[s + 1]), bars.series[s].values[group])));
    }
    let rows = cells(&tables[2].text);
    assert_eq!(rows[0], table.header);
    assert_eq!(rows[1..], table.rows);
}

#[test]
fn levels_of_detail_are_told() {
    let bin = |from: f64, to: f64, y: f64| SeriesPoint {
        x: (from + to) / 2.0,
        y,
        low: Some(y - 0.5),
        high: Some(y + 0.5),
        binned: Some(Binned { from, to, extremes: Some((y - 2.0, y + 2.0)) }),
        ..SeriesPoint::default()
    };
    // A piece that ends, and one whose last point is a single step.
    let gap = SeriesPoint { x: 7.5, y: f64::NAN, ..SeriesPoint::default() };
    let plain = SeriesPoint { x: 12.0, y: 9.0, ..SeriesPoint::default() };
    let chart = Chart {
        x: axis("step", AxisScale::Linear),
        y: axis("loss", AxisScale::Linear),
        series: vec![series(
            0,
            "training",
            SeriesStyle::Line,
            vec![bin(0.0, 3.0, 1.0), gap, bin(8.0, 11.0, 3.0), plain],
        )],
        marks: vec![Mark { x: 5.0, label: "less".into(), is_ahead: false }],
        ..Chart::default()
    };
    let rows = cells(&table_of(&of("x", 1, vec![Panel::Chart(chart)])));
    let loss = |end: &str| format!("training: loss{end}");
    let header =
        ["step_from".into(), "step_to".into(), loss(""), loss("_low"), loss("_high"), loss("_min"), loss("_max")];
    assert_eq!(rows[0], [&header[..], &["mark".into()]].concat());
    assert_eq!(rows[1], ["0", "3", "1", "0.5", "1.5", "-1", "3", ""]);
    assert_eq!(rows[2], ["5", "5", "", "", "", "", "", "less"]);
    assert_eq!(rows[3], ["8", "11", "3", "2.5", "3.5", "1", "5", ""]);
    assert_eq!(rows[4], ["12", "12", "9", "", "", "", "", ""]);
    assert_eq!(rows.len(), 5, "a gap is no row: {rows:?}");
    // Columns of a matrix that are means over four steps each, from step 16 on.
    let time = Heat { x: axis("step", AxisScale::Linear), x_edges: (15.5, 4.0), ..heat(1, 2, None) };
    let rows = cells(&table_of(&of("x", 1, vec![Panel::Heat(time)])));
    assert_eq!(rows[0][..3], ["neuron", "step_from", "step_to"]);
    assert_eq!(
        (&rows[1][1..3], &rows[2][1..3]),
        (&["16".to_owned(), "19".into()][..], &["20".to_owned(), "23".into()][..])
    );
}

#[test]
fn maps_over_one_plane_are_one_table() {
    let axis =
        |label: &str, values: &[f64]| MapAxis { label: label.into(), values: values.to_vec(), ticks: Vec::new() };
    let map = |title: &str, values: &[f32]| Map {
        title: title.into(),
        x: axis("\u{3c3}", &[0.0, 0.1]),
        y: axis("\u{3b3}", &[0.5, 5.0]),
        values: values.to_vec(),
        color_label: "cosine".into(),
        ..Map::default()
    };
    let panels = vec![
        Panel::Map(map("Alignment", &[0.1, -0.2, 0.3, f32::NAN])),
        Panel::Bars(bars(2)),
        Panel::Map(map("Validation loss", &[1.0, 2.0, 3.0, 4.0])),
    ];
    let tables = of("x", 2, panels).tables();
    assert_eq!(tables.iter().map(|table| table.part.as_str()).collect::<Vec<_>>(), ["cells", "2-groups"]);
    let expected = "\u{3b3},\u{3c3},Alignment,Validation loss\n\
                    0.5,0,0.1,1.0\n0.5,0.1,-0.2,2.0\n5,0,0.3,3.0\n5,0.1,,4.0\n";
    assert_eq!(tables[0].text, expected);
}

/// Attributes of the elements of that name.
fn elements<'a>(svg: &'a str, name: &str) -> Vec<&'a str> {
    svg.split(&format!("<{name}")).skip(1).map(|rest| rest.split("/>").next().expect("an end")).collect()
}

/// A map of so many cells, of which neighbours differ.
fn checkers(columns: usize, rows: usize) -> Exhibit {
    let axis = |count: usize| MapAxis { values: (0..count).map(|at| at as f64).collect(), ..MapAxis::default() };
    let values = (0..columns * rows).map(|at| if (at / columns + at).is_multiple_of(2) { 1.0 } else { -1.0 }).collect();
    of("x", 1, vec![Panel::Map(Map { x: axis(columns), y: axis(rows), values, ..Map::default() })])
}

/// Readers of SVG smooth pictures whatever they are told, so that a picture of four pixels has no edges.
#[test]
fn cells_have_hard_edges_in_every_reader() {
    let svg = checkers(2, 2).svg().expect("drawn");
    assert!(elements(&svg, "image").is_empty());
    let number = |tag: &str, name: &str| -> f64 {
        let (_, after) = tag.split_once(&format!("{name}=\"")).expect(name);
        after.split('"').next().expect("quoted").parse().expect("a number")
    };
    // The page's ground is before them, and the bar after.
    let cells: Vec<(f64, f64, f64, f64, &str)> = { elements(&svg, "rect").into_iter() }
        .skip(1)
        .take(4)
        .map(|tag| {
            let fill = tag.split_once("fill=\"").expect("a fill").1.split('"').next().expect("quoted");
            (number(tag, " x"), number(tag, " y"), number(tag, " width"), number(tag, " height"), fill)
        })
        .collect();
    let [a, b, c, d] = cells[..] else { panic!("four cells: {cells:?}") };
    assert!(a.4 == d.4 && b.4 == c.4 && a.4 != b.4, "{cells:?}");
    assert_eq!((a.0, a.1, b.1, c.0), (c.0, b.1, a.1, a.0));
    // Nothing shows between two cells, and what reaches below the next is covered by it.
    for (before, after) in [(a.0 + a.2, b.0), (a.1 + a.3, c.1)] {
        assert!((0.0..0.5).contains(&(before - after)), "{before} and {after}");
    }
    assert!((b.0 + b.2 - (d.0 + d.2)).abs() < 0.02 && (c.1 + c.3 - (d.1 + d.3)).abs() < 0.02);
}

#[test]
fn large_maps_are_pictures_of_whole_pixels() {
    assert!(elements(&checkers(100, 200).svg().expect("drawn"), "image").is_empty());
    let svg = checkers(101, 200).svg().expect("drawn");
    let pictures = elements(&svg, "image");
    assert_eq!(pictures.len(), 1);
    let (_, base64) = pictures[0].split_once("base64,").expect("a picture");
    let png = decoded(base64.split('"').next().expect("quoted"));
    let picture = image::load_from_memory(&png).expect("a picture").to_rgb8();
    let (across, down) = (picture.width() / 101, picture.height() / 200);
    assert!(across >= 4 && down >= 4 && (picture.width(), picture.height()) == (101 * across, 200 * down));
    for (x, y, pixel) in picture.enumerate_pixels() {
        assert_eq!(pixel, picture.get_pixel(x / across * across, y / down * down), "at {x}, {y}");
    }
    assert_ne!(picture.get_pixel(0, 0), picture.get_pixel(across, 0));
}

/// Base 64 to bytes.
fn decoded(text: &str) -> Vec<u8> {
    const SIGNS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for sign in text.chars().filter(|sign| *sign != '=') {
        bits = bits << 6 | SIGNS.find(sign).expect("a sign of base 64") as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[test]
fn contradictory_lengths_and_scales_are_refused() {
    let error = |panel| of("x", 1, vec![panel]).svg().expect_err("refused").to_string();
    let heat = error(Panel::Heat(Heat { rows: 5, ..heat(4, 3, None) }));
    assert!(heat.contains("Weights of layer 1") && heat.contains("12 values for 5 x 3 cells"), "{heat}");
    let bars = error(Panel::Bars(Bars { groups: vec![], ..bars(3) }));
    assert!(bars.contains("'here' has 3 values for 0 groups"), "{bars}");
    let table = error(Panel::Table(Table { header: vec![], ..table(1) }));
    assert!(table.contains("3 cells for 0 columns"), "{table}");
    for scale in [0, 9] {
        assert!(marked().png(scale).expect_err("refused").to_string().contains("must be 1 to 8"));
    }
}
