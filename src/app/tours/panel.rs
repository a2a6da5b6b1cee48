//! The panel of a tour: what it says, what it asks, and what it waits for.

use eframe::egui::{
    Align, Align2, Button, Color32, CornerRadius, FontId, Frame, Label, Layout, Margin, Painter, Panel, Pos2, Rect,
    Response, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, TextStyle, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::text;
use super::text::SIZE;
use super::touring::{Move, Touring};
use super::words;
use crate::app::link::Link;
use crate::app::look::theme::Palette;
use crate::app::look::words::say;
use crate::app::orders::AppCommand;
use crate::app::orders::pane_kind::PaneKind;
use crate::tour::{Guide, Quantity, Question, Reading, Span};
use crate::training::RunState;

/// Width at first.
const WIDTH: f32 = 340.0;

/// Widths that it can be drawn to.
const WIDTHS: std::ops::RangeInclusive<f32> = 280.0..=560.0;

/// Height of the largest buttons.
const BUTTON: f32 = 32.0;

/// Draws the panel at the right side of the window; returns the move that was made.
pub(in crate::app) fn panel(
    ui: &mut Ui,
    touring: &Touring,
    link: &Link,
    missing: Option<PaneKind>,
    commands: &mut Vec<AppCommand>,
) -> Option<Move> {
    let fill = ui.visuals().window_fill;
    let mut made = None;
    Panel::right("tour")
        .resizable(true)
        .default_size(WIDTH)
        .size_range(WIDTHS)
        .frame(Frame::new().fill(fill).inner_margin(Margin { left: 16, right: 8, top: 10, bottom: 10 }))
        .show(ui, |ui| {
            head(ui, touring.guide(), commands);
            Panel::bottom("tour moves")
                .show_separator_line(true)
                .frame(Frame::new().fill(fill).inner_margin(Margin { left: 0, right: 8, top: 10, bottom: 0 }))
                .show(ui, |ui| foot(ui, touring, commands, &mut made));
            let stage = touring.guide().stage().line;
            ScrollArea::vertical().id_salt(("tour text", stage)).auto_shrink([false, false]).show(ui, |ui| {
                // The scroll bar has a margin to itself.
                let width = ui.available_width() - 10.0;
                ui.set_max_width(width);
                ui.spacing_mut().item_spacing.y = 0.0;
                text(ui, touring, link, &mut made);
                if let Some(kind) = missing {
                    closed(ui, kind, commands);
                }
                ui.add_space(12.0);
            });
        });
    made
}

/// Title, place, and the way out.
fn head(ui: &mut Ui, guide: &Guide, commands: &mut Vec<AppCommand>) {
    let tour = guide.tour();
    let (stage, stages) = guide.place();
    ui.horizontal(|ui| {
        let weak = ui.visuals().weak_text_color();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(8.0);
            let end = ui.button("End tour").on_hover_text(AppCommand::EndTour.tooltip());
            if end.clicked() {
                commands.push(AppCommand::EndTour);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let title = Label::new(RichText::new(say(&tour.title)).color(weak)).truncate();
                ui.add(title).on_hover_text(format!("{}\nPaper: {}", say(&tour.shows), tour.paper));
            });
        });
    });
    ui.add_space(4.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 8.0, 20.0), Sense::hover());
    let place = format!("stage {stage} of {stages}");
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &place));
    let weak = ui.visuals().weak_text_color();
    let text = ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, place, FontId::monospace(12.5), weak);
    // One piece a stage: they are few enough to be counted.
    let (from, gap) = (text.right() + 12.0, 3.0);
    let each = (rect.right() - from + gap) / stages as f32;
    for piece in 0..stages {
        let left = from + piece as f32 * each;
        let bar = Rect::from_min_size(pos2(left, rect.center().y - 2.5), vec2(each - gap, 5.0));
        let visuals = ui.visuals();
        let color = if piece < stage { visuals.selection.bg_fill } else { visuals.widgets.inactive.bg_fill };
        ui.painter().rect_filled(bar, CornerRadius::same(2), color);
    }
    ui.add_space(6.0);
    let title = RichText::new(say(&guide.stage().title)).size(20.0).color(ui.visuals().strong_text_color());
    ui.add(Label::new(title).wrap());
    ui.add_space(2.0);
}

