#!/usr/bin/env python3
"""Writes documents/tests/vectors/hashing.txt: texts, and digests of what scikit-learn's
HashingVectorizer makes of them. The test in documents/tests/hashing.rs reads it and needs
no Python.

    pip install scikit-learn==1.9.1
    scripts/hashing-vectors.py > documents/tests/vectors/hashing.txt

A line is the first 16 hexadecimal digits of a SHA-256, a blank, and the text as a JSON
string. What is hashed are the sparse rows of all vectorizers of VECTORIZERS, in their
order: "column:value " for each value that is not zero, in the order of columns, and a line
end behind each row.

Characters are drawn from those that this Python knows as assigned. It follows Unicode 15.1
(Python 3.13) or 16.0 (Python 3.14); both give the same for these.
"""

import hashlib
import json
import random
import sys
import unicodedata

from sklearn.feature_extraction.text import HashingVectorizer

from sentences import SENTENCES

CASES = 6000
ANALYZERS = [
    {"ngram_range": (1, 1)},
    {"ngram_range": (1, 2)},
    {"analyzer": "char_wb", "ngram_range": (3, 5)},
]
VECTORIZERS = [
    HashingVectorizer(n_features=columns, alternate_sign=signed, norm=None, **analyzer)
    for analyzer in ANALYZERS
    for columns, signed in ((1024, False), (16384, True))
]
TEXTS = [
    *SENTENCES,
    # Its hash is the least of all, −2³¹.
    "uwymouna",
]
POOLS = [
    "abcdefghijklmnopqrstuvwxyz" * 2 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'-.,@",
    "ΑΒΓΔΟΣσςαβγδό'’.·\u0345\u0301\u00ad",
    "²³¹½¼ⅧⅨ①②Ⓐⓐ〇٣४_‿﹏",
    "\u0301\u0308\u0323\u093f\u094d\u05b0\u200c\u200d\ufe0f\u00ad\u0600",
    "İIıiÅKΩﬁßẞǅǄǆŉΐᾳᾼ",
]
SPACES = " " * 12 + "\n\t\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000"


def assigned():
    points = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    return [point for point in points if unicodedata.category(point) not in ("Cn", "Co")]


def row(vectorizer, text):
    matrix = vectorizer.transform([text]).tocsr()
    matrix.sum_duplicates()
    cells = sorted(zip(matrix.indices.tolist(), matrix.data.tolist()))
    return "".join(f"{column}:{int(value)} " for column, value in cells if value) + "\n"


def main():
    everything = assigned()
    letters = [point for point in everything if unicodedata.category(point)[0] in "LNM"]
    cases = list(TEXTS)
    while len(cases) < CASES:
        text = ""
        for _ in range(random.randint(1, 5)):
            kind = random.random()
            pool = random.choice(POOLS) if kind < 0.5 else letters if kind < 0.8 else everything
            text += "".join(random.choice(pool) for _ in range(random.randint(1, 7)))
            text += random.choice(SPACES) if random.random() < 0.8 else ""
        cases.append(text)
    for text in cases:
        rows = "".join(row(vectorizer, text) for vectorizer in VECTORIZERS)
        digest = hashlib.sha256(rows.encode()).hexdigest()[:16]
        sys.stdout.write(f"{digest} {json.dumps(text, ensure_ascii=False)}\n")


main()
