//! Everything that panes give away: each form is read back, and has the names, units and steps of what is seen.
//!
//! With `HEBBSCOPE_FIGURES=folder` the figures are written there, to be looked at.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use hebbscope::app::{PaneKind, Window};
use hebbscope::record::{Axis, AxisScale, Chart, Exhibit, FigureLook, Heat, Panel};
use hebbscope::sweep::LiveState;
use hebbscope::training::RunState;

use crate::stage::{LIMIT, open_paused, short, sized, wait};
use crate::well_formed::assert_well_formed;

/// What a pane has to give: words of its figure, which name axes and units, and beginnings of columns of its numbers.
type Gives = Option<(&'static [&'static str], &'static [&'static str])>;

/// Of every pane; one that is added does not compile without an answer.
fn gives(pane: PaneKind) -> Gives {
    match pane {
        PaneKind::Controls | PaneKind::Rule | PaneKind::Setup | PaneKind::Log => None,
        PaneKind::Network => Some((&["neurons", "cosine"], &["layer", "neuron", "cosine"])),
        PaneKind::Alignment => {
            Some((&["step", "cosine", "cos(g, H)"], &["step", "layer 1: learning signal, cos(g, H)"]))
        }
        PaneKind::Loss => Some((&["step", "loss", "training loss"], &["step", "training loss"])),
        PaneKind::Norms => Some((&["step", "norm"], &["step", "layer 1: "])),
        PaneKind::Neurons => Some((&["step", "neuron", "cosine"], &["neuron", "step", "cosine"])),
        PaneKind::Matrices => {
            Some((&["Learning signal g", "H / RMS(H)"], &["post-synaptic neuron", "pre-synaptic neuron"]))
        }
        PaneKind::Forces => Some((&["|W|² a step", "weight decay"], &["part", "|W|² a step", "|W|² a step_sd"])),
        PaneKind::Phase => Some((&["variance of the weight noise σ²", "weight decay γ"], &["twin", "noise σ", "σ²"])),
        PaneKind::Twins => Some((&["step", "cosine", "B − A"], &["step", "A: ", "B: "])),
        PaneKind::Runs => Some((&["run", "seeds", "steps"], &["run", "experiment", "seeds", "steps"])),
        PaneKind::History => {
            let header = &["step", "to step", "setting", "old", "new", "acts on"];
            Some((&["step", "setting", "acts on"], header))
        }
    }
}

/// A window in which every pane has something: a run on the shelf, laid over, a change and a twin.
pub fn full() -> Harness<'static, Window> {
    let mut harness = open_paused(sized(vec2(1600.0, 900.0)), short(&["measure.force_balance=true"]));
    harness.state_mut().run_until(150);
    wait(&mut harness, "steps", |window| window.status().step == 150 && window.status().state == RunState::Paused);
    harness.key_press(Key::N);
    wait(&mut harness, "another run", |window| {
        window.status().run_id == 2 && window.status().state == RunState::Paused && window.status().shelf.len() == 1
    });
    harness.state_mut().overlay_shelf();
    harness.state_mut().run_until(120);
    wait(&mut harness, "steps", |window| window.status().step == 120 && window.status().state == RunState::Paused);
    harness.get_by_role_and_label(Role::SpinButton, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "change", |window| window.status().experiment.regularizer.weight_decay == 0.02);
    harness.state_mut().show_pane(PaneKind::Twins);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::SpinButton, "Value of twin B").set_value_accesskit(0.1);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::Button, "Fork twin here").click();
    wait(&mut harness, "twin", |window| window.status().twin.is_some());
    harness.state_mut().run_until(400);
    wait(&mut harness, "steps", |window| window.status().step == 400 && window.status().state == RunState::Paused);
    harness
}

