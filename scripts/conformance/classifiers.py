"""Classifiers as scikit-learn, XGBoost and LightGBM export them, documents, and what
the library and onnxruntime say of each.

    python classifiers.py FOLDER [--seed 1] [--large]

Each model is three files: NAME.onnx, NAME.u8 (its documents, the bytes of their views
one after the other) and NAME.json: view, input scaling, names of the classes, whether
it is exact (trees), and for each document the scores of onnxruntime, the class by
onnxruntime's label and the class by the library. For a regressor there are no classes.

Documents are pictures of digits, random bytes, and pictures in which bytes that trees
ask for stand exactly on a threshold, just below or just above it. The models with a
scaler are trained on scaled bytes. `--large` makes forests of the usual size.
"""

import argparse
import json
import pathlib
import warnings

import lightgbm
import numpy as np
import onnx
import onnxruntime
import skl2onnx.common.data_types as types
import xgboost
from onnx import TensorProto, helper
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import convert_sklearn
from sklearn import ensemble, linear_model, neural_network, pipeline, preprocessing, svm, tree
from sklearn.datasets import load_digits

warnings.filterwarnings("ignore")
WIDTH = 64


def corpus():
    """The digits that scikit-learn ships, 8 by 8, as bytes with some noise."""
    pictures, digits = load_digits(return_X_y=True)
    rng = np.random.default_rng(3)
    pictures = np.clip(pictures * 15 + rng.integers(-7, 8, pictures.shape), 0, 255)
    return pictures.astype(np.uint8), digits


def thresholds(model):
    """(feature, threshold) of every branch of a model."""
    found = set()
    for node in model.graph.node:
        values = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if "nodes_modes" not in values:
            continue
        if node.op_type == "TreeEnsemble":
            splits = onnx.numpy_helper.to_array(values["nodes_splits"])
            found |= set(zip(values["nodes_featureids"], splits.tolist()))
            continue
        rows = zip(values["nodes_featureids"], values["nodes_values"], values["nodes_modes"])
        found |= {(feature, value) for feature, value, mode in rows if mode != b"LEAF"}
    return sorted(found)


def documents(rng, pictures, model, count, scaled):
    """Bytes of views."""
    chosen = pictures[rng.choice(len(pictures), count, replace=False)].copy()
    chosen[0], chosen[1] = 0, 255
    chosen[2:6] = rng.integers(0, 256, (4, WIDTH))
    asked = thresholds(model)
    # In raw bytes a threshold is a byte or halfway between two.
    for document in chosen[6 : count * 3 // 4] if asked else []:
        for at in rng.choice(len(asked), min(len(asked), 24), replace=False):
            feature, value = asked[at]
            place = scaled(feature, value)
            if 0 <= place <= 255:
                document[feature] = np.clip(np.floor(place) + rng.integers(-1, 3), 0, 255)
                if rng.random() < 0.5:
                    document[feature] = int(np.floor(place))
    return chosen


def run(model, inputs):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    # One document at a time, as it is proved.
    answers = [session.run(None, {session.get_inputs()[0].name: row[None]}) for row in inputs]
    labels, scores = [], []
    for answer in answers:
        own = answer[-1]
        if isinstance(own, list):
            own = np.array([list(own[0].values())])
        scores.append(np.asarray(own, np.float32).reshape(-1).tolist())
        if len(answer) == 2:
            labels.append(np.asarray(answer[0]).reshape(-1).tolist()[0])
    return labels, scores


def convert(estimator, **options):
    kind = [("X", types.FloatTensorType([None, WIDTH]))]
    model = convert_sklearn(estimator, initial_types=kind, target_opset={"": 17, "ai.onnx.ml": 3}, **options)
    return model


def by_hand(name, attributes, operator="TreeEnsembleClassifier", version=3):
    """A model of one operator."""
    outputs = ["label", "scores"] if operator == "TreeEnsembleClassifier" else ["scores"]
    node = helper.make_node(operator, ["X"], outputs, domain="ai.onnx.ml", **attributes)
    infos = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)]
    if len(outputs) == 2:
        infos.insert(0, helper.make_tensor_value_info("label", TensorProto.INT64, None))
    source = helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, WIDTH])
    graph = helper.make_graph([node], name, [source], infos)
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", version)]
    return helper.make_model(graph, opset_imports=imports, ir_version=9)


def every_mode(rng, classes, trees=6, depth=4):
    """Complete trees with all modes of branches, and leaves of eighths."""
    modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
    lists = {f"nodes_{name}": [] for name in ["treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids"]}
    leaves = {f"class_{name}": [] for name in ["treeids", "nodeids", "ids", "weights"]}
    for number in range(trees):
        for node in range(2 ** (depth + 1) - 1):
            leaf = node >= 2**depth - 1
            value = float(rng.integers(0, 512)) / 2
            row = [number, node, int(rng.integers(0, 8)), "LEAF" if leaf else modes[rng.integers(6)], value]
            row += [0, 0] if leaf else [2 * node + 1, 2 * node + 2]
            for name, item in zip(lists, row):
                lists[name].append(item)
            if leaf:
                for target in range(classes):
                    for name, item in zip(leaves, [number, node, target, float(rng.integers(-8, 9)) / 8]):
                        leaves[name].append(item)
    return dict(lists, **leaves, classlabels_int64s=[10 * (c + 1) for c in range(classes)], post_transform="NONE")


