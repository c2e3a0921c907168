"""The ONNX project's own node tests, in a form that Candor's reader can take.

    python node_tests.py FOLDER

Every node test of the `onnx` package (but for the expansions of functions) with a
float input and a float output becomes a case (those of quantisation may have
integers for both): its first input is the document (of sums, products and
concatenations each in turn), the others are initializers. A
second case, `NAME__folded`, has constants for all inputs and adds a document of zero; a third,
`NAME__of_all`, takes all float inputs from one document. The model's input has a batch
of one, so the first document of a batch is kept where the operator treats each
alone, else a Reshape puts the shape back. Further outputs are left out.

A case is a folder with model.onnx, input.f32, output.f32 (little-endian) and
case.json. `cargo test --release --test conformance node_tests -- --ignored`
reads the folder that CANDOR_NODE_TESTS names and prints a table.
"""

import argparse
import json
import pathlib
import shutil

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.loader import load_model_tests

# Functions of one element.
FUNCTIONS = set(
    """Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid
    HardSwish Log Max Min Mish Neg PRelu Pow Reciprocal Round Selu Shrink Sign Sin Sinh Softplus
    Softsign Sqrt Swish Tan Tanh ThresholdedRelu""".split()
)
# Operators that the reader takes of tensors.
OPERATORS = FUNCTIONS | set(
    """Add Attention AveragePool BatchNormalization Cast CastLike Clip Concat Constant ConstantOfShape
    Conv ConvTranspose CumSum DepthToSpace Div Dropout Einsum Expand Flatten Gather GatherElements
    GatherND Gemm GlobalAveragePool GlobalMaxPool GroupNormalization Identity InstanceNormalization
    LayerNormalization LeakyRelu LogSoftmax LpNormalization MatMul Max MaxPool Mean
    MeanVarianceNormalization Min Mul Pad RMSNormalization ReduceL1 ReduceL2 ReduceLogSum ReduceMax ReduceMean ReduceMin
    ReduceSum ReduceSumSquare Relu Reshape Resize ReverseSequence RotaryEmbedding
    ScatterElements ScatterND Sigmoid Slice Softmax SpaceToDepth Split Squeeze Sub Sum Tile
    Transpose Trilu Unsqueeze Upsample Where""".split()
)
# Operators with truth values for a result: the case ends in a Cast.
TRUTHS = set("Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual".split())
# Those that also read truth values: the document is cast to them.
LOGIC = set("And Not Or Xor".split())
# Operators that it takes of constants.
FOLDED = FUNCTIONS | set(
    """Add Attention AveragePool BatchNormalization Cast CastLike Clip Concat ConstantOfShape Conv
    ConvTranspose CumSum DepthToSpace DequantizeLinear Div Einsum Expand EyeLike Flatten
    Gather GatherElements GatherND Gemm GlobalAveragePool GlobalMaxPool GroupNormalization
    Identity If InstanceNormalization LayerNormalization LeakyRelu LogSoftmax Loop LpNormalization
    MatMul MaxPool Mean MeanVarianceNormalization Mod Mul OneHot Pad Range ReduceMax
    ReduceMean ReduceMin ReduceProd ReduceSum Relu Reshape Resize RotaryEmbedding ScatterElements
    ScatterND Sigmoid Slice Softmax SpaceToDepth Split Squeeze Sub Sum Tile Transpose Trilu Unsqueeze
    Upsample Where""".split()
)
# Operators over integers with a scale, which may be the document's too. What their newest versions
# add is types that the reader does not take.
QUANTISED = {"QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"}
NEWEST = 25
NUMBERS = {np.dtype(name) for name in ("float32", "uint8", "int8", "int32")}
# Any input may be the document; of other operators it is the first.
EITHER = TRUTHS | LOGIC | set(
    """Add Attention Concat Div Einsum Gemm MatMul Max Mean Min Mul Pow ScatterElements ScatterND Sub
    Sum Where""".split()
)
# Several inputs may be: of these, all floats are parts of one document, in a case of its own.
SEVERAL = set(
    """Add Attention Concat Div Einsum Gemm MatMul Max Mean Min Mul ScatterElements ScatterND Sub
    Sum Where""".split()
)
# Whole numbers that the document holds pick from a constant.
IDS = {"Gather": 1, "OneHot": 0}
ALONE = {"Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization"}


