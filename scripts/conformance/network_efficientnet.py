"""EfficientNet-B0 and Lite0 as ONNX, of weights as PyTorch stores them."""

import numpy as np

from network_tfjs import Writer

# Kernel, stride and number of the blocks of each stage.
STAGES = [(3, 1, 1), (3, 2, 2), (5, 2, 2), (3, 2, 3), (5, 1, 3), (5, 2, 4), (3, 1, 1)]


class Network(Writer):
    def __init__(self, weights, epsilon, activation):
        super().__init__()
        self.weights, self.epsilon, self.activation = weights, epsilon, activation

    def layer(self, x, name, norm, kernel=1, stride=1, padding="same", depthwise=False, active=True):
        """Convolution, normalisation and activation. TensorFlow's padding is `same`, that of PyTorch symmetric."""
        weights = self.weights[f"{name}.weight"]
        pads = {"auto_pad": "SAME_UPPER"} if padding == "same" else {"pads": [kernel // 2] * 4}
        x = self.node("Conv", x, self.constant(weights), group=len(weights) if depthwise else 1, strides=[stride] * 2, kernel_shape=[kernel] * 2, **pads)
        parts = [self.constant(self.weights[f"{norm}.{part}"]) for part in ("weight", "bias", "running_mean", "running_var")]
        x = self.node("BatchNormalization", x, *parts, epsilon=self.epsilon)
        return self.activation(self, x) if active else x

    def gate(self, x, name):
        """Squeeze and excitation."""
        conv = lambda x, part: self.node("Conv", x, *[self.constant(self.weights[f"{name}.{part}.{of}"]) for of in ("weight", "bias")], kernel_shape=[1, 1])
        gate = self.activation(self, conv(self.node("GlobalAveragePool", x), "fc1"))
        return self.node("Mul", self.node("Sigmoid", conv(gate, "fc2")), x)

    def end(self, x, name, side):
        x = self.node("Flatten", self.node("GlobalAveragePool", x))
        weights, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        y = self.node("Gemm", x, self.constant(np.ascontiguousarray(weights.T)), self.constant(bias))
        return self.model(y, len(bias), side)


def blocks():
    for stage, (kernel, stride, count) in enumerate(STAGES):
        for at in range(count):
            yield stage, at, kernel, stride if at == 0 else 1


def lite0(weights, side=224):
    """As in the package efficientnet-lite-pytorch: ReLU6, no gates, TensorFlow's padding."""
    network = Network(weights, 1e-3, Writer.relu6)
    x = network.layer("x", "_conv_stem", "_bn0", 3, 2)
    for at, (stage, _, kernel, stride) in enumerate(blocks()):
        name, before = f"_blocks.{at}", x
        if stage:
            x = network.layer(x, f"{name}._expand_conv", f"{name}._bn0")
        x = network.layer(x, f"{name}._depthwise_conv", f"{name}._bn1", kernel, stride, depthwise=True)
        x = network.layer(x, f"{name}._project_conv", f"{name}._bn2", active=False)
        if stride == 1 and at and weights[f"{name}._project_conv.weight"].shape[0] == last:
            x = network.node("Add", x, before)
        last = weights[f"{name}._project_conv.weight"].shape[0]
    x = network.layer(x, "_conv_head", "_bn1")
    return network.end(x, "_fc", side)


def b0(weights, side=224):
    """As in torchvision: SiLU, gates, symmetric padding."""
    silu = lambda network, x: network.node("Mul", x, network.node("Sigmoid", x))
    network = Network(weights, 1e-5, silu)
    x = network.layer("x", "features.0.0", "features.0.1", 3, 2, "own")
    for stage, at, kernel, stride in blocks():
        name, before, part = f"features.{stage + 1}.{at}.block", x, 0
        if stage:
            x, part = network.layer(x, f"{name}.0.0", f"{name}.0.1"), 1
        x = network.layer(x, f"{name}.{part}.0", f"{name}.{part}.1", kernel, stride, "own", True)
        x = network.gate(x, f"{name}.{part + 1}")
        x = network.layer(x, f"{name}.{part + 2}.0", f"{name}.{part + 2}.1", active=False)
        if at:
            x = network.node("Add", x, before)
    x = network.layer(x, "features.8.0", "features.8.1")
    return network.end(x, "classifier.1", side)
