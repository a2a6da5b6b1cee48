//! The paper's table and figures: one entry each, with its experiments, claims and figures.

mod fig10;
mod fig10_cnn;
mod fig11;
mod fig13;
mod fig14;
mod fig15;
mod fig16;
mod fig17;
mod fig18;
mod fig19;
mod fig2;
mod fig3;
mod fig4;
mod fig5;
mod fig6;
mod fig7;
mod fig9;
mod noise_planes;
mod penalty;
mod sce;
mod table1;
mod theory;

use super::error::ReproduceError;
use super::plan::Item;

/// All items, in the paper's order.
pub const ITEMS: &[Item] = &[
    table1::ITEM,
    fig2::ITEM,
    fig3::ITEM,
    fig4::ITEM,
    fig5::ITEM,
    fig6::ITEM,
    fig7::FIG7,
    fig7::FIG8,
    fig9::ITEM,
    fig10::FIG10,
    fig11::ITEM,
    fig10::FIG12,
    fig13::ITEM,
    fig14::ITEM,
    fig15::ITEM,
    fig16::ITEM,
    fig17::ITEM,
    fig18::ITEM,
    fig19::FIG19,
    fig19::FIG20,
    penalty::ITEM,
    theory::ITEM,
];

/// Items by their names, in the paper's order and each once; `all`, or none, are all.
///
/// # Errors
/// When there is no item of a name.
pub fn choose(names: &[String]) -> Result<Vec<&'static Item>, ReproduceError> {
    let known = || ITEMS.iter().map(|item| item.id).collect::<Vec<_>>().join(", ");
    if let Some(name) = names.iter().find(|name| *name != "all" && ITEMS.iter().all(|item| item.id != name.as_str())) {
        return Err(ReproduceError::UnknownItem { name: name.clone(), known: known() });
    }
    let all = names.is_empty() || names.iter().any(|name| name == "all");
    Ok(ITEMS.iter().filter(|item| all || names.iter().any(|name| name == item.id)).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::reproduce::{Results, Settings};

    #[test]
    fn names_are_chosen_in_the_paper_s_order() {
        let names = |asked: &[&str]| {
            let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
            choose(&asked).map(|items| items.iter().map(|item| item.id).collect::<Vec<_>>())
        };
        assert_eq!(names(&["fig4", "table1", "fig4"]).expect("known"), ["table1", "fig4"]);
        assert_eq!(names(&[]).expect("known").len(), ITEMS.len());
        assert_eq!(names(&["fig4", "all"]).expect("known").len(), ITEMS.len());
        let error = names(&["fig99"]).expect_err("unknown").to_string();
        assert!(error.contains("fig99") && error.contains("table1, ") && error.contains("fig20"), "{error}");
    }

    #[test]
    fn every_item_has_experiments_and_claims_whose_names_are_its_own() {
        let mut ids = BTreeSet::new();
        for settings in [Settings::default(), Settings { quick: true, ..Settings::default() }] {
            ids.clear();
            for item in ITEMS {
                let plan = (item.plan)(&settings).unwrap_or_else(|error| panic!("{}: {error}", item.id));
                assert!(!plan.grids.is_empty() || !plan.courses.is_empty(), "{}", item.id);
                // Without any result nothing is tested, and nothing fails.
                let judged = (item.judge)(&settings, &plan.limits, &Results::default());
                assert!(!judged.claims.is_empty(), "{}", item.id);
                for claim in judged.claims {
                    assert!(claim.id.starts_with(&format!("{}.", item.id)), "{}", claim.id);
                    let needs_nothing = claim.id == "theory.eq17";
                    assert!(needs_nothing || claim.verdict.words() == "not tested", "{}: {}", claim.id, claim.why);
                    assert!(ids.insert(claim.id.clone()), "{} twice", claim.id);
                }
            }
        }
    }
}
