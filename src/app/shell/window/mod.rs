//! The window: panels, the pace of redrawing, and commands taken at the end of a frame.

mod animating;
mod exchange;
mod faults;
mod finding;
mod first;
mod orders;
mod tours;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{
    Align, CentralPanel, Context, Frame, Key, Layout, Margin, Modifiers, Panel, Ui, Vec2, ViewportCommand, Visuals,
};

use super::animation_dialog::AnimationDialog;
use super::dialogs::Dialogs;
use super::display;
use super::ending::Ending;
use super::figure_dialog::FigureDialog;
use super::finder;
use super::finder::{Finder, Outcome};
use super::glossary::Sheet;
use super::left;
use super::left::LeftRun;
use super::menu_bar;
use super::menu_bar::MenuState;
use super::opening;
use super::opening::Opening;
use super::pace::Pace;
use super::paste::{Paste, Pasted};
use super::presenting::Presenting;
use super::status_bar;
use super::timeline;
use super::timeline::Timeline;
use super::top_bar;
use super::top_bar::TopBar;
use crate::app::desk::Desk;
use crate::app::figures::animation::{Animation, Plan};
use crate::app::figures::exhibits;
use crate::app::figures::exports::Exports;
use crate::app::gallery::Gallery;
use crate::app::link::guard::{Answer, Loaded, Order, Question};
use crate::app::link::journal::{Journal, Weight};
use crate::app::link::selection::{Hidden, Selection};
use crate::app::link::settings::told;
use crate::app::link::undo::Way;
use crate::app::link::{DATA_INTERVAL, Link};
use crate::app::look::numbers;
use crate::app::look::stage;
use crate::app::look::theme;
use crate::app::look::theme::Palette;
use crate::app::look::words::Vocabulary;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::{LayoutPreset, PaneKind};
use crate::app::orders::past::Past;
use crate::app::panes::Panes;
use crate::app::plot::time_axis::TimeAxis;
use crate::app::tours::panel;
use crate::app::tours::touring::Touring;
use crate::app::view::{View, Wants};
use crate::experiment::Experiment;
use crate::record::{Exhibit, FigureLook, LeftBehind};
use crate::reproduce::Rates;
use crate::sweep;
use crate::tour::Tour;
use crate::training::{BackendChoice, Command, RunState, Status};

/// Time between two titles of a run that goes on.
const TITLE_INTERVAL: Duration = Duration::from_secs(1);

/// Where the layout is kept between starts.
const DESK: &str = "desk";

/// Where it is kept whether the window asks before it closes.
const ASKS: &str = "asks before closing";

/// Where it is kept whether the timeline is in sight.
const TIMELINE: &str = "timeline";

/// Where it is kept whether a start that is asked for nothing shows the first page.
const FIRST: &str = "shows the first page";

/// Where the looks of figures are kept.
const LOOK: &str = "figure look";
/// Where the vocabulary is kept.
const VOCABULARY: &str = "vocabulary";

/// Height that a window manager's title bar and a taskbar may take.
const TITLE_BAR: f32 = 40.0;

/// How the window starts.
#[derive(Clone, Debug, Default)]
pub struct WindowSetup {
    /// Threads of the trainer.
    pub threads: usize,
    /// What trains.
    pub backend: BackendChoice,
    /// Whether training starts with the window.
    pub run_at_start: bool,
    /// Controls that are out of sight.
    pub hidden: Hidden,
    /// A tour to start with.
    pub tour: Option<Tour>,
    /// Something to open, as if it were dropped.
    pub opens: Option<PathBuf>,
    /// How fast this machine trains, where that is known already.
    pub rates: Option<Rates>,
    /// What there is to say of what an earlier start has stored.
    pub notes: Vec<String>,
    /// Whether the run is saved in the user's cache folder on its way.
    pub autosaves: bool,
    /// Runs that earlier starts left behind, the last one first.
    pub left: Vec<Arc<LeftBehind>>,
    /// Whether the first page lies above the run, which then waits, unless a person has chosen otherwise.
    pub first_page: bool,
    /// What ends the window from another thread.
    pub ending: Ending,
    /// Called in each frame that is drawn: a place for tests to let something fail.
    #[doc(hidden)]
    pub each_frame: Option<fn()>,
}

