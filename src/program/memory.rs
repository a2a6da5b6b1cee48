//! One plan of memory for all executors: buffers that are not alive together lie in the same memory.

use super::op::Instruction;
use super::view::BufferId;
use super::{Buffer, Role};

/// Where every buffer of a program lies.
///
/// What outlasts a step has memory of its own. The rest lies in slabs, each as large as the largest buffer that it
/// serves; a slab serves one buffer at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryPlan {
    places: Vec<usize>,
    slabs: Vec<usize>,
}

impl MemoryPlan {
    /// Every buffer by itself: for those who look at a step after it.
    #[must_use]
    pub fn separate(buffers: &[Buffer]) -> Self {
        Self { places: (0..buffers.len()).collect(), slabs: Vec::new() }
    }

    /// As little memory as can be found, for lists of instructions of which one runs at a time.
    #[must_use]
    pub fn shared(buffers: &[Buffer], lists: &[List<'_>]) -> Self {
        let lives = lives(buffers.len(), lists);
        let mut order: Vec<usize> = (0..buffers.len())
            .filter(|&place| buffers[place].role == Role::Scratch && lives[place].is_some())
            .collect();
        let elements = |place: usize| buffers[place].rows * buffers[place].columns;
        // The largest first, so that what a slab serves later is never larger than it.
        order.sort_by_key(|&place| (std::cmp::Reverse(elements(place)), place));
        let mut places: Vec<usize> = (0..buffers.len()).collect();
        let mut slabs: Vec<(usize, Vec<[usize; 2]>)> = Vec::new();
        for place in order {
            let Some(life) = lives[place] else { continue };
            let is_free = |(_, taken): &(usize, Vec<[usize; 2]>)| {
                taken.iter().all(|other| other[1] < life[0] || life[1] < other[0])
            };
            // Of those that are free, the one that is filled best, and of these the one that has been free for the shortest.
            let free_since =
                |slab: usize| slabs[slab].1.iter().map(|other| other[1]).filter(|&end| end < life[0]).max();
            let best = (0..slabs.len())
                .filter(|&slab| is_free(&slabs[slab]))
                .min_by_key(|&slab| (slabs[slab].0, std::cmp::Reverse(free_since(slab))));
            let slab = best.unwrap_or_else(|| {
                slabs.push((elements(place), Vec::new()));
                slabs.len() - 1
            });
            slabs[slab].1.push(life);
            places[place] = buffers.len() + slab;
        }
        Self { places, slabs: slabs.into_iter().map(|(elements, _)| elements).collect() }
    }

    /// Where a buffer lies: its own number, or beyond all of them that of its slab.
    #[must_use]
    pub fn place(&self, buffer: BufferId) -> usize {
        self.places[buffer.0]
    }

    /// Elements of the slabs.
    #[must_use]
    pub fn slabs(&self) -> &[usize] {
        &self.slabs
    }

    /// Whether a buffer has memory of its own.
    #[must_use]
    pub fn is_own(&self, buffer: usize) -> bool {
        self.places[buffer] == buffer
    }
}

/// Instructions that run one after another, and what their buffers are used for outside them.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// The instructions.
    pub instructions: &'a [Instruction],
    /// Written before they begin.
    pub given: &'a [BufferId],
    /// Read by others when so many of them have run.
    pub kept: &'a [(BufferId, usize)],
}

/// The first and the last instruction that touches each buffer.
fn lives(buffers: usize, lists: &[List<'_>]) -> Vec<Option<[usize; 2]>> {
    let mut lives: Vec<Option<[usize; 2]>> = vec![None; buffers];
    let mut now = 0;
    for list in lists {
        list.given.iter().for_each(|buffer| lives[buffer.0] = Some([now, now]));
        now += 1;
        let begin = now;
        for instruction in list.instructions {
            for view in instruction.op.accesses().all() {
                let life = lives[view.buffer.0].get_or_insert([now, now]);
                life[1] = now;
            }
            now += 1;
        }
        for &(buffer, after) in list.kept {
            // What nobody writes is not there to be read.
            if let Some(life) = &mut lives[buffer.0] {
                life[1] = life[1].max(begin + after);
            }
        }
        // The next list begins with memory that nobody else uses any longer.
        now += 1;
    }
    lives
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Builder;
    use crate::program::op::Op;

    #[test]
    fn buffers_that_are_not_alive_together_share_memory() {
        let mut builder = Builder::default();
        let names = ["a", "b", "c", "d"];
        let [a, b, c, d] = names.map(|name| builder.scratch(name, 2, if name == "c" { 3 } else { 4 }));
        let short = |view: crate::program::View| view.columns(0, 3);
        builder.push(Op::Copy { from: a, to: b });
        builder.push(Op::Copy { from: short(b), to: c });
        builder.push(Op::Copy { from: c, to: short(d) });
        let (buffers, list) = builder.finish();
        let list = List { instructions: &list, given: &[], kept: &[] };
        let plan = MemoryPlan::shared(&buffers, &[list]);
        // a and c, b and d.
        assert_eq!(plan.slabs(), [8, 8]);
        assert_eq!(plan.place(a.buffer), plan.place(c.buffer));
        assert_eq!(plan.place(b.buffer), plan.place(d.buffer));
        assert_ne!(plan.place(a.buffer), plan.place(b.buffer));
        let kept = List { kept: &[(a.buffer, 3)], ..list };
        assert_eq!(MemoryPlan::shared(&buffers, &[kept]).slabs(), [8, 8, 6]);
        let given = List { given: &[d.buffer], ..list };
        assert_eq!(MemoryPlan::shared(&buffers, &[given]).slabs(), [8, 8, 8]);
    }
}
