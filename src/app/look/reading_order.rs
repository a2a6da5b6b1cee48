//! The order in which keys and screen readers go through the window: from left to right within a row, whatever side the row
//! was laid out from.
//!
//! What stands at a right edge is laid out from there, and drawn in that order. One sees a row all the same, and reads it as
//! one; here it is turned round for those who go through it by keys or by ear, in one place for every row there is.

use std::collections::HashMap;

use eframe::egui::accesskit::{NodeId, TreeUpdate};
use eframe::egui::{Context, FocusDirection, Id, Key, LayerId, Popup, Rect, WidgetRect, pos2};

/// Goes to the next or the one before, as Tab asks for; before anything of a frame is drawn.
pub fn go(ctx: &Context) {
    let with = ctx.input(|input| input.key_pressed(Key::Tab).then_some(input.modifiers));
    let is_forwards = with.is_some_and(|with| !with.any());
    let is_backwards = with.is_some_and(|with| with.shift_only());
    // An open menu is drawn right behind what opens it, and is come to there.
    if !(is_forwards || is_backwards) || Popup::is_any_open(ctx) {
        return;
    }
    let order = order(ctx);
    let at = ctx.memory(|memory| memory.focused()).and_then(|id| order.iter().position(|one| *one == id));
    let next = match (at, is_forwards) {
        (Some(at), true) => order.get(at + 1).or(order.first()),
        (Some(at), false) => at.checked_sub(1).and_then(|before| order.get(before)).or(order.last()),
        (None, true) => order.first(),
        (None, false) => order.last(),
    };
    if let Some(next) = next.copied() {
        ctx.memory_mut(|memory| {
            memory.move_focus(FocusDirection::None);
            memory.request_focus(next);
        });
    }
}

/// What keys come to, one after the other, as the last frame was drawn.
fn order(ctx: &Context) -> Vec<Id> {
    let widgets = ctx.viewport(|viewport| viewport.prev_pass.widgets.clone());
    ctx.memory(|memory| {
        let mut layers: Vec<LayerId> = widgets.layer_ids().filter(|layer| memory.allows_interaction(*layer)).collect();
        let heights: HashMap<LayerId, usize> = memory.layer_ids().zip(0..).collect();
        layers.sort_by_key(|layer| (layer.order, heights.get(layer).copied()));
        layers.into_iter().flat_map(|layer| of_layer(&widgets.get_layer(layer).copied().collect::<Vec<_>>())).collect()
    })
}

/// The same of one layer, whose widgets follow those in which they lie.
fn of_layer(widgets: &[WidgetRect]) -> Vec<Id> {
    let places: HashMap<Id, usize> = widgets.iter().enumerate().map(|(place, widget)| (widget.id, place)).collect();
    let mut rows: Vec<Vec<Run>> = widgets.iter().map(|_| Vec::new()).collect();
    let mut all = Vec::new();
    for (place, widget) in widgets.iter().enumerate().rev() {
        let mut within = std::mem::take(&mut rows[place]);
        within.reverse();
        if is_ground(&within) {
            within.remove(0);
        }
        let own = widget.enabled && widget.sense.is_focusable() && !is_border(widget);
        let mut run = Run { ids: Vec::new(), around: Rect::NOTHING, seen: Rect::NOTHING, is_drawn: false };
        if own {
            run = Run {
                ids: vec![widget.id],
                around: widget.rect,
                seen: in_sight(widget.interact_rect),
                is_drawn: widget.sense.senses_drag(),
            };
        }
        for one in turned(within, Run::rect) {
            run.around |= one.around;
            run.seen |= one.seen;
            run.ids.extend(one.ids);
            run.is_drawn = false;
        }
        if run.ids.is_empty() {
            continue;
        }
        match places.get(&widget.parent_id).copied().filter(|parent| *parent < place) {
            Some(parent) => rows[parent].push(run),
            // What lies in nothing known stands where it was drawn.
            None if place > 0 => rows[0].push(run),
            None => all.push(run),
        }
    }
    all.reverse();
    turned(all, Run::rect).into_iter().flat_map(|run| run.ids).collect()
}

/// Whether it is a border between panes, which the mouse draws and keys have nothing to do with.
fn is_border(widget: &WidgetRect) -> bool {
    const MOST: f32 = 8.0;
    widget.sense.senses_drag() && widget.rect.size().min_elem() < MOST
}

fn in_sight(rect: Rect) -> Rect {
    if rect.is_positive() { rect } else { Rect::NOTHING }
}

/// What is gone through without anything between, the room around it, and that of it which is not scrolled out of sight.
struct Run {
    ids: Vec<Id>,
    around: Rect,
    seen: Rect,
    /// It is one thing that the mouse can draw.
    is_drawn: bool,
}

/// Whether the first is the ground on which all others lie and by which the mouse draws them, as that of a row of tabs: keys
/// have nothing to do there.
fn is_ground(within: &[Run]) -> bool {
    let [ground, others @ ..] = within else { return false };
    let lies_on_it = |other: &Run| ground.around.contains(other.around.center());
    // Some of them may be scrolled out of sight.
    let is_beside = |other: &Run| ground.around.y_range().contains(other.around.center().y);
    ground.is_drawn && others.iter().any(lies_on_it) && others.iter().all(is_beside)
}