/// What can be read in a stage, from top to bottom.
fn text(ui: &mut Ui, touring: &Touring, link: &Link, made: &mut Option<Move>) {
    let guide = touring.guide();
    text::blocks(ui, &guide.stage().opening.blocks);
    if let Some(question) = &guide.stage().question {
        ask(ui, question, guide.chosen(), made);
    }
    let Some(revealed) = guide.revealed() else { return };
    text::blocks(ui, revealed);
    if !guide.waits().is_empty() {
        section(ui, "Waiting for");
        for (place, reading) in guide.waits().iter().enumerate() {
            let is_due = guide.waits()[..place].iter().all(|earlier| earlier.holds);
            check(ui, reading, is_due);
        }
        stands_still(ui, guide, link);
        ways_out(ui, guide, made);
    }
    if guide.can_go_on() && !guide.claims().is_empty() {
        section(ui, "What is to be seen");
        guide.claims().iter().for_each(|claim| check(ui, claim, true));
    }
    let (stage, stages) = guide.place();
    let (right, answered) = guide.score();
    if stage == stages && answered > 0 {
        section(ui, "Your predictions");
        ui.label(RichText::new(format!("{right} of {answered} were right.")).size(SIZE));
    }
}

/// A question with its answers; once one is chosen, with what there is to say to it.
fn ask(ui: &mut Ui, question: &Question, chosen: Option<usize>, made: &mut Option<Move>) {
    ui.add_space(16.0);
    let strong: Vec<Span> =
        question.text.iter().map(|span| Span { text: span.text.clone(), style: bolder(span.style) }).collect();
    text::paragraph(ui, &strong, "", 0.0);
    ui.add_space(4.0);
    for (place, choice) in question.choices.iter().enumerate() {
        ui.add_space(6.0);
        let look = match chosen {
            None => Look::Open,
            Some(_) if choice.right => Look::Right,
            Some(chosen) if chosen == place => Look::Wrong,
            Some(_) => Look::Passed,
        };
        if option(ui, place, &choice.text, look).clicked() {
            *made = Some(Move::Answer(place));
        }
    }
    let id = ui.scope_id().with("chosen");
    let before = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default::<Option<usize>>(id), chosen));
    let Some(choice) = chosen.and_then(|chosen| question.choices.get(chosen)) else { return };
    ui.add_space(12.0);
    let palette = Palette::of(ui.ctx().theme());
    let (word, color) = if choice.right { ("Right", palette.layer(3)) } else { ("Not right", palette.warning) };
    let reply = ui.scope(|ui| {
        ui.label(RichText::new(word).size(SIZE).color(color));
        if !choice.reply.is_empty() {
            ui.add_space(2.0);
            text::paragraph(ui, &choice.reply, "", 0.0);
        }
    });
    if before.is_none() {
        reply.response.scroll_to_me(Some(Align::Center));
    }
}

fn bolder(style: crate::tour::Style) -> crate::tour::Style {
    use crate::tour::Style::{Bold, Plain};
    if style == Plain { Bold } else { style }
}

/// How an answer stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// To be chosen.
    Open,
    /// The right one, after the choice.
    Right,
    /// Chosen, and not right.
    Wrong,
    /// Neither.
    Passed,
}

