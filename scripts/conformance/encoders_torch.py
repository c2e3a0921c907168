"""Transformers of the usual kinds, small, with random weights, as PyTorch's exporters write them.

`cases()` lists them; encoders.py writes those that are asked for. Each case is a name and what
makes the model: the network, the inputs that it takes and the exporter's options.
"""

import functools
import pathlib
import tempfile

import onnx
import torch
import transformers
from torch import nn

from encoders_store import LENGTH, PADDING, SIDE, VOCABULARY

WIDTH, HEADS, LAYERS, CLASSES = 16, 2, 2, 3


def common(**more):
    """Weights so large that attention and scores differ from text to text."""
    return {"initializer_range": 0.3, "num_labels": CLASSES, "return_dict": True, **more}


def bert(**more):
    return transformers.BertConfig(**common(
        vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=2 * WIDTH, max_position_embeddings=2 * LENGTH, pad_token_id=PADDING, **more))


def roberta(**more):
    # RoBERTa's own padding is 1; ours keeps to the one of the views.
    return transformers.RobertaConfig(**common(
        vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=2 * WIDTH, max_position_embeddings=2 * LENGTH, pad_token_id=PADDING,
        type_vocab_size=1, **more))


def distilbert(**more):
    return transformers.DistilBertConfig(**common(
        vocab_size=VOCABULARY, dim=WIDTH, n_layers=LAYERS, n_heads=HEADS, hidden_dim=2 * WIDTH,
        max_position_embeddings=2 * LENGTH, pad_token_id=PADDING, **more))


def gpt2(**more):
    return transformers.GPT2Config(**common(
        vocab_size=VOCABULARY, n_positions=2 * LENGTH, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS,
        pad_token_id=PADDING, bos_token_id=1, eos_token_id=PADDING, use_cache=False, **more))


def llama(**more):
    return transformers.LlamaConfig(**common(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=1, max_position_embeddings=2 * LENGTH,
        pad_token_id=PADDING, bos_token_id=1, eos_token_id=2, use_cache=False, **more))


def vit(**more):
    return transformers.ViTConfig(**common(
        image_size=SIDE, patch_size=8, num_channels=3, hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, intermediate_size=2 * WIDTH, **more))


class Given(nn.Module):
    """A network that is given its tensors in order, and gives one."""

    def __init__(self, network, names, result=None):
        super().__init__()
        self.network, self.names, self.result = network, names, result

    def forward(self, *tensors):
        given = dict(zip(self.names, tensors))
        found = self.network(**given)
        if self.result:
            return self.result(found, given)
        return found.logits if "logits" in found else found[0]


def mean(found, given):
    """Sentence vectors: the mean of what is not padding."""
    mask = given["attention_mask"].unsqueeze(-1).expand(found[0].size()).float()
    return torch.sum(found[0] * mask, 1) / torch.clamp(mask.sum(1), min=1e-9)


def mean_of_unit_length(found, given):
    return nn.functional.normalize(mean(found, given), p=2, dim=1)


def mean_by_product(found, given):
    mask = given["attention_mask"].to(found[0].dtype)
    pooled = torch.matmul(mask.unsqueeze(1), found[0]).squeeze(1)
    return pooled / mask.sum(1, keepdim=True)


def mean_of_filled(found, given):
    mask = given["attention_mask"].bool()
    return found[0].masked_fill(~mask[..., None], 0.0).sum(dim=1) / given["attention_mask"].sum(dim=1)[..., None]


def greatest(found, given):
    mask = given["attention_mask"].unsqueeze(-1).expand(found[0].size())
    states = torch.where(mask == 0, torch.tensor(-1e9), found[0])
    return torch.max(states, 1)[0]


def first(found, given):
    return found[0][:, 0]


def pooler(found, given):
    return found.pooler_output


def last_position(found, given):
    return found.logits[:, -1, :]


def last_token(found, given):
    """The scores at the last token that is no padding."""
    at = given["attention_mask"].sum(1) - 1
    return found.logits[torch.arange(at.shape[0]), at]


IDS, MASK, TYPES, POSITIONS = "input_ids", "attention_mask", "token_type_ids", "position_ids"
PIXELS = "pixel_values"


