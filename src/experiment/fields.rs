//! What every field of the configuration means: label, symbol, unit, range, and when it may change.
//!
//! One table feeds validation, the comments of `presets show`, the tooltips of the window and the
//! rules of mid-run changes, so that the four cannot disagree.

use std::borrow::Cow;

use crate::own_words;

/// When a field may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// At any step boundary: a value in the per-replica buffer.
    Live,
    /// At any step boundary, by compiling the step program anew; the state is carried over.
    Rebuild,
    /// Only by starting a new run.
    Reset,
}

impl Change {
    /// In words, for tooltips and comments.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Live => "live: from the next step",
            Self::Rebuild => "rebuild: from the next step, weights kept",
            Self::Reset => "reset: needs a new run",
        }
    }
}

/// Values that a field may take. Names of alternatives are checked by their types.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowed {
    /// Free text, a switch, or one of the alternatives that the description lists.
    Any,
    /// A finite number from `min` to `max`; `above` excludes `min` itself.
    Number {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
        /// Whether `min` itself is refused.
        above: bool,
    },
    /// A whole number from `min` to `max`.
    Whole {
        /// Least value.
        min: u64,
        /// Greatest value.
        max: u64,
    },
}

/// One field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Dotted path, as `--set` takes it.
    pub path: &'static str,
    /// Name in plain words.
    pub label: &'static str,
    /// Symbol in the paper, or empty.
    pub symbol: &'static str,
    /// Unit, or empty for a pure number.
    pub unit: &'static str,
    /// One or two sentences.
    pub doc: &'static str,
    /// When it may change.
    pub change: Change,
    /// Its range.
    pub allowed: Allowed,
}

impl Field {
    /// The name with which a person has written it into a rule, where it is a parameter or state of one; else empty.
    #[must_use]
    pub fn written_name(&self) -> &'static str {
        let is_written = ["rule.parameters.", "rule.state."].iter().any(|section| self.path.starts_with(section));
        self.path.split('.').nth(2).filter(|_| is_written).unwrap_or_default()
    }

    /// The name in plain words, in which what a person has written is marked ([`own_words`]).
    #[must_use]
    pub fn marked_label(&self) -> Cow<'static, str> {
        match self.written_name() {
            "" => self.label.into(),
            name => format!("{}{}", self.label.strip_suffix(name).unwrap_or_default(), own_words::marked(name)).into(),
        }
    }
}

const fn number(min: f64, max: f64) -> Allowed {
    Allowed::Number { min, max, above: false }
}
const fn above(min: f64, max: f64) -> Allowed {
    Allowed::Number { min, max, above: true }
}
const fn whole(min: u64, max: u64) -> Allowed {
    Allowed::Whole { min, max }
}

macro_rules! fields {
    ($($path:literal, $label:literal, $symbol:literal, $unit:literal, $change:ident, $allowed:expr, $doc:literal;)*) => {
        /// Every field, in the order of the sections.
        pub const FIELDS: &[Field] = &[$(Field {
            path: $path, label: $label, symbol: $symbol, unit: $unit, doc: $doc,
            change: Change::$change, allowed: $allowed,
        }),*];
    };
}

