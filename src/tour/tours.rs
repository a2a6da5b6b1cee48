//! The tours that come with the program.

use super::error::TourError;
use super::parse::Tour;

/// A tour inside the program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Name of its file in `assets/tours`, without the ending.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! tours {
    ($($name:literal),* $(,)?) => {
        /// Every built-in tour, in the order in which they are offered.
        pub const TOURS: &[BuiltIn] = &[$(BuiltIn {
            name: $name,
            text: include_str!(concat!("../../assets/tours/", $name, ".md")),
        }),*];
    };
}

tours!["weight-decay", "noise", "oscillations", "other-rules", "own-rule"];

impl BuiltIn {
    /// Its title.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.front("title: ")
    }

    /// One line on what it shows.
    #[must_use]
    pub fn shows(&self) -> &'static str {
        self.front("shows: ")
    }

    /// A line of the front matter; a test sees to it that the parser reads the same.
    fn front(&self, key: &str) -> &'static str {
        self.text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim()
    }

    /// Reads and checks it.
    ///
    /// # Errors
    /// As [`Tour::parse`]; a test sees to it that there is none.
    pub fn tour(&self) -> Result<Tour, TourError> {
        Tour::parse(self.name, self.text)
    }
}
