"""Small quantised classifiers, with the integers that onnxruntime computes.

    python quantised_models.py FOLDER            onnxruntime's own quantiser, and models by hand
    python quantised_models.py FOLDER --tflite   TensorFlow Lite through tf2onnx (requirements.txt)

Float networks with random weights from fixed seeds are quantised by onnxruntime's
`quantize_static`: with QuantizeLinear and DequantizeLinear around float operators (QDQ) or as
QLinear operators (QOperator), with scales a tensor or a channel, over uint8 or int8. NAME.onnx is
the model, NAME.u8 the bytes of 24 views one after the other. NAME.json has the view, the input
scaling, the predicate, the operators, the scores (before a last softmax), and `step`, the real
width between two of the integers that the scores are.
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
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from exported_models import documents as smooth, predicate
from traces import without_traces

COUNT = 24


def documents(side):
    """The first rows and columns of smooth pictures, and a few extremes."""
    views = smooth()[:, :side, :side].copy()
    views[-1], views[-2] = 0, 255
    views[-3] = np.indices((side, side)).sum(axis=0) % 2 * 255
    return views


class Graph:
    """A float network, layer by layer."""

    def __init__(self, seed, side):
        self.random = np.random.default_rng(seed)
        self.side = side
        self.nodes, self.weights, self.last, self.channels = [], [], "x", 1

    def constant(self, values):
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, kind, inputs=None, **attributes):
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs or [self.last], [name], name, **attributes))
        self.last = name
        return name

    def conv(self, channels, kernel=3, groups=1, **attributes):
        shape = (channels, self.channels // groups, kernel, kernel)
        spread = 1.6 / np.sqrt(np.prod(shape[1:]))
        # Channels of very different size, so that scales a channel differ from one a tensor.
        size = self.random.uniform(0.2, 1.5, (channels, 1, 1, 1))
        weights = (self.random.normal(0, spread, shape) * size).astype(np.float32)
        bias = self.random.normal(0, 0.2, channels).astype(np.float32)
        self.channels = channels
        inputs = [self.last, self.constant(weights), self.constant(bias)]
        return self.node("Conv", inputs, group=groups, **attributes)

    def dense(self, inputs, outputs):
        weights = self.random.normal(0, 2 / np.sqrt(inputs), (inputs, outputs)).astype(np.float32)
        bias = self.random.normal(0, 0.2, outputs).astype(np.float32)
        return self.node("Gemm", [self.last, self.constant(weights), self.constant(bias)])

    def model(self, opset=17):
        scores = helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)
        picture = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, self.side, self.side])
        graph = helper.make_graph(self.nodes, "quantised", [picture], [scores], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def plain(seed):
    """Convolutions, a maximum, a dense layer."""
    g = Graph(seed, 10)
    g.conv(6, pads=[1] * 4)
    g.node("Relu")
    g.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    g.conv(8)
    g.node("Relu")
    g.node("Flatten")
    g.dense(72, 4)
    return g


def residual(seed):
    """A sum of two branches, a mean over the picture, functions that are no cuts."""
    g = Graph(seed, 12)
    g.conv(6, pads=[1] * 4, strides=[2, 2])
    first = g.node("LeakyRelu", alpha=0.1)
    g.conv(6, pads=[1] * 4)
    g.node("Relu")
    second = g.conv(6, kernel=3, groups=6, pads=[1] * 4)
    g.node("Add", [first, second])
    g.node("Sigmoid")
    g.conv(10, kernel=1)
    g.node("GlobalAveragePool")
    g.node("Flatten")
    g.dense(10, 3)
    return g


def branches(seed):
    """A concatenation, averages, a clip, a transposition."""
    g = Graph(seed, 8)
    g.conv(4, pads=[1] * 4)
    low, high = g.constant(np.float32(0)), g.constant(np.float32(1.5))
    stem = g.node("Clip", [g.last, low, high])
    left = g.conv(4, pads=[1] * 4)
    g.last, g.channels = stem, 4
    right = g.node("AveragePool", kernel_shape=[3, 3], pads=[1] * 4)
    g.node("Concat", [left, right], axis=1)
    g.node("AveragePool", kernel_shape=[3, 3], strides=[2, 2])
    g.node("Transpose", perm=[0, 2, 3, 1])
    g.node("Reshape", [g.last, g.constant(np.array([1, -1], np.int64))])
    g.dense(72, 3)
    g.node("Softmax", axis=-1)
    return g


class Reader(CalibrationDataReader):
    def __init__(self, views):
        self.left = [{"x": (view[None, None] / 255).astype(np.float32)} for view in views]

    def get_next(self):
        return self.left.pop() if self.left else None


def before_softmax(model):
    """The scores: the output, or what the softmax at the end reads; integers dequantised."""
    producers = {name: node for node in model.graph.node for name in node.output}
    name = model.graph.output[0].name
    node = producers[name]
    while node.op_type in ("DequantizeLinear", "QuantizeLinear", "Reshape", "Identity", "Softmax", "QLinearSoftmax"):
        last, node = node, producers[node.input[0]]
        if last.op_type == "Softmax":
            return node.output[0]
        if last.op_type == "QLinearSoftmax":
            shown = helper.make_node("DequantizeLinear", last.input[:3], ["scores"])
            model.graph.node.append(shown)
            return "scores"
    return name


def step_of(model, name):
    """The scale of the integers that a tensor of scores is; 1 for integers."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if name in node.output and node.op_type == "DequantizeLinear":
            return float(constants[node.input[1]].item())
    return 1.0


def question(scores, softmax, step):
    """A predicate; after a softmax there is none on one score."""
    if softmax:
        return {"match_class": int(np.bincount(scores.argmax(axis=1)).argmax())}
    found = predicate(scores)
    if "above" in found:
        # Between two integers: a threshold that scores meet is for the last digit to decide.
        found["above"] = (np.floor(found["above"] / step) + 0.5) * step
    return found


