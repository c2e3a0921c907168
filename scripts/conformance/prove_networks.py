"""Runs networks of networks.py through the programs, from the commitment to the judge.

    python prove_networks.py FOLDER PROGRAMS [NAME…] [--documents 4] [--report FILE]

PROGRAMS is the folder of `requester`, `responder` and `judge` (cargo build --release). The first two
thirds of a network's documents are for calibration; the program is compared with onnxruntime's
scores on the others, some of which are the corpus. Prints a row of a table for each network;
--report has everything, a line of JSON for each.

Seconds are those of processors, which other work on the machine disturbs less than the clock.
"""

import argparse
import csv
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import numpy as np
from PIL import Image


class Refused(Exception):
    pass


def run(*command):
    """The report of a command, its seconds, and the most memory in MB."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=errors)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), errors.seek(0)
        text, problem = out.read().decode(), errors.read().decode()
    if child.returncode:
        raise Refused((problem or text).strip())
    spent = {"clock": time.monotonic() - began, "processors": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024}
    return json.loads(text.strip().splitlines()[-1]) if text.strip() else {}, spent


def documents(about, folder):
    """Files of which the view has exactly the stored bytes."""
    kind, _, size = about["view"].partition("-")
    data = np.frombuffer((folder / about["documents"]).read_bytes(), np.uint8)
    if kind == "text/bytes":
        return "txt", [row.tobytes() for row in data.reshape(-1, int(size))]
    width, height = (int(length) for length in size.split("x"))
    shape = (-1, height, width) if kind == "image/gray" else (-1, height, width, 3)
    return "png", [Image.fromarray(picture) for picture in data.reshape(shape)]


def write(folder, kind, made):
    """The files and their names, by their places."""
    folder.mkdir()
    for at, document in made:
        path = folder / f"{at:03}.{kind}"
        if kind == "txt":
            path.write_bytes(document)
        else:
            document.save(path)


def prove(folder, name, programs, count, work):
    about = json.loads((folder / f"{name}.json").read_text())
    kind, made = documents(about, folder)
    made = list(enumerate(made))
    held = made[2 * len(made) // 3 :]
    write(work / "calibration", kind, made[: 2 * len(made) // 3])
    write(work / "held", kind, held)
    write(work / "corpus", kind, held[:count])
    with open(work / "scores.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file"] + [f"score{at}" for at in range(len(about["scores"][0]))])
        rows.writerows([f"{at:03}.{kind}", *about["scores"][at]] for at, _ in held)
    asked = about["predicate"]
    if "match_class" in asked:
        asked = ["--match-class", f"index:{asked['match_class']}"]
    else:
        asked = ["--match-score", asked["match_score"], f"--above={asked['above']}"]
    scaling = about["input"].split() if about["input"].startswith("--") else []
    shape = ["--input-shape", about["shape"]] if "shape" in about else []
    requester, responder, judge = (programs / program for program in ("requester", "responder", "judge"))
    corpus, commitment, request, bundle = (work / part for part in ("corpus", "commitment", "request", "bundle"))
    found = {"name": name} | {key: about[key] for key in ("source", "view", "parameters")}
    try:
        run(responder, "commit-corpus", corpus, "--view", about["view"], "--out", commitment, "--json")
        issue = [requester, "issue-request", "--model", folder / f"{name}.onnx", "--view", about["view"], *scaling, *shape, *asked]
        issue += ["--calibration", work / "calibration", "--commitment", commitment / "PUBLIC", "--out", request, "--json"]
        found["issue"], found["issue_spent"] = run(*issue)
        evaluate = [requester, "evaluate", "--request", request, "--documents", work / "held", "--scores", work / "scores.csv", "--json"]
        found["evaluate"], found["evaluate_spent"] = run(*evaluate)
        respond = [responder, "respond", "--corpus", corpus, "--commitment", commitment, "--request", request, "--out", bundle, "--json"]
        found["respond"], found["respond_spent"] = run(*respond)
        verify = [judge, "verify-bundle", "--commitment", commitment / "PUBLIC", "--request", request, "--bundle", bundle, "--json"]
        found["verify"], found["verify_spent"] = run(*verify)
    except Refused as refusal:
        found["refused"] = str(refusal)
    return found


def row(found):
    """A line of the table in docs/models.md."""
    head = f"| {found['name']} | {found['source']} | `{found['view']}` | {found['parameters'] / 1e6:.2f} M |"
    if "verify" not in found:
        return f"{head} {found['refused'].splitlines()[0]}"
    quality, cost, spent = found["evaluate"]["quality"], found["issue"]["cost"], found["respond_spent"]
    rows = cost["rows_per_document"]
    documents = found["respond"]["documents"]
    return (
        f"{head} {rows['table']:,}, {rows['product']:,} | {quality['same_decision']} of {quality['documents']}, "
        f"{quality['same_top_class']} | {cost['milliseconds_per_document'] / 1000:.1f} | "
        f"{spent['processors'] / documents:.1f} ({spent['clock'] / documents:.1f}), {spent['mb']:,.0f} MB | "
        f"{found['verify_spent']['processors']:.1f}, {found['verify_spent']['mb']:,.0f} MB | {found['verify']['outcome']}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--documents", type=int, default=4)
    parser.add_argument("--report", type=pathlib.Path)
    given = parser.parse_args()
    names = given.names or sorted(path.stem for path in given.folder.glob("*.json"))
    for name in names:
        work = pathlib.Path(tempfile.mkdtemp())
        try:
            found = prove(given.folder, name, given.programs, given.documents, work)
        finally:
            shutil.rmtree(work)
        print(row(found), flush=True)
        if given.report:
            with open(given.report, "a") as file:
                file.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
