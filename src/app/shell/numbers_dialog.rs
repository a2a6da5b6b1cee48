//! How fine numbers are to be: those that a pane shows, or every measured step behind them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::{Align, Button, Context, DragValue, Layout, RichText, Ui};

use crate::app::figures::about::About;
use crate::app::figures::full_rate::{self, Size, Wish};
use crate::app::look::dialog::Dialog;
use crate::app::look::numbers;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::pane_kind::PaneKind;
use crate::record::Exhibit;
use crate::training::{RunRows, caught};

/// Width in points.
const WIDTH: f32 = 430.0;

/// Space before what belongs to a choice.
const INDENT: f32 = 22.0;

/// Numbers whose level of detail is being chosen.
pub struct NumbersDialog {
    kind: PaneKind,
    exhibit: Arc<Exhibit>,
    about: About,
    /// Columns of the rows that the pane shows.
    shown: BTreeSet<String>,
    /// Other runs whose curves are seen, and whose rows are not this run's.
    others: Vec<String>,
    /// Steps in sight.
    sight: (u64, u64),
    last: u64,
    wants_rows: bool,
    wish: Wish,
    rows: Rows,
    size_shown: Measured<(), Size>,
    size: Measured<Wish, Size>,
    is_new: bool,
}

/// What was chosen.
pub enum Level {
    /// Nothing yet.
    Waiting,
    /// No file.
    GivenUp,
    /// What the pane shows.
    Shown,
    /// These rows.
    Rows(Arc<RunRows>, Wish),
}

/// The rows of the run, once the trainer has answered.
enum Rows {
    Asked(Receiver<Result<RunRows, String>>),
    There(Arc<RunRows>),
    Refused(String),
}

/// Something that is found out on another thread, and what of.
struct Measured<K, T> {
    known: Option<(K, Result<T, String>)>,
    asked: Option<(K, Receiver<Result<T, String>>)>,
}

impl NumbersDialog {
    /// Of a pane whose curves are made of these columns; `rows` is where the trainer hands out the rows.
    #[must_use]
    pub fn new(
        kind: PaneKind,
        exhibit: Exhibit,
        about: About,
        shown: BTreeSet<String>,
        (from, to): (u64, u64),
        rows: Receiver<Result<RunRows, String>>,
    ) -> Self {
        let last = about.run_at_step.saturating_sub(1);
        let sight = (from.min(last), to.min(last));
        let with_twin = about.twin_forked_at.is_some();
        Self {
            kind,
            exhibit: Arc::new(exhibit),
            about,
            shown,
            others: Vec::new(),
            sight,
            last,
            wants_rows: false,
            wish: Wish { steps: sight, every_column: false, with_twin },
            rows: Rows::Asked(rows),
            size_shown: Measured::default(),
            size: Measured::default(),
            is_new: true,
        }
    }

    /// The same where curves of other runs are seen, by the names of these.
    #[must_use]
    pub fn beside(self, others: Vec<String>) -> Self {
        Self { others, ..self }
    }

    /// Columns of the rows that the pane shows.
    #[must_use]
    pub fn columns_shown(&self) -> &BTreeSet<String> {
        &self.shown
    }

    /// Pane, content, and what is told of it.
    #[must_use]
    pub fn into_parts(self) -> (PaneKind, Exhibit, About) {
        (self.kind, Arc::unwrap_or_clone(self.exhibit), self.about)
    }

    fn is_possible(&self) -> bool {
        !self.wants_rows || (self.problem().is_none() && matches!(self.rows, Rows::There(_)))
    }

