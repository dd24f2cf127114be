"""docs/training.md and docs/numerics.md in NumPy: trains and prints the CRC-32 of the weights.

usage: reference.py DATA {mlp|cnn|gpt} {fp32|luq|luq+smp2|hindsight|fp32_grad} HIDDEN BATCH EPOCHS
                    ACTIVATION FNT_EPOCHS RANDOM_BITS
                    {exact|int16|int20|fp16|bf16|chunk} FNT_RATE
(mlp: three hidden layers; cnn: 3 channels; gpt: context 8, width HIDDEN, 2 heads, 2 blocks, 11 steps an epoch, the
last layer in 4 bits; rate 0.1, momentum 0.9, decay 1e-4, seed 1: the program's defaults)
Exit status 77: no NumPy.
"""
import struct
import sys
import zlib

sys.dont_write_bytecode = True
try:
    import numpy as np
except ImportError:
    sys.exit(77)

import reference_numerics
from reference_numerics import (  # SEED is for tests/torch
    F, SEED, exp, gemm, gemm_codes, lanes, loss_and_gradient, luq, sawb, sum_columns, sum_rows)

RATE, MOMENTUM, DECAY, ETA = F(0.1), F(0.9), F(1e-4), F(0.1)
FNT_RATE = F(0.1)  # set by the command line


# Convolution 3x3, padding 1: patches of an image, and back

def patches(x, size):
    image = np.pad(x.reshape(-1, size, size, x.shape[1]), ((0, 0), (1, 1), (1, 1), (0, 0)))
    parts = [image[:, ky : ky + size, kx : kx + size, :] for ky in range(3) for kx in range(3)]
    return np.concatenate(parts, axis=3).reshape(-1, 9 * x.shape[1])


def image_of(columns, size):
    c = columns.shape[1] // 9
    parts = columns.reshape(-1, size, size, 9, c)
    image = np.zeros((len(parts), size + 2, size + 2, c), F)
    # Patches in order of their rows reach one pixel from its last kernel position to its first.
    for tap in range(8, -1, -1):
        ky, kx = divmod(tap, 3)
        image[:, ky : ky + size, kx : kx + size, :] += parts[:, :, :, tap, :]
    return image[:, 1:-1, 1:-1, :].reshape(-1, c)


def random_weights(number, rows, cols, fan_in):
    unit = np.sqrt(F(6) / F(fan_in)) / F(32768)
    lane = lanes(1000 + number, 0, 0, rows * cols).astype(F)
    return ((lane - F(32767.5)) * unit).reshape(rows, cols)


class Parameter:
    def __init__(self, value, decay):
        self.value, self.velocity, self.gradient, self.decay = value, np.zeros_like(value), None, decay

    def update(self, rate):
        self.velocity = MOMENTUM * self.velocity + (self.gradient + self.decay * self.value)
        self.value = self.value - rate * self.velocity


class Layer:
    def parameters(self):
        return []


class Dense(Layer):
    def __init__(self, number, inputs, outputs, scheme, size, top, first):
        self.number, self.scheme, self.size, self.top, self.first = number, scheme, size, top, first
        self.w = Parameter(random_weights(number, inputs, outputs, inputs), DECAY)
        self.b = Parameter(np.zeros(outputs, F), F(0))
        self.estimate = None

    def parameters(self):
        return [self.w, self.b]

    def unfold(self, x):
        return patches(x, self.size) if self.size else x

    def forward(self, x):
        if self.scheme == "fp32":
            self.a = self.unfold(x)
            z = gemm(self.a, self.w.value)
        else:
            codes, self.scale_a = sawb(x, self.top)
            self.a = self.unfold(codes)
            self.q, self.scale_w = sawb(self.w.value, 7)
            z = gemm_codes(self.a, self.q) * (self.scale_a * self.scale_w)
        return z + self.b.value

    def backward(self, d, step, fine_tuning=False):
        self.b.gradient = sum_rows(d)
        if self.scheme == "fp32":
            self.w.gradient = gemm(self.a.T, d)
            g = None if self.first else gemm(d, self.w.value.T)
        elif fine_tuning or self.scheme == "fp32_grad":
            self.w.gradient = gemm((self.a.astype(F) * self.scale_a).T, d)
            g = None if self.first else gemm(d, (self.q.astype(F) * self.scale_w).T)
        else:
            measured = F(np.abs(d).max())
            largest = measured
            if self.scheme == "hindsight":
                largest = measured if self.estimate is None else self.estimate
                self.estimate = (F(1) - ETA) * measured + ETA * largest
            count = 2 if self.scheme == "luq+smp2" else 1
            samples = [luq(d, largest, self.number, step, s) for s in range(count)]
            alpha = samples[0][1]
            total = gemm_codes(np.tile(self.a.T, count), np.concatenate([codes for codes, _ in samples]))
            self.w.gradient = total * ((self.scale_a * alpha) / F(count))
            g = None if self.first else gemm_codes(samples[0][0], self.q.T) * (alpha * self.scale_w)
        return image_of(g, self.size) if self.size and g is not None else g


