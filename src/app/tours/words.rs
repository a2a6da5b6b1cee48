//! A tour's conditions in plain words.

use crate::app::look::numbers;
use crate::app::look::titles;
use crate::experiment::fields::field;
use crate::tour::{Quantity, Reading, Relation, Statistic};

/// What a condition looks at: `signal of layer 2`.
pub(in crate::app) fn quantity(quantity: &Quantity) -> String {
    match quantity {
        Quantity::Step => "step of the run".into(),
        Quantity::Steps => "steps in this stage".into(),
        Quantity::Field(path) => field(path).map_or(*path, titles::of_field).to_lowercase(),
        Quantity::Column { name, statistic, .. } => {
            let name = column(name);
            match statistic {
                Statistic::Mean => name,
                Statistic::Sd => format!("spread of {name}"),
                Statistic::Min => format!("least {name}"),
                Statistic::Max => format!("greatest {name}"),
            }
        }
    }
}

/// What must be true of it: `> 0.3 over 100 steps`.
pub(in crate::app) fn relation(reading: &Reading) -> String {
    let number = |value: f64| minus(numbers::scientific(value));
    let relation = match reading.condition.relation {
        Relation::Above(bound) => format!("> {}", number(bound)),
        Relation::AtLeast(bound) => format!("≥ {}", number(bound)),
        Relation::Below(bound) => format!("< {}", number(bound)),
        Relation::AtMost(bound) => format!("≤ {}", number(bound)),
        Relation::Between(low, high) => format!("between {} and {}", number(low), number(high)),
    };
    match reading.condition.quantity {
        Quantity::Column { over, .. } if over > 1 => format!("{relation} over {} steps", numbers::count(over)),
        _ => relation,
    }
}

/// The measured number, always as wide as others of its kind.
pub(in crate::app) fn measured(reading: &Reading) -> String {
    let Some(value) = reading.measured else { return "–".into() };
    match &reading.condition.quantity {
        Quantity::Step | Quantity::Steps => numbers::count(value.max(0.0) as u64),
        Quantity::Column { name, .. } if is_cosine(name) => minus(format!("{value:+.2}")),
        Quantity::Field(_) => minus(numbers::scientific(value)),
        Quantity::Column { .. } => minus(numbers::measured(value)),
    }
}

/// Steps gone of those that are waited for, from 0 to 1; `None` where a condition is not about steps.
pub(in crate::app) fn share_of_steps(reading: &Reading) -> Option<f32> {
    match (&reading.condition.quantity, reading.condition.relation) {
        (Quantity::Step | Quantity::Steps, Relation::AtLeast(bound) | Relation::Above(bound)) if bound > 0.0 => {
            Some((reading.measured.unwrap_or(0.0) / bound).clamp(0.0, 1.0) as f32)
        }
        _ => None,
    }
}

/// A column of the metrics in words; others keep their name.
fn column(name: &str) -> String {
    let of_run = [
        ("train_loss", "training loss"),
        ("validation_loss", "validation loss"),
        ("validation_accuracy", "validation accuracy"),
    ];
    if let Some((_, words)) = of_run.iter().find(|(known, _)| *known == name) {
        return (*words).into();
    }
    let of_layer = [
        ("signal", "signal"),
        ("full", "full update"),
        ("weight_norm", "weight norm"),
        ("signal_norm", "norm of the signal"),
        ("hebbian_norm", "norm of the Hebbian update"),
        ("averaged", "averaged signal"),
        ("neggrad", "negative gradient"),
    ];
    let Some((what, layer)) = name.rsplit_once('_') else { return name.into() };
    match of_layer.iter().find(|(known, _)| *known == what) {
        Some((_, words)) => format!("{words} of layer {layer}"),
        None => name.into(),
    }
}

fn is_cosine(column: &str) -> bool {
    ["signal_", "full_", "averaged_", "neggrad_", "per_example_"].iter().any(|start| column.starts_with(start))
        && !column.starts_with("signal_norm")
}

fn minus(text: String) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tour::Condition;

    fn reading(quantity: Quantity, relation: Relation, measured: Option<f64>) -> Reading {
        Reading { condition: Condition { quantity, relation }, line: 1, holds: false, measured }
    }

    fn mean(name: &str, over: u64) -> Quantity {
        Quantity::Column { name: name.into(), statistic: Statistic::Mean, over }
    }

    #[test]
    fn conditions_are_plain_words() {
        let signal = reading(mean("signal_2", 100), Relation::Above(0.3), Some(0.2712));
        assert_eq!(quantity(&signal.condition.quantity), "signal of layer 2");
        assert_eq!((measured(&signal).as_str(), relation(&signal).as_str()), ("+0.27", "> 0.3 over 100 steps"));
        let full = reading(mean("full_12", 1), Relation::Between(-0.06, 0.06), Some(-0.5));
        assert_eq!(quantity(&full.condition.quantity), "full update of layer 12");
        assert_eq!((measured(&full).as_str(), relation(&full).as_str()), ("−0.50", "between −0.06 and 0.06"));
        let decay = reading(Quantity::Field("regularizer.weight_decay"), Relation::AtLeast(5e-3), Some(5e-4));
        assert_eq!(quantity(&decay.condition.quantity), "weight decay");
        assert_eq!((measured(&decay).as_str(), relation(&decay).as_str()), ("5×10⁻⁴", "≥ 5×10⁻³"));
        let loss = reading(mean("train_loss", 100), Relation::Above(0.005), None);
        assert_eq!((quantity(&loss.condition.quantity).as_str(), measured(&loss).as_str()), ("training loss", "–"));
    }

    #[test]
    fn steps_have_a_share() {
        assert_eq!(share_of_steps(&reading(Quantity::Steps, Relation::AtLeast(200.0), Some(50.0))), Some(0.25));
        assert_eq!(share_of_steps(&reading(mean("signal_2", 1), Relation::Above(0.3), Some(0.1))), None);
    }
}