def cases(test):
    """The cases of one node test: name, model, input, output."""
    graph = test.model.graph
    inputs, outputs = test.data_sets[0]
    inputs = [np.asarray(value) if isinstance(value, np.generic) else value for value in inputs]
    quantised = graph.node[0].op_type in QUANTISED
    numbers = NUMBERS if quantised else {np.dtype("float32")}
    truths = graph.node[0].op_type in TRUTHS | LOGIC | {"Where"}
    if not isinstance(outputs[0], np.ndarray) or outputs[0].dtype not in numbers | ({np.dtype(bool)} if truths else set()):
        return
    names = [value.name for value in graph.input]
    if any(not isinstance(value, np.ndarray) for value in inputs) or len(names) != len(inputs):
        return
    for chosen, value in enumerate(inputs):
        of_truths = truths and value.dtype == bool
        if value.dtype not in numbers and not of_truths or value.size == 0:
            continue
        if chosen > 0 and graph.node[0].op_type not in EITHER or graph.node[0].op_type == "Gemm" and chosen > 1:
            continue
        output = outputs[0]
        if graph.node[0].op_type in ALONE and chosen == 0:
            value, output = value[:1], output[:1]
        nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in graph.node]
        weights = [
            numpy_helper.from_array(other, name)
            for at, (name, other) in enumerate(zip(names, inputs))
            if at != chosen
        ]
        if output.dtype == bool:
            # Scores are floats.
            nodes.append(helper.make_node("Cast", [graph.output[0].name], ["its_float"], to=TensorProto.FLOAT))
        name, shape = names[chosen], list(value.shape)
        if of_truths:
            nodes.insert(0, helper.make_node("Cast", ["its_truth"], [name], to=TensorProto.BOOL))
            name, value = "its_truth", value.astype(np.float32)
        if len(shape) < 2 or shape[0] != 1:
            nodes.insert(0, helper.make_node("Reshape", ["document", "its_shape"], [name]))
            weights.append(numpy_helper.from_array(np.array(shape, np.int64), "its_shape"))
            name, shape = "document", [1, max(1, value.size)]
        model = helper.make_model(
            helper.make_graph(
                nodes,
                test.name,
                [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), shape)],
                [helper.make_tensor_value_info(
                    *(("its_float", TensorProto.FLOAT) if output.dtype == bool else
                      (graph.output[0].name, helper.np_dtype_to_tensor_dtype(output.dtype))), list(output.shape)
                )],
                weights,
            ),
            opset_imports=[
                helper.make_opsetid(o.domain, min(o.version, NEWEST) if quantised else o.version)
                for o in test.model.opset_import
            ],
            ir_version=test.model.ir_version,
        )
        yield (test.name if chosen == 0 else f"{test.name}__of_input_{chosen}"), model, value, output


def several(test):
    """The same test with all its float inputs side by side in one document."""
    graph = test.model.graph
    inputs, outputs = test.data_sets[0]
    inputs = [np.asarray(value) if isinstance(value, np.generic) else value for value in inputs]
    truths = graph.node[0].op_type in TRUTHS
    if any(not isinstance(value, np.ndarray) for value in inputs) or outputs[0].dtype != (bool if truths else np.float32):
        return
    parts = [(i.name, v) for i, v in zip(graph.input, inputs) if v.dtype == np.float32 and v.size]
    # What depends on a document is finite.
    if len(parts) < 2 or not all(np.isfinite(value).all() for _, value in parts):
        return
    chosen = {name for name, _ in parts}
    weights = [numpy_helper.from_array(v, i.name) for i, v in zip(graph.input, inputs) if i.name not in chosen]
    nodes, start = [], 0
    for name, value in parts:
        for what, number in (("start", [start]), ("end", [start + value.size]), ("shape", value.shape)):
            weights.append(numpy_helper.from_array(np.array(number, np.int64), f"{name}_{what}"))
        nodes.append(helper.make_node("Slice", ["document", f"{name}_start", f"{name}_end", "its_axis"], [f"{name}_flat"]))
        nodes.append(helper.make_node("Reshape", [f"{name}_flat", f"{name}_shape"], [name]))
        start += value.size
    weights.append(numpy_helper.from_array(np.array([1], np.int64), "its_axis"))
    scores = "its_float" if truths else graph.output[0].name
    last = [helper.make_node("Cast", [graph.output[0].name], [scores], to=TensorProto.FLOAT)] if truths else []
    model = helper.make_model(
        helper.make_graph(
            [*nodes, *graph.node, *last],
            test.name,
            [helper.make_tensor_value_info("document", TensorProto.FLOAT, [1, start])],
            [helper.make_tensor_value_info(scores, TensorProto.FLOAT, list(outputs[0].shape))],
            weights,
        ),
        opset_imports=[helper.make_opsetid(o.domain, o.version) for o in test.model.opset_import],
        ir_version=test.model.ir_version,
    )
    value = np.concatenate([value.ravel() for _, value in parts])
    yield f"{test.name}__of_all", model, value, outputs[0]


