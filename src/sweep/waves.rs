//! Training on a graphics processor: cells that share a program, as one ensemble, wave after wave.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::fault::{Fault, FaultKind};
use super::scheduler::{Pace, Progress, Session};
use super::states::{EVERY, WORTH};
use super::trial::Trial;
use super::workshop::Workshop;
use crate::backend::gpu::{GpuDevice, GpuError, adapters};
use crate::instruction_set::InstructionSet;
use crate::training::{BackendChoice, TrainError};

/// Cells of a wave, at most: beyond some hundreds a device gains nothing, and values come later.
const MOST: usize = 512;
/// Bytes of host buffers of a wave, at most; the host keeps a copy of every replica.
const MOST_BYTES: usize = 1 << 30;

/// Trains all cells of the session. A device that is lost leaves the rest to the CPU.
/// `training` are the cells of the wave.
pub(super) fn train(
    session: &Session,
    device: GpuDevice,
    threads: usize,
    sink: &Sender<Progress>,
    training: &RefCell<Vec<usize>>,
) {
    let mut device = Some(device);
    let mut pace = Pace::default();
    let mut held = VecDeque::new();
    let mut groups = Vec::new();
    while session.may_go_on() {
        if groups.is_empty() {
            let cells = next_wave(session, &mut held);
            if cells.is_empty() {
                return;
            }
            groups = session.by_step(cells);
        }
        let Some(cells) = groups.pop() else { continue };
        for &cell in &cells {
            let _ = sink.send(Progress::Started { cell });
        }
        training.replace(cells.clone());
        let mut trial = match session.workshop().wave(&cells, threads) {
            Ok(trial) => trial,
            Err(error @ TrainError::Threads { .. }) => {
                return session.break_down(Fault { cells, words: error.to_string(), kind: FaultKind::Threads });
            }
            Err(error) => {
                for cell in cells {
                    let _ = sink.send(Progress::Failed { cell, words: error.to_string() });
                }
                continue;
            }
        };
        session.keep_states_of(&mut trial, sink);
        if let Some(device) = device.take()
            && let Err(error) = trial.ensemble_mut().executor_mut().use_device(device)
        {
            let _ = sink.send(Progress::Notice(format!("{error}. The CPU goes on.")));
        }
        let count = cells.len() as f64;
        let began = Instant::now();
        let is_over = train_wave(session, &mut trial, &mut pace, sink, |steps| {
            // Cells beside each other share the device's time.
            began.elapsed().as_secs_f64() / count * steps
        });
        if let Some(lost) = trial.ensemble_mut().executor_mut().take_loss() {
            let _ = sink.send(Progress::Notice(lost));
        }
        device = trial.into_ensemble().into_device();
        if !is_over {
            return;
        }
    }
}

fn train_wave(
    session: &Session,
    trial: &mut Trial,
    pace: &mut Pace,
    sink: &Sender<Progress>,
    seconds: impl Fn(f64) -> f64,
) -> bool {
    let mut shown = Instant::now();
    while trial.cells().next().is_some() {
        let stops = !session.may_go_on();
        if let Err(error) = trial.write_state(if stops { WORTH } else { EVERY }) {
            let _ = sink.send(Progress::Notice(format!("cells could not be saved on their way: {error}")));
        }
        if stops {
            return false;
        }
        let (before, began) = (trial.step(), Instant::now());
        let finished = trial.train(pace.steps());
        pace.note(trial.step() - before, began.elapsed());
        if !session.has_kept(trial) {
            return false;
        }
        for (cell, outcome) in finished {
            session.learn(cell, &outcome);
            let _ = sink.send(Progress::Done { cell, outcome, seconds: seconds(1.0) });
        }
        if session.is_watched() && shown.elapsed() > Duration::from_millis(100) {
            shown = Instant::now();
            let (step, total) = (trial.step(), trial.total());
            for (cell, values) in trial.provisional() {
                let _ = sink.send(Progress::Running { cell, step, total, values });
            }
        }
    }
    true
}

