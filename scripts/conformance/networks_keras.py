"""The networks of Keras through tf2onnx for networks.py."""

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from keras import layers
from onnxconverter_common.float16 import convert_float_to_float16

from network_store import CLASSES, LARGE, SMALL, digits, fit, scaled, store


def convolutional(side):
    """Separable convolutions, a gate, and activations that Keras offers by name."""
    given = keras.Input((side, side, 3))
    x = layers.Rescaling(1 / 255)(given)
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.Activation("swish")(layers.BatchNormalization()(x))
    x = layers.SeparableConv2D(16, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    gate = layers.Dense(4, activation="relu")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Multiply()([x, layers.Dense(16, activation="hard_sigmoid")(gate)])
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
    x = layers.Conv2D(24, 3, strides=2, use_bias=False)(x)
    x = layers.LeakyReLU(0.1)(layers.BatchNormalization()(x))
    return keras.Model(given, layers.GlobalAveragePooling2D()(x))


def network(folder, name, make, side, source, scaling, large=False, half=False):
    keras.utils.set_random_seed(7)
    body = make(side)
    norms = [layer for layer in body._flatten_layers() if isinstance(layer, layers.BatchNormalization)]
    train, labels = digits(side, 3, 160 if large else 600, 1)
    inputs = scaled(train, scaling).astype(np.float32)
    for norm in norms:
        norm.momentum = 0.0  # the statistics of this batch
    body(inputs[:64], training=True)
    features = np.concatenate([body(inputs[at : at + 40], training=False) for at in range(0, len(inputs), 40)])
    last = layers.Dense(CLASSES, activation="softmax")
    model = keras.Sequential([body, last])
    model.build((None, side, side, 3))
    last.set_weights(list(fit(features, labels)))
    signature = [tf.TensorSpec((None, side, side, 3), tf.float32, name="picture")]
    call = tf.function(lambda picture: model(picture, training=False), input_signature=signature)
    found, _ = tf2onnx.convert.from_function(call, input_signature=signature, opset=17)
    if half:
        found = convert_float_to_float16(found, keep_io_types=False)
    views, _ = digits(side, 3, LARGE if large else SMALL, 2)
    store(folder, name, found, views, scaling, source)


def application(kind, **options):
    """A network of keras.applications, without its last layer."""
    return lambda side: getattr(keras.applications, kind)(
        include_top=False, weights=None, pooling="avg", input_shape=(side, side, 3), **options
    )


def small(folder):
    network(folder, "keras-convolutional", convolutional, 32, "Keras, written in networks_keras.py", "--raw")


def large(folder):
    tf_input, raw = "--preset tf", "--raw"
    network(folder, "keras-mobilenet-224", application("MobileNet", alpha=0.5), 224, "Keras, width 0.5", tf_input, True)
    network(folder, "keras-mobilenet-v3-small-224", application("MobileNetV3Small"), 224, "Keras", raw, True)
    # In single precision the file would be larger than Candor reads.
    network(folder, "keras-resnet50-64", application("ResNet50"), 64, "Keras, half precision", raw, True, half=True)
