//! Speed of the GPU executor on whatever adapter is there: `cargo bench --bench gpu`.
//!
//! Full SRE steps with all columns of the metrics, at growing numbers of replicas.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hebbscope::backend::cpu::Replica;
use hebbscope::backend::gpu::{GpuDevice, GpuError, GpuExecutor};
use hebbscope::experiment::{Experiment, resolve};
use hebbscope::program::Program;
use hebbscope::training::{Generator, fill_hyper};
use hebbscope::{backend, data};

/// Each rate is the median of so many trials.
const TRIALS: usize = 5;

/// Least time of a trial.
const TRIAL: Duration = Duration::from_secs(1);

const REPLICAS: [usize; 6] = [1, 16, 64, 256, 400, 1024];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Ok(device) = GpuDevice::open() else {
        println!("skipped: no adapter");
        return Ok(());
    };
    println!("{:#?}", device.adapter);
    // Software is there for correctness only: its figures at many replicas would take hours.
    let most = if device.adapter.is_software() { 16 } else { usize::MAX };
    let mut device = Some(device);
    let experiment = resolve("sre", &["training.seeds=1".into()])?;
    println!("{:>8} {:>14} {:>18} {:>12}", "replicas", "steps/s", "replica-steps/s", "GFLOP/s");
    for replicas in REPLICAS.into_iter().filter(|&replicas| replicas <= most) {
        let Some(free) = device.take() else { break };
        match rate(&experiment, replicas, free) {
            Ok((rate, flops, back)) => {
                let ensemble = rate * replicas as f64;
                println!("{replicas:>8} {rate:>14.1} {ensemble:>18.0} {:>12.1}", ensemble * flops / 1e9);
                device = Some(back);
            }
            Err(error) => println!("{replicas:>8} {error}"),
        }
    }
    for replicas in [1, 400].into_iter().filter(|&replicas| replicas <= most) {
        let Some(free) = device.take() else { break };
        let (program, ensemble) = ensemble(&experiment, replicas)?;
        let executor = GpuExecutor::new(free, program, &ensemble, None)?;
        let mut seconds = executor.profile(50)?;
        let sum: f64 = seconds.iter().map(|(_, seconds)| seconds).sum();
        seconds.sort_by(|a, b| b.1.total_cmp(&a.1));
        println!("\nA step of {replicas} replicas by operation, each repeated by itself ({:.0} us in all)", sum * 1e6);
        for (name, seconds) in seconds.iter().take(20) {
            println!("{:>6.1} % {:>9.1} us  {name}", 100.0 * seconds / sum, seconds * 1e6);
        }
        let least = seconds.last().map_or(0.0, |(_, seconds)| *seconds);
        println!("The cheapest operation takes {:.1} us: the cost of a dispatch.", least * 1e6);
        device = Some(executor.into_device());
    }
    Ok(())
}

type Ensemble = (Arc<Program>, Vec<Replica<f32>>);

/// Replicas of one seed, which share data and order, as the cells of a sweep do.
fn ensemble(experiment: &Experiment, replicas: usize) -> Result<Ensemble, Box<dyn std::error::Error>> {
    let mut program = Program::compile(experiment);
    program.plan.total_steps = experiment.total_steps();
    let program = Arc::new(program);
    let sets = data::load(experiment, &experiment.seeds())?;
    let mut hyper = vec![0.0; program.slots];
    fill_hyper(experiment, &mut hyper);
    let make = |_| {
        let inputs: Box<dyn backend::StepInputs<f32>> =
            Box::new(Generator::new(&program, Arc::clone(&sets[0]), experiment.training.seed, 0));
        Replica::new(&program, experiment.training.seed, hyper.clone(), inputs)
    };
    let all = (0..replicas).map(make).collect();
    Ok((program, all))
}

/// Steps a second, floating-point operations of a step, and the device.
fn rate(
    experiment: &Experiment,
    replicas: usize,
    device: GpuDevice,
) -> Result<(f64, f64, GpuDevice), Box<dyn std::error::Error>> {
    let (program, mut all) = ensemble(experiment, replicas)?;
    let flops = program.flops_per_step as f64;
    let mut executor = GpuExecutor::new(device, program, &all, None)?;
    let mut advance = |steps| -> Result<(), GpuError> { executor.advance(&mut all, steps) };
    advance(8)?;
    let mut rates = Vec::new();
    for _ in 0..TRIALS {
        let began = Instant::now();
        let (mut done, mut chunk) = (0, 8);
        while began.elapsed() < TRIAL {
            advance(chunk)?;
            done += chunk;
            chunk = (2 * chunk).min(1024);
        }
        rates.push(done as f64 / began.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    Ok((rates[TRIALS / 2], flops, executor.into_device()))
}
