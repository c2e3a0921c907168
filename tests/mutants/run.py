#!/usr/bin/env python3
"""Mutation run over the relation's two statements and the judge's verifier.

    tests/mutants/run.py [--list] [--named | --operators] [--shard I/N] [--only TEXT]

Each mutant is one change that a wrong or dishonest program could contain: the
named ones of mutants.json, and every swapped operator of the files below.
Works on a copy of the tree in target/mutants, so that nothing here changes.
Prints one line a mutant: caught (by which tests), SURVIVED, or not compiled.
Exits with 1 if one survived that EXPLAINED does not know. See docs/mutation.md.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "target" / "mutants"
FEATURES = ["--no-default-features", "--features", "prove"]

# Tests in the order in which they are tried: the quick ones first.
LINEAR = [["model::linear", "model::program", "argument::"]]
ARGUMENT = [["argument::"]]
PROOF = [["argument::"], ["proof::tests"]]
# Files whose operators are swapped, and the tests that must notice.
OPERATORS = {
    "src/model/linear/conv.rs": LINEAR,
    "src/model/linear/dense.rs": LINEAR,
    "src/model/linear/gather.rs": LINEAR,
    "src/model/linear/mod.rs": LINEAR,
    "src/model/linear/range.rs": LINEAR,
    "src/argument/adjoint.rs": ARGUMENT,
    "src/argument/trace.rs": ARGUMENT,
    "src/argument/tables.rs": PROOF,
    "src/argument/statement.rs": PROOF,
    "src/proof/circuit.rs": PROOF,
    "src/proof/columns.rs": PROOF,
    "src/proof/blueprint.rs": PROOF,
    "src/proof/verifier.rs": PROOF,
}
SWAPS = [(" + ", " - "), (" - ", " + "), (" * ", " + "), (" += ", " -= "), (" -= ", " += "),
         (" == ", " != "), (" != ", " == "), (" < ", " <= "), (" <= ", " < "), (" > ", " >= "),
         (" && ", " || "), (" || ", " && "), (" *= ", " += ")]


def named():
    for mutant in json.loads((ROOT / "tests/mutants/mutants.json").read_text()):
        changes = [(c["file"], c["old"], c["new"]) for c in mutant["changes"]]
        yield mutant["name"], changes, LINEAR if "linear" in mutant["changes"][0]["file"] else PROOF


def operators():
    for file, tests in OPERATORS.items():
        text = (ROOT / file).read_text().split("#[cfg(test)]")[0]
        at = 0
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            code = line.split("//")[0]
            prose = re.match(r"\s*(//|use |const |#\[|pub const [A-Z_]+:)", line) or "assert" in line
            for old, new in SWAPS if not prose else []:
                for match in re.finditer(re.escape(old), code):
                    # A bound such as `T: A + B` is no arithmetic.
                    if re.search(r"(impl|dyn|->|where|<\w+:)", code) and old == " + ":
                        continue
                    begin = at + match.start()
                    mutated = (begin, old, new)
                    column = match.start() + 1
                    yield f"{file}:{number}:{column} `{old.strip()}` to `{new.strip()}`", [
                        (file, mutated, None)], tests
            at += len(line)


def write(changes):
    for file, old, new in changes:
        text = (COPY / file).read_text()
        if new is None:
            begin, old, new = old
            if text[begin:begin + len(old)] != old:
                return f"{file} has changed"
            text = text[:begin] + new + text[begin + len(old):]
        elif text.count(old) == 0:
            return f"{file} has no `{old.strip()}`"
        else:
            text = text.replace(old, new, 1)
        (COPY / file).write_text(text)
    return None


def judge(stages):
    for tests in stages:
        outcome = run(tests)
        if outcome != "SURVIVED":
            break
    return outcome


def run(tests):
    command = ["cargo", "test", "--lib", *FEATURES, "--", *tests]
    # Compiling takes longer than the tests, so less of it is optimised.
    environment = os.environ | {"CARGO_PROFILE_DEV_OPT_LEVEL": "1", "CARGO_PROFILE_DEV_DEBUG": "false"}
    try:
        done = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        return "caught (never ends)"
    output = done.stdout + done.stderr
    if done.returncode == 0:
        return "SURVIVED"
    failed = sorted(set(re.findall(r"^test (\S+) \.\.\. FAILED", output, re.M)))
    if failed:
        return "caught by " + ", ".join(name.rsplit("::", 1)[1] for name in failed[:3])
    return "not compiled" if "error: could not compile" in output else "caught (the tests crash)"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--named", action="store_true")
    parser.add_argument("--operators", action="store_true")
    parser.add_argument("--shard", default="1/1")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    mutants = []
    if not options.operators:
        mutants += named()
    if not options.named:
        mutants += operators()
    part, parts = map(int, options.shard.split("/"))
    mutants = [m for m in mutants if options.only in m[0]][part - 1::parts]
    if options.list:
        print(*(name for name, _, _ in mutants), sep="\n")
        print(len(mutants), "mutants")
        return 0
    explained = json.loads((ROOT / "tests/mutants/explained.json").read_text())
    unexplained = 0
    for name, changes, tests in mutants:
        for folder in ["src", "tests", "benches", "examples", "sample_corpus", "cli", "judge",
                       "requester", "responder", "fuzzing"]:
            if (ROOT / folder).exists():
                shutil.copytree(ROOT / folder, COPY / folder, dirs_exist_ok=True,
                                copy_function=copy_if_changed)
        for file in ["Cargo.toml", "Cargo.lock"]:
            shutil.copy2(ROOT / file, COPY / file)
        begin = time.time()
        problem = write(changes)
        outcome = f"NOT APPLIED, {problem}" if problem else judge(tests)
        if outcome.startswith(("SURVIVED", "NOT APPLIED")):
            reason = next((why for key, why in explained.items() if key in name), None)
            unexplained += reason is None
            outcome += f" ({reason})" if reason else ""
        print(f"{outcome:40} <- {name} [{time.time() - begin:.0f} s]", flush=True)
    print(f"{len(mutants)} mutants, {unexplained} survivors without explanation")
    return 1 if unexplained else 0


def copy_if_changed(source, target):
    """Leaves unchanged files alone, so that cargo does not compile them again."""
    source, target = Path(source), Path(target)
    if not target.exists() or source.read_bytes() != target.read_bytes():
        shutil.copyfile(source, target)


if __name__ == "__main__":
    sys.exit(main())
