"""docs/training.md and docs/numerics.md in NumPy: trains and prints the CRC-32 of the weights.

usage: reference.py DATA {mlp|cnn|gpt} {fp32|luq|luq+smp2|hindsight|fp32_grad} HIDDEN BATCH EPOCHS
                    ACTIVATION FNT_EPOCHS RANDOM_BITS
                    {exact|int16|int20|fp16|bf16|chunk} FNT_RATE
(mlp: three hidden layers; cnn: 3 channels; gpt: context 8, width HIDDEN, 2 heads, 2 blocks, 11 steps an epoch, the
last layer in 4 bits; rate 0.1, momentum 0.9, decay 1e-4, seed 1: the program's defaults)
Exit status 77: no NumPy. Its element-wise float32 operations round once each; sums that have an order are loops.
"""
import struct
import sys
import zlib

try:
    import numpy as np
except ImportError:
    sys.exit(77)

F = np.float32
# Set by the command line.
RANDOM_BITS, ACCUMULATOR, FNT_RATE = 16, "exact", F(0.1)
SEED, RATE, MOMENTUM, DECAY, ETA = 1, F(0.1), F(0.9), F(1e-4), F(0.1)


# Random numbers

def lanes(tensor, step, sample, count):
    blocks = (count + 7) // 8
    index = np.arange(blocks, dtype=np.uint64)
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    c = [index & mask, index >> shift, np.full_like(index, tensor), np.full_like(index, step * 256 + sample)]
    k0, k1 = SEED & 0xFFFFFFFF, SEED >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> shift) ^ c[1] ^ np.uint64(k0), p1 & mask, (p0 >> shift) ^ c[3] ^ np.uint64(k1), p0 & mask]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    halves = [part for word in c for part in (word & np.uint64(0xFFFF), word >> np.uint64(16))]
    return np.stack(halves, axis=1).reshape(-1)[:count].astype(np.int64)


# Quantizers: integers and a scale

def sawb(x, top):
    largest = float(np.abs(x).max())
    if largest < 2.0**-120:
        return np.zeros(x.shape, np.int64), F(0)
    exponent = np.frexp(largest)[1] - 1
    scaled = np.rint(np.abs(x).astype(np.float64) * 2.0 ** (17 - exponent)).astype(np.int64)
    n, s1, s2 = float(x.size), float(int(scaled.sum())), float(int((scaled * scaled).sum()))
    clip = (12.035 * np.sqrt(s2 / n) - 12.03 * (s1 / n)) * 2.0 ** (exponent - 17)
    if clip <= 0 or clip > largest:
        clip = largest
    scale = F(clip / top)
    low = 0 if top == 15 else -top
    return np.clip(np.rint(x * (F(1) / scale)), low, top).astype(np.int64), scale


def luq(x, largest, tensor, step, sample):
    if largest < 2.0**-120:
        return np.zeros(x.shape, np.int64), F(0)
    r = np.abs(x) * (F(64) / largest)
    u = lanes(tensor, step, sample, x.size).reshape(x.shape) >> (16 - RANDOM_BITS)
    carried = r.view(np.int32).astype(np.int64) + ((2 * u + 1) << (22 - RANDOM_BITS))
    exponent = np.minimum((carried >> 23) - 127, 6)
    underflow = r.astype(np.float64) * 2**RANDOM_BITS >= 2**RANDOM_BITS - (u + 0.5)
    e = np.where(r >= 1, exponent + 1, np.where(underflow, 1, 0))
    magnitude = np.where(e == 0, 0, 1 << np.maximum(e - 1, 0))
    return np.where(x < 0, -magnitude, magnitude), largest * F(2.0**-6)


# GEMMs of integers, with the accumulator that the command line names; their sums as binary32

def bf16(x):
    bits = x.astype(F).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & np.uint32(0xFFFF0000)).view(F)


def fp16(x):
    return x.astype(np.float16).astype(F)


def rounded_gemm(a, b, rounded, total):
    for k in range(a.shape[1]):
        total = rounded(total + a[:, k : k + 1].astype(F) * b[k : k + 1, :].astype(F))
    return total


def gemm_codes(a, b):
    zeros = np.zeros((a.shape[0], b.shape[1]), F)
    if ACCUMULATOR in ("fp16", "bf16"):
        return rounded_gemm(a, b, fp16 if ACCUMULATOR == "fp16" else bf16, zeros)
    if ACCUMULATOR == "chunk":
        total = zeros
        for first in range(0, a.shape[1], 64):
            last = first + 64
            total = fp16(total + rounded_gemm(a[:, first:last], b[first:last], fp16, zeros))
        return total
    exact = (a.astype(np.float64) @ b.astype(np.float64)).astype(np.int64)
    if ACCUMULATOR != "exact":
        half = 1 << (int(ACCUMULATOR[3:]) - 1)
        exact = (exact + half) % (2 * half) - half
    return exact.astype(F)


# fp32 operations

def gemm(a, b):
    out = np.zeros((a.shape[0], b.shape[1]), F)
    for k in range(a.shape[1]):
        out = out + a[:, k : k + 1] * b[k : k + 1, :]
    return out


def sum_rows(x):
    total = np.zeros(x.shape[1], F)
    for row in x:
        total = total + row
    return total


def exp(x):
    low, magic = x < F(-87), F(12582912)
    x = np.where(low, F(0), x)
    n = (x * F(float.fromhex("0x1.715476p+0")) + magic) - magic
    r = (x - n * F(float.fromhex("0x1.62e4p-1"))) - n * F(float.fromhex("0x1.7f7d1cp-20"))
    tail = F(1) / F(5040)
    for c in (F(1) / F(720), F(1) / F(120), F(1) / F(24), F(1) / F(6), F(0.5)):
        tail = tail * r + c
    value = F(1) + (r + (r * r) * tail)
    return np.where(low, F(0), value * ((n.astype(np.int32) + 127) << 23).view(F))


def log(x):
    offset = x.view(np.int32) - np.int32(0x3F3504F3)
    n = (offset >> 23).astype(F)
    m = ((offset & 0x7FFFFF) + np.int32(0x3F3504F3)).view(F)
    f = m - F(1)
    s = f / (F(2) + f)
    z = s * s
    tail = F(2) / F(11)
    for c in (F(2) / F(9), F(2) / F(7), F(2) / F(5), F(2) / F(3)):
        tail = tail * z + c
    log_m = f - s * (f - z * tail)
    return n * F(float.fromhex("0x1.62e4p-1")) + (n * F(float.fromhex("0x1.7f7d1cp-20")) + log_m)


def loss_and_gradient(z, labels):
    p = F(1) / F(len(z))
    top = z.max(axis=1, keepdims=True)
    e = exp(z - top)
    s = np.zeros(len(z), F)
    for j in range(z.shape[1]):
        s = s + e[:, j]
    hot = (np.arange(z.shape[1])[None, :] == labels[:, None]).astype(F)
    total = F(0)
    for row in log(s) - (z[np.arange(len(z)), labels] - top[:, 0]):
        total = total + row
    return total * p, (e / s[:, None] - hot) * p


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


def sum_columns(x):
    total = np.zeros(x.shape[:-1] + (1,), F)
    for j in range(x.shape[-1]):
        total = total + x[..., j : j + 1]
    return total


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
    global RANDOM_BITS, ACCUMULATOR, FNT_RATE
    RANDOM_BITS, ACCUMULATOR, FNT_RATE, fnt_epochs = int(random_bits), accumulator, F(fnt_rate), int(fnt_epochs)
    hidden, batch, epochs, top = int(hidden), int(batch), int(epochs), 15 if activation == "uint4" else 7
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