class Relu(Layer):
    def forward(self, x):
        self.out = np.where(x > 0, x, F(0))
        return self.out

    def backward(self, d, *_):
        return np.where(self.out > 0, d, F(0))


class PoolAndFlatten(Layer):
    def forward(self, x):
        self.c = x.shape[1]
        x = x.reshape(-1, 4, 2, 4, 2, self.c)
        x = ((x[:, :, 0, :, 0] + x[:, :, 0, :, 1]) + (x[:, :, 1, :, 0] + x[:, :, 1, :, 1])) * F(0.25)
        return x.reshape(len(x), -1)

    def backward(self, d, *_):
        d = d.reshape(-1, 4, 1, 4, 1, self.c) * F(0.25)
        return np.broadcast_to(d, (len(d), 4, 2, 4, 2, self.c)).reshape(-1, self.c)


class Embedding(Layer):
    def __init__(self, vocabulary, context, width):
        self.tokens = Parameter(random_weights(0, vocabulary, width, width), DECAY)
        self.positions = Parameter(random_weights(1, context, width, width), DECAY)

    def parameters(self):
        return [self.tokens, self.positions]

    def forward(self, tokens):
        self.rows = tokens, np.arange(len(tokens)) % len(self.positions.value)
        return self.tokens.value[self.rows[0]] + self.positions.value[self.rows[1]]

    def backward(self, d, *_):
        for table, rows in zip(self.parameters(), self.rows):
            table.gradient = np.zeros_like(table.value)
            for row, slope in zip(rows, d):
                table.gradient[row] = table.gradient[row] + slope


class LayerNorm(Layer):
    def __init__(self, width):
        self.gain, self.bias = Parameter(np.ones(width, F), F(0)), Parameter(np.zeros(width, F), F(0))

    def parameters(self):
        return [self.gain, self.bias]

    def forward(self, x):
        n = F(x.shape[1])
        centred = x - sum_columns(x) / n
        self.inverse = F(1) / np.sqrt(sum_columns(centred * centred) / n + F(1e-5))
        self.normalized = centred * self.inverse
        return self.normalized * self.gain.value + self.bias.value

    def backward(self, d, *_):
        self.gain.gradient, self.bias.gradient = sum_rows(d * self.normalized), sum_rows(d)
        g, n = d * self.gain.value, F(d.shape[1])
        mean, slope = sum_columns(g) / n, sum_columns(g * self.normalized) / n
        return ((g - mean) - self.normalized * slope) * self.inverse


