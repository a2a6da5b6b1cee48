//! `hebbscope verify`.

use hebbscope::backend::gpu::GpuDevice;
use hebbscope::verify::{Deviations, Golden, replay, replay_on};

use super::exit::{FAILED, REFUSED};
use super::print::{remark, say};
use super::{Backend, Precision, VerifyArgs};

/// Replays every file; 1 where a tolerance is exceeded, 2 where a file cannot be replayed.
pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<u8> {
    let mut device = match (args.backend, args.precision) {
        (Backend::Gpu, Some(Precision::F64)) => {
            remark!(
                "error: --precision f64: a graphics processor computes in f32; leave out --precision or --backend gpu"
            );
            return Ok(REFUSED);
        }
        (Backend::Gpu, _) => match GpuDevice::open() {
            Ok(device) => Some(device),
            Err(error) => {
                remark!("error: --backend gpu: {error}");
                return Ok(REFUSED);
            }
        },
        (Backend::Auto | Backend::Cpu, _) => None,
    };
    let precision = args.precision.unwrap_or(if device.is_some() { Precision::F32 } else { Precision::F64 });
    let (name, tolerance) = match precision {
        Precision::F64 => ("f64", 1e-9),
        Precision::F32 => ("f32", 1e-4),
    };
    let on = device.as_ref().map_or_else(String::new, |device| format!(" on {}", device.adapter.name));
    let width = args.files.iter().map(|f| file_name(f).len()).max().unwrap_or(4).max(4);
    let mut has_header = false;
    let mut code = 0;
    for file in &args.files {
        let outcome = Golden::read(file).map_err(|e| e.to_string()).and_then(|golden| {
            let replayed = match (precision, args.backend) {
                (_, Backend::Gpu) => on_device(&golden, &mut device),
                (Precision::F64, _) => replay::<f64>(&golden),
                (Precision::F32, _) => replay::<f32>(&golden),
            };
            replayed.map_err(|message| format!("{}: {message}", file.display()))
        });
        match outcome {
            Ok(Deviations { loss, cosines, norms, weights }) => {
                // With the first result, so that a file that cannot be read leaves no empty table.
                if !std::mem::replace(&mut has_header, true) {
                    say!("{name}{on}, largest deviation allowed {tolerance:e}");
                    say!("{:width$}  {:>9}  {:>9}  {:>9}  {:>9}", "file", "loss", "cosines", "norms", "weights");
                }
                let worst = Deviations { loss, cosines, norms, weights }.largest();
                let passed = worst <= tolerance;
                let verdict = if passed { "ok" } else { "EXCEEDED" };
                let name = file_name(file);
                say!("{name:width$}  {loss:9.2e}  {cosines:9.2e}  {norms:9.2e}  {weights:9.2e}  {verdict}");
                if !passed {
                    code = code.max(FAILED);
                }
            }
            Err(message) => {
                remark!("error: {message}");
                code = REFUSED;
            }
        }
    }
    Ok(code)
}

/// Opens another device where the last one was lost.
fn on_device(golden: &Golden, device: &mut Option<GpuDevice>) -> Result<Deviations, String> {
    let open = match device.take() {
        Some(open) => open,
        None => GpuDevice::open().map_err(|error| error.to_string())?,
    };
    let (result, back) = replay_on(golden, open);
    *device = back;
    result
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}
