//! Shapes on curves, by which those are told apart whose colours cannot be.

/// A shape that stands on a curve every now and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Marker {
    /// A disc.
    Disc,
    /// A square on its side.
    Square,
    /// A triangle that points up.
    Triangle,
    /// A diamond, higher than wide.
    Diamond,
    /// A triangle that points down.
    Wedge,
    /// An upright cross.
    Plus,
    /// A cross on its side.
    Cross,
    /// A bar across the curve.
    Bar,
}

/// Shapes by which a round of colours is moved against the round before; odd, so that all rounds differ.
const APART: usize = 3;

/// A convex polygon, its corners around (0, 0) with y downwards.
type Part = &'static [[f32; 2]];

impl Marker {
    /// Every shape.
    pub const ALL: [Self; 8] =
        [Self::Disc, Self::Square, Self::Triangle, Self::Diamond, Self::Wedge, Self::Plus, Self::Cross, Self::Bar];

    /// That of a layer, counted from 1, or of whatever else has a place in a list. There are as many colours as shapes, and
    /// both begin again after the last: each time that they do, shapes are other colours'.
    #[must_use]
    pub fn of(place: usize) -> Self {
        let (place, count) = (place.saturating_sub(1), Self::ALL.len());
        Self::ALL[(place + place / count * APART) % count]
    }

    /// That of a run that lies over another, by its place from 0: from the end of the list, so that a few runs and a few
    /// layers have none in common. Where colours begin again, shapes are other colours' as well.
    #[must_use]
    pub fn of_run(place: usize) -> Self {
        let count = Self::ALL.len();
        Self::ALL[(count - 1 - place % count + place / count * APART) % count]
    }

    /// Share of the distance between two shapes of a curve by which those of this curve are moved, so that shapes of curves
    /// that run together stand beside each other.
    #[must_use]
    pub fn phase(self) -> f32 {
        let place = Self::ALL.iter().position(|marker| *marker == self).unwrap_or(0);
        place as f32 / Self::ALL.len() as f32
    }

    /// What it is made of, for a disc of radius 1; none of a disc itself.
    #[must_use]
    pub fn parts(self) -> &'static [Part] {
        match self {
            Self::Disc => &[],
            Self::Square => &[&[[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]],
            Self::Triangle => &[&[[0.0, -1.3], [1.2, 0.8], [-1.2, 0.8]]],
            Self::Diamond => &[&[[0.0, -1.55], [1.0, 0.0], [0.0, 1.55], [-1.0, 0.0]]],
            Self::Wedge => &[&[[0.0, 1.3], [-1.2, -0.8], [1.2, -0.8]]],
            Self::Plus => &[
                &[[-0.38, -1.35], [0.38, -1.35], [0.38, 1.35], [-0.38, 1.35]],
                &[[-1.35, -0.38], [1.35, -0.38], [1.35, 0.38], [-1.35, 0.38]],
            ],
            Self::Cross => &[
                &[[-1.22, -0.69], [-0.69, -1.22], [1.22, 0.69], [0.69, 1.22]],
                &[[1.22, -0.69], [0.69, -1.22], [-1.22, 0.69], [-0.69, 1.22]],
            ],
            Self::Bar => &[&[[-0.5, -1.5], [0.5, -1.5], [0.5, 1.5], [-0.5, 1.5]]],
        }
    }
}

/// Places of shapes on a curve of points from left to right: at even distances across `from..to`, moved by the marker's phase,
/// where the curve is.
#[must_use]
pub fn places(points: &[[f32; 2]], (from, to): (f32, f32), distance: f32, marker: Marker) -> Vec<[f32; 2]> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let start = from + distance * (0.25 + marker.phase());
    let count = ((to - start) / distance).floor().max(-1.0) as usize;
    let at = |x: f32| {
        let behind = points.partition_point(|point| point[0] < x);
        let (a, b) = (points.get(behind.checked_sub(1)?)?, points.get(behind)?);
        let share = if b[0] > a[0] { (x - a[0]) / (b[0] - a[0]) } else { 0.0 };
        Some([x, a[1] + share * (b[1] - a[1])])
    };
    let all = (0..=count).map(|i| start + i as f32 * distance);
    all.filter(|x| (from..=to).contains(x) && (first[0]..=last[0]).contains(x)).filter_map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a disc of radius 1 covers on a raster, and a shape.
    fn raster(marker: Marker) -> Vec<bool> {
        let inside = |part: &Part, x: f32, y: f32| {
            let sides = (0..part.len()).map(|i| {
                let ([ax, ay], [bx, by]) = (part[i], part[(i + 1) % part.len()]);
                (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            });
            let sides: Vec<f32> = sides.collect();
            sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0)
        };
        // Centres of cells, none of which lies on an edge.
        let cells = (0..30 * 30).map(|i| ((i % 30) as f32 / 10.0 - 1.45, (i / 30) as f32 / 10.0 - 1.45));
        cells
            .map(|(x, y)| match marker {
                Marker::Disc => x * x + y * y <= 1.0,
                _ => marker.parts().iter().any(|part| inside(part, x, y)),
            })
            .collect()
    }

    #[test]
    fn shapes_differ_and_are_of_one_weight() {
        let all = Marker::ALL.map(raster);
        let disc = all[0].iter().filter(|cell| **cell).count() as f64;
        for (i, one) in all.iter().enumerate() {
            let area = one.iter().filter(|cell| **cell).count() as f64;
            assert!((0.75..1.35).contains(&(area / disc)), "{:?}: {area} of {disc}", Marker::ALL[i]);
            for other in &all[..i] {
                let apart = one.iter().zip(other).filter(|(a, b)| a != b).count() as f64;
                // A quarter of a shape is seen at a glance.
                assert!(apart > 0.25 * disc, "{:?}: {apart} of {disc}", Marker::ALL[i]);
            }
        }
    }

    #[test]
    fn a_deep_network_has_no_two_layers_of_one_colour_and_shape() {
        let count = Marker::ALL.len();
        let looks: std::collections::HashSet<_> =
            (1..=count * count).map(|layer| ((layer - 1) % count, Marker::of(layer))).collect();
        assert_eq!(looks.len(), count * count);
        assert_eq!((Marker::of(1), Marker::of(2), Marker::of(9)), (Marker::Disc, Marker::Square, Marker::Diamond));
        let of_runs: std::collections::HashSet<_> =
            (0..count * count).map(|place| (place % count, Marker::of_run(place))).collect();
        assert_eq!((of_runs.len(), Marker::of_run(0), Marker::of_run(1)), (count * count, Marker::Bar, Marker::Cross));
    }

    #[test]
    fn shapes_stand_on_the_curve_and_only_there() {
        let points: Vec<[f32; 2]> = (0..=100).map(|i| [200.0 + 4.0 * i as f32, 3.0 * i as f32]).collect();
        for marker in Marker::ALL {
            let places = places(&points, (0.0, 500.0), 100.0, marker);
            assert!(places.len() == 3 || places.len() == 4, "{marker:?}: {places:?}");
            for [x, y] in places {
                assert!((200.0..=500.0).contains(&x) && (y - 0.75 * (x - 200.0)).abs() < 1e-3, "{x} {y}");
            }
        }
        assert!(places(&[], (0.0, 500.0), 100.0, Marker::Disc).is_empty());
        assert!(places(&points, (0.0, 10.0), 100.0, Marker::Bar).is_empty());
    }
}
