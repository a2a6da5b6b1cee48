//! Marks around what a person has written within a text of the program, so that whoever puts other words in the place of the
//! text's own leaves them.

use std::borrow::Cow;

/// The isolates of Unicode, which are made for a text within another. Nothing of them is seen where text is drawn.
pub const OPEN: char = '\u{2068}';
/// The end of what [`OPEN`] begins.
pub const CLOSE: char = '\u{2069}';

/// A text with its marks; one that is marked already is marked once.
#[must_use]
pub fn marked(text: &str) -> String {
    format!("{OPEN}{}{CLOSE}", plain(text))
}

/// A text without the marks in it, for whatever leaves the window.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.contains([OPEN, CLOSE]) { Cow::Owned(text.replace([OPEN, CLOSE], "")) } else { Cow::Borrowed(text) }
}
