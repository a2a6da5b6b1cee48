//! Which executor trains a run: the CPU, a graphics processor, or the faster of the two.

use std::sync::Arc;

use super::memory;
use super::messages::Event;
use super::publish::{Rate, describe_backend};
use super::run::Run;
use super::worker::Worker;
use crate::backend::gpu::{GpuDevice, GpuError, adapters};
use crate::backend::{Executor, Heritage};
use crate::record::Intervention;

/// The executor that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackendChoice {
    /// Whichever is faster for this experiment; software adapters are not tried.
    Auto,
    /// The CPU.
    #[default]
    Cpu,
    /// The default graphics adapter.
    Gpu,
}

/// Name of the CPU among executors.
pub(super) const CPU: &str = "cpu";

impl Worker<'_> {
    /// Lets the chosen executor train this run and every later one.
    pub(super) fn use_backend(&mut self, choice: BackendChoice) {
        self.backend = choice;
        if let Some(before) = self.run.as_ref().map(Run::backend_name) {
            self.take_executor(before);
        }
    }

    /// Lets the executor that was chosen train a run whose last step ran on `before`.
    pub(super) fn take_executor(&mut self, before: &'static str) {
        let Some(run) = &mut self.run else { return };
        let outcome = run.use_backend_after(self.backend, before);
        self.chunk = 1;
        self.rate = Rate::new();
        self.publish();
        match outcome {
            Ok(text) => self.send(Event::Backend(text)),
            Err(error) => {
                self.backend = BackendChoice::Cpu;
                self.send(Event::Notice(format!("{error}. The CPU goes on.")));
            }
        }
    }
}

impl Run {
    /// Lets the chosen executor train from the next step on; what was chosen and why, in words.
    ///
    /// # Errors
    /// When a graphics processor is asked for and cannot be used; the run stays where it is.
    pub fn use_backend(&mut self, choice: BackendChoice) -> Result<String, GpuError> {
        self.use_backend_after(choice, self.backend_name())
    }

    /// As [`Self::use_backend`], of a run whose last step ran on `before`.
    pub(super) fn use_backend_after(&mut self, choice: BackendChoice, before: &str) -> Result<String, GpuError> {
        let said = match choice {
            BackendChoice::Cpu => {
                self.executor.use_cpu();
                self.describe_backend()
            }
            BackendChoice::Gpu => {
                let device = GpuDevice::open()?;
                memory::check_copies(self.executor.program(), self.executor.replicas().len())?;
                self.executor.use_device(device)?;
                self.describe_backend()
            }
            BackendChoice::Auto => self.use_faster(),
        };
        self.take_twin_along();
        self.record_backend(before);
        Ok(said)
    }

    /// Gives a device up without a word, as it is not to train for now.
    pub(super) fn rest_on_cpu(&mut self) {
        self.executor.use_cpu();
        if let Some(apart) = &mut self.apart {
            apart.use_cpu();
        }
    }

    /// Lets a twin that has its own executor train where the run does.
    fn take_twin_along(&mut self) {
        let is_on_device = self.executor.adapter().is_some();
        if self.apart.as_ref().is_none_or(|apart| apart.adapter().is_some() == is_on_device) {
            return;
        }
        let heritage = if is_on_device { self.device_for_twin() } else { Heritage::default() };
        let Some(apart) = &mut self.apart else { return };
        apart.use_cpu();
        let said = stand_on(apart, heritage);
        self.loss = said.or(self.loss.take());
    }

    pub(super) fn backend_name(&self) -> &'static str {
        if self.executor.adapter().is_some() { "gpu" } else { CPU }
    }

    /// Records a change of the executor on the way: the last digits of what follows depend on it.
    fn record_backend(&mut self, before: &str) {
        let now = self.backend_name();
        if self.step == 0 || now == before {
            return;
        }
        let made = Intervention {
            step: self.step,
            field: Intervention::BACKEND.into(),
            old: before.into(),
            new: now.into(),
            target: None,
        };
        if let Some(twin) = &mut self.twin {
            Arc::make_mut(&mut twin.interventions).push(made.clone());
        }
        Arc::make_mut(&mut self.interventions).push(made);
    }

    /// Replica-steps a second on the CPU and on a device; the run goes on on the CPU, where it was.
    ///
    /// # Errors
    /// In the second place, when the device cannot train this run.
    pub fn compare_with(&mut self, device: GpuDevice) -> (f64, Result<f64, GpuError>) {
        let (on_cpu, on_gpu) = self.executor.compare(device);
        (on_cpu, on_gpu.map(|(rate, _)| rate))
    }

    fn use_faster(&mut self) -> String {
        self.executor.use_cpu();
        let Some((adapter, summary)) = adapters().into_iter().next() else {
            return format!("{}: {}", self.describe_backend(), GpuError::NoAdapter);
        };
        if summary.is_software() {
            return format!("{}: {} is software, which the CPU outruns", self.describe_backend(), summary.name);
        }
        let device = match GpuDevice::open_adapter(&adapter, summary) {
            Ok(device) => device,
            Err(error) => return format!("{}: {error}", self.describe_backend()),
        };
        let name = device.adapter.name.clone();
        let (on_cpu, on_gpu) = self.executor.compare(device);
        let measured = |gpu: f64| format!("{gpu:.0} replica-steps/s on {name}, {on_cpu:.0} on the CPU");
        match on_gpu {
            Ok((rate, device)) if rate > on_cpu => match self.executor.use_device(device) {
                Ok(()) => format!("{}: {}", self.describe_backend(), measured(rate)),
                Err(error) => format!("{}: {error}", self.describe_backend()),
            },
            Ok((rate, _)) => format!("{}: {}", self.describe_backend(), measured(rate)),
            Err(error) => format!("{}: {error}", self.describe_backend()),
        }
    }

    /// Stands on the device that carried the executor before; one that cannot take the new one leaves it to the CPU.
    pub(super) fn inherit(&mut self, heritage: Heritage) {
        let said = stand_on(&mut self.executor, heritage);
        self.loss = said.or(self.loss.take());
    }

    /// What was said of a graphics processor that was lost, once.
    pub fn take_loss(&mut self) -> Option<String> {
        let said = self.executor.take_loss().or_else(|| self.loss.take());
        if said.is_some() {
            self.record_backend("gpu");
        }
        said.or_else(|| self.apart.as_mut().and_then(Executor::take_loss))
    }

    /// Executor and processor in words.
    #[must_use]
    pub fn describe_backend(&self) -> String {
        let Some(adapter) = self.executor.adapter() else { return describe_backend(self.threads()) };
        let waves = match self.executor.waves() {
            1 => String::new(),
            waves if self.executor.takes_turns() => {
                format!(", in {waves} waves that take turns in its memory, which does not hold all seeds at once")
            }
            waves => format!(", in {waves} waves"),
        };
        format!("GPU, f32, {} ({}, {}){waves}", adapter.name, adapter.backend, adapter.kind)
    }
}

/// Lets an executor stand on the device that carried another; what is to be said of one that was lost or cannot take it.
pub(super) fn stand_on(executor: &mut Executor, heritage: Heritage) -> Option<String> {
    let Heritage { device, loss } = heritage;
    let refused = device.and_then(|device| executor.use_device(device).err());
    loss.or(refused.map(|error| format!("{error}. The CPU goes on.")))
}

/// Whether an adapter of this machine is more than software.
#[must_use]
pub fn has_graphics_processor() -> bool {
    adapters().iter().any(|(_, summary)| !summary.is_software() && summary.kind != "other")
}
