"""Reads what the window exported with readers that know nothing of the program, and says what is in it.

    read_exports.py FIGURE.png FIGURE.svg DATA.csv MATRICES.npz

One line a file; exit code 1 with a reason if one cannot be read or is empty.
"""

import csv
import sys
import xml.etree.ElementTree as tree

import numpy
from PIL import Image


def main():
    png, svg, data, npz = sys.argv[1:5]
    image = Image.open(png)
    image.load()
    colors = len(set(image.convert("RGB").resize((200, 200)).getdata()))
    assert image.size[0] >= 1800 and colors > 8, f"{image.size} pixels, {colors} colours"
    print(f"png {image.size[0]}x{image.size[1]}")

    root = tree.parse(svg).getroot()
    shapes = [e for e in root.iter() if e.tag.split("}")[-1] in ("polyline", "path", "polygon")]
    texts = " ".join(e.text or "" for e in root.iter() if e.tag.split("}")[-1] == "text")
    assert root.tag.split("}")[-1] == "svg" and shapes and "step" in texts, f"{len(shapes)} shapes, texts: {texts}"
    print(f"svg {len(shapes)} shapes")

    with open(data, newline="") as lines:
        rows = [row for row in csv.reader(lines) if row and not row[0].startswith("#")]
    numbers = [float(cell) for row in rows[1:] for cell in row if cell.replace(".", "").replace("-", "").isdigit()]
    assert len(rows) > 20 and len(numbers) > 20, f"{len(rows)} rows, {len(numbers)} numbers"
    print(f"csv {len(rows)} rows, first {rows[0][0]}")

    archive = numpy.load(npz, allow_pickle=False)
    step = int(archive["step"])
    weights = archive["W_2_seed0"]
    signal, hebbian = archive["signal_2_seed0"].ravel(), archive["hebbian_2_seed0"].ravel()
    cosine = float(signal @ hebbian / numpy.linalg.norm(signal) / numpy.linalg.norm(hebbian))
    text = bytes(archive["config_toml"]).decode()
    assert weights.dtype == numpy.float32 and numpy.isfinite(weights).all() and "[rule]" in text
    print(f"npz step {step} shape {weights.shape[0]}x{weights.shape[1]} cosine {cosine:.4f}")


try:
    main()
except Exception as error:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(1)
