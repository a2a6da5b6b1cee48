//! What lies above everything else and asks: every dialog of the window, and the keys that answer them.

use eframe::egui::{Align2, Popup};
use eframe::egui::{Context, Frame, Id, Key, Modal, ModalResponse, Modifiers, Ui, Vec2};

/// The dialogs and the list of all of them from one text, so that none is missing in the list.
macro_rules! dialogs {
    ($($(#[$about:meta])* $name:ident,)*) => {
        /// Every dialog. Enter confirms, which means its first choice; Escape and a press beside it cancel.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Dialog {
            $($(#[$about])* $name,)*
        }

        impl Dialog {
            /// Every dialog.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

dialogs! {
    /// What the window begins with.
    FirstPage,
    /// The paper's table and figures.
    Gallery,
    /// Every word that the window explains.
    Glossary,
    /// Every key.
    Keys,
    /// A file or folder.
    Path,
    /// A share string.
    Paste,
    /// The looks of a figure.
    Figure,
    /// How fine numbers are to be.
    Numbers,
    /// A moving picture.
    Animation,
    /// A run that an earlier start left.
    Left,
    /// What an order would lose.
    Question,
}

/// A dialog that was drawn.
pub struct Shown<T> {
    /// What its contents came to.
    pub inner: T,
    /// Enter was pressed, and nothing in it took that for itself.
    pub confirmed: bool,
    /// Escape was pressed, or the mouse beside it.
    pub cancelled: bool,
}

impl Dialog {
    /// Its name on the screen of the interface library.
    #[must_use]
    pub fn id(self) -> Id {
        Id::unique(("dialog", self as u8))
    }

    /// Draws it in the middle of the window.
    pub fn show<T>(self, ctx: &Context, contents: impl FnOnce(&mut Ui) -> T) -> Shown<T> {
        self.answered(ctx, |ctx| Modal::new(self.id()).show(ctx, contents))
    }

    /// The same in a frame of its own.
    pub fn show_in<T>(self, ctx: &Context, frame: Frame, contents: impl FnOnce(&mut Ui) -> T) -> Shown<T> {
        self.answered(ctx, |ctx| Modal::new(self.id()).frame(frame).show(ctx, contents))
    }

    /// Draws it over the whole window.
    pub fn show_over_all<T>(self, ctx: &Context, frame: Frame, contents: impl FnOnce(&mut Ui) -> T) -> Shown<T> {
        // In the corner: one that is centred moves by half of what its contents are larger than the window.
        let area = Modal::default_area(self.id()).anchor(Align2::LEFT_TOP, Vec2::ZERO);
        self.answered(ctx, |ctx| Modal::new(self.id()).area(area).frame(frame).show(ctx, contents))
    }

    fn answered<T>(self, ctx: &Context, draw: impl FnOnce(&Context) -> ModalResponse<T>) -> Shown<T> {
        // A field for text takes no key for a press.
        let focused = ctx.memory(|memory| memory.focused()).filter(|_| !ctx.text_edit_focused());
        let is_covered = Popup::is_any_open(ctx);
        let modal = draw(ctx);
        let cancelled = modal.should_close();
        // A button that the keyboard is at is pressed by the same key.
        let pressed = focused.and_then(|id| ctx.read_response(id)).is_some_and(|widget| widget.clicked());
        let is_free = modal.is_top_modal && !is_covered && !pressed;
        let confirmed = is_free && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        Shown { inner: modal.inner, confirmed, cancelled }
    }
}
