//! Names on curves, for readers who are too far away for a legend, and a number that is seen from the last row.

use eframe::egui::{Color32, FontId, Rect, Ui, pos2, vec2};
use egui_plot::{PlotPoint, PlotTransform};

/// A curve that has a name.
pub struct Named {
    /// What is written.
    pub text: String,
    /// The curve's colour.
    pub color: Color32,
    /// Its last point, in the plot's own units.
    pub end: [f64; 2],
}

/// Size of the names, in points.
const SIZE: f32 = 14.0;

/// Size of the large number, in points.
const LARGE: f32 = 44.0;

/// Share of the height of a plot that it may take: a low plot has smaller ones.
const SHARE: f32 = 0.2;

/// Air around it.
const AIR: f32 = 6.0;

/// Between the number and its words where they stand beside each other.
const BESIDE: f32 = 8.0;

/// Writes each name at the end of its curve, none over another. Where they stand.
pub fn paint(ui: &Ui, transform: &PlotTransform, mut names: Vec<Named>, ground: Color32) -> Vec<Rect> {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    names.retain(|name| name.end.iter().all(|value| value.is_finite()));
    let place = |name: &Named| transform.position_from_point(&PlotPoint::new(name.end[0], name.end[1]));
    names.sort_by(|a, b| place(a).y.total_cmp(&place(b).y));
    let galleys: Vec<_> = { names.iter() }
        .map(|name| painter.layout_no_wrap(name.text.clone(), FontId::proportional(SIZE), name.color))
        .collect();
    let wanted: Vec<(f32, f32)> = { names.iter().zip(&galleys) }
        .map(|(name, galley)| (place(name).y - 0.5 * galley.size().y, galley.size().y))
        .collect();
    let tops = apart(&wanted, (frame.top() + 2.0, frame.bottom()));
    let mut taken = Vec::with_capacity(names.len());
    for ((name, galley), top) in names.iter().zip(galleys).zip(tops) {
        let left = (place(name).x + 6.0).min(frame.right() - galley.size().x - 6.0).max(frame.left());
        let rect = Rect::from_min_size(pos2(left, top), galley.size());
        painter.rect_filled(rect.expand2(vec2(3.0, 0.0)), 3.0, ground.gamma_multiply(0.8));
        painter.galley(rect.min, galley, name.color);
        taken.push(rect);
    }
    taken
}

/// Upper ends of texts that are wanted at such upper ends with such heights, from above, so that none lies over another and all
/// lie between two heights where there is room for all.
fn apart(wanted: &[(f32, f32)], (upper, lower): (f32, f32)) -> Vec<f32> {
    let mut free = upper;
    let mut tops = Vec::with_capacity(wanted.len());
    for (top, height) in wanted {
        tops.push(top.max(free));
        free = top.max(free) + height + 1.0;
    }
    // Those that were pushed beyond the lower end push back.
    let mut end = lower;
    for (top, (_, height)) in tops.iter_mut().zip(wanted).rev() {
        *top = top.min(end - height);
        end = *top - 1.0;
    }
    tops
}