/// The next cells that share a program; `held` are those of other programs that were met before. No more are taken ahead
/// than a wave may have, as where the grid is to be looked at closely is learnt on the way.
fn next_wave(session: &Session, held: &mut VecDeque<usize>) -> Vec<usize> {
    let grid = session.workshop().grid();
    let Some(first) = held.pop_front().or_else(|| session.next_cell()) else { return Vec::new() };
    let most = session.workshop().bytes_of(first).map_or(1, |bytes| (MOST_BYTES / bytes.max(1)).clamp(1, MOST));
    let key = grid.program_key(first);
    let mut cells = vec![first];
    let mut others = VecDeque::new();
    while cells.len() < most && cells.len() + others.len() < MOST {
        let Some(next) = held.pop_front().or_else(|| session.next_cell()) else { break };
        if grid.program_key(next) == key {
            cells.push(next);
        } else {
            others.push_back(next);
        }
    }
    others.append(held);
    *held = others;
    cells
}

/// The device that a sweep is to train on, or none for the CPU, and the executor in words without its threads, which
/// change nothing. `Auto` times a wave on both.
pub fn choose(
    choice: BackendChoice,
    workshop: &Workshop,
    threads: usize,
) -> (Result<Option<GpuDevice>, GpuError>, String) {
    let cpu = || format!("cpu {}", InstructionSet::detect().name());
    let on = |device: &GpuDevice| format!("gpu {}", device.adapter.name);
    match choice {
        BackendChoice::Cpu => (Ok(None), cpu()),
        BackendChoice::Gpu => match GpuDevice::open() {
            Ok(device) => {
                let words = on(&device);
                (Ok(Some(device)), words)
            }
            Err(error) => (Err(error), cpu()),
        },
        BackendChoice::Auto => match faster(workshop, threads) {
            Some(device) => {
                let words = on(&device);
                (Ok(Some(device)), words)
            }
            None => (Ok(None), cpu()),
        },
    }
}

/// A device that trains a wave of the first cells faster than the CPU does.
fn faster(workshop: &Workshop, threads: usize) -> Option<GpuDevice> {
    let (adapter, summary) = adapters().into_iter().next()?;
    // The CPU outruns a device that is emulated on it.
    if summary.is_software() {
        return None;
    }
    let device = GpuDevice::open_adapter(&adapter, summary).ok()?;
    let grid = workshop.grid();
    let key = grid.program_key(0);
    let most = workshop.bytes_of(0).map_or(1, |bytes| (MOST_BYTES / bytes.max(1)).clamp(1, MOST));
    let cells: Vec<usize> = (0..grid.cells()).filter(|cell| grid.program_key(*cell) == key).take(most).collect();
    let mut trial = workshop.wave(&cells, threads).ok()?;
    let (on_cpu, on_gpu) = trial.ensemble_mut().executor_mut().compare(device);
    on_gpu.ok().filter(|(rate, _)| *rate > on_cpu).map(|(_, device)| device)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::experiment::from_toml;
    use crate::sweep::{Grid, Order};

    #[test]
    fn cells_of_a_program_train_together_wherever_they_lie_in_the_grid() {
        let text = "[data]\ntrain_examples = 64\nvalidation_examples = 8\n[model]\nhidden = [4]\n[training]\nbatch_size = 8\nsteps = 20\n\
                    [measure]\nwindow = 10\n[sweep]\nx = \"training.batch_size\"\nx_values = [8, 16, 32]\n\
                    y = \"regularizer.weight_decay\"\ny_values = [1e-4, 1e-3, 1e-2, 1e-1]\nseeds = 2\n";
        let experiment = from_toml("test", text).expect("an experiment");
        let grid = Arc::new(Grid::new(&experiment).expect("a grid"));
        for order in [Order::OneByOne, Order::ByTurns] {
            let session = Session::new(&grid, order, |_| true, &[], Arc::new(AtomicBool::new(false)));
            let (mut held, mut waves) = (VecDeque::new(), Vec::new());
            loop {
                let cells = next_wave(&session, &mut held);
                if cells.is_empty() {
                    break;
                }
                let keys: BTreeSet<_> = cells.iter().map(|&cell| grid.program_key(cell)).collect();
                assert_eq!(keys.len(), 1, "cells of one program: {cells:?}");
                waves.push(cells);
            }
            let lengths: Vec<usize> = waves.iter().map(Vec::len).collect();
            assert_eq!(lengths, [8, 8, 8], "three batch sizes, eight cells of each");
            let cells: BTreeSet<usize> = waves.into_iter().flatten().collect();
            assert_eq!(cells.len(), grid.cells(), "each once");
        }
    }
}
