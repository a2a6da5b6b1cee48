//! Layers without a direction, in the words of a terminal.

use std::collections::BTreeMap;

use hebbscope::record::{Collapse, Summary};
use hebbscope::training::CollapseNews;

/// Seeds that a line names one by one; of more, how many.
const NAMED: usize = 8;

/// One line for all seeds in which the same became of a layer.
pub(super) fn collapse_lines(news: &[CollapseNews]) -> Vec<String> {
    let mut fallen = BTreeMap::<_, Vec<&Collapse>>::new();
    let mut risen = BTreeMap::<_, Vec<&Collapse>>::new();
    for one in news {
        match one {
            CollapseNews::Collapsed(one) => fallen.entry((one.layer, one.cause.words())).or_default().push(one),
            CollapseNews::Recovered(one) => risen.entry(one.layer).or_default().push(one),
        }
    }
    let first = |steps: &mut dyn Iterator<Item = u64>| steps.min().unwrap_or_default();
    let seeds = |all: &[&Collapse]| named(&all.iter().map(|one| one.seed).collect::<Vec<_>>());
    let fallen = fallen.iter().map(|((layer, words), all)| {
        let step = first(&mut all.iter().map(|one| one.step));
        format!("layer {layer} collapsed at step {step} ({}): {words}", seeds(all))
    });
    let risen = risen.iter().map(|(layer, all)| {
        let step = first(&mut all.iter().filter_map(|one| one.until));
        format!("layer {layer} has grown back at step {step} ({})", seeds(all))
    });
    fallen.chain(risen).collect()
}

/// Why layers end without a direction, a line for all seeds that have a reason in common.
pub(super) fn reasons(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    for layer in &summary.layers {
        let mut seeds = BTreeMap::<&str, (Vec<u64>, Option<u64>)>::new();
        for one in &layer.collapses {
            let (seeds, first) = seeds.entry(&one.reason).or_default();
            seeds.push(one.seed);
            *first = first.iter().copied().chain(one.step).min();
        }
        lines.extend(seeds.into_iter().map(|(reason, (seeds, first))| {
            let since = first.map_or_else(String::new, |step| format!(", since step {step}"));
            format!("layer {} collapsed ({}){since}: {reason}", layer.layer, named(&seeds))
        }));
    }
    lines
}

fn named(seeds: &[u64]) -> String {
    let mut words: Vec<String> = seeds.iter().take(NAMED).map(u64::to_string).collect();
    if seeds.len() > NAMED {
        words.push(format!("{} more", seeds.len() - NAMED));
    }
    format!("seed{} {}", if seeds.len() == 1 { "" } else { "s" }, words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebbscope::record::CollapseCause;

    #[test]
    fn seeds_of_the_same_layer_share_a_line() {
        let one = |seed, layer, step| Collapse { seed, layer, cause: CollapseCause::Weights, step, until: None };
        let mut news: Vec<_> = (0..10).map(|seed| CollapseNews::Collapsed(one(seed, 2, 80 + seed))).collect();
        news.push(CollapseNews::Recovered(Collapse { until: Some(95), ..one(3, 1, 7) }));
        assert_eq!(
            collapse_lines(&news),
            [
                "layer 2 collapsed at step 80 (seeds 0, 1, 2, 3, 4, 5, 6, 7, 2 more): |W| is below a thousandth of its \
                 initial norm",
                "layer 1 has grown back at step 95 (seed 3)",
            ]
        );
    }
}
