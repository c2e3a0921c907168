"""What networks.py and its parts share: documents, the fit of a last layer, and the files."""

import hashlib
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from PIL import Image

from traces import without_traces

CLASSES = 10
SMALL, LARGE = 24, 36  # documents stored with each network
IMAGENET = (np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))


def digits(side, channels, count, seed):
    """Digits as on scanned paper, count × side × side × channels bytes, and what they are.

    The digits are those of scikit-learn, 8×8; the paper is light and uneven, the ink is dark.
    """
    from sklearn.datasets import load_digits

    random = np.random.default_rng(seed)
    known = load_digits()
    chosen = random.permutation(len(known.images))[:count]
    y, x = np.mgrid[0:side, 0:side] / side
    pictures = []
    for at in chosen:
        small = Image.fromarray((known.images[at] * 15.9).astype(np.uint8))
        size = int(side * random.uniform(0.75, 0.95))
        ink = np.zeros((side, side))
        top, left = random.integers(0, side - size + 1, 2)
        ink[top : top + size, left : left + size] = np.asarray(small.resize((size, size), Image.BICUBIC)) / 255
        a, b, c = random.uniform(-3, 3, 3)
        paper = 0.85 + 0.1 * np.sin(a * x + b * y + c) + random.normal(0, 0.02, (side, side))
        colours = random.uniform(0.85, 1, channels), random.uniform(0, 0.35, channels)
        channel = [paper * light * (1 - ink) + dark * ink for light, dark in zip(*colours)]
        pictures.append(np.clip(np.stack(channel, axis=2), 0, 1) * 255)
    return np.array(pictures).round().astype(np.uint8), known.target[chosen]


def scaled(views, scaling):
    """What the network is given for bytes, under the options of `issue-request`."""
    values = views.astype(np.float64)
    match scaling.split():
        case ["b/255"]:
            return values / 255
        case ["--raw"]:
            return values
        case ["--preset", "tf"]:
            return values / 127.5 - 1
        case ["--preset", "imagenet"]:
            return (values / 255 - IMAGENET[0]) / IMAGENET[1]
        case ["--bgr", "--mean", mean, "--std", std]:
            mean, std = (np.array([float(value) for value in list.split(",")]) for list in (mean, std))
            return (values[..., ::-1] / 255 - mean) / std
    raise ValueError(scaling)


def fit(features, labels, classes=CLASSES):
    """Weights (features × classes) and biases of a last layer: ridge regression on the classes."""
    features = features.astype(np.float64)
    wanted = np.where(labels[:, None] == np.arange(classes), 3.0, -1.0)
    middle = features.mean(axis=0)
    centred = features - middle
    product = centred @ centred.T
    strength = 0.01 * np.trace(product) / len(product)
    # As many unknowns as documents: features may be far more.
    dual = np.linalg.solve(product + strength * np.eye(len(product)), wanted - wanted.mean(axis=0))
    weights = centred.T @ dual
    return weights.astype(np.float32), (wanted.mean(axis=0) - middle @ weights).astype(np.float32)


def predicate(scores):
    """The class that is the greatest most often, or a score and its widest gap near the middle."""
    best = scores.argmax(axis=1)
    if len(set(best)) > 1 or scores.shape[1] > 1 and np.allclose(scores.sum(axis=1), 1):
        return {"match_class": int(np.bincount(best).argmax())}
    index = int(np.ptp(scores, axis=0).argmax())
    ordered = np.sort(scores[:, index])
    middle = range(len(ordered) // 4, 3 * len(ordered) // 4)
    at = max(middle, key=lambda at: ordered[at + 1] - ordered[at])
    return {"match_score": index, "above": float((ordered[at] + ordered[at + 1]) / 2)}


def store(folder, name, model, views, scaling, source, shape=None, output=None):
    """Writes a network, the bytes of its documents, and onnxruntime's scores of them.

    `model` is the model, or the path of one in the folder that has other files beside it.
    `views` are pictures (documents × height × width × channels) or texts (documents × bytes).
    `shape` is what the input becomes where the model leaves sizes open.
    """
    path = folder / f"{name}.onnx"
    if not isinstance(model, pathlib.Path):
        path.write_bytes(without_traces(model).SerializeToString())
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    kind = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int32)": np.int32}[given.type]
    values = scaled(views, scaling)
    pixels = views.ndim == 4
    if pixels and given.shape[1] == views.shape[3]:
        values = values.transpose(0, 3, 1, 2)
    scores = []
    for value in values:
        value = value[None].astype(kind)
        if len(given.shape) > value.ndim:
            value = value[:, None]
        found = session.run([output] if output else None, {given.name: value})[0]
        scores.append([float(f"{score:.7g}") for score in np.asarray(found, np.float64).ravel()])
    loaded = onnx.load(path)
    weights = [tensor.dims for tensor in loaded.graph.initializer]
    weights += [
        attribute.t.dims
        for node in loaded.graph.node
        if node.op_type == "Constant"
        for attribute in node.attribute
        if attribute.name == "value"
    ]
    view = f"text/bytes-{views.shape[1]}"
    if pixels:
        _, height, width, channels = views.shape
        view = f"image/{'gray' if channels == 1 else 'rgb'}-{width}x{height}"
    about = {
        "view": view,
        "documents": f"{hashlib.sha256(views.tobytes()).hexdigest()[:12]}.u8",
        "input": scaling,
        "predicate": predicate(np.array(scores)),
        "operators": sorted({node.op_type for node in loaded.graph.node}),
        "source": source,
        "parameters": int(sum(np.prod(dims) for dims in weights)),
        "scores": scores,
    }
    if shape:
        about["shape"] = shape
    (folder / about["documents"]).write_bytes(views.tobytes())
    (folder / f"{name}.json").write_text(json.dumps(about) + "\n")
    best = np.bincount(np.array(scores).argmax(axis=1)).tolist()
    size = path.stat().st_size // 1024
    print(f"{name}: {size} KiB, {about['parameters']} parameters, {about['predicate']}, top classes {best}", flush=True)
