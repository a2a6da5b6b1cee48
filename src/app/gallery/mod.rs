//! The gallery: the paper's table and figures as cards that load what they show, and results of `hebbscope reproduce`.

mod cards;
mod cells;
mod first;
mod pictures;
mod result;
mod shelf;

use std::sync::Arc;

use eframe::egui::{Align, Color32, Context, Frame, Layout, RichText, ScrollArea, TextStyle, Ui, vec2};

use crate::app::link::guard::Order;
use crate::app::look::dialog::Dialog;
use crate::app::look::theme::Palette;
use crate::app::look::words;
use crate::app::orders::AppCommand;
use crate::reproduce::{Rates, Reproduction};
pub use first::{Choice, Told};

use first::FirstPage;
use pictures::Pictures;
use result::ResultPage;
use shelf::{Extent, Reading};

/// Room between the gallery and the window's edges, its own margin included.
const AROUND: f32 = 36.0;
/// Width that it takes at most: five cards.
const WIDEST: f32 = 1860.0;

/// The gallery, with what it remembers.
#[derive(Default)]
pub struct Gallery {
    is_open: bool,
    extent: Extent,
    rates: Option<Rates>,
    shelves: [Reading; Extent::ALL.len()],
    pictures: Pictures,
    result: Option<ResultPage>,
    shows_result: bool,
    first: Option<FirstPage>,
    /// The keyboard goes to the first card.
    begins: bool,
}

impl Gallery {
    /// A closed gallery; the machine's rates where they are known already, else it is timed.
    #[must_use]
    pub fn new(rates: Option<Rates>) -> Self {
        Self { rates, ..Self::default() }
    }

    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Opens it.
    pub fn open(&mut self) {
        (self.is_open, self.first) = (true, None);
    }

    /// Opens the first page: at the window's start, or later.
    pub fn open_first(&mut self, is_start: bool) {
        (self.is_open, self.first) = (false, Some(FirstPage::new(is_start)));
    }

    /// Whether the first page is open.
    #[must_use]
    pub fn shows_first(&self) -> bool {
        self.first.is_some()
    }

    /// Draws the first page, where it is open.
    pub fn first_page(
        &mut self,
        ctx: &Context,
        told: &Told<'_>,
        shows_again: &mut bool,
        commands: &mut Vec<AppCommand>,
        orders: &mut Vec<Order>,
    ) -> Option<Choice> {
        let mut first = self.first.take()?;
        let choice = first.ui(ctx, told, shows_again, commands, |ui| {
            first::heading_of_figures(ui, |ui| self.extents(ui));
            ui.add_space(4.0);
            self.paper(ui, orders);
        });
        self.first = Some(first);
        choice
    }

    /// Opens it with a result.
    pub fn show_result(&mut self, reproduction: Arc<Reproduction>) {
        self.result = Some(ResultPage::new(reproduction));
        (self.is_open, self.shows_result) = (true, true);
    }

    /// Closes it; what it shows stays for the next time.
    pub fn close(&mut self) {
        (self.is_open, self.first) = (false, None);
    }

    /// Draws it above the panes, where it is open.
    pub fn ui(&mut self, ctx: &Context, commands: &mut Vec<AppCommand>, orders: &mut Vec<Order>) {
        if !self.is_open {
            return;
        }
        let mut is_open = true;
        let frame = Frame::popup(&ctx.global_style()).inner_margin(14);
        let size = ctx.content_rect().size() - vec2(2.0 * AROUND, 2.0 * AROUND);
        let modal = Dialog::Gallery.show_in(ctx, frame, |ui| {
            ui.set_width(size.x.min(WIDEST));
            ui.set_height(size.y);
            is_open = self.head(ui, commands);
            ui.add_space(4.0);
            match self.result.as_mut().filter(|_| self.shows_result) {
                Some(result) => result.ui(ui, orders),
                None => self.paper(ui, orders),
            }
        });
        // From there arrows walk, and the next Enter loads.
        self.begins = modal.confirmed;
        self.is_open = is_open && !modal.cancelled;
    }

    /// Title and ways; whether it stays open.
    fn head(&mut self, ui: &mut Ui, commands: &mut Vec<AppCommand>) -> bool {
        let mut stays = true;
        ui.horizontal(|ui| {
            ui.heading("Gallery");
            ui.add_space(8.0);
            if let Some(result) = &self.result {
                let pages = [(false, "The paper".to_owned()), (true, format!("Result {}", result.name()))];
                for (of_result, name) in pages {
                    if ui.selectable_label(self.shows_result == of_result, name).clicked() {
                        self.shows_result = of_result;
                    }
                }
            }
            let shows_paper = self.result.is_none() || !self.shows_result;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Close").on_hover_text("Key: Escape").clicked() {
                    stays = false;
                }
                let open = ui.button("Open a result …");
                if open.on_hover_text("The folder that 'hebbscope reproduce' has written, or a file in it.").clicked() {
                    commands.push(AppCommand::Open);
                }
                if shows_paper {
                    ui.add_space(8.0);
                    self.extents(ui);
                    ui.add_space(8.0);
                    ui.with_layout(Layout::left_to_right(Align::Center), about);
                }
            });
        });
        stays
    }

    fn extents(&mut self, ui: &mut Ui) {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = 1.0;
            // Laid out from the right, so the last comes first.
            for extent in Extent::ALL.into_iter().rev() {
                let button = ui.selectable_label(self.extent == extent, extent.label());
                if button.on_hover_text(words::say(extent.description())).clicked() {
                    self.extent = extent;
                }
            }
        });
    }

    fn paper(&mut self, ui: &mut Ui, orders: &mut Vec<Order>) {
        match self.shelves[self.extent as usize].poll(ui.ctx(), self.extent, self.rates.clone()) {
            None => {
                ui.weak("Reading the paper's experiments …");
            }
            Some(Err(words)) => {
                let color = Palette::of(ui.ctx().theme()).warning;
                ScrollArea::vertical().show(ui, |ui| ui.label(RichText::new(words).color(color)));
            }
            Some(Ok(shelf)) => {
                if let Some(piece) = cards::ui(ui, &shelf.entries, &mut self.pictures, self.begins) {
                    orders.push(Order::Load(Box::new(piece.loaded())));
                }
            }
        }
    }
}
/// What the page has, where there is room for the sentence.
fn about(ui: &mut Ui) {
    let text = "The paper's table and figures. A click on a card loads its experiment.";
    let font = TextStyle::Body.resolve(ui.style());
    let width = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x;
    if width <= ui.available_width() {
        ui.label(RichText::new(text).weak());
    }
}
