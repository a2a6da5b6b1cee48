#!/usr/bin/env python3
"""Wide and deep networks beside JAX and PyTorch by turns, so that a noisy machine treats all alike; Markdown.

usage: benches/wide.py --release target/release/deps [--python PYTHON] [--rounds 3] [--seconds 3] [--what widths,large,models]
PYTHON must have jax and torch. All measure the loss and the cosine of gradient and Hebbian update of every map at every
step. Ratios are taken within each round; medians over the rounds are printed."""
import argparse, glob, os, pathlib, re, statistics, subprocess

peers = pathlib.Path(__file__).parent / "peers"
arguments = argparse.ArgumentParser()
arguments.add_argument("--release", required=True)
arguments.add_argument("--python", default="python3")
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--seconds", default="3")
arguments.add_argument("--what", default="widths,large,models")
arguments.add_argument("--threads", default="1,2")
options = arguments.parse_args()


def program(name):
    found = [path for path in glob.glob(f"{options.release}/{name}-*") if os.access(path, os.X_OK) and "." not in path]
    return max(found, key=os.path.getmtime)


def rate(command, threads):
    cores = ",".join(str(core) for core in range(threads))
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), JAX_PLATFORMS="cpu")
    done = subprocess.run(["taskset", "-c", cores, *command], capture_output=True, text=True, env=environment)
    found = re.search(r": ([\d.]+) steps/s", done.stdout)
    if not found:
        raise SystemExit(f"{command}: {done.stdout}{done.stderr}")
    return float(found.group(1))


def wide(widths):
    inputs, *hidden, outputs = widths
    settings = ["training.batch_size=256", f"model.hidden={hidden}", "model.activation=relu", "model.init=he_normal"]
    settings += ["data.validation_examples=10", "data.train_examples=2000"]
    if inputs == 3072:
        settings += ["data.kind=synthetic_images", "training.loss=cross_entropy"]
    else:
        settings += [f"data.input_size={inputs}", f"data.output_size={outputs}", "data.teacher_hidden=[8]"]

    def rows(threads):
        arguments = [str(threads), options.seconds, "256", *map(str, widths)]
        return {
            "this build": [program("model"), str(threads), options.seconds, "sre", *settings],
            "JAX": [options.python, str(peers / "wide.py"), "jax", *arguments],
            "PyTorch": [options.python, str(peers / "wide.py"), "torch", *arguments],
        }

    return rows


def model(preset, batch, peer):
    def rows(threads):
        settings = [f"training.batch_size={batch}", f"data.train_examples={4 * batch}", "data.validation_examples=16"]
        if preset == "sre-transformer":
            other = {"JAX": [options.python, str(peers / peer), options.seconds, str(batch)]}
        else:
            other = {"PyTorch": [options.python, str(peers / peer), preset, str(threads), options.seconds, str(batch)]}
        return {"this build": [program("model"), str(threads), options.seconds, preset, *settings], **other}

    return rows


cases = []
if "widths" in options.what:
    cases += [(f"{w}-{w}-{w}-{w}", wide([w] * 4)) for w in (64, 128, 256, 512, 1024)]
if "large" in options.what:
    cases += [("3072, 7 x 2600, 10: 48.6 million", wide([3072] + [2600] * 7 + [10]))]
if "models" in options.what:
    cases += [
        ("transformer of SRE, batch 256", model("sre-transformer", 256, "transformer.py")),
        ("CNN, batch 256", model("cnn", 256, "images.py")),
        ("ResNet-18, batch 128", model("resnet-18", 128, "images.py")),
    ]
for name in options.what.split(","):
    if name in ("sre-transformer", "cnn", "resnet-18"):
        batch = 128 if name == "resnet-18" else 256
        cases += [(f"{name}, batch {batch}", model(name, batch, "transformer.py" if "sre" in name else "images.py"))]
print("| network | threads | this build, steps/s | peer | steps/s | this build / peer | range |\n|---|---|---|---|---|---|---|")
for name, rows in cases:
    for threads in map(int, options.threads.split(",")):
        rounds = [{who: rate(command, threads) for who, command in rows(threads).items()} for _ in range(options.rounds)]
        ours = statistics.median(r["this build"] for r in rounds)
        for peer in [who for who in rounds[0] if who != "this build"]:
            ratios = [r["this build"] / r[peer] for r in rounds]
            theirs = statistics.median(r[peer] for r in rounds)
            print(
                f"| {name} | {threads} | {ours:.4g} | {peer} | {theirs:.4g} | {statistics.median(ratios):.2f} "
                f"| {min(ratios):.2f} to {max(ratios):.2f} |",
                flush=True,
            )
