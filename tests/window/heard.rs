//! What those know of the window who do not see it: what every picture shows, and what everything is called that answers to a
//! press or a key.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use eframe::egui::{Key, Rect, Role, Shape, Theme, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::look::dialog::Dialog;
use hebbscope::app::look::theme::Palette;
use hebbscope::app::look::words::Vocabulary;
use hebbscope::app::{LayoutPreset, PaneKind, Window};

use crate::dialogs::opened;
use crate::left::has_own_cache;
use crate::stage::{LIMIT, each_menu, finished, open_paused, short, sized, small};
use crate::taken_out::full;

/// Pictures of a pane, by the beginnings of their names, each with words of what it tells. A pane that is added does not
/// compile without an answer.
fn pictures(pane: PaneKind) -> &'static [(&'static str, &'static str)] {
    match pane {
        // Their text, fields and rows are heard as such.
        PaneKind::Controls | PaneKind::Runs | PaneKind::Rule | PaneKind::Setup | PaneKind::History | PaneKind::Log => {
            &[]
        }
        // The bars of a layer have their values in their names.
        PaneKind::Forces => &[],
        PaneKind::Network => &[("Drawing of the network", "neurons Hebbian")],
        PaneKind::Alignment => &[("Plot of alignment", "cosine of the learning signal at step")],
        PaneKind::Loss => &[("Plot of loss", "training loss")],
        PaneKind::Neurons => {
            &[("Heat map of neurons", "mean cosine"), ("Histogram of mean cosines", "neurons with means")]
        }
        PaneKind::Matrices => &[("Heat map of", "cosine with the Hebbian update"), ("Scatter plot of", "cos ")],
        PaneKind::Norms => &[("Plot of norms", "Weights |W| of layer 1")],
        PaneKind::Phase => &[("Plot of phase diagram", "the run is at")],
        PaneKind::Twins => {
            &[("Plot of Signal alignment of twins", "difference B − A"), ("Plot of difference of twins", "A ")]
        }
    }
}

/// Height in points from which a picture is one that says more than its name: bars and keys are lower.
const PICTURE: f64 = 60.0;

/// Names of the pictures in sight, and what each tells.
fn told(harness: &Harness<'_, Window>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for node in harness.root().children_recursive() {
        let node = node.accesskit_node();
        let height = node.bounding_box().map_or(0.0, |at| at.y1 - at.y0);
        if node.role() == Role::Image && height >= PICTURE {
            all.push((node.label().unwrap_or_default(), node.value().unwrap_or_default()));
        }
    }
    all
}

