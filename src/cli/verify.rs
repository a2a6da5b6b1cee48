//! `hebbscope verify`.

use hebbscope::verify::{Deviations, Golden, replay};

use super::exit::{FAILED, REFUSED};
use super::print::{remark, say};
use super::{Precision, VerifyArgs};

/// Replays every file; 1 where a tolerance is exceeded, 2 where a file cannot be replayed.
pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<u8> {
    let (name, tolerance) = match args.precision {
        Precision::F64 => ("f64", 1e-9),
        Precision::F32 => ("f32", 1e-4),
    };
    let width = args.files.iter().map(|f| file_name(f).len()).max().unwrap_or(4).max(4);
    let mut has_header = false;
    let mut code = 0;
    for file in &args.files {
        let outcome = Golden::read(file).map_err(|e| e.to_string()).and_then(|golden| {
            let replayed = match args.precision {
                Precision::F64 => replay::<f64>(&golden),
                Precision::F32 => replay::<f32>(&golden),
            };
            replayed.map_err(|message| format!("{}: {message}", file.display()))
        });
        match outcome {
            Ok(Deviations { loss, cosines, norms, weights }) => {
                // With the first result, so that a file that cannot be read leaves no empty table.
                if !std::mem::replace(&mut has_header, true) {
                    say!("{name}, largest deviation allowed {tolerance:e}");
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

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}