    /// Draws the question.
    pub fn ui(&mut self, ctx: &Context) -> Level {
        self.hear(ctx);
        let mut level = Level::Waiting;
        let mut exports = false;
        let modal = Dialog::Numbers.show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading(words::say(&format!("Numbers of {} as CSV", self.kind.title())));
            ui.add_space(6.0);
            self.seen(ui);
            ui.add_space(6.0);
            self.every_step(ui);
            ui.add_space(8.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let export = ui.add_enabled(self.is_possible(), Button::new("Export …"));
                if self.is_new {
                    export.request_focus();
                    self.is_new = false;
                }
                exports = export.clicked();
                if ui.button("Cancel").clicked() {
                    level = Level::GivenUp;
                }
            });
        });
        // A number that was being typed is taken up by the same key.
        if exports || (modal.confirmed && self.is_possible()) {
            level = match &self.rows {
                Rows::There(rows) if self.wants_rows => Level::Rows(Arc::clone(rows), self.wish.clone()),
                _ => Level::Shown,
            };
        }
        if modal.cancelled && matches!(level, Level::Waiting) { Level::GivenUp } else { level }
    }

    /// Takes what has been found out, and has found out what is wanted now.
    fn hear(&mut self, ctx: &Context) {
        if let Rows::Asked(answer) = &self.rows {
            match answer.try_recv() {
                Ok(Ok(rows)) => self.rows = Rows::There(Arc::new(rows)),
                Ok(Err(why)) => self.rows = Rows::Refused(why),
                Err(TryRecvError::Disconnected) => self.rows = Rows::Refused("the trainer has ended".into()),
                Err(TryRecvError::Empty) => {}
            }
        }
        let exhibit = Arc::clone(&self.exhibit);
        self.size_shown.follow(ctx, &(), move || {
            let tables = exhibit.tables();
            let rows = tables.iter().map(|table| table.text.lines().count().saturating_sub(1) as u64).sum();
            let bytes = tables.iter().map(|table| table.text.len() as u64).sum();
            Ok(Size { rows, bytes, files: tables.len() })
        });
        if let Rows::There(rows) = &self.rows {
            let (rows, shown, wish) = (Arc::clone(rows), self.shown.clone(), self.wish.clone());
            self.size.follow(ctx, &self.wish, move || full_rate::size(&rows, &shown, &wish));
        }
    }

    /// Why the rows that are wanted cannot be written.
    fn problem(&self) -> Option<String> {
        let (from, to) = self.wish.steps;
        if let Rows::Refused(why) = &self.rows {
            return Some(format!("The rows cannot be had: {why}."));
        }
        if from > to {
            let (from, to) = (numbers::count(from), numbers::count(to));
            return Some(format!("The first step, {from}, has to lie before the last, {to}."));
        }
        match &self.size.known {
            Some((_, Err(why))) => Some(why.clone()),
            Some((_, Ok(size))) if size.rows == 0 => {
                Some("Of these steps no rows are there: what was opened has none, or none was measured.".into())
            }
            _ => None,
        }
    }

    fn seen(&mut self, ui: &mut Ui) {
        let choice = ui.radio_value(&mut self.wants_rows, false, "What is seen");
        choice.on_hover_text(words::say(
            "The curves as they are drawn: mean and spread over seeds, step by step where there is \
                                         room, else several steps a row.",
        ));
        note(ui, &[self.size_shown.words(), full_rate_words(&self.exhibit)]);
    }

    fn every_step(&mut self, ui: &mut Ui) {
        let choice = ui.radio_value(&mut self.wants_rows, true, words::say("Every measured step"));
        choice.on_hover_text(words::say(
            "A row a step and seed, with the values as they were measured, from the run's own \
                                         rows on disk.",
        ));
        let words = match &self.rows {
            Rows::Asked(_) => "waiting for the run".to_owned(),
            _ => self.size.words_of(&self.wish),
        };
        note(ui, &[words, "of each seed by itself".to_owned()]);
        if !self.others.is_empty() {
            let names = self.others.join(", ");
            let text = format!(
                "Of {names} no rows: this file has the rows of this run alone. Their curves are in what is seen; brought back, \
                 a run has rows of its own."
            );
            indented(ui, |ui| ui.label(RichText::new(words::say(&text)).small().weak()));
        }
        if let Rows::There(rows) = &self.rows
            && let Some(thinned) = rows.run.thinned().filter(|thinned| thinned.before > self.wish.steps.0)
        {
            let (before, every) = (numbers::count(thinned.before), numbers::count(thinned.every));
            let text = format!(
                "Before step {before} only multiples of {every} are left: the rows had filled their room on disk."
            );
            indented(ui, |ui| {
                ui.label(RichText::new(words::say(&text)).small().color(Palette::of(ui.ctx().theme()).warning))
            });
        }
        ui.add_enabled_ui(self.wants_rows, |ui| {
            indented(ui, |ui| self.steps(ui));
            indented(ui, |ui| self.columns(ui));
        });
        if let Some(problem) = self.problem().filter(|_| self.wants_rows) {
            indented(ui, |ui| {
                ui.label(RichText::new(words::say(&problem)).color(Palette::of(ui.ctx().theme()).warning))
            });
        }
    }

    fn steps(&mut self, ui: &mut Ui) {
        let last = self.last;
        let steps = &mut self.wish.steps;
        let label = ui.label(words::say("Steps"));
        ui.add(DragValue::new(&mut steps.0).range(0..=last))
            .labelled_by(label.id)
            .on_hover_text(words::say("First step."));
        ui.label("to");
        ui.add(DragValue::new(&mut steps.1).range(0..=last)).on_hover_text(words::say("Last step."));
        let shown = self.about.looked_back_at.map(|step| ("Up to the one shown", (0, step.min(last))));
        for (name, range) in [("In sight", self.sight), ("All", (0, last))].into_iter().chain(shown) {
            if ui.selectable_label(*steps == range, name).clicked() {
                *steps = range;
            }
        }
    }

    fn columns(&mut self, ui: &mut Ui) {
        ui.label("Columns");
        let all = match &self.rows {
            Rows::There(rows) => rows.run.columns().names().len(),
            _ => 0,
        };
        let wish = &mut self.wish;
        ui.selectable_value(&mut wish.every_column, false, format!("those shown ({})", self.shown.len()));
        ui.selectable_value(&mut wish.every_column, true, format!("all that are measured ({all})"));
        if self.about.twin_forked_at.is_some() {
            ui.checkbox(&mut wish.with_twin, "Twin B too").on_hover_text("In a file of its own beside the run's.");
        }
    }
}