#[test]
fn every_picture_of_every_pane_tells_what_it_shows() {
    let mut harness = full();
    let mut seen = 0;
    for pane in PaneKind::ALL {
        harness.state_mut().show_pane(pane);
        harness.run_steps(3);
        let wanted = pictures(pane);
        let begins = |all: &[(String, String)]| {
            wanted.iter().all(|(name, _)| all.iter().any(|(known, _)| known.starts_with(name)))
        };
        // What is made of a step's matrices is there in a moment.
        let until = Instant::now() + LIMIT;
        while !begins(&told(&harness)) {
            assert!(Instant::now() < until, "{pane:?}: {:?} for {wanted:?}", told(&harness));
            harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        for (name, text) in told(&harness) {
            seen += 1;
            assert!(text.chars().any(|letter| letter.is_ascii_digit()), "{pane:?}: '{name}' tells '{text}'");
        }
        for (name, words) in wanted {
            let all = told(&harness);
            let tells = all.iter().any(|(known, text)| known.starts_with(name) && text.contains(words));
            assert!(tells, "{pane:?}: no '{words}' in what '{name}' tells: {all:?}");
        }
    }
    assert!(seen >= 15, "{seen} pictures");
}

/// Roles of what answers to a press or a key.
fn is_interactive(role: Role) -> bool {
    use Role::{
        Button, CheckBox, ColorWell, ComboBox, Link, MenuItem, MultilineTextInput, RadioButton, Slider, SpinButton,
        Tab, TextInput,
    };
    let some = [
        Button,
        CheckBox,
        ColorWell,
        ComboBox,
        Link,
        MenuItem,
        MultilineTextInput,
        RadioButton,
        Slider,
        SpinButton,
        Tab,
        TextInput,
    ];
    some.contains(&role)
}

/// What has no name that can be said, and where it was seen.
#[derive(Default)]
struct Nameless {
    found: BTreeMap<String, String>,
    named: BTreeSet<String>,
}

impl Nameless {
    fn look(&mut self, harness: &Harness<'_, Window>, place: &str) {
        for node in harness.root().children_recursive() {
            let node = node.accesskit_node();
            if !is_interactive(node.role()) {
                continue;
            }
            let name = node.label().unwrap_or_default();
            if name.chars().any(char::is_alphanumeric) {
                self.named.insert(name);
            } else {
                let what = format!("{:?} '{name}' with the value {:?}", node.role(), node.value());
                self.found.entry(what).or_insert_with(|| format!("{place}, at {:?}", node.bounding_box()));
            }
        }
    }

    #[track_caller]
    fn judge(self, least: usize) {
        assert!(self.named.len() >= least, "only {} names", self.named.len());
        assert!(self.found.is_empty(), "{} without a name: {:#?}", self.found.len(), self.found);
    }
}

#[test]
fn whatever_answers_to_a_press_has_a_name() {
    let mut harness = full();
    let mut nameless = Nameless::default();
    for pane in PaneKind::ALL {
        harness.state_mut().show_pane(pane);
        for _ in 0..6 {
            harness.step();
            std::thread::sleep(Duration::from_millis(10));
        }
        nameless.look(&harness, &format!("{pane:?}"));
    }
    each_menu(&mut harness, |harness, menu| {
        nameless.look(harness, menu);
    });
    harness.state_mut().arrange(LayoutPreset::Phase);
    harness.run_steps(3);
    harness.get_by_label("Grid of runs").click();
    harness.run_steps(3);
    nameless.look(&harness, "the plan of a grid");
    harness.key_press(Key::F11);
    harness.run_steps(4);
    nameless.look(&harness, "before a room");
    nameless.judge(150);
}

#[test]
fn dialogs_have_names_for_whatever_answers_to_a_press() {
    if !has_own_cache("heard::dialogs_have_names_for_whatever_answers_to_a_press") {
        return;
    }
    let mut nameless = Nameless::default();
    for &dialog in Dialog::ALL {
        let mut harness = opened(dialog, Vocabulary::default());
        harness.run_steps(4);
        nameless.look(&harness, &format!("{dialog:?}"));
    }
    nameless.judge(100);
}

/// Where the ring of the focus is drawn.
fn ringed(harness: &Harness<'_, Window>, theme: Theme) -> Option<Rect> {
    let color = Palette::of(theme).mark;
    harness.output().shapes.iter().rev().find_map(|clipped| match &clipped.shape {
        Shape::Rect(rect) if rect.stroke.color == color && rect.stroke.width == 2.0 => Some(rect.rect),
        _ => None,
    })
}

/// Bars above, panes, timeline and messages are gone through in the order in which they are read, and where keys go is seen.
#[test]
fn keys_go_from_one_to_the_next_as_one_reads_and_are_seen_to() {
    for theme in [Theme::Dark, Theme::Light] {
        let mut harness = finished(PaneKind::Loss, vec2(1280.0, 720.0), short(&[]));
        harness.ctx.set_theme(theme);
        harness.state_mut().arrange(LayoutPreset::Teach);
        harness.run_steps(4);
        let rail = harness.get_by_role_and_label(Role::Slider, "Step to show").rect();
        let decay = harness.get_by_role_and_label(Role::Slider, "Weight decay").rect();
        let reset = harness.get_by_label("Reset").rect();
        let switch = harness.get_by_label("System theme").rect();
        assert!(switch.right() <= harness.ctx.content_rect().right() - 6.0, "{switch:?} touches the edge");
        let mut places = Vec::new();
        // More than there is to reach; of the other theme the look of the ring alone is of interest.
        let most = if theme == Theme::Dark { 120 } else { 4 };
        for _ in 0..most {
            harness.key_press(Key::Tab);
            harness.run_steps(3);
            let Some(focused) = harness.ctx.memory(|memory| memory.focused()) else { continue };
            let at = harness.ctx.read_response(focused).expect("it was drawn").interact_rect;
            if places.first() == Some(&at) && places.len() > 20 {
                break;
            }
            assert!(at.is_positive(), "{at:?} is out of sight");
            let ring = ringed(&harness, theme).unwrap_or_else(|| panic!("no ring around {at:?}, {theme:?}"));
            // At an edge of the window it is drawn within: all of it is seen.
            let screen = harness.ctx.content_rect();
            assert!(screen.contains_rect(ring.expand(2.0)), "{ring:?} is cut");
            let inner = at.intersect(screen.shrink(2.0));
            assert!(ring.contains_rect(inner) && ring.expand(-4.0).size().x <= at.size().x, "{ring:?} around {at:?}");
            places.push(at);
        }
        if theme == Theme::Light {
            continue;
        }
        let first = |is: &dyn Fn(&Rect) -> bool| places.iter().position(is);
        let last = |is: &dyn Fn(&Rect) -> bool| places.iter().rposition(is);
        let above = last(&|at| at.bottom() <= reset.bottom() + 2.0).expect("bars");
        let within = first(&|at| at.center().distance(decay.center()) < 2.0);
        let within = within.unwrap_or_else(|| panic!("{decay:?} is not among {places:?}"));
        let timeline = first(&|at| at.center().distance(rail.center()) < 2.0).expect("the timeline");
        let below = first(&|at| at.top() >= rail.bottom() - 2.0).expect("messages");
        assert!(
            above < within && within < timeline && timeline < below,
            "{above} {within} {timeline} {below}: {places:?}"
        );
    }
}

/// In a small window, or with everything enlarged, the bar above says less.
#[test]
fn nothing_of_the_bar_lies_on_something_else_in_a_narrow_window() {
    for width in [600.0, 640.0, 720.0, 853.0, 1280.0] {
        let mut harness = open_paused(sized(vec2(width, 480.0)), small(&[]));
        harness.run_steps(3);
        let rect = |label: &str| {
            let mut all = harness.query_all_by_label(label);
            let button = all.find(|node| matches!(node.accesskit_node().role(), Role::Button | Role::ComboBox));
            button.unwrap_or_else(|| panic!("no '{label}'")).rect()
        };
        let buttons = ["Gallery", "Run", "Step", "Step size", "Reset", "New seed"].map(rect);
        assert!(buttons.windows(2).all(|pair| pair[0].right() <= pair[1].left()), "{width}: {buttons:?}");
        let beside = harness.root().children_recursive().filter_map(|node| {
            let node = node.accesskit_node();
            let text = node.value().or_else(|| node.label())?;
            let is_of_bar = text.trim() == "paused" || text.starts_with("Progress: ");
            is_of_bar.then(|| node.bounding_box()).flatten()
        });
        let beside: Vec<f64> = beside.map(|at| at.x0).collect();
        assert!(beside.iter().all(|left| *left >= f64::from(buttons[5].right())), "{width}: {beside:?}, {buttons:?}");
        assert_eq!(beside.is_empty(), width < 800.0, "{width}: {beside:?}");
    }
}
