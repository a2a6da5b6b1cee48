//! Tours in the window: starting, moving on, ending.

use super::Window;
use crate::app::link::guard::Order;
use crate::app::tours::touring::{Move, Room, Touring};
use crate::tour::{Guide, TOURS, Tour};

impl Window {
    /// The way through the tour that is under way.
    #[must_use]
    pub fn guide(&self) -> Option<&Guide> {
        self.touring.as_ref().map(Touring::guide)
    }

    /// Most steps a second, as set last; `None` for full speed.
    #[must_use]
    pub fn speed_limit(&self) -> Option<f64> {
        self.link.speed_limit()
    }

    pub(super) fn start_built_in(&mut self, place: usize) {
        let Some(built_in) = TOURS.get(place) else { return };
        match built_in.tour() {
            Ok(tour) => self.order(Order::Tour(Box::new(tour))),
            Err(error) => self.tell(Err(error.to_string())),
        }
    }

    /// Starts a tour in the place of one that may be under way.
    pub fn start_tour(&mut self, tour: Tour) {
        self.leave_first_page(false);
        let earlier = self.touring.take().map(Touring::into_before);
        self.top_bar.close_hint();
        let (_, mut room) = self.tour_and_room();
        let touring = Touring::start(tour, &mut room, earlier);
        self.touring = Some(touring);
    }

    pub(super) fn move_in_tour(&mut self, made: Move) {
        let (Some(touring), mut room) = self.tour_and_room() else { return };
        touring.make(made, &mut room);
        if touring.guide().is_finished() {
            self.end_tour();
        }
    }

    pub(super) fn end_tour(&mut self) {
        if let Some(touring) = self.touring.take() {
            let (_, mut room) = self.tour_and_room();
            touring.end(&mut room);
        }
    }

    /// The tour beside what it may touch.
    pub(super) fn tour_and_room(&mut self) -> (Option<&mut Touring>, Room<'_>) {
        let room = Room {
            link: &mut self.link,
            desk: &mut self.desk,
            hidden: &mut self.hidden,
            selection: &mut self.selection,
        };
        (self.touring.as_mut(), room)
    }
}
