#!/usr/bin/env python3
"""Runs the pictures of Pillow's source package through the views and compares
them with what Pillow itself reads.

    apt-get source pillow        # or its sdist from the package index
    pip install pillow==13.0.0 numpy==2.4.6
    cargo build --release --example view
    scripts/pillow-pictures.py pillow-*/Tests/images target/release/examples/view

It prints the table of docs/pictures.md: per format how many are read alike, read
otherwise, refused (and why), and read by one side only, and then each file that
is not read alike.
"""

import collections
import subprocess
import sys
import warnings
from pathlib import Path

import numpy
from PIL import Image, ImageOps

warnings.simplefilter("ignore")
WIDTH, HEIGHT = 12, 10
SUFFIXES = {".png", ".apng", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".webp"}


def span(source, to):
    weights = numpy.zeros((to, source), dtype=object)
    for cell in range(to):
        for s in range(cell * source // to, -(-(cell + 1) * source // to)):
            weights[cell, s] = min((cell + 1) * source, (s + 1) * to) - max(cell * source, s * to)
    return weights


def view(rgb):
    """The exact area average of docs/protocol.md."""
    height, width, _ = rgb.shape
    rows, columns = span(height, HEIGHT), span(width, WIDTH)
    out = numpy.zeros((HEIGHT, WIDTH, 3), dtype=numpy.uint8)
    for channel in range(3):
        plane = rgb[..., channel].astype(numpy.int64)
        sums = rows.astype(numpy.int64) @ plane @ columns.T.astype(numpy.int64)
        out[..., channel] = (2 * sums + width * height) // (2 * width * height)
    return out


def by_pillow(path):
    with Image.open(path) as image:
        if image.format == "TIFF":
            # The first page that is not a smaller version.
            for page in range(getattr(image, "n_frames", 1)):
                image.seek(page)
                if not image.tag_v2.get(254, 0) & 5:
                    break
            else:
                image.seek(0)
        image.load()
        orientation = image.getexif().get(274, 1)
        mode = image.mode
        if mode.startswith("I;16"):
            gray = (numpy.asarray(image).astype(numpy.int64) + 128) // 257
            rgb = numpy.stack([gray] * 3, 2)
        elif mode == "F":
            gray = numpy.clip(numpy.nan_to_num(numpy.asarray(image)), 0, 1)
            rgb = numpy.stack([numpy.floor(gray * 255 + 0.5).astype(numpy.int64)] * 3, 2)
        elif mode == "I":
            gray = numpy.asarray(image).astype(numpy.int64)
            full = 65535 if gray.max(initial=0) <= 65535 else (1 << 32) - 1
            rgb = numpy.stack([numpy.clip((gray * 255 + full // 2) // full, 0, 255)] * 3, 2)
        elif mode == "CMYK":
            inks = numpy.asarray(image).astype(numpy.int64)
            rgb = ((255 - inks[..., :3]) * (255 - inks[..., 3:]) + 127) // 255
        else:
            rgba = numpy.asarray(image.convert("RGBA")).astype(numpy.int64)
            alpha = rgba[..., 3:]
            rgb = (rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
        if orientation in range(2, 9):
            turned = Image.fromarray(rgb.astype(numpy.uint8))
            turned.getexif()[274] = orientation
            rgb = numpy.asarray(ImageOps.exif_transpose(turned))
        return view(rgb)


def main():
    folder, program = Path(sys.argv[1]), sys.argv[2]
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    ours = {}
    output = subprocess.run([program, f"image/rgb-{WIDTH}x{HEIGHT}", *map(str, paths)],
                            check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        name, result, _ = line.split("\t")
        ours[name] = result
    formats = {".jpeg": ".jpg", ".jpe": ".jpg", ".tiff": ".tif", ".apng": ".png", ".dib": ".bmp"}
    counts, details = collections.defaultdict(collections.Counter), []
    for path in paths:
        result = ours[str(path)]
        kind = formats.get(path.suffix.lower(), path.suffix.lower())[1:]
        try:
            theirs = by_pillow(path)
        except Exception as error:  # Whatever Pillow says: it does not read it.
            theirs = f"{type(error).__name__}: {error}".replace(str(folder), "")[:70].replace("\n", " ").replace("|", "/")
        refused = result.startswith("!")
        if refused and isinstance(theirs, str):
            row = "refused by both"
        elif refused:
            row = f"refused ({result[1:]}), Pillow reads"
            details.append((kind, path.relative_to(folder), row, ""))
        elif isinstance(theirs, str):
            row = "read, Pillow refuses"
            details.append((kind, path.relative_to(folder), row, theirs))
        else:
            off = numpy.abs(numpy.frombuffer(bytes.fromhex(result), numpy.uint8).reshape(theirs.shape).astype(int) - theirs).max()
            limit = 0 if kind in ("png", "gif", "bmp") else 3
            row = "read alike" if off <= limit else "read otherwise"
            if off > limit:
                details.append((kind, path.relative_to(folder), row, f"off by {off}"))
        counts[kind][row] += 1
    rows = sorted({row for kind in counts.values() for row in kind}, key=lambda row: (not row.startswith("read"), row))
    kinds = sorted(counts)
    print("| |", " | ".join(kinds), "|")
    print("| --- |", " | ".join("--: " for _ in kinds), "|")
    for row in rows:
        print(f"| {row} |", " | ".join(str(counts[kind][row] or "") for kind in kinds), "|")
    print()
    for kind, path, row, more in details:
        print(f"* {kind}: `{path}`: {row} {more}")


main()
