//! The words of the window in the vocabulary that a person has chosen, from `assets/words.toml`.
//!
//! Texts are written with the words of machine learning. [`say`] puts those of the chosen vocabulary in their place where a
//! text is shown; a text without any is passed on as it is. A frame is drawn by one thread, which is told the vocabulary
//! once, so that no pane needs to hand it on. What a person has written, such as the name of a run, is put into a text by
//! [`own`], and keeps its words there; so does what a text quotes, and where a file lies, which is how errors of the library
//! name both.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use crate::own_words::plain;
use crate::own_words::{CLOSE, OPEN, marked};

/// The file that ships with the program.
const SHIPPED: &str = include_str!("../../../assets/words.toml");

/// For whom the window speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vocabulary {
    /// Learning signal, weight decay, step.
    #[default]
    MachineLearning,
    /// Teaching signal, synaptic homeostasis, trial.
    Neuroscience,
}

thread_local! {
    static SPOKEN: Cell<Vocabulary> = const { Cell::new(Vocabulary::MachineLearning) };
}

impl Vocabulary {
    /// Every vocabulary.
    pub const ALL: [Self; 2] = [Self::MachineLearning, Self::Neuroscience];

    /// Its column in the file.
    fn column(self) -> &'static str {
        match self {
            Self::MachineLearning => "machine_learning",
            Self::Neuroscience => "neuroscience",
        }
    }

    /// Its name in menus.
    #[must_use]
    pub fn title(self) -> &'static str {
        TABLE.as_ref().ok().and_then(|table| table.titles.get(self.column())).map_or(self.column(), String::as_str)
    }

    /// Some of its words.
    #[must_use]
    pub fn about(self) -> &'static str {
        TABLE.as_ref().ok().and_then(|table| table.about.get(self.column())).map_or("", String::as_str)
    }

    /// What this thread's texts are spoken in.
    #[must_use]
    pub fn spoken() -> Self {
        SPOKEN.get()
    }

    /// Lets this thread's texts be spoken in it.
    pub fn speak(self) {
        SPOKEN.set(self);
    }
}

/// Why a table of words is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WordsError {
    /// It is not what the form of the file allows.
    #[error("words: {0}")]
    Form(String),
    /// A vocabulary lacks an expression.
    #[error("words: '{word}' has no text for '{vocabulary}'; each vocabulary needs one")]
    Missing {
        /// The expression of machine learning.
        word: String,
        /// The column.
        vocabulary: String,
    },
    /// An expression is written twice.
    #[error("words: '{0}' is there twice; each expression goes once")]
    Twice(String),
    /// An expression that keeps its words has none that would be replaced.
    #[error("words: keep has '{0}', in which no word of the table stands")]
    Vain(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    vocabularies: Vec<String>,
    titles: BTreeMap<String, String>,
    about: BTreeMap<String, String>,
    #[serde(default)]
    keep: Vec<String>,
    word: Vec<BTreeMap<String, String>>,
}

static TABLE: LazyLock<Result<Table, WordsError>> = LazyLock::new(|| parse(SHIPPED));

/// Pairs of expressions, those of machine learning first; of those that keep their words both are the same.
static PAIRS: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let Ok(table) = TABLE.as_ref() else { return Vec::new() };
    let (from, to) = (Vocabulary::MachineLearning.column(), Vocabulary::Neuroscience.column());
    let pair = |word: &'static BTreeMap<String, String>| Some((word.get(from)?.as_str(), word.get(to)?.as_str()));
    let keep = table.keep.iter().map(|text| (text.as_str(), text.as_str()));
    table.word.iter().filter_map(pair).chain(keep).collect()
});

fn parse(text: &str) -> Result<Table, WordsError> {
    let table: Table = toml::from_str(text).map_err(|error| WordsError::Form(error.to_string().trim().to_owned()))?;
    let base = Vocabulary::MachineLearning.column();
    let name = |word: &BTreeMap<String, String>| word.get(base).cloned().unwrap_or_default();
    for (place, word) in table.word.iter().enumerate() {
        let missing = |column: &&String| word.get(*column).is_none_or(|text| text.trim().is_empty());
        if let Some(vocabulary) = table.vocabularies.iter().find(missing) {
            return Err(WordsError::Missing { word: name(word), vocabulary: vocabulary.clone() });
        }
        let now = name(word);
        if table.word[..place].iter().any(|earlier| name(earlier) == now) {
            return Err(WordsError::Twice(now));
        }
    }
    let words: Vec<String> = table.word.iter().map(name).collect();
    let pairs: Vec<(&str, &str)> = words.iter().map(|word| (word.as_str(), "")).collect();
    if let Some(vain) = table.keep.iter().find(|text| matches!(put(text, &pairs), Cow::Borrowed(_))) {
        return Err(WordsError::Vain(vain.clone()));
    }
    Ok(table)
}

