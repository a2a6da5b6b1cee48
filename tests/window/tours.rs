//! Tours in the window, taken through accessible names without a display, with the real trainer behind them.

use std::process::Command;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Role, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use hebbscope::app::{LayoutPreset, PaneKind, Window, WindowSetup};
use hebbscope::experiment::fields::field;
use hebbscope::experiment::{Experiment, resolve};
use hebbscope::tour::{Guide, LAYOUTS, PANES, TOURS, Tour};
use hebbscope::training::RunState;

use crate::stage::{self, builder, sized, wait};

const FRONT: &str = "---\ntitle: Small tour\nshows: S\npaper: P\nminutes: 1\n---\n";

/// A network small enough that hundreds of steps take no time.
const SMALL: &str = "sre model.hidden=[8,8] data.train_examples=200 data.validation_examples=20 data.input_size=4 \
                     data.output_size=3 training.batch_size=20 training.seeds=1 training.steps=500000";

fn small() -> Experiment {
    let assignments: Vec<String> = SMALL.split_whitespace().skip(1).map(String::from).collect();
    resolve("sre", &assignments).expect("the preset takes these values")
}

fn open(builder: HarnessBuilder<Window>, tour: Option<Tour>) -> Harness<'static, Window> {
    let mut harness = stage::open(builder, small(), WindowSetup { tour, ..WindowSetup::default() });
    wait(&mut harness, "prepared run", |window| window.status().state != RunState::Preparing);
    harness.run_steps(3);
    harness
}

#[track_caller]
fn press(harness: &mut Harness<'_, Window>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run_steps(3);
}

fn guide(window: &Window) -> &Guide {
    window.guide().expect("a tour is under way")
}

fn stage(window: &Window) -> usize {
    guide(window).place().0
}

/// Two stages: a question that sets off a run, and a setting made by hand.
fn small_tour() -> Tour {
    let text = format!(
        "{FRONT}## First\nWords with **weight**.\n\n- a point\n\n::experiment {SMALL} regularizer.weight_decay=0\n\
         ::layout teach\n::select layer 1\n::hide noise.weight_sd\n::rate 300\n::ask Which one?\n\
         - this :: Not this.\n- [x] that :: Indeed that.\n::reveal\nRevealed words.\n::run\n\
         ::wait steps >= 30 then pause\n::expect train_loss > 0\n\
         ## Second\nMore words.\n::highlight regularizer.weight_decay alignment\n\
         ::wait field regularizer.weight_decay >= 5e-3\n"
    );
    Tour::parse("small", &text).expect("well formed")
}

#[test]
fn the_window_has_what_tours_name() {
    assert_eq!(PaneKind::ALL.map(PaneKind::id), PANES);
    assert_eq!(LayoutPreset::ALL.map(LayoutPreset::id), LAYOUTS);
}

#[test]
fn menus_read_the_heads_that_the_parser_reads() {
    for built_in in TOURS {
        let tour = built_in.tour().expect("well formed");
        assert_eq!((built_in.title(), built_in.shows()), (tour.title.as_str(), tour.shows.as_str()));
    }
}

#[test]
fn every_tour_starts_from_the_menu() {
    let mut harness = open(builder(), None);
    assert!(harness.query_by_role_and_label(Role::Button, "End tour").is_none());
    for built_in in TOURS {
        press(&mut harness, "Tours menu");
        press(&mut harness, &format!("Menu: {}", built_in.title()));
        let guide = guide(harness.state());
        assert_eq!((guide.tour().title.as_str(), guide.place().0), (built_in.title(), 1));
        let title = guide.stage().title.clone();
        assert!(harness.query_by_label(&title).is_some(), "{title}");
        let wanted = guide_experiment(built_in.name);
        wait(&mut harness, "the tour's experiment", |window| window.status().experiment.name == wanted);
    }
    press(&mut harness, "End tour");
    assert!(harness.state().guide().is_none());
}

/// Name of the experiment that a tour loads first.
fn guide_experiment(name: &str) -> String {
    let text = TOURS.iter().find(|tour| tour.name == name).map(|tour| tour.text).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("::experiment ")).expect("it loads one");
    line.split_whitespace().next().expect("by name").to_owned()
}

