//! What a moving picture is to show, and how far it is.

use eframe::egui::{Align, Button, Context, DragValue, Grid, Layout, RichText, Ui, vec2};

use super::progress;
use crate::app::figures::animation::{Animation, Plan, Progress};
use crate::app::look::dialog::Dialog;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::record::{FigureLook, MovingForm};

/// Width of the question in points.
const WIDTH: f32 = 400.0;

/// Most frames: a film of a minute and a half.
const MOST_FRAMES: u32 = 2000;

/// A moving picture that is being planned.
pub struct AnimationDialog {
    plan: Plan,
    /// The last step that can be shown.
    last: u64,
    /// Why MP4 cannot be written here.
    lacks: Option<String>,
    is_new: bool,
}

/// What was chosen.
pub enum Planned {
    /// Nothing yet.
    Waiting,
    /// No moving picture.
    GivenUp,
    /// This one.
    Plan(Plan),
}

impl AnimationDialog {
    /// Of a run that has come to this step.
    #[must_use]
    pub fn new(plan: Plan, last: u64) -> Self {
        let lacks = MovingForm::Mp4.lacks();
        let form = if lacks.is_some() && plan.form == MovingForm::Mp4 { MovingForm::Apng } else { plan.form };
        Self { plan: Plan { form, ..plan }, last, lacks, is_new: true }
    }

    /// Draws the question.
    pub fn ui(&mut self, ctx: &Context) -> Planned {
        let mut planned = Planned::Waiting;
        let modal = Dialog::Animation.show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading(format!("Animation of {}", self.plan.kind.title()));
            ui.add_space(6.0);
            self.fields(ui);
            ui.add_space(4.0);
            let problem = self.problem();
            let seconds = f64::from(self.plan.frames) / self.plan.per_second;
            let warning = Palette::of(ui.ctx().theme()).warning;
            let weak = ui.visuals().weak_text_color();
            let (words, color) = match &problem {
                Some(problem) => (problem.clone(), warning),
                None => (
                    format!(
                        "{seconds:.1} s, on axes and colours that stay. The run trains on; type is that of figures."
                    ),
                    weak,
                ),
            };
            ui.label(RichText::new(words).small().color(color));
            ui.add_space(8.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let go = ui.add_enabled(problem.is_none(), Button::new("Animate …"));
                if self.is_new {
                    go.request_focus();
                    self.is_new = false;
                }
                if go.clicked() {
                    planned = Planned::Plan(self.plan.clone());
                }
                if ui.button("Cancel").clicked() {
                    planned = Planned::GivenUp;
                }
            });
        });
        // A number that was being typed is taken up by the same key.
        if modal.confirmed && self.problem().is_none() {
            planned = Planned::Plan(self.plan.clone());
        }
        if modal.cancelled && matches!(planned, Planned::Waiting) { Planned::GivenUp } else { planned }
    }

    fn problem(&self) -> Option<String> {
        let Plan { from, to, .. } = self.plan;
        (from >= to).then(|| {
            format!("The first step, {}, has to lie before the last, {}.", numbers::count(from), numbers::count(to))
        })
    }

    fn fields(&mut self, ui: &mut Ui) {
        let (plan, last) = (&mut self.plan, self.last);
        Grid::new("animation").num_columns(2).spacing(vec2(12.0, 8.0)).show(ui, |ui| {
            let label = ui.label(words::say("Steps"));
            ui.horizontal(|ui| {
                ui.add(DragValue::new(&mut plan.from).range(0..=last))
                    .labelled_by(label.id)
                    .on_hover_text(words::say("First step."));
                ui.label("to");
                ui.add(DragValue::new(&mut plan.to).range(0..=last)).on_hover_text(words::say("Last step."));
            });
            ui.end_row();
            let label = ui.label("Frames");
            ui.add(DragValue::new(&mut plan.frames).range(2..=MOST_FRAMES)).labelled_by(label.id);
            ui.end_row();
            let label = ui.label("Frames a second");
            ui.add(DragValue::new(&mut plan.per_second).range(1.0..=60.0).max_decimals(1)).labelled_by(label.id);
            ui.end_row();
            let label = ui.label("Width");
            ui.add(DragValue::new(&mut plan.width).range(200..=3840).suffix(" pixels")).labelled_by(label.id);
            ui.end_row();
            ui.label("Form");
            ui.horizontal(|ui| {
                for form in MovingForm::ALL {
                    let lacks = self.lacks.as_ref().filter(|_| form == MovingForm::Mp4);
                    let entry = Button::selectable(plan.form == form, form.name());
                    let entry = ui.add_enabled(lacks.is_none(), entry).on_hover_text(words::say(match form {
                        MovingForm::Apng => "PNG that moves: every colour, for pages and browsers.",
                        MovingForm::Gif => "256 colours, which every program shows.",
                        MovingForm::Mp4 => "Video for slides, packed by ffmpeg.",
                    }));
                    let entry = match lacks {
                        Some(lacks) => entry.on_disabled_hover_text(lacks),
                        None => entry,
                    };
                    if entry.clicked() {
                        plan.form = form;
                    }
                }
            });
            ui.end_row();
        });
    }
}

/// How far it is; whether it is to be given up.
pub fn progress(ctx: &Context, animation: &Animation) -> bool {
    let Progress { done, all, is_first_look } = animation.progress();
    let title = format!("Animation of {}", animation.kind().title());
    let counted = match is_first_look {
        true => format!("Scales of all: {done} of {all} frames"),
        false => format!("{done} of {all} frames"),
    };
    let advice = "Leave the pane's own choices as they are until then.";
    progress::window(ctx, &title, (done.into(), all.into()), &counted, advice)
}

/// What is proposed for a pane: the steps in sight in ten seconds.
#[must_use]
pub fn proposed(
    before: Option<&Plan>,
    kind: crate::app::orders::pane_kind::PaneKind,
    steps: (u64, u64),
    look: FigureLook,
) -> Plan {
    let (from, to) = steps;
    let (frames, per_second, width, form) =
        before.map_or((100, 10.0, 960, MovingForm::Apng), |plan| (plan.frames, plan.per_second, plan.width, plan.form));
    Plan { kind, from, to, frames, per_second, width, form, look }
}
