//! A batch script for Slurm: an array of shards and a merge after it.

use std::path::Path;

use super::grid::Grid;

/// The script that trains a sweep as an array of shards, each of which takes up what is there already, and that submits
/// itself and the merge after it when it is run by hand.
///
/// The merge waits for the end of the array whichever way it ended (`afterany`): after a task that was put back into the
/// queue, `afterok` is never met although all have completed. The merge checks that every cell is there.
#[must_use]
pub fn sbatch(grid: &Grid, program: &Path, experiment: &str, out: &Path, shards: usize, threads: usize) -> String {
    let [program, out] = [program, out].map(|path| quoted(&path.display().to_string()));
    let experiment = quoted(experiment);
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
    let name: String = grid.experiment().name.chars().map(|c| if is_plain(&c) { c } else { '-' }).collect();
    let last = shards - 1;
    let cells = grid.cells();
    format!(
        r#"#!/bin/bash
# {cells} cells in {shards} shards, then a merge that checks them.
# Submit with: bash sweep.sbatch [options of sbatch, such as --partition or --time]
#SBATCH --job-name={name}
#SBATCH --array=0-{last}
#SBATCH --cpus-per-task={threads}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=sweep-%A_%a.log
set -u
hebbscope=${{HEBBSCOPE:-{program}}}
experiment={experiment}
out={out}

if [ -z "${{SLURM_JOB_ID:-}}" ]; then
    set -e
    array=$(sbatch --parsable "$@" "$0")
    array=${{array%%;*}}
    # afterany: afterok is never met once a task was put back into the queue. The merge names what is missing.
    merge=$(sbatch --parsable "$@" --dependency="afterany:$array" --job-name={name}-merge --cpus-per-task=1 \
        --output=sweep-%j-merge.log --open-mode=append --wrap="$(printf '%q sweep merge %q' "$hebbscope" "$out")")
    echo "array $array, merge ${{merge%%;*}}; progress: $(printf '%q sweep status %q' "$hebbscope" "$out")"
    exit 0
fi

task=${{SLURM_ARRAY_TASK_ID:?submit with: bash sweep.sbatch}}
# What lies in the folder already is not trained again: a task that is killed, put back or run twice does no harm.
status=0
"$hebbscope" sweep "$experiment" --out "$out" --shard "$task/{shards}" --resume \
    --threads "${{SLURM_CPUS_PER_TASK:-{threads}}}" --backend cpu || status=$?
# Killed, as when memory ran short beside another job: once more, but not for ever.
if [ "$status" -gt 128 ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt 5 ]; then
    scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$task" && sleep 60
fi
exit "$status"
"#
    )
}

/// One word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