/// Writes a number as large as it can be read from the last row, with what it is above it and what it means below, in the upper
/// or the lower half of the plot, clear of what is `taken` by other words.
pub fn large(
    ui: &Ui,
    transform: &PlotTransform,
    [what, number, means]: [&str; 3],
    is_above: bool,
    [color, ground]: [Color32; 2],
    taken: &[Rect],
) {
    let frame = *transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    let line = |text: &str, size: f32| painter.layout_no_wrap(text.to_owned(), FontId::proportional(size), color);
    let galleys = [line(what, SIZE), line(number, LARGE.min(SHARE * frame.height()).max(SIZE)), line(means, SIZE)];
    let sizes = galleys.each_ref().map(|galley| galley.size());
    let (widest, highest) = sizes.iter().fold((0.0_f32, 0.0_f32), |(w, h), size| (w.max(size.x), h.max(size.y)));
    let height: f32 = sizes.iter().map(|size| size.y).sum();
    // Beside each other where they would reach into the other half, in which the curve is.
    let is_stacked = height + 2.0 * AIR < 0.5 * frame.height();
    let size = match is_stacked {
        true => vec2(widest, height),
        false => vec2(sizes.iter().map(|size| size.x).sum::<f32>() + 2.0 * BESIDE, highest),
    };
    let top = if is_above { frame.top() + 8.0 } else { frame.bottom() - 14.0 - size.y };
    let home = Rect::from_min_size(pos2(frame.center().x - 0.5 * size.x, top), size).expand(AIR);
    let place = clear(home, frame, taken);
    painter.rect_filled(place, 6.0, ground.gamma_multiply(0.85));
    let mut at = place.min + vec2(AIR, AIR);
    for (galley, size) in galleys.into_iter().zip(sizes) {
        if is_stacked {
            painter.galley(pos2(place.center().x - 0.5 * size.x, at.y), galley, color);
            at.y += size.y;
        } else {
            painter.galley(pos2(at.x, place.center().y - 0.5 * size.y), galley, color);
            at.x += size.x + BESIDE;
        }
    }
}

/// The place next to `home` within a frame where nothing is taken; `home` itself where there is none.
fn clear(home: Rect, frame: Rect, taken: &[Rect]) -> Rect {
    const STEP: f32 = 8.0;
    let far = (frame.width() / STEP) as i32;
    // Aside first: further up or down are the curves.
    let aside = (0..=far).flat_map(|at| [-at, at]).map(|at| home.translate(vec2(at as f32 * STEP, 0.0)));
    let inwards = if home.center().y > frame.center().y { -STEP } else { STEP };
    let along = (1..=(0.5 * frame.height() / STEP) as i32).map(|at| home.translate(vec2(0.0, at as f32 * inwards)));
    let is_free = |place: &Rect| {
        place.left() >= frame.left()
            && place.right() <= frame.right()
            && !taken.iter().any(|other| other.intersects(*place))
    };
    aside.chain(along).find(is_free).unwrap_or(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lie_apart_and_within_where_there_is_room() {
        // Twelve curves that end together near the foot.
        let wanted: Vec<(f32, f32)> = (0..12).map(|at| (180.0 + at as f32, 15.0)).collect();
        let tops = apart(&wanted, (2.0, 200.0));
        assert!(tops.windows(2).all(|pair| pair[1] - pair[0] >= 15.9), "{tops:?}");
        assert!(tops[0] >= 2.0 && tops[11] + 15.0 <= 200.0, "{tops:?}");
        assert_eq!(apart(&[(40.0, 15.0), (100.0, 15.0)], (2.0, 200.0)), [40.0, 100.0], "what has room stays");
        assert_eq!(apart(&[(-9.0, 15.0), (300.0, 15.0)], (2.0, 200.0)), [2.0, 185.0]);
    }

    #[test]
    fn a_large_number_gives_way_to_words() {
        let rect =
            |left: f32, top: f32, width: f32, height: f32| Rect::from_min_size(pos2(left, top), vec2(width, height));
        let (frame, home) = (rect(0.0, 0.0, 600.0, 300.0), rect(250.0, 200.0, 100.0, 90.0));
        assert_eq!(clear(home, frame, &[]), home);
        let planned = rect(300.0, 282.0, 40.0, 14.0);
        let place = clear(home, frame, &[planned]);
        assert!(!place.intersects(planned) && place.top() == home.top(), "{place:?}");
        assert!(place.left() < home.left() && place.right() <= planned.left(), "beside it: {place:?}");
        // A row of words over the whole width leaves the room above it.
        let row = rect(0.0, 270.0, 600.0, 20.0);
        let place = clear(home, frame, &[row]);
        assert!(!place.intersects(row) && place.left() == home.left() && frame.contains_rect(place), "{place:?}");
        assert_eq!(clear(home, frame, &[frame]), home, "where there is no room at all it stays");
    }
}