class Scores(nn.Module):
    """Attention, once each way that people write it by hand."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.embed = nn.Embedding(VOCABULARY, WIDTH)
        self.places = nn.Parameter(torch.randn(1, LENGTH, WIDTH) * 0.3)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, ids, mask=None):
        x = self.embed(ids) * WIDTH ** 0.5 + self.places[:, : ids.shape[1]]
        b, n, _ = x.shape
        if self.kind == "split":
            q, k, v = self.qkv(x).split(WIDTH, dim=-1)
        elif self.kind == "unbind":
            q, k, v = self.qkv(x).reshape(b, n, 3, WIDTH).unbind(2)
        else:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (t.reshape(b, n, HEADS, -1).transpose(1, 2) for t in (q, k, v))
        size = (WIDTH // HEADS) ** 0.5
        if self.kind == "scaled_before":
            scores = (q / size) @ (k.transpose(-2, -1))
        else:
            scores = q @ k.transpose(-2, -1) / size
        if self.kind == "triangle":
            seen = torch.tril(torch.ones(n, n, device=x.device))
            scores = scores.masked_fill(seen == 0, float("-inf"))
        if mask is not None:
            hidden = mask[:, None, None, :] == 0
            fill = {"half": -65504.0, "million": -1e6, "hundred": -100.0}.get(self.kind, float("-inf"))
            scores = scores.masked_fill(hidden, fill)
        shares = scores.softmax(dim=-1)
        y = (shares @ v).transpose(1, 2).reshape(b, n, -1)
        x = self.norm(x + self.out(y))
        if mask is None:
            return self.head(x.mean(1))
        weights = mask.unsqueeze(-1).to(x.dtype)
        return self.head((x * weights).sum(1) / weights.sum(1))


class Layers(nn.Module):
    """torch.nn.TransformerEncoder over tokens, with its key padding mask."""

    def __init__(self, **options):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, WIDTH)
        self.places = nn.Embedding(LENGTH, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, dropout=0.0, batch_first=True, **options)
        self.encoder = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, ids, mask):
        x = self.embed(ids) + self.places(torch.arange(ids.shape[1], device=ids.device))
        x = self.encoder(x, src_key_padding_mask=mask == 0)
        weights = mask.unsqueeze(-1).to(x.dtype)
        return self.head((x * weights).sum(1) / weights.sum(1))


class Own(nn.Module):
    """A network that finds its mask in the ids."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, ids):
        return self.network(ids, ids != PADDING)


def seeded(make):
    torch.manual_seed(11)
    network = make().eval()
    # Biases of zero and scales of one would hide what is done to them.
    for name, weight in network.named_parameters():
        if weight.dim() < 2:
            weight.data += 0.1 * torch.randn_like(weight)
    return network


