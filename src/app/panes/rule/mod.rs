//! A learning rule to write: its expressions, what is wrong with them, what they amount to, and a run that trains by it.

mod draft;
mod field;
pub mod live;
mod made_of;
mod names;
mod start_from;
mod tables;

use eframe::egui::{Button, ComboBox, Grid, Id, RichText, ScrollArea, Ui};

use super::twins;
use crate::app::link::guard::{Loaded, Order};
use crate::app::look::focus;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::experiment::{Experiment, Normalization, OptimizerKind, RULE_SECTION, fields, with_assignment};
use crate::expression::{Explanation, Field, Rule, RuleError, RuleText};
use crate::record::Exhibit;
use crate::training::{Branch, Command};
use draft::Draft;
use field::ExpressionField;

/// An expression that names can be written into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Signal,
    Bias,
    /// Of the running average in that row.
    State(usize),
}

impl Place {
    fn id(self) -> Id {
        match self {
            Self::Signal => Id::unique("rule signal"),
            Self::Bias => Id::unique("rule bias"),
            Self::State(row) => Id::unique(("rule state", row)),
        }
    }
}

/// What came of a text that was checked.
struct Checked {
    text: RuleText,
    outcome: Result<Explanation, RuleError>,
}

/// The pane, with what stands in its fields.
#[derive(Default)]
pub struct RulePane {
    draft: Draft,
    /// The run's rule as it was last seen: fields that nobody has touched follow it.
    of_run: Option<Draft>,
    /// What the last choice of a known rule replaced.
    before: Option<Draft>,
    checked: Option<Checked>,
    /// Where names are written.
    place: Place,
    /// Why the last experiment that was asked for cannot be.
    refused: Option<(Draft, String)>,
}

impl Pane for RulePane {
    fn kind(&self) -> PaneKind {
        PaneKind::Rule
    }

    fn has_exhibit(&self) -> bool {
        false
    }

    fn exhibit(&mut self, _view: &mut View<'_>) -> Option<Exhibit> {
        None
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let experiment = view.link.status().experiment.clone();
        self.follow(&experiment);
        self.check(experiment.model.bias);
        self.header(ui, view, &experiment);
        ui.separator();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            self.expressions(ui, &experiment);
            self.rows(ui, view);
            self.steps(ui);
            ui.add_space(6.0);
            let explanation = self.checked.as_ref().and_then(|checked| checked.outcome.as_ref().ok());
            made_of::ui(ui, explanation, experiment.model.bias);
            if let Some(name) = names::ui(ui) {
                self.write(ui, name, experiment.model.bias);
            }
            ui.add_space(6.0);
            focus::follow(ui);
        });
        if self.checked.as_ref().is_none_or(|checked| checked.text != self.draft.text(experiment.model.bias)) {
            // What was typed is judged in the next frame.
            ui.ctx().request_repaint();
        }
    }
}

impl RulePane {
    /// Takes the run's rule up, as long as nobody has written another.
    fn follow(&mut self, experiment: &Experiment) {
        let of_run = Draft::of(experiment);
        if self.of_run == of_run {
            return;
        }
        let is_untouched = self.of_run.as_ref().map_or_else(Draft::default, Draft::clone).is_same(&self.draft);
        if let (true, Some(draft)) = (is_untouched, &of_run) {
            self.draft = draft.clone();
        }
        self.of_run = of_run;
    }

    fn check(&mut self, has_biases: bool) {
        let text = self.draft.text(has_biases);
        if self.checked.as_ref().is_none_or(|checked| checked.text != text) {
            let outcome = Rule::check(&text).map(|rule| rule.explain());
            self.checked = Some(Checked { text, outcome });
        }
    }

    fn error(&self) -> Option<RuleError> {
        self.checked.as_ref().and_then(|checked| checked.outcome.as_ref().err().cloned())
    }

