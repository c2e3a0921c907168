"""What encoders.py and its parts share: documents and the files of a case."""

import hashlib
import json

import numpy as np
import onnx
import onnxruntime

from network_store import IMAGENET, predicate
from traces import without_traces

LENGTH, VOCABULARY, PADDING, SIDE = 12, 90, 0, 32
COUNT = 24
BEGIN, END, FIRST = 1, 2, 4  # ids; 3 stands for what is not known


def texts(count=COUNT, length=LENGTH, vocabulary=VOCABULARY, seed=3):
    """Ids of texts of all lengths, filled up."""
    random = np.random.default_rng(seed)
    ids = np.full((count, length), PADDING, np.uint16)
    for at, row in enumerate(ids):
        # The first is as long as it can be.
        tokens = length - 2 if at == 0 else random.integers(1, length - 1)
        row[0], row[tokens + 1] = BEGIN, END
        row[1 : tokens + 1] = random.integers(FIRST, vocabulary, tokens)
    return ids


def pictures(count=COUNT, side=SIDE, seed=4):
    """Smooth pictures in colour."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    found = []
    for _ in range(count):
        waves = random.uniform(-6, 6, (3, 3))
        channels = [0.5 + 0.5 * np.sin(a * x + b * y + c) for a, b, c in waves]
        noise = random.uniform(0, 1, (side, side, 3))
        found.append((0.85 * np.stack(channels, axis=2) + 0.15 * noise) * 255)
    return np.array(found).round().astype(np.uint8)


def companion(name, ids):
    """What goes along with ids, by its name."""
    if "mask" in name:
        return ids != PADDING
    if "type" in name or "segment" in name:
        return np.zeros_like(ids)
    if "position" in name:
        return np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
    return ids


KINDS = {
    "tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(bool)": bool,
    "tensor(int32)": np.int32, "tensor(int64)": np.int64,
}


def answers(data, views, output=None):
    """The scores that onnxruntime gives, document by document, its optimiser off."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    found = []
    for view in views:
        given = {}
        for source in session.get_inputs():
            value = view[None]
            if views.ndim == 4:
                value = (view / 255 - IMAGENET[0]) / IMAGENET[1]
                value = value[None] if source.shape[-1] == 3 else value.transpose(2, 0, 1)[None]
            else:
                value = companion(source.name, value)
            given[source.name] = value.astype(KINDS[source.type])
        scores = session.run([output] if output else None, given)[0]
        found.append([float(f"{score:.7g}") for score in np.asarray(scores, np.float64).ravel()])
    return found


def store(folder, name, model, output=None):
    """Writes a model with its documents and onnxruntime's scores of them."""
    data = without_traces(model).SerializeToString()
    pixels = any(len(info.type.tensor_type.shape.dim) == 4 for info in model.graph.input)
    views = pictures() if pixels else texts()
    scores = answers(data, views, output)
    written = views.astype("<u2").tobytes() if not pixels else views.tobytes()
    about = {
        "view": f"image/rgb-{SIDE}x{SIDE}" if pixels else f"text/wordpiece-{LENGTH}",
        "documents": f"{hashlib.sha256(written).hexdigest()[:12]}.u8",
        "input": "--preset imagenet" if pixels else "--raw",
        "predicate": predicate(np.array(scores)),
        "operators": sorted({node.op_type for node in model.graph.node}),
        "scores": scores,
    }
    (folder / about["documents"]).write_bytes(written)
    (folder / f"{name}.onnx").write_bytes(data)
    (folder / f"{name}.json").write_text(json.dumps(about) + "\n")
    top = np.bincount(np.array(scores).argmax(axis=1)).tolist()
    print(f"{name}: {len(data) // 1024} KiB, {len(model.graph.node)} nodes, top classes {top}", flush=True)
