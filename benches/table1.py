#!/usr/bin/env python3
"""Table 1, regression MLP: this build beside the reference simulation beside the paper, as Markdown.

usage: benches/table1.py [--binary PATH] [--seeds N] [--rows SGD,Adam,...]
Welch's z = |difference| / sqrt(s1^2/n1 + s2^2/n2); cells agree where the difference is below 3 standard errors plus a
floor of 0.01 and the rounding of the printed figures (the reference has n = 2 to 5, and keeps a last partial batch)."""
import argparse, json, math, subprocess, tempfile

DECAYS = ["0", "5e-5", "5e-4", "5e-3"]
# row: (title, preset, settings, layer, reference (mean, sd, n) by decay, paper by decay)
ROWS = {
    "SGD": ("SGD layer 2, lr 0.1", "sre", [], 2,
            [(-0.026, .002, 5), (-0.004, .002, 5), (0.323, .011, 5), (0.969, .013, 5)], ["-0.10", "-0.06", "0.17", "0.59"]),
    "SGD1": ("SGD layer 1, lr 0.1", "sre", [], 1,
             [(-0.201, .004, 5), (-0.176, .004, 5), (0.146, .005, 5), (0.822, .003, 5)], ["", "", "", ""]),
    "Adam": ("Adam layer 2, lr 0.003", "sre-adam", [], 2,
             [(-0.017, .001, 3), (0.103, .002, 3), (0.675, .004, 3), (0.997, .005, 3)], ["-0.02", "0.10", "0.66", "collapsed"]),
    "DFA": ("DFA layer 1, lr 0.1, clip 5", "sre-dfa", [], 1,
            [(-0.009, .004, 3), (0.000, .005, 3), (0.131, .010, 3), (0.946, .000, 3)], ["0.45", "0.45", "0.68", "0.87"]),
    "DFA0": ("DFA layer 1, student zero-initialised", "sre-dfa", ["model.init=zeros"], 1,
             [(0.241, .012, 3), (0.265, .011, 3), (0.480, .007, 3), (0.978, .000, 3)], ["0.45", "0.45", "0.68", "0.87"]),
    "RandomNN": ("RandomNN layer 1, lr 0.1", "sre-random-nn", [], 1,
                 [(0.000, .000, 3), (0.004, .008, 3), (0.050, .011, 3), (0.472, .009, 3)], ["0.00", "0.00", "0.05", "0.50"]),
    "RandomNN2": ("RandomNN layer 2, lr 0.1", "sre-random-nn", [], 2,
                  [(-0.002, .004, 3), (0.006, .005, 3), (0.025, .007, 3), (0.269, .007, 3)], ["", "", "", ""]),
}
arguments = argparse.ArgumentParser()
arguments.add_argument("--binary", default="target/release/hebbscope")
arguments.add_argument("--seeds", type=int, default=10)
arguments.add_argument("--rows", default=",".join(ROWS))
options = arguments.parse_args()

done = {}
def run(preset, settings, decay):
    key = (preset, tuple(settings), decay)
    if key not in done:
        with tempfile.TemporaryDirectory() as folder:
            out = folder + "/run"
            command = [options.binary, "train", preset, "--seeds", str(options.seeds), "--out", out]
            for setting in settings + [f"regularizer.weight_decay={decay}", "measure.neurons=false", "measure.validate_every=0"]:
                command += ["--set", setting]
            subprocess.run(command, check=True, capture_output=True)
            done[key] = json.load(open(out + "/summary.json"))
    return done[key]

print("| row | decay | this build (n) | reference (n) | difference | z | allowed | agrees | paper |")
print("|---|---|---|---|---|---|---|---|---|")
apart = 0
for name in options.rows.split(","):
    title, preset, settings, layer, reference, paper = ROWS[name]
    for decay, (mean, sd, n), printed in zip(DECAYS, reference, paper):
        summary = run(preset, settings, decay)
        cell = next(l for l in summary["layers"] if l["layer"] == layer)
        found = cell["signal"]
        values = [v for v in found["per_seed"] if v is not None]
        if not values:
            print(f"| {title} | {decay} | undefined | {mean:.3f} ± {sd:.3f} ({n}) | | | | no | {printed} |"); apart += 1; continue
        error = math.sqrt((found["sd"] or 0) ** 2 / len(values) + sd ** 2 / n)
        difference = found["mean"] - mean
        allowed = 3 * error + 0.01 + 0.0005
        z = abs(difference) / error if error > 0 else float("inf") if difference else 0.0
        agrees = abs(difference) <= allowed
        apart += not agrees
        collapsed = f", {len(cell['collapsed_seeds'])} collapsed" if cell["collapsed"] else ""
        print(f"| {title} | {decay} | {found['mean']:.3f} ± {found['sd'] or 0:.3f} ({len(values)}{collapsed}) | "
              f"{mean:.3f} ± {sd:.3f} ({n}) | {difference:+.3f} | {z:.1f} | {allowed:.3f} | {'yes' if agrees else 'NO'} | {printed} |", flush=True)
print(f"\n{apart} cells apart")
