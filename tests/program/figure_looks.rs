//! Figures with a look of their own: every form has the size, the type and the ground that were asked for.

use std::path::Path;
use std::process::Command;

use hebbscope::record::colormap::ColorMap;
use hebbscope::record::{Axis, Chart, Exhibit, FigureLook, Heat, Panel, Series, SeriesPoint, SeriesStyle};

fn chart(title: &str) -> Panel {
    let points =
        (0..200).map(|x| SeriesPoint { x: f64::from(x), y: (f64::from(x) / 30.0).sin(), ..Default::default() });
    let series = Series {
        name: "Layer 1".into(),
        color: [0x24, 0x60, 0x93],
        style: SeriesStyle::Line,
        points: points.collect(),
        ..Series::default()
    };
    let axis = |label: &str| Axis { label: label.into(), ..Axis::default() };
    Panel::Chart(Chart {
        title: title.into(),
        x: axis("step"),
        y: axis("cosine"),
        series: vec![series],
        zero_line: true,
        ..Chart::default()
    })
}

fn heat(side: usize) -> Panel {
    let values = (0..side * side).map(|at| (at as f32 / (side * side) as f32) * 2.0 - 1.0).collect();
    Panel::Heat(Heat {
        title: "Weights".into(),
        x_edges: (0.5, 1.0),
        rows: side,
        columns: side,
        values,
        range: 1.0,
        color_label: "w".into(),
        ..Heat::default()
    })
}

fn exhibit(panels: Vec<Panel>) -> Exhibit {
    let (title, subtitle) = ("Alignment of four layers".into(), "sre, γ = 5×10⁻⁴, σ = 0".into());
    Exhibit { name: "x".into(), title, subtitle, panels, columns: 1 }
}

fn read(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).output();
    let output =
        output.unwrap_or_else(|error| panic!("{program} of poppler-utils, which tests/run.sh installs: {error}"));
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_pdf_has_its_size_its_text_and_its_typeface() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("figure.pdf");
    for look in [FigureLook::one_column(), FigureLook::two_columns(), FigureLook::slide()] {
        let look = FigureLook { has_heading: true, ..look };
        let drawn = exhibit(vec![chart("Learning signal"), heat(12)]).drawn(&look).expect("drawn");
        let (width, height) = drawn.millimetres();
        assert_eq!(width, look.width_mm);
        std::fs::write(&file, drawn.pdf().expect("drawn")).expect("written");
        let about = read("pdfinfo", &[], &file);
        let size = about.lines().find_map(|line| line.strip_prefix("Page size:")).expect("a size");
        let points: Vec<f64> = size.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        // The reader tells hundredths of a point.
        for (told, wanted) in points.iter().zip([width, height]) {
            assert!((told / 72.0 * 25.4 - wanted).abs() < 0.02, "{size} for {width} x {height} mm");
        }
        assert!(about.contains("Pages:           1") && about.contains("Alignment of four layers"), "{about}");
        read("pdftotext", &["-raw"], &file);
        let written = std::fs::read_to_string(file.with_extension("txt")).expect("the reader's text");
        for words in ["Alignment of four layers", "Learning signal", "step", "cosine", "Layer 1", "Weights"] {
            assert!(written.contains(words), "'{words}' in\n{written}");
        }
        let fonts = read("pdffonts", &[], &file);
        // Name, type, encoding, embedded, subset: all of each.
        let embedded = fonts.lines().skip(2).all(|line| line.contains(" yes yes yes "));
        assert!(fonts.lines().count() > 2 && embedded, "{fonts}");
    }
}

#[test]
fn few_cells_are_shapes_and_many_are_a_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("figure.pdf");
    for (side, pictures) in [(100, 0), (150, 1)] {
        let drawn = exhibit(vec![heat(side)]).drawn(&FigureLook::default()).expect("drawn");
        std::fs::write(&file, drawn.pdf().expect("drawn")).expect("written");
        let images = read("pdfimages", &["-list"], &file);
        assert_eq!(images.lines().skip(2).count(), pictures, "{images}");
    }
}

#[test]
fn pixels_follow_from_width_and_resolution() {
    for (width_mm, dpi, wanted) in [(85.0, 600.0, 2008), (170.0, 300.0, 2008), (254.0, 72.0, 720)] {
        let look = FigureLook { width_mm, dpi, ..FigureLook::default() };
        let drawn = exhibit(vec![chart("")]).drawn(&look).expect("drawn");
        let bytes = drawn.png().expect("drawn");
        let picture = image::load_from_memory(&bytes).expect("a picture");
        assert_eq!((picture.width(), picture.height()), drawn.pixels());
        assert_eq!(picture.width(), wanted);
        let decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
        let reader = decoder.read_info().expect("a head");
        let density = reader.info().pixel_dims.expect("a density");
        // Whole pixels a metre.
        assert!((f64::from(density.xppu) * 0.0254 - dpi).abs() < 0.02 && density.unit == png::Unit::Meter);
    }
}

#[test]
fn all_forms_have_the_ground_and_the_colours_that_were_asked_for() {
    let drawn = |look: &FigureLook| exhibit(vec![heat(20)]).drawn(look).expect("drawn");
    for is_dark in [false, true] {
        let mut seen = Vec::new();
        for colors in ColorMap::ALL {
            let look = FigureLook { is_dark, colors, ..FigureLook::default() };
            let drawn = drawn(&look);
            let (width, height, pixels) = drawn.rgb(400).expect("drawn");
            assert_eq!(pixels.len(), (width * height * 3) as usize);
            assert_eq!(pixels[0] < 100, is_dark, "the corner is ground");
            let strongest = colors.diverging(-1.0, is_dark);
            let hex = format!("#{:02x}{:02x}{:02x}", strongest[0], strongest[1], strongest[2]);
            let svg = drawn.svg().expect("drawn");
            assert!(svg.contains(&hex), "{colors:?} has no {hex}");
            assert!(svg.contains("width=\"170mm\""));
            seen.push(pixels);
        }
        assert!(seen.windows(2).all(|pair| pair[0] != pair[1]));
    }
}

#[test]
fn type_has_the_size_that_was_asked_for_unless_a_height_forbids_it() {
    let look = FigureLook { width_mm: 100.0, font_pt: 9.0, ..FigureLook::default() };
    let panels = || vec![chart("a"), chart("b"), chart("c"), chart("d")];
    let free = exhibit(panels()).drawn(&look).expect("drawn");
    // The sheet is as wide as whole units: at most half a percent.
    assert!((free.font_pt() - 9.0).abs() < 0.05, "{}", free.font_pt());
    let flat = exhibit(panels()).drawn(&FigureLook { height_share: Some(0.75), ..look }).expect("drawn");
    let (width, height) = flat.millimetres();
    assert!((height / width - 0.75).abs() < 0.01, "{width} x {height}");
    assert!(flat.font_pt() < free.font_pt());
    let error = exhibit(panels()).drawn(&FigureLook { width_mm: 3.0, ..FigureLook::default() }).err().expect("refused");
    assert!(error.to_string().contains("a width of 3 mm"), "{error}");
}
