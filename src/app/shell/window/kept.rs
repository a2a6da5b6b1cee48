//! What the window keeps between starts.

use super::Window;
use crate::app::desk::Desk;
use crate::app::link::journal::Weight;
use crate::record::FigureLook;

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

impl Window {
    /// Takes up layout and choices of an earlier start.
    pub fn restore(&mut self, storage: &dyn eframe::Storage) {
        // Nothing that is stored here is worth a word where it is damaged: it asks.
        self.asks = eframe::get_value(storage, ASKS).unwrap_or(true);
        self.timeline.wanted = eframe::get_value(storage, TIMELINE).unwrap_or_default();
        self.shows_first = eframe::get_value(storage, FIRST).unwrap_or(true);
        self.vocabulary = eframe::get_value(storage, VOCABULARY).unwrap_or(self.vocabulary);
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

    /// Writes it down.
    pub(super) fn keep(&mut self, storage: &mut dyn eframe::Storage) {
        let desk = self.touring.as_mut().map_or(&self.desk, |touring| touring.desk_before());
        eframe::set_value(storage, DESK, desk);
        eframe::set_value(storage, ASKS, &self.asks);
        eframe::set_value(storage, TIMELINE, &self.timeline.wanted);
        eframe::set_value(storage, FIRST, &self.shows_first);
        eframe::set_value(storage, LOOK, &self.look);
        eframe::set_value(storage, VOCABULARY, &self.vocabulary);
    }
}