#[test]
fn beginners_are_offered_the_first_tour() {
    let mut harness = open(builder(), None);
    press(&mut harness, "Take the tour");
    assert_eq!(guide(harness.state()).tour().title, TOURS[0].title());
    assert!(harness.query_by_role_and_label(Role::Button, "Take the tour").is_none(), "once is enough");
}

#[test]
fn the_palette_finds_tours() {
    let mut harness = open(builder(), None);
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::P);
    harness.run_steps(3);
    let name = format!("Tour: {}", TOURS[1].title());
    harness.get_by_role_and_label(Role::TextInput, "Find a command").type_text(TOURS[1].title());
    harness.run_steps(3);
    press(&mut harness, &name);
    assert_eq!(guide(harness.state()).tour().title, TOURS[1].title());
}

#[test]
fn a_wrong_answer_is_told_and_the_right_one_marked() {
    let mut harness = open(builder(), Some(small_tour()));
    assert!(harness.query_by_label("Words with weight.").is_some() && harness.query_by_label("a point").is_some());
    assert!(harness.query_by_label("Revealed words.").is_none());
    assert!(harness.get_by_role_and_label(Role::Button, "Next").accesskit_node().is_disabled());
    press(&mut harness, "this");
    assert_eq!(guide(harness.state()).chosen(), Some(0));
    for shown in ["Not right", "Not this.", "Revealed words."] {
        assert!(harness.query_by_label(shown).is_some(), "{shown}");
    }
    assert!(harness.query_by_label("Indeed that.").is_none());
    harness.get_by_role_and_label(Role::Button, "that").click();
    harness.run_steps(2);
    assert_eq!(guide(harness.state()).score(), (0, 1), "the first answer counts");
}

#[test]
fn a_tour_is_taken_and_gives_back_what_it_took() {
    let mut harness = open(builder(), None);
    harness.state_mut().arrange(LayoutPreset::Matrices);
    harness.run_steps(2);
    let panes = harness.state().panes_in_sight();
    harness.get_by_role_and_label(Role::Slider, "Speed").set_value_accesskit(1000.0);
    wait(&mut harness, "speed", |window| window.status().speed_limit == Some(1000.0));
    let before = harness.state().status().run_id;

    harness.state_mut().start_tour(small_tour());
    wait(&mut harness, "tour's run", |window| window.status().run_id == before + 1);
    wait(&mut harness, "tour's speed", |window| window.status().speed_limit == Some(300.0));
    harness.run_steps(3);
    assert_eq!(harness.state().panes_in_sight(), [PaneKind::Controls, PaneKind::Alignment]);
    assert!(harness.query_by_role_and_label(Role::Slider, "Weight noise").is_none(), "hidden");
    assert!(harness.query_by_role_and_label(Role::Slider, "Input noise").is_some());
    let speed = harness.get_by_role_and_label(Role::Slider, "Speed").accesskit_node().numeric_value();
    assert_eq!(speed, Some(300.0), "the slider shows the tour's speed");

    press(&mut harness, "that");
    assert!(harness.query_by_label("Right").is_some() && harness.query_by_label("Indeed that.").is_some());
    wait(&mut harness, "end of the wait", |window| guide(window).can_go_on());
    wait(&mut harness, "pause", |window| window.status().state == RunState::Paused);
    assert!(harness.state().status().step >= 30);
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("steps in this stage: ").is_some());
    assert!(guide(harness.state()).claims()[0].holds);
    harness.key_press(Key::PageDown);
    harness.run_steps(3);
    assert_eq!(stage(harness.state()), 2);
    assert!(harness.query_by_label("weight decay: 0, waiting for ≥ 5×10⁻³").is_some());
    press(&mut harness, "Back");
    assert_eq!(stage(harness.state()), 1);
    press(&mut harness, "Skip");
    harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(0.02);
    wait(&mut harness, "setting by hand", |window| guide(window).can_go_on());
    harness.run_steps(2);
    press(&mut harness, "Finish");
    assert!(harness.state().guide().is_none());
    assert_eq!(harness.state().panes_in_sight(), panes);
    assert!(harness.query_by_role_and_label(Role::Slider, "Weight noise").is_some(), "back again");
    wait(&mut harness, "speed as before", |window| window.status().speed_limit == Some(1000.0));
    wait(&mut harness, "the experiment as it was found", |window| {
        *window.status().experiment == small() && window.status().state == RunState::Paused
    });
}

