//! Replicas on whichever executor trains them, and their way from one to the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cpu::{CpuExecutor, Measurement, Replica, ReplicaState, Sight};
use super::gpu::{AdapterSummary, GpuDevice, GpuError, GpuExecutor};
use crate::program::{Course, MapViews, Program};

/// Work that is lost with a device at most: what it has trained is copied to the host at least this often.
const SAFE_INTERVAL: Duration = Duration::from_millis(500);

/// Steps of a trial, the first of which is not timed.
const TRIAL: Duration = Duration::from_millis(120);

/// Replicas of one program. They live on the host; where a device trains them, their numbers are copied back when they
/// are asked for, and a device that is lost leaves them to the CPU.
pub struct Executor {
    host: CpuExecutor<f32>,
    device: Option<OnDevice>,
    keep_rows: Option<usize>,
    loss: Option<String>,
}

/// What one executor leaves to the next.
#[derive(Default)]
pub struct Heritage {
    /// The device it trained on.
    pub device: Option<GpuDevice>,
    /// What is to be said of a device that was lost.
    pub loss: Option<String>,
}

struct OnDevice {
    /// The open device while no executor stands on it.
    free: Option<GpuDevice>,
    executor: Option<GpuExecutor>,
    adapter: AdapterSummary,
    /// Whether the device has trained beyond what the host's buffers hold.
    host_is_old: bool,
    /// Whether the host's buffers were changed since the device saw them.
    device_is_old: bool,
    hyper_is_old: bool,
    /// The last state that the host is sure of, of each of its replicas, and when that was.
    safe: Vec<ReplicaState<f32>>,
    safe_since: Instant,
}

impl Executor {
    /// On the CPU, with `threads` workers.
    ///
    /// # Errors
    /// When the system refuses threads.
    pub fn new(
        program: Arc<Program>,
        replicas: Vec<Replica<f32>>,
        threads: usize,
    ) -> Result<Self, rayon::ThreadPoolBuildError> {
        let host = CpuExecutor::new(program, replicas, threads)?;
        Ok(Self { host, device: None, keep_rows: None, loss: None })
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        self.host.program()
    }

    /// The replicas; their steps, losses and divergences are those of now, their buffers those of the last
    /// [`Self::sync`].
    #[must_use]
    pub fn replicas(&self) -> &[Replica<f32>] {
        self.host.replicas()
    }

    /// The replicas, to change hyper-parameters or parameters between steps, as they are now.
    pub fn replicas_mut(&mut self) -> &mut [Replica<f32>] {
        self.sync();
        if let Some(device) = &mut self.device {
            device.device_is_old = true;
        }
        self.host.replicas_mut()
    }

    /// As [`CpuExecutor::look`], at the replica as it is now.
    ///
    /// # Errors
    /// As there.
    pub fn look<E: Send>(
        &mut self,
        place: usize,
        with_noise: bool,
        f: impl FnMut(Sight<'_, f32>, &MapViews) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        self.sync();
        self.host.look(place, with_noise, f)
    }

    /// As [`CpuExecutor::survey`], of the replica as it is now.
    ///
    /// # Errors
    /// As there.
    pub fn survey<E: Send>(
        &mut self,
        place: usize,
        cursor: u64,
        batches: u64,
        f: impl FnMut(&Replica<f32>, &MapViews) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        self.sync();
        self.host.survey(place, cursor, batches, f)
    }

    /// Sets the hyper-parameters of a replica, by its place, and those of them that follow a schedule.
    pub fn set_hyper(&mut self, place: usize, values: &[f64], courses: &[Course]) {
        // What is lost with a device is repeated under the same settings.
        self.sync();
        if let Some(replica) = self.host.replicas_mut().get_mut(place) {
            replica.set_hyper(values, courses);
        }
        if let Some(device) = &mut self.device {
            device.hyper_is_old = true;
        }
    }

    /// Takes the replicas out, as they are now, to carry them over to another program; and what their next executor
    /// goes on with.
    #[must_use]
    pub fn into_parts(mut self) -> (Vec<Replica<f32>>, Heritage) {
        self.sync();
        let heritage = Heritage { device: self.device.take().and_then(OnDevice::into_device), loss: self.loss.take() };
        (self.host.into_replicas(), heritage)
    }

    /// What the next executor goes on with, where the replicas are not wanted any longer.
    #[must_use]
    pub fn into_heritage(mut self) -> Heritage {
        Heritage { device: self.device.take().and_then(OnDevice::into_device), loss: self.loss.take() }
    }

    /// Keeps the replicas at the places that `keep` is true of.
    pub fn retain(&mut self, keep: impl FnMut(usize) -> bool) {
        self.step_off();
        self.host.retain(keep);
    }

    /// Adds replicas of the same program after the others, and uses up to `threads` workers for all of them.
    ///
    /// # Errors
    /// When the system refuses threads; nothing is added then.
    pub fn extend(&mut self, more: Vec<Replica<f32>>, threads: usize) -> Result<(), rayon::ThreadPoolBuildError> {
        self.step_off();
        self.host.extend(more, threads)
    }

    /// Workers on the CPU.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.host.threads()
    }

