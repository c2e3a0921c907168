#!/usr/bin/env python3
"""Writes TIFFs of every kind that is read, each with the pixels that are right.

    pip install numpy==2.4.6 imagecodecs==2026.3.6
    scripts/tiff-variants.py tests/vectors/images/tiff

The pixels are known because the files are written from them, tag by tag; only
LZW, PackBits and CCITT data come from libraries. `expected.json` names for each
file the size of the upright picture and its red, green and blue in hexadecimal,
or the reason for which it is refused. --many writes thousands instead of a
choice (too many to keep).
"""

import itertools
import json
import random
import struct
import sys
import zlib
from pathlib import Path

import imagecodecs
import numpy

W, H = 13, 11


def ramp(channels, levels, seed=1, size=(W, H)):
    """Samples with structure and noise, up to `levels` - 1."""
    width, height = size
    rng = numpy.random.default_rng(seed)
    y, x, c = numpy.mgrid[0:height, 0:width, 0:channels]
    smooth = (x * (3 + c) + y * (5 - c)) / (3 * width + 5 * height + 9)
    noise = rng.random((height, width, channels)) * 0.3
    values = numpy.clip((smooth * 0.8 + noise) * levels, 0, levels - 1)
    return values.astype(numpy.uint64)


def to8(values, full, low=0):
    values = numpy.clip(values.astype(object), low, full) - low
    span = full - low
    return ((values * 255 + span // 2) // span).astype(numpy.int64)


def over_white(colour, alpha):
    return (colour * alpha + 255 * (255 - alpha) + 127) // 255


def inks(c, k):
    return ((255 - c) * (255 - k) + 127) // 255


def turned(rgb, orientation):
    """An EXIF orientation undone, by numpy's own rotations."""
    return {
        1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1), 6: lambda a: numpy.rot90(a, -1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1), 8: lambda a: numpy.rot90(a, 1),
    }[orientation](rgb)


def pack(samples, bits, order):
    """Rows of samples as bytes; (rows, values)."""
    rows = []
    for row in samples:
        if bits in (8, 16, 32):
            rows.append(numpy.asarray(row).astype(f"{order}u{bits // 8}").tobytes())
        elif bits == 24:
            rows.append(b"".join(int(v).to_bytes(3, "little" if order == "<" else "big") for v in row))
        else:
            text = "".join(format(int(v), f"0{bits}b") for v in row)
            text += "0" * (-len(text) % 8)
            rows.append(bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8)))
    return rows


def difference(samples, stride, bits):
    out = samples.copy()
    out[:, stride:] = (samples[:, stride:] - samples[:, :-stride]) % (1 << bits)
    return out


def compress(data, compression):
    if compression == 1:
        return data
    if compression == 5:
        return imagecodecs.lzw_encode(data)
    if compression in (8, 32946):
        return zlib.compress(data)
    if compression == 32773:
        return imagecodecs.packbits_encode(data)
    raise ValueError(compression)


REVERSED = bytes(int(format(i, "08b")[::-1], 2) for i in range(256))


class Tiff:
    """A file out of tags and pieces."""

    def __init__(self, order="<", big=False):
        self.order, self.big, self.tags = order, big, {}

    def tag(self, number, kind, values):
        self.tags[number] = (kind, values if isinstance(values, (list, bytes)) else [values])

    def write(self, pieces, offsets=273, counts=279):
        """Tags first, pixels last, so that a cut file lacks pixels."""
        places = [0] * len(pieces)
        for _ in range(2):
            if offsets:
                self.tag(offsets, 16 if self.big else 4, places)
            if counts:
                self.tag(counts, 4, [len(piece) for piece in pieces])
            out = self.directory()
            places = []
            for piece in pieces:
                places.append(len(out))
                out += piece + b"\0" * (len(piece) % 2 if piece is not pieces[-1] else 0)
        return bytes(out)

    def directory(self):
        o = self.order
        out = bytearray((b"II" if o == "<" else b"MM") + struct.pack(o + "H", 43 if self.big else 42))
        out += struct.pack(o + "HHQ", 8, 0, 16) if self.big else struct.pack(o + "I", 8)
        word, fmt, head, entry = (8, "Q", 8, 20) if self.big else (4, "I", 2, 12)
        after = len(out) + head + entry * len(self.tags) + word
        out += struct.pack(o + ("Q" if self.big else "H"), len(self.tags))
        outside = bytearray()
        sizes = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B", 11: "f", 12: "d", 16: "Q"}
        for number in sorted(self.tags):
            kind, values = self.tags[number]
            if kind == 5:
                data = b"".join(struct.pack(o + "II", *v) for v in values)
            else:
                data = struct.pack(f"{o}{len(values)}{sizes[kind]}", *values)
            if len(data) <= word:
                value = data.ljust(word, b"\0")
            else:
                value = struct.pack(o + fmt, after + len(outside))
                outside += data + b"\0" * (len(data) % 2)
            out += struct.pack(o + "HH" + fmt, number, kind, len(values)) + value
        return out + struct.pack(o + fmt, 0) + outside

