#!/usr/bin/env python3
"""Writes tests/vectors/tokens.json: a commitment to texts under views of tokens.

    pip install tokenizers==0.23.3
    scripts/token-leaf-vectors.py > tests/vectors/tokens.json

Written from docs/formats.md and docs/text/tokens.md with Python's standard library, Hugging
Face's tokenizers for the ids, and no code of Candor: vocabularies, views, digests (one of them
in chunks), leaves, header and root. The texts have one line each, so that a text is the bytes
of its file.
"""

import hashlib
import json
import re

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

P = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
FULL, PARTIAL = 8, 57
FILE, VIEW, LEAF, ROOT, NODE, HEADER, RECORD, FAMILY = 1, 2, 4, 5, 6, 7, 8, 9
CHUNK, CHUNK_GROUP, CHUNKED_VIEW = 16, 17, 18
CHUNK_BYTES = 248


class Poseidon:
    """The permutation and the sponge over it, with the constants of the authors' procedure."""

    def __init__(self, lanes):
        self.lanes = lanes
        fields = ((1, 2), (0, 4), (255, 12), (lanes, 12), (FULL, 10), (PARTIAL, 10), (2**30 - 1, 30))
        register = [value >> bit & 1 for value, bits in fields for bit in range(bits - 1, -1, -1)]

        def step():
            new = 0
            for place in (62, 51, 38, 23, 13, 0):
                new ^= register[place]
            register.pop(0)
            register.append(new)
            return new

        def bit():
            while True:
                kept, value = step(), step()
                if kept:
                    return value

        def integer():
            return int("".join(str(bit()) for _ in range(255)), 2)

        for _ in range(160):
            step()
        self.constants = []
        while len(self.constants) < (FULL + PARTIAL) * lanes:
            value = integer()
            if value < P:
                self.constants.append(value)
        while True:
            drawn = [integer() % P for _ in range(2 * lanes)]
            sums = [(x + y) % P for x in drawn[:lanes] for y in drawn[lanes:]]
            if len(set(drawn)) == 2 * lanes and all(sums):
                break
        self.matrix = [[pow(x + y, -1, P) for y in drawn[lanes:]] for x in drawn[:lanes]]

    def permute(self, state):
        for number in range(FULL + PARTIAL):
            state = [(lane + self.constants[number * self.lanes + i]) % P
                     for i, lane in enumerate(state)]
            full = not FULL // 2 <= number < FULL // 2 + PARTIAL
            state = [pow(lane, 5, P) if full or i == 0 else lane for i, lane in enumerate(state)]
            state = [sum(m * lane for m, lane in zip(row, state)) % P for row in self.matrix]
        return state

    def sponge(self, domain, name, length, inputs):
        name = name.encode()
        capacity = bytes([domain]) + length.to_bytes(4, "little") + bytes([len(name)]) + name
        state = [int.from_bytes(capacity, "little")] + [0] * (self.lanes - 1)
        rate = self.lanes - 1
        for at in range(0, max(len(inputs), 1), rate):
            for lane, value in enumerate(inputs[at:at + rate], 1):
                state[lane] = (state[lane] + value) % P
            state = self.permute(state)
        return state[1]


NARROW, WIDE = Poseidon(3), Poseidon(9)


def short(domain, *inputs):
    return NARROW.sponge(domain, "", len(inputs), inputs)


def words(data):
    return [int.from_bytes(data[at:at + 31], "little") for at in range(0, len(data), 31)]


def halves(digest):
    return [int.from_bytes(digest[:16], "little"), int.from_bytes(digest[16:], "little")]


def sha256(data):
    return hashlib.sha256(data).digest()


def element(value):
    return value.to_bytes(32, "little").hex()


def salt(number):
    """Any element may be a salt."""
    return int.from_bytes(sha256(f"salt {number}".encode()), "little") % P


