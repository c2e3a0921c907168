"""Networks as exporters write them, at their usual sizes or narrow, with onnxruntime's scores.

    python networks.py FOLDER [torch] [keras] [quantised] [packaged] [--large]

Writes into FOLDER, for each network: NAME.onnx and NAME.json (view, input scaling, predicate,
source, scores, and the file with the bytes of the documents' views one after the other, which
networks of one size share). The needed packages are in requirements-networks.txt and requirements-packaged.txt.

The architectures are those of torchvision and Keras, and some of network_shapes.py. Their weights
begin at random, from fixed seeds, and are trained for some rounds on a few hundred digits, so that
decisions have margins. Networks of `packaged` are trained ones, as the package ships
them. Without --large the networks are narrow and read 32×32 pixels or 256 bytes. Accepted or
not: some are there to be refused.
"""

import argparse
import pathlib

WHAT = ["torch", "keras", "quantised", "packaged"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("what", nargs="*", default=WHAT, metavar="|".join(WHAT))
    parser.add_argument("--large", action="store_true", help="the usual sizes")
    given = parser.parse_args()
    if set(given.what) - set(WHAT):
        parser.error(f"not one of {', '.join(WHAT)}: {given.what}")
    given.folder.mkdir(parents=True, exist_ok=True)
    if "torch" in given.what:
        import networks_torch

        (networks_torch.large if given.large else networks_torch.small)(given.folder)
    if "keras" in given.what:
        import networks_keras

        (networks_keras.large if given.large else networks_keras.small)(given.folder)
    if "quantised" in given.what:
        import networks_torch

        # Of what `torch` wrote.
        name, side = ("mobilenet_v2-160", 160) if given.large else ("mobilenet-v2", 32)
        networks_torch.quantised(given.folder, name, side, large=given.large)
    if "packaged" in given.what and given.large:
        import networks_packaged

        networks_packaged.all(given.folder)


if __name__ == "__main__":
    main()