def store(folder, name, model, views, shape, scaling="b/255"):
    onnx.checker.check_model(model)
    data = without_traces(model).SerializeToString()
    shown = onnx.ModelProto.FromString(data)
    wanted = before_softmax(shown)
    if wanted not in [value.name for value in shown.graph.output]:
        shown.graph.output.append(helper.make_tensor_value_info(wanted, TensorProto.FLOAT, None))
    found = []
    # First as the file has it, then with the operators that onnxruntime makes of it.
    levels = onnxruntime.GraphOptimizationLevel
    for level in (levels.ORT_DISABLE_ALL, levels.ORT_ENABLE_ALL):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        session = onnxruntime.InferenceSession(shown.SerializeToString(), options, providers=["CPUExecutionProvider"])
        source = session.get_inputs()[0]
        scores = []
        for view in views:
            values = view.reshape(shape)
            if source.type == "tensor(int8)":
                values = (values.astype(np.int16) - 128).astype(np.int8)
            elif source.type != "tensor(uint8)":
                values = (values / 255).astype(np.float32)
            scores.append(np.asarray(session.run([wanted], {source.name: values})[0], np.float64).ravel())
        found.append(np.array(scores))
    scores, step = found[0], step_of(shown, wanted)
    integers = [np.round(one / step) for one in found]
    differing = int((integers[0] != integers[1]).sum())
    about = {
        "view": f"image/gray-{views.shape[2]}x{views.shape[1]}",
        "input": scaling,
        "predicate": question(scores, wanted != model.graph.output[0].name, step),
        "operators": sorted({node.op_type for node in model.graph.node}),
        "step": step,
        "scores": [[float(f"{value:.9g}") for value in row] for row in scores],
    }
    (folder / f"{name}.onnx").write_bytes(data)
    (folder / f"{name}.u8").write_bytes(views.tobytes())
    (folder / f"{name}.json").write_text(json.dumps(about) + "\n")
    print(f"{name}: {len(data)} bytes, {about['operators']}, {about['predicate']}; "
          f"{differing} of {scores.size} integers are others with onnxruntime's optimiser")


def quantised(folder, name, graph, form, weights, activations, per_channel):
    views = documents(graph.side)
    with tempfile.TemporaryDirectory() as here:
        paths = [str(pathlib.Path(here, part)) for part in ("float.onnx", "ready.onnx", "done.onnx")]
        onnx.save(graph.model(), paths[0])
        quant_pre_process(paths[0], paths[1], skip_symbolic_shape=True)
        quantize_static(
            paths[1], paths[2], Reader(views), quant_format=form, per_channel=per_channel,
            weight_type=weights, activation_type=activations,
        )
        model = onnx.load(paths[2])
    store(folder, name, model, views, (1, 1, graph.side, graph.side))


def by_quantiser(folder):
    u8, s8 = QuantType.QUInt8, QuantType.QInt8
    for kind, make in (("plain", plain), ("residual", residual), ("branches", branches)):
        quantised(folder, f"{kind}-qdq", make(1), QuantFormat.QDQ, s8, u8, False)
        quantised(folder, f"{kind}-qdq-channels", make(2), QuantFormat.QDQ, s8, s8, True)
        quantised(folder, f"{kind}-qlinear", make(3), QuantFormat.QOperator, u8, u8, False)
        quantised(folder, f"{kind}-qlinear-channels", make(4), QuantFormat.QOperator, s8, u8, True)
        quantised(folder, f"{kind}-qlinear-signed", make(5), QuantFormat.QOperator, s8, s8, False)


def by_tflite(folder):
    """A network of Keras, fully quantised by TensorFlow Lite, through tf2onnx; with inputs and
    outputs of floats and of integers."""
    import keras
    import tensorflow as tf

    side = 12
    keras.utils.set_random_seed(8)
    layers = keras.layers
    picture = keras.Input((side, side, 1), name="picture")
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(picture)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    y = layers.DepthwiseConv2D(3, padding="same", activation="relu")(x)
    x = layers.add([x, layers.Conv2D(4, 1)(y)])
    x = layers.MaxPooling2D(2)(x)
    x = layers.concatenate([x, layers.Conv2D(3, 3, padding="same", activation="relu")(x)])
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(3, activation="softmax")(x)
    model = keras.Model(picture, x)
    model.layers[-1].set_weights([6 * weight for weight in model.layers[-1].get_weights()])
    views = documents(side)
    call = tf.function(
        lambda picture: model(picture, training=False),
        input_signature=[tf.TensorSpec((1, side, side, 1), tf.float32, name="picture")],
    )
    for name, ends in (("tflite", tf.float32), ("tflite-int8", tf.int8), ("tflite-uint8", tf.uint8)):
        converter = tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()])
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: (
            [(view.reshape(1, side, side, 1) / 255).astype(np.float32)] for view in views
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = ends
        with tempfile.TemporaryDirectory() as here:
            lite, path = pathlib.Path(here, "model.tflite"), pathlib.Path(here, "model.onnx")
            lite.write_bytes(converter.convert())
            command = ["-m", "tf2onnx.convert", "--opset", "17", "--tflite", lite, "--output", path]
            subprocess.run([sys.executable, *command], check=True, capture_output=True)
            scaling = {"tflite-int8": "b-128", "tflite-uint8": "--raw"}.get(name, "b/255")
            store(folder, name, onnx.load(path), views, (1, side, side, 1), scaling)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tflite", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.tflite:
        by_tflite(options.folder)
    else:
        by_quantiser(options.folder)


if __name__ == "__main__":
    main()