    /// The adapter that trains; `None` on the CPU.
    #[must_use]
    pub fn adapter(&self) -> Option<&AdapterSummary> {
        self.device.as_ref().map(|device| &device.adapter)
    }

    /// The device that trains, if one does.
    #[must_use]
    pub fn device(&self) -> Option<&GpuDevice> {
        let device = self.device.as_ref()?;
        device.executor.as_ref().map(GpuExecutor::device).or(device.free.as_ref())
    }

    /// Waves that the replicas train in, where they do not fit into one piece of the device's memory; 1 otherwise.
    #[must_use]
    pub fn waves(&self) -> usize {
        self.device.as_ref().and_then(|device| device.executor.as_ref()).map_or(1, GpuExecutor::waves)
    }

    /// Whether those waves are moved in and out of the device's memory, which does not hold all of them.
    #[must_use]
    pub fn takes_turns(&self) -> bool {
        self.device.as_ref().and_then(|device| device.executor.as_ref()).is_some_and(GpuExecutor::takes_turns)
    }

    /// As [`CpuExecutor::keep_rows`].
    pub fn keep_rows(&mut self, replica: Option<usize>) {
        self.host.keep_rows(replica);
        if self.keep_rows != replica {
            self.keep_rows = replica;
            self.step_off();
        }
    }

