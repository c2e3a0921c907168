#!/usr/bin/env python3
"""Compares the views of tokens with Hugging Face's tokenizers, and writes the vectors that
documents/tests/tokens.rs reads, which needs no Python.

    pip install tokenizers==0.23.3
    cargo build --release -p candor-documents --example token-ids
    scripts/token-vectors.py characters          which code points are treated otherwise
    scripts/token-vectors.py compare FILE...     tokenizer.json files, on random and real texts
    scripts/token-vectors.py write               documents/tests/vectors/tokens/

Special tokens are not looked for in texts: a document holds nothing but text.

The random texts come of a generator that the test has, too (`Generator`); what is stored
are the vocabularies, the pieces that texts are made of, and a SHA-256 of the ids of each
hundred texts.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from sentences import SENTENCES as SHARED
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = pathlib.Path(__file__).parent.parent
OUT = ROOT / "documents/tests/vectors/tokens"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
IDS = next(
    (path for kind in ("release", "debug") if (path := TARGET / kind / "examples/token-ids").exists()),
    TARGET / "release/examples/token-ids",
)
TEXTS, OF_A_BLOCK = 12_000, 100

SENTENCES = [
    *SHARED,
    "From: Alice Smith <alice@example.com>\r\nSubject: RE: FW: Q3-forecast (v2) [CLS] [SEP] <|endoftext|>\r\n\r\n"
    "I'd say we've got $1,250,000.00 at 5.5%; don't you? It'll do -- they're fine, I'm sure.\n\n\n\tBob",
    "人人生而自由,在尊严和权利上一律平等。 0123456789 ½ ² Ⅷ ①② 🙂👩‍👩‍👧 \u202etest\u202c a\u00adb",
    "http://example.com/a?b=c&d=%20#e C:\\TEMP\\x.txt f(x)={x|y}~z `q` ^_^ ¿¡«»“”‘’—–…†",
    "Supercalifragilisticexpialidocious antidisestablishmentarianism " + "x" * 101 + " " + "a" * 100,
]
SPACES = [" "] * 8 + ["  ", "\n", "\n\n", "\t", "\r\n", "\u00a0", "\u3000", "\u2029", "\u000b", "\u0085", "\u200b", ""]
ENDS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "##", "##s", ".", ",", "!?", "--", "\u0301", "\u0308\u0323", "-", "_", "@"]


def reals():
    """Real texts of the repository."""
    for folder, ends in [("sample_corpus", ".md"), ("documents/tests", ".md"), (".", "LICENSE-APACHE")]:
        for path in sorted((ROOT / folder).glob("**/*" if folder != "." else "*")):
            if path.name.endswith(ends):
                yield path.read_text()


class Generator:
    """SplitMix64, and texts made of drawn pieces."""

    def __init__(self, seed, words, points):
        self.state, self.words, self.points = seed, words, points

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return (z ^ (z >> 31)) % bound

    def pick(self, items):
        return items[self.below(len(items))]

    def point(self):
        first, last = self.pick(self.points)
        return chr(first + self.below(last - first + 1))

    def text(self):
        text = ""
        for _ in range(self.below(24)):
            kind = self.below(8)
            if kind < 5:
                text += self.pick(self.words)
            elif kind < 6:
                text += self.pick(ENDS)
            else:
                for _ in range(1 + self.below(6)):
                    text += self.point()
            if self.below(4):
                text += self.pick(SPACES)
        return text


def ids_of_candor(vocabulary, texts):
    lines = "".join(json.dumps(text, ensure_ascii=True) + "\n" for text in texts)
    done = subprocess.run([IDS, vocabulary], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    return [[int(number) for number in line.split()] for line in done.stdout.decode().split("\n")[:-1]]


def prepared(text):
    """What the reader of documents does to block ends."""
    return text.rstrip("\u2029").replace("\u2029", "\n")


def ids_of_tokenizers(tokenizer, texts):
    done = tokenizer.encode_batch([prepared(text) for text in texts], add_special_tokens=False)
    return [one.ids for one in done]


def bare(path):
    """The tokeniser of a tokenizer.json, without special tokens, truncation and padding."""
    read = json.loads(pathlib.Path(path).read_text())
    read.update(added_tokens=[], truncation=None, padding=None, post_processor=None)
    return Tokenizer.from_str(json.dumps(read))


def word_piece(lower):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def ranges(points):
    found = []
    for point in sorted(points):
        if found and found[-1][1] + 1 == point:
            found[-1][1] = point
        else:
            found.append([point, point])
    return found


def all_points():
    """All code points but surrogates, and of the private planes only the first ones."""
    return [point for point in range(0xF0100) if not 0xD800 <= point < 0xE000]


def differing_words(lower):
    """Code points that make other words of `aXB X`, by vocabularies that hold those words."""
    tokenizer = word_piece(lower)
    differing = set()
    points = all_points()
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = pathlib.Path(folder) / "vocab.json"
        for at in range(0, len(points), 12_000):
            part = points[at : at + 12_000]
            texts = [f"a{chr(point)}B {chr(point)}" for point in part]
            cut = []
            for text in texts:
                normal = tokenizer.normalizer.normalize_str(prepared(text))
                cut.append([word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal)])
            known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
            known += sorted({word for words in cut for word in words} - set(known))
            number = {word: id for id, word in enumerate(known)}
            vocabulary.write_text(json.dumps({
                "added_tokens": [],
                "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                               "strip_accents": None, "lowercase": lower},
                "pre_tokenizer": {"type": "BertPreTokenizer"},
                "post_processor": None,
                "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                          "max_input_chars_per_word": 100, "vocab": number},
            }))
            for point, words, got in zip(part, cut, ids_of_candor(vocabulary, texts)):
                if [number[word] for word in words] != got:
                    differing.add(point)
    return differing


def differing_bytes(file):
    """Code points that make other tokens of texts in which they stand beside each class."""
    tokenizer, points = bare(file), all_points()
    shapes = ["a{0}b", "1{0}2", "!{0}?", "  {0} ", "{0}{0}  a"]
    differing = set()
    for at in range(0, len(points), 50_000):
        part = points[at : at + 50_000]
        for shape in shapes:
            texts = [shape.format(chr(point)) for point in part]
            pairs = zip(part, ids_of_tokenizers(tokenizer, texts), ids_of_candor(file, texts))
            differing.update(point for point, expected, got in pairs if expected != got)
    return differing


def train(folder):
    """Small vocabularies of the sentences and real texts."""
    texts = SENTENCES * 3 + list(reals())
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    for name, lower in [("uncased", True), ("cased", False)]:
        tokenizer = word_piece(lower)
        trainer = trainers.WordPieceTrainer(
            vocab_size=1500, special_tokens=special, show_progress=False, limit_alphabet=400)
        tokenizer.train_from_iterator(texts, trainer)
        # The order of equal counts is not the same in every run.
        tokens = special + sorted(set(tokenizer.get_vocab()) - set(special))
        vocabulary = {token: id for id, token in enumerate(tokens)}
        tokenizer.model = models.WordPiece(vocabulary, unk_token="[UNK]")
        if lower:
            (folder / "uncased.txt").write_text("".join(token + "\n" for token in tokens))
        else:
            tokenizer.save(str(folder / "cased.json"), pretty=False)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1500, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(folder / "bytes.json"), pretty=False)


def stored():
    """The stored vocabularies with what tokenizers makes of them."""
    tokens = (OUT / "uncased.txt").read_text().split("\n")[:-1]
    uncased = word_piece(True)
    uncased.model = models.WordPiece({token: id for id, token in enumerate(tokens)}, unk_token="[UNK]")
    return {
        "uncased.txt": uncased,
        "cased.json": bare(OUT / "cased.json"),
        "bytes.json": bare(OUT / "bytes.json"),
    }


def digest(ids):
    lines = "".join(" ".join(map(str, one)) + "\n" for one in ids)
    return hashlib.sha256(lines.encode()).hexdigest()


def pieces():
    read = json.loads((OUT / "pieces.json").read_text())
    return read["words"], [tuple(pair) for pair in read["points"]]


def write():
    OUT.mkdir(exist_ok=True)
    train(OUT)
    words = sorted({word for text in SENTENCES for word in text.split(" ")})
    differing = differing_words(True) | differing_words(False)
    differing |= differing_bytes(OUT / "bytes.json")
    points = ranges(set(all_points()) - differing)
    (OUT / "pieces.json").write_text(json.dumps(
        {"words": words, "spaces": SPACES, "ends": ENDS, "points": points}, ensure_ascii=True, separators=(",", ":")) + "\n")
    generator = Generator(1, *pieces())
    texts = [generator.text() for _ in range(TEXTS)]
    with open(OUT / "ids.txt", "w") as out:
        for name, tokenizer in stored().items():
            ids = ids_of_tokenizers(tokenizer, texts)
            for at in range(0, TEXTS, OF_A_BLOCK):
                out.write(f"{name} {at} {digest(ids[at : at + OF_A_BLOCK])}\n")
            for text in SENTENCES:
                out.write(f"{name} {json.dumps(text)} {digest(ids_of_tokenizers(tokenizer, [text]))}\n")
    compare(stored().items(), texts)


def compare(tokenizers, texts):
    for name, tokenizer in tokenizers:
        path = OUT / name if (OUT / name).exists() else pathlib.Path(name)
        expected, got = ids_of_tokenizers(tokenizer, texts), ids_of_candor(path, texts)
        wrong = [at for at, pair in enumerate(zip(expected, got)) if pair[0] != pair[1]]
        print(f"{name}: {len(texts)} texts, {sum(map(len, expected))} tokens, {len(wrong)} texts differ")
        for at in wrong[:3]:
            print(f"  {texts[at]!r}\n  {expected[at]}\n  {got[at]}")


def main():
    what, *files = sys.argv[1:] or ["help"]
    if what == "characters":
        for name, lower in [("lower case", True), ("as it is", False)]:
            found = ranges(differing_words(lower))
            print(f"WordPiece, {name}:", sum(b - a + 1 for a, b in found), "code points")
            print(" ".join(f"{a:X}" if a == b else f"{a:X}-{b:X}" for a, b in found))
        for file in files or [OUT / "bytes.json"]:
            found = ranges(differing_bytes(file))
            print(f"BPE, {file}:", sum(b - a + 1 for a, b in found), "code points")
            print(" ".join(f"{a:X}" if a == b else f"{a:X}-{b:X}" for a, b in found))
    elif what == "compare":
        generator = Generator(2, *pieces())
        texts = [generator.text() for _ in range(TEXTS)]
        texts += [line for text in reals() for line in text.split("\n\n")] + SENTENCES
        folders = [pathlib.Path(name) for name in files if pathlib.Path(name).is_dir()]
        for path in (path for folder in folders for path in sorted(folder.glob("**/*")) if path.is_file()):
            text = path.read_bytes().decode("utf-8", "replace")
            texts += [text] if "\ufffd" not in text else []
        compare([(name, bare(name)) for name in files if not pathlib.Path(name).is_dir()], texts)
    elif what == "write":
        write()
    else:
        sys.exit(__doc__)


main()
