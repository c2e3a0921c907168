"""Weaves mutants into the code, to be chosen when a test binary starts.

Compiling takes far longer than the tests. So each function that a mutant
changes gets one body a mutant and the original, and the variable MUTANT says
which is meant: all mutants are compiled once.
"""

import re
from bisect import bisect_right
from collections import defaultdict

CHOICE = '''
/// The mutant to be, from the variable MUTANT; 0 is none.
pub(crate) fn mutant() -> usize {
    static MUTANT: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *MUTANT.get_or_init(|| std::env::var("MUTANT").map_or(0, |text| text.parse().unwrap()))
}
'''
NO_CODE = re.compile(r'''//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^\\'])\'''', re.S)


def bodies(text):
    """The braces (begin, end) of the functions that may get several bodies."""
    code = NO_CODE.sub(lambda match: " " * len(match[0]), text)
    found = []
    for match in re.finditer(r"\b(const )?fn \w+", code):
        begin = code.find("{", match.end())
        # A method that is only declared ends with a semicolon; those of array
        # types do not count.
        signature, arrays = code[match.end():begin], 1
        while arrays:
            signature, arrays = re.subn(r"\[[^\[\]]*\]", "", signature)
        declared = ";" in signature
        if begin < 0 or declared or found and match.start() < found[-1][1]:
            continue
        depth, end = 1, begin + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            end += 1
        # Neither is a constant function free to look, nor do two bodies have
        # one opaque type.
        if not match[1] and not re.search(r"-> .*\bimpl ", code[match.end():begin], re.S):
            found.append((begin, end))
    return found


def enclosing(bodies, change):
    at = bisect_right(bodies, (change.begin, 1 << 60)) - 1
    if at >= 0 and bodies[at][0] < change.begin and change.end < bodies[at][1]:
        return bodies[at]
    return None


class Weaving:
    """All of `mutants` (number to mutant) that live in functions."""

    def __init__(self, texts, mutants):
        self.texts = texts
        places = {file: bodies(text) for file, text in texts.items()}
        self.alone, self.woven = {}, {}
        for number, mutant in mutants.items():
            inside = [enclosing(places[change.file], change) for change in mutant.changes]
            (self.woven if all(inside) else self.alone)[number] = mutant
        self.places = places

    def files(self):
        """The woven text of each file, and the mutant of each of its lines."""
        arms = defaultdict(lambda: defaultdict(list))
        for number, mutant in self.woven.items():
            for change in mutant.changes:
                body = enclosing(self.places[change.file], change)
                arms[change.file][body].append((number, change))
        for file, text in self.texts.items():
            parts, owners, at = [], [], 0

            def put(part, owner):
                owners.extend([owner] * part.count("\n"))
                parts.append(part)

            for (begin, end), changed in sorted(arms[file].items()):
                put(text[at:begin] + "{ match crate::mutant() {\n", 0)
                for number in sorted({number for number, _ in changed}):
                    body, changes = text[begin:end], [c for n, c in changed if n == number]
                    for change in sorted(changes, key=lambda c: -c.begin):
                        body = body[:change.begin - begin] + change.new + body[change.end - begin:]
                    put(f"{number} => {body}\n", number)
                put(f"_ => {text[begin:end]}\n}} }}", 0)
                at = end
            put(text[at:], 0)
            yield file, "".join(parts), [*owners, 0]

    def drop(self, number):
        """Leaves a mutant out that cannot be compiled beside the others."""
        self.alone[number] = self.woven.pop(number)


def alone(texts, mutant):
    """The files with one mutant in them."""
    texts = dict(texts)
    for change in sorted(mutant.changes, key=lambda c: -c.begin):
        text = texts[change.file]
        texts[change.file] = text[:change.begin] + change.new + text[change.end:]
    return texts
