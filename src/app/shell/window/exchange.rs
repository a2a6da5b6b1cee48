//! What goes out of the window and comes in: exports, files, share strings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::bounded;
use eframe::egui::Context;

use super::Window;
use crate::app::figures::about::About;
use crate::app::figures::exhibits;
use crate::app::figures::exports::{Content, What};
use crate::app::figures::full_rate;
use crate::app::figures::full_rate::FullRate;
use crate::app::figures::takeout;
use crate::app::figures::takeout::Done;
use crate::app::link::Recorded;
use crate::app::link::guard::{Loaded, Order, Plane};
use crate::app::link::journal::Weight;
use crate::app::look::numbers;
use crate::app::look::words;
use crate::app::orders::ExportForm;
use crate::app::orders::Purpose;
use crate::app::orders::pane_kind::{LayoutPreset, PaneKind};
use crate::app::shell::figure_dialog::{Chosen, FigureDialog};
use crate::app::shell::numbers_dialog::{Level, NumbersDialog};
use crate::app::shell::opening::{Answer, Found, Opening};
use crate::app::shell::progress;
use crate::app::view::{View, Wants};
use crate::experiment::Experiment;
use crate::record::{Exhibit, Intervention, make_if_proposed};
use crate::share::{self, Opened};
use crate::training::{Command, rehearse_live};

impl Window {
    /// Takes what a pane shows out of it, as it is at this moment.
    pub(super) fn export(&mut self, ctx: &Context, kind: PaneKind, form: ExportForm) {
        let mut view = View {
            moment: self.link.moment(),
            shown_step: self.link.shown_step(),
            link: &mut self.link,
            time: &mut self.time,
            selection: &mut self.selection,
            hidden: &self.hidden,
            highlighted: &[],
            film: None,
            points: if form.is_figure() || form == ExportForm::CopyImage {
                exhibits::POINTS
            } else {
                exhibits::ALL_POINTS
            },
            wants: &mut Wants::default(),
            commands: &mut Vec::new(),
            orders: &mut Vec::new(),
        };
        let Some(exhibit) = self.panes.get(kind).exhibit(&mut view) else {
            let text = format!("The {} pane shows nothing yet that could be exported.", kind.title());
            self.link.journal_mut().say(Weight::Warning, text);
            return;
        };
        if matches!(form, ExportForm::CopyImage | ExportForm::CopyData) {
            return self.exports.begin(ctx, What::Clipboard(exhibit, self.look.clone(), form));
        }
        if form.is_figure() {
            self.figure = Some(FigureDialog::new(kind, form, exhibit, self.look.clone()));
            return;
        }
        let settings = words::plain(&words::say(&exhibit.subtitle)).into_owned();
        let about = About::of(kind.id(), view.link.status(), view.shown_step, settings);
        let steps = view.time.steps();
        let shown = full_rate::columns_shown(&exhibit);
        if shown.is_empty() {
            return self.ask_for_file(ctx, Purpose::Export(kind, form), exhibit, about);
        }
        // Other panes, and the run, go on meanwhile.
        let (to, rows) = bounded(1);
        self.link.send(Command::ReadRows(to));
        let others =
            self.link.overlaid().map(|run| self.link.name_of(run)).filter(|name| full_rate::names_run(&exhibit, name));
        let others = others.collect();
        self.numbers = Some(NumbersDialog::new(kind, exhibit, about, shown, steps, rows).beside(others));
    }

    /// Asks where to write what a pane shows.
    fn ask_for_file(&mut self, ctx: &Context, purpose: Purpose, exhibit: Exhibit, mut about: About) {
        let Purpose::Export(_, form) = purpose else { return };
        if exhibit.runs_over_steps() {
            let (from, to) = self.time.steps();
            about.steps = Some((from, to.min(about.run_at_step)));
            about.keep_changes_to(to);
        }
        let suggestion = takeout::suggestion(&exhibit, form);
        self.exported = Some(Content::Shown(Box::new(exhibit), Box::new(about)));
        self.dialogs.ask(ctx, purpose, suggestion);
    }

    /// Goes on with numbers whose level of detail is being chosen, and with rows that are being written.
    pub(super) fn choose_numbers(&mut self, ctx: &Context) {
        for (purpose, rows) in self.exports.rows_under_way() {
            let Purpose::Export(kind, _) = purpose else { continue };
            let (done, all) = rows.progress.rows();
            let title = format!("Every step of {}", kind.title());
            let counted = format!("{} of {} rows", numbers::count(done), numbers::count(all));
            if progress::window(ctx, &title, (done, all), &counted, "The run trains on.") {
                rows.progress.give_up();
            }
            ctx.request_repaint_after(Duration::from_millis(60));
        }
        let Some(mut dialog) = self.numbers.take() else { return };
        match dialog.ui(ctx) {
            Level::Waiting => self.numbers = Some(dialog),
            Level::GivenUp => {}
            Level::Shown => {
                let (kind, exhibit, about) = dialog.into_parts();
                self.ask_for_file(ctx, Purpose::Export(kind, ExportForm::Csv), exhibit, about);
            }
            Level::Rows(rows, wish) => {
                let reading = self.link.status().experiment.measure.alignment;
                let shown = dialog.columns_shown().clone();
                let (kind, exhibit, about) = dialog.into_parts();
                let suggestion = takeout::suggestion(&exhibit, ExportForm::Csv);
                let name = suggestion.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let suggestion = suggestion.with_file_name(format!("{name}-every-step.csv"));
                let rows = FullRate::new(rows, &shown, wish, reading, about);
                self.exported = Some(Content::Rows(Arc::new(rows)));
                self.dialogs.ask(ctx, Purpose::Export(kind, ExportForm::Csv), suggestion);
            }
        }
    }

