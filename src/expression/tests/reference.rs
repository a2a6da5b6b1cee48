//! What an engine does with a plan, element by element, on a layer small enough to look at.

use crate::expression::{Input, Operand, Plan, Rule, Scratch, Shape, Tape};

pub const SAMPLES: usize = 4;
pub const OUT: usize = 3;
pub const IN: usize = 2;

/// A layer and a batch; matrices of samples are samples x neurons.
#[derive(Clone, Debug)]
pub struct Data {
    pub pre: Vec<f64>,
    /// Post, act, slope, delta, feedback.
    pub post: [Vec<f64>; 5],
    pub loss: Vec<f64>,
    pub weights: Vec<f64>,
    pub bias: Vec<f64>,
    pub parameter: f64,
    /// One value a synapse of each state; broadcast where a state has fewer.
    pub states: Vec<f64>,
}

/// An element: which sample, which i, which j.
pub type At = (usize, usize, usize);

/// Euclidean length.
pub fn length(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>().sqrt()
}

impl Data {
    /// The value of a state of that shape and place.
    pub fn state(&self, place: usize, shape: Shape, (_, i, j): At) -> f64 {
        let (i, j) = (if shape.post { i } else { 0 }, if shape.pre { j } else { 0 });
        self.states[(place * 7 + i * IN + j) % self.states.len()]
    }

    pub fn row(&self, i: usize) -> &[f64] {
        &self.weights[i * IN..(i + 1) * IN]
    }
}

/// What a plan gives.
#[derive(Debug)]
pub struct Result {
    /// One a synapse.
    pub signal: Vec<f64>,
    /// One an i.
    pub bias: Vec<f64>,
    /// One a synapse of every state, the same where the state has fewer.
    pub updates: Vec<Vec<f64>>,
}

pub struct Runner<'a> {
    rule: &'a Rule,
    data: &'a Data,
    averages: Vec<Vec<f64>>,
    products: Vec<Vec<f64>>,
}

impl<'a> Runner<'a> {
    pub fn run(rule: &'a Rule, data: &'a Data) -> Result {
        let mut runner = Self { rule, data, averages: Vec::new(), products: Vec::new() };
        let Plan { averages, products, signal, bias, updates } = &rule.plan;
        for average in averages {
            let rows = (0..SAMPLES).map(|sample| runner.over_synapses(average, sample)).collect::<Vec<_>>();
            let mean = |place: usize| rows.iter().map(|row| row[place]).sum::<f64>() / SAMPLES as f64;
            runner.averages.push((0..OUT * IN).map(mean).collect());
        }
        for product in products {
            let post: Vec<_> = (0..SAMPLES).map(|sample| runner.over_synapses(&product.post, sample)).collect();
            let pre: Vec<_> = (0..SAMPLES).map(|sample| runner.over_synapses(&product.pre, sample)).collect();
            let mean =
                |k: usize| post.iter().zip(&pre).map(|(post, pre)| post[k] * pre[k]).sum::<f64>() / SAMPLES as f64;
            runner.products.push((0..OUT * IN).map(mean).collect());
        }
        let bias = bias.iter().flat_map(|tape| runner.over_synapses(tape, 0)).step_by(IN).collect();
        let updates = updates.iter().map(|tape| runner.over_synapses(tape, 0)).collect();
        Result { signal: runner.over_synapses(signal, 0), bias, updates }
    }

    /// A tape with one lane a synapse.
    fn over_synapses(&self, tape: &Tape, sample: usize) -> Vec<f64> {
        let at = |lane: usize| (sample, lane / IN, lane % IN);
        let lanes: Vec<Vec<f64>> = tape
            .inputs()
            .iter()
            .map(|input| (0..OUT * IN).map(|lane| self.value(*input, at(lane))).collect())
            .collect();
        let operands: Vec<Operand<'_, f64>> = tape
            .inputs()
            .iter()
            .zip(&lanes)
            .map(|(input, lanes)| match input {
                Input::Norm | Input::BiasNorm | Input::Parameter(_) | Input::Loss => Operand::Same(lanes[0]),
                _ => Operand::Lanes(lanes),
            })
            .collect();
        let mut out = vec![0.0; OUT * IN];
        tape.evaluate(&operands, &mut out, &mut Scratch::default());
        out
    }

    fn value(&self, input: Input, at: At) -> f64 {
        let (sample, i, j) = at;
        let data = self.data;
        let post = |which: usize| data.post[which][sample * OUT + i];
        match input {
            Input::Pre => data.pre[sample * IN + j],
            Input::Post => post(0),
            Input::Act => post(1),
            Input::Slope => post(2),
            Input::Delta => post(3),
            Input::Feedback => post(4),
            Input::Loss => data.loss[sample],
            Input::Average(place) => self.averages[place][i * IN + j],
            Input::Product(place) => self.products[place][i * IN + j],
            Input::Weight => data.weights[i * IN + j],
            Input::RowNorm => length(data.row(i)),
            Input::Norm => length(&data.weights),
            Input::Bias => data.bias[i],
            Input::BiasNorm => length(&data.bias),
            Input::Parameter(_) => data.parameter,
            Input::State(place) => data.state(place, self.rule.states[place].shape, at),
            Input::Operand(_) => unreachable!("tapes of rules have no operands of their own"),
        }
    }
}