fields! {
    "name", "Name", "", "", Reset, Allowed::Any, "Name used for run folders, titles and figures.";
    "description", "Description", "", "", Reset, Allowed::Any, "One line on what the experiment shows and where its values come from.";

    "data.kind", "Data", "", "", Reset, Allowed::Any, "teacher_student | linear_regression | digits | cifar10 | synthetic_images | tokens | file (own data, from data.path).";
    "data.train_examples", "Training examples", "", "examples", Reset, whole(1, 10_000_000), "Examples in the training set; of own data where absent: the rows that validation leaves.";
    "data.validation_examples", "Validation examples", "", "examples", Reset, whole(1, 1_000_000), "Examples in the validation set; of own data where absent: a fifth of the rows.";
    "data.input_size", "Input width", "", "units", Reset, whole(1, 16_384), "Width of the input of the generated regressions; images fix their own, and own data where it is absent.";
    "data.output_size", "Output width", "", "units", Reset, whole(1, 16_384), "Width of the target of the generated regressions; images have 10 classes, own data where it is absent what the file has.";
    "data.vocabulary", "Vocabulary", "", "tokens", Reset, whole(1, 65_536), "Tokens that there are, for sequences; each position draws one uniformly.";
    "data.length", "Length of sequences", "", "tokens", Reset, whole(1, 4_096), "Tokens of a sequence.";
    "data.image", "Image", "", "", Reset, whole(1, 4_096), "Channels, height and width that convolutions take inputs as; absent: 1, 8, 8 of digits, else 3, 32, 32.";
    "data.teacher_hidden", "Teacher's hidden widths", "", "units", Reset, whole(1, 16_384), "Widths of the teacher's hidden layers; absent means those of the model.";
    "data.teacher_activation", "Teacher's activation", "", "", Reset, Allowed::Any, "linear | relu | sigmoid | tanh; absent means that of the model.";
    "data.teacher_bias", "Teacher's biases", "", "", Reset, Allowed::Any, "Whether the teacher has biases.";
    "data.teacher_scale", "Teacher's scale", "", "", Reset, above(0.0, 1e3), "Factor on the teacher's initial weights, U(-1/sqrt(fan_in), 1/sqrt(fan_in)).";
    "data.target_noise_sd", "Target noise", "", "SD", Reset, number(0.0, 1e3), "SD of Gaussian noise on the targets of the generated regressions.";
    "data.class_contrast", "Class contrast", "", "", Reset, number(0.0, 100.0), "Synthetic images: weight of the class template beside the unit-variance 1/f^2 texture.";
    "data.path", "Data file", "", "", Reset, Allowed::Any, "cifar10: folder or .tar.gz of its binary version; empty lets synthetic images stand in, which every result says. file: a CSV file with a header (.csv), or the array of inputs (.npy), a row an example.";
    "data.input_columns", "Input columns", "", "", Reset, Allowed::Any, "file, CSV: list of the columns that are inputs; absent: all that are not learnt.";
    "data.target_columns", "Target columns", "", "", Reset, Allowed::Any, "file, CSV: list of the columns whose values are learnt; or else data.label_column.";
    "data.label_column", "Label column", "", "", Reset, Allowed::Any, "file, CSV: the column that says the class of each row, by a number or a name; or else data.target_columns.";
    "data.targets_path", "Targets file", "", "", Reset, Allowed::Any, "file, NPY: the array of values that are learnt, as many rows as inputs; or else data.labels_path.";
    "data.labels_path", "Labels file", "", "", Reset, Allowed::Any, "file, NPY: the array of classes, a whole number for each row of inputs; or else data.targets_path.";
    "data.standardize", "Standardise inputs", "", "", Reset, Allowed::Any, "file: whether each input gets mean 0 and SD 1 over the training examples; targets stay as they are. Absent: false.";
    "data.split_seed", "Seed of the split", "", "", Reset, whole(0, 9_000_000_000_000_000_000), "file: seed of the shuffle that splits the rows into training and validation examples, the same for all seeds of a run. Absent: 0.";
    "data.content", "Content of the data", "", "", Reset, Allowed::Any, "What was read from data.path, TRAINING+VALIDATION:HASH, as run folders have it; other examples are refused. Absent: any are taken.";

    "model.kind", "Model", "", "", Reset, Allowed::Any, "mlp | transformer | cnn | resnet.";
    "model.hidden", "Hidden widths", "", "units", Reset, whole(1, 16_384), "Widths of the hidden layers, behind encoder or convolutions where there are any; empty for one linear layer.";
    "model.activation", "Activation", "", "", Rebuild, Allowed::Any, "Nonlinearity of the hidden layers: linear | relu | sigmoid | tanh. The output layer is linear.";
    "model.bias", "Biases", "", "", Reset, Allowed::Any, "Whether layers have biases.";
    "model.residual", "Residual connections", "", "", Reset, Allowed::Any, "Whether hidden layers add their input to their output, where both are of one width.";
    "model.batch_norm", "Batch norm", "", "", Reset, Allowed::Any, "Whether hidden layers normalise their pre-activations over the batch before the activation (PyTorch's BatchNorm1d; validation uses running statistics).";
    "model.dropout", "Dropout", "p", "", Live, number(0.0, 0.99), "Probability that a hidden unit is left out of a step; the others are divided by 1 - p. Not in validation.";
    "model.sparsity", "Missing connections", "", "share", Reset, number(0.0, 0.99), "Share of each weight matrix that does not exist, chosen by the seed: no weight, no signal, no Hebbian update.";
    "model.frozen", "Frozen parameters", "", "share", Reset, number(0.0, 1.0), "Share of each parameter that keeps its initial value, chosen by the seed. Signal and Hebbian update are measured over all of it.";
    "model.frozen_layers", "Frozen layers", "", "", Reset, whole(1, 1_024), "Layers that keep their initial values, counted from 1; empty for none.";
    "model.init", "Initialisation", "", "", Reset, Allowed::Any, "uniform_fan_in (PyTorch's default) | xavier_uniform | he_normal | zeros.";
    "model.init_scale", "Initialisation scale", "", "", Reset, number(0.0, 1e3), "Factor on the initial weights (Figure 6).";
    "model.parameters", "Parameters", "t", "", Reset, whole(1, 1_000_000_000), "Sets equal hidden widths so that the weights number about this many (eq. 19); absent: model.hidden says them.";
    "model.depth_layers", "Layers for that", "", "layers", Reset, whole(3, 64), "Layers that model.parameters is shared out to, output included.";
    "model.width", "Width of tokens", "", "units", Reset, whole(1, 4_096), "Transformer: width of embeddings and of the encoder.";
    "model.heads", "Heads", "", "", Reset, whole(1, 256), "Transformer: attention heads, which share the width evenly.";
    "model.feed_forward", "Feed-forward width", "", "units", Reset, whole(1, 16_384), "Transformer: width between an encoder's two feed-forward layers.";
    "model.encoder_layers", "Encoder layers", "", "layers", Reset, whole(1, 9), "Transformer: layers of the encoder, six linear maps each.";
    "model.encoder_activation", "Encoder's activation", "", "", Rebuild, Allowed::Any, "Transformer: nonlinearity between the feed-forward layers: linear | relu | sigmoid | tanh.";
    "model.channels", "Channels", "", "", Reset, whole(1, 4_096), "CNN: channels of its convolutions.";
    "model.kernel", "Window", "", "pixels", Reset, whole(1, 64), "CNN: edge of a convolution's windows.";
    "model.stride", "Stride", "", "pixels", Reset, whole(1, 64), "CNN: pixels from a window to the next.";
    "model.padding", "Padding", "", "pixels", Reset, whole(0, 64), "CNN: pixels that images are widened by at every edge.";
    "model.pool", "Pooling", "", "pixels", Reset, whole(1, 64), "CNN: edge of the pooling behind each convolution; 1 for none.";
    "model.depth", "Depth", "", "layers", Reset, whole(18, 50), "ResNet: 18, 34 or 50, which stands for block, planes and blocks as torchvision has them; absent: those are read.";
    "model.block", "Block", "", "", Reset, Allowed::Any, "ResNet: basic | bottleneck.";
    "model.planes", "Planes", "", "channels", Reset, whole(1, 4_096), "ResNet: channels of each stage; a bottleneck's blocks end four times as wide.";
    "model.blocks", "Blocks", "", "", Reset, whole(1, 64), "ResNet: blocks of each stage.";
    "model.stem", "Stem", "", "", Reset, Allowed::Any, "ResNet: cifar (3x3 convolution) | imagenet (7x7 of every second pixel, and pooling).";
    "model.stem_channels", "Stem's channels", "", "channels", Reset, whole(0, 4_096), "ResNet: channels of the stem; 0 for those of the first stage.";

    "rule.kind", "Learning rule", "g", "", Reset, Allowed::Any, "sgd | adam | dfa | random_nn | hebb | hebb_normalized | oja | custom (what rule.signal says).";
    "rule.learning_rate", "Learning rate", "η", "per step", Live, number(0.0, 1e3), "Step size of the update (eq. 2).";
    "rule.clip", "Gradient-norm clip", "", "norm", Live, number(0.0, 1e9), "Largest norm of the learning signal, over all parameters (for RandomNN each by itself); 0 for no limit.";
    "rule.beta1", "Adam beta 1", "β₁", "", Rebuild, number(0.0, 0.999_999), "Adam: decay of the first moment.";
    "rule.beta2", "Adam beta 2", "β₂", "", Rebuild, number(0.0, 0.999_999), "Adam: decay of the second moment; nearer to 1 single precision does not know 1 - beta 2.";
    "rule.epsilon", "Adam epsilon", "ε", "", Rebuild, number(1e-16, 1.0), "Adam: added to the root of the second moment, which is 0 in single precision for smaller signals than 1e-16.";
    "rule.feedback_scale", "Feedback scale", "B", "", Reset, number(0.0, 1e3), "DFA: factor on the fixed feedback weights, U(-1/sqrt(outputs), 1/sqrt(outputs)).";
    "rule.target_norm", "Target norm", "", "norm", Live, above(0.0, 1e9), "RandomNN: norm that each parameter is driven to (appendix C.6: 100).";
    "rule.random_nn_hidden", "Random network's widths", "", "units", Reset, whole(1, 4_096), "RandomNN: hidden widths of the random network (appendix C.6: three of 128).";
    "rule.random_nn_outputs", "Random network's outputs", "", "units", Reset, whole(1, 1_024), "RandomNN: outputs of the random network (appendix C.6: 4).";
    "rule.random_nn_bias", "Random network's biases", "", "", Reset, Allowed::Any, "RandomNN: whether the random network has biases (PyTorch's default).";
    "rule.hebb_activity", "Hebbian activity", "h_b", "", Rebuild, Allowed::Any, "Hebbian rules: pre | post, the side of the nonlinearity that is multiplied.";
    "rule.normalization", "Row normalisation", "", "", Rebuild, Allowed::Any, "hebb_normalized and custom: none | standardize (row mean 0, SD 1) | unit (row length 1), after every step; absent: standardize for hebb_normalized, none for custom.";
    "rule.oja_form", "Form of Oja's rule", "", "", Rebuild, Allowed::Any, "oja: row (each neuron by itself) | subspace.";
    "rule.optimizer", "Optimiser", "", "", Reset, Allowed::Any, "sgd | adam: what the signal of any rule goes through; kind = adam is gradient descent's through Adam.";
    "rule.others", "Other parameters", "", "", Rebuild, Allowed::Any, "Hebbian and custom rules: sgd | none, how the gains and shifts of batch norm learn.";
    "rule.signal", "Signal", "g_ij", "", Reset, Allowed::Any, "custom: the learning signal of the weight from j to i, such as post * pre - post^2 * w; `hebbscope rules` lists names and known rules.";
    "rule.bias", "Signal of biases", "g_i", "", Reset, Allowed::Any, "custom: the learning signal of the bias of i, with pre = 1; empty where biases do not learn.";

    "regularizer.weight_decay", "Weight decay", "γ", "per unit of learning rate", Live, number(0.0, 1e3), "L2 coefficient: the update contains -γ W (eq. 4).";
    "regularizer.weight_decay_layers", "Weight decay by layer", "γ_k", "per unit of learning rate", Live, number(0.0, 1e3), "One L2 coefficient a layer; empty to use weight_decay everywhere.";
    "regularizer.l1", "L1 decay", "", "per unit of learning rate", Live, number(0.0, 1e3), "L1 coefficient: the update contains -l1 sign(W).";
    "regularizer.decay_bias", "Decay of biases", "", "", Rebuild, Allowed::Any, "Whether weight decay acts on biases too, and on the gains and shifts of batch norm (without D).";
    "regularizer.coupling", "Coupling", "", "", Rebuild, Allowed::Any, "coupled (added to the gradient before the optimiser, PyTorch's weight_decay) | decoupled (beside it, AdamW).";
    "regularizer.decay_matrix", "Decay matrix", "D", "", Reset, number(-1e6, 1e6), "D of appendix C.4, one matrix a layer: one row of n rates for a diagonal, n rows for a full positive-definite one; empty for the identity.";
    "regularizer.decay_spread", "Decay spread", "D_ii", "", Reset, number(1.0, 1e3), "Draws each neuron's rate log-uniformly between 1/spread and spread; 1 for equal rates.";
    "regularizer.decay_correlation", "Decay correlation", "D_ij", "", Reset, number(-0.99, 0.99), "Correlates rates of neighbouring neurons: D_ij = sqrt(D_ii D_jj) rho^|i-j|; 0 for a diagonal D.";
    "regularizer.activation_penalty", "Activation penalty", "λ", "per mean absolute activation", Live, number(0.0, 1e3), "Adds λ times the mean absolute activation of each hidden layer to what gradient descent minimises; the loss that is shown is without it.";

    "noise.weight_sd", "Weight noise", "σ", "SD", Live, number(0.0, 1e3), "SD of the Gaussian noise added to every parameter at the start of a step (Figure 4).";
    "noise.weight_mode", "Weight noise mode", "", "", Rebuild, Allowed::Any, "accumulate (noise stays in the weights) | transient (it perturbs the step only).";
    "noise.input_sd", "Input noise", "", "SD", Live, number(0.0, 1e3), "SD of the Gaussian noise added to the network's input; targets come from the clean input (Figure 14).";
    "noise.gradient_sd", "Gradient noise", "", "SD", Live, number(0.0, 1e3), "SD of the Gaussian noise added to the learning signal, before clipping.";

    "schedule.learning_rate", "Schedule of the learning rate", "η(t)", "", Live, Allowed::Any, "Factor on rule.learning_rate, step by step: constant | linear to F | cosine to F (both 'over N' steps, else to the run's end) | steps F every N; before it 'warm-up N' and 'from N', set apart by commas: warm-up 200, cosine to 0.";
    "schedule.weight_decay", "Schedule of weight decay", "γ(t)", "", Live, Allowed::Any, "Factor on regularizer.weight_decay and weight_decay_layers, step by step; written as schedule.learning_rate.";
    "schedule.noise", "Schedule of noise", "σ(t)", "", Live, Allowed::Any, "Factor on noise.weight_sd, input_sd and gradient_sd, step by step; written as schedule.learning_rate.";

    "training.loss", "Loss", "ℓ", "", Reset, Allowed::Any, "mse (mean over batch and outputs) | cross_entropy (softmax, mean over the batch).";
    "training.loss_scale", "Loss scale", "", "", Reset, above(0.0, 1e6), "Factor on the data loss: 0.5 turns the squared error into half of it (gradient coefficient a = 1 in section 4).";
    "training.batch_size", "Batch size", "", "examples", Rebuild, whole(1, 1_000_000), "Examples a step; every batch is full.";
    "training.epochs", "Epochs", "", "passes", Rebuild, whole(1, 10_000_000), "Passes over the training set; an epoch counts ceil(examples / batch size) steps.";
    "training.steps", "Steps", "", "steps", Rebuild, whole(1, 1_000_000_000_000), "Steps to run, instead of epochs.";
    "training.seeds", "Seeds", "", "runs", Rebuild, whole(1, 65_536), "How many seeds train side by side.";
    "training.seed", "First seed", "", "", Reset, whole(0, 9_000_000_000_000_000_000), "The first seed; the others follow it.";
    "training.stop", "Stop rule", "", "", Reset, Allowed::Any, "steps (all that are asked for) | stationarity (when in every seed five windows differ from the five before by no more than the tolerances).";
    "training.tolerance", "Tolerance of alignment", "", "", Reset, above(0.0, 2.0), "Stationarity: largest change of every layer's mean alignment.";
    "training.gap_tolerance", "Tolerance of the gap", "", "", Reset, above(0.0, 1e3), "Stationarity: largest change of every layer's mean stationarity gap, relative to the larger one.";
    "training.min_steps", "Fewest steps", "", "steps", Reset, whole(0, 1_000_000_000_000), "Stationarity: a run trains at least so long.";

    "measure.every", "Measure every", "", "steps", Rebuild, whole(1, 1_000_000_000), "Steps from one measurement to the next; the last `window` steps are always measured. Means over a window are over its measured steps.";
    "measure.window", "Window", "", "steps", Rebuild, whole(1, 1_000_000), "Steps over which final means and the stationarity gap are taken.";
    "measure.alignment", "Reading of alignment", "cos θ", "", Rebuild, Allowed::Any, "batch (cosine of batch means, eq. 10) | per_example (mean of the examples' cosines) | sign (cosine of the signs).";
    "measure.layers", "Measured layers", "", "", Rebuild, whole(1, 1_024), "Layers to measure, counted from 1; empty for all.";
    "measure.neurons", "Neurons", "", "", Rebuild, Allowed::Any, "Whether the cosines of single neurons (rows of W) are measured (Figures 19, 20).";
    "measure.full_update", "Full update", "ΔW", "", Rebuild, Allowed::Any, "Whether the full update's alignment is measured (Figure 15).";
    "measure.stationarity", "Stationarity", "", "", Rebuild, Allowed::Any, "Whether |mean g - γ D mean W| and the averaged form of eq. 10 are measured over each window that is measured from its beginning.";
    "measure.force_balance", "Force balance", "Δ|W|²", "", Rebuild, Allowed::Any, "Whether the change of |W|² is measured and split into what signal, decay and noise do along W and the square of the whole change; and the cosine of W and H, which is that of signal and H where the signal is exactly γ W (eq. 10 to 12).";
    "measure.loss_gradient", "Supervised gradient", "", "", Rebuild, Allowed::Any, "Whether the learning signal is also compared with minus the supervised gradient (Figure 18).";
    "measure.post_activation", "Post-activation reading", "", "", Rebuild, Allowed::Any, "Whether alignment with the Hebbian update of post-activations is measured too.";
    "measure.per_example", "Per-example reading", "C(W)", "", Rebuild, Allowed::Any, "Whether the mean cosine of single examples and C(W) = E<g(x), H(x)> of Lemma 1 are measured beside the chosen reading; for rules with a per-example signal (sgd, adam, dfa).";
    "measure.validate_every", "Validate every", "", "epochs", Rebuild, whole(0, 1_000_000_000), "Epochs from one validation to the next; 0 for the end of the run only.";
    "measure.snapshot_every", "Snapshot every", "", "steps", Rebuild, whole(0, 1_000_000_000), "Headless: steps between snapshots of the matrices; 0 for the last step only.";
    "measure.snapshot_seeds", "Seeds of snapshots", "", "", Rebuild, Allowed::Any, "first | all: the seeds whose matrices snapshots in the run folder hold; final.npz has the weights of all.";

    "sweep.x", "Horizontal axis", "", "", Reset, Allowed::Any, "Path of the field along the horizontal axis: a numeric one, such as noise.weight_sd, or one that takes a text or true and false, such as rule.kind.";
    "sweep.x_spacing", "Spacing of the horizontal axis", "", "", Reset, Allowed::Any, "linear | log (equal ratios) | squared (equal differences of the square, as of a variance).";
    "sweep.x_from", "Horizontal axis from", "", "", Reset, number(-1e12, 1e12), "First value of the horizontal axis.";
    "sweep.x_to", "Horizontal axis to", "", "", Reset, number(-1e12, 1e12), "Last value of the horizontal axis.";
    "sweep.x_points", "Points of the horizontal axis", "", "values", Reset, whole(1, 100_000), "How many values the horizontal axis has.";
    "sweep.x_values", "Values of the horizontal axis", "", "", Reset, Allowed::Any, "The values themselves, in place of spacing, ends and number: numbers, or texts such as [\"sgd\", \"hebb\"] for rule.kind; empty to space numbers.";
    "sweep.x_squared", "Square of the horizontal axis", "", "", Reset, Allowed::Any, "Whether pictures show the square of the value, such as the variance σ² of noise.weight_sd.";
    "sweep.y", "Vertical axis", "", "", Reset, Allowed::Any, "Path of the field along the vertical axis: a numeric one, such as noise.weight_sd, or one that takes a text or true and false, such as rule.kind; empty for a sweep over one field.";
    "sweep.y_spacing", "Spacing of the vertical axis", "", "", Reset, Allowed::Any, "linear | log (equal ratios) | squared (equal differences of the square, as of a variance).";
    "sweep.y_from", "Vertical axis from", "", "", Reset, number(-1e12, 1e12), "First value of the vertical axis.";
    "sweep.y_to", "Vertical axis to", "", "", Reset, number(-1e12, 1e12), "Last value of the vertical axis.";
    "sweep.y_points", "Points of the vertical axis", "", "values", Reset, whole(1, 100_000), "How many values the vertical axis has.";
    "sweep.y_values", "Values of the vertical axis", "", "", Reset, Allowed::Any, "The values themselves, in place of spacing, ends and number: numbers, or texts such as [\"sgd\", \"hebb\"] for rule.kind; empty to space numbers.";
    "sweep.y_squared", "Square of the vertical axis", "", "", Reset, Allowed::Any, "Whether pictures show the square of the value, such as the variance σ² of noise.weight_sd.";
    "sweep.seeds", "Seeds of a cell", "", "runs", Reset, whole(1, 65_536), "Runs of each cell, with seeds from training.seed on.";
    "sweep.stop", "Stop rule", "", "", Reset, Allowed::Any, "steps (those of [training]) | stationarity (when five windows differ from the five before by no more than the tolerances).";
    "sweep.tolerance", "Tolerance of alignment", "", "", Reset, above(0.0, 2.0), "Stationarity: largest change of every layer's mean alignment.";
    "sweep.gap_tolerance", "Tolerance of the gap", "", "", Reset, above(0.0, 1e3), "Stationarity: largest change of every layer's mean stationarity gap, relative to the larger one.";
    "sweep.min_steps", "Fewest steps", "", "steps", Reset, whole(0, 1_000_000_000_000), "Stationarity: a cell trains at least so long.";
    "sweep.max_steps", "Most steps", "", "steps", Reset, whole(0, 1_000_000_000_000), "Stationarity: a cell trains at most so long; 0 for the steps of [training].";
    "sweep.record", "Recorded", "", "", Reset, Allowed::Any, "List of signal | full | validation_loss | accuracy | norms: what cells.csv has of each cell, beside collapsed and diverged.";
    "sweep.keep", "Kept of cells", "", "", Reset, Allowed::Any, "nothing | weights: whether the network of each cell stays in the sweep's folder, so that opening a cell does not train it again.";
    "sweep.given", "Given settings", "", "", Reset, Allowed::Any, "Of a grid over rule.kind or model.activation, written by the program: which settings were given, each as text path = value. They stay in the cells of other rules, which have defaults of their own elsewhere.";
}

