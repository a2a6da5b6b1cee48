#!/usr/bin/env python3
"""This build, JAX's vmap and PyTorch's CUDA graphs on the same graphics processor, by turns; Markdown.

usage: benches/gpu.py --bench target/release/deps/gpu-... [--python PYTHON] [--rounds 3]
PYTHON must have jax[cuda] and torch (both from PyPI). All train the SRE with three cosines of every layer every step in full
float32; this build measures all columns. Medians over rounds are printed; ratios are taken within each round."""
import argparse, os, pathlib, re, statistics, subprocess

here = pathlib.Path(__file__).parent
arguments = argparse.ArgumentParser()
arguments.add_argument("--bench", required=True)
arguments.add_argument("--python", default="python3")
arguments.add_argument("--rounds", type=int, default=3)
options = arguments.parse_args()
counts = [1, 16, 64, 400]
environment = {**os.environ, "JAX_DEFAULT_MATMUL_PRECISION": "highest"}


def text(command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def own():
    """Replica-steps a second by number of replicas, from the bench's first table."""
    row = re.compile(r"^\s*(\d+)\s+[\d.]+\s+(\d+)\s+[\d.]+\s*$", re.M)
    return {int(replicas): float(rate) for replicas, rate in row.findall(text([options.bench, "--bench"]))}


def peer(script):
    number = re.compile(r": (\d+) replica-steps/s median")
    rates = {}
    for count in counts:
        output = text([options.python, str(here / "peers" / script), str(count), "8"])
        rates[count] = float(number.search(output).group(1))
    return rates


measures = {"this build": own, "JAX, vmap": lambda: peer("jax_sre.py"), "PyTorch, CUDA graph": lambda: peer("torch_sre_gpu.py")}
rounds = [{name: measure() for name, measure in measures.items()} for _ in range(options.rounds)]
print("| replicas | " + " | ".join(measures) + " | this build / the faster peer |")
print("|---|" + "---|" * (len(measures) + 1))
for count in counts:
    seen = [[one[name].get(count) for name in measures] for one in rounds]
    if any(None in rates for rates in seen):
        continue
    medians = [statistics.median(values) for values in zip(*seen)]
    ratio = statistics.median(rates[0] / max(rates[1:]) for rates in seen)
    print(f"| {count} | " + " | ".join(f"{value:.0f}" for value in medians) + f" | {ratio:.2f} |")
