//! Where what was searched for leads: words to the glossary, fields to their place in a pane.

use eframe::egui::Context;

use super::Window;
use crate::app::look::glossary;
use crate::app::look::glossary::Live;
use crate::app::look::theme::Palette;
use crate::app::orders::pane_kind::PaneKind;
use crate::app::panes::parts::readout::recent;
use crate::app::shell::glossary::Sheet;
use crate::experiment::fields::Field;

impl Window {
    /// Tells the cards of words what the picked layer measures now.
    pub(super) fn tell_glossary(&self, ctx: &Context) {
        let layer = self.selection.layer;
        let status = self.link.status();
        let summary = {
            let metrics = self.link.metrics();
            let store = metrics.lock();
            recent(&store, &format!("signal_{layer}"), status.experiment.measure.window, self.link.shown_step())
        };
        let live = summary.map(|summary| Live {
            title: status.columns.title(layer),
            cosine: summary.mean,
            color: Palette::of(ctx.theme()).layer(layer),
        });
        glossary::set_live(ctx, live);
    }

    /// Draws the sheet of all words, where it is open or a word was clicked.
    pub(super) fn explain(&mut self, ctx: &Context) {
        if let Some(term) = glossary::asked(ctx) {
            self.glossary = Some(Sheet::new(Some(term)));
        }
        if let Some(mut sheet) = self.glossary.take()
            && sheet.ui(ctx)
        {
            self.glossary = Some(sheet);
        }
    }

    /// Brings the pane to the front in which a field is set, with the field in sight.
    pub(super) fn show_field(&mut self, field: &'static Field) {
        if self.panes.find_control(field.path) {
            return self.desk.show(PaneKind::Controls);
        }
        self.panes.find_setting(field);
        self.desk.show(PaneKind::Setup);
    }
}
