//! The four matrices of one step as textures, made anew only when something that they show has changed.

use eframe::egui::{Context, TextureHandle, TextureOptions};

use super::ordering::Arrangement;
use super::picture::{Block, Reduced};
use super::quantity::MatrixQuantity;
use super::sheet::Sheet;

/// What the strongest colour stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorScale {
    /// One range for all matrices, each divided by its Frobenius norm, as Figure 2 shows them.
    #[default]
    Direction,
    /// Each matrix's own greatest magnitude.
    Own,
    /// One range for all matrices as they are.
    Common,
}

impl ColorScale {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Direction, Self::Own, Self::Common];

    /// Name in the list.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Direction => "Directions",
            Self::Own => "Own maximum",
            Self::Common => "One scale",
        }
    }

    /// What it does.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Direction => {
                "Each matrix divided by its Frobenius norm, all with one range of colours (as Figure 2)."
            }
            Self::Own => "Each matrix with colours up to its own greatest magnitude.",
            Self::Common => "All matrices as they are, with one range of colours.",
        }
    }

    /// Values of the strongest colour of each matrix, in its own units, and the number that the colour bar shows, for
    /// steps that share their colours.
    #[must_use]
    pub fn strongest(self, steps: &[(&Sheet, [f32; 4])]) -> (Vec<[f32; 4]>, f64) {
        let relative = |(sheet, peaks): &(&Sheet, [f32; 4])| -> f64 {
            let parts = peaks.iter().zip(sheet.norms).filter(|(_, norm)| *norm > 0.0);
            parts.map(|(peak, norm)| f64::from(*peak) / norm).fold(0.0, f64::max)
        };
        match self {
            Self::Direction => {
                let range = steps.iter().map(relative).fold(0.0, f64::max);
                (steps.iter().map(|(sheet, _)| sheet.norms.map(|norm| (norm * range) as f32)).collect(), range)
            }
            Self::Own => (steps.iter().map(|(_, peaks)| *peaks).collect(), 1.0),
            Self::Common => {
                let range = steps.iter().flat_map(|(_, peaks)| *peaks).fold(0.0, f32::max);
                (vec![[range; 4]; steps.len()], f64::from(range))
            }
        }
    }
}

/// Textures of one step.
#[derive(Default)]
pub struct Plates {
    textures: [Option<TextureHandle>; 4],
    reduced: Option<(u64, Block, [Reduced; 4])>,
    colored: Option<(u64, Block, [f32; 4], bool)>,
}

impl Plates {
    /// Averages the matrices over blocks; `version` tells one sheet and arrangement from another.
    pub fn reduce(&mut self, version: u64, sheet: &Sheet, shown: &Arrangement, block: Block) -> &[Reduced; 4] {
        let kept = self.reduced.take().filter(|(of, over, _)| (*of, *over) == (version, block));
        let made = || {
            let reduced = MatrixQuantity::ALL.map(|quantity| Reduced::new(quantity.of(sheet.matrices()), shown, block));
            (version, block, reduced)
        };
        &self.reduced.insert(kept.unwrap_or_else(made)).2
    }

    /// The matrices as averaged last.
    #[must_use]
    pub fn reduced(&self) -> Option<&[Reduced; 4]> {
        self.reduced.as_ref().map(|(_, _, reduced)| reduced)
    }

    /// Colours what [`Plates::reduce`] averaged; returns whether anything had changed.
    pub fn color(&mut self, ctx: &Context, name: &str, strongest: [f32; 4], dark: bool) -> bool {
        let Some((version, block, reduced)) = &self.reduced else { return false };
        let key = (*version, *block, strongest, dark);
        if self.colored == Some(key) {
            return false;
        }
        self.colored = Some(key);
        for (quantity, reduced) in MatrixQuantity::ALL.into_iter().zip(reduced) {
            if reduced.values.is_empty() {
                continue;
            }
            let image = reduced.image(strongest[quantity.index()], dark);
            match &mut self.textures[quantity.index()] {
                Some(texture) => texture.set(image, TextureOptions::NEAREST),
                empty => {
                    let name = format!("{name} {}", quantity.name());
                    *empty = Some(ctx.load_texture(name, image, TextureOptions::NEAREST));
                }
            }
        }
        true
    }

    /// Another step's matrices come next; its textures take the place of these.
    pub fn forget(&mut self) {
        self.reduced = None;
        self.colored = None;
    }

    /// A matrix's texture.
    #[must_use]
    pub fn texture(&self, quantity: MatrixQuantity) -> Option<&TextureHandle> {
        self.textures[quantity.index()].as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::panes::matrices::ordering::{MatrixOrder, Subset};
    use crate::app::panes::matrices::sheet::tests::snapshot;

    #[test]
    fn textures_are_made_anew_only_on_change() {
        let ctx = Context::default();
        let sheet = Sheet::new(&snapshot(0, 20, 30), 2).expect("a layer 2");
        let shown = Arrangement::new(&sheet.matrices().hebbian, Subset::Whole, MatrixOrder::Index);
        let mut plates = Plates::default();
        let mut draws = |version: u64, block: Block, dark: bool| {
            let peaks = plates.reduce(version, &sheet, &shown, block).each_ref().map(|reduced| reduced.peak);
            plates.color(&ctx, "now", ColorScale::Direction.strongest(&[(&sheet, peaks)]).0[0], dark)
        };
        assert!(draws(1, (1, 1), true));
        assert!(!draws(1, (1, 1), true), "nothing has changed");
        assert!(draws(1, (1, 1), false), "another theme");
        assert!(draws(2, (1, 1), false), "another step or order");
        assert!(draws(2, (2, 2), false), "another size");
        assert!(!draws(2, (2, 2), false), "nothing has changed");
    }

    #[test]
    fn directions_share_a_range_in_units_of_their_norms() {
        let sheet = Sheet::new(&snapshot(0, 20, 30), 2).expect("a layer 2");
        let (strongest, range) = ColorScale::Direction.strongest(&[(&sheet, [3.0, 6.0, 0.0, 7.0])]);
        // Signal and Hebbian update are parallel, so that their directions have the same colours.
        assert!((strongest[0][0] / 3.0 - strongest[0][1] / 6.0).abs() < 1e-6);
        assert!((range - 6.0 / sheet.norms[1]).abs() < 1e-9 || range > 6.0 / sheet.norms[1]);
        assert_eq!(ColorScale::Own.strongest(&[(&sheet, [3.0, 6.0, 0.0, 7.0])]).0, [[3.0, 6.0, 0.0, 7.0]]);
        assert_eq!(ColorScale::Common.strongest(&[(&sheet, [3.0, 6.0, 0.0, 7.0])]), (vec![[7.0; 4]], 7.0));
    }
}
