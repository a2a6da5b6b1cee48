//! Readings of 'alignment' in words.

use super::AlignmentReading;

impl AlignmentReading {
    /// What stands above numbers of this reading.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Batch => "alignment",
            Self::PerExample => "alignment of single examples, their mean",
            Self::Sign => "alignment of signs",
        }
    }

    /// What a reader must know who takes the numbers for those of the usual reading; `None` for that one.
    #[must_use]
    pub fn note(self) -> Option<&'static str> {
        match self {
            Self::Batch => None,
            Self::PerExample => Some("alignment is the mean over examples of cos(g(x), H(x))"),
            Self::Sign => Some("alignment is the cosine of signs, cos(sign g, sign H)"),
        }
    }

    /// The cosine with H of a vector of that symbol.
    #[must_use]
    pub fn formula(self, symbol: &str) -> String {
        match self {
            Self::Batch => format!("cos({symbol}, H)"),
            Self::PerExample => format!("mean of cos({symbol}(x), H(x))"),
            Self::Sign => format!("cos(sign {symbol}, sign H)"),
        }
    }
}
