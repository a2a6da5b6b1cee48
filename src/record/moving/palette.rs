//! 256 colours for all frames of a moving picture.

use std::collections::HashMap;

/// Colours that a file can have.
const MOST: usize = 256;
/// Of more colours, so many of the most frequent ones are kept as they are: ground, ink and the lines of curves.
const KEPT: usize = 64;

pub(super) type Rgb = [u8; 3];

/// Colours, and how often each was seen.
type Counted = Vec<(Rgb, u64)>;

/// How often each colour was seen.
#[derive(Default)]
pub(super) struct Seen(HashMap<Rgb, u64>);

impl Seen {
    pub(super) fn add(&mut self, pixels: &[u8]) {
        let (colors, _) = pixels.as_chunks::<3>();
        for run in colors.chunk_by(|a, b| a == b) {
            *self.0.entry(run[0]).or_default() += run.len() as u64;
        }
    }

    /// At most 256 colours: those that were seen, or the most frequent ones and means over the rest.
    pub(super) fn palette(self) -> Palette {
        let mut all: Counted = self.0.into_iter().collect();
        // Frequent ones first; of equals, in an order that does not depend on the table.
        all.sort_by_key(|&(color, count)| (std::cmp::Reverse(count), color));
        if all.len() <= MOST {
            return Palette::new(all.into_iter().map(|(color, _)| color).collect());
        }
        let rest = all.split_off(KEPT);
        let mut boxes = vec![rest];
        while boxes.len() < MOST - KEPT {
            let widest = (0..boxes.len()).max_by(|&a, &b| worth(&boxes[a]).total_cmp(&worth(&boxes[b])));
            let Some(at) = widest.filter(|&at| boxes[at].len() > 1) else { break };
            let halves = halves(boxes.swap_remove(at));
            boxes.extend(halves);
        }
        let means = boxes.iter().map(|colors| mean(colors));
        Palette::new(all.iter().map(|(color, _)| *color).chain(means).collect())
    }
}

/// Rare colours of a smooth scale are as much to be seen as frequent ones beside them.
fn weight(count: u64) -> f64 {
    (count as f64).sqrt()
}

fn spread(colors: &[(Rgb, u64)], channel: usize) -> u8 {
    let values = colors.iter().map(|(color, _)| color[channel]);
    values.clone().max().unwrap_or(0) - values.min().unwrap_or(0)
}

/// How much is won by dividing these.
fn worth(colors: &[(Rgb, u64)]) -> f64 {
    if colors.len() < 2 {
        return 0.0;
    }
    let widest = (0..3).map(|channel| f64::from(spread(colors, channel))).fold(0.0, f64::max);
    widest * widest * colors.iter().map(|(_, count)| weight(*count)).sum::<f64>()
}

/// Divides at the middle of the widest channel, by weight.
fn halves(mut colors: Counted) -> [Counted; 2] {
    let channel = (0..3).max_by_key(|&channel| spread(&colors, channel)).unwrap_or(0);
    colors.sort_by_key(|(color, _)| (color[channel], *color));
    let half = colors.iter().map(|(_, count)| weight(*count)).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    let before = colors.iter().take_while(|(_, count)| {
        sum += weight(*count);
        sum < half
    });
    let at = before.count().clamp(1, colors.len() - 1);
    let other = colors.split_off(at);
    [colors, other]
}

fn mean(colors: &[(Rgb, u64)]) -> Rgb {
    let all: f64 = colors.iter().map(|(_, count)| weight(*count)).sum();
    [0, 1, 2].map(|channel| {
        let sum: f64 = colors.iter().map(|(color, count)| f64::from(color[channel]) * weight(*count)).sum();
        (sum / all.max(f64::MIN_POSITIVE)).round() as u8
    })
}

/// Colours, and which of them stands for which.
pub(super) struct Palette {
    colors: Vec<Rgb>,
    nearest: HashMap<Rgb, u8>,
}

impl Palette {
    fn new(colors: Vec<Rgb>) -> Self {
        let nearest = colors.iter().enumerate().map(|(place, color)| (*color, place as u8)).collect();
        Self { colors, nearest }
    }

    /// Red, green and blue of each, one after the other.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.colors.concat()
    }

    /// Places of the pixels' colours.
    pub(super) fn places(&mut self, pixels: &[u8]) -> Vec<u8> {
        let (pixels, _) = pixels.as_chunks::<3>();
        let mut places = Vec::with_capacity(pixels.len());
        for run in pixels.chunk_by(|a, b| a == b) {
            let colors = &self.colors;
            let place = *self.nearest.entry(run[0]).or_insert_with(|| {
                let distance = |other: &Rgb| -> i32 {
                    run[0].iter().zip(other).map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2)).sum()
                };
                (0..colors.len()).min_by_key(|&place| distance(&colors[place])).unwrap_or(0) as u8
            });
            places.extend(std::iter::repeat_n(place, run.len()));
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_are_kept_and_many_are_near() {
        let mut seen = Seen::default();
        let few: Vec<u8> = (0..200_u8).flat_map(|i| [i, 255 - i, 7]).collect();
        seen.add(&few);
        let mut palette = seen.palette();
        let bytes = palette.bytes();
        let back: Vec<u8> =
            palette.places(&few).iter().flat_map(|&at| bytes[usize::from(at) * 3..][..3].to_vec()).collect();
        assert_eq!(back, few);

        let mut seen = Seen::default();
        let ground = [250_u8, 251, 252].repeat(5000);
        let many: Vec<u8> =
            (0..4096_u32).flat_map(|i| [(i % 16) * 17, (i / 16 % 16) * 17, (i / 256) * 17]).map(|v| v as u8).collect();
        seen.add(&ground);
        seen.add(&many);
        let mut palette = seen.palette();
        let bytes = palette.bytes();
        assert!(bytes.len() <= 3 * MOST);
        let of = |at: u8| &bytes[usize::from(at) * 3..][..3];
        assert_eq!(of(palette.places(&ground)[0]), [250, 251, 252]);
        // 192 boxes of a cube of 255: sides of 44, so that the mean is at most half a diagonal away.
        for (color, at) in many.chunks(3).zip(palette.places(&many)) {
            let distance: f64 = color.iter().zip(of(at)).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
            assert!(distance.sqrt() < 60.0, "{color:?} as {:?}", of(at));
        }
    }
}
