#!/usr/bin/env python3
"""Writes tests/vectors/views.json: pictures with their `-fit` views, and a family with its
`text/terms-33-family`, `-132-family` and `-264-family`.

    scripts/view-vectors.py > tests/vectors/views.json

Written from docs/formats.md and docs/text/terms.md, with Python's standard library and no
code of Candor. Pictures are drawn by a generator and packed as PNG; scaling is by rational
numbers. The texts are ASCII without scripts, divisions or dotted initials, so that a word is
a run of letters, digits and `_`.
"""

import base64
import hashlib
import json
import random
import re
import struct
import zlib
from fractions import Fraction

CHUNK, WORD, WORD_BITS = 248, 31, 248
# Of the common words without a head, those that the texts below hold.
COMMON = set("at both d here in may org please see".split())


def png(width, height, samples):
    """8 bits a sample: one a pixel is gray, three are colour."""
    each = len(samples) // (width * height)
    rows = b"".join(b"\0" + bytes(samples[y * width * each:(y + 1) * width * each])
                    for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0 if each == 1 else 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks)


def shared(pixel, of, cell, to):
    """How much of a pixel, of so many, lies in a cell, of so many; both from 0 to 1."""
    low = max(Fraction(pixel, of), Fraction(cell, to))
    high = min(Fraction(pixel + 1, of), Fraction(cell + 1, to))
    return max(Fraction(0), high - low)


