#!/usr/bin/env python3
"""Mutation run over the relation's two statements and the judge's verifier.

    tests/mutants/run.py [--list] [--named | --operators] [--shard I/N] [--only TEXT] [--alone]

Each mutant is one change that a wrong or dishonest program could contain
(sources.py). Works on a copy of the tree in target/mutants, so that nothing
here changes. Prints one line a mutant: caught (by which tests), SURVIVED, or
not compiled. Exits with 1 if one survived that explained.json does not know.
See docs/mutation.md.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import weave
from sources import LINEAR, MODEL, OPERATORS, ROOT, named, operators

COPY = ROOT / "target" / "mutants"
COMPILE = ["cargo", "test", "-p", "candor", "--lib", "--no-run", "--no-default-features", "--features", "prove,issue",
           "--message-format=json"]
PROFILE = {"CARGO_PROFILE_DEV_DEBUG": "false"}
FOLDERS = ["src", "tests", "benches", "examples", "sample_corpus", "cli", "judge", "requester",
           "responder", "documents", "lot", "pages", "demonstration", "packaging", "fuzzing", "testing", ".cargo"]
SECONDS = 900
# Notices that the circuit is another one, whatever the change: a mutant must
# be caught by something that shows its harm.
PINS = ["golden_values_pin_the_circuit"]


def copy_tree():
    COPY.mkdir(parents=True, exist_ok=True)
    for folder in filter(lambda folder: (ROOT / folder).exists(), FOLDERS):
        shutil.rmtree(COPY / folder, ignore_errors=True)
        shutil.copytree(ROOT / folder, COPY / folder)
    for file in ["Cargo.toml", "Cargo.lock"]:
        shutil.copy2(ROOT / file, COPY / file)


def compile_tests(**profile):
    """The test binary, or the (file, line) of each error."""
    environment = os.environ | PROFILE | profile
    done = subprocess.run(COMPILE, cwd=COPY, env=environment, capture_output=True, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for message in messages:
        if message.get("executable") and message["target"]["kind"] == ["lib"]:
            return message["executable"], []
    errors = [message["message"] for message in messages
              if message["reason"] == "compiler-message" and message["message"]["level"] == "error"]
    return None, [(span["file_name"], span["line_start"])
                  for error in errors for span in error["spans"]]


def weave_all(texts, mutants):
    """Compiles as many mutants together as can be; gives the binary and the others."""
    weaving = weave.Weaving(texts, mutants)
    while True:
        owners = {}
        for file, text, lines in weaving.files():
            (COPY / file).write_text(text)
            owners[file] = lines
        library = COPY / "src/lib.rs"
        library.write_text((ROOT / "src/lib.rs").read_text() + weave.CHOICE)
        binary, errors = compile_tests()
        if binary:
            kept = shutil.copy2(binary, COPY / "target" / "woven")
            return kept, weaving
        guilty = {owners[file][line - 1] for file, line in errors if file in owners} - {0}
        if not guilty:
            raise SystemExit(f"the mutants do not compile together: {errors}")
        for number in guilty:
            weaving.drop(number)


def judge(binary, tests, number=0):
    outcome = "SURVIVED"
    for names in tests:
        outcome = run(binary, names, number)
        if outcome != "SURVIVED":
            break
    return outcome


def run(binary, names, number):
    """Runs tests until the first fails."""
    environment = os.environ | {"MUTANT": str(number), "RAYON_NUM_THREADS": "1"}
    command = ["timeout", "--signal=KILL", str(SECONDS), binary, "--test-threads=1", *names,
               "--skip", *PINS]
    with subprocess.Popen(command, cwd=COPY, env=environment, text=True, start_new_session=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tests:
        ran = 0
        for line in tests.stdout:
            ran += line.startswith("test ")
            if failed := re.search(r"^test (\S+) .*FAILED$", line):
                os.killpg(tests.pid, signal.SIGKILL)
                return "caught by " + failed[1].rsplit("::", 1)[1]
    if not ran:
        raise SystemExit(f"{binary} has no test that begins with {' or '.join(names)}")
    outcomes = {0: "SURVIVED", -signal.SIGKILL: "caught (never ends)"}
    return outcomes.get(tests.returncode, "caught (the tests crash)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--named", action="store_true")
    parser.add_argument("--operators", action="store_true")
    parser.add_argument("--shard", default="1/1")
    parser.add_argument("--only", default="")
    parser.add_argument("--alone", action="store_true", help="those that are compiled one by one")
    options = parser.parse_args()
    mutants = [*(named() if not options.operators else []),
               *(operators() if not options.named else [])]
    part, parts = map(int, options.shard.split("/"))
    mutants = [mutant for mutant in mutants if options.only in mutant.name][part - 1::parts]
    if options.list:
        print(*(mutant.name for mutant in mutants), f"{len(mutants)} mutants", sep="\n")
        return 0
    explained = json.loads((ROOT / "tests/mutants/explained.json").read_text())
    unexplained = 0

    def report(mutant, outcome, seconds):
        nonlocal unexplained
        if outcome == "SURVIVED":
            reason = next((why for key, why in explained.items() if key in mutant.name), None)
            unexplained += reason is None
            outcome += f" ({reason})" if reason else ""
        print(f"{outcome:40} <- {mutant.name} [{seconds:.0f} s]", flush=True)

    def timed(mutant, binary, number=0):
        begin = time.time()
        outcome = judge(binary, mutant.tests, number)
        report(mutant, outcome, time.time() - begin)

    copy_tree()
    numbered = dict(enumerate(mutants, 1))
    files = {change.file for mutant in mutants for change in mutant.changes}
    texts = {file: (ROOT / file).read_text() for file in sorted(files | set(OPERATORS))}
    begin = time.time()
    binary, weaving = weave_all(texts, numbered)
    print(f"{len(weaving.woven)} mutants compiled together in {time.time() - begin:.0f} s", flush=True)
    if (sound := judge(binary, [["argument::"], *LINEAR, *MODEL, ["proof::tests"]])) != "SURVIVED":
        raise SystemExit(f"the code fails its tests without any mutant: {sound}")
    woven = {} if options.alone else weaving.woven
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda item: timed(item[1], binary, item[0]), woven.items()))
    shutil.copy2(ROOT / "src/lib.rs", COPY / "src/lib.rs")
    for mutant in weaving.alone.values():
        for file, text in weave.alone(texts, mutant).items():
            if (COPY / file).read_text() != text:
                (COPY / file).write_text(text)
        # Most fall at the first tests: what compiles fast is tried first.
        binary, errors = compile_tests(CARGO_PROFILE_DEV_OPT_LEVEL="0")
        if binary:
            timed(mutant, binary)
        else:
            report(mutant, "not compiled", 0)
    print(f"{len(mutants)} mutants, {unexplained} survivors without explanation")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
