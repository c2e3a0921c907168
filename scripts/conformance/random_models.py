"""Random small classifiers over the supported operators, random gray documents,
and what onnxruntime says of them.

    python random_models.py FOLDER [--models 1000] [--seed 1] [--most-bytes N] [--more] [--choices]

Each model is three files: NNNN.onnx, NNNN.u8 (its 24 documents, the bytes of
their views one after the other) and NNNN.json (view, input, predicate, scores).
`cargo test --release --test conformance random -- --ignored` reads the folder
that CANDOR_RANDOM_MODELS names. The scores are those before a last softmax: they
have the same order, and their margins mean the same in every model.
"""

import argparse
import json
import math
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

DOCUMENTS = 24


def documents(rng, height, width):
    """Pages and pictures: blank, shaded, blobs, strokes, noise."""
    y, x = np.mgrid[0:height, 0:width]
    pages = [np.full((height, width), 255.0), np.zeros((height, width))]
    while len(pages) < DOCUMENTS:
        kind = len(pages) % 5
        if kind == 0:
            a, b = rng.uniform(-1, 1, 2)
            page = 128 + 127 * (a * (2 * y / height - 1) + b * (2 * x / width - 1)) / (abs(a) + abs(b))
        elif kind == 1:
            page = np.full((height, width), rng.uniform(0, 80))
            for _ in range(rng.integers(1, 4)):
                cy, cx, r = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(1, height / 2)
                page += rng.uniform(60, 200) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * r * r))
        elif kind == 2:
            page = np.full((height, width), 250.0)
            for row in range(1, height, rng.integers(2, 4)):
                start, end = sorted(rng.integers(0, width + 1, 2))
                page[row, start:end] = rng.uniform(0, 90)
        elif kind == 3:
            page = rng.uniform(0, 255, (height, width))
        else:
            page = np.where((y // rng.integers(1, 5) + x // rng.integers(1, 5)) % 2, 230.0, rng.uniform(0, 200))
        pages.append(page)
    return np.clip(np.round(np.stack(pages)), 0, 255).astype(np.uint8)


class Model:
    """A graph in the making; `name` and `shape` are those of the last tensor."""

    def __init__(self, rng, opset, shape):
        self.rng, self.opset = rng, opset
        self.nodes, self.weights = [], []
        self.count = 0
        self.choices = False
        self.name, self.shape = "x", list(shape)
        self.input_shape = list(shape)
        self.operators = set()

    def fresh(self):
        self.count += 1
        return f"t{self.count}"

    def constant(self, values, dtype=np.float32):
        """A weight: an initializer, or now and then a Constant node."""
        name, values = self.fresh(), np.asarray(values, dtype)
        tensor = numpy_helper.from_array(values, name)
        if self.rng.random() < 0.1 and values.size < 100:
            self.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        else:
            self.weights.append(tensor)
        return name

    def node(self, operator, inputs, outputs=1, **attributes):
        names = [self.fresh() for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, **attributes))
        self.operators.add(operator)
        return names[0]

    def then(self, operator, inputs=(), shape=None, **attributes):
        self.name = self.node(operator, [self.name, *inputs], **attributes)
        self.shape = list(self.shape if shape is None else shape)
        return self

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def spread(self, shape, fan):
        """Weights; now and then of very different size in one layer."""
        values = self.rng.normal(0, 1 / math.sqrt(fan), shape)
        if self.chance(0.12):
            scale = 10.0 ** self.rng.uniform(-2, 1, shape[0])
            values *= scale.reshape([-1] + [1] * (len(shape) - 1))
        return values

    # Layers

    def reshape(self, shape):
        if self.chance(0.2) and self.shape[0] == shape[0] and len(shape) > 1:
            # As exporters write it: arithmetic on the shape.
            size = self.node("Shape", [self.name])
            batch = self.node("Gather", [size, self.constant(np.int64(0), np.int64)], axis=0)
            if self.opset < 13:
                batch = self.node("Unsqueeze", [batch], axes=[0])
            else:
                batch = self.node("Unsqueeze", [batch, self.constant([0], np.int64)])
            rest = self.constant(shape[1:], np.int64)
            return self.then("Reshape", [self.node("Concat", [batch, rest], axis=0)], shape)
        target = list(shape)
        if self.chance(0.5):
            target[self.rng.integers(len(target))] = -1
        return self.then("Reshape", [self.constant(target, np.int64)], shape)

    def arithmetic(self):
        """With a constant, in either order."""
        size = self.pick([], [1], [1] * len(self.shape), self.shape[1:], self.shape)
        if len(self.shape) == 4 and self.chance(0.5):
            size = [self.shape[1], 1, 1]
        values = self.rng.normal(0, 1, size)
        kind = self.pick("Add", "Sub", "Reverse", "Mul", "Div", "ReverseMul")
        if kind in ("Mul", "ReverseMul"):
            values = values + np.sign(values) * 0.3
        if kind == "Div":
            values = np.where(values < 0, -1, 1) * (0.5 + np.abs(values))
        constant = self.constant(values)
        if kind == "Reverse":
            self.name = self.node("Sub", [constant, self.name])
        elif kind == "ReverseMul":
            self.name = self.node("Mul", [constant, self.name])
        else:
            self.then(kind, [constant])
        return self

    def less_mean(self):
        if self.opset >= 18:
            axes = self.constant(list(range(1, len(self.shape))), np.int64)
            mean = self.node("ReduceMean", [self.name, axes], keepdims=1)
        else:
            mean = self.node("ReduceMean", [self.name], axes=list(range(1, len(self.shape))), keepdims=1)
        return self.then("Sub", [mean])

    def convolution(self):
        _, channels, height, width = self.shape
        groups = self.pick(1, 1, 1, channels)
        outputs = groups * int(self.rng.integers(1, 5 if groups == 1 else 3))
        kernel = [int(self.rng.integers(1, min(5, size) + 1)) for size in (height, width)]
        strides = [self.pick(1, 1, 2, 3) for _ in range(2)]
        dilations = [self.pick(1, 1, 1, 2) for _ in range(2)]
        attributes = {}
        padding = self.pick("none", "pads", "SAME_UPPER", "SAME_LOWER", "VALID")
        if padding.startswith("SAME"):
            # onnxruntime does not run the two together.
            dilations = [1, 1]
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
        pads = [0, 0, 0, 0]
        if padding == "pads":
            pads = [int(self.rng.integers(0, 3)) for _ in range(4)]
            attributes["pads"] = pads
        elif padding != "none":
            attributes["auto_pad"] = padding
        sizes = []
        for axis, size in enumerate((height, width)):
            if padding.startswith("SAME"):
                sizes.append(-(-size // strides[axis]))
            else:
                room = size + pads[axis] + pads[axis + 2] - reach[axis]
                if room < 0:
                    return self
                sizes.append(room // strides[axis] + 1)
        if self.chance(0.7):
            attributes["kernel_shape"] = kernel
        inputs = [self.constant(self.spread([outputs, channels // groups, *kernel], channels // groups * math.prod(kernel)))]
        bias = self.pick("none", "empty", "some")
        if bias == "empty":
            inputs.append("")
        elif bias == "some":
            inputs.append(self.constant(self.rng.normal(0, 0.3, outputs)))
        return self.then("Conv", inputs, [1, outputs, *sizes], strides=strides, dilations=dilations, group=groups, **attributes)

    def normalisation(self):
        channels = self.shape[1]
        gamma, beta, mean = (self.rng.normal(m, 0.3, channels) for m in (1, 0, 0))
        variance = self.rng.uniform(0.2, 2, channels)
        return self.then("BatchNormalization", [self.constant(v) for v in (gamma, beta, mean, variance)], epsilon=1e-3)

    def function(self):
        """A function of one element, as an operator of its own or spelled out."""
        since = {"Gelu": 20, "Mish": 18, "HardSwish": 14, "Celu": 12, "ThresholdedRelu": 10}
        kind = self.pick(
            *[name for name, version in since.items() if self.opset >= version],
            "HardSigmoid", "Elu", "Selu", "Softplus", "Softsign", "Shrink",
            "Tanh", "Erf", "Exp", "Abs", "Neg", "Sin", "Cos", "Atan", "Sinh", "Asinh", "Log", "Sqrt",
            "Reciprocal", "Pow", "Divide", "PRelu", "LeakyRelu", "Bounds",
            "SiLU", "SiLU", "hard swish", "hard swish", "GELU", "GELU tanh", "softsign", "mish", "square",
        )
        number = lambda value: self.constant(np.float32(value))
        x = self.name
        if kind in ("Log", "Sqrt", "Reciprocal", "Divide"):
            # Of what is far enough from zero.
            self.then("Mul", [x]).then("Add", [number(self.rng.uniform(0.3, 2))])
            if kind == "Divide":
                self.name = self.node("Div", [number(self.rng.normal()), self.name])
                return self
            return self.then(kind)
        if kind in ("Exp", "Sinh"):
            return self.then("Clip", [number(-3), number(3)]).then(kind) if self.opset >= 11 else self.then("Tanh").then(kind)
        if kind == "Pow":
            return self.then("Pow", [number(self.pick(2, 2, 3))])
        if kind == "PRelu":
            size = self.pick([1], [self.shape[1]] + [1] * (len(self.shape) - 2))
            return self.then("PRelu", [self.constant(self.rng.normal(0.3, 0.5, size))])
        if kind == "LeakyRelu":
            return self.then("LeakyRelu", alpha=float(self.rng.uniform(-1, 0)))
        if kind == "Bounds":
            low, high = sorted(self.rng.normal(0, 1, 2))
            return self.then("Max", [number(low)]).then("Min", [number(high)])
        if kind == "Gelu":
            return self.then("Gelu", approximate=self.pick("none", "tanh"))
        if kind in ("Elu", "Celu", "ThresholdedRelu"):
            return self.then(kind, alpha=float(self.rng.uniform(0.3, 1.5)))
        if kind == "Shrink":
            return self.then(kind, bias=float(self.rng.uniform(0, 0.3)), lambd=float(self.rng.uniform(0, 0.5)))
        if kind == "SiLU":
            return self.then("Sigmoid").then("Mul", [x])
        if kind == "hard swish":
            if self.chance(0.5) or self.opset < 11:
                share = self.node("HardSigmoid", [x], alpha=1 / 6, beta=0.5)
                return self.then("Mul", [share])
            share = self.node("Clip", [self.node("Add", [x, number(3)]), number(0), number(6)])
            return self.then("Mul", [share]).then("Div", [number(6)])
        if kind == "GELU":
            share = self.node("Erf", [self.node("Div", [x, number(math.sqrt(2))])])
            return self.then("Mul", [self.node("Add", [share, number(1)])]).then("Mul", [number(0.5)])
        if kind == "GELU tanh":
            cube = self.node("Mul", [self.node("Pow", [x, number(3)]), number(0.044715)])
            inner = self.node("Mul", [self.node("Add", [x, cube]), number(math.sqrt(2 / math.pi))])
            share = self.node("Add", [self.node("Tanh", [inner]), number(1)])
            return self.then("Mul", [number(0.5)]).then("Mul", [share])
        if kind == "softsign":
            return self.then("Div", [self.node("Add", [self.node("Abs", [x]), number(1)])])
        if kind == "mish":
            return self.then("Mul", [self.node("Tanh", [self.node("Softplus", [x])])])
        if kind == "square":
            return self.then("Mul", [x])
        return self.then(kind)

    def activation(self):
        if self.chance(0.5):
            return self.function()
        kind = self.pick("Relu", "Relu", "LeakyRelu", "Sigmoid", "Clip", "Clip")
        if kind == "LeakyRelu":
            return self.then("LeakyRelu", alpha=float(self.rng.uniform(0, 0.5)))
        if kind == "Clip":
            low, high = sorted(self.rng.normal(0, 1, 2))
            form = self.pick("both", "low", "high", "infinite", "binds")
            if form == "binds":
                low, high = 50.0, 60.0
            if self.opset < 11:
                bounds = {}
                if form != "high":
                    bounds["min"] = float(low)
                if form not in ("low", "infinite"):
                    bounds["max"] = float(high)
                return self.then("Clip", **bounds)
            low = "" if form == "high" else self.constant(np.float32(low))
            if form == "infinite":
                return self.then("Clip", [low, self.constant(np.float32(np.inf))])
            return self.then("Clip", [low] if form == "low" else [low, self.constant(np.float32(high))])
        return self.then(kind)

    def pool(self):
        _, channels, height, width = self.shape
        if min(height, width) < 2:
            return self
        kernel = [int(self.rng.integers(1, min(3, size) + 1)) for size in (height, width)]
        strides = [self.pick(1, 2) for _ in range(2)]
        operator = self.pick("MaxPool", "AveragePool")
        attributes = {"kernel_shape": kernel, "strides": strides}
        pads = [0, 0, 0, 0]
        if self.chance(0.3):
            pads = [int(self.rng.integers(0, k)) for k in kernel + kernel]
            attributes["pads"] = pads
        if operator == "AveragePool" and self.chance(0.5):
            attributes["count_include_pad"] = 1
        sizes = [(size + pads[a] + pads[a + 2] - kernel[a]) // strides[a] + 1 for a, size in enumerate((height, width))]
        return self.then(operator, shape=[1, channels, *sizes], **attributes)

    def pad(self):
        rank = len(self.shape)
        pads = [0] * (rank - 2) + [int(self.rng.integers(0, 3)) for _ in range(2)]
        after = [0] * (rank - 2) + [int(self.rng.integers(0, 3)) for _ in range(2)]
        shape = [b + d + a for b, d, a in zip(pads, self.shape, after)]
        if self.opset < 11:
            return self.then("Pad", shape=shape, pads=pads + after)
        inputs = [self.constant(pads + after, np.int64)]
        if self.chance(0.4):
            inputs.append(self.constant(np.float32(self.pick(0.0, 0.0, 0.5))))
        return self.then("Pad", inputs, shape)

    def residual(self):
        before, shape = self.name, list(self.shape)
        channels = shape[1]
        kernel = 3 if min(shape[2:]) >= 3 else 1
        weight = self.constant(self.spread([channels, channels, kernel, kernel], channels * kernel**2))
        self.then("Conv", [weight], pads=[kernel // 2] * 4)
        if self.chance(0.5):
            self.normalisation()
        if self.chance(0.6):
            self.activation()
        operator = self.pick("Add", "Add", "Sub")
        pair = [self.name, before] if self.chance(0.5) else [before, self.name]
        self.name = self.node(operator, pair)
        return self

    def branches(self):
        before, shape = self.name, list(self.shape)
        names, total = [before] if self.chance(0.3) else [], 0
        total += shape[1] * len(names)
        for _ in range(2):
            self.name, self.shape = before, list(shape)
            outputs = int(self.rng.integers(1, 3))
            self.then("Conv", [self.constant(self.spread([outputs, shape[1], 1, 1], shape[1]))], [1, outputs, *shape[2:]])
            if self.chance(0.7):
                self.activation()
            names.append(self.name)
            total += outputs
        self.name = self.node("Concat", names, axis=self.pick(1, -3))
        self.shape = [1, total, *shape[2:]]
        return self

    def aside(self):
        """Something that changes nothing."""
        kind = self.pick("Identity", "Dropout", "mask", "training", "Cast", "dead", "unknown", "there and back")
        if kind == "Identity":
            return self.then("Identity")
        if kind in ("Dropout", "mask", "training"):
            inputs = [self.name]
            if self.opset >= 12 and kind == "training":
                inputs += ["", self.constant(np.array(False), np.bool_)]
            self.name = self.node("Dropout", inputs, outputs=2 if kind == "mask" else 1)
            return self
        if kind == "Cast":
            return self.then("Cast", to=TensorProto.FLOAT)
        if kind == "dead":
            self.node("Relu", [self.name])
        elif kind == "unknown":
            self.node("Erf", [self.name])
        else:
            order = list(self.rng.permutation(len(self.shape)))
            back = [int(at) for at in np.argsort(order)]
            self.then("Transpose", perm=[int(at) for at in order])
            self.then("Transpose", perm=back)
        return self

    def flatten(self):
        _, channels, height, width = self.shape
        form = self.pick("mean", "mean", "reduce", "max", "flat", "flat", "reshape")
        if form == "mean":
            self.then("GlobalAveragePool", shape=[1, channels, 1, 1])
        if form == "max":
            self.then("GlobalMaxPool", shape=[1, channels, 1, 1])
        if form in ("mean", "max"):
            if self.chance(0.5):
                return self.then("Flatten", shape=[1, channels])
            if self.opset >= 13:
                return self.then("Squeeze", [self.constant([2, 3], np.int64)], [1, channels])
            return self.then("Squeeze", shape=[1, channels], axes=[2, 3])
        if form == "reduce":
            if self.opset >= 18:
                return self.then("ReduceMean", [self.constant([2, 3], np.int64)], [1, channels], keepdims=0)
            return self.then("ReduceMean", shape=[1, channels], axes=[2, 3], keepdims=0)
        if form == "flat":
            return self.then("Flatten", shape=[1, channels * height * width])
        return self.reshape([1, channels * height * width])

    def dense(self, outputs, bias=None):
        """One dense layer in one of its spellings; the bias in a tensor of its own."""
        inputs = self.shape[1]
        weight = self.spread([outputs, inputs], inputs)
        bias = self.rng.normal(0, 0.3, outputs) if bias is None else bias
        form = self.pick("gemm", "gemmT", "matmul", "ones", "constant first", "transposed weight", "transA", "vector")
        shape = [1, outputs]
        if form == "gemm":
            return self.then("Gemm", [self.constant(weight.T), self.constant(bias)], shape)
        if form == "gemmT":
            alpha = float(self.pick(1.0, 0.5))
            return self.then("Gemm", [self.constant(weight / alpha), self.constant(bias)], shape, transB=1, alpha=alpha)
        if form == "transA":
            self.reshape([inputs, 1])
            return self.then("Gemm", [self.constant(weight.T), self.constant(bias)], shape, transA=1)
        if form == "constant first":
            self.reshape([inputs, 1])
            self.name = self.node("Gemm", [self.constant(weight), self.name, self.constant(bias[:, None])])
            self.shape = [outputs, 1]
            return self.reshape(shape)
        if form == "ones":
            self.then("MatMul", [self.constant(weight.T[None])], [1, 1, outputs])
            self.then("Add", [self.constant(bias)])
            return self.reshape(shape)
        if form == "transposed weight":
            turned = self.node("Transpose", [self.constant(weight)])
            self.then("MatMul", [turned], shape)
        elif form == "vector":
            self.reshape([inputs])
            self.then("MatMul", [self.constant(weight.T)], [outputs])
            self.then("Add", [self.constant(bias)])
            return self.reshape(shape)
        else:
            self.then("MatMul", [self.constant(weight.T)], shape)
        bias = self.constant(bias)
        if self.chance(0.5):
            return self.then("Add", [bias])
        self.name = self.node("Add", [bias, self.name])
        return self

    # Products of tensors and further linear operators (--more)

    def more(self):
        if self.choices and self.chance(0.5):
            return self.pick(self.by_cases, self.by_cases, self.comparison, self.comparison, self.bounds)()
        return self.pick(
            self.gate, self.gate, self.product, self.of_several, self.resize, self.transposed,
            self.blocks, self.running, self.einsum, self.matrices, self.replaced,
        )()

    def branch(self, channels, size=None):
        """The name of a 1×1 convolution of the tensor, which stays what it is."""
        weight = self.constant(self.spread([channels, self.shape[1], 1, 1], self.shape[1]))
        return self.node("Conv", [self.name, weight, self.constant(self.rng.normal(0, 0.3, channels))])

    def pair(self, operator, left, right):
        inputs = [left, right] if self.chance(0.5) else [right, left]
        self.name = self.node(operator, inputs)
        return self

    def gate(self):
        """Squeeze and excitation, or a gate for each place."""
        before, channels = self.name, self.shape[1]
        if self.chance(0.7):
            self.name = self.node("GlobalAveragePool", [self.name])
            few = int(self.rng.integers(1, channels + 1))
            whole, self.shape = self.shape, [1, channels, 1, 1]
            self.name = self.node("Relu", [self.branch(few)])
            self.shape = [1, few, 1, 1]
            gate, self.shape = self.branch(channels), whole
        else:
            gate = self.branch(self.pick(1, channels))
        return self.pair("Mul", before, self.node("Sigmoid", [gate]))

    def product(self):
        channels = self.shape[1]
        left = self.pick(self.name, self.branch(channels))
        return self.pair("Mul", left, self.branch(self.pick(1, channels)))

    def of_several(self):
        channels = self.shape[1]
        inputs = [self.branch(channels) for _ in range(self.rng.integers(1, 4))]
        if self.chance(0.5):
            inputs.append(self.name)
        if self.chance(0.4):
            size = self.pick([1], [channels, 1, 1])
            inputs.append(self.constant(self.rng.normal(0, 1, size)))
        self.name = self.node(self.pick("Sum", "Mean", "Max", "Min"), inputs)
        return self

    def resize(self):
        _, channels, height, width = self.shape
        scales = [float(self.pick(0.5, 1.0, 1.5, 2.0)) for _ in range(2)]
        size = [int(np.float32(n) * np.float32(s)) for n, s in zip((height, width), scales)]
        if math.prod(size) * channels > 2500 or min(size) < 1:
            return self
        shape, whole = [1, channels, *size], self.constant([1.0, 1.0, *scales])
        if self.opset < 10:
            if min(scales) < 1:
                return self
            return self.then("Upsample", [whole], shape, mode=self.pick("nearest", "linear"))
        if self.opset < 11:
            return self.then("Resize", [whole], shape, mode="linear")
        mode = self.pick("nearest", "linear", "linear", "cubic")
        how = {"mode": mode, "coordinate_transformation_mode": self.pick("half_pixel", "pytorch_half_pixel", "asymmetric")}
        if mode == "nearest":
            how["nearest_mode"] = self.pick("floor", "round_prefer_floor")
        empty = self.constant([]) if self.opset < 13 else ""
        if self.chance(0.5):
            return self.then("Resize", [empty, whole], shape, **how)
        how["coordinate_transformation_mode"] = self.pick(how["coordinate_transformation_mode"], "align_corners")
        return self.then("Resize", [empty, empty, self.constant(shape, np.int64)], shape, **how)

    def transposed(self):
        _, channels, height, width = self.shape
        groups = self.pick(1, channels)
        outputs = int(self.rng.integers(1, 4))
        kernel, strides = ([int(n) for n in self.rng.integers(1, 4, 2)] for _ in range(2))
        pads = [int(self.rng.integers(0, k)) for k in kernel + kernel]
        size = [s * (n - 1) + k - pads[a] - pads[a + 2] for a, (n, k, s) in enumerate(zip((height, width), kernel, strides))]
        if min(size) < 1 or math.prod(size) * outputs * groups > 2500:
            return self
        inputs = [self.constant(self.spread([channels, outputs, *kernel], channels // groups * math.prod(kernel)))]
        if self.chance(0.5):
            inputs.append(self.constant(self.rng.normal(0, 0.3, groups * outputs)))
        shape = [1, groups * outputs, *size]
        return self.then("ConvTranspose", inputs, shape, strides=strides, pads=pads, group=groups)

    def blocks(self):
        _, channels, height, width = self.shape
        if height % 2 == 0 and width % 2 == 0 and self.chance(0.7):
            return self.then("SpaceToDepth", shape=[1, 4 * channels, height // 2, width // 2], blocksize=2)
        if channels % 4 == 0 and self.opset >= 11:
            shape = [1, channels // 4, 2 * height, 2 * width]
            return self.then("DepthToSpace", shape=shape, blocksize=2, mode=self.pick("DCR", "CRD"))
        return self

    def running(self):
        if self.opset < 11:
            return self
        axis = int(self.rng.integers(2, 4))
        self.then("CumSum", [self.constant(np.int64(axis), np.int64)], reverse=self.pick(0, 1))
        return self.then("Mul", [self.constant(np.float32(1 / self.shape[axis]))])

    def einsum(self):
        if self.opset < 12:
            return self
        _, channels, height, width = self.shape
        outputs = int(self.rng.integers(1, 4))
        if self.chance(0.5):
            weight = self.constant(self.spread([outputs, channels], channels))
            return self.then("Einsum", [weight], [1, outputs, height, width], equation="bchw,oc->bohw")
        weight = self.constant(self.spread([channels, width, outputs], width))
        return self.then("Einsum", [weight], [1, channels, outputs, height], equation="bchw,cwo->bcoh")

    def matrices(self):
        _, channels, height, width = self.shape
        outputs = int(self.rng.integers(1, 8))
        weight = self.constant(self.spread([channels, width, outputs], width))
        return self.then("MatMul", [weight], [1, channels, height, outputs])

    def replaced(self):
        condition = self.constant(self.rng.random(self.shape[2:]) < 0.7, np.bool_)
        other = self.pick(self.constant(np.float32(self.rng.normal())), self.branch(self.shape[1]))
        self.name = self.node("Where", [condition, self.name, other])
        return self

    # Comparisons and choices (--choices)

    def compared(self, left, right):
        since = {"Greater": 9, "Less": 9, "GreaterOrEqual": 12, "LessOrEqual": 12}
        return self.node(self.pick(*[name for name, version in since.items() if self.opset >= version]), [left, right])

    def truth(self):
        """Comparisons of the tensor, or of a branch of it, with numbers or with each other."""
        channels = self.shape[1]
        left = self.pick(self.name, self.branch(channels))
        right = self.pick(
            self.constant(np.float32(self.rng.normal(0, 0.5))),
            self.constant(self.rng.normal(0, 0.5, [channels, 1, 1])),
            self.branch(self.pick(1, channels)),
        )
        pair = [left, right] if self.chance(0.5) else [right, left]
        return self.compared(*pair)

    def by_cases(self):
        """An activation as exporters spell it, one case here and another there."""
        x, number = self.name, lambda value: self.constant(np.float32(value))
        kind = self.pick("elu", "leaky", "softplus", "hard swish", "threshold", "hard tanh")
        if kind == "elu":
            below = self.node("Sub", [self.node("Exp", [x]), number(1)])
            below = self.node("Mul", [below, number(self.rng.uniform(0.3, 2))])
            self.name = self.node("Where", [self.node("Greater", [x, number(0)]), x, below])
        elif kind == "leaky":
            below = self.node("Mul", [x, number(self.rng.uniform(-0.5, 0.5))])
            self.name = self.node("Where", [self.compared(x, number(0)), x, below])
        elif kind == "softplus":
            soft = self.node("Log", [self.node("Add", [self.node("Exp", [x]), number(1)])])
            self.name = self.node("Where", [self.node("Greater", [x, number(20)]), x, soft])
        elif kind == "hard swish":
            between = self.node("Div", [self.node("Mul", [x, self.node("Add", [x, number(3)])]), number(6)])
            inner = self.node("Where", [self.node("Less", [x, number(-3)]), number(0), between])
            self.name = self.node("Where", [self.node("Greater", [x, number(3)]), x, inner])
        elif kind == "threshold":
            above = self.node("Cast", [self.compared(x, number(self.rng.normal(0, 0.5)))], to=TensorProto.FLOAT)
            self.name = self.node("Mul", [x, above])
        else:
            low, high = number(-1), number(1)
            inner = self.node("Where", [self.node("Less", [x, low]), low, x])
            self.name = self.node("Where", [self.node("Greater", [x, high]), high, inner])
        return self

    def comparison(self):
        """A choice between tensors, or truth values that are added in."""
        truth = self.truth()
        if self.chance(0.4):
            truth = self.node(self.pick("And", "Or", "Xor"), [truth, self.truth()])
        if self.chance(0.2):
            truth = self.node("Not", [truth])
        channels = self.shape[1]
        if self.chance(0.3):
            mask = self.node("Cast", [truth], to=TensorProto.FLOAT)
            return self.pair("Add", self.name, self.node("Mul", [mask, self.constant(np.float32(self.rng.normal()))]))
        other = self.pick(self.constant(np.float32(self.rng.normal())), self.branch(channels))
        pair = [self.name, other] if self.chance(0.5) else [other, self.name]
        self.name = self.node("Where", [truth, *pair])
        return self

    def bounds(self):
        """Cut off at the least and greatest of a branch."""
        if self.opset < 13:
            return self
        other = self.branch(self.shape[1])
        low, high = (self.node(f"Reduce{which}", [other], keepdims=0) for which in ("Min", "Max"))
        self.name = self.node("Clip", [self.name, self.pick(low, ""), high])
        return self

    def file(self, output, shape):
        graph = helper.make_graph(
            self.nodes,
            "random",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.input_shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        return model.SerializeToString()


def run(model, tensors):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    # The optimiser of a runtime may itself be wrong.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return np.stack([session.run(None, {"x": tensor})[0].ravel() for tensor in tensors])


def build(rng, more=False, choices=False):
    """One model with its documents; `None` if it is of no use."""
    height, width = (int(rng.integers(6, 21)) for _ in range(2))
    opset = int(rng.choice([9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21]))
    form = rng.choice(["image", "image", "image", "last", "flat", "rows"])
    shape = {
        "image": [1, 1, height, width],
        "last": [1, height, width, 1],
        "flat": [1, height * width],
        "rows": [1, height, width],
    }[form]
    m = Model(rng, opset, shape)
    m.choices, more = choices, more or choices
    raw = bool(rng.random() < 0.2)
    if raw:
        m.then("Mul", [m.constant(np.float32(1 / 128))])
    image = form in ("image", "last") or m.chance(0.6) or more
    if form == "last":
        m.then("Transpose", shape=[1, 1, height, width], perm=[0, 3, 1, 2])
    elif image and form != "image":
        m.reshape([1, 1, height, width])
    if m.chance(0.25):
        m.less_mean()
    if m.chance(0.3):
        m.arithmetic()
    if image:
        for _ in range(rng.integers(1 if more else 0, 4)):
            if m.chance(0.2):
                m.pad()
            m.convolution()
            if m.chance(0.3):
                m.normalisation()
            while more and m.chance(0.6):
                m.more()
            if m.chance(0.2):
                m.arithmetic()
            if m.chance(0.75):
                m.activation()
            if m.chance(0.3):
                m.pool()
            if m.chance(0.2):
                m.residual()
            if m.chance(0.2):
                m.branches()
            if m.chance(0.25):
                m.aside()
        m.flatten()
    elif len(m.shape) == 3:
        m.then("Flatten", shape=[1, height * width])
    if math.prod(m.shape) > 3000:
        return None
    if m.chance(0.4):
        m.dense(int(rng.integers(3, 12))).activation()
    if m.chance(0.15):
        m.aside()
    classes = int(rng.integers(2, 7))
    # A bias of its own number, set below so that the classes are in balance.
    mark = rng.normal(0, 1, classes)
    m.dense(classes, mark)
    raw_scores, raw_shape = m.name, list(m.shape)
    pages = documents(rng, height, width)
    tensors = [(page.astype(np.float32) / np.float32(1 if raw else 255)).reshape(shape) for page in pages]
    first = run(m.file(raw_scores, raw_shape), tensors)
    if not np.isfinite(first).all() or first.std(axis=0).max() < 1e-3:
        return None
    wanted = mark - first.mean(axis=0) + rng.normal(0, 0.5, classes) * first.std()
    if m.chance(0.1):
        wanted += 1000.0 * rng.choice([-1, 1]) * first.std()
    replace(m, mark.astype(np.float32), wanted.astype(np.float32))
    end = m.pick("none", "none", "softmax", "softmax", "logsoftmax", "threshold")
    if end in ("softmax", "logsoftmax"):
        m.then("Softmax" if end == "softmax" else "LogSoftmax", axis=1)
        if m.chance(0.3):
            m.pick(lambda: m.then("Identity"), lambda: m.reshape([classes]), lambda: m.reshape([1, 1, classes]))()
        if m.chance(0.2):
            m.node("Exp", [m.name])
    model = m.file(m.name, m.shape)
    onnx.checker.check_model(onnx.load_from_string(model))
    scores = run(m.file(raw_scores, raw_shape), tensors)
    if np.ptp(scores, axis=0).max() < 1e-4 * np.abs(scores).max():
        # Single precision cannot tell the documents apart.
        return None
    final = run(model, tensors)
    if not np.isfinite(final).all():
        # Far scores: minus infinity in float32, finite in the reals.
        final = scores
    if end == "threshold":
        index = int(rng.integers(classes))
        above = float(np.float32(np.median(scores[:, index]) + 0.01 * scores[:, index].std()))
        predicate = {"match_score": index, "above": above}
    else:
        counts = np.bincount(scores.argmax(axis=1), minlength=classes)
        predicate = {"match_class": int(np.abs(counts - DOCUMENTS / 2).argmin())}
        if (final.argmax(axis=1) != scores.argmax(axis=1)).any() and end == "none":
            raise AssertionError("two runs differ")
    case = {
        "view": f"image/gray-{width}x{height}",
        "input": "--raw" if raw else "b/255",
        "predicate": predicate,
        "operators": sorted(m.operators),
        "scores": [[float(f"{value:.7g}") for value in row] for row in scores],
    }
    return model, pages, case


def replace(m, old, new):
    """Puts other numbers into the weight that holds `old`."""

    def other(tensor):
        values = numpy_helper.to_array(tensor)
        if values.size == old.size and np.array_equal(values.ravel(), old):
            return numpy_helper.from_array(new.reshape(values.shape), tensor.name)
        return None

    for at, tensor in enumerate(m.weights):
        if (found := other(tensor)) is not None:
            m.weights[at] = found
            return
    for node in m.nodes:
        if node.op_type == "Constant" and (found := other(node.attribute[0].t)) is not None:
            node.attribute[0].t.CopyFrom(found)
            return
    raise AssertionError("there is no such weight")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most-bytes", type=int, default=1 << 20, help="leave out larger models")
    parser.add_argument("--more", action="store_true", help="products of tensors and further linear operators too")
    parser.add_argument("--choices", action="store_true", help="comparisons and choices among what --more has")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    written, attempt = 0, 0
    while written < arguments.models:
        attempt += 1
        found = build(np.random.default_rng([arguments.seed, attempt]), arguments.more, arguments.choices)
        if found is None or len(found[0]) > arguments.most_bytes:
            continue
        model, pages, case = found
        path = arguments.folder / f"{written:04}"
        path.with_suffix(".onnx").write_bytes(model)
        path.with_suffix(".u8").write_bytes(pages.tobytes())
        case["made"] = [arguments.seed, attempt]
        path.with_suffix(".json").write_text(json.dumps(case, separators=(",", ":")) + "\n")
        written += 1
    print(f"{written} models of {attempt} tries")


if __name__ == "__main__":
    main()