def networks():
    """Name, what makes the network, names of the inputs, and what is made of the result."""
    t, of = transformers, functools.partial
    whole = [IDS, MASK, TYPES]
    for attention in ["eager", "sdpa"]:
        by = {"attn_implementation": attention}
        yield f"bert-{attention}", of(t.BertForSequenceClassification, bert(**by)), whole, None
        yield f"bert-ids-{attention}", of(t.BertForSequenceClassification, bert(**by)), [IDS], None
        yield f"roberta-{attention}", of(t.RobertaForSequenceClassification, roberta(**by)), [IDS, MASK], None
        yield f"distilbert-{attention}", of(t.DistilBertForSequenceClassification, distilbert(**by)), [IDS, MASK], None
        yield f"minilm-mean-{attention}", of(t.BertModel, bert(**by)), whole, mean
        yield f"gpt2-last-{attention}", of(t.GPT2LMHeadModel, gpt2(**by)), [IDS], last_position
        yield f"gpt2-masked-{attention}", of(t.GPT2LMHeadModel, gpt2(**by)), [IDS, MASK], last_token
        yield f"gpt2-classes-{attention}", of(t.GPT2ForSequenceClassification, gpt2(**by)), [IDS, MASK], None
        yield f"llama-last-{attention}", of(t.LlamaForCausalLM, llama(**by)), [IDS], last_position
        yield f"llama-classes-{attention}", of(t.LlamaForSequenceClassification, llama(**by)), [IDS, MASK], None
        yield f"vit-{attention}", of(t.ViTForImageClassification, vit(**by)), [PIXELS], None
    for act in ["gelu_new", "relu", "silu"]:
        yield f"bert-{act}", of(t.BertForSequenceClassification, bert(hidden_act=act)), whole, None
    yield "bert-pooler", of(t.BertModel, bert()), whole, pooler
    yield "bert-first", of(t.BertModel, bert()), whole, first
    yield "bert-positions", of(t.BertForSequenceClassification, bert()), [*whole, POSITIONS], None
    yield "distilbert-ids", of(t.DistilBertForSequenceClassification, distilbert()), [IDS], None
    yield "roberta-ids", of(t.RobertaForSequenceClassification, roberta()), [IDS], None
    for name, pooled in [
        ("unit", mean_of_unit_length), ("product", mean_by_product), ("filled", mean_of_filled), ("greatest", greatest)
    ]:
        yield f"minilm-{name}", of(t.BertModel, bert()), whole, pooled
    for kind in ["split", "unbind", "chunk", "scaled_before", "triangle", "half", "million", "hundred"]:
        yield f"hand-{kind}", of(Scores, kind), ["ids"], "own"
        if kind != "triangle":
            yield f"hand-{kind}-mask", of(Scores, kind), ["ids", MASK], "plain"
    for name, options in [("layers", {}), ("layers-first-gelu", {"norm_first": True, "activation": "gelu"})]:
        yield f"{name}-mask", of(Layers, **options), ["ids", MASK], "plain"
        yield name, of(Layers, **options), ["ids"], "own"


def sample(name):
    if name == PIXELS:
        return torch.rand(1, 3, SIDE, SIDE)
    ids = torch.randint(4, VOCABULARY, (1, LENGTH))
    ids[0, LENGTH - 3 :] = PADDING
    if name == MASK:
        return (ids != PADDING).long()
    if name == TYPES:
        return torch.zeros_like(ids)
    if name == POSITIONS:
        return torch.arange(LENGTH)[None]
    return ids


EXPORTERS = {
    "traced": {"dynamo": False, "opset_version": 17},
    "traced14": {"dynamo": False, "opset_version": 14},
    "traced11": {"dynamo": False, "opset_version": 11},
    "dynamo": {"dynamo": True, "external_data": False, "verbose": False},
    "dynamo23": {"dynamo": True, "external_data": False, "verbose": False, "opset_version": 23},
}


def export(make, names, result, exporter, sizes):
    """The model that an exporter writes, `sizes` fixed or open."""
    network = seeded(make)
    if result == "own":
        network = Own(network)
    elif result != "plain":
        network = Given(network, names, result)
    network.eval()
    torch.manual_seed(5)
    given = tuple(sample(name) for name in names)
    options = dict(EXPORTERS[exporter])
    if sizes == "open":
        axes = {0: "batch"} if names == [PIXELS] else {0: "batch", 1: "tokens"}
        if options["dynamo"]:
            dims = {at: torch.export.Dim.DYNAMIC for at in axes}
            # A batch of one would be taken for a constant.
            given = tuple(torch.cat([tensor, tensor]) for tensor in given)
            each = tuple(dict(dims) for _ in given)
            # A network that takes any number of tensors has one argument of them.
            options["dynamic_shapes"] = (each,) if isinstance(network, Given) else each
        else:
            options["dynamic_axes"] = {name: axes for name in names}
    with tempfile.TemporaryDirectory() as here, torch.no_grad():
        path = pathlib.Path(here, "model.onnx")
        torch.onnx.export(network, given, str(path), input_names=names, output_names=["scores"], **options)
        return onnx.load(path)


def cases():
    """Of each case its name and what gives the model."""
    for name, make, names, result in networks():
        for exporter in EXPORTERS:
            for sizes in ["fixed", "open"] if exporter in ["traced", "dynamo"] else ["open"]:
                yield f"{name}-{exporter}-{sizes}", functools.partial(export, make, names, result, exporter, sizes)
