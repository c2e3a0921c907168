"""Models that ask a judge for as much as they may: written to a folder, one file each.

    v/bin/python scripts/conformance/greedy_models.py /tmp/greedy [NAME…]
    cargo build --release --locked -p candor-testing --example compile-cost
    for f in /tmp/greedy/*.onnx; do target/release/examples/compile-cost --at 127,12 "$f"; done

Each stands for one thing that a small file may make large. docs/performance.md has what they
take. The weights are all alike: nothing here depends on what they are.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
MIB = 1 << 20


class Model:
    """A graph whose input `x` has the given shape."""

    def __init__(self, shape, opset=18):
        self.nodes, self.weights, self.functions = [], [], []
        self.shape, self.opset, self.count = shape, opset, 0
        self.random = np.random.default_rng(1)

    def name(self):
        self.count += 1
        return f"t{self.count}"

    def constant(self, array):
        name = self.name()
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def floats(self, *shape, spread=0.05, dtype=np.float32):
        """Random weights; large ones repeat, since making them takes long."""
        count = int(np.prod(shape))
        some = self.random.uniform(-spread, spread, min(count, 1 << 20)).astype(dtype)
        return self.constant(np.resize(some, shape))

    def node(self, operator, inputs, outputs=1, **attributes):
        names = [self.name() for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def junk(self, size):
        """Bytes that nothing reads: the file is as long as it may ask for."""
        self.constant(np.zeros(size, np.uint8))

    def save(self, output):
        info = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes, "greedy", [info("x", FLOAT, self.shape)],
            [info(output, FLOAT, None)], self.weights)
        sets = [helper.make_opsetid("", self.opset), helper.make_opsetid("own", 1)]
        if any(node.domain == "ai.onnx.ml" for node in self.nodes):
            sets.append(helper.make_opsetid("ai.onnx.ml", 3))
        model = helper.make_model(graph, opset_imports=sets, functions=self.functions)
        return model.SerializeToString()

    def scores(self, tensor, features):
        """Two scores of a tensor of so many features."""
        flat = self.node("Reshape", [tensor, self.constant(np.array([1, features], np.int64))])
        return self.node("MatMul", [flat, self.floats(features, 2, spread=1 / features)])


def dense(sizes, dtype=np.float32, padding=0):
    m = Model([1, sizes[0]])
    y = "x"
    for before, after in zip(sizes, sizes[1:]):
        weights = m.floats(before, after, spread=1 / before, dtype=dtype)
        y = m.node("MatMul", [y, weights])
        if after != sizes[-1]:
            y = m.node("Relu", [y])
    m.junk(padding)
    return m.save(y)


def integers(sizes, dtype=np.int8, axis=False):
    """Weights of 8 bits behind Cast and Mul, or DequantizeLinear."""
    m = Model([1, sizes[0]])
    y = "x"
    for before, after in zip(sizes, sizes[1:]):
        some = m.random.integers(-127, 127, (before, after)).astype(dtype)
        weights = m.constant(some)
        if axis:
            weights = m.node("DequantizeLinear", [
                weights, m.constant(np.full(after, 1e-6, np.float32)),
                m.constant(np.zeros(after, dtype))], axis=1)
        else:
            weights = m.node("Cast", [weights], to=FLOAT)
            weights = m.node("Mul", [weights, m.constant(np.float32(1e-6))])
        y = m.node("MatMul", [y, weights])
    return m.save(y)


def convolutions(channels, side, layers, kernel=3, by_place=False, groups=1, padding=0):
    m = Model([1, channels, side, side])
    m.junk(padding)
    y = "x"
    for layer in range(layers):
        if by_place:
            y = m.node("Mul", [y, m.floats(channels, side, side, spread=1.0)])
        weights = m.floats(channels, channels // groups, kernel, kernel,
                           spread=1 / (channels // groups * kernel * kernel))
        y = m.node("Conv", [y, weights], pads=[kernel // 2] * 4, group=groups)
        y = m.node("Relu", [y])
    y = m.node("GlobalAveragePool", [y])
    return m.save(m.scores(y, channels))


def sums(count, elements, padding=0, wide=0):
    """With `wide`, one sum goes so far that no table of it fits: each precision is tried."""
    m = Model([1, elements])
    y = "x"
    if wide:
        y = m.node("Relu", [m.node("Mul", ["x", m.constant(np.float32(wide))])])
    for _ in range(count):
        y = m.node("Relu", [m.node("Add", [y, "x"])])
    m.junk(padding)
    return m.save(m.scores(m.node("ReduceMean", [y, m.constant(np.array([1]))]), 1))


def constants(count, elements, padding, subgraph=False):
    """Constants that are computed, all held until the last of them is read."""
    m = Model([1, 4])
    size = m.constant(np.array([elements], np.int64))
    y, held = "x", []
    for at in range(count):
        value = numpy_helper.from_array(np.array([0.5 + at], np.float32))
        held.append(m.node("ConstantOfShape", [size], value=value))
    if subgraph:
        yes = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "yes", [],
                                [helper.make_tensor_value_info("y", FLOAT, None)])
        y = m.node("If", [m.constant(np.array(True))], then_branch=yes, else_branch=yes)
    for one in held:
        y = m.node("Add", [y, m.node("ReduceMax", [one, m.constant(np.array([0]))], keepdims=0)])
    m.junk(padding)
    return m.save(y)


def rounds(count, body, elements=1):
    """A Loop whose body makes nodes of `body` on each round."""
    m = Model([1, elements])
    inner, name = [], "carried"
    for at, (operator, others, attributes) in enumerate(body):
        inner.append(helper.make_node(operator, [name, *others], [f"b{at}"], **attributes))
        name = f"b{at}"
    info = helper.make_tensor_value_info
    inner.append(helper.make_node("Identity", ["going"], ["on"]))
    graph = helper.make_graph(
        inner, "body",
        [info("round", TensorProto.INT64, []), info("going", TensorProto.BOOL, []),
         info("carried", FLOAT, None)],
        [info("on", TensorProto.BOOL, []), info(name, FLOAT, None)])
    y = m.node("Loop", [m.constant(np.int64(count)), m.constant(np.array(True)), "x"], body=graph)
    return m.save(m.scores(y, elements))


def masks(softmaxes, length, elements):
    """Many softmaxes behind one chain of masks."""
    m = Model([1, elements])
    y = "x"
    mask = np.zeros((1, elements), np.float32)
    mask[0, 0] = -1e9
    mask = m.constant(mask)
    for _ in range(length):
        y = m.node("Add", [y, mask])
    all_of = [m.node("Softmax", [y], axis=1) for _ in range(softmaxes)]
    while len(all_of) > 1:
        all_of = [m.node("Add", pair) if len(pair) > 1 else pair[0]
                  for pair in (all_of[at:at + 2] for at in range(0, len(all_of), 2))]
    return m.save(m.scores(all_of[0], elements))


def reshapes(products, length):
    """Products by a tensor that was reshaped often: is it a normalisation's factor?"""
    m = Model([1, 1])
    shapes = [m.constant(np.ones(rank, np.int64)) for rank in (2, 3)]
    factor = m.node("Relu", ["x"])
    for at in range(length):
        factor = m.node("Reshape", [factor, shapes[(at + 1) % 2]])
    y = "x"
    for _ in range(products):
        y = m.node("Mul", [y, factor])
    return m.save(m.scores(y, 1))