def version_five(rng, trees=5):
    """The operator of version 5, with sets of values."""
    splits, members, weights = [], [], []
    lists = {name: [] for name in ["nodes_featureids", "nodes_truenodeids", "nodes_trueleafs", "nodes_falsenodeids", "nodes_falseleafs", "nodes_modes"]}
    roots, targets = [], []
    for _ in range(trees):
        first = len(lists["nodes_modes"])
        roots.append(first)
        for node in range(7):
            mode = int(rng.integers(0, 7))
            splits.append(float(rng.integers(0, 256)))
            if mode == 6:
                members += [float(v) for v in sorted(rng.choice(256, 40, replace=False))] + [float("nan")]
            leaf = int(node >= 3)
            yes, no = (2 * node + 1, 2 * node + 2) if not leaf else (len(weights), len(weights) + 1)
            if leaf:
                for _ in range(2):
                    weights.append(float(rng.integers(-20, 21)) / 10)
                    targets.append(int(rng.integers(0, 3)))
            shift = 0 if leaf else first
            row = [int(rng.integers(0, 8)), yes + shift, leaf, no + shift, leaf, mode]
            for name, item in zip(lists, row):
                lists[name].append(item)
    modes = np.array(lists.pop("nodes_modes"), np.uint8)
    tensor = lambda name, values, kind: helper.make_tensor(name, kind, [len(values)], values)
    attributes = dict(lists, tree_roots=roots, leaf_targetids=targets, n_targets=3, aggregate_function=1)
    attributes["nodes_modes"] = tensor("modes", modes, TensorProto.UINT8)
    attributes["nodes_splits"] = tensor("splits", splits, TensorProto.FLOAT)
    attributes["leaf_weights"] = tensor("weights", weights, TensorProto.FLOAT)
    if members:
        attributes["membership_values"] = tensor("members", members, TensorProto.FLOAT)
    return attributes