impl Run {
    fn rect(&self) -> Rect {
        if self.seen.is_positive() { self.seen } else { self.around }
    }
}

/// With what goes from right to left within a row turned round. What is drawn onto something goes with it, as the marks on a
/// rail.
fn turned<T>(items: Vec<T>, rect: impl Fn(&T) -> Rect + Copy) -> Vec<T> {
    let mut piles: Vec<(Rect, Vec<T>)> = Vec::new();
    for item in items {
        let at = rect(&item);
        match piles.last_mut().filter(|(below, _)| below.contains(at.center())) {
            Some((_, pile)) => pile.push(item),
            None => piles.push((at, vec![item])),
        }
    }
    let mut first = 0;
    for next in 1..=piles.len() {
        let goes_on = next < piles.len() && lies_left(piles[next].0, piles[next - 1].0);
        if !goes_on {
            piles[first..next].reverse();
            first = next;
        }
    }
    let in_order = |(_, mut pile): (Rect, Vec<T>)| {
        let upon = pile.split_off(1);
        if !upon.is_empty() {
            pile.extend(turned(upon, rect));
        }
        pile
    };
    piles.into_iter().flat_map(in_order).collect()
}

/// Whether the first stands in a row with the second, and left of it.
fn lies_left(one: Rect, other: Rect) -> bool {
    /// Points by which neighbours may reach into each other: what is touched is a little larger than what is drawn.
    const TOUCH: f32 = 2.0;
    let shared = one.bottom().min(other.bottom()) - one.top().max(other.top());
    let least = one.height().min(other.height()) / 2.0;
    one.is_positive() && other.is_positive() && one.right() <= other.left() + TOUCH && shared >= least
}

/// Turns the rows of what is told to those who listen.
pub fn turn_told(tree: &mut TreeUpdate) {
    let places: HashMap<NodeId, usize> = tree.nodes.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();
    let mut rects: Vec<Option<Rect>> = vec![None; tree.nodes.len()];
    for place in 0..tree.nodes.len() {
        around(tree, &places, &mut rects, place, 0);
    }
    for place in 0..tree.nodes.len() {
        let children = tree.nodes[place].1.children();
        if children.len() < 2 {
            continue;
        }
        let rect = |id: &NodeId| places.get(id).and_then(|place| rects[*place]).unwrap_or(Rect::NOTHING);
        let turned = turned(children.to_vec(), rect);
        if turned != children {
            tree.nodes[place].1.set_children(turned);
        }
    }
}

/// The room around a node, or around what lies in it where there is something.
fn around(
    tree: &TreeUpdate,
    places: &HashMap<NodeId, usize>,
    rects: &mut [Option<Rect>],
    place: usize,
    depth: usize,
) -> Rect {
    /// Deeper than any tree of this window: what is no tree ends.
    const DEEPEST: usize = 200;
    if let Some(known) = rects[place] {
        return known;
    }
    let node = &tree.nodes[place].1;
    let mut rect = Rect::NOTHING;
    for child in node.children() {
        if let Some(child) = places.get(child).filter(|_| depth < DEEPEST) {
            rect |= around(tree, places, rects, *child, depth + 1);
        }
    }
    if !rect.is_positive()
        && let Some(own) = node.bounds()
    {
        rect = Rect::from_min_max(pos2(own.x0 as f32, own.y0 as f32), pos2(own.x1 as f32, own.y1 as f32));
    }
    rects[place] = Some(rect);
    rect
}

#[cfg(test)]
mod tests {
    use eframe::egui::vec2;

    use super::*;

    fn at(x: f32, y: f32) -> Rect {
        Rect::from_min_size(pos2(x, y), vec2(20.0, 20.0))
    }

    #[test]
    fn a_row_from_the_right_is_turned_and_nothing_else() {
        let turned = |all: &[Rect]| turned(all.to_vec(), |rect| *rect);
        let row = [at(0.0, 0.0), at(30.0, 2.0), at(60.0, 0.0)];
        assert_eq!(turned(&row), row);
        assert_eq!(turned(&[row[2], row[1], row[0]]), row);
        // Lines of a text, and two columns, stand as they are.
        let lines = [at(60.0, 0.0), at(0.0, 30.0), at(60.0, 30.0)];
        assert_eq!(turned(&lines), lines);
        // A row of its own between two others.
        let among = [at(0.0, 0.0), at(60.0, 30.0), at(30.0, 30.0), at(0.0, 60.0)];
        assert_eq!(turned(&among), [among[0], among[2], among[1], among[3]]);
        // Marks go with the rail on which they lie.
        let (rail, mark) =
            (Rect::from_min_max(pos2(0.0, 0.0), pos2(50.0, 20.0)), Rect::from_min_size(pos2(9.0, 5.0), vec2(4.0, 9.0)));
        assert_eq!(turned(&[row[2], rail, mark]), [rail, mark, row[2]]);
        assert_eq!(turned(&[Rect::NOTHING, at(0.0, 0.0)]), [Rect::NOTHING, at(0.0, 0.0)]);
    }
}
