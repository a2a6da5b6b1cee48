//! Checks of a network against its data.

use super::config::{DataKind, Experiment};
use super::error::ConfigError;
use super::model::ModelKind;
use super::network::MapKind;

impl Experiment {
    /// Checks that the network can take its examples.
    pub(super) fn check_model(&self) -> Result<(), ConfigError> {
        let (kind, model) = (self.model.kind, &self.model);
        let reads_tokens = kind == ModelKind::Transformer;
        if reads_tokens != (self.data.kind == DataKind::Tokens) {
            let (path, value) =
                if reads_tokens { ("model.kind", "\"transformer\"") } else { ("data.kind", "\"tokens\"") };
            let message = "model.kind = \"transformer\" and data.kind = \"tokens\" go together";
            return Err(ConfigError::value(path, value, message));
        }
        if reads_tokens {
            if self.noise.input_sd != 0.0 {
                let message = "tokens are no numbers that noise could be added to; must be 0";
                return Err(ConfigError::value("noise.input_sd", self.noise.input_sd, message));
            }
            if !model.width.is_multiple_of(model.heads) {
                let message = format!("model.width = {} cannot be shared out evenly", model.width);
                return Err(ConfigError::value("model.heads", model.heads, message));
            }
        }
        if model.parameters.is_some() {
            self.check_parameters()?;
        }
        if matches!(kind, ModelKind::Cnn | ModelKind::Resnet) {
            self.check_images()?;
        }
        Ok(())
    }

    fn check_parameters(&self) -> Result<(), ConfigError> {
        let parameters = self.model.parameters.unwrap_or_default();
        if self.model.kind != ModelKind::Mlp {
            let message = "only model.kind = \"mlp\" has its widths from it";
            return Err(ConfigError::value("model.parameters", parameters, message));
        }
        if self.model.depth_layers < 3 {
            return Err(ConfigError::value("model.depth_layers", self.model.depth_layers, "at least 3 layers"));
        }
        let widths = self.model.scaled_widths(self.input_width(), self.output_width()).unwrap_or_default();
        if widths.contains(&0) {
            let message = format!(
                "too few for {} inputs, {} outputs and {} layers: a hidden layer would have no neuron",
                self.input_width(),
                self.output_width(),
                self.model.depth_layers
            );
            return Err(ConfigError::value("model.parameters", parameters, message));
        }
        if widths != self.model.hidden {
            let message = format!("model.parameters = {parameters} gives {widths:?}; leave out one of the two");
            return Err(ConfigError::value("model.hidden", format!("{:?}", self.model.hidden), message));
        }
        Ok(())
    }

    fn check_images(&self) -> Result<(), ConfigError> {
        let (model, image, width) = (&self.model, &self.data.image, self.input_width());
        let shown = || format!("{image:?}");
        if !image.is_empty() && image.len() != 3 {
            return Err(ConfigError::value("data.image", shown(), "needs channels, height and width"));
        }
        let [channels, height, columns] = self.image();
        let elements = channels.checked_mul(height).and_then(|part| part.checked_mul(columns));
        if elements != Some(width) {
            let found = if image.is_empty() { format!("[{channels}, {height}, {columns}]") } else { shown() };
            let message = format!("its elements must number {width}, the width of the input");
            return Err(ConfigError::value("data.image", found, message));
        }
        if let Some(depth) = model.depth.filter(|depth| ![18, 34, 50].contains(depth)) {
            return Err(ConfigError::value("model.depth", depth, "must be 18, 34 or 50"));
        }
        if model.kind == ModelKind::Cnn && model.channels.is_empty() {
            return Err(ConfigError::value("model.channels", "[]", "needs at least one convolution"));
        }
        if model.kind == ModelKind::Resnet {
            let (_, planes, blocks) = model.residual_blocks();
            if planes.is_empty() || planes.len() != blocks.len() {
                let message = format!("needs one number of blocks for each of model.planes = {planes:?}");
                return Err(ConfigError::value("model.blocks", format!("{blocks:?}"), message));
            }
        }
        for map in self.maps() {
            let MapKind::Convolution(windows) = map.kind else { continue };
            if windows.padding >= windows.kernel {
                let message = format!("must be below model.kernel = {}, or windows hold nothing", windows.kernel);
                return Err(ConfigError::value("model.padding", windows.padding, message));
            }
            if windows.positions() == 0 {
                let message = format!(
                    "{} would see images of {}x{} pixels, too small for windows of {}x{} or their pooling",
                    map.title(),
                    windows.height,
                    windows.width,
                    windows.kernel,
                    windows.kernel
                );
                let path = if model.kind == ModelKind::Cnn { "model.channels" } else { "data.image" };
                let found = if model.kind == ModelKind::Cnn { format!("{:?}", model.channels) } else { shown() };
                return Err(ConfigError::value(path, found, message));
            }
            if model.kind == ModelKind::Resnet && windows.positions() * self.training.batch_size < 2 {
                let message = "batch norm needs at least 2 samples a batch, as one has no variance";
                return Err(ConfigError::value("training.batch_size", self.training.batch_size, message));
            }
        }
        if self.sizes()[0] == 0 {
            let message = "pooling leaves no pixel for the fully connected layers";
            return Err(ConfigError::value("model.pool", model.pool, message));
        }
        Ok(())
    }
}
