#!/usr/bin/env python3
"""This build beside JAX and PyTorch on one core, by turns, so that a noisy machine treats all alike; Markdown.

usage: benches/compare.py --rate target/release/deps/rate-... [--python PYTHON] [--rounds 7] [--core 1]
PYTHON must have jax and torch. Ratios are taken within each round; medians over the rounds are printed."""
import argparse, pathlib, re, statistics, subprocess

here = pathlib.Path(__file__).parent
arguments = argparse.ArgumentParser()
arguments.add_argument("--rate", required=True)
arguments.add_argument("--python", default="python3")
arguments.add_argument("--rounds", type=int, default=7)
arguments.add_argument("--core", default="1")
options = arguments.parse_args()
pinned = ["taskset", "-c", options.core]
commands = {
    "hebbscope, three cosines": pinned + [options.rate, "three-cosines"],
    "JAX": pinned + [options.python, str(here / "peers/jax_sre.py"), "1", "6"],
    "hebbscope, all columns": pinned + [options.rate, "all-columns"],
    "PyTorch": pinned + [options.python, str(here / "peers/torch_sre.py"), "500"],
    "hebbscope, all columns, weight noise": pinned + [options.rate, "weight-noise"],
    "two replicas, one thread": ["taskset", "-c", "0,1", options.rate, "three-cosines", "2", "1"],
    "two replicas, two threads": ["taskset", "-c", "0,1", options.rate, "three-cosines", "2", "2"],
}
rates = {name: [] for name in commands}
for _ in range(options.rounds):
    for name, command in commands.items():
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rates[name].append(float(re.search(r": (\d+) (?:replica-)?steps/s median", text).group(1)))
print("| what | replica-steps/s, median of rounds | range |\n|---|---|---|")
for name, values in rates.items():
    print(f"| {name} | {statistics.median(values):.0f} | {min(values):.0f} to {max(values):.0f} |")
print("\n| ratio within a round | median | range | wanted |\n|---|---|---|---|")
for above, below, wanted in [
    ("hebbscope, three cosines", "JAX", "1.3"),
    ("hebbscope, three cosines", "PyTorch", "2"),
    ("hebbscope, all columns", "JAX", ""),
    ("hebbscope, all columns, weight noise", "hebbscope, all columns", "0.8"),
    ("two replicas, two threads", "two replicas, one thread", "1.9"),
]:
    ratios = [a / b for a, b in zip(rates[above], rates[below])]
    print(f"| {above} / {below} | {statistics.median(ratios):.2f} | {min(ratios):.2f} to {max(ratios):.2f} | {wanted} |")
