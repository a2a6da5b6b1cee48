//! What the columns of a run's rows hold, in words.

use super::row::Columns;
use crate::experiment::AlignmentReading;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnMeaning {
    /// Layer and quantity, as a heading: `layer 1: learning signal, cos(g, H)`.
    pub heading: String,
    /// What the number is, in a sentence.
    pub meaning: String,
    /// Its unit or range.
    pub unit: &'static str,
    /// The layer, in words, if it is one's.
    pub layer: Option<String>,
}

impl ColumnMeaning {
    /// The quantity, without the layer.
    #[must_use]
    pub fn quantity(&self) -> &str {
        let layer = self.layer.as_deref().and_then(|layer| self.heading.strip_prefix(layer)?.strip_prefix(": "));
        layer.unwrap_or(&self.heading)
    }
}

const COSINE: &str = "cosine, from -1 to 1";
const NORM: &str = "Frobenius norm, in the unit of weights";
const SQUARE: &str = "change of |W|\u{b2} a step";
const LOSS: &str = "loss, a mean over examples";

/// Name of the column, heading, sentence and unit.
type Entry = (&'static str, &'static str, &'static str, &'static str);

/// Columns of the whole network.
const WHOLE: [Entry; 4] = [
    ("train_loss", "training loss", "Loss of the step's batch, before the update.", LOSS),
    ("validation_loss", "validation loss", "Loss on the validation set; empty at steps without a validation.", LOSS),
    (
        "validation_accuracy",
        "validation accuracy",
        "Share of the validation set that is classified correctly; empty at steps without a validation.",
        "share, from 0 to 1",
    ),
    (
        "activation_penalty",
        "activation penalty",
        "Strength times the mean absolute activation of each hidden layer; empty where it is off.",
        LOSS,
    ),
];

/// Columns of a layer; where the heading has a symbol behind it, that is put into the reading of alignment.
const OF_LAYER: [Entry; 18] = [
    ("signal", "learning signal, g", "Alignment of the learning signal g with the Hebbian update H (eq. 2).", COSINE),
    (
        "full",
        "full update, \u{394}W",
        "Alignment of the full update (signal, decay and optimiser, without injected noise) with the Hebbian update H.",
        COSINE,
    ),
    ("weight_norm", "weights, |W|", "Norm of the weight matrix that the step used.", NORM),
    ("signal_norm", "learning signal, |g|", "Norm of the learning signal, after clipping, without decay.", NORM),
    ("hebbian_norm", "Hebbian update, |H|", "Norm of the Hebbian update, the batch mean of post times pre.", NORM),
    (
        "stationarity_gap",
        "stationarity gap",
        "Norm of mean g minus decay times mean W over the window that this step closes; empty at other steps.",
        NORM,
    ),
    (
        "averaged",
        "window means, cos(mean g, mean H)",
        "Cosine of the mean learning signal and the mean Hebbian update over the window that this step closes; empty at other steps.",
        COSINE,
    ),
    (
        "neggrad_hebbian",
        "negative gradient and Hebbian update, cos(\u{2212}\u{2207}\u{2113}, H)",
        "Cosine of the negative gradient of the supervised loss and the Hebbian update.",
        COSINE,
    ),
    (
        "neggrad",
        "signal and negative gradient, cos(g, \u{2212}\u{2207}\u{2113})",
        "Cosine of the learning signal and the negative gradient of the supervised loss: above 0 the rule descends it.",
        COSINE,
    ),
    (
        "signal_post",
        "learning signal and Hebbian update of post-activations",
        "As the learning signal's alignment, with the Hebbian update made of what follows the activation function.",
        COSINE,
    ),
    ("per_example", "mean over examples, cos(g(x), H(x))", "Mean cosine over the examples of the batch.", COSINE),
    (
        "expected_product",
        "expected product, C(W)",
        "Mean over the examples of the batch of the product of signal and Hebbian update.",
        "product of signal and Hebbian update",
    ),
    ("radial_signal", "part of the signal, 2<W, u_signal>", "What the signal adds to |W|\u{b2} in the step.", SQUARE),
    ("radial_decay", "part of the decay, 2<W, u_decay>", "What the decay adds to |W|\u{b2} in the step.", SQUARE),
    (
        "radial_noise",
        "part of the noise across W, 2<W, \u{3b5}>",
        "What the step's noise along W adds to |W|\u{b2}.",
        SQUARE,
    ),
    ("step_square", "size of the step, |u + \u{3b5}|\u{b2}", "What the size of the step adds to |W|\u{b2}.", SQUARE),
    ("norm_change", "change of |W|\u{b2}", "The change of |W|\u{b2} as observed on the stored weights.", SQUARE),
    (
        "stationary_cosine",
        "W and Hebbian update, cos(W, H)",
        "Cosine of the weights and the Hebbian update: the signal's alignment at stationarity (eq. 10 to 12).",
        COSINE,
    ),
];

impl Columns {
    /// What a column of that name holds, where `reading` is how alignment is read.
    #[must_use]
    pub fn meaning(&self, name: &str, reading: AlignmentReading) -> ColumnMeaning {
        let made = |heading: String, meaning: &str, unit: &'static str, layer: Option<String>| ColumnMeaning {
            heading,
            meaning: meaning.to_owned(),
            unit,
            layer,
        };
        if let Some((_, heading, meaning, unit)) = WHOLE.iter().find(|(column, ..)| *column == name) {
            return made((*heading).to_owned(), meaning, unit, None);
        }
        // The longest, as one name may begin another.
        let parts = |entry: &&'static Entry| Some((name.strip_prefix(entry.0)?.strip_prefix('_')?.to_owned(), *entry));
        let found = OF_LAYER.iter().filter_map(|entry| parts(&entry)).max_by_key(|(_, entry)| entry.0.len());
        let Some((label, (column, heading, meaning, unit))) = found else {
            return made(name.to_owned(), "As `metrics.csv` of a run folder has it.", "", None);
        };
        let layer = self.title_of_label(&label);
        let heading = match (*column, heading.rsplit_once(", ")) {
            ("signal" | "full", Some((words, symbol))) => format!("{words}, {}", reading.formula(symbol)),
            _ => (*heading).to_owned(),
        };
        made(format!("{layer}: {heading}"), meaning, unit, Some(layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_say_what_they_are() {
        let names = ["signal_2", "neggrad_hebbian_1", "signal_conv_3", "validation_loss", "future_1"];
        let labels = vec![(7, "conv_3".to_owned())];
        let columns = Columns::labelled(names.map(str::to_owned).into(), labels);
        let heading = |name: &str, reading| columns.meaning(name, reading).heading;
        assert_eq!(heading("signal_2", AlignmentReading::Batch), "layer 2: learning signal, cos(g, H)");
        assert_eq!(heading("full_2", AlignmentReading::Sign), "layer 2: full update, cos(sign \u{394}W, sign H)");
        assert_eq!(heading("signal_conv_3", AlignmentReading::Batch), "conv 3: learning signal, cos(g, H)");
        assert!(heading("neggrad_hebbian_1", AlignmentReading::Batch).starts_with("layer 1: negative gradient and"));
        assert_eq!(columns.meaning("signal_2", AlignmentReading::Batch).layer.as_deref(), Some("layer 2"));
        assert_eq!(heading("validation_loss", AlignmentReading::Batch), "validation loss");
        assert_eq!(heading("future_1", AlignmentReading::Batch), "future_1");
    }
}