impl Field {
    /// Why a number is refused; `None` for one that is allowed.
    ///
    /// Beside the range, numbers that training computes with must be there in single precision: 0 or normal, as some
    /// processors take smaller ones for 0.
    #[must_use]
    pub fn refusal(&self, value: f64) -> Option<String> {
        if !self.allowed.contains(value) {
            return self.allowed.words().map(|words| format!("must be {words}"));
        }
        let is_computed = matches!(self.allowed, Allowed::Number { .. }) && !self.path.starts_with("sweep.");
        if !is_computed || !vanishes(value) {
            return None;
        }
        let zero = if self.allowed.contains(0.0) { "0, or " } else { "" };
        Some(format!(
            "is 0 in single precision, in which training computes; must be {zero}at least {:.1e} in size",
            f32::MIN_POSITIVE
        ))
    }
}

/// Whether a number other than 0 may be 0 in single precision.
pub(super) fn vanishes(value: f64) -> bool {
    value != 0.0 && (value as f32).abs() < f32::MIN_POSITIVE
}

/// The least value of a range: tiny ones with their exponent.
fn least(min: f64) -> String {
    if min != 0.0 && min.abs() < 1e-3 { format!("{min:e}") } else { format!("{min}") }
}

/// Looks a field up by its path.
#[must_use]
pub fn field(path: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|f| f.path == path).or_else(|| super::written_fields::field(path))
}

impl Allowed {
    /// In words, for errors and comments; `None` where the description says it.
    #[must_use]
    pub fn words(self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Number { min, max, above: false } => Some(format!("a number from {} to {max:e}", least(min))),
            Self::Number { min, max, above: true } => Some(format!("a number above {}, up to {max:e}", least(min))),
            Self::Whole { min, max } => Some(format!("a whole number from {min} to {max}")),
        }
    }

    /// Whether `value` lies within.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        match self {
            Self::Any => true,
            Self::Number { min, max, above } => {
                value.is_finite() && value <= max && if above { value > min } else { value >= min }
            }
            Self::Whole { min, max } => value.fract() == 0.0 && value >= min as f64 && value <= max as f64,
        }
    }
}
