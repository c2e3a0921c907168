"""Small transformers as exporters write them, with the scores that onnxruntime gives.

    python encoders.py FOLDER [--only PART]...

Writes NAME.onnx, NAME.json (view, predicate, operators, scores) and the documents that they
name into FOLDER. With --only, the cases whose names hold one of these parts.
"""

import argparse
import fnmatch
import pathlib
import traceback
import warnings

import encoders_store


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", action="append", help="a part of the names of cases")
    parser.add_argument("--by", choices=["torch", "keras", "optimum"], default="torch")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    given.folder.mkdir(parents=True, exist_ok=True)
    cases = __import__(f"encoders_{given.by}").cases()
    failed = 0
    for name, make in cases:
        if given.only and not any(fnmatch.fnmatch(name, part) or part in name for part in given.only):
            continue
        try:
            encoders_store.store(given.folder, name, make())
        except Exception as error:  # an exporter that gives up is no case
            failed += 1
            lines = str(error).strip().splitlines()
            print(f"{name}: not exported: {type(error).__name__}: {lines[0] if lines else ''}", flush=True)
            if given.only and len(given.only) == 1 and given.only[0] == name:
                traceback.print_exc()
    print(f"{failed} not exported")


if __name__ == "__main__":
    main()