/// Everything behind the window. Dropping it ends the trainer.
pub struct Window {
    link: Link,
    time: TimeAxis,
    top_bar: TopBar,
    desk: Desk,
    panes: Panes,
    selection: Selection,
    hidden: Hidden,
    palette: Option<Finder>,
    shows_keys: bool,
    glossary: Option<Sheet>,
    dialogs: Dialogs,
    paste: Option<Paste>,
    opening: Option<Opening>,
    /// What was let go above the window and waits for what is being opened.
    to_open: VecDeque<PathBuf>,
    gallery: Gallery,
    /// What is being exported, until its path is known.
    exported: Option<Exhibit>,
    /// A figure whose looks are being chosen, and the looks that were chosen last.
    figure: Option<FigureDialog>,
    look: FigureLook,
    /// A moving picture that is planned, the plan of the last one, and one that is being made.
    planning: Option<AnimationDialog>,
    animated: Option<Plan>,
    animation: Option<Animation>,
    exports: Exports,
    title: String,
    titled: Option<Instant>,
    titled_state: (u64, RunState),
    run_id: u64,
    placing: Placing,
    touring: Option<Touring>,
    question: Option<Question>,
    left: Option<LeftRun>,
    /// Everything that earlier starts left, until that question is answered.
    all_left: Vec<Arc<LeftBehind>>,
    /// Whether training begins once the question about a left run is answered otherwise.
    runs_after: bool,
    /// Whether the window closes without a further question.
    closes: bool,
    /// Whether it is asked before the window closes with something of worth.
    asks: bool,
    /// Whether a start that is asked for nothing shows the first page.
    shows_first: bool,
    /// Whose words the window speaks.
    vocabulary: Vocabulary,
    presenting: Option<Presenting>,
    timeline: Timeline,
    ending: Ending,
    each_frame: Option<fn()>,
    pace: Option<Pace>,
}

