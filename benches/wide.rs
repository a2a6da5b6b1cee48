//! Steps a second of a wide multilayer perceptron of one seed, in the form that `benches/peers/wide.py` prints its own.
//!
//! usage: wide THREADS SECONDS BATCH WIDTHS...; 3072 inputs are images of ten classes, others a regression.

use std::time::{Duration, Instant};

use hebbscope::experiment::resolve;
use hebbscope::instruction_set::InstructionSet;
use hebbscope::training::Run;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    // `cargo bench` of everything says nothing here.
    let [threads, seconds, batch, widths @ ..] = &arguments[..] else { return Ok(()) };
    let [inputs, hidden @ .., outputs] = widths else { return Err("at least two widths".into()) };
    let mut settings: Vec<String> = ["full_update", "stationarity", "force_balance", "neurons"]
        .map(|field| format!("measure.{field}=false"))
        .to_vec();
    settings.extend([
        format!("training.batch_size={batch}"),
        format!("model.hidden=[{}]", hidden.join(",")),
        "training.seeds=1".into(),
        "training.steps=1000000000".into(),
        "measure.validate_every=0".into(),
        "model.activation=relu".into(),
        "model.init=he_normal".into(),
        "data.validation_examples=10".into(),
        "data.train_examples=2000".into(),
    ]);
    if inputs == "3072" {
        settings.extend(["data.kind=synthetic_images".into(), "training.loss=cross_entropy".into()]);
    } else {
        settings.extend([format!("data.input_size={inputs}"), format!("data.output_size={outputs}")]);
        settings.push("data.teacher_hidden=[8]".into());
    }
    let mut run = Run::new(resolve("sre", &settings)?, threads.parse()?)?;
    let mut step = || {
        let began = Instant::now();
        run.advance(1, false, |row| {
            std::hint::black_box(row);
        });
        began.elapsed().as_secs_f64()
    };
    for _ in 0..2 {
        step();
    }
    let (limit, began) = (Duration::from_secs_f64(seconds.parse()?), Instant::now());
    let mut times = Vec::new();
    while began.elapsed() < limit || times.len() < 3 {
        times.push(step());
    }
    times.sort_by(f64::total_cmp);
    println!(
        "hebbscope {} {threads} threads, batch {batch}, [{}]: {:.3} steps/s",
        InstructionSet::detect().name(),
        widths.join(", "),
        1.0 / times[times.len() / 2]
    );
    Ok(())
}