    /// Whether any replica still trains.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.host.is_alive()
    }

    /// Calls `f` for the measured steps of the last [`Self::advance`], step by step and replica by replica.
    pub fn for_each_measurement(&self, f: impl FnMut(Measurement<'_, f32>)) {
        self.host.for_each_measurement(f);
    }

    /// Trains on `device` from now on.
    ///
    /// # Errors
    /// When the device cannot take the program and its replicas; the CPU goes on then.
    pub fn use_device(&mut self, device: GpuDevice) -> Result<(), GpuError> {
        self.use_cpu();
        let adapter = device.adapter.clone();
        let program = Arc::clone(self.host.program());
        let executor = GpuExecutor::new(device, program, self.host.replicas(), self.keep_rows)?;
        self.device = Some(OnDevice {
            free: None,
            executor: Some(executor),
            adapter,
            host_is_old: false,
            device_is_old: false,
            hyper_is_old: false,
            safe: self.states(),
            safe_since: Instant::now(),
        });
        Ok(())
    }

    /// Trains on the CPU from now on.
    pub fn use_cpu(&mut self) {
        self.sync();
        self.device = None;
    }

    /// What was said of a device that was lost, once.
    pub fn take_loss(&mut self) -> Option<String> {
        self.loss.take()
    }

    /// Brings the host's buffers to where training is.
    pub fn sync(&mut self) {
        let Some(device) = self.device.as_mut().filter(|device| device.host_is_old) else { return };
        let Some(executor) = &device.executor else { return };
        match executor.download(self.host.replicas_mut()) {
            Ok(()) => {
                device.host_is_old = false;
                self.mark_safe();
            }
            Err(error) => self.fall_back(&error),
        }
    }

    fn states(&self) -> Vec<ReplicaState<f32>> {
        let program = self.host.program();
        self.host.replicas().iter().map(|replica| replica.state(program)).collect()
    }

    fn mark_safe(&mut self) {
        let states = self.states();
        if let Some(device) = &mut self.device {
            device.safe = states;
            device.safe_since = Instant::now();
        }
    }

    /// Leaves the device's arrays, which do not fit any longer; the next step makes new ones.
    fn step_off(&mut self) {
        self.sync();
        if let Some(device) = &mut self.device {
            device.free = device.executor.take().map(GpuExecutor::into_device).or(device.free.take());
        }
    }

    /// Gives up the device, and repeats on the CPU what was trained there since the last safe state.
    fn fall_back(&mut self, error: &GpuError) {
        let Some(device) = self.device.take() else { return };
        let now: Vec<u64> = self.host.replicas().iter().map(Replica::step).collect();
        let program = Arc::clone(self.host.program());
        let (mut recorded, mut recorded_numbers) = (Vec::new(), Vec::new());
        for (replica, state) in self.host.replicas_mut().iter_mut().zip(&device.safe) {
            // Measurements that nobody has fetched yet are those of the steps that are repeated.
            recorded.push([&mut replica.recorded_rows, &mut replica.recorded_forces].map(std::mem::take));
            recorded_numbers.push(std::mem::take(&mut replica.recorded));
            replica.restore(&program, state);
        }
        let safe = self.host.replicas().iter().filter(|r| r.divergence().is_none()).map(Replica::step).min();
        let again = safe.map_or(0, |safe| now.iter().copied().max().unwrap_or(safe).saturating_sub(safe));
        self.host.advance(again);
        for ((replica, numbers), [rows, forces]) in
            self.host.replicas_mut().iter_mut().zip(recorded_numbers).zip(recorded)
        {
            (replica.recorded, replica.recorded_rows, replica.recorded_forces) = (numbers, rows, forces);
        }
        self.loss = Some(format!("{error}. The CPU goes on; {again} steps were repeated and nothing was lost."));
    }

    /// Trains every replica that has not diverged for `steps` steps.
    pub fn advance(&mut self, steps: u64) {
        if self.device.is_some() {
            if let Err(error) = self.advance_on_device(steps) {
                self.fall_back(&error);
            } else {
                return;
            }
        }
        self.host.advance(steps);
    }

    fn advance_on_device(&mut self, steps: u64) -> Result<(), GpuError> {
        if self.device.as_ref().is_some_and(|device| device.device_is_old || device.executor.is_none()) {
            // Before the device sees them: should it be gone, the replicas are what the host has made of them.
            self.mark_safe();
        }
        let Some(device) = &mut self.device else { return Ok(()) };
        if device.executor.is_none() {
            let Some(free) = device.free.take() else { return Ok(()) };
            let program = Arc::clone(self.host.program());
            device.executor = Some(GpuExecutor::new(free, program, self.host.replicas(), self.keep_rows)?);
            (device.device_is_old, device.hyper_is_old) = (false, false);
        }
        let OnDevice { executor: Some(executor), device_is_old, hyper_is_old, host_is_old, safe_since, .. } = device
        else {
            return Ok(());
        };
        if *device_is_old {
            executor.upload(self.host.replicas())?;
        } else if *hyper_is_old {
            executor.upload_hyper(self.host.replicas());
        }
        (*device_is_old, *hyper_is_old) = (false, false);
        let before: Vec<bool> = self.host.replicas().iter().map(|r| r.divergence().is_some()).collect();
        executor.advance(self.host.replicas_mut(), steps)?;
        *host_is_old = true;
        let is_due = safe_since.elapsed() >= SAFE_INTERVAL;
        let is_news = self.host.replicas().iter().zip(&before).any(|(r, before)| r.divergence().is_some() != *before);
        if is_due || is_news {
            self.sync();
        }
        let program = Arc::clone(self.host.program());
        for (replica, _) in self.host.replicas_mut().iter_mut().zip(before).filter(|(_, before)| !before) {
            replica.name_divergence(&program);
        }
        Ok(())
    }

    /// Loss and accuracy on the validation set of every replica; `None` for one that has diverged.
    pub fn evaluate(&mut self) -> Vec<Option<(f64, f64)>> {
        let on_device = match &mut self.device {
            Some(OnDevice { executor: Some(executor), device_is_old: false, .. }) => {
                Some(executor.evaluate(self.host.replicas()))
            }
            _ => None,
        };
        match on_device {
            Some(Ok(results)) => results,
            Some(Err(error)) => {
                self.fall_back(&error);
                self.host.evaluate()
            }
            None => self.host.evaluate(),
        }
    }

    /// Steps a second of all replicas together on the CPU and, if `device` can take them, there; the replicas are left
    /// as they are.
    ///
    /// # Errors
    /// When the device cannot take them.
    pub fn compare(&mut self, device: GpuDevice) -> (f64, Result<(f64, GpuDevice), GpuError>) {
        self.use_cpu();
        let program = Arc::clone(self.host.program());
        let states = self.states();
        let restore = |host: &mut CpuExecutor<f32>| {
            for (replica, state) in host.replicas_mut().iter_mut().zip(&states) {
                replica.restore(&program, state);
            }
        };
        let count = self.host.replicas().len() as f64;
        let on_cpu = count
            * rate(|steps| {
                self.host.advance(steps);
                Ok::<(), GpuError>(())
            })
            .unwrap_or(0.0);
        restore(&mut self.host);
        let made = GpuExecutor::new(device, Arc::clone(&program), self.host.replicas(), self.keep_rows);
        let on_gpu = made.and_then(|mut executor| {
            let rate = rate(|steps| executor.advance(self.host.replicas_mut(), steps))?;
            Ok((count * rate, executor.into_device()))
        });
        restore(&mut self.host);
        (on_cpu, on_gpu)
    }
}

impl OnDevice {
    fn into_device(self) -> Option<GpuDevice> {
        self.executor.map(GpuExecutor::into_device).or(self.free)
    }
}

/// Steps a second of what `advance` does.
fn rate<E>(mut advance: impl FnMut(u64) -> Result<(), E>) -> Result<f64, E> {
    // Caches, clocks and compiled kernels settle.
    advance(1)?;
    let began = Instant::now();
    let (mut done, mut chunk) = (0, 1);
    while began.elapsed() < TRIAL {
        advance(chunk)?;
        done += chunk;
        chunk = (2 * chunk).min(512);
    }
    Ok(done as f64 / began.elapsed().as_secs_f64())
}
