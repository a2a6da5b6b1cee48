//! Every pane of the window, one a line: the table that names, menus, layouts, tours and tests are made of.

/// Hands every pane to a macro: kind, its module and type among the panes of the window, where it lies in the arrangement
/// 'Explore' and in which column of 'Everything', its title, and what it shows in a sentence.
macro_rules! for_each_pane {
    ($of:ident) => {
        $of! {
            Controls, controls::ControlsPane, Side, 0, "Controls",
                "Settings that may be changed while the run goes on.";
            Network, network::NetworkPane, Front, 2, "Network",
                "The network at one step: neurons and their strongest synapses, in the colours of how Hebbian each is (eq. 10).";
            Alignment, alignment::AlignmentPane, Below, 1, "Alignment",
                "Cosine of the learning signal, and of the full update, with the Hebbian update, layer by layer (eq. 10, \
                 Figure 15).";
            Loss, loss::LossPane, Below, 1, "Loss",
                "Training and validation loss on a logarithmic axis; for classifications also the accuracy.";
            Neurons, neurons::NeuronsPane, Front, 2, "Neurons",
                "The same cosine for single post-synaptic neurons over time, with phases, flips and oscillations \
                 (Figures 19, 20).";
            Matrices, matrices::MatricesPane, Front, 2, "Matrices",
                "Learning signal, Hebbian update, full update and weights at one step (Figures 2, 17).";
            Norms, norms::NormsPane, Below, 1, "Norms",
                "Norms of weights, learning signal and Hebbian update of every layer.";
            Forces, forces::ForcesPane, Below, 2, "Force balance",
                "What makes |W|² grow and shrink: learning signal, weight decay, noise; and theory against measurement \
                 (Figure 1, eq. 6, 8, 12).";
            Phase, phase::PhasePane, Front, 3, "Phase diagram",
                "Where this run has been in the plane of noise and weight decay, and how Hebbian it was there (Figure 4).";
            Twins, twins::TwinsPane, Below, 3, "Twins",
                "The run and a twin that differs in a setting or in its rule, with the same batches and noise.";
            Runs, runs::RunsPane, Stacked, 3, "Runs",
                "Runs that others have taken the place of: bring one back, name it, lay its curves over those of the present.";
            Rule, rule::RulePane, Aside, 1, "Learning rule",
                "Write a learning rule as an expression, see what it is made of, and train a new run with it.";
            Setup, setup::SetupPane, Aside, 1, "Network and rule",
                "Everything that a new run or a twin can have otherwise: data, network, rule, and any other setting by its name.";
            History, history::HistoryPane, Below, 3, "History",
                "The run's past: look at any step, list the changes, continue from there.";
            Log, log::LogPane, Below, 3, "Log",
                "Messages, warnings and divergences.";
        }
    };
}

pub(crate) use for_each_pane;
