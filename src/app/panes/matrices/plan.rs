//! Where matrices and scatter plot lie in the room that the pane has.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

/// Height of title and norm above a picture.
pub const HEAD: f32 = 32.0;
/// Height of the axis name below a picture.
pub const FOOT: f32 = 15.0;
/// Width of the axis name and its numbers left of a picture.
pub const SIDE: f32 = 17.0;
/// Between two pictures, beside the next one's name.
pub const GAP: f32 = 12.0;
/// Narrowest column, which holds a title.
const TITLE: f32 = 116.0;
/// The same of eight beside each other, which have symbols for titles: it holds the norm.
const SYMBOL: f32 = 66.0;
/// Least sides of the scatter plot.
const SCATTER: Vec2 = vec2(172.0, 150.0);
/// Widths that it may have beside the pictures.
const WIDTHS: [f32; 7] = [SCATTER.x, 240.0, 320.0, 420.0, 520.0, 640.0, 780.0];
/// What a point of the scatter plot's shorter side is worth in points of a picture's, up to the side of a picture.
const WORTH: f32 = 0.35;
/// What pictures without a scatter plot are worth.
const ALONE: f32 = 0.63;
/// The same before a room, which looks at the pictures: a scatter plot is there where it takes next to nothing from them.
const ALONE_BEFORE_A_ROOM: f32 = 1.2;
/// Shortest side of a picture that shows anything.
const SMALLEST: f32 = 20.0;
/// Widest scatter plot; it may be wider where it is as high.
const WIDEST: f32 = 460.0;
/// Shortest side of a picture of a few rows or columns, whose cells are not square then.
const THINNEST: f32 = 48.0;

/// What a person looks at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefers {
    /// Pictures and scatter plot.
    Both,
    /// The pictures, before a room.
    Pictures,
}

/// Rooms of the pictures and of the scatter plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// One a picture: step by step, in the order of the quantities.
    pub pictures: Vec<Rect>,
    /// The scatter plot with its choices; absent where there is no room for it.
    pub scatter: Option<Rect>,
}