def of_ids(test):
    """The same test where whole numbers that the document holds pick from a constant."""
    graph = test.model.graph
    inputs, outputs = test.data_sets[0]
    at = IDS.get(graph.node[0].op_type)
    if at is None or len(graph.node) > 1 or outputs[0].dtype != np.float32:
        return
    ids = np.asarray(inputs[at])
    if ids.min(initial=0) < 0 or ids.dtype.kind not in "iu" and not np.array_equal(ids, np.floor(ids)):
        return
    weights = [
        numpy_helper.from_array(np.asarray(value), info.name)
        for place, (info, value) in enumerate(zip(graph.input, inputs))
        if place != at
    ]
    weights.append(numpy_helper.from_array(np.array(ids.shape, np.int64), "its_shape"))
    reshape = helper.make_node("Reshape", ["document", "its_shape"], [graph.input[at].name])
    model = helper.make_model(
        helper.make_graph(
            [reshape, *graph.node],
            test.name,
            [helper.make_tensor_value_info("document", TensorProto.INT64, [1, ids.size])],
            [helper.make_tensor_value_info(graph.output[0].name, TensorProto.FLOAT, list(outputs[0].shape))],
            weights,
        ),
        opset_imports=[helper.make_opsetid(o.domain, min(o.version, NEWEST)) for o in test.model.opset_import],
        ir_version=test.model.ir_version,
    )
    yield f"{test.name}__of_ids", model, ids.astype(np.float32), outputs[0]


def folded(test):
    """The same test with constants for all inputs: the document, one zero, is added."""
    graph = test.model.graph
    inputs, outputs = test.data_sets[0]
    if not isinstance(outputs[0], np.ndarray) or outputs[0].dtype != np.float32 or not outputs[0].size:
        return
    # Lists of tensors, missing ones and texts cannot be initializers here.
    if any(isinstance(v, list) or v is None or np.asarray(v).dtype == object for v in inputs):
        return
    weights = [numpy_helper.from_array(np.asarray(v), i.name) for i, v in zip(graph.input, inputs)]
    nodes = [*graph.node, helper.make_node("Add", ["document", graph.output[0].name], ["its_sum"])]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            test.name,
            [helper.make_tensor_value_info("document", TensorProto.FLOAT, [1, 1])],
            [helper.make_tensor_value_info("its_sum", TensorProto.FLOAT, None)],
            weights,
        ),
        opset_imports=[helper.make_opsetid(o.domain, o.version) for o in test.model.opset_import],
        ir_version=test.model.ir_version,
    )
    yield f"{test.name}__folded", model, np.zeros((1, 1), np.float32), outputs[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    count = 0
    for test in load_model_tests(kind="node"):
        operators = {node.op_type for node in test.model.graph.node}
        if "_expanded" in test.name:
            continue
        found = list(cases(test)) if operators <= OPERATORS | QUANTISED | TRUTHS | LOGIC else []
        found += of_ids(test) if operators <= IDS.keys() else []
        found += several(test) if operators <= SEVERAL | TRUTHS else []
        found += folded(test) if operators <= FOLDED else []
        for name, model, value, output in found:
            path = folder / name
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
            (path / "model.onnx").write_bytes(model.SerializeToString())
            (path / "input.f32").write_bytes(np.ascontiguousarray(value, "<f4").tobytes())
            (path / "output.f32").write_bytes(np.ascontiguousarray(output, "<f4").tobytes())
            about = {"operator": " ".join(sorted(operators)) + (" (constant)" if "__folded" in name else ""),
                     "rtol": test.rtol, "atol": test.atol}
            (path / "case.json").write_text(json.dumps(about) + "\n")
            count += 1
    print(f"{count} cases")


if __name__ == "__main__":
    main()
