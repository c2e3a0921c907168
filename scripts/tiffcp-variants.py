#!/usr/bin/env python3
"""Has libtiff write known pictures in every way that its `tiffcp` knows, and
compares what the views read with the pixels, exactly.

    apt-get install libtiff-tools; pip install pillow==13.0.0 numpy==2.4.6
    cargo build --release --example view
    scripts/tiffcp-variants.py target/release/examples/view

Independent of scripts/tiff-variants.py: tags, CCITT, LZW, Deflate, predictors,
tiles and planes are libtiff's here.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
from PIL import Image

W, H = 301, 203


def pictures(folder):
    y, x = numpy.mgrid[0:H, 0:W]
    rgb = numpy.stack([(x * 3 + y) % 256, y * 5 % 256, x * y // 7 % 256], 2).astype(numpy.uint8)
    rng = numpy.random.default_rng(5)
    black = numpy.zeros((H, W), bool)
    for _ in range(60):
        left, top = rng.integers(0, W), rng.integers(0, H)
        black[top:top + rng.integers(1, 20), left:left + rng.integers(1, 80)] ^= True
    black[50:60] = rng.random((10, W)) < 0.5
    images = {
        "rgb": Image.fromarray(rgb),
        "gray": Image.fromarray(rgb[..., 0]),
        "pal": Image.fromarray(rgb).quantize(200),
        "rgba": Image.fromarray(numpy.dstack([rgb, ((x + y) % 256).astype(numpy.uint8)])),
        "g16": Image.fromarray(((x * 211 + y * 97) % 65536).astype(numpy.uint16)),
        "bw": Image.fromarray(~black),
    }
    for name, image in images.items():
        image.save(folder / f"{name}.tif")
        image.save(folder / f"{name}.png")
    return images


def main():
    program = Path(sys.argv[1]).resolve()
    folder = Path(tempfile.mkdtemp())
    names, made = list(pictures(folder)), []
    for name in names:
        methods = ["none", "lzw", "lzw:2", "zip", "zip:2", "packbits"]
        if name == "bw":
            methods = ["none", "lzw", "zip", "packbits", "g3:1d", "g3:2d", "g3:1d:fill", "g3:2d:fill", "g4"]
        for method in methods:
            for layout in ([], ["-r", "7"], ["-t", "-w", "32", "-l", "16"], ["-r", "1000"]):
                for more in ([], ["-p", "separate"], ["-f", "lsb2msb"], ["-B"], ["-8"]):
                    if "separate" in more and name not in ("rgb", "rgba"):
                        continue
                    file = folder / f"{len(made)}.tif"
                    command = ["tiffcp", "-c", method, *layout, *more, folder / f"{name}.tif", file]
                    if subprocess.run(command, capture_output=True).returncode == 0:
                        made.append((file, name, command[2:-2]))

    def views(files):
        seen = {}
        for i in range(0, len(files), 200):
            command = [program, f"image/rgb-{W}x{H}", *files[i:i + 200]]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seen.update(line.split("\t")[:2] for line in output.splitlines())
        return seen

    right = views([folder / f"{name}.png" for name in names])
    seen = views([file for file, _, _ in made])
    wrong = [(name, options) for file, name, options in made if seen[str(file)] != right[str(folder / f"{name}.png")]]
    for name, options in wrong:
        print(name, *options)
    print(len(made), "files,", len(wrong), "read otherwise than written")
    return len(wrong) > 0


sys.exit(main())