/// The pane in front, drawn, with what it gives away.
fn taken_out(harness: &mut Harness<'_, Window>, pane: PaneKind) -> Option<Exhibit> {
    harness.state_mut().show_pane(pane);
    harness.run_steps(3);
    // What is made of a step's matrices is there in a moment.
    let until = Instant::now() + if gives(pane).is_some() { LIMIT } else { Duration::ZERO };
    loop {
        let exhibit = harness.state_mut().taken_out(pane);
        if exhibit.is_some() || Instant::now() > until {
            return exhibit;
        }
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The texts of an SVG, one after the other.
fn texts(svg: &str) -> String {
    let inner = svg.split("<text").skip(1).filter_map(|tag| tag.split_once('>')?.1.split('<').next());
    let all = inner.collect::<Vec<_>>().join(" ");
    all.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
}

/// Axes over steps: those of curves and of maps.
fn axes_of_steps(exhibit: &Exhibit) -> Vec<&Axis> {
    let all = exhibit.panels.iter().filter_map(|panel| match panel {
        Panel::Chart(Chart { x, .. }) | Panel::Heat(Heat { x, .. }) => Some(x),
        _ => None,
    });
    all.filter(|axis| axis.label == "step").collect()
}

fn check_files(exhibit: &Exhibit, pane: PaneKind, steps: &RangeInclusive<f64>) {
    let name = pane.title();
    let (words, columns) = gives(pane).expect("it gives something away");
    // As small as files may be: what they hold is the same.
    let drawn = exhibit.drawn(&FigureLook { dpi: 50.0, ..FigureLook::default() }).expect("drawn");
    let svg = drawn.svg().expect("an SVG");
    assert_well_formed(&svg);
    let told = texts(&svg);
    let compact = |text: &str| text.split_whitespace().collect::<String>();
    assert!(compact(&told).contains(&compact(&exhibit.title)), "{name}: no '{}' in {told}", exhibit.title);
    for word in words {
        assert!(compact(&told).contains(&compact(word)), "{name}: no '{word}' in {told}");
    }
    let pdf = drawn.pdf().expect("a PDF");
    assert!(pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"), "{name}: {} bytes", pdf.len());
    let picture = image::load_from_memory(&drawn.png().expect("a PNG")).expect("a picture").to_rgb8();
    assert_eq!((picture.width(), picture.height()), drawn.pixels(), "{name}");
    let colors: std::collections::HashSet<_> = picture.pixels().collect();
    assert!(colors.len() > 8, "{name}: the picture is no empty page");
    if let Some(folder) = std::env::var_os("HEBBSCOPE_FIGURES").map(PathBuf::from) {
        for (size, width_mm, is_dark) in [("column", 85.0, false), ("page", 170.0, false), ("dark", 170.0, true)] {
            let look = FigureLook { width_mm, is_dark, has_heading: size != "column", ..FigureLook::default() };
            let drawn = exhibit.drawn(&look).expect("drawn").pdf().expect("a PDF");
            std::fs::write(folder.join(format!("{}-{size}.pdf", pane.id())), drawn).expect("written");
        }
    }
    let tables = exhibit.tables();
    assert!(!tables.is_empty(), "{name} has numbers");
    let first = &tables[0];
    let mut reader = csv::Reader::from_reader(first.text.as_bytes());
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    for column in columns {
        assert!(header.iter().any(|head| head.starts_with(column)), "{name}: no '{column}' in {header:?}");
    }
    // A reader that is not told otherwise refuses rows of another length.
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("as long as the header")).collect();
    assert!(!rows.is_empty(), "{name} has rows");
    if let Some(place) = header.iter().position(|head| head == "step" || head == "step_from")
        && !axes_of_steps(exhibit).is_empty()
    {
        let seen = steps.start().max(0.0) - 1.0..=*steps.end() + 1.0;
        let all = rows.iter().filter_map(|row| row[place].parse::<f64>().ok());
        let (mut count, mut outside) = (0, Vec::new());
        for step in all {
            count += 1;
            outside.extend(Some(step).filter(|step| !seen.contains(step)));
        }
        assert!(count > 10 && outside.is_empty(), "{name}: {count} steps, and {outside:?} beyond {seen:?}");
    }
}

#[test]
fn every_pane_gives_away_what_it_shows_in_every_form() {
    let mut harness = full();
    for pane in PaneKind::ALL {
        let exhibit = taken_out(&mut harness, pane);
        assert_eq!(exhibit.is_some(), gives(pane).is_some(), "{}", pane.title());
        let button = format!("Export {}", pane.title());
        let has_menu = harness.query_by_role_and_label(Role::Button, &button).is_some();
        assert_eq!(has_menu, gives(pane).is_some(), "the bar of {}", pane.title());
        let Some(exhibit) = exhibit else { continue };
        let steps = harness.state().steps_in_sight();
        check_files(&exhibit, pane, &steps);
    }
    // The menu of a pane offers each form that was read here.
    harness.state_mut().show_pane(PaneKind::Loss);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Export Loss").click();
    harness.run_steps(2);
    for form in ["Export figure as PNG …", "Export figure as SVG …", "Export figure as PDF …", "Export data as CSV …"]
    {
        assert!(harness.query_by_label(&format!("{form} of Loss")).is_some(), "{form}");
    }
}

/// What colours tell, patterns and shapes tell as well, of layers, losses, twins and runs that are laid over.
#[test]
fn curves_are_told_apart_without_their_colours() {
    let mut harness = full();
    let mut compared = 0;
    for pane in PaneKind::ALL.into_iter().filter(|pane| gives(*pane).is_some()) {
        let Some(exhibit) = taken_out(&mut harness, pane) else { panic!("{}", pane.title()) };
        for panel in &exhibit.panels {
            let Panel::Chart(chart) = panel else { continue };
            for (place, one) in chart.series.iter().enumerate() {
                for other in &chart.series[..place] {
                    compared += 1;
                    let is_alike = (one.style, one.marker) == (other.style, other.marker);
                    let names = (&one.name, &one.kind, &other.name, &other.kind);
                    assert!(
                        !is_alike || one.color == other.color,
                        "{}: {names:?} differ in colour alone",
                        pane.title()
                    );
                }
            }
        }
    }
    assert!(compared > 100, "{compared} pairs of curves");
}

#[test]
fn figures_have_the_steps_that_are_seen_on_the_axis_on_which_they_are_seen() {
    let mut harness = full();
    for is_logarithmic in [false, true] {
        if is_logarithmic {
            harness.key_press(Key::X);
            harness.run_steps(3);
        }
        let mut over_steps = 0;
        for pane in PaneKind::ALL.into_iter().filter(|pane| gives(*pane).is_some()) {
            let Some(exhibit) = taken_out(&mut harness, pane) else { panic!("{}", pane.title()) };
            let seen = harness.state().steps_in_sight();
            let last = harness.state().status().step as f64;
            for axis in axes_of_steps(&exhibit) {
                over_steps += 1;
                let wanted = if is_logarithmic { AxisScale::LogFromZero } else { AxisScale::Linear };
                assert_eq!(axis.scale, wanted, "{}", pane.title());
                // Where nothing is yet, there is air on the screen.
                assert_eq!(axis.range, Some((seen.start().max(0.0), seen.end().min(last))), "{}", pane.title());
            }
            for panel in &exhibit.panels {
                let Panel::Chart(chart) = panel else { continue };
                // Twins differ from their fork on.
                if chart.x.label != "step" || chart.y.label.contains("B − A") {
                    continue;
                }
                let first = chart.series.iter().flat_map(|series| &series.points).map(|point| point.x);
                assert_eq!(first.fold(f64::INFINITY, f64::min), 0.0, "{}: step 0 is there", pane.title());
            }
        }
        assert!(over_steps >= 6, "{over_steps} panels over steps");
    }
}

#[test]
fn the_legend_of_a_figure_has_the_order_of_the_windows() {
    let mut harness = full();
    let exhibit = taken_out(&mut harness, PaneKind::Alignment).expect("curves");
    let svg = exhibit.drawn(&FigureLook::default()).expect("drawn").svg().expect("an SVG");
    let told = texts(&svg);
    let shelved = harness.state().status().shelf[0].experiment.name.clone();
    let names = ["learning signal, cos(g, H)", "full update, cos(ΔW, H)", "Twin B", &format!("{shelved} (1), layer 1")];
    let places: Vec<usize> =
        names.iter().map(|name| told.find(name).unwrap_or_else(|| panic!("no '{name}' in {told}"))).collect();
    assert!(places.is_sorted(), "{names:?} at {places:?} of {told}");
    // In the window from left to right.
    let at = |label: &str| harness.get_by_role_and_label(Role::CheckBox, label).rect();
    let entries = [at("Learning signal"), at("Full update"), at("Twin B"), at(&format!("{shelved} (1)"))];
    assert!(
        entries.windows(2).all(|pair| (pair[0].top(), pair[0].left()) < (pair[1].top(), pair[1].left())),
        "{entries:?}"
    );
}

#[test]
fn the_plane_of_the_run_is_taken_out_with_its_own_axes() {
    let mut harness = full();
    let exhibit = taken_out(&mut harness, PaneKind::Phase).expect("a plane");
    let [Panel::Places(places)] = &exhibit.panels[..] else { panic!("a plane: {:?}", exhibit.title) };
    for axis in [&places.x, &places.y] {
        assert!(matches!(axis.scale, AxisScale::LogBesideZero { .. }) && axis.range.is_some_and(|(low, _)| low == 0.0));
    }
    assert!(places.stays.len() >= 2, "before and after the change");
    assert!(places.rings.iter().any(|ring| ring.name == "the run now"));
    assert!(places.rings.iter().any(|ring| ring.color.is_some()), "the run that is laid over");
    assert_eq!(places.numbers.rows.len(), places.stays.len());
    // On a dark ground its colours are the dark ones.
    let dark = FigureLook { is_dark: true, ..FigureLook::default() };
    let svg = |look: &FigureLook| exhibit.drawn(look).expect("drawn").svg().expect("an SVG");
    let value = places.stays[0].value;
    let hex = |dark| {
        let [r, g, b] = hebbscope::record::colormap::diverging(value, dark);
        format!("#{r:02x}{g:02x}{b:02x}")
    };
    assert!(svg(&dark).contains(&hex(true)) && svg(&FigureLook::default()).contains(&hex(false)));
}

#[test]
fn a_grid_is_taken_out_with_the_quantity_and_the_cut_that_are_seen() {
    let mut harness = crate::phase::planned(&[]);
    harness.get_by_label("Start the grid").click();
    let is_done = |window: &Window| window.grid_of_runs().is_some_and(|snapshot| snapshot.state == LiveState::Done);
    wait(&mut harness, "full grid", is_done);
    harness.run_steps(2);
    let of = |harness: &mut Harness<'_, Window>| {
        let exhibit = harness.state_mut().taken_out(PaneKind::Phase).expect("a plane");
        let [Panel::Map(map), Panel::Chart(beside)] = &exhibit.panels[..] else { panic!("{:?}", exhibit.panels) };
        (map.clone(), beside.clone(), exhibit)
    };
    let (map, cut, exhibit) = of(&mut harness);
    assert_eq!((map.values.len(), map.color_label.as_str()), (12, "cosine of learning signal"));
    assert!(cut.title.starts_with("Cut along") && cut.y.label == map.color_label, "{}", cut.title);
    // One line in front, by its name; the others are for the numbers.
    let named: Vec<bool> = cut.series.iter().map(|series| !series.is_unnamed).collect();
    assert_eq!(named, [true, false, false, false]);
    if let Some(folder) = std::env::var_os("HEBBSCOPE_FIGURES").map(PathBuf::from) {
        let pdf = exhibit.drawn(&FigureLook::default()).expect("drawn").pdf().expect("a PDF");
        std::fs::write(folder.join("grid-page.pdf"), pdf).expect("written");
    }
    harness.get_by_label("Loss against alignment").click();
    harness.run_steps(2);
    let (_, beside, _) = of(&mut harness);
    assert!(beside.title.ends_with("against alignment"), "{}", beside.title);
}
