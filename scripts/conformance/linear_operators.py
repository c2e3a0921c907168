"""Random cases of operators with many parameters, with onnxruntime's answers.

    python linear_operators.py FOLDER [--cases 400] [--seed 1]

Resize, Upsample, ConvTranspose, CumSum, Einsum, MatMul with several matrices, DepthToSpace,
SpaceToDepth, GatherND, GatherElements, ScatterND, ScatterElements, Where, Trilu, ReverseSequence:
one node over one document each. The format is that of node_tests.py, and the same test reads it.
What onnxruntime does not run is left out.
"""

import argparse
import json
import pathlib
import shutil

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def pick(rng, *choices):
    return choices[rng.integers(len(choices))]


class Case:
    def __init__(self, rng, opset, shape):
        self.opset, self.shape = opset, list(shape)
        self.value = rng.normal(0, 1, shape).astype(np.float32)
        self.weights = []

    def constant(self, values, dtype):
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def node(self, operator, inputs, **attributes):
        self.operator = operator
        self.made = helper.make_node(operator, inputs, ["y"], **attributes)
        return self

    def model(self):
        graph = helper.make_graph(
            [self.made],
            "case",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            self.weights,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)


def resize(rng):
    opset = pick(rng, 10, 11, 13, 18, 19)
    height, width = (int(n) for n in rng.integers(1, 12, 2))
    channels = int(rng.integers(1, 4))
    case = Case(rng, opset, [1, channels, height, width])
    nice = [0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 0.25, 2.5, 0.6, 1.25]
    scales = [1.0, 1.0] + [pick(rng, *nice, float(rng.uniform(0.3, 4))) for _ in range(2)]
    scales[3] = pick(rng, scales[2], scales[3])
    if opset == 10:
        mode = pick(rng, "nearest", "linear")
        return case.node("Resize", ["x", case.constant(scales, np.float32)], mode=mode)
    mode = pick(rng, "nearest", "linear", "cubic", "linear")
    coordinates = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize"]
    if opset >= 19:
        coordinates.append("half_pixel_symmetric")
    if opset < 13:
        coordinates.append("tf_half_pixel_for_nn")
    attributes = {"mode": mode, "coordinate_transformation_mode": pick(rng, *coordinates)}
    if mode == "nearest":
        attributes["nearest_mode"] = pick(rng, "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
    if mode == "cubic":
        attributes["cubic_coeff_a"] = pick(rng, -0.75, -0.5)
        attributes["exclude_outside"] = pick(rng, 0, 1)
    roi = ""
    if attributes["coordinate_transformation_mode"] == "tf_crop_and_resize":
        start, end = rng.uniform(-0.2, 0.6, 2), rng.uniform(0.4, 1.3, 2)
        roi = case.constant([0, 0, *start, 1, 1, *end], np.float32)
        attributes["extrapolation_value"] = pick(rng, 0.0, 10.0)
    elif opset < 13:
        roi = case.constant([], np.float32)
    if rng.random() < 0.5:
        return case.node("Resize", ["x", roi, case.constant(scales, np.float32)], **attributes)
    sizes = [1, channels, *(int(n) for n in rng.integers(1, 24, 2))]
    if opset >= 18 and rng.random() < 0.4:
        attributes["keep_aspect_ratio_policy"] = pick(rng, "not_larger", "not_smaller")
        attributes["axes"] = [2, 3]
        sizes = sizes[2:]
        if roi:
            return None
    if opset >= 18 and rng.random() < 0.3 and mode != "nearest":
        attributes["antialias"] = 1
    empty = case.constant([], np.float32) if opset < 13 else ""
    return case.node("Resize", ["x", roi, empty, case.constant(sizes, np.int64)], **attributes)


def upsample(rng):
    opset = pick(rng, 7, 9)
    case = Case(rng, opset, [1, 2, *(int(n) for n in rng.integers(1, 9, 2))])
    scales = [1.0, 1.0, pick(rng, 1.0, 2.0, 3.0, 1.5), pick(rng, 1.0, 2.0, 2.5)]
    mode = pick(rng, "nearest", "linear")
    if opset == 7:
        return case.node("Upsample", ["x"], mode=mode, scales=scales)
    return case.node("Upsample", ["x", case.constant(scales, np.float32)], mode=mode)


def conv_transpose(rng):
    groups, rank = pick(rng, 1, 1, 2, 3), pick(rng, 1, 2, 2)
    own, outputs = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    size = [int(n) for n in rng.integers(1, 7, rank)]
    case = Case(rng, pick(rng, 7, 11, 13, 22), [1, groups * own, *size])
    kernel = [int(n) for n in rng.integers(1, 5, rank)]
    weights = case.constant(rng.normal(0, 1, [groups * own, outputs, *kernel]), np.float32)
    inputs = ["x", weights]
    if rng.random() < 0.5:
        inputs.append(case.constant(rng.normal(0, 1, groups * outputs), np.float32))
    strides = [int(n) for n in rng.integers(1, 4, rank)]
    attributes = {"group": groups, "strides": strides, "dilations": [int(n) for n in rng.integers(1, 3, rank)]}
    if rng.random() < 0.4:
        attributes["output_padding"] = [int(rng.integers(0, s)) for s in strides]
    form = pick(rng, "none", "pads", "pads", "SAME_UPPER", "SAME_LOWER", "VALID", "shape", "shape")
    if form == "pads":
        attributes["pads"] = [int(n) for n in rng.integers(0, 3, 2 * rank)]
    elif form == "shape":
        attributes["output_shape"] = [s * n + int(rng.integers(0, 3)) for s, n in zip(strides, size)]
        if rng.random() < 0.5:
            attributes["auto_pad"] = pick(rng, "SAME_UPPER", "SAME_LOWER")
    elif form != "none":
        attributes["auto_pad"] = form
    return case.node("ConvTranspose", inputs, **attributes)


def cum_sum(rng):
    shape = [1, *(int(n) for n in rng.integers(1, 6, int(rng.integers(1, 4))))]
    case = Case(rng, pick(rng, 11, 14), shape)
    axis = case.constant(np.int64(rng.integers(-len(shape), len(shape))), np.int64)
    return case.node("CumSum", ["x", axis], exclusive=int(rng.integers(2)), reverse=int(rng.integers(2)))


def einsum(rng):
    equation = pick(
        rng, "ij,jk->ik", "bij,jk->bik", "bij,bjk->bik", "bchw,oc->bohw", "bchw,c->bchw", "bij->bji",
        "bhwc,cd->bhwd", "bthd,hdo->bto", "bij,kj", "bij->bi", "bij,bjk", "...ij,jk->...ik", "b...,k->b...k",
        "bij,ij->b", "nchw,nchw->nchw", "bij,jkl->bl", "bchw->bwhc", "bi,b->bi", "ij,kj->ki", "bnd,hde->bhne",
    )
    sizes = {letter: int(rng.integers(1, 5)) for letter in "abcdefghijklmnopqrstuvwxyz"}
    sizes["b"] = 1
    terms = equation.split("->")[0].split(",")
    hidden = [int(n) for n in rng.integers(1, 4, 2)]
    shapes = []
    for term in terms:
        before, dots, after = term.partition("...")
        shapes.append([sizes[c] for c in before] + (hidden if dots else []) + [sizes[c] for c in after])
    at = int(rng.integers(len(terms)))
    case = Case(rng, 12, shapes[at])
    inputs = ["x" if i == at else case.constant(rng.normal(0, 1, s), np.float32) for i, s in enumerate(shapes)]
    return case.node("Einsum", inputs, equation=equation)


def mat_mul(rng):
    lead = [int(n) for n in rng.integers(1, 4, int(rng.integers(1, 3)))]
    m, k, n = (int(n) for n in rng.integers(1, 5, 3))
    thin = [pick(rng, 1, size) for size in lead][int(rng.integers(0, len(lead) + 1)) :]
    first, second = [*lead, m, k], [*thin, k, n]
    if rng.random() < 0.5:
        first, second = [*thin, m, k], [*lead, k, n]
    if rng.random() < 0.5:
        case = Case(rng, 13, first)
        return case.node("MatMul", ["x", case.constant(rng.normal(0, 1, second), np.float32)])
    case = Case(rng, 13, second)
    return case.node("MatMul", [case.constant(rng.normal(0, 1, first), np.float32), "x"])


def blocks(rng):
    b, c, h, w = (int(n) for n in rng.integers(1, 4, 4))
    if rng.random() < 0.5:
        case = Case(rng, pick(rng, 11, 13), [1, c * b * b, h, w])
        return case.node("DepthToSpace", ["x"], blocksize=b, mode=pick(rng, "DCR", "CRD"))
    return Case(rng, 13, [1, c, h * b, w * b]).node("SpaceToDepth", ["x"], blocksize=b)


def picked(rng):
    shape = [int(n) for n in rng.integers(1, 5, 3)]
    case = Case(rng, 16, shape)
    kind = pick(rng, "GatherND", "GatherElements", "ScatterND", "ScatterElements", "Where", "Trilu", "ReverseSequence")
    if kind == "GatherND":
        width = int(rng.integers(1, 4))
        index = np.stack([rng.integers(-s, s, (3, 2)) for s in shape[:width]], axis=-1)
        return case.node(kind, ["x", case.constant(index, np.int64)])
    if kind == "ScatterND":
        width = int(rng.integers(1, 4))
        places = [np.unravel_index(at, shape[:width]) for at in rng.permutation(int(np.prod(shape[:width])))[:2]]
        index = np.array(places).reshape(-1, width)
        updates = rng.normal(0, 1, [len(index), *shape[width:]])
        return case.node(kind, ["x", case.constant(index, np.int64), case.constant(updates, np.float32)])
    axis = int(rng.integers(-3, 3))
    if kind == "GatherElements":
        size = list(shape)
        size[axis] = int(rng.integers(1, 5))
        index = rng.integers(-shape[axis], shape[axis], size)
        return case.node(kind, ["x", case.constant(index, np.int64)], axis=axis)
    if kind == "ScatterElements":
        size = [int(rng.integers(1, s + 1)) for s in shape]
        index = np.argsort(rng.normal(0, 1, shape), axis=axis)[tuple(slice(s) for s in size)]
        updates = case.constant(rng.normal(0, 1, size), np.float32)
        return case.node(kind, ["x", case.constant(index, np.int64), updates], axis=axis)
    if kind == "Where":
        condition = case.constant(rng.random([pick(rng, 1, s) for s in shape]) < 0.5, np.bool_)
        other = case.constant(rng.normal(0, 1, [pick(rng, 1, s) for s in shape]), np.float32)
        return case.node(kind, [condition, "x", other] if rng.random() < 0.5 else [condition, other, "x"])
    if kind == "Trilu":
        inputs = ["x"] if rng.random() < 0.3 else ["x", case.constant(np.int64(rng.integers(-4, 5)), np.int64)]
        return case.node(kind, inputs, upper=int(rng.integers(2)))
    batch = int(rng.integers(2))
    lengths = case.constant(rng.integers(1, shape[1 - batch] + 1, shape[batch]), np.int64)
    return case.node(kind, ["x", lengths], batch_axis=batch, time_axis=1 - batch)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    made, left_out = 0, 0
    kinds = [resize, resize, resize, upsample, conv_transpose, conv_transpose, cum_sum, einsum, mat_mul, blocks, picked, picked]
    for attempt in range(arguments.cases):
        rng = np.random.default_rng([arguments.seed, attempt])
        case = pick(rng, *kinds)(rng)
        if case is None:
            continue
        value = case.value
        try:
            model = case.model()
            session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
            output = session.run(None, {"x": value})[0]
        except Exception as error:  # onnxruntime has several kinds
            if left_out < 5:
                print(f"{case.operator} is left out: {str(error)[:150]}")
            left_out += 1
            continue
        if output.size == 0 or not np.isfinite(output).all():
            continue
        # A batch of one, as documents have it.
        if len(value.shape) < 2 or value.shape[0] != 1:
            model.graph.input[0].CopyFrom(helper.make_tensor_value_info("document", TensorProto.FLOAT, [1, value.size]))
            model.graph.initializer.append(numpy_helper.from_array(np.array(value.shape, np.int64), "its_shape"))
            node = model.graph.node[0]
            nodes = [helper.make_node("Reshape", ["document", "its_shape"], ["x"]), node]
            nodes = [type(node).FromString(n.SerializeToString()) for n in nodes]
            del model.graph.node[:]
            model.graph.node.extend(nodes)
        path = arguments.folder / f"{case.operator}_{arguments.seed}_{attempt:04}"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        (path / "model.onnx").write_bytes(model.SerializeToString())
        (path / "input.f32").write_bytes(np.ascontiguousarray(value, "<f4").tobytes())
        (path / "output.f32").write_bytes(np.ascontiguousarray(output, "<f4").tobytes())
        about = {"operator": case.operator, "rtol": 1e-4, "atol": 1e-5}
        (path / "case.json").write_text(json.dumps(about) + "\n")
        made += 1
    print(f"{made} cases; onnxruntime did not run {left_out}")


if __name__ == "__main__":
    main()