def picture(kind, bits, order="<", seed=1):
    """Samples (H, W, n), tags, and the red, green and blue that are right."""
    full = (1 << bits) - 1
    tags = {}
    if kind in ("white", "black"):
        v = ramp(1, full + 1, seed)
        g = to8(v, full)
        rgb = numpy.repeat(255 - g if kind == "white" else g, 3, 2)
        return v, {262: (3, 0 if kind == "white" else 1)}, rgb
    if kind in ("gray-alpha", "gray-associated"):
        v = ramp(2, full + 1, seed)
        tags = {262: (3, 1), 338: (3, 2 if kind == "gray-alpha" else 1)}
        g, a = to8(v[..., :1], full), to8(v[..., 1:], full)
        g = over_white(g, a) if kind == "gray-alpha" else numpy.minimum(255, g + 255 - a)
        return v, tags, numpy.repeat(g, 3, 2)
    if kind == "rgb":
        v = ramp(3, full + 1, seed)
        return v, {262: (3, 2)}, to8(v, full)
    if kind in ("rgba", "rgba-associated", "rgbx", "rgb-two-extra"):
        n = 5 if kind == "rgb-two-extra" else 4
        v = ramp(n, full + 1, seed)
        extra = {"rgba": [2], "rgba-associated": [1], "rgbx": [0], "rgb-two-extra": [0, 2]}[kind]
        tags = {262: (3, 2), 338: (3, extra)}
        c, a = to8(v[..., :3], full), to8(v[..., n - 1:], full)
        if kind in ("rgba", "rgb-two-extra"):
            c = over_white(c, a)
        if kind == "rgba-associated":
            c = numpy.minimum(255, c + 255 - a)
        return v, tags, c
    if kind == "palette":
        v = ramp(1, full + 1, seed)
        rng = numpy.random.default_rng(seed)
        colours = rng.integers(0, 256, (full + 1, 3))
        tags = {262: (3, 3), 320: (3, [int(c) * 257 for c in colours.T.ravel()])}
        return v, tags, colours[v[..., 0].astype(numpy.int64)]
    if kind == "palette-alpha":
        v = ramp(2, full + 1, seed)
        colours = numpy.random.default_rng(seed).integers(0, 256, (full + 1, 3))
        tags = {262: (3, 3), 320: (3, [int(c) * 257 for c in colours.T.ravel()]), 338: (3, 2)}
        return v, tags, over_white(colours[v[..., 0].astype(numpy.int64)], to8(v[..., 1:], full))
    if kind in ("cmyk", "cmyk-alpha"):
        n = 4 if kind == "cmyk" else 5
        v = ramp(n, full + 1, seed)
        e = to8(v, full)
        rgb = inks(e[..., :3], e[..., 3:4])
        tags = {262: (3, 5)}
        if n == 5:
            tags[338] = (3, 2)
            rgb = over_white(rgb, e[..., 4:])
        return v, tags, rgb
    raise ValueError(kind)