/// How fine the shown numbers are.
fn full_rate_words(exhibit: &Exhibit) -> String {
    match crate::app::figures::takeout::widest(exhibit) {
        Some(steps) if steps > 1 => format!("up to {} steps a row, mean over seeds", numbers::count(steps)),
        _ => "every measured step in sight, mean over seeds".to_owned(),
    }
}

fn indented<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) {
    ui.horizontal_wrapped(|ui| {
        ui.add_space(INDENT);
        content(ui);
    });
}

fn note(ui: &mut Ui, parts: &[String]) {
    let text = words::say(&parts.join("; ")).into_owned();
    indented(ui, |ui| ui.label(RichText::new(text).small().weak()));
}

impl<K, T> Default for Measured<K, T> {
    fn default() -> Self {
        Self { known: None, asked: None }
    }
}

impl<K: Clone + PartialEq, T: Send + 'static> Measured<K, T> {
    /// Has something found out where that is not known, or on its way.
    fn follow(&mut self, ctx: &Context, of: &K, find: impl FnOnce() -> Result<T, String> + Send + 'static) {
        if let Some(found) = self.asked.as_ref().and_then(|(_, found)| found.try_recv().ok())
            && let Some((of, _)) = self.asked.take()
        {
            self.known = Some((of, found));
        }
        if self.asked.is_some() || self.known.as_ref().is_some_and(|(known, _)| known == of) {
            return;
        }
        let (sender, found) = bounded(1);
        let repaint = ctx.clone();
        let finding = std::thread::Builder::new().name("size of an export".into()).spawn(move || {
            // The dialog may be closed by now.
            let _ = sender.send(caught(find).unwrap_or_else(Err));
            repaint.request_repaint();
        });
        match finding {
            Ok(_) => self.asked = Some((of.clone(), found)),
            Err(error) => self.known = Some((of.clone(), Err(format!("the system refuses a thread: {error}")))),
        }
    }
}

impl<K: PartialEq> Measured<K, Size> {
    fn words_of(&self, of: &K) -> String {
        match &self.known {
            Some((known, Ok(size))) if known == of => size.words(),
            Some((known, Err(_))) if known == of => "cannot be read".into(),
            _ => "counting".into(),
        }
    }
}

impl Measured<(), Size> {
    fn words(&self) -> String {
        self.words_of(&())
    }
}
