"""Small classifiers as exporters write them, with the scores that onnxruntime gives.

    python exported_models.py FOLDER WHAT

WHAT is `torch`, `keras` or `sklearn`; each needs its own packages (requirements.txt) and
writes its models into FOLDER: NAME.onnx, NAME.u8 (the bytes of 24 views one after the
other) and NAME.json (view, input scaling, predicate, output, scores). Weights are random,
from fixed seeds; the same versions give the same files.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from traces import without_traces

SIDE = 12
COUNT = 24


def documents():
    """Smooth pictures of one channel, and a few of noise."""
    random = np.random.default_rng(5)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    pictures = []
    for at in range(COUNT):
        a, b, c, d = random.uniform(-4, 4, 4)
        wave = 0.5 + 0.5 * np.sin(a * x + b * y + c + d * x * y)
        noise = random.uniform(0, 1, (SIDE, SIDE))
        pictures.append(np.clip((0.85 if at % 4 else 0.3) * wave + 0.15 * noise, 0, 1) * 255)
    return np.array(pictures).round().astype(np.uint8)


def predicate(scores):
    """A question that some documents match and others do not, if there is one."""
    best = scores.argmax(axis=1)
    # A threshold on probabilities of several classes is no question that can be compiled.
    if len(set(best)) > 1 or np.allclose(scores.sum(axis=1), 1):
        return {"match_class": int(np.bincount(best).argmax())}
    index = int(np.ptp(scores, axis=0).argmax())
    ordered = np.sort(scores[:, index])
    return {"match_score": index, "above": float((ordered[11] + ordered[12]) / 2)}


def store(folder, name, model, shape, output=None):
    """Writes a model with its scores on all documents."""
    views = documents()
    onnx.checker.check_model(model)
    data = without_traces(model).SerializeToString()
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0]
    kind = np.float16 if source.type == "tensor(float16)" else np.float32
    scores = []
    for view in views:
        inputs = {source.name: (view.reshape(shape) / 255).astype(kind)}
        found = session.run([output] if output else None, inputs)[0]
        if isinstance(found, list):  # the dictionaries of ZipMap
            found = np.array([list(row.values()) for row in found])
        scores.append([float(f"{value:.7g}") for value in np.asarray(found, np.float64).ravel()])
    about = {
        "view": f"image/gray-{SIDE}x{SIDE}",
        "input": "b/255",
        "predicate": predicate(np.array(scores)),
        "operators": sorted({node.op_type for node in model.graph.node}),
        "scores": scores,
    }
    (folder / f"{name}.onnx").write_bytes(data)
    (folder / f"{name}.u8").write_bytes(views.tobytes())
    (folder / f"{name}.json").write_text(json.dumps(about) + "\n")
    print(f"{name}: {len(data)} bytes, {about['operators']}, {about['predicate']}")


def torch_models(folder):
    import torch
    from torch import nn

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 4, 3, padding=1)
            self.norm = nn.BatchNorm2d(4)
            self.drop = nn.Dropout(0.5)
            self.dense = nn.Linear(4 * 36, 3)

        def forward(self, x):
            x = nn.functional.max_pool2d(torch.relu(self.norm(self.conv(x))), 2)
            return self.dense(self.drop(x.view(x.size(0), -1)))

    class Padded(nn.Module):
        """Sizes that are computed, a pad and a mean over the picture."""

        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 5, 3)
            self.dense = nn.Linear(5, 3)

        def forward(self, x):
            height, width = x.shape[2], x.shape[3]
            x = nn.functional.pad(x, (0, (16 - width) % 4, 0, (16 - height) % 4))
            x = torch.relu(self.conv(x))
            first, second = x.chunk(2, dim=3)
            return self.dense((first + second).mean((2, 3)))

    class Looping(nn.Module):
        """A loop and a condition that only depend on sizes."""

        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(144, 3)

        def forward(self, x):
            y = x.flatten(1)
            total = self.dense(y)
            for round in range(3):
                total = torch.relu(total) + round * self.dense(y)
                if x.shape[2] > 20:
                    total = total * 2
            return total

    def new(kind):
        torch.manual_seed(7)
        model = kind().eval()
        for name, buffer in model.named_buffers():
            if buffer.dtype.is_floating_point:
                buffer.uniform_(0.5, 1.5)
        return model

    picture = torch.zeros(1, 1, SIDE, SIDE)
    path = folder / "temporary.onnx"

    def export(name, model, sample=picture, **options):
        torch.onnx.export(model, (sample,), str(path), **options)
        loaded = onnx.load(path)
        path.unlink()
        store(folder, name, loaded, (1, 1, SIDE, SIDE))

    open_batch = {"input_names": ["x"], "dynamic_axes": {"x": {0: "batch"}}}
    open_sizes = {"input_names": ["x"], "dynamic_axes": {"x": {0: "batch", 2: "height", 3: "width"}}}
    export("torch_traced", new(Small), dynamo=False, opset_version=13, **open_batch)
    export("torch_traced_opset_9", new(Small), dynamo=False, opset_version=9, **open_batch)
    export("torch_traced_opset_7", new(Small), dynamo=False, opset_version=7)
    export("torch_traced_training_kept", new(Small), dynamo=False, do_constant_folding=False, **open_batch)
    export("torch_traced_open_sizes", new(Padded), dynamo=False, opset_version=17, **open_sizes)
    export("torch_scripted_loop", torch.jit.script(new(Looping)), dynamo=False, opset_version=17, **open_batch)
    export("torch_half", new(Small).half(), sample=picture.half(), dynamo=False, opset_version=17)
    export("torch_dynamo", new(Small), dynamo=True, external_data=False)


def keras_models(folder):
    import keras
    import tensorflow as tf
    import tf2onnx

    keras.utils.set_random_seed(7)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((SIDE, SIDE, 1), name="picture"),
        layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(6.0),
        layers.DepthwiseConv2D(3, padding="same"),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, activation="softmax"),
    ])
    model.layers[-1].set_weights([8 * weight for weight in model.layers[-1].get_weights()])
    signature = [tf.TensorSpec((None, SIDE, SIDE, 1), tf.float32, name="picture")]
    call = tf.function(lambda picture: model(picture, training=False), input_signature=signature)
    found, _ = tf2onnx.convert.from_function(call, input_signature=signature, opset=15)
    store(folder, "keras", found, (1, SIDE, SIDE, 1))

    fixed = tf.function(
        lambda picture: model(picture, training=False),
        input_signature=[tf.TensorSpec((1, SIDE, SIDE, 1), tf.float32, name="picture")],
    )
    for name in ["tflite", "tflite_quantised"]:
        converter = tf.lite.TFLiteConverter.from_concrete_functions([fixed.get_concrete_function()])
        if name == "tflite_quantised":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: (
                [(view.reshape(1, SIDE, SIDE, 1) / 255).astype(np.float32)] for view in documents()
            )
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        with tempfile.TemporaryDirectory() as here:
            lite, path = pathlib.Path(here, "model.tflite"), pathlib.Path(here, "model.onnx")
            lite.write_bytes(converter.convert())
            command = ["-m", "tf2onnx.convert", "--opset", "17", "--tflite", lite, "--output", path]
            subprocess.run([sys.executable, *command], check=True)
            store(folder, name, onnx.load(path), (1, SIDE, SIDE, 1))


def sklearn_models(folder):
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier

    views = documents().reshape(COUNT, -1) / 255
    labels = np.array(["left", "right", "level"])[np.arange(COUNT) % 3]
    for name, zipmap in [("sklearn_labels", False), ("sklearn_zipmap", True)]:
        model = MLPClassifier((8,), max_iter=80, random_state=3).fit(views, labels)
        found = to_onnx(model, views[:1].astype(np.float32), options={id(model): {"zipmap": zipmap}}, target_opset=17)
        output = found.graph.output[1].name
        store(folder, name, found, (1, SIDE * SIDE), output)

    # Weights of a few bits, unpacked when the model runs.
    random = np.random.default_rng(11)
    weights = random.integers(-128, 128, (SIDE * SIDE, 3)).astype(np.int8)
    scale = random.uniform(0.5, 2, 3).astype(np.float32) / 128
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "scale", "zero"], ["weights"], axis=1),
        helper.make_node("Cast", ["half"], ["bias"], to=TensorProto.FLOAT),
        helper.make_node("Gemm", ["x", "weights", "bias"], ["scores"]),
    ]
    tensors = [
        numpy_helper.from_array(weights, "w"),
        numpy_helper.from_array(scale, "scale"),
        numpy_helper.from_array(np.array([3, 0, -2], np.int8), "zero"),
        numpy_helper.from_array(random.normal(size=3).astype(np.float16), "half"),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "few_bits", [value("x", TensorProto.FLOAT, [None, SIDE * SIDE])],
                              [value("scores", TensorProto.FLOAT, [None, 3])], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    store(folder, "weights_of_few_bits", model, (1, SIDE * SIDE))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("what", choices=["torch", "keras", "sklearn"])
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    {"torch": torch_models, "keras": keras_models, "sklearn": sklearn_models}[given.what](given.folder)


if __name__ == "__main__":
    main()