def build(kind, bits, compression=1, order="<", big=False, planar=1, tile=None, rows=None, fill=1,
          predictor=1, orientation=1, seed=1, without=(), extra=None, counts=True):
    samples, tags, rgb = picture(kind, bits, order, seed)
    n = samples.shape[2]
    tiff = Tiff(order, big)
    tiff.tag(256, 3, W)
    tiff.tag(257, 4, H)
    tiff.tag(258, 3, [bits] * n)
    tiff.tag(259, 3, compression)
    tiff.tag(277, 3, n)
    for number, (t, values) in tags.items():
        tiff.tag(number, t, values)
    if fill != 1:
        tiff.tag(266, 3, fill)
    if planar != 1:
        tiff.tag(284, 3, planar)
    if predictor != 1:
        tiff.tag(317, 3, predictor)
    if orientation != 1:
        tiff.tag(274, 3, orientation)
    planes = [samples[..., i:i + 1] for i in range(n)] if planar == 2 else [samples]
    pieces = []
    for plane in planes:
        if tile:
            tw, th = tile
            blocks = [plane[y:y + th, x:x + tw] for y in range(0, H, th) for x in range(0, W, tw)]
            blocks = [numpy.pad(b, ((0, th - b.shape[0]), (0, tw - b.shape[1]), (0, 0)), "edge") for b in blocks]
        else:
            blocks = [plane[y:y + (rows or H)] for y in range(0, H, rows or H)]
        for block in blocks:
            flat = block.reshape(block.shape[0], -1)
            if predictor == 2:
                flat = difference(flat, block.shape[2], bits)
            data = compress(b"".join(pack(flat, bits, order)), compression)
            pieces.append(data.translate(REVERSED) if fill == 2 else data)
    if tile:
        tiff.tag(322, 3, tile[0])
        tiff.tag(323, 3, tile[1])
    elif rows:
        tiff.tag(278, 4, rows)
    for number, entry in (extra or {}).items():
        tiff.tag(number, *entry)
    for number in without:
        tiff.tags.pop(number, None)
    data = tiff.write(pieces, 324 if tile else 273, (325 if tile else 279) if counts else None)
    return data, turned(rgb, orientation)


