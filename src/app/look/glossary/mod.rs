//! The words of the window, each in two sentences, from `assets/glossary.toml`: the one source of the cards that labels show,
//! of the sheet of all words, and of the guide.

mod card;
mod drawing;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

pub use card::{Live, ask, asked, card, explained, label, set_live};

/// The file that ships with the program.
const SHIPPED: &str = include_str!("../../../../assets/glossary.toml");

macro_rules! terms {
    ($($term:ident = $id:literal,)*) => {
        /// A word that the window explains.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Term {
            $(#[doc = concat!("`", $id, "`")] $term,)*
        }

        impl Term {
            /// Every word, in the order of the file.
            pub const ALL: [Self; [$(Self::$term),*].len()] = [$(Self::$term),*];

            /// Its name in the file.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$term => $id,)*
                }
            }
        }
    };
}

terms! {
    HebbianUpdate = "hebbian-update",
    LearningSignal = "learning-signal",
    FullUpdate = "full-update",
    Cosine = "cosine",
    Alignment = "alignment",
    Hebbian = "hebbian",
    AntiHebbian = "anti-hebbian",
    WeightDecay = "weight-decay",
    Noise = "noise",
    InputNoise = "input-noise",
    GradientNoise = "gradient-noise",
    Step = "step",
    Batch = "batch",
    Epoch = "epoch",
    Seed = "seed",
    Band = "band",
    Layer = "layer",
    Neuron = "neuron",
    PreAndPost = "pre-and-post",
    Activation = "activation",
    PreActivation = "pre-activation",
    Loss = "loss",
    ValidationLoss = "validation-loss",
    Accuracy = "accuracy",
    LearningRule = "learning-rule",
    LearningRate = "learning-rate",
    DirectFeedbackAlignment = "direct-feedback-alignment",
    Teacher = "teacher",
    Stationary = "stationary",
    ForceBalance = "force-balance",
    Norm = "norm",
    PhaseDiagram = "phase-diagram",
    Boundary = "boundary",
    Exponent = "exponent",
    GridOfRuns = "grid-of-runs",
    Twin = "twin",
    Intervention = "intervention",
    Collapse = "collapse",
    Oscillation = "oscillation",
    Spectrum = "spectrum",
    Clip = "clip",
    RunShelf = "run-shelf",
}

impl Term {
    /// The word of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.id() == id)
    }

    /// What is said of it; a test sees to it that there is something of every word.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        static NOTHING: LazyLock<Entry> = LazyLock::new(Entry::default);
        GLOSSARY.as_ref().ok().and_then(|all| all.get(self.id())).unwrap_or(&NOTHING)
    }

    /// The word that explains a field of the configuration.
    #[must_use]
    pub fn of_field(path: &str) -> Option<Self> {
        Some(match path {
            "regularizer.weight_decay" | "regularizer.weight_decay_layers" => Self::WeightDecay,
            "noise.weight_sd" => Self::Noise,
            "noise.input_sd" => Self::InputNoise,
            "noise.gradient_sd" => Self::GradientNoise,
            "rule.learning_rate" => Self::LearningRate,
            "rule.clip" => Self::Clip,
            "rule.kind" | "rule.signal" => Self::LearningRule,
            "training.batch_size" => Self::Batch,
            "training.seed" | "training.seeds" => Self::Seed,
            "training.steps" => Self::Step,
            "training.epochs" => Self::Epoch,
            "model.activation" => Self::Activation,
            "model.hidden" => Self::Layer,
            _ => return None,
        })
    }
}

/// What the glossary says of a word.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// As it stands in headings.
    pub name: String,
    /// Other words for it.
    #[serde(default)]
    pub also: Vec<String>,
    /// How the paper writes it; empty where it does not.
    #[serde(default)]
    pub symbol: String,
    /// Two sentences.
    pub text: String,
    /// What is drawn beside them.
    pub drawing: Option<Drawing>,
    /// Related words, by their names in the file.
    #[serde(default)]
    pub see: Vec<String>,
}