impl Window {
    /// Starts a trainer and the window's state around it.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(ctx: &Context, experiment: Experiment, setup: WindowSetup) -> std::io::Result<Self> {
        theme::install(ctx);
        let mut link = Link::new(ctx, experiment, setup.threads.max(1))?;
        setup.ending.watch(ctx, link.leaver());
        if setup.backend != BackendChoice::Cpu {
            link.send(Command::UseBackend(setup.backend));
        }
        if setup.autosaves {
            link.send(Command::Autosave);
        }
        // Behind a question nobody sees what is trained, and it may be trained for nothing.
        let left = LeftRun::last_of(&setup.left);
        if setup.run_at_start && left.is_none() && !setup.first_page {
            link.send(Command::Run);
        }
        let mut window = Self {
            link,
            time: TimeAxis::default(),
            top_bar: TopBar::default(),
            desk: Desk::default(),
            panes: Panes::default(),
            selection: Selection::default(),
            hidden: setup.hidden,
            palette: None,
            shows_keys: false,
            glossary: None,
            dialogs: Dialogs::default(),
            paste: None,
            opening: None,
            to_open: VecDeque::new(),
            gallery: Gallery::new(setup.rates),
            exported: None,
            figure: None,
            look: FigureLook::default(),
            planning: None,
            animated: None,
            animation: None,
            exports: Exports::default(),
            title: String::new(),
            titled: None,
            titled_state: (0, RunState::Preparing),
            run_id: 0,
            placing: Placing::Unknown,
            touring: None,
            question: None,
            runs_after: setup.run_at_start,
            left,
            all_left: setup.left,
            closes: false,
            asks: true,
            shows_first: true,
            vocabulary: Vocabulary::default(),
            presenting: None,
            timeline: Timeline::default(),
            ending: setup.ending,
            each_frame: setup.each_frame,
            pace: Pace::asked(),
        };
        for note in setup.notes {
            window.link.journal_mut().say(Weight::Warning, note);
        }
        if setup.first_page {
            window.gallery.open_first(true);
        }
        window.opening = setup.opens.map(|path| Opening::new(ctx, path));
        if let Some(tour) = setup.tour {
            window.start_tour(tour);
        }
        Ok(window)
    }

    /// Takes up layout and choices of an earlier start.
    pub fn restore(&mut self, storage: &dyn eframe::Storage) {
        // Nothing that is stored here is worth a word where it is damaged: it asks.
        self.asks = eframe::get_value(storage, ASKS).unwrap_or(true);
        self.timeline.wanted = eframe::get_value(storage, TIMELINE).unwrap_or_default();
        self.shows_first = eframe::get_value(storage, FIRST).unwrap_or(true);
        self.vocabulary = eframe::get_value(storage, VOCABULARY).unwrap_or_default();
        if !self.shows_first && self.gallery.shows_first() {
            self.skip_first_page();
        }
        let look = eframe::get_value::<FigureLook>(storage, LOOK).filter(|look| look.check().is_ok());
        self.look = look.unwrap_or_default();
        if storage.get_string(DESK).is_none() {
            return;
        }
        match (eframe::get_value::<Desk>(storage, DESK).filter(Desk::is_sound), &mut self.touring) {
            (Some(kept), Some(touring)) => *touring.desk_before() = kept,
            (Some(kept), None) => self.desk = kept,
            (None, _) => {
                let text = "The stored arrangement of the panes is damaged and is ignored.";
                self.link.journal_mut().say(Weight::Warning, text.into());
            }
        }
    }

    /// The trainer's state as of the last frame.
    #[must_use]
    pub fn status(&self) -> &Status {
        self.link.status()
    }

    /// Trains up to a step, then pauses.
    pub fn run_until(&mut self, step: u64) {
        self.link.send(Command::RunUntil(step));
    }

    /// What happened so far.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        self.link.journal()
    }

    /// The newest state of the grid of runs, if one was started.
    #[must_use]
    pub fn grid_of_runs(&self) -> Option<Arc<sweep::SweepState>> {
        self.panes.grid_of_runs()
    }

    /// Panes that can be seen.
    #[must_use]
    pub fn panes_in_sight(&self) -> Vec<PaneKind> {
        self.desk.in_sight()
    }

    /// Brings a pane to the front, or back if it was closed.
    pub fn show_pane(&mut self, kind: PaneKind) {
        self.desk.show(kind);
    }

    /// Arranges the panes.
    pub fn arrange(&mut self, preset: LayoutPreset) {
        self.desk = Desk::new(preset);
    }

    /// Whether the first page lies above everything.
    #[must_use]
    pub fn shows_first_page(&self) -> bool {
        self.gallery.shows_first()
    }

    /// Whether the gallery lies above the panes.
    #[must_use]
    pub fn shows_gallery(&self) -> bool {
        self.gallery.is_open()
    }

    fn panels(&mut self, ui: &mut Ui, commands: &mut Vec<AppCommand>, orders: &mut Vec<Order>) {
        let fill = ui.visuals().panel_fill;
        let frame = |x: i8, y: i8| Frame::new().fill(fill).inner_margin(Margin::symmetric(x, y));
        let presents = self.presenting.is_some();
        if !presents {
            self.bars(ui, commands, orders, &frame);
        }
        if let Some(presenting) = self.presenting.as_mut().filter(|presenting| presenting.shows_strip) {
            Panel::bottom("strip").resizable(false).frame(frame(12, 6)).show(ui, |ui| {
                presenting.strip(ui, &mut self.link, commands);
            });
        }
        if self.timeline.is_shown(ui.ctx(), presents) {
            let panel = Panel::bottom("timeline").exact_size(timeline::HEIGHT).resizable(false).frame(frame(12, 2));
            panel.show(ui, |ui| self.timeline.ui(ui, &mut self.link, commands));
        }
        let made = self
            .touring
            .as_ref()
            .and_then(|touring| panel::panel(ui, touring, &self.link, touring.missing(&self.desk), commands));
        let marks = self.touring.as_ref().map(Touring::marks).unwrap_or_default();
        let mut wants = Wants::default();
        let mut view = View {
            moment: self.link.moment(),
            shown_step: self.link.shown_step(),
            link: &mut self.link,
            time: &mut self.time,
            selection: &mut self.selection,
            hidden: &self.hidden,
            highlighted: marks,
            points: exhibits::POINTS,
            wants: &mut wants,
            commands,
            orders,
        };
        let room = if self.presenting.is_some() { frame(10, 6) } else { Frame::new().fill(fill) };
        CentralPanel::default_margins().frame(room).show(ui, |ui| match &self.presenting {
            Some(presenting) => self.panes.get(presenting.pane).ui(ui, &mut view),
            None => self.desk.ui(ui, &mut self.panes, &mut view),
        });
        self.link.watch(wants.moment, self.selection.seed_index);
        if let Some(made) = made {
            self.move_in_tour(made);
        }
        self.link.expect(wants.expectations, self.selection.seed_index);
    }

    /// Menus and the run above, messages below.
    fn bars(
        &mut self,
        ui: &mut Ui,
        commands: &mut Vec<AppCommand>,
        orders: &mut Vec<Order>,
        frame: &dyn Fn(i8, i8) -> Frame,
    ) {
        Panel::top("menus").resizable(false).show_separator_line(false).frame(frame(8, 2)).show(ui, |ui| {
            self.menus(ui, commands);
        });
        Panel::top("top_bar").resizable(false).frame(frame(12, 5)).show(ui, |ui| {
            self.top_bar.ui(ui, &mut self.link, commands, orders);
        });
        Panel::bottom("status_bar").exact_size(28.0).resizable(false).frame(frame(12, 2)).show(ui, |ui| {
            status_bar::bar(ui, self.link.journal(), self.link.status(), commands);
        });
    }

    fn menus(&self, ui: &mut Ui, commands: &mut Vec<AppCommand>) {
        let theme = ui.ctx().options(|options| options.theme_preference);
        let has_timeline = self.timeline.is_shown(ui.ctx(), false);
        let state = MenuState {
            is_enabled: &|command| self.is_enabled(command),
            is_on: &|command| match command {
                AppCommand::Theme(preference) => preference == theme,
                AppCommand::Speak(vocabulary) => vocabulary == self.vocabulary,
                AppCommand::Layout(preset) => preset == self.desk.preset(),
                AppCommand::TogglePane(kind) => self.desk.has(kind),
                AppCommand::ToggleLogTime => self.time.is_logarithmic(),
                AppCommand::Timeline => has_timeline,
                AppCommand::StartTour(place) => self.touring.as_ref().and_then(Touring::place) == Some(place),
                _ => false,
            },
            named: &|command| match command {
                AppCommand::RunOrPause => Some(if self.link.is_running() { "Pause" } else { "Run" }.into()),
                AppCommand::Undo => self.link.deeds().next(Way::Back).map(|deed| format!("Undo: {}", told(deed))),
                AppCommand::Redo => self.link.deeds().next(Way::Again).map(|deed| format!("Redo: {}", told(deed))),
                _ => None,
            },
            front: self.desk.front().title(),
        };
        ui.horizontal(|ui| {
            menu_bar::ui(ui, &state, commands);
            ui.with_layout(Layout::right_to_left(Align::Center), top_bar::theme_switch);
        });
    }

    /// What lies above the panes.
    fn overlays(&mut self, ctx: &Context, commands: &mut Vec<AppCommand>, orders: &mut Vec<Order>) {
        if let Some(question) = self.question.take() {
            match question.ui(ctx) {
                Answer::Waiting(question) => self.question = Some(question),
                Answer::Keep => {}
                Answer::Save { grid } => commands.push(if grid { AppCommand::SaveCells } else { AppCommand::Save }),
                Answer::GoOn(order, never) => {
                    self.asks &= !never;
                    self.carry_out(order);
                }
            }
        }
        if self.gallery.shows_first() {
            self.first_page(ctx, commands, orders);
        } else if let Some(left) = self.left.take() {
            self.ask_about(left.ui(ctx));
        }
        // Behind a question it would take the keys that answer it.
        if self.question.is_none() && self.left.is_none() {
            self.gallery.ui(ctx, commands, orders);
        }
        if let Some(mut palette) = self.palette.take() {
            match palette.ui(ctx, &|command| self.is_enabled(command)) {
                Outcome::Open => self.palette = Some(palette),
                Outcome::Closed => {}
                Outcome::Chosen(command) => commands.push(command),
                Outcome::Term(term) => self.glossary = Some(Sheet::new(Some(term))),
                Outcome::Field(field) => self.show_field(field),
                Outcome::Experiment(preset) => orders.extend(top_bar::order_for(preset, &mut self.link)),
            }
        }
        if self.shows_keys {
            self.shows_keys = finder::shortcut_sheet(ctx);
        }
        self.explain(ctx);
        self.take_exports(ctx);
        self.choose_look(ctx);
        self.animate(ctx);
        if let Some((purpose, path)) = self.dialogs.ui(ctx) {
            self.take_path(ctx, purpose, path);
        }
        if let Some(mut paste) = self.paste.take() {
            match paste.ui(ctx) {
                Pasted::Waiting => self.paste = Some(paste),
                Pasted::GivenUp => {}
                Pasted::Experiment(experiment, interventions) => {
                    orders.push(Order::Load(Box::new(Loaded { interventions, ..Loaded::new(*experiment) })));
                }
            }
        }
        // One after the other, in the order in which they were let go: each run goes on the shelf when the next takes its place.
        self.to_open.extend(opening::dropped(ctx));
        if self.opening.is_none()
            && self.question.is_none()
            && self.link.is_settled()
            && let Some(path) = self.to_open.pop_front()
        {
            self.opening = Some(Opening::new(ctx, path));
        }
        if let Some((path, read)) = self.opening.as_ref().and_then(|o| Some((o.path().to_path_buf(), o.poll()?))) {
            self.opening = None;
            orders.extend(self.take_up(&path, read));
        }
    }

    /// Does what is to become of a run that was left behind.
    fn ask_about(&mut self, answer: left::Answer) {
        match answer {
            left::Answer::Waiting(left) => return self.left = Some(left),
            left::Answer::GoOn(left) => {
                self.link.send(Command::TakeUp(Arc::clone(&left)));
                return self.shelve_left(Some(&left));
            }
            left::Answer::Forget(left) => {
                left.forget();
                self.shelve_left(Some(&left));
            }
            left::Answer::Later => self.shelve_left(None),
        }
        if self.runs_after {
            self.link.send(Command::Run);
        }
    }

    /// Puts what earlier starts left on the shelf, but for the one that was decided upon.
    fn shelve_left(&mut self, decided: Option<&Arc<LeftBehind>>) {
        let mut all = std::mem::take(&mut self.all_left);
        all.retain(|one| decided.is_none_or(|decided| !Arc::ptr_eq(one, decided)));
        if !all.is_empty() {
            self.link.send(Command::ShelveLeft(all));
        }
    }

    fn take_up_run(&mut self, ctx: &Context) {
        let status = self.link.status();
        if self.link.has_news() {
            self.time.reach(status.step);
        }
        self.time.plan(status.planned_steps);
        self.time.show_step(self.link.shown_step());
        self.selection.fit(status.experiment.layer_count(), status.seeds.len());
        if status.run_id != self.run_id {
            self.run_id = status.run_id;
            self.time.follow();
            self.panes.on_new_run(status);
        }
        // Only the step changes while a run goes on; titles that flicker ten times a second distract.
        let state = (status.run_id, status.state);
        let due = status.state != RunState::Running || self.titled.is_none_or(|at| at.elapsed() >= TITLE_INTERVAL);
        if state == self.titled_state && !due {
            return;
        }
        self.titled_state = state;
        let title = title(status);
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
            self.titled = Some(Instant::now());
        }
    }
}

