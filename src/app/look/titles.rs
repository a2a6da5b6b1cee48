//! What an experiment is called wherever the window speaks of it: by the title that the list of experiments has, in the
//! words of the vocabulary, or by the name that its own file gives it, which stays as it was written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::words;
use crate::experiment::fields::Field;
use crate::experiment::{Experiment, WRITTEN_SUFFIX, preset};

/// Its plain name, as titles and headings have it.
#[must_use]
pub fn title(experiment: &Experiment) -> Cow<'_, str> {
    of_name(&experiment.name)
}

/// The plain name of the experiment that files call so.
#[must_use]
pub fn of_name(name: &str) -> Cow<'_, str> {
    let written = name.strip_suffix(WRITTEN_SUFFIX).and_then(preset);
    match (preset(name), written) {
        (Some(known), _) => words::say(known.title),
        (None, Some(begun)) => Cow::Owned(format!("{}, own rule", words::say(begun.title))),
        (None, None) => words::own(name),
    }
}

/// Its plain name within a sentence, where a title of several words needs quotation marks.
#[must_use]
pub fn quoted(experiment: &Experiment) -> Cow<'_, str> {
    quoted_name(&experiment.name)
}

/// The same of the experiment that files call so.
#[must_use]
pub fn quoted_name(name: &str) -> Cow<'_, str> {
    let plain = of_name(name);
    if words::plain(&plain) == name { plain } else { Cow::Owned(format!("'{plain}'")) }
}

/// What a field is called. The name of a parameter or state of a rule that a person has written stays as it was written.
#[must_use]
pub fn of_field<'a>(field: &Field) -> &'a str {
    /// Kept for ever, as fields of written rules are: those of them that have a word of the vocabulary in their name.
    static KNOWN: Mutex<BTreeMap<&'static str, &'static str>> = Mutex::new(BTreeMap::new());
    let name = field.written_name();
    let Cow::Owned(own) = words::own(name) else { return field.label };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(field.path).or_insert_with(|| {
        let before = field.label.strip_suffix(name).unwrap_or_default();
        Box::leak(format!("{before}{own}").into_boxed_str())
    })
}

/// The same within a sentence, where names have no capitals but those that a person has given them.
#[must_use]
pub fn of_field_within(field: &Field) -> String {
    let (label, name) = (of_field(field), field.written_name());
    let before = field.label.strip_suffix(name).unwrap_or_default();
    match name {
        "" => label.to_lowercase(),
        _ => format!("{}{}", before.to_lowercase(), &label[before.len()..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::look::words::Vocabulary;
    use crate::experiment::fields::field;

    #[test]
    fn presets_have_titles_and_own_experiments_their_names() {
        assert_eq!(of_name("fig13-quick"), "Adam over weight noise and decay, quick");
        assert_eq!(quoted_name("sre"), "'Regression with gradient descent'");
        assert_eq!(of_name("sre-custom"), "Regression with gradient descent, own rule");
        assert_eq!((of_name("my weights"), quoted_name("small")), (words::own("my weights"), "small".into()));
        assert_eq!(quoted_name("my weights"), words::own("my weights"), "a name of its own has no quotation marks");
        let shown = |path: &str| {
            let named = field(path).map(of_field).unwrap_or_default();
            words::plain(&words::say(&format!("A step of {named}"))).into_owned()
        };
        let within = |path: &str| field(path).map(of_field_within).unwrap_or_default();
        assert_eq!(within("rule.state.Theta.rate"), "rate of Theta");
        assert_eq!(within("regularizer.weight_decay"), "weight decay");
        Vocabulary::Neuroscience.speak();
        assert_eq!(shown("rule.parameters.epoch"), "A trial of epoch");
        assert_eq!(shown("rule.state.weights.rate"), "A trial of Rate of weights");
        assert_eq!(shown("regularizer.weight_decay"), "A trial of Synaptic homeostasis");
        assert_eq!(of_name("fig13-quick"), "Adam over synaptic noise and homeostasis, quick");
        assert_eq!(words::plain(&words::say(&of_name("my weight decay"))), "my weight decay");
        Vocabulary::MachineLearning.speak();
    }
}
