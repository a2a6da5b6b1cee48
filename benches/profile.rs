//! Where the time of a step goes: every operation of the standard regression experiment, timed one by one.

use hebbscope::experiment::resolve;
use hebbscope::training::Run;

fn main() {
    let steps = 2_000;
    for (title, settings) in [
        (
            "three cosines",
            &[
                "measure.full_update=false",
                "measure.stationarity=false",
                "measure.force_balance=false",
                "measure.neurons=false",
            ][..],
        ),
        ("all columns", &[]),
        ("all columns, weight noise", &["noise.weight_sd=1e-3"]),
    ] {
        let mut settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
        settings.push("training.seeds=1".into());
        settings.push("training.steps=1000000".into());
        let experiment = resolve("sre", &settings).expect("a preset with valid settings");
        let mut run = Run::new(experiment, 1).expect("data and threads are there");
        run.advance(200, false, |_| {});
        let flops = run.executor().program().flops_per_step as f64;
        let profile = run.profile(steps);
        let total: f64 = profile.iter().map(|(_, seconds)| seconds).sum();
        println!("\nSRE, {title}: {:.1} us a step with timers, {:.1} MFLOP of products", total * 1e6, flops / 1e6);
        for (name, seconds) in profile {
            println!("  {name:60} {:8.2} us {:5.1} %", seconds * 1e6, 100.0 * seconds / total);
        }
    }
}