    fn header(&mut self, ui: &mut Ui, view: &mut View<'_>, experiment: &Experiment) {
        ui.horizontal_wrapped(|ui| {
            if let Some(chosen) = start_from::ui(ui, experiment, self.before.as_ref()) {
                let before = std::mem::replace(&mut self.draft, chosen);
                let is_lost = self.of_run.as_ref().is_none_or(|of_run| !of_run.is_same(&before));
                self.before = Some(before).filter(|before| is_lost && *before != Draft::default());
            }
            let palette = Palette::of(ui.ctx().theme());
            let text = RichText::new("Train a new run with it").color(palette.on_accent).strong();
            let error = self.error();
            let button = ui.add_enabled(error.is_none(), Button::new(text).fill(palette.accent));
            let why = error.map(|error| {
                format!("The rule cannot be read yet. {}: {}", words_of(&error.field), error.problem)
            });
            let button = button
                .on_hover_text("End this run and start another by this rule, with everything else as it is now.")
                .on_disabled_hover_text(words::say(&why.clone().unwrap_or_default()));
            if button.clicked() {
                self.train(view, experiment);
            }
            let why = why.or_else(|| twins::why_not_now(view).map(str::to_owned));
            let button = ui.add_enabled(why.is_none(), Button::new("Fork it as a twin"));
            let replaced = match view.link.status().twin {
                Some(_) => " It takes the place of the twin that there is.",
                None => "",
            };
            let about = "Copy the run at the present step and let the copy go on by this rule, on the same batches and the \
                         same noise. What the rule remembers begins at its start values.";
            let button = button
                .on_hover_text(format!("{about}{replaced}"))
                .on_disabled_hover_text(words::say(&why.unwrap_or_default()));
            if button.clicked() {
                self.fork(view, experiment);
            }
        });
        if let Some((_, why)) = self.refused.as_ref().filter(|(draft, _)| draft.is_same(&self.draft)) {
            field::complain(ui, why);
        }
    }

    fn train(&mut self, view: &mut View<'_>, experiment: &Experiment) {
        match self.draft.experiment(experiment, view.link.pending()) {
            Ok(next) => {
                self.refused = None;
                view.orders.push(Order::Load(Box::new(Loaded { runs: true, ..Loaded::new(next) })));
            }
            Err(why) => self.refused = Some((self.draft.clone(), why)),
        }
    }

    fn fork(&mut self, view: &mut View<'_>, experiment: &Experiment) {
        let rule = toml::Value::Table(self.draft.written_into(&experiment.rule, experiment.model.bias).fields());
        match with_assignment(experiment, RULE_SECTION, rule.clone()) {
            Ok(next) if next == *experiment => {
                self.refused = Some((self.draft.clone(), "The run trains by this rule already.".into()));
            }
            Ok(_) => {
                self.refused = None;
                view.link.send(Command::Fork { changes: vec![(RULE_SECTION.to_owned(), rule)] });
                // Its numbers are the copy's alone.
                view.link.set_steer(Some(Branch::B));
                view.commands.push(AppCommand::ShowPane(PaneKind::Twins));
            }
            Err(error) => self.refused = Some((self.draft.clone(), error.to_string())),
        }
    }

    fn expressions(&mut self, ui: &mut Ui, experiment: &Experiment) {
        let error = self.error();
        let of = |field: Field| error.as_ref().filter(|error| error.field == field);
        let span = |error: Option<&RuleError>| error.and_then(|error| error.place).map(|place| place.span);
        let width = ui.available_width();
        let mut expression = |ui: &mut Ui, place: Place, name: &str, hint, rows, text: &mut String, field: Field| {
            let error = of(field);
            let shown = ExpressionField { id: place.id(), name, hint, rows, width }.ui(ui, text, span(error));
            if shown.has_focus() {
                self.place = place;
            }
            if let Some(error) = error {
                field::fault(ui, error, true);
            }
            shown
        };
        tables::heading(ui, "Signal of the weights", "what a synapse proposes for a sample")
            .on_hover_text(words::say("g_ij of the weight from neuron j to neuron i, per unit of learning rate, for each sample; its mean over the \
                 batch is what trains. Noise, clip and decay follow, as under any rule."));
        let signal = &mut self.draft.signal;
        expression(ui, Place::Signal, "Signal of the weights", "post * pre", 3, signal, Field::Signal);
        let has_biases = experiment.model.bias;
        let about = if has_biases { "with pre = 1; empty where they do not learn" } else { "" };
        tables::heading(ui, "Signal of the biases", about)
            .on_hover_text("g_i of the bias of neuron i, for each sample.");
        let bias = &mut self.draft.bias;
        if has_biases {
            expression(ui, Place::Bias, "Signal of the biases", "", 1, bias, Field::Bias);
        } else {
            let reason = "This network has no biases.";
            ui.add_enabled_ui(false, |ui| {
                let mut nothing = String::new();
                let id = Place::Bias.id();
                let none = ExpressionField { id, name: "Signal of the biases", hint: reason, rows: 1, width };
                none.ui(ui, &mut nothing, None).on_disabled_hover_text(
                    "model.bias is false in this experiment, so that there is nothing that this signal could train.",
                );
            });
        }
    }

