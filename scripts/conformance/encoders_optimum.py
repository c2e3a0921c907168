"""Small transformers as Optimum exports them.

It needs an older transformers than encoders_torch.py: pip install --target elsewhere, and that
folder in PYTHONPATH.
"""

import functools
import pathlib
import tempfile

import onnx
import transformers
from optimum.exporters.onnx import onnx_export_from_model

from encoders_torch import bert, distilbert, gpt2, llama, roberta, seeded, vit


def export(make, task, output):
    network = seeded(make)
    with tempfile.TemporaryDirectory() as here:
        onnx_export_from_model(network, here, task=task, monolith=True, do_validation=False)
        return output(onnx.load(pathlib.Path(here, "model.onnx")))


def whole(model):
    return model


def cases():
    """Of each case its name and what gives the model."""
    t, of = transformers, functools.partial
    for name, make, task in [
        ("bert-classes", of(t.BertForSequenceClassification, bert()), "text-classification"),
        ("bert-features", of(t.BertModel, bert()), "feature-extraction"),
        ("distilbert-classes", of(t.DistilBertForSequenceClassification, distilbert()), "text-classification"),
        ("roberta-classes", of(t.RobertaForSequenceClassification, roberta()), "text-classification"),
        ("gpt2-classes", of(t.GPT2ForSequenceClassification, gpt2()), "text-classification"),
        ("gpt2-next", of(t.GPT2LMHeadModel, gpt2()), "text-generation"),
        ("llama-classes", of(t.LlamaForSequenceClassification, llama()), "text-classification"),
        ("vit-classes", of(t.ViTForImageClassification, vit()), "image-classification"),
    ]:
        yield f"optimum-{name}", of(export, make, task, whole)