impl Plan {
    /// The arrangement with the largest pictures of `steps` steps (1 or 2) of `cells` (rows, columns) cells.
    #[must_use]
    pub fn new(area: Rect, cells: (usize, usize), steps: usize, prefers: Prefers) -> Self {
        let alone = match prefers {
            Prefers::Both => ALONE,
            Prefers::Pictures => ALONE_BEFORE_A_ROOM,
        };
        let mut best: Option<(f32, Self)> = None;
        for across in [4, 2, 8] {
            if across == 8 && steps == 1 {
                continue;
            }
            for scatter in WIDTHS.map(Place::Right).into_iter().chain([Place::Below, Place::Nowhere]) {
                // The scatter plot goes only where matrices would be too small to read.
                let (size, plan) = arrange(area, cells, steps, across, scatter);
                let size = match plan.scatter {
                    _ if size == 0.0 => 0.0,
                    Some(scatter) => size.sqrt() + WORTH * scatter.size().min_elem().min(size.sqrt()),
                    None => alone * size.sqrt(),
                };
                if best.as_ref().is_none_or(|(other, _)| size > *other * 1.02) {
                    best = Some((size, plan));
                }
            }
        }
        best.map_or(Self { pictures: Vec::new(), scatter: None }, |(_, plan)| plan)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Beside the pictures, of that width at least.
    Right(f32),
    Below,
    Nowhere,
}

/// Room for the title above each picture, as far as the next one beside it.
#[must_use]
pub fn title_room(pictures: &[Rect]) -> f32 {
    let beside = |one: &Rect| {
        let others = pictures.iter().filter(|other| other.top() == one.top() && other.left() > one.left());
        others.map(|other| other.left() - one.left() - TITLE_GAP).fold(f32::INFINITY, f32::min)
    };
    pictures.iter().map(beside).fold(f32::INFINITY, f32::min)
}

/// Between two titles.
const TITLE_GAP: f32 = 4.0;

/// The area of a picture, and the plan.
fn arrange(area: Rect, cells: (usize, usize), steps: usize, across: usize, place: Place) -> (f32, Plan) {
    let down = 4 * steps / across;
    let reserved = match place {
        Place::Right(width) => vec2(width + GAP, 0.0),
        Place::Below => vec2(0.0, (area.height() * 0.34).max(SCATTER.y) + GAP / 2.0),
        Place::Nowhere => Vec2::ZERO,
    };
    let room = area.size() - reserved;
    let column = (room.x - (SIDE + GAP) * across as f32 + GAP) / across as f32;
    let row = (room.y - GAP * 0.4 * (down - 1) as f32) / down as f32 - HEAD - FOOT;
    let size = picture(vec2(column, row), cells);
    let least = if across == 8 { SYMBOL } else { TITLE };
    if column < least || size.min_elem() < SMALLEST {
        return (0.0, Plan { pictures: Vec::new(), scatter: None });
    }
    let pitch = vec2(size.x.max(least) + SIDE + GAP, size.y + HEAD + FOOT + GAP * 0.4);
    let at = |i: usize| {
        // Two columns hold a pair of quantities of each step in turn, so that the steps lie above each other.
        let (step, quantity) = (i / 4, i % 4);
        match across {
            2 => (quantity % 2, quantity / 2 * steps + step),
            4 => (quantity, step),
            _ => (quantity * 2 + step, 0),
        }
    };
    let origin = area.min + vec2(SIDE, HEAD);
    let pictures = (0..4 * steps).map(|i| {
        let (x, y) = at(i);
        Rect::from_min_size(origin + vec2(x as f32 * pitch.x, y as f32 * pitch.y), size)
    });
    let right = area.left() + across as f32 * pitch.x;
    let bottom = area.top() + down as f32 * pitch.y;
    let scatter = match place {
        Place::Right(wanted) => {
            let width = (area.right() - right).min(WIDEST.max(wanted.min(area.height())));
            let height = area.height().min(1.25 * width).max(SCATTER.y.min(area.height()));
            Some(Rect::from_min_size(pos2(right, area.top()), vec2(width, height)))
        }
        Place::Below => {
            let width = area.width().min(WIDEST.max(right - area.left()));
            Some(Rect::from_min_max(pos2(area.left(), bottom), pos2(area.left() + width, area.bottom())))
        }
        Place::Nowhere => None,
    };
    (size.x * size.y, Plan { pictures: pictures.collect(), scatter })
}

/// The largest picture of square cells in a room; of others where one side would be too short.
fn picture(room: Vec2, (rows, columns): (usize, usize)) -> Vec2 {
    let (rows, columns) = (rows.max(1) as f32, columns.max(1) as f32);
    let cell = (room.x / columns).min(room.y / rows).max(0.0);
    let size = vec2(cell * columns, cell * rows);
    // As many rows as columns are drawn as a square, however small.
    let thinnest = THINNEST.min(size.max_elem());
    vec2(size.x.max(thinnest.min(room.x)), size.y.max(thinnest.min(room.y)))
}

/// The cell of a picture of `cells` (rows, columns) cells that lies under `at`.
#[must_use]
pub fn cell_at(picture: Rect, cells: (usize, usize), at: Pos2) -> Option<(usize, usize)> {
    if !picture.contains(at) || cells.0 == 0 || cells.1 == 0 {
        return None;
    }
    let part = (at - picture.min) / picture.size();
    let place = |part: f32, count: usize| ((part * count as f32) as usize).min(count - 1);
    Some((place(part.y, cells.0), place(part.x, cells.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(plan: &Plan, area: Rect) {
        let framed = |picture: &Rect| Rect::from_min_max(picture.min - vec2(SIDE, HEAD), picture.max + vec2(0.0, FOOT));
        let rects: Vec<Rect> = plan.pictures.iter().map(framed).chain(plan.scatter).collect();
        for (i, rect) in rects.iter().enumerate() {
            assert!(area.expand(0.5).contains_rect(*rect), "{rect:?} leaves {area:?}");
            for other in &rects[..i] {
                assert!(!other.shrink(0.5).intersects(rect.shrink(0.5)), "{other:?} and {rect:?}");
            }
        }
    }

    #[test]
    fn nothing_overlaps_or_is_clipped() {
        for (width, height) in [(714.0, 176.0), (960.0, 300.0), (1500.0, 400.0), (420.0, 700.0), (1400.0, 900.0)] {
            let area = Rect::from_min_size(pos2(10.0, 20.0), vec2(width, height));
            for cells in [(20, 20), (128, 32), (512, 3072), (3, 400)] {
                for (steps, prefers) in [(1, Prefers::Both), (2, Prefers::Both), (1, Prefers::Pictures)] {
                    let plan = Plan::new(area, cells, steps, prefers);
                    if plan.pictures.is_empty() {
                        assert!(steps == 2 && height < 200.0, "{area:?} {cells:?}");
                        continue;
                    }
                    assert_eq!(plan.pictures.len(), 4 * steps);
                    inside(&plan, area);
                }
            }
        }
    }

    #[test]
    fn wide_rooms_have_a_row_and_narrow_ones_a_square() {
        let plan = |width, height| {
            let area = Rect::from_min_size(Pos2::ZERO, vec2(width, height));
            Plan::new(area, (20, 20), 1, Prefers::Both).pictures
        };
        let wide = plan(1100.0, 300.0);
        assert!(wide.iter().all(|picture| picture.top() == wide[0].top()));
        let narrow = plan(420.0, 700.0);
        assert!(narrow[2].top() > narrow[0].bottom() && narrow[2].left() == narrow[0].left());
        let cell = wide[0].size() / 20.0;
        assert!((cell.x - cell.y).abs() < 1e-3, "square cells");
    }

    #[test]
    fn a_scatter_plot_is_as_large_as_a_picture_where_there_is_room() {
        let area = Rect::from_min_size(Pos2::ZERO, vec2(3380.0, 1050.0));
        let plan = Plan::new(area, (20, 20), 1, Prefers::Both);
        let (picture, scatter) = (plan.pictures[0].size(), plan.scatter.expect("there is room").size());
        assert!(scatter.x > 0.85 * picture.x && scatter.y > 0.85 * picture.y, "{picture} {scatter}");
        inside(&plan, area);
    }

    #[test]
    fn no_scatter_plot_is_larger_than_what_it_is_made_of() {
        for (width, height) in [(776.0, 290.0), (860.0, 420.0), (1240.0, 560.0), (700.0, 700.0)] {
            let area = Rect::from_min_size(Pos2::ZERO, vec2(width, height));
            for (steps, prefers) in [(1, Prefers::Both), (2, Prefers::Both), (1, Prefers::Pictures)] {
                let plan = Plan::new(area, (20, 20), steps, prefers);
                let picture = plan.pictures[0].size();
                assert!((picture.x - picture.y).abs() < 1e-3 && picture.x >= SMALLEST, "{picture} in {area:?}");
                // The narrowest one may be larger than small pictures.
                let narrowest = SCATTER.y.max(0.34 * height);
                let side = plan.scatter.map_or(0.0, |scatter| scatter.size().min_elem());
                assert!(side <= picture.x.max(narrowest) * 1.5, "{side} beside {picture} in {area:?}");
            }
        }
    }

    #[test]
    fn before_a_room_the_pictures_have_the_space() {
        // A projector of 1280x720 with everything 1.65 times as large.
        let area = Rect::from_min_size(Pos2::ZERO, vec2(760.0, 290.0));
        let plan = Plan::new(area, (20, 20), 1, Prefers::Pictures);
        let covered: f32 = plan.pictures.iter().map(|picture| picture.area()).sum();
        assert!(plan.scatter.is_none() && covered > 0.45 * area.area(), "{covered} of {}", area.area());
        // On a larger one there is room for both.
        let area = Rect::from_min_size(Pos2::ZERO, vec2(1147.0, 510.0));
        let plan = Plan::new(area, (20, 20), 1, Prefers::Pictures);
        let alone = Plan::new(Rect::from_min_size(Pos2::ZERO, vec2(1147.0, 311.0)), (20, 20), 1, Prefers::Pictures);
        assert!(plan.scatter.is_some() && plan.pictures[0].width() > 0.88 * alone.pictures[0].width(), "{plan:?}");
    }

    #[test]
    fn two_steps_in_a_low_pane_stand_in_a_row() {
        // The layout of matrices in a window of 1280x720.
        let area = Rect::from_min_size(Pos2::ZERO, vec2(985.0, 190.0));
        let plan = Plan::new(area, (20, 20), 2, Prefers::Both);
        inside(&plan, area);
        let picture = plan.pictures[0];
        assert!(picture.width() > 65.0, "{picture}");
        // Of each matrix both steps, beside each other, under titles that have no room for names.
        assert_eq!((plan.pictures[4].top(), plan.pictures[4].left() > picture.left()), (picture.top(), true));
        let room = title_room(&plan.pictures);
        assert!((91.0..TITLE).contains(&room), "{room}");
        assert_eq!(title_room(&plan.pictures[..1]), f32::INFINITY);
    }

    #[test]
    fn small_pictures_of_squares_are_squares() {
        let picture = |cells| picture(vec2(90.0, 24.0), cells);
        assert_eq!(picture((20, 20)), vec2(24.0, 24.0));
        assert_eq!(picture((3, 400)).x, 90.0);
        assert!(picture((3, 400)).y == 24.0, "a few rows are as high as there is room for");
    }

    #[test]
    fn cells_are_found_under_the_pointer() {
        let picture = Rect::from_min_size(pos2(10.0, 10.0), vec2(100.0, 50.0));
        assert_eq!(cell_at(picture, (5, 10), pos2(10.0, 10.0)), Some((0, 0)));
        assert_eq!(cell_at(picture, (5, 10), pos2(25.0, 45.0)), Some((3, 1)));
        assert_eq!(cell_at(picture, (5, 10), pos2(110.0, 60.0)), Some((4, 9)));
        assert_eq!(cell_at(picture, (5, 10), pos2(9.0, 20.0)), None);
    }
}
