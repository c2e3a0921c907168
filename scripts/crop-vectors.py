"""Prints the digests of views that show the middle of a picture, which the tests of
views hold. It works in fractions, from the definition. It needs Pillow.

    python3 scripts/crop-vectors.py
"""

import hashlib
from fractions import Fraction

from PIL import Image

PICTURE = "sample_corpus/documents/0000_label4.png"
SIZES = [(20, 9), (9, 20), (37, 5)]


def covered(start, end):
    """The source cells between two places, each with the length that lies between them."""
    cell = int(start)
    while cell < end:
        yield cell, min(end, cell + 1) - max(start, cell)
        cell += 1


def middle(picture, width, height):
    """The view's bytes: means over squares, halves rounded up."""
    side = min(Fraction(picture.width, width), Fraction(picture.height, height))
    left = (picture.width - side * width) / 2
    top = (picture.height - side * height) / 2
    for row in range(height):
        for column in range(width):
            total = sum(
                down * across * picture.getpixel((x, y))
                for y, down in covered(top + row * side, top + (row + 1) * side)
                for x, across in covered(left + column * side, left + (column + 1) * side)
            )
            yield int(total / side**2 + Fraction(1, 2))


picture = Image.open(PICTURE).convert("L")
for width, height in SIZES:
    shown = bytes(middle(picture, width, height))
    print(f"image/gray-{width}x{height}-crop", hashlib.sha256(shown).hexdigest())