class Attention(Layer):
    def __init__(self, context, heads):
        self.context, self.heads = context, heads

    def split(self, x, parts):
        x = x.reshape(-1, self.context, parts, self.heads, x.shape[1] // parts // self.heads)
        return x.transpose(2, 0, 3, 1, 4)  # part, window, head, token, column

    def join(self, parts):
        x = np.stack(parts).transpose(1, 3, 0, 2, 4)
        return x.reshape(x.shape[0] * x.shape[1], -1)

    def forward(self, x):
        self.q, self.k, self.v = self.split(x, 3)
        self.scale = F(1) / np.sqrt(F(self.q.shape[-1]))
        self.p = np.zeros(self.q.shape[:-1] + (self.context,), F)
        out = np.zeros_like(self.q)
        for i in range(self.context):
            s = sum_columns(self.q[:, :, i : i + 1] * self.k[:, :, : i + 1])[..., 0] * self.scale
            e = exp(s - s.max(axis=-1, keepdims=True))
            self.p[:, :, i, : i + 1] = e / sum_columns(e)
            for j in range(i + 1):
                out[:, :, i] = out[:, :, i] + self.p[:, :, i, j : j + 1] * self.v[:, :, j]
        return self.join([out])

    def backward(self, d, *_):
        d = self.split(d, 1)[0]
        gq, gk, gv = (np.zeros_like(self.q) for _ in range(3))
        for i in range(self.context):
            p = self.p[:, :, i, : i + 1]
            gp = sum_columns(d[:, :, i : i + 1] * self.v[:, :, : i + 1])[..., 0]
            gs = (p * (gp - sum_columns(p * gp))) * self.scale
            for j in range(i + 1):
                gq[:, :, i] = gq[:, :, i] + gs[..., j : j + 1] * self.k[:, :, j]
                gk[:, :, j] = gk[:, :, j] + gs[..., j : j + 1] * self.q[:, :, i]
                gv[:, :, j] = gv[:, :, j] + p[..., j : j + 1] * d[:, :, i]
        return self.join([gq, gk, gv])


class Residual(Layer):
    def __init__(self, *inner):
        self.inner = inner

    def parameters(self):
        return [p for layer in self.inner for p in layer.parameters()]

    def forward(self, x):
        y = x
        for layer in self.inner:
            y = layer.forward(y)
        return x + y

    def backward(self, d, *step):
        g = d
        for layer in reversed(self.inner):
            g = layer.backward(g, *step)
        return d + g


CONTEXT, HEADS, BLOCKS, TEXT_STEPS = 8, 2, 2, 11


def build_gpt(vocabulary, scheme, width, top):
    layers, number = [Embedding(vocabulary, CONTEXT, width)], 2

    def dense(inputs, outputs, largest=7):
        nonlocal number
        number += 1
        return Dense(number - 1, inputs, outputs, scheme, 0, largest, False)

    for _ in range(BLOCKS):
        layers += [
            Residual(LayerNorm(width), dense(width, 3 * width), Attention(CONTEXT, HEADS), dense(width, width)),
            Residual(LayerNorm(width), dense(width, 4 * width), Relu(), dense(4 * width, width, top)),
        ]
    return layers + [LayerNorm(width), dense(width, vocabulary)]


def build(network, scheme, hidden, top):
    if network == "mlp":
        widths = [64, hidden, hidden, hidden, 10]
        dense = [
            Dense(i, widths[i], widths[i + 1], scheme if 0 < i < 3 else "fp32", 0, top, i == 0) for i in range(4)
        ]
        return [layer for d in dense[:-1] for layer in (d, Relu())] + dense[-1:]
    c = 3
    return [
        Dense(0, 9, c, "fp32", 8, top, True), Relu(),
        Dense(1, 9 * c, 2 * c, scheme, 8, top, False), Relu(), PoolAndFlatten(),
        Dense(2, 16 * 2 * c, hidden, scheme, 0, top, False), Relu(),
        Dense(3, hidden, 10, "fp32", 0, top, False),
    ]


def order_numbers(step, count):
    lane = [int(v) for v in lanes(999, step, 0, 2 * count)]
    return [lane[2 * i] + (lane[2 * i + 1] << 16) for i in range(count)]


def shuffled(order, epoch):
    numbers = order_numbers(epoch, len(order))
    for i in range(len(order) - 1, 0, -1):
        j = numbers[i] * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return order


# Batches: for each step its inputs and labels

def image_batches(data, network, batch, epochs):
    with open(data + "/digits-images.idx3-ubyte", "rb") as f:
        n, h, w = struct.unpack(">4I", f.read(16))[1:]
        images = np.frombuffer(f.read(), np.uint8).reshape(n, h * w)
        images = images.astype(F) / F(images.max())
    with open(data + "/digits-labels.idx1-ubyte", "rb") as f:
        labels = np.frombuffer(f.read()[8:], np.uint8).astype(np.int64)
    train = [i for i in range(n) if i % 5 != 4]
    for epoch in range(epochs):
        order = shuffled(list(train), epoch)
        for first in range(0, len(train) - batch + 1, batch):
            chosen = order[first : first + batch]
            yield images[chosen].reshape(-1, 1) if network == "cnn" else images[chosen], labels[chosen]


def text_batches(tokens, batch, epochs):
    places = len(tokens) - len(tokens) // 5 - CONTEXT
    for step in range(epochs * TEXT_STEPS):
        first = [r * places >> 32 for r in order_numbers(step, batch)]
        yield tuple(np.concatenate([tokens[i + o : i + o + CONTEXT] for i in first]) for o in (0, 1))


def rate(step, steps, fine_tuning_steps):
    if step < steps:
        return RATE * ((F(steps) - F(step)) / F(steps))
    done = step - steps
    height = min(2 * (done + 1), 2 * (fine_tuning_steps - done), fine_tuning_steps)
    return FNT_RATE * (F(height) / F(fine_tuning_steps))


def main(data, network, scheme, hidden, batch, epochs, activation, fnt_epochs, random_bits, accumulator,
         fnt_rate):
    global FNT_RATE
    FNT_RATE = F(fnt_rate)
    reference_numerics.RANDOM_BITS, reference_numerics.ACCUMULATOR = int(random_bits), accumulator
    hidden, batch, epochs, fnt_epochs = int(hidden), int(batch), int(epochs), int(fnt_epochs)
    top = 15 if activation == "uint4" else 7
    if network == "gpt":
        with open(data + "/sentences.txt", "rb") as f:
            vocabulary, tokens = np.unique(np.frombuffer(f.read(), np.uint8), return_inverse=True)
        batches = list(text_batches(tokens, batch, epochs + fnt_epochs))
        layers = build_gpt(len(vocabulary), scheme, hidden, top)
    else:
        batches = list(image_batches(data, network, batch, epochs + fnt_epochs))
        layers = build(network, scheme, hidden, top)
    parameters = [p for layer in layers for p in layer.parameters()]
    steps = len(batches) * epochs // (epochs + fnt_epochs)
    for step, (x, labels) in enumerate(batches):
        for layer in layers:
            x = layer.forward(x)
        _, d = loss_and_gradient(x, labels)
        for layer in reversed(layers):
            d = layer.backward(d, step, step >= steps)
        for parameter in parameters:
            parameter.update(rate(step, steps, len(batches) - steps))
    crc = 0
    for parameter in parameters:
        crc = zlib.crc32(parameter.value.tobytes(), crc)
    print(f"{crc:08x}")


if __name__ == "__main__":
    main(*sys.argv[1:])