def names(length, outputs, operator):
    """Long names that many tensors carry."""
    m = Model([1, outputs])
    if operator == "Split":
        parts = m.node("Split", ["x"], outputs, axis=1, num_outputs=outputs)
        m.nodes[-1].name = "n" * length
        y = m.node("Concat", parts, axis=1)
    else:
        y = m.node("Max", ["x"] * outputs)
        m.nodes[-1].output[0] = y = "n" * length
    return m.save(m.scores(y, outputs))


def refused(readers, elements):
    """Nodes that read what is refused, and a large weight."""
    m = Model([1, 64])
    y = m.node("NoSuchOperator", ["x"])
    weights = m.floats(elements // 64, 64)
    for _ in range(readers):
        y = m.node("Add", [y, weights])
    return m.save(y)


def tables(count, parts, wide):
    """A function of its own for each node."""
    m = Model([1, parts])
    y, out = "x", []
    for at in range(count):
        scaled = m.node("Mul", [y, m.constant(np.float32(wide + at / 1000))])
        y = m.node(["Sin", "Cos", "Tanh", "Erf"][at % 4], [scaled])
        out.append(y)
    return m.save(m.scores(y, parts))


def trees(count, depth, scores, features=1024):
    m = Model([1, features])
    leaves, inner = 1 << depth, (1 << depth) - 1
    per = leaves + inner
    attributes = {key: [] for key in ("treeids nodeids featureids values truenodeids falsenodeids "
                                      "modes").split()}
    own = {key: [] for key in "treeids nodeids ids weights".split()}
    for tree in range(count):
        for node in range(per):
            branch = node < inner
            attributes["treeids"].append(tree)
            attributes["nodeids"].append(node)
            attributes["featureids"].append((tree * 7919 + node * 31) % features)
            attributes["values"].append(float((tree * 31 + node * 17) % 255) + 0.5)
            attributes["truenodeids"].append(2 * node + 1 if branch else 0)
            attributes["falsenodeids"].append(2 * node + 2 if branch else 0)
            attributes["modes"].append("BRANCH_LEQ" if branch else "LEAF")
            if not branch:
                own["treeids"].append(tree)
                own["nodeids"].append(node)
                own["ids"].append(node % scores)
                own["weights"].append(((tree * 131 + node * 17) % 1000) / 997)
    attributes = {f"nodes_{key}": value for key, value in attributes.items()}
    attributes |= {f"class_{key}": value for key, value in own.items()}
    m.nodes.append(helper.make_node(
        "TreeEnsembleClassifier", ["x"], ["label", "scores"], domain="ai.onnx.ml",
        classlabels_int64s=list(range(scores)), post_transform="NONE", **attributes))
    return m.save("scores")


def matmuls(batch, rows, inner, columns, count=1):
    largest = max(batch * rows * inner, batch * inner * columns)
    m = Model([1, largest])

    def side(shape):
        flat = m.node("Slice", ["x", m.constant(np.array([0])),
                                m.constant(np.array([int(np.prod(shape))])),
                                m.constant(np.array([1]))])
        return m.node("Reshape", [flat, m.constant(np.array(shape, np.int64))])
    y = side([batch, rows, inner])
    for _ in range(count):
        y = m.node("MatMul", [y, side([batch, inner, columns])])
        y = m.node("Relu", [y])
    y = m.node("ReduceMean", [y, m.constant(np.array([0, 1], np.int64))], keepdims=0)
    return m.save(m.scores(y, columns))


def attention(layers, tokens, width, heads):
    m = Model([1, 1, tokens, width], opset=24)
    y = m.node("Reshape", ["x", m.constant(np.array([1, tokens, width], np.int64))])
    for _ in range(layers):
        q, k, v = (m.node("MatMul", [y, m.floats(width, width, spread=1 / width)])
                   for _ in range(3))
        y = m.node("Attention", [q, k, v], q_num_heads=heads, kv_num_heads=heads)
        y = m.node("LayerNormalization", [y, m.constant(np.ones(width, np.float32))])
    y = m.node("ReduceMean", [y, m.constant(np.array([1], np.int64))], keepdims=0)
    return m.save(m.scores(y, width))


def pools(count, side, kernel, operator):
    m = Model([1, 1, side, side])
    y = "x"
    for _ in range(count):
        y = m.node(operator, [y], kernel_shape=[kernel, kernel], pads=[kernel // 2] * 4)
    y = m.node("GlobalAveragePool", [y])
    return m.save(m.scores(y, 1))


def moves(count, elements):
    """Slices and concatenations of a large tensor."""
    m = Model([1, 1, 2, elements // 2])
    y = "x"
    one, two = m.constant(np.array([0])), m.constant(np.array([1]))
    for _ in range(count):
        axis = m.constant(np.array([2]))
        left = m.node("Slice", [y, one, two, axis])
        right = m.node("Slice", [y, two, m.constant(np.array([2])), axis])
        y = m.node("Concat", [right, left], axis=2)
    y = m.node("Relu", [y])
    y = m.node("ReduceMean", [y, m.constant(np.array([1, 2, 3], np.int64))], keepdims=0)
    return m.save(m.scores(y, 1))


def functions(depth, fan):
    """A function that calls another twice, and so on."""
    m = Model([1, 1])
    m.functions.append(helper.make_function(
        "own", "f0", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])],
        [helper.make_opsetid("", 18)]))
    for level in range(1, depth):
        nodes = [helper.make_node(f"f{level - 1}", ["a" if at == 0 else f"c{at - 1}"],
                                  ["b" if at == fan - 1 else f"c{at}"], domain="own")
                 for at in range(fan)]
        m.functions.append(helper.make_function(
            "own", f"f{level}", ["a"], ["b"], nodes, [helper.make_opsetid("own", 1)]))
    m.nodes.append(helper.make_node(f"f{depth - 1}", ["x"], ["y"], domain="own"))
    return m.save(m.scores("y", 1))


def empties(count):
    m = Model([1, 4])
    for at in range(count):
        m.weights.append(helper.make_tensor(f"e{at}", FLOAT, [0], []))
    return m.save(m.scores(m.node("Relu", ["x"]), 4))


def gates(layers, elements):
    m = Model([1, elements])
    y = "x"
    for _ in range(layers):
        y = m.node("Where", [m.node("Greater", [y, m.constant(np.float32(0.3))]),
                             y, m.node("Mul", [y, m.constant(np.float32(0.1))])])
        y = m.node("Mul", [y, "x"])
    y = m.node("ReduceMean", [y, m.constant(np.array([1]))], keepdims=1)
    return m.save(m.scores(y, 1))


def resized(count, side, factor, mode):
    m = Model([1, 1, side, side])
    y = "x"
    up = m.constant(np.array([1, 1, factor, factor], np.float32))
    for _ in range(count):
        y = m.node("Relu", [m.node("Resize", [y, "", up], mode=mode)])
    y = m.node("GlobalAveragePool", [y])
    return m.save(m.scores(y, 1))


def spread(channels, side, stride, kernel):
    m = Model([1, channels, side, side])
    y = m.node("ConvTranspose", ["x", m.floats(channels, channels, kernel, kernel, spread=1e-3)],
               strides=[stride, stride])
    y = m.node("GlobalAveragePool", [m.node("Relu", [y])])
    return m.save(m.scores(y, channels))


def classes(count):
    m = Model([1, 64])
    return m.save(m.node("MatMul", ["x", m.floats(64, count, spread=1 / 64)]))


MODELS = {
    # Weights, up to what a file of 64 MB may have, and beyond.
    "dense-16M": lambda: dense([4096, 4000]),
    "dense-16M-half": lambda: dense([4096, 4000], np.float16),
    "dense-130M": lambda: dense([11000, 12000]),
    "dense-200M-half": lambda: dense([8000, 12500, 8000], np.float16),
    "dense-200M": lambda: dense([8000, 12500, 8000]),
    "int8-cast": lambda: integers([3400, 3400]),
    "int8-axis": lambda: integers([4000, 3900], axis=True),
    "constants-held": lambda: constants(2, 23 << 20, 0),
    "constants-held-junk": lambda: constants(3, 128 << 20, 260 * MIB),
    # Multiplications.
    "conv-2^31": lambda: convolutions(256, 64, 1),
    "conv-by-place": lambda: convolutions(128, 64, 6, by_place=True),
    "conv-by-place-junk": lambda: convolutions(128, 64, 13, by_place=True, padding=300 * MIB),
    "conv-1x1-by-place": lambda: convolutions(512, 64, 3, kernel=1, by_place=True),
    "conv-wide-by-place": lambda: convolutions(8, 256, 12, kernel=11, by_place=True),
    "matmul-2^33": lambda: matmuls(1, 2048, 2040, 2048),
    "matmul-batches": lambda: matmuls(512, 64, 64, 64, 2),
    "attention": lambda: attention(3, 256, 512, 8),
    # Elements.
    "sums-2^24": lambda: sums(7, 1 << 20),
    "sums-wide": lambda: sums(6, 1 << 20, wide=500),
    "sums-wide-many": lambda: sums(150, 50000, wide=500),
    "sums-many": lambda: sums(1900, 4096),
    "sums-2^26": lambda: sums(31, 1 << 20, 200 * MIB),
    "gates": lambda: gates(6, 1 << 18),
    "moves": lambda: moves(10, 1 << 20),
    "pools-max": lambda: pools(6, 512, 31, "MaxPool"),
    "pools-average": lambda: pools(6, 512, 31, "AveragePool"),
    "resized": lambda: resized(2, 400, 2, "cubic"),
    "spread": lambda: spread(8, 19, 25, 25),
    # Nodes.
    "loop-relu": lambda: rounds(16000, [("Relu", [], {})]),
    "loop-neg-exp": lambda: rounds(5000, [("Neg", [], {}), ("Sigmoid", [], {}), ("Abs", [], {})]),
    "loop-sums": lambda: rounds(5000, [("Add", ["x"], {}), ("Relu", [], {}), ("Add", ["x"], {})]),
    "loop-products": lambda: rounds(5400, [("Mul", ["x"], {}), ("Add", ["x"], {}), ("Relu", [], {})]),
    "loop-of-constants": lambda: rounds(130000, []),
    "functions": lambda: functions(13, 2),
    "masks": lambda: masks(1000, 2000, 2048),
    "reshapes": lambda: reshapes(2000, 2000),
    "names-split": lambda: names(1 << 20, 4000, "Split"),
    "names-max": lambda: names(10, 8000, "Max"),
    "names-max-long": lambda: names(1 << 16, 2000, "Max"),
    "empties": lambda: empties(60000),
    "refused-often": lambda: refused(4000, 16 << 20),
    # Tables and trees.
    "tables": lambda: tables(1500, 64, 1.0),
    "tables-wide": lambda: tables(1500, 8192, 40.0),
    "trees": lambda: trees(256, 10, 10),
    "trees-scores": lambda: trees(16, 11, 1000),
    "trees-few-bytes": lambda: trees(4096, 5, 10, 64),
    "classes": lambda: classes(200000),
}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or MODELS:
        (folder / f"{name}.onnx").write_bytes(MODELS[name]())


if __name__ == "__main__":
    main()
