//! Section 4's linear model: one linear neuron that follows a linear teacher, with noise in its weights.

use crate::experiment::WeightNoiseMode;

/// y = w.x with x of `inputs` independent components of variance 1, and the learning signal g = -a x (w.x - w*.x).
///
/// In the limit of large batches, E g = a (w* - w) and E H = w.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearModel {
    /// d, the number of weights.
    pub inputs: usize,
    /// a: 2 for the loss (w.x - y)^2 (eq. 13), 1 for half of it.
    pub coefficient: f64,
    /// |w*|^2 of the teacher.
    pub teacher_square: f64,
    /// Learning rate; matters for noise that accumulates only.
    pub learning_rate: f64,
    /// What becomes of the noise after the step.
    pub noise: WeightNoiseMode,
}

impl LinearModel {
    /// d times the variance of a weight around its mean that noise of variance `variance` causes once the run is
    /// stationary.
    ///
    /// Transient noise is there for one step: d sigma^2. Noise that accumulates is drawn back by signal and decay alone,
    /// by the factor 1 - eta (a + gamma) a step: d sigma^2 / (1 - (1 - eta (a + gamma))^2), about d sigma^2 / (2 eta) for
    /// a = 1 and small rates. Infinite where such a step does not converge.
    #[must_use]
    pub fn spread(&self, weight_decay: f64, variance: f64) -> f64 {
        let injected = self.inputs as f64 * variance;
        match self.noise {
            WeightNoiseMode::Transient => injected,
            WeightNoiseMode::Accumulate => {
                let kept = 1.0 - self.learning_rate * (self.coefficient + weight_decay);
                if kept.abs() < 1.0 { injected / (1.0 - kept * kept) } else { f64::INFINITY }
            }
        }
    }

    /// E<g, H> of the stationary run under noise of variance `variance` (eq. 18, exactly for this model):
    /// a (|w*|^2 a gamma / (a + gamma)^2 - spread).
    #[must_use]
    pub fn alignment(&self, weight_decay: f64, variance: f64) -> f64 {
        self.coefficient * (self.pull(weight_decay) - self.spread(weight_decay, variance))
    }

    /// sigma^2 at which the alignment vanishes: the boundary between Hebbian (below) and anti-Hebbian (above). For
    /// transient noise and |w*| = 1, a gamma / (a + gamma)^2 = d sigma^2; 0 where noise accumulates without end.
    #[must_use]
    pub fn boundary_variance(&self, weight_decay: f64) -> f64 {
        self.pull(weight_decay) / self.spread(weight_decay, 1.0)
    }

    /// (w* - v).v at the mean weights v = a w* / (a + gamma), where a (w* - v) = gamma v.
    fn pull(&self, weight_decay: f64) -> f64 {
        let total = self.coefficient + weight_decay;
        self.teacher_square * self.coefficient * weight_decay / (total * total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn model(noise: WeightNoiseMode, coefficient: f64) -> LinearModel {
        LinearModel { inputs: 16, coefficient, teacher_square: 1.0, learning_rate: 0.02, noise }
    }

    /// Mean <g, H> of the population model after it has become stationary.
    fn simulated(model: &LinearModel, weight_decay: f64, variance: f64, steps: u64) -> f64 {
        let d = model.inputs;
        let teacher = vec![(model.teacher_square / d as f64).sqrt(); d];
        let (mut v, mut noise) = (teacher.clone(), vec![0.0_f32; d]);
        let stream = Stream::new(3, "theory");
        let mut sum = 0.0;
        for step in 0..2 * steps {
            stream.fill_normal(step, &mut noise);
            let w: Vec<f64> = v.iter().zip(&noise).map(|(v, n)| v + variance.sqrt() * f64::from(*n)).collect();
            let signal = |i: usize| model.coefficient * (teacher[i] - w[i]);
            if step >= steps {
                sum += (0..d).map(|i| signal(i) * w[i]).sum::<f64>();
            }
            let from = if model.noise == WeightNoiseMode::Transient { v.clone() } else { w.clone() };
            v = (0..d).map(|i| from[i] + model.learning_rate * (signal(i) - weight_decay * w[i])).collect();
        }
        sum / steps as f64
    }

    #[test]
    fn the_simulated_alignment_changes_sign_at_the_boundary() {
        for noise in [WeightNoiseMode::Transient, WeightNoiseMode::Accumulate] {
            for coefficient in [1.0, 2.0] {
                let model = model(noise, coefficient);
                let edge = model.boundary_variance(0.1);
                // 40,000 steps average over at least 800 correlation times of 16 weights: 15 % is many of their SDs.
                assert!(simulated(&model, 0.1, 0.85 * edge, 40_000) > 0.0, "{model:?}");
                assert!(simulated(&model, 0.1, 1.15 * edge, 40_000) < 0.0, "{model:?}");
            }
        }
    }

    #[test]
    fn the_boundary_has_the_closed_form() {
        let transient = model(WeightNoiseMode::Transient, 1.0);
        let gamma = 0.01;
        assert!((transient.boundary_variance(gamma) * 16.0 - gamma / (1.0 + gamma).powi(2)).abs() < 1e-15);
        assert!(transient.alignment(gamma, transient.boundary_variance(gamma)).abs() < 1e-15);
        // d sigma^2 / (2 eta) is the limit of small rates: here eta (a + gamma) / 2 is 1 %, gamma another 1 %.
        let accumulating = model(WeightNoiseMode::Accumulate, 1.0);
        let limit = 2.0 * 0.02 * gamma / (1.0 + gamma).powi(2) / 16.0;
        assert!((accumulating.boundary_variance(gamma) / limit - 1.0).abs() < 0.02);
        assert_eq!(accumulating.boundary_variance(0.0), 0.0);
    }
}
