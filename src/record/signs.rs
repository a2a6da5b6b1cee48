//! Signs that are seen without colours: a minus on what is negative, where there is room for one, and dashes for synapses that
//! are pushed against Hebb's rule. The window and figures draw them by the same measures.

/// A dash and the gap behind it, of a line whose value is negative, in points.
pub const AGAINST: [f64; 2] = [10.0, 3.0];

/// Side of a cell, or diameter of a dot, below which a sign would be a speck, in points.
const LEAST: f32 = 9.0;
/// Share of the side that it is long, and of its length that it is thick; and the least thickness.
const LENGTH: f32 = 0.42;
const THICKNESS: f32 = 0.2;
const THINNEST: f32 = 1.0;
/// Share of the strongest value below which a value has hardly a sign.
const SAYS: f32 = 0.1;

/// Length and thickness of the sign on a cell or dot of that size; `None` where there is no room for it.
#[must_use]
pub fn minus_on(size: f32) -> Option<[f32; 2]> {
    let length = LENGTH * size;
    (size >= LEAST).then(|| [length, (THICKNESS * length).max(THINNEST)])
}

/// Whether a value has a minus where `strongest` has the strongest colour.
#[must_use]
pub fn has_minus(value: f32, strongest: f32) -> bool {
    value < -SAYS * strongest
}

/// What stands out on a colour: black or white, whichever has the greater contrast.
#[must_use]
pub fn ink_on([red, green, blue]: [u8; 3]) -> [u8; 3] {
    let linear = |part: u8| (f32::from(part) / 255.0).powf(2.2);
    let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    // Where the contrast with both is the same.
    if luminance > 0.18 { [0; 3] } else { [255; 3] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::colormap;

    #[test]
    fn signs_stand_where_there_is_room_and_something_to_say() {
        assert_eq!(minus_on(8.9), None);
        let [length, thickness] = minus_on(20.0).expect("there is room");
        assert!(length < 10.0 && thickness >= 1.0 && thickness < length / 3.0, "{length} {thickness}");
        assert!(has_minus(-0.5, 1.0) && !has_minus(0.5, 1.0) && !has_minus(-0.05, 1.0) && !has_minus(f32::NAN, 1.0));
    }

    #[test]
    fn a_sign_has_a_contrast_of_three_on_every_colour_that_has_one() {
        let luminance = |color: [u8; 3]| {
            let linear = color.map(|part| {
                let share = f64::from(part) / 255.0;
                if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05
        };
        for dark in [false, true] {
            for step in 1..=20 {
                let color = colormap::diverging(-0.05 * step as f32, dark);
                let (a, b) = (luminance(color), luminance(ink_on(color)));
                assert!(a.max(b) / a.min(b) >= 3.0, "{color:?}");
            }
        }
    }
}