/// A window that leaves no room for its own title bar on a small screen fills that screen instead, and everything in it
/// becomes smaller where that screen has too few points.
fn take_place(ctx: &Context, place: &mut Placing) {
    match *place {
        Placing::Unknown => {
            let (screen, inner) = ctx.input(|input| (input.viewport().monitor_size, input.viewport().inner_rect));
            if let (Some(screen), Some(inner)) = (screen, inner) {
                let fit = display::fit(screen, ctx.zoom_factor());
                let fills = inner.height() + TITLE_BAR > screen.y || inner.width() > screen.x;
                // From the next frame on; sizes in points are those of then.
                ctx.set_zoom_factor(fit.zoom);
                *place = Placing::Fitted { least: fit.least, fills };
                ctx.request_repaint();
            }
        }
        Placing::Fitted { least, fills } => {
            ctx.send_viewport_cmd(ViewportCommand::MinInnerSize(least));
            if fills {
                ctx.send_viewport_cmd(ViewportCommand::Maximized(true));
            }
            *place = Placing::Done;
        }
        Placing::Done => {}
    }
}

/// How far the window has taken its place on the screen.
#[derive(Clone, Copy)]
enum Placing {
    /// The screen is not known yet.
    Unknown,
    /// The zoom is set.
    Fitted { least: Vec2, fills: bool },
    /// Size and least size were asked for.
    Done,
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.guarded(|window| window.prepare(ctx));
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.guarded(|window| window.draw(ui));
    }

    fn clear_color(&self, visuals: &Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        let desk = self.touring.as_mut().map_or(&self.desk, |touring| touring.desk_before());
        eframe::set_value(storage, DESK, desk);
        eframe::set_value(storage, ASKS, &self.asks);
        eframe::set_value(storage, TIMELINE, &self.timeline.wanted);
        eframe::set_value(storage, FIRST, &self.shows_first);
        eframe::set_value(storage, LOOK, &self.look);
        eframe::set_value(storage, VOCABULARY, &self.vocabulary);
    }
}