    /// Goes on with a figure whose looks are being chosen.
    pub(super) fn choose_look(&mut self, ctx: &Context) {
        let Some(mut figure) = self.figure.take() else { return };
        match figure.ui(ctx) {
            Chosen::Waiting => self.figure = Some(figure),
            Chosen::GivenUp(look) => self.look = look,
            Chosen::Look(look) => {
                self.look = look;
                let (kind, form, exhibit) = figure.into_parts();
                self.ask_for_file(ctx, Purpose::Export(kind, form), exhibit, About::default());
            }
        }
    }

    /// Says what became of something.
    pub(super) fn tell(&mut self, outcome: Result<String, String>) {
        let (weight, text) = match outcome {
            Ok(text) => (Weight::Note, text),
            Err(text) => (Weight::Warning, text),
        };
        self.link.journal_mut().say(weight, text);
    }

    /// Goes on with a path that was asked for.
    pub(super) fn take_path(&mut self, ctx: &Context, purpose: Purpose, path: PathBuf) {
        match purpose {
            // A later choice takes the place of one that is still being read.
            Purpose::Open => self.opening = Some(Opening::new(ctx, path)),
            // Another window may have saved under the name that was proposed.
            Purpose::SaveSession => match make_if_proposed(&path) {
                Ok(path) => self.link.send(Command::SaveSession(path)),
                Err(error) => self.tell(Err(format!("nothing saved: {error}"))),
            },
            Purpose::SaveSnapshot => self.link.send(Command::SaveSnapshot(path)),
            Purpose::SaveCells => {
                let Some(snapshot) = self.panes.grid_of_runs() else { return };
                self.exports.begin(ctx, What::Cells(snapshot, path));
            }
            Purpose::Animation(..) => self.begin_animation(ctx, path),
            Purpose::Export(_, form) => {
                let Some(content) = self.exported.take() else { return };
                self.exports.begin(ctx, What::File(content, self.look.clone(), purpose, form, path));
            }
        }
    }

    /// Says what came of exports that are at their end; of one that failed another path is asked for.
    pub(super) fn take_exports(&mut self, ctx: &Context) {
        for (what, outcome) in self.exports.poll() {
            let outcome = outcome.map(|done| match done {
                Done::Written(said) => said,
                Done::Picture(picture, said) => {
                    ctx.copy_image(picture);
                    said
                }
                Done::Text(text, said) => {
                    ctx.copy_text(text);
                    said
                }
            });
            match (&*what, &outcome) {
                (What::Cells(snapshot, _), Ok(_)) => self.panes.grid_saved(snapshot),
                (What::Cells(_, path), Err(error)) => {
                    self.dialogs.ask_again(Purpose::SaveCells, path.clone(), error.clone());
                }
                (What::File(Content::Rows(rows), ..), Err(_)) if rows.progress.is_given_up() => {}
                (What::File(content, _, purpose, _, path), Err(error)) => {
                    self.exported = Some(content.clone());
                    self.dialogs.ask_again(*purpose, path.clone(), error.clone());
                }
                _ => {}
            }
            self.tell(outcome);
        }
    }