def fit(width, height, plane, to_width, to_height):
    """One plane, proportions kept, on white."""
    if width * to_height >= height * to_width:
        w, h = to_width, max(1, (height * to_width + width // 2) // width)
    else:
        w, h = max(1, (width * to_height + height // 2) // height), to_height
    left, top = (to_width - w) // 2, (to_height - h) // 2
    out = [255] * (to_width * to_height)
    for y in range(h):
        for x in range(w):
            mean = sum(shared(i, width, x, w) * shared(j, height, y, h) * plane[j * width + i]
                       for j in range(height) for i in range(width)) * w * h
            out[(top + y) * to_width + left + x] = int(mean + Fraction(1, 2))
    return out


def pictures():
    draw = random.Random(5)
    for width, height, colour in ((5, 3, True), (3, 7, False), (1, 9, True), (17, 2, False),
                                  (4, 4, True), (2, 1, False)):
        samples = [draw.randrange(256) for _ in range(width * height * (3 if colour else 1))]
        red, green, blue = ([samples[c::3] for c in range(3)] if colour else [samples] * 3)
        gray = [(299 * r + 587 * g + 114 * b + 500) // 1000 for r, g, b in zip(red, green, blue)]
        views = {}
        for w, h in ((4, 4), (7, 3), (2, 9)):
            views[f"image/gray-{w}x{h}-fit"] = bytes(fit(width, height, gray, w, h)).hex()
            planes = [fit(width, height, plane, w, h) for plane in (red, green, blue)]
            pixels = bytes(value for pixel in zip(*planes) for value in pixel)
            views[f"image/rgb-{w}x{h}-fit"] = pixels.hex()
        yield {"file": png(width, height, samples).hex(), "views": views}


def tokens(blocks):
    """Words, and pairs with joined forms, of blocks of text."""
    words, pairs = set(), set()
    for block in blocks:
        found = list(re.finditer(r"\w+", block.lower(), re.ASCII))
        words.update(match.group() for match in found)
        joints = [block[a.end():b.start()] for a, b in zip(found, found[1:])]
        texts = [match.group() for match in found]
        for i, joint in enumerate(joints):
            pairs.add(f"{texts[i]} {texts[i + 1]}")
            if joint in tuple("'-.@&") and not (joint == "'" and len(texts[i + 1]) == 1):
                pairs.add(texts[i] + joint + texts[i + 1])
                more = joints[i + 1] if i + 1 < len(joints) else ""
                if more and more in "'-.@&" and "@" in joint + more:
                    pairs.add(texts[i] + joint + texts[i + 1] + more + texts[i + 2])
    return words, pairs


def prefixes(words):
    return {word[:length] for word in words for length in range(3, 9) if length < len(word)}


def near(blocks):
    """Heads of words at most ten positions apart, across blocks."""
    running = [word for block in blocks for word in re.findall(r"\w+", block.lower(), re.ASCII)]
    return {" ".join(sorted((one[:4], other[:4])))
            for i, one in enumerate(running) if one not in COMMON
            for other in running[i + 1:i + 11] if other not in COMMON}


def address_fields(name, address):
    local, domain = address.split("@")
    yield from (f"{name}:{address}", f"{name}:{local}")
    while domain:
        yield from (f"{name}:@{domain}", f"domain:{domain}")
        domain = domain.partition(".")[2]


def places(words, bits, kind, token):
    digest = hashlib.sha256(f"candor {kind}\n{token}".encode()).digest()
    word = int.from_bytes(digest[:8], "big") % words
    free = list(range(WORD_BITS))
    for i in range(bits):
        bit = free.pop(int.from_bytes(digest[8 + 2 * i:10 + 2 * i], "big") % len(free))
        yield CHUNK + word * WORD + bit // 8, bit % 8


def size_class(size):
    if size < 4:
        return size + 1
    octave = size.bit_length() - 1
    return 1 + 4 + 4 * (octave - 2) + (size >> (octave - 2) & 3)


def terms(chunks, pair_bits, blocks, fields, size, day, recipients):
    view = bytearray(chunks * CHUNK)
    words, pairs = tokens(blocks)
    # A mail (coarse kind text, kind 5) with a date of its header, without signatures.
    view[0:3] = day.to_bytes(3, "big")
    view[3:7] = bytes((1, 1, 5, size_class(size)))
    view[7:9] = (1 + recipients).to_bytes(2, "big")
    view[9:12] = (1 + len(words)).to_bytes(3, "big")
    view[12] = 128
    kinds = [("word", 8, words), ("pair", pair_bits, pairs), ("field", 8, fields)]
    if chunks == 264:
        kinds += [("prefix", 8, prefixes(words)), ("near", 4, near(blocks))]
    for kind, bits, found in kinds:
        for token in found:
            for byte, bit in places(8 * (chunks - 1), bits, kind, token):
                view[byte] |= 1 << bit
    return view.hex()


def family():
    """A mail with a note and with another mail, which has a note of its own."""
    def mail(sender, to, subject, body, mark, *parts):
        head = (f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
                f"Date: Tue, 14 May 2019 07:30:00 +0000\r\n"
                f'Content-Type: multipart/mixed; boundary="{mark}"\r\n\r\n')
        parts = [f"Content-Type: text/plain\r\n\r\n{body}\r\n", *parts]
        return head + "".join(f"--{mark}\r\n{part}" for part in parts) + f"--{mark}--\r\n"

    def note(name, text):
        packed = base64.b64encode(text.encode()).decode()
        return ("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
                f'Content-Disposition: attachment; filename="{name}"\r\n\r\n{packed}\r\n')

    inner_note = "Grain store, silo-4 empty; ask R&D"
    inner = mail("carol@farm.example.org", "dan@mill.example.org", "Harvest", "barley came in wet",
                 "inner", note("silo.txt", inner_note))
    outer_note = "Dryer hours 1,200 at night_rate\r\nsecond line here"
    whole = mail("ann@mill.example.org", "bob@mill.example.org", "Dryer costs",
                 "please see both enclosures", "outer", note("hours.txt", outer_note),
                 f"Content-Type: message/rfc822\r\n\r\n{inner}")
    dates = ["Tue, 14 May 2019 07:30:00 +0000", "2019-05-14"]
    blocks = ["Dryer costs", "ann@mill.example.org", "bob@mill.example.org", *dates,
              "please see both enclosures", "hours.txt", outer_note,
              "Harvest", "carol@farm.example.org", "dan@mill.example.org", *dates,
              "barley came in wet", "silo.txt", inner_note]
    fields = {*address_fields("from", "ann@mill.example.org"),
              *address_fields("to", "bob@mill.example.org"),
              "subject:dryer", "subject:costs",
              "attachment:hours", "attachment:txt", "attachment:hours.txt"}
    # Day 719,163 is 1970-01-01, and 1,557,819,000 is the time of the mail.
    day = 719_163 + 1_557_819_000 // 86_400
    made = {name: terms(chunks, bits, blocks, fields, len(whole), day, 1)
            for name, chunks, bits in (("text/terms-33-family", 33, 3),
                                       ("text/terms-132-family", 132, 4),
                                       ("text/terms-264-family", 264, 4))}
    return {"file": whole.encode().hex(), "views": made}


if __name__ == "__main__":
    print(json.dumps({"pictures": list(pictures()), "family": family()}, indent=1))
