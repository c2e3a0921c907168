"""The networks of PyTorch and torchvision for networks.py."""

import functools

import numpy as np
import onnx
import torch
from torch import nn

import network_shapes as shapes
from network_store import LARGE, SMALL, digits, fit, scaled, store


def rest(model, inputs, labels):
    """Statistics of normalisation from documents, and a last layer fitted on them."""
    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    model.eval()
    with torch.no_grad():
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean of all batches
            norm.train()
        for batch in inputs.split(40):
            if norms:
                model(batch)
        model.eval()
        last = [m for m in model.modules() if isinstance(m, (nn.Linear, nn.Conv2d))][-1]
        classes = last.weight.shape[0]
        seen = []
        # A convolution is fitted on the mean over the picture.
        hook = last.register_forward_hook(lambda _, given, __: seen.append(given[0].flatten(2).mean(2) if given[0].dim() == 4 else given[0]))
        for batch in inputs.split(40):
            model(batch)
        hook.remove()
        weights, biases = fit(torch.cat(seen).numpy(), labels, classes)
        last.weight.copy_(torch.from_numpy(weights.T).reshape(last.weight.shape))
        # A convolution at the end is followed by ReLU, as in SqueezeNet: keep most scores above zero.
        last.bias.copy_(torch.from_numpy(biases) + (3 if isinstance(last, nn.Conv2d) else 0))


def train(model, inputs, labels, rounds):
    """A few rounds over the documents, in small batches."""
    order, labels = np.random.default_rng(9), torch.from_numpy(labels).long()
    steps = torch.optim.Adam(model.parameters(), 2e-3)
    model.train()
    for _ in range(rounds):
        for batch in np.array_split(order.permutation(len(inputs)), max(len(inputs) // 20, 1)):
            steps.zero_grad()
            nn.functional.cross_entropy(model(inputs[batch]), labels[batch]).backward()
            steps.step()


def export(folder, name, model, sample, how):
    """The model as the exporter writes it: `traced` or `dynamo`, with weights in the file or `beside` it."""
    path = folder / f"{name}.onnx"
    if how == "traced":
        axes = {"x": {0: "batch"}}
        torch.onnx.export(model, (sample,), str(path), dynamo=False, opset_version=17, input_names=["x"], dynamic_axes=axes)
    else:
        torch.onnx.export(model, (sample,), str(path), dynamo=True, external_data=how == "beside", verbose=False)
    return path


def picture(folder, name, make, side, source, how="traced", scaling="--preset imagenet", channels=3, large=False, rounds=6):
    torch.manual_seed(7)
    model = make().eval()
    seen, labels = digits(side, channels, 160 if large else 600, 1)
    tensor = lambda views: torch.from_numpy(scaled(views, scaling).transpose(0, 3, 1, 2).astype(np.float32))
    train(model, tensor(seen), labels, rounds)
    rest(model, tensor(seen), labels)
    views, _ = digits(side, channels, LARGE if large else SMALL, 2)
    path = export(folder, name, model, tensor(views[:1]), how)
    store(folder, name, path, views, scaling, source)


def texts(length, count, seed):
    """Beginnings of prose, tables, programs and records, as bytes, and which they are."""
    random = np.random.default_rng(seed)
    words = "the of and to in is that it was for on are as with his they at be this from have or by one had not but what".split()
    word = lambda: str(random.choice(words))
    number = lambda: str(int(random.integers(0, 10000)))
    lines = [
        lambda: " ".join(word() for _ in range(12)).capitalize() + ".",
        lambda: ",".join([number(), word(), number(), number()]),
        lambda: f"    {word()} = {word()}({word()}[{number()}])  # {word()}",
        lambda: f'{{"{word()}": {number()}, "{word()}": "{word()}"}}',
    ]
    kinds = random.integers(0, len(lines), count)
    made = ["\n".join(lines[kind]() for _ in range(length))[:length].encode() for kind in kinds]
    return np.array([list(text) for text in made], np.uint8), kinds


def text(folder, name, make, source, scaling="b/255"):
    torch.manual_seed(7)
    model = make().eval()
    seen, labels = texts(256, 400, 1)
    tensor = lambda views: torch.from_numpy(scaled(views, scaling).astype(np.float32))
    train(model, tensor(seen), labels, 12)
    rest(model, tensor(seen), labels)
    views, _ = texts(256, SMALL, 2)
    path = export(folder, name, model, tensor(views[:1]), "traced")
    store(folder, name, path, views, scaling, source)


def small(folder):
    import torchvision.models as tv
    from torchvision.models.convnext import CNBlockConfig
    from torchvision.models.efficientnet import FusedMBConvConfig, MBConvConfig
    from torchvision.models.mobilenetv3 import _mobilenet_v3_conf

    def mobilenet_v3():
        blocks, last = _mobilenet_v3_conf("mobilenet_v3_small", width_mult=0.15, reduced_tail=True)
        return tv.MobileNetV3(blocks, 64, num_classes=10)

    def mobilenet_v2():
        # Expansion, channels, blocks, stride.
        return tv.MobileNetV2(10, 0.25, [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 2, 2], [6, 64, 1, 2]], round_nearest=4)

    def efficientnet():
        block = functools.partial(MBConvConfig, width_mult=0.35, depth_mult=0.4)
        blocks = [block(1, 3, 1, 32, 16, 1), block(4, 3, 2, 16, 24, 2), block(4, 5, 2, 24, 40, 2), block(4, 3, 2, 40, 80, 3)]
        return tv.EfficientNet(blocks, 0.2, num_classes=10, last_channel=96)

    def efficientnet_v2():
        blocks = [FusedMBConvConfig(1, 3, 1, 8, 8, 1), FusedMBConvConfig(4, 3, 2, 8, 16, 1), MBConvConfig(4, 3, 2, 16, 24, 1)]
        return tv.EfficientNet(blocks, 0.2, num_classes=10, last_channel=64)

    def convnext():
        return tv.ConvNeXt([CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)], num_classes=10)

    made = functools.partial(picture, folder)
    own = "written in network_shapes.py"
    for how in ["traced", "dynamo"]:
        made(f"mobilenet-v3-{how}", mobilenet_v3, 32, "torchvision, narrow", how)
    made("mobilenet-v2", mobilenet_v2, 32, "torchvision, narrow")
    made("efficientnet", efficientnet, 32, "torchvision, narrow")
    made("efficientnet-v2", efficientnet_v2, 32, "torchvision, narrow", "dynamo")
    made("shufflenet-v2", lambda: tv.ShuffleNetV2([1, 2, 1], [8, 16, 24, 32, 64], num_classes=10), 32, "torchvision, narrow")
    made("shufflenet-v2-dynamo", lambda: tv.ShuffleNetV2([1, 2, 1], [8, 16, 24, 32, 64], num_classes=10), 32, "torchvision, narrow", "dynamo")
    made("densenet", lambda: tv.DenseNet(6, (2, 2, 2), 8, num_classes=10), 32, "torchvision, narrow")
    made("convnext", convnext, 32, "torchvision, narrow", "dynamo")
    made("squeezenet", shapes.SqueezeNet, 32, "torchvision's fire modules")
    made("lcnet", lambda: shapes.LcNet(0.125), 32, own)
    made("resnet", shapes.ResNet, 32, own, "dynamo")
    made("se-resnet", lambda: shapes.ResNet(True), 32, own, "dynamo")
    made("unet-nearest", shapes.UNet, 32, own, "dynamo")
    made("unet-bilinear", lambda: shapes.UNet("bilinear"), 32, own)
    made("activations", lambda: shapes.Activated([nn.SiLU, nn.Mish, nn.ELU, nn.PReLU, nn.GELU]), 32, own)
    kinds = [nn.Softplus, nn.SELU, nn.Tanh, nn.Hardswish, nn.CELU, functools.partial(nn.GELU, "tanh"), nn.LogSigmoid]
    made("activations-dynamo", lambda: shapes.Activated(kinds), 32, own, "dynamo")
    made("group-norm", shapes.Grouped, 32, own)
    made("symbols-loop", shapes.Symbols, 32, own, "dynamo", scaling="--raw", channels=1)
    text(folder, "bytes", shapes.Bytes, own)
    text(folder, "bytes-embedded", shapes.Embedded, own, "--raw")