/// An answer as a button, with a letter to speak of it by.
fn option(ui: &mut Ui, place: usize, text: &[Span], look: Look) -> Response {
    let palette = Palette::of(ui.ctx().theme());
    let visuals = ui.visuals().clone();
    let ink = if look == Look::Passed { visuals.weak_text_color() } else { visuals.text_color() };
    let strong = visuals.strong_text_color();
    let width = ui.available_width();
    let galley = ui.painter().layout_job(text::job(ui, text, width - 54.0, ink, strong));
    let size = vec2(width, (galley.size().y + 16.0).max(40.0));
    let open = look == Look::Open;
    let (rect, response) = ui.allocate_exact_size(size, if open { Sense::click() } else { Sense::hover() });
    let name = text::plain(text);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, open, &name));
    let widget = visuals.widgets.style(&response);
    let fill = if open { widget.weak_bg_fill } else { Color32::TRANSPARENT };
    let (edge, sign) = match look {
        Look::Right => (Stroke::new(2.0, palette.layer(3)), Some((true, palette.layer(3)))),
        Look::Wrong => (Stroke::new(2.0, palette.warning), Some((false, palette.warning))),
        Look::Open if response.has_focus() => (Stroke::new(2.0, visuals.selection.bg_fill), None),
        Look::Open | Look::Passed => (visuals.widgets.noninteractive.bg_stroke, None),
    };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(6), fill, edge, StrokeKind::Inside);
    let badge = pos2(rect.left() + 23.0, rect.center().y);
    match sign {
        Some((true, color)) => tick(painter, badge, color),
        Some((false, color)) => {
            painter.text(badge, Align2::CENTER_CENTER, "×", FontId::proportional(18.0), color);
        }
        None => {
            let letter = char::from(b'A' + place.min(25) as u8);
            painter.circle_stroke(badge, 11.0, Stroke::new(1.0, visuals.weak_text_color()));
            painter.text(badge, Align2::CENTER_CENTER, letter, FontId::proportional(13.0), ink);
        }
    }
    painter.galley(pos2(rect.left() + 44.0, rect.center().y - galley.size().y / 2.0), galley, ink);
    if open { response.on_hover_cursor(eframe::egui::CursorIcon::PointingHand) } else { response }
}

/// A tick, which no bundled font has.
fn tick(painter: &Painter, center: Pos2, color: Color32) {
    let points = [(-5.0, 0.5), (-1.5, 4.0), (5.5, -4.5)].map(|(x, y)| center + vec2(x, y));
    painter.line(points.to_vec(), Stroke::new(2.2, color));
}

/// A condition with a tick once it holds, and the number beside what is asked of it.
fn check(ui: &mut Ui, reading: &Reading, is_due: bool) {
    let palette = Palette::of(ui.ctx().theme());
    let weak = ui.visuals().weak_text_color();
    let name = say(&words::quantity(&reading.condition.quantity)).into_owned();
    let (number, relation) = (words::measured(reading), say(&words::relation(reading)).into_owned());
    let wanted = if reading.holds { relation } else { format!("waiting for {relation}") };
    ui.add_space(6.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 42.0), Sense::hover());
    let spoken = format!("{name}: {number}, {wanted}");
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, reading.holds, &spoken));
    let painter = ui.painter();
    let sign = pos2(rect.left() + 9.0, rect.top() + 11.0);
    if reading.holds {
        tick(painter, sign, palette.layer(3));
    } else {
        painter.circle_stroke(sign, 6.0, Stroke::new(1.5, if is_due { palette.warning } else { weak }));
    }
    let ink = if is_due { ui.visuals().strong_text_color() } else { weak };
    let left = rect.left() + 26.0;
    painter.text(pos2(left, sign.y), Align2::LEFT_CENTER, name, FontId::proportional(SIZE - 1.0), ink);
    painter.text(pos2(rect.right(), sign.y), Align2::RIGHT_CENTER, number, FontId::monospace(15.0), ink);
    let below = rect.top() + 31.0;
    painter.text(pos2(left, below), Align2::LEFT_CENTER, wanted, FontId::proportional(13.0), weak);
    if let Some(share) = words::share_of_steps(reading).filter(|_| !reading.holds) {
        let rail = Rect::from_min_max(pos2(rect.right() - 90.0, below - 2.0), pos2(rect.right(), below + 2.0));
        painter.rect_filled(rail, 2.0, ui.visuals().widgets.inactive.bg_fill);
        let done = Rect::from_min_size(rail.min, vec2(rail.width() * share, rail.height()));
        painter.rect_filled(done, 2.0, ui.visuals().selection.bg_fill);
    }
}

/// Why nothing comes true: the run does not go on.
fn stands_still(ui: &mut Ui, guide: &Guide, link: &Link) {
    let Some(wait) = guide.awaited() else { return };
    let by_hand = matches!(wait.condition.quantity, Quantity::Field(_));
    let text = match link.status().state {
        RunState::Failed => "The run has stopped. Go back, or skip this stage.",
        _ if by_hand => "Set it in the controls, at the left.",
        RunState::Paused | RunState::AtRest if !link.is_running() => "The run is paused. Press Run to go on.",
        _ => return,
    };
    ui.add_space(4.0);
    let color = Palette::of(ui.ctx().theme()).warning;
    ui.add(Label::new(RichText::new(text).size(SIZE - 1.0).color(color)).wrap());
}