def models(pictures, digits, rng, large):
    """(name, input, exact, model, classes, decide): `decide` gives the library's class."""
    raw = pictures.astype(np.float32)
    unit = raw / np.float32(255)
    high = (digits > 4).astype(int)
    words = np.array(["ham", "spam"])[high]
    trees = 100 if large else 10
    depth = None if large else 5

    def fit(estimator, labels, inputs=raw):
        return estimator.fit(inputs, labels)

    forest = ensemble.RandomForestClassifier
    yield from (
        (name, inputs is unit, exact, fit(estimator, labels, inputs))
        for name, exact, estimator, labels, inputs in [
            ("tree", True, tree.DecisionTreeClassifier(max_depth=6, random_state=1), digits, raw),
            ("tree-binary", True, tree.DecisionTreeClassifier(max_depth=5, random_state=1), words, raw),
            ("forest", True, forest(trees, max_depth=depth, random_state=1), digits, raw),
            ("forest-words", True, forest(trees, max_depth=depth, random_state=2), words, raw),
            # Pure leaves: of ten trees five may vote for each class.
            ("forest-votes", True, forest(10, max_features=1, random_state=3), high[:200], raw[:200]),
            ("forest-unit", True, forest(trees, max_depth=depth, random_state=4), digits, unit),
            ("extra-trees", True, ensemble.ExtraTreesClassifier(trees, max_depth=depth, random_state=1), digits, raw),
            ("boosting", True, ensemble.GradientBoostingClassifier(n_estimators=trees // 2, max_depth=3, random_state=1), digits, raw),
            ("boosting-binary", True, ensemble.GradientBoostingClassifier(n_estimators=trees, random_state=1), words, raw),
            ("histogram-boosting", True, ensemble.HistGradientBoostingClassifier(max_iter=trees // 2, max_leaf_nodes=9, random_state=1), digits, raw),
            ("histogram-boosting-binary", True, ensemble.HistGradientBoostingClassifier(max_iter=trees, max_leaf_nodes=9, random_state=1), high, raw),
            ("standard-forest", True, pipeline.make_pipeline(preprocessing.StandardScaler(), forest(trees, max_depth=depth, random_state=1)), digits, raw),
            ("minmax-forest", True, pipeline.make_pipeline(preprocessing.MinMaxScaler(), forest(trees, max_depth=depth, random_state=1)), high, raw),
            ("logistic", False, linear_model.LogisticRegression(max_iter=200), digits, unit),
            ("logistic-words", False, linear_model.LogisticRegression(max_iter=200), words, unit),
            ("linear-svc", False, svm.LinearSVC(max_iter=200), digits, unit),
            ("svc-linear", False, svm.SVC(kernel="linear"), words, unit),
            ("ridge", False, linear_model.RidgeClassifier(), digits, unit),
            ("sgd", False, linear_model.SGDClassifier(random_state=1), digits, unit),
            ("standard-mlp", False, pipeline.make_pipeline(preprocessing.StandardScaler(), neural_network.MLPClassifier((16,), max_iter=60, random_state=1)), digits, raw),
            ("minmax-mlp-binary", False, pipeline.make_pipeline(preprocessing.MinMaxScaler(), neural_network.MLPClassifier((16,), max_iter=60, random_state=1)), high, raw),
            ("standard-logistic", False, pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression(max_iter=200)), digits, raw),
            ("imputed-logistic", False, pipeline.make_pipeline(preprocessing.MaxAbsScaler(), linear_model.LogisticRegression(max_iter=200)), words, raw),
            ("binarized-logistic", False, pipeline.make_pipeline(preprocessing.Binarizer(threshold=100.0), linear_model.LogisticRegression(max_iter=200)), digits, raw),
            ("bagging", False, ensemble.BaggingClassifier(tree.DecisionTreeClassifier(max_depth=4), 5, random_state=1), digits, raw),
            ("forest-regressor", True, ensemble.RandomForestRegressor(trees, max_depth=4, random_state=1), digits.astype(float), raw),
            ("linear-regressor", False, linear_model.LinearRegression(), digits.astype(float), unit),
        ]
    )
    for name, labels in (("xgboost", digits), ("xgboost-binary", high)):
        yield name, False, True, xgboost.XGBClassifier(n_estimators=trees // 2, max_depth=4).fit(raw, labels)
        yield f"{name}-unit", True, True, xgboost.XGBClassifier(n_estimators=trees // 2, max_depth=4).fit(unit, labels)
    for name, labels in (("lightgbm", digits), ("lightgbm-binary", high)):
        yield name, False, True, lightgbm.LGBMClassifier(n_estimators=trees // 2, max_depth=4, verbose=-1, deterministic=True).fit(raw, labels)
    yield "every-mode", False, True, by_hand("modes", every_mode(rng, 3))
    yield "version-five", False, True, by_hand("five", version_five(rng), "TreeEnsemble", 5)
    # Labels that are texts, operator set 8.
    named = np.array(["egg", "ham", "spam"])[digits % 3]
    for name, labels in (("lightgbm-words", named), ("lightgbm-words-binary", words)):
        yield name, False, True, lightgbm.LGBMClassifier(n_estimators=trees // 2, max_depth=4, verbose=-1, deterministic=True).fit(raw, labels)


def exported(model):
    if isinstance(model, onnx.ModelProto):
        return model
    kind = [("X", FloatTensorType([None, WIDTH]))]
    if isinstance(model, xgboost.XGBModel):
        return convert_xgboost(model, initial_types=kind)
    if isinstance(model, lightgbm.LGBMModel):
        return convert_lightgbm(model, initial_types=kind)
    return convert(model)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=48)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    pictures, digits = corpus()
    differ = 0
    for name, unit, exact, fitted in models(pictures, digits, rng, options.large):
        try:
            model = exported(fitted)
        except Exception as error:
            print(f"{name}: not converted: {str(error)[-200:]}")
            continue
        for field in ("doc_string", "producer_name", "producer_version"):
            model.ClearField(field)

        def byte(feature, value):
            if hasattr(fitted, "steps"):
                line = fitted[0].transform(np.array([[0.0] * WIDTH, [255.0] * WIDTH]))[:, feature]
                spread = line[1] - line[0]
                return (value - line[0]) / spread * 255 if spread > 0 else -1
            return value * 255 if unit else value

        chosen = documents(rng, pictures, model, options.documents, byte)
        inputs = chosen.astype(np.float32) / (np.float32(255) if unit else np.float32(1))
        labels, scores = run(model, inputs)
        if any(node.op_type == "SVMClassifier" for node in model.graph.node):
            # onnxruntime gives the two scores against the order of the classes.
            scores = [row[::-1] for row in scores]
        about = {"view": "image/gray-8x8", "input": "--unit" if unit else "--raw", "exact": exact}
        if hasattr(fitted, "classes_"):
            classes = np.asarray(fitted.classes_).tolist()
            library = [classes.index(c) for c in np.asarray(fitted.predict(inputs)).tolist()]
            about["classes"] = [str(c) for c in classes]
        elif labels:
            classes = [10, 20, 30]
            library = [int(np.argmax(row)) for row in scores]
            about["classes"] = [str(c) for c in classes]
        else:
            library = [int(np.argmax(row)) for row in scores] if len(scores[0]) > 1 else []
        about["labels"] = [classes.index(label) for label in labels]
        about["library"] = library
        about["scores"] = [[float(f"{v:.9g}") for v in row] for row in scores]
        if labels and about["labels"] != library:
            count = sum(a != b for a, b in zip(about["labels"], library))
            print(f"{name}: library and onnxruntime differ on {count} documents")
            differ += count
        (options.folder / f"{name}.onnx").write_bytes(model.SerializeToString())
        (options.folder / f"{name}.u8").write_bytes(chosen.tobytes())
        (options.folder / f"{name}.json").write_text(json.dumps(about) + "\n")
    print(f"{len(list(options.folder.glob('*.onnx')))} models, {differ} documents on which library and runtime differ")


if __name__ == "__main__":
    main()