impl Entry {
    /// Everything by which it is found, in small letters.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} {} {}", self.name, self.also.join(" "), self.text).to_lowercase()
    }

    /// Related words.
    pub fn related(&self) -> impl Iterator<Item = Term> + '_ {
        self.see.iter().filter_map(|id| Term::from_id(id))
    }
}

/// A small drawing of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drawing {
    /// g and H with the angle between them that the run has now.
    Angle,
    /// g and H in nearly one direction.
    Hebbian,
    /// g and H in nearly opposite directions.
    AntiHebbian,
    /// g and H at a right angle.
    Unrelated,
    /// W, the decay against it, and the signal that balances it.
    Decay,
    /// W, the growth that noise brings, and the signal that balances it.
    Noise,
    /// The plane of noise and decay with the boundary across it.
    Plane,
    /// Two curves that are one up to a step, and part there.
    Parting,
}

/// Why a glossary is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GlossaryError {
    /// It is not what the form of the file allows.
    #[error("glossary: {0}")]
    Form(String),
    /// Something is missing.
    #[error("glossary: term '{term}': '{field}' is empty; a text is needed")]
    Empty {
        /// Name of the word.
        term: String,
        /// What is missing.
        field: &'static str,
    },
    /// The text is too short or too long for a card.
    #[error("glossary: term '{term}': the text has {sentences} sentences; two are needed")]
    Sentences {
        /// Name of the word.
        term: String,
        /// How many there are.
        sentences: usize,
    },
    /// A related word is not there.
    #[error("glossary: term '{term}': see has '{see}', which is no term of the file")]
    See {
        /// Name of the word.
        term: String,
        /// The word that is not there.
        see: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    term: BTreeMap<String, Entry>,
}

static GLOSSARY: LazyLock<Result<BTreeMap<String, Entry>, GlossaryError>> = LazyLock::new(|| parse(SHIPPED));

/// Reads a glossary: entries by the names of their words.
///
/// # Errors
/// What is missing or wrong, with the word that it is about.
pub fn parse(text: &str) -> Result<BTreeMap<String, Entry>, GlossaryError> {
    let file: File = toml::from_str(text).map_err(|error| GlossaryError::Form(error.to_string().trim().to_owned()))?;
    for (term, entry) in &file.term {
        for (field, text) in [("name", &entry.name), ("text", &entry.text)] {
            if text.trim().is_empty() {
                return Err(GlossaryError::Empty { term: term.clone(), field });
            }
        }
        let sentences = sentences(&entry.text);
        if sentences != 2 {
            return Err(GlossaryError::Sentences { term: term.clone(), sentences });
        }
        if let Some(see) = entry.see.iter().find(|see| !file.term.contains_key(*see) || *see == term) {
            return Err(GlossaryError::See { term: term.clone(), see: see.clone() });
        }
    }
    Ok(file.term)
}

/// Ends of sentences: a full stop at the end or before a space.
fn sentences(text: &str) -> usize {
    text.trim().split(". ").filter(|part| !part.trim().is_empty()).count() - usize::from(!text.trim().ends_with('.'))
}

/// Words that have all of `text` in their name, other names or explanation; those whose name begins with it come first.
#[must_use]
pub fn search(text: &str) -> Vec<Term> {
    let wanted = text.trim().to_lowercase();
    let mut found: Vec<Term> = Term::ALL
        .into_iter()
        .filter(|term| {
            let words = term.entry().words();
            wanted.split_whitespace().all(|word| words.contains(word))
        })
        .collect();
    let place = |term: &Term| {
        let entry = term.entry();
        let is_named = |name: &String| name.to_lowercase().starts_with(&wanted);
        let rank = if is_named(&entry.name) {
            0
        } else if entry.also.iter().any(is_named) {
            1
        } else {
            2
        };
        (rank, entry.name.to_lowercase())
    };
    found.sort_by_key(place);
    found
}

