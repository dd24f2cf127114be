"""The numbers of docs/training.md and docs/numerics.md in NumPy: random lanes, quantizers, GEMMs, fp32 functions.

Element-wise float32 operations of NumPy round once each; sums that have an order are loops.
"""
import numpy as np

F = np.float32
SEED = 1
# Of the run: bits of the random numbers that round gradients; exact, int16, int20, fp16, bf16 or chunk.
RANDOM_BITS, ACCUMULATOR = 16, "exact"


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
    c1, c2 = (12.68, 12.80) if top == 15 else (12.035, 12.03)
    clip = (c1 * np.sqrt(s2 / n) - c2 * (s1 / n)) * 2.0 ** (exponent - 17)
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


def sum_columns(x):
    total = np.zeros(x.shape[:-1] + (1,), F)
    for j in range(x.shape[-1]):
        total = total + x[..., j : j + 1]
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