impl Window {
    /// What a frame begins with, whether it is drawn or not.
    fn prepare(&mut self, ctx: &Context) {
        if let Some(pace) = &mut self.pace {
            pace.begin();
        }
        // A thread may draw several windows in turn.
        self.vocabulary.speak();
        take_place(ctx, &mut self.placing);
        self.link.begin_frame();
        self.tell_glossary(ctx);
        self.tell_of_faults();
        self.watch_closing(ctx);
        self.timeline.go_on(ctx, &mut self.link);
        self.take_up_run(ctx);
        if let (Some(touring), mut room) = self.tour_and_room() {
            touring.observe(&mut room);
        }
    }

    fn draw(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        if let Some(each_frame) = self.each_frame {
            each_frame();
        }
        let mut commands = if self.palette.is_some() { Vec::new() } else { AppCommand::pressed(&ctx) };
        if self.link.shown_step().is_some() {
            // One key for what moves: of a past step that is shown, the play.
            let keys = commands.iter_mut().filter(|command| **command == AppCommand::RunOrPause);
            keys.for_each(|command| *command = AppCommand::Past(Past::Play));
        }
        if ctx.input(|input| input.pointer.any_pressed() || !input.pointer.any_down()) {
            self.link.begin_gesture();
        }
        let mut orders = Vec::new();
        self.panels(ui, &mut commands, &mut orders);
        self.overlays(&ctx, &mut commands, &mut orders);
        if self.presenting.is_some() {
            stage::ring(&ctx, Palette::of(ctx.theme()).warning);
            let is_free = self.palette.is_none() && ctx.memory(|memory| memory.top_modal_layer().is_none());
            if is_free && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
                commands.push(AppCommand::Present);
            }
        }
        let obeyed = !commands.is_empty() || !orders.is_empty();
        for command in commands {
            self.obey(&ctx, command);
        }
        for order in orders {
            self.order(order);
        }
        self.link.end_frame();
        if obeyed {
            ui.ctx().request_repaint();
        } else if self.link.is_moving() {
            // The trainer asks for frames at the pace of data; this one is for when it has nothing to say for a while.
            ui.ctx().request_repaint_after(3 * DATA_INTERVAL);
        }
        if let Some(pace) = &mut self.pace {
            pace.end();
        }
    }
}

/// `Hebbscope - sre - seeds 0-3 - step 1,200`; a taskbar shows how a run behind other windows gets on.
fn title(status: &Status) -> String {
    let name = &status.experiment.name;
    let step = numbers::count(status.step);
    let state = match status.state {
        RunState::Preparing => return format!("Hebbscope - {name} - preparing"),
        RunState::Running => format!("step {step}"),
        RunState::Paused => format!("paused at step {step}"),
        RunState::AtRest => format!("at rest at step {step}"),
        RunState::Failed => format!("stopped at step {step}"),
    };
    format!("Hebbscope - {name} - {} - {state}", numbers::seeds(&status.seeds))
}