/// The glossary as a page of the guide, in Markdown.
#[must_use]
pub fn guide() -> String {
    let mut page = String::from(
        "# Glossary\n\nThe words of the window. The same text stands on the cards that a word shows under the pointer, and in the sheet \
         'Glossary' of the menu Help.\nThis page is made from `glossary.toml` (`HEBBSCOPE_WRITE_GUIDE=1 cargo test --lib \
         glossary`).\n",
    );
    for term in search("") {
        let entry = term.entry();
        page.push_str(&format!("\n## {}\n\n{}\n", entry.name, entry.text));
        if !entry.symbol.is_empty() {
            page.push_str(&format!("\nIn the paper: {}\n", entry.symbol));
        }
        if !entry.also.is_empty() {
            page.push_str(&format!("\nAlso: {}\n", entry.also.join(", ")));
        }
        let see: Vec<&str> = entry.related().map(|term| term.entry().name.as_str()).collect();
        if !see.is_empty() {
            page.push_str(&format!("\nSee: {}\n", see.join(", ")));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_explained_and_every_explanation_has_its_word() {
        let file = parse(SHIPPED).unwrap_or_else(|error| panic!("{error}"));
        let wanted: Vec<&str> = file.keys().map(String::as_str).collect();
        let mut known = Term::ALL.map(Term::id);
        known.sort_unstable();
        assert_eq!(known.to_vec(), wanted);
        assert!(known.len() >= 40);
        for term in Term::ALL {
            let entry = term.entry();
            assert!(entry.text.chars().count() < 330, "{}: too long for a card", term.id());
            assert!(entry.related().count() == entry.see.len() && !entry.see.is_empty(), "{}", term.id());
        }
    }

    #[test]
    fn fields_with_a_word_are_fields() {
        use crate::experiment::fields::FIELDS;
        let known = FIELDS.iter().filter(|field| Term::of_field(field.path).is_some()).count();
        assert_eq!(known, 16, "one for each path of the table");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let said = |text: &str| parse(text).expect_err("refused").to_string();
        let good = "[term.a]\nname = \"A\"\ntext = \"One. Two.\"\n";
        assert!(parse(good).is_ok());
        assert_eq!(said(&good.replace("Two.", "")), "glossary: term 'a': the text has 1 sentences; two are needed");
        assert_eq!(said(&good.replace("\"A\"", "\"\"")), "glossary: term 'a': 'name' is empty; a text is needed");
        assert_eq!(
            said(&format!("{good}see = [\"b\"]\n")),
            "glossary: term 'a': see has 'b', which is no term of the file"
        );
        assert!(said(&format!("{good}colour = 3\n")).contains("unknown field `colour`"));
        assert!(said(&format!("{good}drawing = \"cube\"\n")).contains("unknown variant `cube`"));
        assert!(said("[term").starts_with("glossary: "));
    }

    #[test]
    fn a_word_is_found_by_its_other_names() {
        assert_eq!(search("gradient-norm").first(), Some(&Term::Clip));
        assert_eq!(search("DFA").first(), Some(&Term::DirectFeedbackAlignment));
        assert_eq!(search("equilibrium"), [Term::Stationary]);
        assert!(search("no such word").is_empty());
        assert_eq!(search("").len(), Term::ALL.len());
    }

    /// The guide says what the cards say.
    #[test]
    fn the_guide_is_made_from_the_file() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/GLOSSARY.md");
        if std::env::var_os("HEBBSCOPE_WRITE_GUIDE").is_some() {
            std::fs::write(path, guide()).expect("written");
        }
        let kept = std::fs::read_to_string(path).expect("assets/GLOSSARY.md is there");
        assert_eq!(kept, guide(), "assets/GLOSSARY.md is not that of glossary.toml: HEBBSCOPE_WRITE_GUIDE=1");
    }
}
