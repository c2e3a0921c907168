"""The mutants: named ones of mutants.json, and every swapped operator."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Tests in the order in which they are tried: the quick ones first.
LINEAR = [["model::linear", "model::program", "field::", "argument::"]]
PROGRAM = [["model::program", "argument::"], ["proof::tests"]]
PROOF = [["argument::"], ["proof::setup::points", "proof::tests"]]
# Of the compiler.
MODEL = [["model::onnx", "model::operators", "model::lowering"],
         ["model::tests::functions", "model::tests::operators", "model::tests::products",
          "model::tests::quantised"]]
# Of what is committed to, and what the parties hand each other.
EXCHANGE = [["corpus::commit", "corpus::views::tests::tokens", "exchange::formats", "exchange::verify"]]
# Files whose operators are swapped, and the tests that must notice.
OPERATORS = {
    "src/field/sums.rs": LINEAR,
    "src/model/linear/conv.rs": LINEAR,
    "src/model/linear/dense.rs": LINEAR,
    "src/model/linear/gather.rs": LINEAR,
    "src/model/linear/mod.rs": LINEAR,
    "src/model/linear/range.rs": LINEAR,
    "src/argument/adjoint.rs": PROOF,
    "src/argument/adjoint/hints.rs": PROOF,
    "src/argument/trace.rs": PROOF,
    "src/argument/trace/hints.rs": PROOF,
    "src/argument/tables.rs": PROOF,
    "src/argument/statement.rs": PROOF,
    "src/argument/transcript.rs": PROOF,
    "src/proof/circuit.rs": PROOF,
    "src/proof/fixed_columns.rs": PROOF,
    "src/proof/gates/mod.rs": PROOF,
    "src/proof/gates/lookup.rs": PROOF,
    "src/proof/gates/product.rs": PROOF,
    "src/proof/gates/sbox.rs": PROOF,
    "src/proof/gates/sums.rs": PROOF,
    "src/proof/columns/advice.rs": PROOF,
    "src/proof/columns/coefficients.rs": PROOF,
    "src/proof/columns/data.rs": PROOF,
    "src/proof/verifier/mod.rs": PROOF,
}
SWAPS = [(" + ", " - "), (" - ", " + "), (" * ", " + "), (" += ", " -= "), (" -= ", " += "),
         (" == ", " != "), (" != ", " == "), (" < ", " <= "), (" <= ", " < "), (" > ", " >= "),
         (" && ", " || "), (" || ", " && "), (" *= ", " += ")]


@dataclass(frozen=True)
class Change:
    """`new` in the place of the bytes from `begin` to `end` of `file`."""
    file: str
    begin: int
    end: int
    new: str


@dataclass(frozen=True)
class Mutant:
    name: str
    changes: list
    tests: list


def named():
    """Fails if the code has moved on from what a mutant changes."""
    for mutant in json.loads((ROOT / "tests/mutants/mutants.json").read_text()):
        changes = []
        for change in mutant["changes"]:
            text, old = (ROOT / change["file"]).read_text(), change["old"]
            if (times := text.count(old)) != 1:
                raise SystemExit(f"{mutant['name']}: {change['file']} has `{old.strip()}` {times} times")
            begin = text.find(old)
            changes.append(Change(change["file"], begin, begin + len(old), change["new"]))
        file = changes[0].file
        compiler = file.startswith(
            ("src/model/graph", "src/model/lowering", "src/model/onnx", "src/model/operators"))
        program = file.startswith("src/model/program")
        tests = LINEAR if "linear" in file else PROGRAM if program else MODEL if compiler else PROOF
        if file.startswith(("src/corpus", "src/exchange")):
            tests = EXCHANGE
        yield Mutant(mutant["name"], changes, tests)


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
                    name = (f"{file}:{number}:{match.start() + 1} "
                            f"`{old.strip()}` to `{new.strip()}` in `{code.strip()}`")
                    yield Mutant(name, [Change(file, begin, begin + len(old), new)], tests)
            at += len(line)