def chunks_of(view, data):
    """Digests of chunks and groups, of a view that is hashed in chunks."""
    cut = [data[at:at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]
    chunks = [WIDE.sponge(CHUNK, view, len(part), words(part)) for part in cut]
    groups = [chunks[at:at + 8] for at in range(0, len(chunks), 8)]
    groups = [WIDE.sponge(CHUNK_GROUP, view, len(group), group) for group in groups]
    return chunks, groups if len(chunks) > 40 else []


def view_digest(view, salt, data):
    if len(data) <= 8 * CHUNK_BYTES:
        return WIDE.sponge(VIEW, view, len(data), [salt, *words(data)])
    chunks, groups = chunks_of(view, data)
    return WIDE.sponge(CHUNKED_VIEW, view, len(data), [salt, *(groups or chunks)])


def characters():
    """The character that each byte is written as."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def vocabulary(scheme, tokens, merges, **said):
    head = {"format": "candor vocabulary 1", "scheme": scheme, "tokens": len(tokens),
            "merges": len(merges), "begin": None, "end": None, "padding": 0, "unknown": None,
            "lower_case": False, "strip_accents": False, "split_ideographs": False,
            "prefix_space": False} | said
    lines = [json.dumps(head, separators=(",", ":")), *tokens, *(" ".join(m) for m in merges)]
    return head, "".join(line + "\n" for line in lines)


def wordpiece():
    tokens = ["the", "fee", "##s", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "early", "re", "##pay",
              "##ment", "is", "free", ".", ",", "of", "charge", "##d", "we", "not", "a", "##n"]
    tokenizer = Tokenizer(models.WordPiece({t: i for i, t in enumerate(tokens)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer, vocabulary("wordpiece", tokens, [], begin=5, end=6, padding=3, unknown=4,
                                 lower_case=True, strip_accents=True, split_ideographs=True)


def bpe():
    space = characters()[0x20]
    merges = [("e", "e"), (space, "f"), ("t", "h"), ("th", "e"), (space + "f", "ee"), ("r", "e"),
              (space, "the"), ("re", "p"), ("a", "y")]
    tokens = [*characters(), *("".join(merge) for merge in merges), "<|endoftext|>"]
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer, vocabulary("bpe", tokens, merges, padding=len(tokens) - 1)


TEXTS = [
    "Early repayment is free of charge.",
    "",
    "The fees, \u00c9arly and [SEP] not: the fee is not free, we charged the fee \u2014 repay.",
]
VIEWS = ["text/wordpiece-8", "text/bpe-12-ends", "text/wordpiece-1000"]


def shown(view, text, schemes):
    """The ids of a view."""
    scheme, number, *ends = view.removeprefix("text/").split("-")
    tokenizer, (head, _) = schemes[scheme]
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    around = [id for id in (head["begin"], head["end"]) if id is not None]
    room = int(number) - len(around)
    if len(ids) > room:
        last = room // 2 if ends else 0
        ids = ids[:room - last] + ids[len(ids) - last:]
    ids = around[:1] + ids + around[1:]
    return ids + [head["padding"]] * (int(number) - len(ids))


def main():
    schemes = {"wordpiece": wordpiece(), "bpe": bpe()}
    documents, leaves = [], []
    for number, text in enumerate(TEXTS):
        data, salts = text.encode(), [salt(10 * number + i) for i in range(7)]
        record = json.dumps(
            {"path": f"{number}.txt", "custodian": None, "container": None, "parent": None,
             "date": None, "date_from": "none", "inherited": None, "made": False},
            separators=(",", ":"))
        line = record.encode()
        file = short(FILE, salts[0], *halves(sha256(data)), len(data))
        of_record = short(RECORD, salts[1], *halves(sha256(line)), len(line))
        family = short(FAMILY, salts[2], salts[3], 0, 1)
        views = []
        for view, view_salt in zip(VIEWS, salts[4:]):
            ids = shown(view, text, schemes)
            tensor = b"".join(id.to_bytes(2, "little") for id in ids)
            views.append({"view": view, "salt": element(view_salt), "ids": ids,
                          "digest": element(view_digest(view, view_salt, tensor))})
            if len(tensor) > 8 * CHUNK_BYTES:
                views[-1]["chunks"] = [element(chunk) for chunk in chunks_of(view, tensor)[0]]
        digests = [int.from_bytes(bytes.fromhex(view["digest"]), "little") for view in views]
        leaves.append(short(LEAF, file, of_record, family, *digests))
        documents.append({
            "path": f"{number}.txt", "text": text, "salt": element(salts[0]),
            "file_commitment": element(file), "record": record, "record_salt": element(salts[1]),
            "record_commitment": element(of_record), "family_id": element(salts[3]),
            "family_salt": element(salts[2]), "family_commitment": element(family),
            "views": views, "leaf": element(leaves[-1])})
    top = short(NODE, short(NODE, leaves[0], leaves[1]), leaves[2])
    digests = {name: sha256(file.encode()) for name, (_, (_, file)) in schemes.items()}
    canonicaliser = "candor-views/0 an example of a name, of more than thirty-one bytes"
    names = [part for name in (canonicaliser, "none")
             for part in (len(name), *words(name.encode()))]
    header = short(
        HEADER, 2, len(VIEWS), *(word for view in VIEWS for word in words(view.encode())), *names, 0,
        *(half for digest in digests.values() for half in halves(digest)))
    root = short(ROOT, len(leaves), top, header)
    commitment = json.dumps(
        {"header": {"format_version": 2, "views": VIEWS, "canonicaliser": canonicaliser,
                    "expander": "none", "acquisition": [],
                    "vocabularies": {name: digest.hex() for name, digest in digests.items()}},
         "documents": len(leaves), "root": element(root)}, indent=2) + "\n"
    text = json.dumps({
        "vocabularies": {
            name: {"file": file, "sha256": digests[name].hex(), "padding": head["padding"]}
            for name, (_, (head, file)) in schemes.items()},
        "documents": documents, "header_digest": element(header), "top": element(top),
        "root": element(root), "commitment_json": commitment,
    }, indent=1)
    # Lists of ids stand in one line.
    print(re.sub(r"\[[\d,\s]*\]", lambda ids: re.sub(r"\s", "", ids[0]), text))


if __name__ == "__main__":
    main()