    fn rows(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let error = self.error();
        tables::heading(ui, "Parameters", "numbers that can be changed while the run goes on");
        tables::parameters(ui, view.link, &mut self.draft, error.as_ref());
        tables::heading(ui, "Running averages", "what neurons or synapses remember");
        let focused = tables::states(ui, view.link, &mut self.draft, error.as_ref(), |row| Place::State(row).id());
        if let Some(row) = focused {
            self.place = Place::State(row);
        }
    }

    /// What follows upon the signal.
    fn steps(&mut self, ui: &mut Ui) {
        tables::heading(ui, "What follows", "for every weight, after the signal");
        Grid::new("rule follows").num_columns(2).show(ui, |ui| {
            let name = |kind| match kind {
                Normalization::None => "as they are",
                Normalization::Standardize => "mean 0, SD 1",
                Normalization::Unit => "length 1",
            };
            let label = ui.label(words::say("Rows of weights"));
            let combo = ComboBox::from_id_salt("rule normalization").width(110.0);
            let shown = combo.selected_text(name(self.draft.normalization)).show_ui(ui, |ui| {
                for kind in [Normalization::None, Normalization::Standardize, Normalization::Unit] {
                    ui.selectable_value(&mut self.draft.normalization, kind, name(kind));
                }
            });
            let about = "What the weights into each neuron are made after every step (rule.normalization).";
            shown.response.labelled_by(label.id).on_hover_text(words::say(about));
            ui.end_row();
            let label = ui.label("Signal goes through");
            let name = |kind| match kind {
                OptimizerKind::Sgd => "SGD",
                OptimizerKind::Adam => "Adam",
            };
            let combo = ComboBox::from_id_salt("rule optimizer").width(110.0);
            let shown = combo.selected_text(name(self.draft.optimizer)).show_ui(ui, |ui| {
                for kind in [OptimizerKind::Sgd, OptimizerKind::Adam] {
                    ui.selectable_value(&mut self.draft.optimizer, kind, name(kind));
                }
            });
            let about = fields::field("rule.optimizer").map_or("", |field| field.doc);
            shown.response.labelled_by(label.id).on_hover_text(words::say(about));
        });
    }

    /// Writes a name into the expression that had the keyboard last.
    fn write(&mut self, ui: &Ui, name: &str, has_biases: bool) {
        let place = match self.place {
            Place::Bias if !has_biases => Place::Signal,
            Place::State(row) if row >= self.draft.states.len() => Place::Signal,
            place => place,
        };
        let text = match place {
            Place::Signal => &mut self.draft.signal,
            Place::Bias => &mut self.draft.bias,
            Place::State(row) => &mut self.draft.states[row].of,
        };
        names::insert(ui, place.id(), text, name);
    }
}

/// The part that an error is about, in plain words.
fn words_of(field: &Field) -> String {
    match field {
        Field::Signal => "Signal of the weights".into(),
        Field::Bias => "Signal of the biases".into(),
        Field::State(name) => format!("Running average {name}"),
        Field::Parameter(name) => format!("Parameter {name}"),
    }
}
