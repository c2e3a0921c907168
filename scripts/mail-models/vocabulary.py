"""A small uncased WordPiece vocabulary, made of the texts of mails."""

import email
import email.policy
import html
import re

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def text(path):
    """About what the view reads of a mail, which is enough to see which words there are."""
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
    parts = [str(mail.get(field, "")) for field in ("Subject", "From", "To", "Cc", "Date")]
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            body = (part.get_payload(decode=True) or b"").decode("latin-1")
            if part.get_content_subtype() == "html":
                body = re.sub(r"(?is)<(style|script).*?</\1>|<!--.*?-->", " ", body)
                body = html.unescape(re.sub(r"<[^>]*>", " ", body))
            parts.append(body)
    # A mail counts by its beginning, as in the view, so that long ones do not decide.
    return "\n".join(parts)[:4000]


def train(paths, size):
    """The tokeniser, with what `--vocabulary` takes of it."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=2, special_tokens=SPECIAL, show_progress=False,
        limit_alphabet=100)
    tokenizer.train_from_iterator((text(path) for path in paths), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return tokenizer
