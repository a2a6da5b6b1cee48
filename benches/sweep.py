#!/usr/bin/env python3
"""A sweep beside the single replica of this build, JAX's vmap and PyTorch in a loop, on the same cores and by turns, so that
a noisy machine treats all alike; Markdown.

usage: benches/sweep.py --sweep target/release/deps/sweep-... --rate target/release/deps/rate-... [--python PYTHON]
       [--rounds 5] [--cores 0,1]
PYTHON must have jax and torch (both from PyPI); without it only this build is measured. Peers run one process a core, as
each of them would be used, and their rates are added. Ratios are taken within each round; medians are printed."""
import argparse, pathlib, re, statistics, subprocess

here = pathlib.Path(__file__).parent
arguments = argparse.ArgumentParser()
arguments.add_argument("--sweep", required=True)
arguments.add_argument("--rate", required=True)
arguments.add_argument("--python")
arguments.add_argument("--rounds", type=int, default=5)
arguments.add_argument("--cores", default="0,1")
arguments.add_argument("--steps", default="1500")
options = arguments.parse_args()
cores = options.cores.split(",")
together = ["taskset", "-c", options.cores]
number = re.compile(r": (\d+) (?:replica-)?steps/s median")


def rate(command):
    return float(number.search(subprocess.run(command, check=True, capture_output=True, text=True).stdout).group(1))


def one_a_core(command):
    """The sum over cores of a command that runs on each of them at once."""
    started = [subprocess.Popen(["taskset", "-c", core] + command, stdout=subprocess.PIPE, text=True) for core in cores]
    return sum(float(number.search(process.communicate()[0]).group(1)) for process in started)


sweep = [options.sweep, str(len(cores)), str(4 * len(cores)), options.steps]
measures = {
    "one replica, one core": lambda: rate(["taskset", "-c", cores[-1], options.rate, "three-cosines"]),
    "one replica on each core": lambda: one_a_core([options.rate, "three-cosines"]),
    "sweep": lambda: rate(together + sweep + ["0"]),
    "sweep with weight noise": lambda: rate(together + sweep + ["1e-3"]),
}
if options.python:
    measures["JAX, vmap of 16 on each core"] = lambda: one_a_core([options.python, str(here / "peers/jax_sre.py"), "16", "4"])
    measures["PyTorch, a loop on each core"] = lambda: one_a_core([options.python, str(here / "peers/torch_sre.py"), "500"])
rates = {name: [] for name in measures}
for _ in range(options.rounds):
    for name, measure in measures.items():
        rates[name].append(measure())
print("| what | replica-steps/s, median of rounds | range |\n|---|---|---|")
for name, values in rates.items():
    print(f"| {name} | {statistics.median(values):.0f} | {min(values):.0f} to {max(values):.0f} |")
print("\n| ratio within a round | median | range | wanted |\n|---|---|---|---|")
single = [len(cores) * value for value in rates["one replica, one core"]]
rows = [(f"sweep / ({len(cores)} x one replica, one core)", rates["sweep"], single, "0.95"),
        ("sweep / one replica on each core", rates["sweep"], rates["one replica on each core"], "")]
peers = [name for name in rates if name.startswith(("JAX", "PyTorch"))]
rows += [(f"sweep / {name}", rates["sweep"], rates[name], "") for name in peers]
if peers:
    faster = [max(values) for values in zip(*(rates[name] for name in peers))]
    rows.append(("sweep / the faster peer", rates["sweep"], faster, "1.4"))
for name, above, below, wanted in rows:
    ratios = [a / b for a, b in zip(above, below)]
    print(f"| {name} | {statistics.median(ratios):.2f} | {min(ratios):.2f} to {max(ratios):.2f} | {wanted} |")