/// A text in the vocabulary that this thread speaks.
#[must_use]
pub fn say(text: &str) -> Cow<'_, str> {
    match Vocabulary::spoken() {
        Vocabulary::MachineLearning => Cow::Borrowed(text),
        Vocabulary::Neuroscience => put(text, &PAIRS),
    }
}

/// What a person has written, to be shown or put into a text: its words stay what they are in every vocabulary. One without
/// a word of the table is passed on as it is.
#[must_use]
pub fn own(text: &str) -> Cow<'_, str> {
    let bare = plain(text);
    let is_kept = matches!(put(&bare, &PAIRS), Cow::Borrowed(_));
    if is_kept { bare } else { Cow::Owned(marked(&bare)) }
}

/// The same of where a file lies.
#[must_use]
pub fn path(path: &Path) -> String {
    own(&path.display().to_string()).into_owned()
}

/// Puts the second of each pair in the place of the first, where that stands as whole words; of two that begin at one place
/// the longer one. An article before it follows its sound. What [`own`] has marked stays.
fn put<'a>(text: &'a str, pairs: &[(&str, &str)]) -> Cow<'a, str> {
    let mut out = String::new();
    let (mut kept, mut at, mut before) = (0, 0, None);
    while let Some(letter) = text[at..].chars().next() {
        if letter == OPEN {
            let end = text[at..].find(CLOSE).map_or(text.len(), |end| at + end + CLOSE.len_utf8());
            (at, before) = (end, Some(CLOSE));
            continue;
        }
        if let Some(end) = kept_until(text, at, before) {
            (at, before) = (end, text[..end].chars().next_back());
            continue;
        }
        let found = (!before.is_some_and(joins_behind))
            .then(|| {
                let stand =
                    |(from, to): &&(&str, &str)| stands_at(&text[at..], from) && !is_said(&text[..at], from, to);
                pairs.iter().filter(stand).max_by_key(|(from, _)| from.len())
            })
            .flatten();
        let Some((from, to)) = found else {
            (at, before) = (at + letter.len_utf8(), Some(letter));
            continue;
        };
        let end = at + from.len();
        if from != to {
            out.push_str(&text[kept..at]);
            if begins_with_vowel(from) != begins_with_vowel(to) {
                turn_article(&mut out, begins_with_vowel(to));
            }
            let mut letters = to.chars();
            let first = letters.next().into_iter();
            if letter.is_uppercase() {
                out.extend(first.flat_map(char::to_uppercase));
            } else {
                out.extend(first);
            }
            out.push_str(letters.as_str());
            kept = end;
        }
        (at, before) = (end, text[..end].chars().next_back());
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Where what begins here and keeps its words ends: a name or value that a sentence quotes, as errors quote what a person has
/// written, or where a file lies.
fn kept_until(text: &str, at: usize, before: Option<char>) -> Option<usize> {
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let rest = &text[at..];
    let length = match rest.chars().next()? {
        quote @ ('\'' | '`') => 1 + end_of_quotation(&rest[1..], quote)?,
        _ => end_of_path(rest, at == 0)?,
    };
    Some(at + length)
}

/// Behind the mark that ends a quotation. An apostrophe within a word ends none.
fn end_of_quotation(rest: &str, quote: char) -> Option<usize> {
    let ends = |place: &usize| !rest[place + 1..].starts_with(char::is_alphanumeric);
    let end = rest.match_indices(quote).map(|(place, _)| place).find(ends)?;
    let quoted = &rest[..end];
    let is_one =
        !quoted.is_empty() && !quoted.starts_with(char::is_whitespace) && !quoted.ends_with(char::is_whitespace);
    is_one.then_some(end + 1)
}

/// Behind a path: one from the root, the home or this folder, also with spaces up to its last separator; and whatever a
/// message begins with and follows with a colon, if it has a separator or the end of a file's name.
fn end_of_path(rest: &str, is_first: bool) -> Option<usize> {
    let clause = rest.find([';', '\'', '`', '\n']).unwrap_or(rest.len());
    let clause = [": ", ", "].iter().filter_map(|mark| rest[..clause].find(mark)).min().unwrap_or(clause);
    let head = &rest[..clause];
    let is_named = ["/", "~/", "./", "../"].iter().any(|root| {
        head.strip_prefix(root)
            .is_some_and(|behind| behind.starts_with(|letter: char| letter.is_alphanumeric() || letter == '.'))
    });
    if is_first && rest[clause..].starts_with([':', ',']) && (is_named || has_name_of_file(head)) {
        return Some(clause);
    }
    is_named.then(|| {
        let last = head.rfind(['/', '\\']).unwrap_or(0);
        head[last..].find(char::is_whitespace).map_or(head.len(), |end| last + end)
    })
}

/// Whether a text ends as the name of a file does, `weights.csv`, or has a separator between its letters.
fn has_name_of_file(text: &str) -> bool {
    let has_end = text.rsplit_once('.').is_some_and(|(name, end)| {
        let is_end = (1..=5).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_end && name.ends_with(char::is_alphanumeric)
    });
    has_end || text.split_once('/').is_some_and(|(folder, name)| !folder.contains(' ') && !name.starts_with(' '))
}

fn begins_with_vowel(word: &str) -> bool {
    word.starts_with(|letter: char| "aeiouAEIOU".contains(letter))
}

/// Makes an article at the end of a text `an` or `a`. A capital one within a sentence is a name, such as that of a matrix.
fn turn_article(text: &mut String, is_an: bool) {
    let (article, other) = if is_an { (" ", "n ") } else { ("n ", " ") };
    let Some(head) = text.strip_suffix(article).filter(|head| head.ends_with(['a', 'A'])) else { return };
    let lead = &head[..head.len() - 1];
    let begins = lead.trim_end().is_empty() || lead.trim_end().ends_with(['.', ':', ';', '?', '!']);
    let is_article = if head.ends_with('A') { begins } else { !lead.ends_with(char::is_alphanumeric) };
    if is_article {
        text.truncate(text.len() - article.len());
        text.push_str(other);
    }
}

/// Whether what follows this letter is the rest of a word, or of the name of a field or file, which keep their words.
fn joins_behind(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '=' | '/' | '.')
}

