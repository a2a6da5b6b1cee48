//! Everything that a new run or a twin can have otherwise: what waits for one, the network's widths as a drawing, and every
//! field of the configuration by its name.

mod editor;
mod list;
mod preview;
mod waiting;
mod widths;

use eframe::egui::{ScrollArea, Ui};

use crate::app::look::focus;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::view::{Pane, View};
use crate::experiment::fields::Field;
use crate::record::Exhibit;
use crate::training::Status;
use list::List;
use waiting::Waiting;
use widths::Widths;

/// The pane, with what is typed and chosen in it.
#[derive(Default)]
pub struct SetupPane {
    waiting: Waiting,
    widths: Widths,
    list: List,
}

impl SetupPane {
    /// Brings a field into sight.
    pub fn find(&mut self, field: &Field) {
        self.list.find(field);
    }
}

impl Pane for SetupPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Setup
    }

    fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.waiting.ui(ui, view);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let next = self.waiting.next(view.link);
            if let Some(sample) = view.link.judged().and_then(|judged| judged.sample.clone()) {
                preview::ui(ui, &next, &sample);
            }
            self.widths.ui(ui, view.link, &next);
            self.list.ui(ui, view.link);
            focus::follow(ui);
        });
    }

    fn on_new_run(&mut self, _status: &Status) {
        self.widths = Widths::default();
        self.waiting.forget();
    }

    fn has_exhibit(&self) -> bool {
        false
    }

    fn exhibit(&mut self, _view: &mut View<'_>) -> Option<Exhibit> {
        None
    }
}