/// Two stages; the second waits for a setting by hand, shows a pane, and is long enough for the setting to be changed
/// again before it is done.
fn by_hand() -> Tour {
    let text = format!(
        "{FRONT}## First\nWords.\n::experiment {SMALL} regularizer.weight_decay=0\n::layout explore\n::run\n\
         ::wait steps >= 30 then pause\n\
         ## Second\nMore words.\n::pane loss\n::run\n\
         ::wait field regularizer.weight_decay between 5e-3 and 8e-3\n::wait steps >= 30000\n"
    );
    Tour::parse("by-hand", &text).expect("well formed")
}

#[test]
fn a_stage_that_went_astray_has_ways_out() {
    let mut harness = open(builder(), Some(by_hand()));
    wait(&mut harness, "first stage", |window| guide(window).can_go_on() && window.status().state == RunState::Paused);
    let entered = harness.state().status().step;
    press(&mut harness, "Next");
    wait(&mut harness, "steps", |window| window.status().step > entered + 50);
    // Past what is asked for, on the way to the slider's end.
    for decay in [6e-3, 0.07] {
        harness.get_by_role_and_label(Role::Slider, "Weight decay").set_value_accesskit(decay);
        wait(&mut harness, "decay", |window| window.status().experiment.regularizer.weight_decay == decay);
        wait(&mut harness, "a look at it", |window| guide(window).waits()[0].holds == (decay < 8e-3));
    }
    let step = harness.state().status().step;
    wait(&mut harness, "steps", |window| window.status().step > step + 300);
    assert!(!guide(harness.state()).can_go_on(), "too much is not what was asked for");
    press(&mut harness, "Start this stage again");
    wait(&mut harness, "settings of the stage's begin", |window| {
        window.status().experiment.regularizer.weight_decay == 0.0
    });
    wait(&mut harness, "a run that went back", |window| {
        let went_back = format!("Went back to step {entered}");
        // Thousands have commas there.
        window.journal().entries().iter().any(|entry| entry.text.replace(',', "") == went_back)
    });
    wait(&mut harness, "training", |window| window.status().state == RunState::Running);
    press(&mut harness, "Set it for me");
    wait(&mut harness, "end of the stage", |window| guide(window).can_go_on());
    assert_eq!(harness.state().status().experiment.regularizer.weight_decay, 5e-3);
}

#[test]
fn a_pane_that_was_closed_is_asked_for_in_words() {
    let mut harness = open(builder(), Some(by_hand()));
    press(&mut harness, "Skip");
    assert!(harness.state().panes_in_sight().contains(&PaneKind::Loss), "the stage opens it");
    for kind in [PaneKind::Loss, PaneKind::Controls] {
        press(&mut harness, "Window menu");
        press(&mut harness, &format!("Menu: {}", kind.title()));
        assert!(!harness.state().panes_in_sight().contains(&kind), "{kind:?} was closed");
        let words = format!("The pane '{}', which this stage needs, is closed.", kind.title());
        assert!(harness.query_by_label(&words).is_some(), "{words}");
        press(&mut harness, &format!("Show {}", kind.title()));
        assert!(harness.state().panes_in_sight().contains(&kind));
        assert!(harness.query_by_label(&words).is_none());
    }
}

#[test]
fn a_tour_waits_for_its_own_run() {
    // The run that is there has gone further than the stage asks for.
    let mut harness = open(builder(), None);
    harness.key_press(Key::Space);
    wait(&mut harness, "steps", |window| window.status().step > 200);
    let text = format!("{FRONT}## A\nWords.\n::experiment {SMALL}\n::wait step >= 100\n");
    harness.state_mut().start_tour(Tour::parse("inline", &text).expect("well formed"));
    let run = harness.state().status().run_id;
    wait(&mut harness, "paused run of the tour", |window| {
        window.status().run_id > run && window.status().state == RunState::Paused
    });
    harness.run_steps(5);
    assert_eq!(harness.state().status().step, 0, "a tour's experiment waits for its ::run");
    assert!(!guide(harness.state()).can_go_on());
    assert!(harness.query_by_label("The run is paused. Press Run to go on.").is_some());
}