def large(folder):
    import torchvision.models as tv

    made = functools.partial(picture, folder, large=True)
    # Rounds of training; none where the network is there to be refused.
    for name, side, how, rounds in [
        ("mobilenet_v3_small", 224, "dynamo", 8),
        ("mobilenet_v2", 224, "traced", 0),
        ("mobilenet_v2", 160, "traced", 2),
        ("efficientnet_b0", 224, "traced", 0),
        ("efficientnet_b0", 112, "traced", 2),
        ("resnet18", 224, "beside", 0),
        ("resnet18", 112, "beside", 1),
        ("squeezenet1_1", 224, "traced", 2),
        ("shufflenet_v2_x1_0", 224, "dynamo", 2),
        ("densenet121", 224, "traced", 0),
        ("densenet121", 64, "traced", 1),
        ("convnext_tiny", 64, "dynamo", 0),
    ]:
        make = lambda: getattr(tv, name)(weights=None, num_classes=10)
        made(f"{name}-{side}", make, side, "torchvision", how, rounds=rounds)
    made("pp-lcnet-224", shapes.LcNet, 224, "written in network_shapes.py", rounds=2)


def quantised(folder, name, side, scaling="--preset imagenet", large=False):
    """A traced model with integers of 8 bits, as onnxruntime's tools make it: QDQ and QOperator."""
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    path, views = folder / f"{name}.onnx", digits(side, 3, LARGE if large else SMALL, 2)[0]
    prepared = folder / "prepared.onnx"
    quant_pre_process(str(path), str(prepared))

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            pictures, _ = digits(side, 3, 24 if large else 100, 3)
            values = scaled(pictures, scaling).transpose(0, 3, 1, 2).astype(np.float32)
            self.left = iter({"x": value[None]} for value in values)

        def get_next(self):
            return next(self.left, None)

    kinds = quantization.QuantType
    for how in [quantization.QuantFormat.QDQ, quantization.QuantFormat.QOperator]:
        made = folder / "quantised.onnx"
        options = {"per_channel": how == quantization.QuantFormat.QDQ, "activation_type": kinds.QUInt8, "weight_type": kinds.QInt8}
        quantization.quantize_static(str(prepared), str(made), Reader(), quant_format=how, **options)
        model = onnx.load(made)
        store(folder, f"{name}-{how.name.lower()}", model, views, scaling, f"onnxruntime's tools, {how.name}")
        made.unlink()
    prepared.unlink()