def fax(scheme, fill=1, photometric=0, rows=None, rows_tag=True, orientation=1, options=None, seed=3, size=(77, 31)):
    """Bilevel pictures, coded by the encoder below."""
    width, height = size
    rng = numpy.random.default_rng(seed)
    black = numpy.zeros((height, width), bool)
    for _ in range(14):
        x, y = rng.integers(0, width), rng.integers(0, height)
        black[y:y + rng.integers(1, 9), x:x + rng.integers(1, 30)] ^= True
    black[height // 2] = rng.random(width) < 0.5
    black[-1] = True
    black[0] = False
    tiff = Tiff("<")
    tiff.tag(256, 3, width)
    tiff.tag(257, 3, height)
    tiff.tag(258, 3, 1)
    compression = {"rle": 2, "rlew": 32771, "g3": 3, "g3-2d": 3, "g3-fill": 3, "g3-bare": 3, "g4": 4}[scheme]
    tiff.tag(259, 3, compression)
    if photometric is not None:
        tiff.tag(262, 3, photometric)
    if fill != 1:
        tiff.tag(266, 3, fill)
    if orientation != 1:
        tiff.tag(274, 3, orientation)
    tiff.tag(277, 3, 1)
    step = rows or height
    if rows_tag is True:
        tiff.tag(278, 4, step)
    elif rows_tag:
        tiff.tag(278, 4, rows_tag)
    option = {"g3-2d": 1, "g3-fill": 4}.get(scheme)
    if option:
        tiff.tag(292, 4, option)
    pieces = []
    for y in range(0, height, step):
        data = CODER(black[y:y + step], scheme)
        pieces.append(data.translate(REVERSED) if fill == 2 else data)
    dark = black if photometric in (0, None) else ~black
    rgb = numpy.repeat(numpy.where(dark, 0, 255)[..., None], 3, 2)
    return tiff.write(pieces), turned(rgb, orientation)


def load_codes(source):
    """The tables of src/corpus/views/image/tiff/fax_codes.rs: what is tested is not
    the tables (Pillow's files test these) but what is built from them."""
    import re
    text = Path(source).read_text()
    def table(name):
        body = re.search(name + r": \[&str; \d+\] = \[(.*?)\];", text, re.S).group(1)
        return re.findall(r'"([01]+)"', body)
    lengths = list(range(64)) + list(range(64, 2561, 64))
    long = table("LONG_CODES")
    return {colour: dict(zip(lengths, table(name) + long)) for colour, name in ((False, "WHITE_CODES"), (True, "BLACK_CODES"))}


def coder(codes):
    def run(length, colour):
        out = ""
        while length > 2560:
            out += codes[colour][2560]
            length -= 2560
        if length >= 64:
            out += codes[colour][length // 64 * 64]
        return out + codes[colour][length % 64]

    def changes(line):
        return [i for i in range(len(line)) if line[i] != (line[i - 1] if i else False)]

    def one(line):
        ends = changes(line) + [len(line)]
        out, at, colour = "", 0, False
        for end in ends:
            out += run(end - at, colour)
            at, colour = end, not colour
        return out

    def two(line, reference):
        width = len(line)
        c, r = changes(line), changes(reference)
        def next_change(list_, at, colour, values):
            # The next change after `at` to the other colour than `colour`.
            for i in list_:
                if i > at and bool(values[i]) != colour:
                    return i
            return width
        at, colour, out = -1, False, ""
        while at < width:
            a1 = next((i for i in c if i > at and bool(line[i]) != colour), width)
            b1 = next_change(r, at, colour, reference)
            b2 = next((i for i in r if i > b1), width)
            if b2 < a1:
                out += "0001"
                at = b2
            elif abs(a1 - b1) <= 3:
                out += {0: "1", 1: "011", 2: "000011", 3: "0000011", -1: "010", -2: "000010", -3: "0000010"}[a1 - b1]
                at, colour = a1, not colour
            else:
                a2 = next((i for i in c if i > a1), width)
                out += "001" + run(a1 - max(at, 0), colour) + run(a2 - a1, not colour)
                at = a2
        return out

    eol = "000000000001"

    def encode(black, scheme):
        out, reference = "", numpy.zeros(black.shape[1], bool)
        for y, line in enumerate(black):
            if scheme == "g4":
                out += two(line, reference)
            elif scheme == "g3-2d":
                out += eol + ("1" + one(line) if y % 4 == 0 else "0" + two(line, reference))
            elif scheme == "g3":
                out += eol + one(line)
            elif scheme == "g3-bare":
                out += one(line)
            elif scheme == "g3-fill":
                out += "0" * (-(len(out) + 12) % 8) + eol + one(line)
            else:
                out += one(line)
                out += "0" * (-len(out) % (8 if scheme == "rle" else 16))
            reference = line
        if scheme == "g4":
            out += eol * 2
        elif scheme in ("g3", "g3-fill"):
            out += eol * 6
        elif scheme == "g3-2d":
            out += (eol + "1") * 6
        out += "0" * (-len(out) % 8)
        return bytes(int(out[i:i + 8], 2) for i in range(0, len(out), 8))
    return encode


CODER = coder(load_codes(Path(__file__).parent.parent / "src/corpus/views/image/tiff/fax_codes.rs"))


def floats(predictor=1, compression=1, kind="rgb", order="<", ranged=False):
    n = {"rgb": 3, "gray": 1, "rgba": 4}[kind]
    v = (ramp(n, 1 << 16, 5).astype(numpy.float64) / 60000 - 0.02).astype(numpy.float32)
    tiff = Tiff(order)
    for number, value in ((256, W), (257, H), (259, compression), (262, 1 if n == 1 else 2), (277, n)):
        tiff.tag(number, 3, value)
    tiff.tag(258, 3, [32] * n)
    tiff.tag(339, 3, [3] * n)
    if n == 4:
        tiff.tag(338, 3, 2)
    if ranged:
        tiff.tag(340, 11, [0.0] * n)
        tiff.tag(341, 11, [1.0] * n)
    data = v.astype(order + "f4").tobytes()
    if predictor == 3:
        tiff.tag(317, 3, 3)
        rows = []
        for row in v.reshape(H, -1):
            b = row.astype(">f4").tobytes()
            planes = bytearray(b"".join(b[i::4] for i in range(4)))
            for i in range(len(planes) - 1, n - 1, -1):
                planes[i] = (planes[i] - planes[i - n]) % 256
            rows.append(bytes(planes))
        data = b"".join(rows)
    elif predictor == 2:
        tiff.tag(317, 3, 2)
        whole = v.reshape(H, -1).view(numpy.uint32).astype(numpy.uint64)
        data = difference(whole, n, 32).astype(order + "u4").tobytes()
    clipped = numpy.floor(numpy.clip(v.astype(numpy.float64), 0, 1) * 255 + 0.5).astype(numpy.int64)
    rgb = numpy.repeat(clipped, 3, 2) if n == 1 else clipped[..., :3]
    if n == 4:
        rgb = over_white(rgb, clipped[..., 3:])
    return tiff.write([compress(data, compression)]), rgb


def ycbcr(subsampling, rows=None, compression=1, tag=True):
    sh, sv = subsampling
    rng = numpy.random.default_rng(9)
    y = ramp(1, 256, 4)[..., 0].astype(numpy.int64)
    bw, bh = -(-W // sh), -(-H // sv)
    cb, cr = rng.integers(60, 200, (2, bh, bw))
    tiff = Tiff("<")
    for number, value in ((256, W), (257, H), (259, compression), (262, 6), (277, 3)):
        tiff.tag(number, 3, value)
    tiff.tag(258, 3, [8, 8, 8])
    if tag:
        tiff.tag(530, 3, [sh, sv])
    if rows:
        tiff.tag(278, 3, rows)
    padded = numpy.pad(y, ((0, bh * sv - H), (0, bw * sh - W)), "edge")
    pieces = []
    per = (rows or bh * sv) // sv
    for first in range(0, bh, per):
        data = bytearray()
        for by in range(first, min(bh, first + per)):
            for bx in range(bw):
                data += bytes(padded[by * sv:(by + 1) * sv, bx * sh:(bx + 1) * sh].ravel().tolist())
                data += bytes([cb[by, bx], cr[by, bx]])
        pieces.append(compress(bytes(data), compression))
    u = numpy.repeat(numpy.repeat(cb, sv, 0), sh, 1)[:H, :W] - 128
    v = numpy.repeat(numpy.repeat(cr, sv, 0), sh, 1)[:H, :W] - 128
    l = (y << 20) + (1 << 19)
    rgb = numpy.stack([l + 1470104 * v, l - 360857 * u - 748830 * v, l + 1858077 * u], 2) >> 20
    return tiff.write(pieces), numpy.clip(rgb, 0, 255)


def cases(many):
    out = {}
    kinds = ["white", "black", "gray-alpha", "gray-associated", "rgb", "rgba", "rgba-associated", "rgbx",
             "rgb-two-extra", "palette", "cmyk", "cmyk-alpha"]
    def add(name, made):
        out[name + ".tif"] = made
    for kind in kinds:
        widths = range(1, 17) if many else ((1, 2, 4, 8, 16) if kind in ("white", "black", "palette", "rgb") else (8, 16))
        for bits in list(widths) + ([] if kind in ("palette", "gray-associated") else [24, 32] if many or kind in ("black", "rgb") else []):
            if kind.startswith("palette") and bits > (16 if many else 8):
                continue
            add(f"{kind}-{bits}", build(kind, bits, order="<>"[bits % 2]))
    add("black-12", build("black", 12, order=">"))
    add("rgb-10", build("rgb", 10))
    add("palette-alpha-8", build("palette-alpha", 8, compression=5))
    for orientation in range(1, 9):
        add(f"orientation-{orientation}", build("rgb", 8, orientation=orientation, rows=3, compression=8))
    layouts = {"strips": dict(rows=4), "one": {}, "tiles": dict(tile=(16, 16)), "odd-tiles": dict(tile=(5, 3))}
    bit_kinds = [("rgb", 8), ("rgb", 16), ("black", 1), ("palette", 4), ("cmyk", 8), ("rgba", 16), ("black", 12), ("rgb", 32)]
    for (kind, bits), compression, order, planar, layout, fill, big in itertools.product(
            bit_kinds, (1, 5, 8, 32773, 32946), "<>", (1, 2), layouts, (1, 2), (False, True)):
        if planar == 2 and kind in ("black", "palette"):
            continue
        predictors = (1, 2) if compression in (5, 8) and bits in (8, 16, 32) and kind != "palette" else (1,)
        for predictor in predictors:
            name = f"{kind}-{bits}-c{compression}-{'le' if order == '<' else 'be'}-p{planar}-{layout}-f{fill}{'-big' if big else ''}-d{predictor}"
            if not many and random.Random(name).random() > 0.018:
                continue
            add(name, build(kind, bits, compression, order, big, planar, fill=fill, predictor=predictor, **layouts[layout]))
    for scheme in ("rle", "rlew", "g3", "g3-2d", "g3-fill", "g3-bare", "g4"):
        for fill in (1, 2):
            for photometric in (0, 1, None):
                if not many and (fill, photometric) not in ((1, 0), (2, 1), (1, None)):
                    continue
                for rows in (None, 8):
                    if scheme == "g3-2d" and rows and not many:
                        continue
                    add(f"fax-{scheme}-f{fill}-ph{photometric}-r{rows}", fax(scheme, fill, photometric, rows))
        if many:
            for seed in range(40):
                for size in ((1, 5), (7, 9), (8, 8), (33, 20), (3000, 7), (200, 60)):
                    made = fax(scheme, seed=seed, size=size)
                    if size[0] <= 1024:
                        add(f"fax-{scheme}-seed{seed}-{size[0]}", made)
    add("fax-g4-rows-max", fax("g4", rows_tag=0xffffffff))
    add("fax-g4-no-rows", fax("g4", rows_tag=None))
    add("fax-g4-orientation-8", fax("g4", orientation=8))
    for predictor in (1, 2, 3):
        for kind in ("gray", "rgb", "rgba"):
            for order in "<>":
                if many or (kind, order) in (("rgb", "<"), ("gray", ">")):
                    add(f"float-{kind}-{'le' if order == '<' else 'be'}-d{predictor}", floats(predictor, 8 if predictor > 1 else 1, kind, order))
    add("float-range-default", floats(3, 5, ranged=True))
    for sub in ((1, 1), (2, 1), (2, 2), (1, 2), (4, 1), (4, 2), (4, 4)):
        add(f"ycbcr-{sub[0]}{sub[1]}", ycbcr(sub))
    add("ycbcr-22-strips", ycbcr((2, 2), rows=4, compression=5))
    add("ycbcr-no-tag", ycbcr((2, 2), tag=False))
    # What may be missing.
    add("no-counts", build("rgb", 8, counts=False))
    add("no-counts-strips", build("rgb", 8, counts=False, rows=3))
    add("no-counts-deflate", build("rgb", 8, 8, counts=False))
    add("no-photometric-gray", build("black", 8, without=(262,)))
    add("no-photometric-rgb", build("rgb", 8, without=(262,)))
    add("no-extra-samples", build("rgba", 8, without=(338,)))
    add("no-bits", build("black", 1, without=(258,)))
    add("one-bits-for-all", build("rgb", 8, extra={258: (3, 8)}))
    add("no-compression", build("rgb", 8, without=(259,)))
    add("rows-max", build("rgb", 8, 8, extra={278: (4, 0xffffffff)}))
    add("tile-by-strip-tags", build("rgb", 8, extra={322: (3, W), 323: (3, H)}))
    add("range-12-of-16", ranged())
    add("range-default", build("rgb", 8, extra={340: (3, [0, 0, 0]), 341: (3, [255, 255, 255])}))
    add("reference-default", build("rgb", 8, extra={532: (5, [(0, 1), (255, 1)] * 3)}))
    add("extent-orientation-9", build("rgb", 8, extra={274: (3, 9)}))
    # What is refused, and why.
    for name, reason, made in [
        ("lab", "unsupported", build("rgb", 8, extra={262: (3, 8)})),
        ("mask", "unsupported", build("black", 1, extra={262: (3, 4)})),
        ("palette-associated", "unsupported", build("palette-alpha", 8, extra={338: (3, 1)})),
        ("cfa", "unsupported", build("black", 16, extra={262: (3, 32803)})),
        ("signed", "unsupported", build("black", 8, extra={339: (3, 2)})),
        ("complex", "unsupported", build("black", 32, extra={339: (3, 6)})),
        ("half-float", "unsupported", build("black", 16, extra={339: (3, 3)})),
        ("mixed-bits", "unsupported", build("rgb", 8, extra={258: (3, [8, 8, 16])})),
        ("fill-order-3", "unsupported", build("rgb", 8, extra={266: (3, 3)})),
        ("planar-3", "unsupported", build("rgb", 8, extra={284: (3, 3)})),
        ("predictor-4", "unsupported", build("rgb", 8, 8, extra={317: (3, 4)})),
        ("predictor-3-of-integers", "unsupported", build("rgb", 8, 8, extra={317: (3, 3)})),
        ("predictor-2-of-bits", "unsupported", build("black", 4, 8, extra={317: (3, 2)})),
        ("compression-34712", "unsupported", build("rgb", 8, extra={259: (3, 34712)})),
        ("compression-50000", "unsupported", build("rgb", 8, extra={259: (3, 50000)})),
        ("inks-2", "unsupported", build("cmyk", 8, extra={332: (3, 2)})),
        ("inks-number", "unsupported", build("cmyk", 8, extra={334: (3, 5)})),
        ("dots", "unsupported", build("cmyk", 8, extra={336: (3, [10, 200])})),
        ("extra-samples-7", "unsupported", build("rgba", 8, extra={338: (3, 7)})),
        ("range-of-inks", "unsupported", build("cmyk", 8, extra={341: (3, 200)})),
        ("range-of-floats", "unsupported", build("black", 32, extra={339: (3, 3), 341: (11, [2.0])})),
        ("coefficients", "unsupported", build("rgb", 8, extra={262: (3, 6), 530: (3, [1, 1]), 529: (5, [(2125, 10000), (7154, 10000), (721, 10000)])})),
        ("reference", "unsupported", build("rgb", 8, extra={262: (3, 6), 530: (3, [1, 1]), 532: (5, [(15, 1), (235, 1), (128, 1), (240, 1), (128, 1), (240, 1)])})),
        ("reference-rgb", "unsupported", build("rgb", 8, extra={532: (5, [(15, 1), (235, 1)] * 3)})),
        ("depth", "unsupported", build("rgb", 8, extra={32997: (3, 2)})),
        ("decode", "unsupported", build("rgb", 8, extra={433: (5, [(0, 1), (1, 1)])})),
        ("indexed", "unsupported", build("rgb", 8, extra={346: (3, 1)})),
        ("old-jpeg-without-stream", "unsupported", build("rgb", 8, extra={259: (3, 6)})),
        ("fax-of-8-bits", "unsupported", build("black", 8, extra={259: (3, 4)})),
        ("no-width", "corrupt", build("rgb", 8, without=(256,))),
        ("width-0", "corrupt", build("rgb", 8, extra={256: (3, 0)})),
        ("rows-0", "corrupt", build("rgb", 8, extra={278: (3, 0)})),
        ("too-few-strips", "corrupt", build("rgb", 8, extra={278: (3, 2)})),
        ("too-few-samples", "corrupt", build("black", 8, extra={262: (3, 2)})),
        ("no-map", "corrupt", build("palette", 4, without=(320,))),
        ("too-high", "corrupt", build("rgb", 8, extra={257: (3, 400)})),
        ("too-high-deflate", "corrupt", build("rgb", 8, 8, extra={257: (3, H + 1)})),
        ("too-high-lzw", "corrupt", build("rgb", 8, 5, extra={257: (3, H + 1)})),
        ("too-high-packbits", "corrupt", build("rgb", 8, 32773, extra={257: (3, H + 1)})),
    ]:
        out[f"refused-{name}.tif"] = (made[0], reason)
    for scheme in ("rle", "g3", "g3-2d", "g4"):
        data, _ = fax(scheme)
        tall = bytearray(data)
        at = tall.find(struct.pack("<HHI", 257, 3, 1))
        tall[at + 8:at + 10] = struct.pack("<H", 32)
        out[f"refused-too-high-{scheme}.tif"] = (bytes(tall), "corrupt")
    return out


def ranged():
    """12 significant bits in 16, and the tags say so."""
    v = ramp(1, 4096, 2)
    tiff = Tiff("<")
    for number, value in ((256, W), (257, H), (258, 16), (259, 1), (262, 1), (277, 1), (340, 100), (341, 4095)):
        tiff.tag(number, 3, value)
    g = to8(v, 4095, 100)
    return tiff.write([v.astype("<u2").tobytes()]), numpy.repeat(g, 3, 2)


def main():
    many = "--many" in sys.argv
    folder = Path([a for a in sys.argv[1:] if not a.startswith("--")][0])
    folder.mkdir(parents=True, exist_ok=True)
    expected = []
    for name, (data, right) in sorted(cases(many).items()):
        (folder / name).write_bytes(data)
        entry = {"file": name}
        if isinstance(right, str):
            entry["refused"] = right
        else:
            entry["width"], entry["height"] = right.shape[1], right.shape[0]
            entry["rgb"] = numpy.ascontiguousarray(right.astype(numpy.uint8)).tobytes().hex()
        expected.append(entry)
    text = ",\n".join(json.dumps(entry) for entry in expected)
    (folder / "expected.json").write_text("[\n" + text + "\n]\n")
    print(len(expected), "files")


main()
