//! Names of state dictionaries, and what the program calls their parts.

use super::trajectory::Values;
use crate::experiment::{Experiment, MapShape, ModelKind};

/// The names of one network.
pub(super) struct Names {
    maps: Vec<MapShape>,
    has_embeddings: bool,
}

/// A key is in no state dictionary of the network.
fn unknown(name: &str) -> String {
    format!("{name}: the network has no such parameter")
}

impl Names {
    /// Of an experiment's network.
    pub(super) fn of(experiment: &Experiment) -> Self {
        Self { maps: experiment.maps(), has_embeddings: experiment.model.kind == ModelKind::Transformer }
    }

    /// The number of a map or of a norm behind one, by the name of its module.
    fn number(&self, module: &str) -> Option<usize> {
        self.maps.iter().position(|map| map.state == module).map(|place| place + 1)
    }

    fn norm(&self, module: &str) -> Option<usize> {
        self.maps.iter().position(|map| map.norm.as_deref() == Some(module)).map(|place| place + 1)
    }

    /// The program's buffers of a key, of which each has as many values: `W1` of `layers.0.weight`.
    fn buffers(&self, name: &str) -> Result<Vec<String>, String> {
        if self.has_embeddings && ["embedding.weight", "position.weight"].contains(&name) {
            return Ok(vec![name.trim_end_matches(".weight").to_owned()]);
        }
        let (module, what) = name.rsplit_once('.').ok_or_else(|| unknown(name))?;
        let letter = |of_weight: &str, of_bias: &str| match what {
            "weight" | "in_proj_weight" => Some(of_weight.to_owned()),
            "bias" | "in_proj_bias" => Some(of_bias.to_owned()),
            _ => None,
        };
        if what.starts_with("in_proj_") {
            let parts = ["q", "k", "v"].map(|part| {
                let number = self.number(&format!("{module}.{part}")).ok_or_else(|| unknown(name))?;
                Ok(format!("{}{number}", letter("W", "b").ok_or_else(|| unknown(name))?))
            });
            return parts.into_iter().collect();
        }
        if let (Some(number), Some(letter)) = (self.number(module), letter("W", "b")) {
            return Ok(vec![format!("{letter}{number}")]);
        }
        let number = self.norm(module).ok_or_else(|| unknown(name))?;
        Ok(vec![match what {
            "weight" => format!("gain{number}"),
            "bias" => format!("shift{number}"),
            "running_mean" => format!("running_mean/{number}"),
            "running_var" => format!("running_variance/{number}"),
            _ => return Err(unknown(name)),
        }])
    }

    /// Values of a key by the program's buffers.
    pub(super) fn split(&self, name: &str, values: Vec<f64>) -> Result<Values, String> {
        let buffers = self.buffers(name)?;
        let each = values.len() / buffers.len();
        let part = |(place, buffer)| (buffer, values[place * each..(place + 1) * each].to_vec());
        if each * buffers.len() != values.len() {
            return Err(format!("{name}: {} values, which are no {} parts", values.len(), buffers.len()));
        }
        Ok(buffers.into_iter().enumerate().map(part).collect())
    }

    /// What the program calls a key that belongs to a whole parameter.
    pub(super) fn whole(&self, name: &str) -> Result<String, String> {
        match &self.buffers(name)?[..] {
            [buffer] => Ok(buffer.clone()),
            _ => Ok(name.to_owned()),
        }
    }

    /// What the program calls a unit with parameters: a map, a norm, an embedding.
    pub(super) fn unit(&self, name: &str) -> Result<String, String> {
        if self.has_embeddings && ["embedding", "position"].contains(&name) {
            return Ok(name.to_owned());
        }
        match (self.number(name), self.norm(name)) {
            (Some(number), _) => Ok(number.to_string()),
            (None, Some(number)) => Ok(format!("norm{number}")),
            (None, None) => Err(format!("{name}: the network has no such unit")),
        }
    }
}
