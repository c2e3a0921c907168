"""Small transformers of Keras, as tf2onnx writes them."""

import functools
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import tensorflow as tf
import tf2onnx
from keras import layers, ops

from encoders_store import LENGTH, PADDING, SIDE, VOCABULARY

WIDTH, HEADS, CLASSES = 16, 2, 3


def tanh_gelu(x):
    return ops.gelu(x, approximate=True)


def erf_gelu(x):
    # tf2onnx does not know Keras's own, by Erfc.
    return 0.5 * x * (1.0 + ops.erf(x / 2 ** 0.5))


class Places(layers.Layer):
    """A learned vector for each place."""

    def build(self, shape):
        self.table = self.add_weight(shape=(LENGTH, WIDTH), initializer="random_normal", name="places")

    def call(self, x):
        return x + self.table[: ops.shape(x)[1]]


def block(x, mask=None, causal=False, first=False, act=tanh_gelu):
    """One layer, with its normalisations after or before."""
    y = layers.LayerNormalization(epsilon=1e-6)(x) if first else x
    attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)
    y = attention(y, y, attention_mask=mask, use_causal_mask=causal)
    x = layers.Add()([x, y])
    x = x if first else layers.LayerNormalization(epsilon=1e-6)(x)
    y = layers.LayerNormalization(epsilon=1e-6)(x) if first else x
    y = layers.Dense(WIDTH)(layers.Dense(2 * WIDTH, activation=act)(y))
    x = layers.Add()([x, y])
    return x if first else layers.LayerNormalization(epsilon=1e-6)(x)


def text(kind, dtype="int32"):
    """Ids in, scores out."""
    ids = keras.Input((LENGTH,), dtype=dtype, name="input_ids")
    x = layers.Embedding(VOCABULARY, WIDTH, mask_zero=kind == "masked")(ids)
    x = Places()(x)
    seen = None
    if kind in ["given", "mean"]:
        seen = layers.Lambda(lambda ids: ops.expand_dims(ops.not_equal(ids, PADDING), 1))(ids)
    for _ in range(2):
        act = {"relu": "relu", "plain": erf_gelu}.get(kind, tanh_gelu)
        x = block(x, seen, causal=kind == "causal", first=kind == "first", act=act)
    if kind == "mean":
        x = layers.Lambda(lambda both: ops.sum(both[0] * ops.cast(ops.expand_dims(both[1] != PADDING, 2), "float32"), 1)
                          / ops.maximum(ops.sum(ops.cast(both[1] != PADDING, "float32"), 1, keepdims=True), 1.0),
                          output_shape=(WIDTH,))([x, ids])
    elif kind == "causal":
        x = layers.Lambda(lambda x: x[:, -1], output_shape=(WIDTH,))(x)
    else:
        x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(ids, layers.Dense(CLASSES, activation="softmax" if kind == "plain" else None)(x))


def picture():
    pixels = keras.Input((SIDE, SIDE, 3), name="pixels")
    x = layers.Conv2D(WIDTH, 8, strides=8)(pixels)
    x = layers.Reshape((16, WIDTH))(x)
    x = layers.Lambda(lambda x: x[:, :LENGTH])(x)
    x = Places()(x)
    for _ in range(2):
        x = block(x, first=True)
    x = layers.LayerNormalization()(x)
    return keras.Model(pixels, layers.Dense(CLASSES)(layers.GlobalAveragePooling1D()(x)))


def export(make, opset, open_batch):
    keras.utils.set_random_seed(7)
    model = make()
    # Weights of a size that tells texts apart.
    model.set_weights([3 * weight if weight.ndim > 1 else weight for weight in model.get_weights()])
    shape = (None if open_batch else 1, *model.inputs[0].shape[1:])
    signature = [tf.TensorSpec(shape, model.inputs[0].dtype, name=model.inputs[0].name)]
    call = tf.function(lambda given: model(given, training=False), input_signature=signature)
    found, _ = tf2onnx.convert.from_function(call, input_signature=signature, opset=opset)
    return found


def cases():
    """Of each case its name and what gives the model."""
    kinds = {kind: functools.partial(text, kind) for kind in ["plain", "masked", "given", "mean", "causal", "first", "relu"]}
    kinds["long"] = functools.partial(text, "given", "int64")
    kinds["picture"] = picture
    for kind, make in kinds.items():
        for opset, open_batch in [(17, True), (13, True), (15, False)]:
            yield f"keras-{kind}-{opset}", functools.partial(export, make, opset, open_batch)
