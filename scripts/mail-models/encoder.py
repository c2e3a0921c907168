"""An encoder of BERT's kind over a few tokens, as small as it can be: training, and export.

Token and position embeddings, LayerNorm, then for each layer attention of several heads and two
dense layers with GELU between them, each with a residual and LayerNorm behind it (post-LN);
the mean of what is no padding; two scores.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

WIDTH, HEADS, HIDDEN, LAYERS = 64, 4, 128, 2
EPSILON = 1e-5
CLOSED = float(np.finfo(np.float32).min)


def fresh(seed, tokens, length):
    """Weights before training, by name, as the export calls them."""
    rng = np.random.default_rng(seed)

    def normal(*shape):
        return rng.normal(0, 0.02 if shape[0] == tokens else shape[-1] ** -0.5 / 2, shape)

    weights = {"token.weight": normal(tokens, WIDTH), "position.weight": normal(length, WIDTH) / 4}

    def norm(name):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = np.ones(WIDTH), np.zeros(WIDTH)

    def dense(name, out, of):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = normal(out, of), np.zeros(out)

    norm("norm")
    for layer in range(LAYERS):
        for part in "query", "key", "value", "output":
            dense(f"layers.{layer}.{part}", WIDTH, WIDTH)
        norm(f"layers.{layer}.norm1")
        dense(f"layers.{layer}.dense1", HIDDEN, WIDTH)
        dense(f"layers.{layer}.dense2", WIDTH, HIDDEN)
        norm(f"layers.{layer}.norm2")
    dense("head", 2, WIDTH)
    return {name: jnp.asarray(value, jnp.float32) for name, value in weights.items()}


def scores(weights, ids, mask, key=None, dropout=0.0):
    """Two scores for each text (texts × positions), with dropout if there is a key."""
    keys = iter(jax.random.split(key, 2 + 2 * LAYERS)) if key is not None else None

    def drop(x):
        if keys is None:
            return x
        keep = jax.random.bernoulli(next(keys), 1 - dropout, x.shape)
        return jnp.where(keep, x / (1 - dropout), 0)

    def norm(name, x):
        x = x - x.mean(-1, keepdims=True)
        x = x / jnp.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def dense(name, x):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    texts, length = ids.shape
    closed = (1 - mask[:, None, None, :].astype(jnp.float32)) * CLOSED
    x = drop(norm("norm", weights["token.weight"][ids] + weights["position.weight"]))
    for layer in range(LAYERS):
        query, key_, value = (
            dense(f"layers.{layer}.{part}", x)
            .reshape(texts, length, HEADS, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value"))
        share = query @ key_.transpose(0, 1, 3, 2) / (WIDTH // HEADS) ** 0.5 + closed
        seen = (jax.nn.softmax(share) @ value).transpose(0, 2, 1, 3).reshape(texts, length, WIDTH)
        x = norm(f"layers.{layer}.norm1", x + drop(dense(f"layers.{layer}.output", seen)))
        inner = jax.nn.gelu(dense(f"layers.{layer}.dense1", x), approximate=False)
        x = norm(f"layers.{layer}.norm2", x + drop(dense(f"layers.{layer}.dense2", inner)))
    there = mask[:, :, None].astype(jnp.float32)
    mean = (x * there).sum(1) / jnp.maximum(there.sum(1), 1e-9)
    return dense("head", drop(mean))


def train(batches, weights, rate, steps, dropout, decay, seed):
    """Adam with decoupled decay; the rate rises over a tenth of the steps and falls to zero."""

    def loss(weights, ids, mask, label, key):
        logs = jax.nn.log_softmax(scores(weights, ids, mask, key, dropout))
        right = jnp.take_along_axis(logs, label[:, None], 1).mean()
        return -0.95 * right - 0.05 * logs.mean()

    @jax.jit
    def step(weights, first, second, at, ids, mask, label, key):
        gradient = jax.grad(loss)(weights, ids, mask, label, key)
        size = jnp.sqrt(sum((g * g).sum() for g in gradient.values()))
        now = rate * jnp.minimum(at / (0.1 * steps), (steps - at) / (0.9 * steps))
        for name, g in gradient.items():
            g = g / jnp.maximum(size, 1.0)
            first[name] = 0.9 * first[name] + 0.1 * g
            second[name] = 0.999 * second[name] + 0.001 * g * g
            move = first[name] / (1 - 0.9**at) / (jnp.sqrt(second[name] / (1 - 0.999**at)) + 1e-8)
            shrink = decay if weights[name].ndim == 2 else 0
            weights[name] = weights[name] - now * (move + shrink * weights[name])
        return weights, first, second

    first = {name: jnp.zeros_like(value) for name, value in weights.items()}
    second = dict(first)
    keys = jax.random.split(jax.random.key(seed), steps)
    for at, (ids, mask, label) in enumerate(batches):
        weights, first, second = step(
            weights, first, second, jnp.float32(at + 1), ids, mask, label, keys[at])
    return weights


@jax.jit
def _scores(weights, ids, mask):
    return scores(weights, ids, mask)


def all_scores(weights, ids, mask, batch=250):
    return np.concatenate([
        np.asarray(_scores(weights, ids[i:i + batch], mask[i:i + batch]))
        for i in range(0, len(ids), batch)])


def export(weights, length, said, path):
    """The model as PyTorch's exporter writes such a module for one text (opset 17)."""
    tensors, nodes, made = {}, [], {}

    def tensor(name, value, kind=np.float32):
        tensors[name] = numpy_helper.from_array(np.asarray(value, kind), name)
        return name

    def node(op, *inputs, **attributes):
        made[op] = made.get(op, 0) + 1
        name = f"/{op}" + (f"_{made[op] - 1}" if made[op] > 1 else "")
        out = attributes.pop("out", f"{name}_output_0")
        nodes.append(helper.make_node(op, inputs, [out], name=name, **attributes))
        return out

    def constant(value, kind=np.float32):
        return node("Constant", value=numpy_helper.from_array(np.asarray(value, kind)))

    def weight(name):
        return tensor(name, weights[name])

    def norm(name, x):
        return node("LayerNormalization", x, weight(f"{name}.weight"), weight(f"{name}.bias"),
                    axis=-1, epsilon=EPSILON)

    def dense(name, x):
        turned = tensor(f"onnx::MatMul_{len(tensors)}", np.asarray(weights[f"{name}.weight"]).T)
        return node("Add", weight(f"{name}.bias"), node("MatMul", x, turned))

    def heads(x, order):
        apart = node("Reshape", x, constant([1, length, HEADS, WIDTH // HEADS], np.int64))
        return node("Transpose", apart, perm=order)

    open_ = node("Cast", node("Unsqueeze", node("Unsqueeze", "attention_mask",
                 constant([1], np.int64)), constant([2], np.int64)), to=TensorProto.FLOAT)
    closed = node("Mul", node("Sub", constant(1), open_), constant(CLOSED))
    places = tensor("position_ids", np.arange(length)[None], np.int64)
    x = norm("norm", node("Add", node("Gather", weight("token.weight"), "input_ids"),
                          node("Gather", weight("position.weight"), places)))
    for layer in range(LAYERS):
        at = functools.partial("layers.{}.{}".format, layer)
        query = heads(dense(at("query"), x), [0, 2, 1, 3])
        key = heads(dense(at("key"), x), [0, 2, 3, 1])
        value = heads(dense(at("value"), x), [0, 2, 1, 3])
        share = node("Div", node("MatMul", query, key), constant((WIDTH // HEADS) ** 0.5))
        share = node("Softmax", node("Add", share, closed), axis=-1)
        seen = node("Transpose", node("MatMul", share, value), perm=[0, 2, 1, 3])
        seen = node("Reshape", seen, constant([1, length, WIDTH], np.int64))
        x = norm(at("norm1"), node("Add", x, dense(at("output"), seen)))
        inner = dense(at("dense1"), x)
        risen = node("Add", node("Erf", node("Div", inner, constant(2**0.5))), constant(1))
        inner = node("Mul", node("Mul", inner, risen), constant(0.5))
        x = norm(at("norm2"), node("Add", x, dense(at("dense2"), inner)))
    there = node("Cast", node("Unsqueeze", "attention_mask", constant([-1], np.int64)),
                 to=TensorProto.FLOAT)
    total = node("ReduceSum", node("Mul", x, there), constant([1], np.int64), keepdims=0)
    count = node("ReduceSum", there, constant([1], np.int64), keepdims=0)
    mean = node("Div", total, node("Clip", count, constant(1e-9), ""))
    node("Gemm", mean, weight("head.weight"), weight("head.bias"), transB=1, out="logits")
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "main_graph",
        [value(name, TensorProto.INT64, [1, length]) for name in ("input_ids", "attention_mask")],
        [value("logits", TensorProto.FLOAT, [1, 2])], list(tensors.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, said)
    checker.check_model(model)
    save(model, path)