/// Whether an expression needs no other words any more: it is the end of those that take its place, or these only add a word
/// that the text has said before, as `synaptic weights` has.
fn is_said(before: &str, from: &str, to: &str) -> bool {
    let Some(lead) = to.strip_suffix(from).filter(|lead| !lead.is_empty()) else { return false };
    let ends_with = |text: &str| {
        let start = text.len().checked_sub(lead.len());
        start.and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(lead))
    };
    ends_with(before) || before.to_lowercase().contains(from)
}

/// Whether a text begins with an expression, whatever its letters' case, that ends with a whole word.
fn stands_at(text: &str, words: &str) -> bool {
    let is_there = text.get(..words.len()).is_some_and(|found| found.eq_ignore_ascii_case(words));
    if !is_there || words.is_empty() {
        return false;
    }
    let mut behind = text[words.len()..].chars();
    let (right, after) = (behind.next(), behind.next());
    let is_path = right == Some('.') && after.is_some_and(char::is_alphanumeric);
    // Behind a bracket that follows at once lie the arguments of a function of that name.
    !right.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '=' | '(')) && !is_path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neuro(text: &str) -> String {
        put(text, &PAIRS).into_owned()
    }

    #[test]
    fn the_table_is_whole_and_every_word_is_reached() {
        let table = parse(SHIPPED).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(table.vocabularies, Vocabulary::ALL.map(Vocabulary::column));
        for vocabulary in Vocabulary::ALL {
            assert!(!vocabulary.title().is_empty() && !vocabulary.about().is_empty());
        }
        for (from, to) in PAIRS.iter() {
            assert_eq!(neuro(from), *to);
            assert_eq!(neuro(to), *to, "what was said once stays as it is");
        }
        assert_eq!(neuro("Weights grow; weights shrink"), "Synaptic weights grow; weights shrink");
        assert_eq!(neuro("Synaptic weights, weights"), "Synaptic weights, weights");
    }

    #[test]
    fn words_are_replaced_whole_with_their_case() {
        assert_eq!(neuro("Learning signal"), "Teaching signal");
        assert_eq!(neuro("learning signal, step 1,200"), "teaching signal, trial 1,200");
        assert_eq!(neuro("Weight decay of layer 2"), "Synaptic homeostasis of area 2");
        assert_eq!(neuro("1,000 steps/s"), "1,000 trials/s");
        assert_eq!(neuro("Layers: footstep, stepwise, layered"), "Areas: footstep, stepwise, layered");
        assert_eq!(neuro("regularizer.weight_decay, signal_layer2"), "regularizer.weight_decay, signal_layer2");
        assert_eq!(neuro("training.steps=5"), "training.steps=5");
        assert_eq!(neuro("The last step."), "The last trial.");
        assert!(matches!(put("Hebbian – 3×10⁻⁴", &PAIRS), Cow::Borrowed(_)), "nothing is copied in vain");
    }

    #[test]
    fn common_phrases_keep_their_words() {
        assert_eq!(neuro("For example, a layer for each example"), "For example, an area for each stimulus");
        assert_eq!(neuro("Batch norm over the batch"), "Batch norm over the stimulus set");
        assert_eq!(neuro("write `step(x)`"), "write `step(x)`");
        assert!(matches!(put("for example", &PAIRS), Cow::Borrowed(_)));
    }

    #[test]
    fn articles_follow_the_sound() {
        assert_eq!(neuro("a layer, an epoch"), "an area, a block");
        assert_eq!(neuro("An epoch. A layer"), "A block. An area");
        assert_eq!(neuro("one curve a layer"), "one curve an area");
        assert_eq!(neuro("twin A layer 2, alpha layer"), "twin A area 2, alpha area");
        assert_eq!(neuro("a step, a learning signal"), "a trial, a teaching signal");
    }

    #[test]
    fn what_a_person_has_written_keeps_its_words() {
        let name = own("decay of layer 2");
        assert_eq!(plain(&name), "decay of layer 2");
        let message = format!("Step 4: weight decay of {name}, a layer, {}", own("my step"));
        assert_eq!(plain(&neuro(&message)), "Trial 4: synaptic homeostasis of decay of layer 2, an area, my step");
        assert_eq!(neuro(&neuro(&message)), neuro(&message), "what is said again is said once");
        assert_eq!(own(&name), name, "what is marked is marked once");
        assert!(matches!(own("small (1)"), Cow::Borrowed("small (1)")), "nothing is marked in vain");
        // One that was shortened has lost its end.
        let cut: String = name.chars().take(7).collect();
        assert_eq!(plain(&neuro(&cut)), "decay ");
        assert_eq!(plain(&path(Path::new("runs/step-decay"))), "runs/step-decay");
        assert_eq!(plain(&neuro(&format!("Opened {}", path(Path::new("runs/step-decay"))))), "Opened runs/step-decay");
    }

    #[test]
    fn what_errors_quote_and_where_files_lie_keep_their_words() {
        for (text, said) in [
            ("unknown name `epoch`; known are pre, post", "unknown name `epoch`; known are pre, post"),
            ("no experiment 'decay of step': a step is missing", "no experiment 'decay of step': a trial is missing"),
            ("the layers' weights and the examples' step", "the areas' synaptic weights and the stimuli's trial"),
            ("Hebb's step isn't a layer's", "Hebb's trial isn't an area's"),
            ("/data/weights/step.csv: a layer is missing", "/data/weights/step.csv: an area is missing"),
            ("/data/my weights/last step: a layer is missing", "/data/my weights/last step: an area is missing"),
            ("my weights.csv, line 3: a step is missing", "my weights.csv, line 3: a trial is missing"),
            ("runs/step: is no layer", "runs/step: is no area"),
            ("rows lie in /data/my weights/step and a layer", "rows lie in /data/my weights/step and an area"),
            ("runs in ~/weights, step 3", "runs in ~/weights, trial 3"),
            ("Steps: a layer", "Trials: an area"),
            ("g / RMS, steps/s, 2.5 s/step, step²", "g / RMS, trials/s, 2.5 s/trial, change²"),
        ] {
            assert_eq!(neuro(text), said);
        }
    }

    #[test]
    fn a_thread_speaks_what_it_was_told() {
        assert_eq!(say("Learning signal"), "Learning signal");
        Vocabulary::Neuroscience.speak();
        assert_eq!(say("Learning signal"), "Teaching signal");
        assert_eq!(std::thread::spawn(|| say("step").into_owned()).join().ok().as_deref(), Some("step"));
        Vocabulary::MachineLearning.speak();
    }

    #[test]
    fn what_is_wrong_is_named() {
        let head = "vocabularies = [\"machine_learning\", \"neuroscience\"]\ntitles = {}\nabout = {}\n";
        let word = |from: &str, to: &str| format!("[[word]]\nmachine_learning = \"{from}\"\nneuroscience = \"{to}\"\n");
        let said = |text: String| parse(&text).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(said(format!("{head}{}", word("a b", "c"))), "");
        assert!(said(format!("{head}{}", word("a", ""))).contains("'a' has no text for 'neuroscience'"));
        let twice = format!("{head}{}{}", word("step", "trial"), word("step", "turn"));
        assert_eq!(said(twice), "words: 'step' is there twice; each expression goes once");
        let keep = head.replacen('\n', "\nkeep = [\"in a word\"]\n", 1);
        let vain = said(format!("{keep}{}", word("step", "trial")));
        assert_eq!(vain, "words: keep has 'in a word', in which no word of the table stands");
        assert!(said("vocabularies = 3".into()).starts_with("words: "));
    }
}