    /// Goes on with what was read from a file or folder; the order to run it, if it is a run.
    pub(super) fn take_up(&mut self, path: &Path, read: Answer) -> Option<Order> {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        let read = match read {
            Ok(Found::Reproduction(reproduction)) => {
                self.tell(Ok(format!("Opened the reproduction {}; it is in the gallery", words::path(path))));
                self.leave_first_page(true);
                self.gallery.show_result(reproduction);
                return None;
            }
            Ok(Found::Sweep(snapshot, folder)) => {
                let (done, all) = (numbers::count(snapshot.done as u64), numbers::count(snapshot.cells.len() as u64));
                self.link.grids_mut().add(Arc::clone(&snapshot));
                let said = Some(format!("Opened the grid {}: {done} of {all} runs are there", words::path(&folder)));
                return Some(Order::Load(Box::new(Loaded {
                    layout: Some(LayoutPreset::Phase),
                    pane: Some(PaneKind::Phase),
                    said,
                    ..Loaded::new(snapshot.grid.experiment().clone()).with_plane(Plane::Trained(snapshot))
                })));
            }
            Ok(Found::Opened(opened, warnings)) => {
                warnings.into_iter().for_each(|warning| self.tell(Err(warning)));
                Ok(*opened)
            }
            Err(error) => Err(error),
        };
        if let Ok(
            Opened::Experiment { experiment, interventions } | Opened::RunFolder { experiment, interventions, .. },
        ) = &read
            && let Err(error) = rehearse_live(experiment, interventions)
        {
            self.tell(Err(format!("{}: {error}", words::path(path))));
            return None;
        }
        match read {
            Ok(Opened::Experiment { experiment, interventions }) => {
                let said = Some(format!("Opened {}", words::path(path)));
                let loaded = Loaded { interventions, said, ..Loaded::new(experiment) };
                return Some(Order::Load(Box::new(loaded)));
            }
            Ok(Opened::RunFolder { experiment, interventions, end: Some(end), .. }) => {
                let loaded = Loaded { interventions, end: Some(end), ..Loaded::new(experiment) };
                return Some(Order::Load(Box::new(loaded)));
            }
            Ok(Opened::RunFolder { experiment, interventions, metrics, end: None }) => {
                let said = Some(format!("Opened the run {}; its curves are drawn faintly", words::path(path)));
                let recorded = metrics.map(|store| Recorded { name, store });
                let loaded = Loaded { interventions, recorded, said, ..Loaded::new(experiment) };
                return Some(Order::Load(Box::new(loaded)));
            }
            Ok(Opened::Snapshot(snapshot)) => {
                let step = numbers::count(snapshot.step);
                let beside = "they stand as A beside those of the run";
                self.tell(Ok(format!("Opened the matrices of step {step} from {}; {beside}", words::path(path))));
                self.leave_first_page(true);
                self.panes.show_opened(name, Arc::new(snapshot));
                self.desk.show(PaneKind::Matrices);
            }
            Err(error) => self.tell(Err(error)),
        }
        None
    }

    /// A new run of an experiment, with the changes on its way, beside curves that were recorded.
    pub(super) fn load(&mut self, loaded: Loaded) {
        let Loaded { experiment, interventions, end, recorded, layout, pane, plane, runs, said } = loaded;
        // What is chosen on the first page trains, as the run that lies behind it would.
        let runs = runs || (self.gallery.shows_first() && self.runs_after);
        self.leave_first_page(false);
        self.gallery.close();
        if let Some(said) = said {
            self.tell(Ok(said));
        }
        if let Some(layout) = layout {
            self.arrange(layout);
        }
        if let Some(plane) = plane {
            self.panes.show_grid(plane);
        }
        if let Some(pane) = pane {
            self.desk.show(pane);
        }
        self.link.show_recorded(recorded);
        let experiment = Box::new(experiment);
        if let Some(folder) = end {
            self.link.restart_paused(Command::Open { folder, experiment, interventions });
            return;
        }
        self.link.restart(if interventions.is_empty() {
            Command::Load(experiment)
        } else {
            Command::Replay { experiment, interventions }
        });
        if runs {
            self.link.send(Command::Run);
        }
    }

    /// The share string of this run, and what is to be said of it: the experiment as it began with the changes on its way,
    /// which is what repeats it; without any, the experiment with the settings that it has.
    pub(super) fn share_string(&self) -> (String, String) {
        let status = self.link.status();
        let twin = if status.twin.is_some() { "; twin B is not in it" } else { "" };
        let total = status.initial.total_steps();
        let has_part = |one: &&Intervention| !one.is_of_length() && one.step < total;
        let changes: Vec<_> = status.interventions.iter().filter(has_part).cloned().collect();
        if changes.is_empty() {
            let text = share::encode(&status.experiment, &[]);
            return (text, format!("Copied the experiment with its present settings as a share string{twin}"));
        }
        let words = if changes.len() == 1 { "change" } else { "changes" };
        let said = format!(
            "Copied the experiment as it began, with the {} {words} on its way, as a share string{twin}",
            changes.len()
        );
        (share::encode(&status.initial, &changes), said)
    }

    /// The command that repeats this run; where it has a twin, the commands that repeat each of them.
    pub(super) fn command_line(&self) -> String {
        let status = self.link.status();
        let mut experiment = Experiment::clone(&status.initial);
        if status.step > 0 && status.step != experiment.total_steps() {
            experiment.training.steps = Some(status.step);
        }
        // The length is that of the run; what was planned on the way, or set after its last step, has no part in it.
        let total = experiment.total_steps();
        let has_part = |one: &&Intervention| !one.is_of_length() && one.step < total;
        let line = |interventions: &[Intervention]| {
            let changes: Vec<_> = interventions.iter().filter(has_part).cloned().collect();
            share::command_line(&experiment, &changes, None)
        };
        let run = line(&status.interventions);
        status.twin.as_ref().map_or(run.clone(), |twin| {
            let (forked_at, twin) = (twin.forked_at, line(&twin.interventions));
            format!("# Twin A\n{run}\n# Twin B, forked before step {forked_at}\n{twin}\n")
        })
    }
}
