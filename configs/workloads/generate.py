#!/usr/bin/env python3
"""generate.py [FOLDER]: writes the bundled workloads (*.yaml) next to itself or to FOLDER.

A network is a function below: its layers in the order of fprop, and its parameters that are in no GEMM.
"""
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
import sys
import textwrap


@dataclass
class Layer:
    keys: dict  # as in the file
    macs: int
    weights: int = 0
    others: Counter = field(default_factory=Counter)  # parameters in no GEMM, by what they are


@dataclass
class Block:
    name: str
    repeat: int
    layers: list


@dataclass
class Network:
    file: str
    title: str
    sample: str  # what one sample is
    note: str  # which convention the file takes; a sentence or more
    layers: list
    others: Counter = field(default_factory=Counter)

    def flat(self):
        for item in self.layers:
            yield from item.layers * item.repeat if isinstance(item, Block) else [item]

    def macs(self):
        return sum(layer.macs for layer in self.flat())

    def weights(self):
        return sum(layer.weights for layer in self.flat())

    def all_others(self):
        return sum((layer.others for layer in self.flat()), self.others)

    def parameters(self):
        return self.weights() + self.all_others().total()


# Layers

def conv(name, image, channels, filters, kernel, stride=1, groups=1, batch_norm=True):
    """A convolution of a square image, padded so that only the stride makes it smaller."""
    keys = {"name": name, "type": "conv", "h": image, "w": image, "c": channels, "kernel": kernel, "filters": filters}
    padding = (kernel - 1) // 2
    keys |= {"stride": stride} if stride > 1 else {}
    keys |= {"padding": padding} if padding > 0 else {}
    keys |= {"groups": groups} if groups > 1 else {}
    weights = filters * kernel * kernel * channels // groups
    pixels = ((image + 2 * padding - kernel) // stride + 1) ** 2
    others = Counter({"of batch normalization": 2 * filters}) if batch_norm else Counter()
    return Layer(keys, pixels * weights, weights, others)


def linear(name, rows, inputs, outputs, repeat=1, bias=True):
    keys = {"name": name, "type": "gemm", "m": rows, "n": outputs, "k": inputs}
    keys |= {"repeat": repeat} if repeat > 1 else {}
    weights = repeat * inputs * outputs
    return Layer(keys, rows * weights, weights, Counter({"biases": repeat * outputs}) if bias else Counter())


def product(name, m, n, k, heads):
    """Of two activations, for each head."""
    keys = {"name": name, "type": "gemm", "m": m, "n": n, "k": k, "per_sample": True, "repeat": heads}
    return Layer(keys, heads * m * n * k)


def attention(width, heads, queries, keys=None, prefix="", bias=True):
    """Of a sequence to itself, or to another one of `keys` positions."""
    size = width // heads
    if keys is None:
        projections = [linear(prefix + "qkv", queries, width, width, repeat=3, bias=bias)]
    else:
        projections = [linear(prefix + "q", queries, width, width, bias=bias),
                       linear(prefix + "kv", keys, width, width, repeat=2, bias=bias)]
    positions = keys or queries
    return projections + [product(prefix + "scores", queries, positions, size, heads),
                          product(prefix + "context", queries, size, positions, heads),
                          linear(prefix + "output", queries, width, width, bias=bias)]


def feed_forward(width, inner, rows):
    return [linear("up", rows, width, inner), linear("down", rows, inner, width)]


def layer_norms(width, count):
    return Counter({"of layer normalization": 2 * width * count})


# Networks

IMAGES = "a 224 x 224 image"
FIRST_AND_LAST = "The first convolution and the classifier are 4-bit GEMMs here, as all layers are"


def resnet(file, title, note, blocks, bottleneck, groups=1, width_per_group=64):
    """Names are torchvision's; a downsample is the projection of a shortcut."""
    expansion = 4 if bottleneck else 1
    layers = [conv("conv1", 224, 3, 64, 7, stride=2)]
    image, channels = 56, 64
    for stage, count in enumerate(blocks):
        planes = 64 << stage
        width, out = planes * width_per_group // 64 * groups, planes * expansion
        for block in range(count):
            name = f"layer{stage + 1}.{block}."
            stride = 2 if stage > 0 and block == 0 else 1
            small = image // stride
            if bottleneck:
                layers += [conv(name + "conv1", image, channels, width, 1),
                           conv(name + "conv2", image, width, width, 3, stride, groups),
                           conv(name + "conv3", small, width, out, 1)]
            else:
                layers += [conv(name + "conv1", image, channels, out, 3, stride), conv(name + "conv2", small, out, out, 3)]
            if stride > 1 or channels != out:
                layers.append(conv(name + "downsample", image, channels, out, 1, stride))
            image, channels = small, out
    layers.append(linear("fc", 1, channels, 1000))
    return Network(file, title, IMAGES, note, layers)


def mobilenet_v2():
    layers = [conv("features.0", 224, 3, 32, 3, stride=2)]
    image, channels, number = 112, 32, 0
    for expansion, out, count, first_stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
                                                (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for block in range(count):
            number += 1
            stride = first_stride if block == 0 else 1
            name, wide = f"features.{number}.", channels * expansion
            if expansion > 1:
                layers.append(conv(name + "expand", image, channels, wide, 1))
            layers += [conv(name + "depthwise", image, wide, wide, 3, stride, groups=wide),
                       conv(name + "project", image // stride, wide, out, 1)]
            image, channels = image // stride, out
    layers += [conv("features.18", image, channels, 1280, 1), linear("classifier", 1, 1280, 1000)]
    return Network("mobilenet-v2", "MobileNet-V2", IMAGES,
                   "A depthwise convolution is a GEMM with N = 1 for each channel. " + FIRST_AND_LAST + ".", layers)


def bert_base():
    width, tokens = 768, 128
    layers = attention(width, 12, tokens) + feed_forward(width, 3072, tokens)
    others = layer_norms(width, 2 * 12 + 1)
    others["of token, position and segment embeddings"] = (30522 + 512 + 2) * width
    return Network("bert-base", "BERT-base (uncased)", f"{tokens} tokens",
                   "The pooler of the first token is the last layer; heads of a task are not here.",
                   [Block("encoder", 12, layers), linear("pooler", 1, width, width)], others)


def vit_b16():
    width, patches = 768, 196
    tokens = patches + 1
    patch = linear("patches", patches, 16 * 16 * 3, width)
    layers = attention(width, 12, tokens) + feed_forward(width, 3072, tokens)
    others = layer_norms(width, 2 * 12 + 1) + Counter({"of class token and position embeddings": width * (1 + tokens)})
    return Network("vit-b16", "ViT-B/16", f"{IMAGES}, {tokens} tokens",
                   "The convolution of the patches is a GEMM: its kernel is its stride. The patches and the head are "
                   "4-bit GEMMs here, as all layers are.",
                   [patch, Block("encoder", 12, layers), linear("head", 1, width, 1000)], others)


def transformer_base():
    width, heads, inner, tokens = 512, 8, 2048, 32
    encoder = attention(width, heads, tokens, bias=False) + feed_forward(width, inner, tokens)
    decoder = (attention(width, heads, tokens, prefix="self.", bias=False) +
               attention(width, heads, tokens, keys=tokens, prefix="cross.", bias=False) +
               feed_forward(width, inner, tokens))
    return Network("transformer-base", "Transformer base, translation",
                   f"{tokens} source and {tokens} target tokens",
                   "37000 tokens of vocabulary, as the paper's text says (about); the 65 M parameters of its table "
                   "would be about 41000. The logits share the embedding's weights, and are a 4-bit GEMM here, as all "
                   "layers are. Attention is computed in full, without what the decoder's mask would leave out.",
                   [Block("encoder", 6, encoder), Block("decoder", 6, decoder),
                    linear("logits", tokens, width, 37000, bias=False)], layer_norms(width, 2 * 6 + 3 * 6))


def gpt_1_3b():
    width, tokens = 2048, 2048
    layers = attention(width, 16, tokens) + feed_forward(width, 4 * width, tokens)
    others = layer_norms(width, 2 * 24 + 1) + Counter({"of position embeddings": tokens * width})
    return Network("gpt-1.3b", "GPT-3 XL", f"{tokens} tokens",
                   "16 heads of 128: the paper's table has 24 of 128, which is not its width of 2048. The logits share "
                   "the embedding's weights (vocabulary 50257), and are a 4-bit GEMM here, as all layers are. Attention "
                   "is dense and computed in full, without what a causal mask would leave out.",
                   [Block("decoder", 24, layers), linear("logits", tokens, width, 50257, bias=False)], others)


def networks():
    bottlenecks = FIRST_AND_LAST + ". A stage's stride is in its first 3 x 3 convolution (v1.5)."
    return [
        resnet("resnet18", "ResNet-18", FIRST_AND_LAST + ".", (2, 2, 2, 2), bottleneck=False),
        resnet("resnet50", "ResNet-50", bottlenecks, (3, 4, 6, 3), bottleneck=True),
        resnet("resnext50", "ResNeXt-50 32x4d", bottlenecks, (3, 4, 6, 3), bottleneck=True, groups=32,
               width_per_group=4),
        mobilenet_v2(),
        transformer_base(),
        bert_base(),
        vit_b16(),
        gpt_1_3b(),
    ]


# Files

def header(network):
    others = ", ".join(f"{count:,} {what}" for what, count in network.all_others().items())
    text = (f"{network.title}. One sample, {network.sample}: {network.macs():,} MACs in fprop. "
            f"{network.parameters():,} parameters: {network.weights():,} weights of these GEMMs, {others}. {network.note} "
            "Written by generate.py.")
    return textwrap.fill(text, 120, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def flow(layer):
    def value(v):
        return "true" if v is True else str(v)
    return "- {" + ", ".join(f"{key}: {value(v)}" for key, v in layer.keys.items()) + "}"


def yaml(network):
    lines = [header(network), f"name: {network.file}", "batch: 1", "layers:"]
    for item in network.layers:
        if isinstance(item, Block):
            lines += [f"  - name: {item.name}", f"    repeat: {item.repeat}", "    layers:"]
            lines += ["      " + flow(layer) for layer in item.layers]
        else:
            lines.append("  " + flow(item))
    return "\n".join(lines) + "\n"


def table():
    """For docs/workloads.md."""
    lines = ["| name | network | one sample | parameters | MACs in fprop |", "| --- | --- | --- | ---: | ---: |"]
    lines += [f"| `{n.file}` | {n.title} | {n.sample} | {n.parameters():,} | {n.macs():,} |" for n in networks()]
    return "\n".join(lines) + "\n"


def files():
    return {network.file + ".yaml": yaml(network) for network in networks()}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    for name, text in files().items():
        (folder / name).write_text(text)