/// What helps where a wait does not come true by itself.
fn ways_out(ui: &mut Ui, guide: &Guide, made: &mut Option<Move>) {
    let Some(wait) = guide.awaited() else { return };
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        if wait.by_hand().is_some() {
            let set = ui.button("Set it for me").on_hover_text("Makes the setting that the stage waits for.");
            if set.clicked() {
                *made = Some(Move::SetForMe);
            }
        }
        let again = ui.button("Start this stage again");
        let hint = "Brings the run and its settings back to where the stage began, if they have gone astray.";
        if again.on_hover_text(hint).clicked() {
            *made = Some(Move::Again);
        }
    });
}

/// A pane that the stage speaks of is not there.
fn closed(ui: &mut Ui, kind: PaneKind, commands: &mut Vec<AppCommand>) {
    ui.add_space(8.0);
    let color = Palette::of(ui.ctx().theme()).warning;
    let text = format!("The pane '{}', which this stage needs, is closed.", say(kind.title()));
    ui.add(Label::new(RichText::new(text).size(SIZE - 1.0).color(color)).wrap());
    ui.add_space(4.0);
    if ui.button(format!("Show {}", say(kind.title()))).clicked() {
        commands.push(AppCommand::ShowPane(kind));
    }
}

/// A small heading inside the text.
fn section(ui: &mut Ui, name: &str) {
    ui.add_space(18.0);
    ui.label(RichText::new(name).text_style(TextStyle::Body).color(ui.visuals().weak_text_color()));
}

/// The moves from stage to stage.
fn foot(ui: &mut Ui, touring: &Touring, commands: &mut Vec<AppCommand>, made: &mut Option<Move>) {
    let guide = touring.guide();
    let (stage, stages) = guide.place();
    let is_last = stage == stages;
    if is_last && guide.can_go_on() {
        next_tour(ui, touring, commands);
    }
    let width = ui.available_width();
    let palette = Palette::of(ui.ctx().theme());
    let (row, _) = ui.allocate_exact_size(vec2(width, BUTTON), Sense::hover());
    let mut row = ui.new_child(UiBuilder::new().max_rect(row).layout(Layout::left_to_right(Align::Center)));
    let size = |share: f32| vec2((width - 16.0) * share, BUTTON);
    let text = |text: &str| RichText::new(text).size(15.0);
    let back = Button::new(text("Back")).min_size(size(0.27));
    let back = row.add_enabled(stage > 1, back).on_hover_text(AppCommand::PreviousStage.tooltip());
    if back.clicked() {
        *made = Some(Move::Back);
    }
    let skip = row.add(Button::new(text("Skip")).min_size(size(0.27)));
    if skip.on_hover_text("Go on without waiting.").clicked() {
        *made = Some(Move::Skip);
    }
    let ready = guide.can_go_on();
    let name = if is_last { "Finish" } else { "Next" };
    let label = text(name);
    let next =
        if ready { Button::new(label.color(palette.on_accent)).fill(palette.accent) } else { Button::new(label) };
    let next = row.add_enabled(ready, next.min_size(size(0.46)));
    let why = if guide.chosen().is_none() && guide.stage().question.is_some() {
        "Choose an answer first."
    } else {
        "Not all that this stage waits for has come true yet."
    };
    let next = next.on_hover_text(AppCommand::NextStage.tooltip()).on_disabled_hover_text(why);
    if next.clicked() {
        *made = Some(Move::Next);
    }
}

/// What to look at after this tour.
fn next_tour(ui: &mut Ui, touring: &Touring, commands: &mut Vec<AppCommand>) {
    let tours = AppCommand::tours();
    let Some(next) = touring.place().and_then(|place| tours.get(place + 1)).copied() else { return };
    let name = format!("Next tour: {}", next.label());
    let button = Button::new(RichText::new(&name).size(15.0)).wrap().min_size(vec2(ui.available_width(), BUTTON));
    if ui.add(button).on_hover_text(next.description()).clicked() {
        commands.push(next);
    }
    ui.add_space(8.0);
}