#[test]
fn a_built_in_tour_is_taken_to_its_end() {
    let place = TOURS.iter().position(|tour| tour.name == "noise").expect("built in");
    let mut harness = open(builder(), Some(TOURS[place].tour().expect("well formed")));
    let stages = guide(harness.state()).place().1;
    for at in 1..=stages {
        assert_eq!(stage(harness.state()), at);
        if let Some(question) = guide(harness.state()).stage().question.clone() {
            let right: String = question.choices[question.right()].text.iter().map(|span| span.text.as_str()).collect();
            press(&mut harness, &right);
            assert_eq!(guide(harness.state()).chosen(), Some(question.right()));
        }
        go_on(&mut harness);
        let claims = guide(harness.state()).claims().to_vec();
        for claim in claims {
            assert!(claim.holds, "stage {at}: {}: {:?}", claim.condition, claim.measured);
        }
        if at < stages {
            press(&mut harness, "Next");
        }
    }
    let next = format!("Next tour: {}", TOURS[place + 1].title());
    press(&mut harness, &next);
    assert_eq!((guide(harness.state()).tour().title.as_str(), stage(harness.state())), (TOURS[place + 1].title(), 1));
    press(&mut harness, "End tour");
    assert!(harness.query_by_role_and_label(Role::Slider, "Weight noise").is_some());
    assert_eq!(harness.state().speed_limit(), None);
}

/// Waits for a stage as an impatient person does, at full speed and with the settings that it asks for.
fn go_on(harness: &mut Harness<'_, Window>) {
    let mut set = None;
    let start = Instant::now();
    while !guide(harness.state()).can_go_on() {
        if harness.state().speed_limit().is_some() {
            harness.get_by_role_and_label(Role::Slider, "Speed").set_value_accesskit(5000.0);
        }
        let by_hand = guide(harness.state()).awaited().and_then(|wait| wait.by_hand());
        if let Some((path, value)) = by_hand.filter(|(path, _)| set != Some(*path)) {
            let label = field(path).expect("known").label;
            let value = value.as_float().expect("a number");
            harness.get_by_role_and_label(Role::Slider, label).set_value_accesskit(value * 1.01);
            set = Some(path);
        }
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
        let waits = guide(harness.state()).waits();
        assert!(start.elapsed() < stage::LIMIT, "{}: {waits:?}", guide(harness.state()).stage().title);
    }
    harness.run_steps(3);
}

#[test]
fn the_smallest_window_holds_a_tour() {
    let mut harness = open(sized(vec2(960.0, 560.0)), Some(TOURS[0].tour().expect("well formed")));
    harness.run_steps(3);
    let screen = eframe::egui::Rect::from_min_size(eframe::egui::Pos2::ZERO, vec2(960.0, 560.0));
    for name in ["Back", "Skip", "Next", "End tour"] {
        let rect = harness.get_by_role_and_label(Role::Button, name).rect();
        assert!(screen.contains_rect(rect), "{name}: {rect:?}");
    }
    let slider = harness.get_by_role_and_label(Role::Slider, "Weight decay").rect();
    assert!(slider.width() > 100.0, "a slider of {} points can be aimed at", slider.width());
}

#[test]
fn a_tour_that_cannot_be_read_ends_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = folder.path().join("mine.md");
    std::fs::write(&wrong, format!("{FRONT}## A\ntext\n::dance\n")).expect("written");
    let wrong = wrong.display().to_string();
    for (name, message) in [
        (
            "dance",
            "--tour dance: neither a built-in tour (weight-decay, noise, oscillations, other-rules, own-rule) nor a Markdown file",
        ),
        ("none.md", "none.md: cannot be read"),
        (wrong.as_str(), "mine.md:9: unknown directive '::dance'"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_hebbscope")).args(["--tour", name]).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(message) && said.trim_end().lines().count() == 1, "{said}");
    }
}
