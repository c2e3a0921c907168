"""Writes seeds of the `onnx` target that exercise what stands around operators: functions,
If and Loop, what a model leaves open or says of itself, weights beside it, refusals.

    python fuzz_seeds.py ../../fuzzing/seeds/onnx

Made with onnx 1.23.2. The files are not read by a runtime.
"""

import sys
from pathlib import Path

import numpy as np
from onnx import AttributeProto, TensorProto, checker, helper, numpy_helper

OPSETS = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]


def tensor(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name, values, kind=np.float32):
    return numpy_helper.from_array(np.array(values, kind), name)


def model(nodes, ends, weights, opsets=OPSETS, **more):
    inputs, outputs = ends
    graph = helper.make_graph(nodes, "graph", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=opsets, ir_version=9, **more)


def written_out():
    """A function with an attribute, called twice; an If and a Loop with constant conditions."""
    node = helper.make_node
    leaky = node("LeakyRelu", ["a"], ["b"])
    leaky.attribute.append(
        AttributeProto(name="alpha", type=AttributeProto.FLOAT, ref_attr_name="slope")
    )
    inner = [leaky, node("Relu", ["b"], ["c"])]
    steep = helper.make_function(
        "own", "steep", ["a"], ["c"], inner, OPSETS[:1], attributes=["slope"]
    )
    yes = helper.make_graph([node("Add", ["p", "one"], ["q"])], "yes", [], [tensor("q", None)])
    no = helper.make_graph([node("Sub", ["p", "one"], ["r"])], "no", [], [tensor("r", None)])
    body = helper.make_graph(
        [
            node("Identity", ["c0"], ["c1"]),
            node("Mul", ["v0", "half"], ["v1"]),
            node("Identity", ["v1"], ["s"]),
        ],
        "body",
        [tensor("i", [], TensorProto.INT64), tensor("c0", [], TensorProto.BOOL), tensor("v0", None)],
        [tensor("c1", [], TensorProto.BOOL), tensor("v1", None), tensor("s", None)],
    )
    nodes = [
        node("steep", ["x"], ["y"], domain="own", slope=0.5),
        node("Shape", ["y"], ["shape"]),
        node("Gather", ["shape", "index"], ["size"]),
        node("Greater", ["size", "index"], ["large"]),
        node("steep", ["y"], ["p"], domain="own", slope=0.25),
        node("If", ["large"], ["z"], then_branch=yes, else_branch=no),
        node("Loop", ["three", "", "z"], ["w", "stack"], body=body),
        node("ReduceSum", ["stack", "axes"], ["sum"], keepdims=0),
        node("Add", ["w", "sum"], ["scores"]),
    ]
    weights = [
        constant("index", 1, np.int64),
        constant("three", 3, np.int64),
        constant("axes", [0], np.int64),
        constant("one", 1),
        constant("half", 0.5),
    ]
    ends = [tensor("x", [1, 4])], [tensor("scores", [1, 4])]
    return model(nodes, ends, weights, functions=[steep])


def left_open():
    """Open sizes, three outputs of which one is a label, and all that a model may say."""
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w"], ["c"]),
        node("GlobalAveragePool", ["c"], ["m"]),
        node("Flatten", ["m"], ["scores"]),
        node("Relu", ["scores"], ["other"]),
        node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
    ]
    outputs = [
        tensor("label", ["N"], TensorProto.INT64),
        tensor("scores", ["N", 2]),
        tensor("other", ["N", 2]),
    ]
    weights = [constant("w", np.linspace(-1, 1, 6).reshape(2, 3, 1, 1))]
    made = model(
        nodes,
        ([tensor("x", ["N", 3, "H", 8])], outputs),
        weights,
        OPSETS[:1],
        producer_name="seeds",
        producer_version="1",
    )
    said = {
        "candor.view": "image/rgb-8x8-fit",
        "candor.mean": "0.5, 0.25,0.5",
        "candor.std": "1,1,2",
        "candor.channels": "bgr",
        "candor.classes": "cat,dog",
        "candor.score": "dog",
        "candor.threshold": "0.5",
        "author": "none",
    }
    helper.set_model_props(made, said)
    return made


def beside():
    """Weights in the file `weights`: 16 numbers, then all that follow."""

    def elsewhere(name, shape, **place):
        kind, outside = TensorProto.FLOAT, TensorProto.EXTERNAL
        weight = TensorProto(name=name, data_type=kind, dims=shape, data_location=outside)
        for key, value in {"location": "weights", **place}.items():
            entry = weight.external_data.add()
            entry.key, entry.value = key, str(value)
        return weight

    node = helper.make_node
    nodes = [
        node("Flatten", ["x"], ["f"]),
        node("Gemm", ["f", "a"], ["h"]),
        node("Relu", ["h"], ["r"]),
        node("MatMul", ["r", "b"], ["scores"]),
    ]
    weights = [elsewhere("a", [4, 4], length=64), elsewhere("b", [4, 2], offset=64)]
    ends = [tensor("x", [1, 1, 2, 2])], [tensor("scores", [1, 2])]
    return model(nodes, ends, weights, OPSETS[:1])


def refused():
    """Operators that are not supported, and some behind them."""
    node = helper.make_node
    nodes = [
        node("Hardmax", ["x"], ["a"]),
        node("Relu", ["a"], ["b"]),
        node("Det", ["x"], ["d"]),
        node("Hardmax", ["b"], ["c"]),
        node("Add", ["c", "d"], ["e"]),
        node("Strange", ["e"], ["f"], domain="own"),
        node("NonZero", ["f"], ["scores"]),
    ]
    return model(nodes, ([tensor("x", [1, 2, 2])], [tensor("scores", None)]), [])


def main():
    folder = Path(sys.argv[1])
    for make in [written_out, left_open, beside, refused]:
        made = make()
        if make not in (beside, refused):
            checker.check_model(made)
        (folder / f"{make.__name__}.onnx").write_bytes(made.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
