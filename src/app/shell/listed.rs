//! A list below a field that searches it: which rows are meant, and how keys go through them.

use eframe::egui::{Context, Key, Modifiers};

/// Rows that a page up or down moves by.
const PAGE: usize = 10;

/// What keys did in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keyed {
    /// Another row is meant than before.
    pub moved: bool,
    /// Enter was pressed.
    pub entered: bool,
    /// Escape was pressed.
    pub left: bool,
}

/// Takes the keys of a list of `count` rows out of this frame's input, before a field takes them, and moves `place`, which
/// is kept within the list.
pub fn keys(ctx: &Context, place: &mut usize, count: usize) -> Keyed {
    let last = count.saturating_sub(1);
    let before = *place;
    *place = before.min(last);
    ctx.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        if pressed(Key::ArrowDown) {
            *place += 1;
        }
        if pressed(Key::ArrowUp) {
            *place = place.saturating_sub(1);
        }
        if pressed(Key::PageDown) {
            *place += PAGE;
        }
        if pressed(Key::PageUp) {
            *place = place.saturating_sub(PAGE);
        }
        if pressed(Key::Home) {
            *place = 0;
        }
        if pressed(Key::End) {
            *place = last;
        }
        *place = (*place).min(last);
        Keyed { moved: *place != before, entered: pressed(Key::Enter), left: pressed(Key::Escape) }
    })
}

/// Whether each word of `wanted` stands somewhere in `text`, whatever its letters' case.
#[must_use]
pub fn has_words(text: &str, wanted: &str) -> bool {
    let text = text.to_lowercase();
    wanted.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Event, RawInput};

    use super::*;

    fn after(key: Key, mut place: usize, count: usize) -> (usize, Keyed) {
        let ctx = Context::default();
        let event = Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
        let mut keyed = Keyed::default();
        let input = RawInput { events: vec![event], ..RawInput::default() };
        let mut output = ctx.run_ui(input, |ui| keyed = keys(ui.ctx(), &mut place, count));
        // Nobody uploads them here.
        output.textures_delta.clear();
        (place, keyed)
    }

    #[test]
    fn keys_move_within_the_list() {
        let moves = [
            (Key::ArrowDown, 0, 1),
            (Key::ArrowDown, 29, 29),
            (Key::ArrowUp, 0, 0),
            (Key::ArrowUp, 5, 4),
            (Key::PageDown, 3, 13),
            (Key::PageDown, 25, 29),
            (Key::PageUp, 3, 0),
            (Key::Home, 12, 0),
            (Key::End, 12, 29),
        ];
        for (key, from, to) in moves {
            let keyed = Keyed { moved: from != to, ..Keyed::default() };
            assert_eq!(after(key, from, 30), (to, keyed), "{key:?} at {from}");
            assert_eq!(after(key, from, 0).0, 0, "{key:?} in an empty list");
        }
        assert!(after(Key::Enter, 4, 30).1.entered && after(Key::Escape, 4, 30).1.left);
    }

    #[test]
    fn words_are_looked_for_one_by_one() {
        assert!(has_words("Alignment over weight noise", "noise align") && has_words("any", " "));
        assert!(!has_words("Alignment over weight noise", "noise loss"));
    }
}
