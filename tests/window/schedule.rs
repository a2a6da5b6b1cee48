//! The course of a live value under its slider: a curve that is what the run will have, and what becomes of it by hand.

use eframe::egui::{Pos2, Rect, Role, Shape, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hebbscope::app::Window;
use hebbscope::app::look::numbers::scientific;

use crate::stage::{open_paused, sized, small, wait};

/// Points of a curve.
const POINTS: usize = 97;
/// A pixel of the curve's height.
const PIXEL: f32 = 0.05;

/// A curve as it is drawn.
struct Curve {
    /// Height over the bottom, of the tallest: at the begin, in the middle and at the end.
    heights: [f32; 3],
    /// Where the mark of the present step stands, from left to right and of the tallest.
    now: (f32, f32),
    /// What is told of it.
    name: String,
}

/// The curve of the learning rate, if there is one.
fn curve(harness: &Harness<'_, Window>) -> Option<Curve> {
    fn look(shape: &Shape, within: Rect, lines: &mut Vec<Vec<Pos2>>, marks: &mut Vec<Pos2>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| look(shape, within, lines, marks)),
            Shape::Path(path) if path.points.len() == POINTS && path.points.iter().all(|at| within.contains(*at)) => {
                lines.push(path.points.clone());
            }
            Shape::Circle(circle) if within.contains(circle.center) => marks.push(circle.center),
            _ => {}
        }
    }
    let node = harness.get_by_label_contains("Schedule of the learning rate: ");
    let (mut lines, mut marks) = (Vec::new(), Vec::new());
    // A mark at the edge of the curve is as wide as it is.
    let within = node.rect().expand(1.0);
    harness.output().shapes.iter().for_each(|shape| look(&shape.shape, within, &mut lines, &mut marks));
    let line = lines.pop()?;
    let name = node.accesskit_node().label().expect("named");
    let (left, right) = (line[0].x, line[POINTS - 1].x);
    let bottom = node.rect().bottom() - 4.0;
    let top = line.iter().map(|at| at.y).fold(f32::INFINITY, f32::min);
    let height = |at: Pos2| (bottom - at.y) / (bottom - top);
    let now = marks.pop().expect("the present step is marked");
    Some(Curve {
        heights: [0, POINTS / 2, POINTS - 1].map(|place| height(line[place])),
        now: ((now.x - left) / (right - left), height(now)),
        name,
    })
}

#[track_caller]
fn assert_curve(harness: &Harness<'_, Window>, heights: [f32; 3], now: (f32, f32), values: [f64; 3]) {
    let seen = curve(harness).expect("a curve");
    for (seen, wanted) in seen.heights.into_iter().zip(heights) {
        assert!((seen - wanted).abs() < PIXEL, "{:?}, not {heights:?}", seen);
    }
    assert!((seen.now.0 - now.0).abs() < 0.01 && (seen.now.1 - now.1).abs() < PIXEL, "{:?}, not {now:?}", seen.now);
    let [begin, present, end] = values.map(scientific);
    let told = format!("; {begin} at step 0, now {present}, {end} at step 100");
    assert!(seen.name.ends_with(&told), "{}, not {told}", seen.name);
}

/// Fields that were changed, and to what.
fn recorded(harness: &Harness<'_, Window>) -> Vec<(u64, String, serde_json::Value)> {
    let all = harness.state().status().interventions.iter();
    all.map(|one| (one.step, one.field.clone(), one.new.clone())).collect()
}

fn click(harness: &mut Harness<'_, Window>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run_steps(3);
}

#[test]
fn a_curve_under_its_slider_is_the_schedule_and_follows_both() {
    let experiment = small(&["training.steps=101", "schedule.learning_rate=linear to 0.2"]);
    let mut harness = open_paused(sized(vec2(1280.0, 1000.0)), experiment);
    harness.run_steps(3);
    let slider = harness.get_by_role_and_label(Role::Slider, "Learning rate").rect();
    let below = harness.get_by_label_contains("Schedule of the learning rate: ").rect();
    assert!(below.top() >= slider.top() && below.top() - slider.bottom() < 20.0, "{slider:?} {below:?}");
    assert_curve(&harness, [1.0, 0.6, 0.2], (0.0, 1.0), [0.1, 0.1, 0.02]);
    harness.state_mut().run_until(50);
    wait(&mut harness, "the middle", |window| window.status().step == 50);
    assert_curve(&harness, [1.0, 0.6, 0.2], (0.5, 0.6), [0.1, 0.06, 0.02]);

    // The slider scales it.
    harness.get_by_role_and_label(Role::Slider, "Learning rate").set_value_accesskit(0.05);
    wait(&mut harness, "half of it", |window| !window.status().interventions.is_empty());
    assert_curve(&harness, [1.0, 0.6, 0.2], (0.5, 0.6), [0.05, 0.03, 0.01]);
    assert_eq!(recorded(&harness), [(50, "rule.learning_rate".to_owned(), serde_json::json!(0.05))]);

    // Another takes its place.
    harness.get_by_label_contains("Schedule of the learning rate: ").click();
    harness.run_steps(3);
    click(&mut harness, "Cosine");
    click(&mut harness, "Apply");
    wait(&mut harness, "another schedule", |window| window.status().interventions.len() == 2);
    let cosine = "from 50, cosine to 0.0 over 51";
    assert_eq!(harness.state().status().experiment.schedule.learning_rate.to_string(), cosine);
    assert_eq!(recorded(&harness)[1], (50, "schedule.learning_rate".to_owned(), serde_json::json!(cosine)));
    assert_curve(&harness, [1.0, 1.0, 0.0], (0.5, 1.0), [0.05, 0.05, 0.0]);
    harness.state_mut().run_until(75);
    wait(&mut harness, "half of the rest", |window| window.status().step == 75);
    assert_curve(&harness, [1.0, 1.0, 0.0], (0.75, 0.5), [0.05, 0.025, 0.0]);

    // Held, the slider has the value and there is no curve.
    harness.get_by_label_contains("Schedule of the learning rate: ").click();
    harness.run_steps(3);
    click(&mut harness, "Hold the present value");
    wait(&mut harness, "a held value", |window| window.status().interventions.len() == 4);
    let experiment = harness.state().status().experiment.clone();
    assert!(experiment.schedule.learning_rate.is_constant());
    assert_eq!(experiment.rule.learning_rate, 0.025);
    let fields: Vec<_> = recorded(&harness)[2..].iter().map(|(step, field, _)| (*step, field.clone())).collect();
    assert_eq!(fields, [(75, "rule.learning_rate".to_owned()), (75, "schedule.learning_rate".to_owned())]);
    harness.run_steps(3);
    assert!(curve(&harness).is_none());
}
