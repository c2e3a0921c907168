"""Networks that torchvision does not have, in PyTorch, for networks_torch.py."""

import torch
from torch import nn
from torch.nn import functional


def unit(inputs, outputs, size=3, stride=1, groups=1, act=nn.ReLU):
    """Convolution, normalisation, activation."""
    convolution = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), act())


class Squeeze(nn.Module):
    """Squeeze-and-excitation."""

    def __init__(self, channels, gate=nn.Hardsigmoid):
        super().__init__()
        inner = max(channels // 4, 4)
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, inner, 1), nn.ReLU(), nn.Conv2d(inner, channels, 1), gate()
        )

    def forward(self, x):
        return x * self.gate(x)


class LcNet(nn.Module):
    """As PP-LCNet: depthwise convolutions, HardSwish, gates in the last two blocks."""

    def __init__(self, wide=1.0, classes=10):
        super().__init__()
        blocks = [(3, 32, 1, 0), (3, 64, 2, 0), (3, 64, 1, 0), (3, 128, 2, 0), (3, 128, 1, 0), (3, 256, 2, 0)]
        blocks += [(5, 256, 1, 0)] * 5 + [(5, 512, 2, 1), (5, 512, 1, 1)]
        width = lambda channels: max(8, int(channels * wide + 4) // 8 * 8)
        at = width(16)
        layers = [unit(3, at, stride=2, act=nn.Hardswish)]
        for size, outputs, stride, gated in blocks:
            layers.append(unit(at, at, size, stride, at, nn.Hardswish))
            if gated:
                layers.append(Squeeze(at))
            layers.append(unit(at, width(outputs), 1, act=nn.Hardswish))
            at = width(outputs)
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1))
        self.last = nn.Sequential(nn.Conv2d(at, width(1280), 1, bias=False), nn.Hardswish(), nn.Dropout(0.2), nn.Flatten())
        self.dense = nn.Linear(width(1280), classes)

    def forward(self, x):
        return self.dense(self.last(self.body(x)))


class Residual(nn.Module):
    """A residual block, with a gate (SE-ResNet) or without."""

    def __init__(self, inputs, outputs, stride, gated):
        super().__init__()
        second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs))
        self.body = nn.Sequential(unit(inputs, outputs, stride=stride), second)
        self.gate = Squeeze(outputs, nn.Sigmoid) if gated else nn.Identity()
        same = stride == 1 and inputs == outputs
        self.past = nn.Identity() if same else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return functional.relu(self.past(x) + self.gate(self.body(x)))


class ResNet(nn.Module):
    """ResNet with a block at each width."""

    def __init__(self, gated=False, widths=(8, 16, 32), classes=10):
        super().__init__()
        layers, at = [unit(3, widths[0]), nn.MaxPool2d(3, 2, 1)], widths[0]
        for index, width in enumerate(widths):
            layers.append(Residual(at, width, 2 if index else 1, gated))
            at = width
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dense = nn.Linear(at, classes)

    def forward(self, x):
        return self.dense(self.body(x))


class SqueezeNet(nn.Module):
    """Two fire modules of SqueezeNet: narrow, then wide in two ways, joined."""

    def __init__(self, classes=10):
        super().__init__()
        from torchvision.models.squeezenet import Fire

        self.body = nn.Sequential(
            nn.Conv2d(3, 12, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(12, 6, 12, 12), Fire(24, 6, 12, 12), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(24, 8, 24, 24), nn.Dropout(0.5),
        )  # fmt: skip
        self.dense = nn.Conv2d(48, classes, 1)

    def forward(self, x):
        return functional.relu(self.dense(self.body(x))).mean((2, 3))


class UNet(nn.Module):
    """Down and up again as U-Net, one step by transposed convolution, one by resizing; a classifier on top."""

    def __init__(self, resize="nearest", classes=10):
        super().__init__()
        self.first, self.second, self.third = unit(3, 6), unit(6, 10, stride=2), unit(10, 16, stride=2)
        self.up = nn.ConvTranspose2d(16, 10, 2, 2)
        self.joined = unit(20, 8)
        self.resize = nn.Upsample(scale_factor=2, mode=resize)
        self.last = unit(14, 8)
        self.dense = nn.Linear(8 * 16, classes)

    def forward(self, x):
        first = self.first(x)
        second = self.second(first)
        up = self.up(self.third(second))
        joined = self.joined(torch.cat([up, second], 1))
        last = self.last(torch.cat([self.resize(joined), first], 1))
        return self.dense(functional.adaptive_avg_pool2d(last, 4).flatten(1))


class Activated(nn.Module):
    """One block for each of several activations."""

    def __init__(self, kinds, classes=10):
        super().__init__()
        layers, at = [unit(3, 8, stride=2, act=kinds[0])], 8
        for kind in kinds[1:]:
            layers.append(unit(at, at + 4, stride=2 if at < 20 else 1, act=kind))
            at += 4
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dense = nn.Linear(at, classes)

    def forward(self, x):
        return self.dense(self.body(x))


class Grouped(nn.Module):
    """GroupNorm in place of BatchNorm."""

    def __init__(self, classes=10):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.GroupNorm(4, 8), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.GroupNorm(4, 16), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )  # fmt: skip
        self.dense = nn.Linear(16, classes)

    def forward(self, x):
        return self.dense(self.body(x))


class Symbols(nn.Module):
    """Symbols on white, raw bytes; a loop of the exporter's that goes the same way for all."""

    def __init__(self, classes=10):
        super().__init__()
        self.first, self.again, self.dense = unit(1, 8, stride=2), nn.Conv2d(8, 8, 3, padding=1), nn.Linear(8 * 16, classes)

    def forward(self, x):
        x = self.first(x / 255)
        again = lambda at, y: (at + 1, torch.relu(y + self.again(y)))
        begin = torch.tensor(0), x
        if torch.compiler.is_exporting():
            _, x = torch._higher_order_ops.while_loop(lambda at, y: at < 3, again, begin)
        else:
            _, x = again(*again(*again(*begin)))
        return self.dense(functional.adaptive_max_pool2d(x, 4).flatten(1))


class Bytes(nn.Module):
    """A network over the bytes of a text: convolutions over byte/255, GELU, the greatest of each channel."""

    def __init__(self, classes=4):
        super().__init__()
        self.first, self.second = nn.Conv1d(1, 16, 4, 4), nn.Conv1d(16, 24, 5, 2, 2)
        self.norms = nn.ModuleList([nn.BatchNorm1d(16), nn.BatchNorm1d(24)])
        self.dense = nn.Linear(24, classes)

    def forward(self, x):
        x = functional.gelu(self.norms[0](self.first(x.unsqueeze(1))))
        x = functional.gelu(self.norms[1](self.second(x)))
        return self.dense(functional.adaptive_max_pool1d(x, 1).flatten(1))


class Embedded(nn.Module):
    """The same with a row of a table for each byte, which needs a lookup by the document."""

    def __init__(self, classes=4):
        super().__init__()
        self.table, self.first, self.dense = nn.Embedding(256, 8), nn.Conv1d(8, 16, 4, 4), nn.Linear(16, classes)

    def forward(self, x):
        x = self.table(x.long()).transpose(1, 2)
        return self.dense(functional.adaptive_max_pool1d(functional.gelu(self.first(x)), 1).flatten(1))
