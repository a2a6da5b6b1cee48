//! What data files held when they were first read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The examples that were read, as text `TRAINING+VALIDATION:HASH`. It tells other examples apart only where as many
/// are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataContent {
    /// Examples for training and for validation.
    pub examples: [usize; 2],
    /// First 16 hexadecimal digits of the SHA-256 of their labels and pixels.
    pub hash: String,
}

impl DataContent {
    /// Whether these are known to be other examples than those, as many as there are.
    #[must_use]
    pub fn is_other(&self, found: &Self) -> bool {
        self.examples == found.examples && self.hash != found.hash
    }
}

impl fmt::Display for DataContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { examples: [train, validation], hash } = self;
        write!(f, "{train}+{validation}:{hash}")
    }
}

/// Text of another form.
#[derive(Debug, thiserror::Error)]
#[error("must be TRAINING+VALIDATION:HASH, such as 50000+10000:0123456789abcdef, as a run folder has it")]
pub struct NoContent;

impl FromStr for DataContent {
    type Err = NoContent;

    fn from_str(text: &str) -> Result<Self, NoContent> {
        let (counts, hash) = text.split_once(':').ok_or(NoContent)?;
        let (train, validation) = counts.split_once('+').ok_or(NoContent)?;
        let count = |text: &str| text.parse().map_err(|_| NoContent);
        let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if hash.len() != 16 || !hash.chars().all(is_digit) {
            return Err(NoContent);
        }
        Ok(Self { examples: [count(train)?, count(validation)?], hash: hash.to_owned() })
    }
}

impl Serialize for DataContent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DataContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format!("{text:?} {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let text = "20+5:0123456789abcdef";
        let content: DataContent = text.parse().expect("of that form");
        assert_eq!(content.to_string(), text);
        for wrong in ["", "20+5", "20:0123456789abcdef", "20+5:0123", "20+5:0123456789abcdeF", "-1+5:0123456789abcdef"]
        {
            assert!(wrong.parse::<DataContent>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn other_counts_say_nothing() {
        let content = |text: &str| text.parse::<DataContent>().expect("of that form");
        let one = content("20+5:0123456789abcdef");
        assert!(!one.is_other(&one));
        assert!(one.is_other(&content("20+5:0123456789abcde0")));
        assert!(!one.is_other(&content("21+5:0123456789abcde0")));
    }
}
