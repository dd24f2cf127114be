"""A second implementation of docs/numerics.md in NumPy: shares nothing with the library."""

import numpy as np

SMALLEST = np.float32(2.0**-120)


def philox(counter, key):
    """Ten rounds on arrays: counter (..., 4), key (k0, k1); returns uint64 words below 2^32, (..., 4)."""
    low = np.uint64(0xFFFFFFFF)
    x = [np.asarray(counter[..., i], np.uint64) for i in range(4)]
    k0, k1 = int(key[0]), int(key[1])
    for _ in range(10):
        p0 = x[0] * np.uint64(0xD2511F53)
        p1 = x[2] * np.uint64(0xCD9E8D57)
        x = [
            (p1 >> np.uint64(32)) ^ x[1] ^ np.uint64(k0),
            p1 & low,
            (p0 >> np.uint64(32)) ^ x[3] ^ np.uint64(k1),
            p0 & low,
        ]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(x, axis=-1)


def lanes(count, first=0, seed=0, tensor=0, step=0, sample=0):
    """16-bit numbers of elements first .. first + count - 1, as int64."""
    elements = first + np.arange(count, dtype=np.uint64)
    block = elements // np.uint64(8)
    counter = np.zeros((count, 4), np.uint64)
    counter[:, 0] = block & np.uint64(0xFFFFFFFF)
    counter[:, 1] = block >> np.uint64(32)
    counter[:, 2] = tensor
    counter[:, 3] = step * 256 + sample
    words = philox(counter, (seed & 0xFFFFFFFF, seed >> 32))
    lane = (elements % np.uint64(8)).astype(np.int64)
    word = np.take_along_axis(words, (lane // 2)[:, None], axis=1)[:, 0].astype(np.int64)
    return (word >> (16 * (lane % 2))) & 0xFFFF


def luq_scale(maximum, rounding="luq", alpha="max", top_exponent=6):
    """(alpha, inverse) as float32."""
    m = np.float32(maximum)
    if m < SMALLEST:
        return np.float32(0), np.float32(0)
    if rounding == "int4_sr":
        return m / np.float32(7), np.float32(7) / m
    if alpha == "pow2":
        fraction, exponent = np.frexp(m)
        ceiling = int(exponent) - (1 if fraction == 0.5 else 0)
        return np.float32(2.0 ** (ceiling - top_exponent)), np.float32(2.0 ** (top_exponent - ceiling))
    return np.ldexp(m, -top_exponent), np.float32(2.0**top_exponent) / m


def luq_levels(x, scale, numbers, rounding="luq", top_exponent=6, random_bits=16):
    """Levels of float32 x, given (alpha, inverse) and one 16-bit number an element."""
    alpha, inverse = scale
    if alpha == 0:
        return np.zeros(x.shape, np.int64)
    with np.errstate(over="ignore"):
        r = np.abs(x) * inverse
    u = np.asarray(numbers, np.int64) >> (16 - random_bits)
    # A double holds r 2^B and 2^B - (u + 1/2) exactly.
    def up(fraction):
        return fraction.astype(np.float64) * 2.0**random_bits >= 2.0**random_bits - (u + 0.5)

    if rounding == "int4_sr":
        clipped = np.minimum(r, np.float32(7))
        level = np.floor(clipped)
        level = np.minimum(level + up(clipped - level), 7).astype(np.int64)
    else:
        bits = r.view(np.uint32).astype(np.int64)
        if rounding in ("luq", "sr"):
            exponent = ((bits + ((2 * u + 1) << (22 - random_bits))) >> 23) - 127
        else:
            fraction, exponent = np.frexp(np.where(np.isinf(r), np.float32(2.0**120), r).astype(np.float64))
            exponent = exponent - 1 + (fraction >= 0.75)
        in_range = np.minimum(exponent, top_exponent) + 1
        below = up(np.minimum(r, np.float32(1))) if rounding in ("luq", "rdnp+su") else np.zeros(x.shape, bool)
        level = np.where(r >= 1, in_range, below.astype(np.int64))
    return np.where(np.signbit(x), -level, level)


def pack(levels, format):
    """Codes of a 2-D array of levels, two a byte."""
    levels = np.asarray(levels, np.int64)
    codes = (np.abs(levels) | np.where(levels < 0, 8, 0)) if format == "fp4_e3m0" else levels & 15
    if codes.shape[1] % 2:
        codes = np.concatenate([codes, np.zeros((codes.shape[0], 1), np.int64)], axis=1)
    return (codes[:, 0::2] | (codes[:, 1::2] << 4)).astype(np.uint8)


def values(levels, format):
    """Integer values of levels."""
    levels = np.asarray(levels, np.int64)
    if format != "fp4_e3m0":
        return levels
    return np.sign(levels) * ((1 << np.abs(levels)) >> 1)


def luq_quantize(x, rounding="luq", alpha="max", top_exponent=6, random_bits=16, reuse=1, seed=0, tensor=0, step=0,
                 sample=0, estimate=None):
    """(measured maximum, M used, (alpha, inverse), levels) of a 2-D float32 array."""
    measured = np.float32(np.max(np.abs(x), initial=np.float32(0)))
    used = measured if estimate is None else np.float32(estimate)
    scale = luq_scale(used, rounding, alpha, top_exponent)
    numbers = lanes(x.size, 0, seed, tensor, step // reuse, sample).reshape(x.shape)
    return measured, used, scale, luq_levels(x, scale, numbers, rounding, top_exponent, random_bits)


def sawb_quantize(x, format="int4", c1=12.035, c2=12.03):
    """(measured maximum, (count, exponent, S1, S2), scale, levels) of a 2-D float32 array."""
    steps = 7 if format == "int4" else 15
    low = -7 if format == "int4" else 0
    measured = np.float32(np.max(np.abs(x), initial=np.float32(0)))
    if measured < SMALLEST:
        return measured, (0, 0, 0, 0), np.float32(0), np.zeros(x.shape, np.int64)
    exponent = int(np.frexp(measured)[1]) - 1
    whole = np.rint(np.ldexp(np.abs(x).astype(np.float64), 17 - exponent)).astype(np.int64)
    s1, s2 = sum(whole.ravel().tolist()), sum((whole * whole).ravel().tolist())
    n = float(x.size)
    clip = (c1 * float(np.sqrt(float(s2) / n)) - c2 * (float(s1) / n)) * 2.0 ** (exponent - 17)
    if clip <= 0 or clip > measured or np.float32(clip / steps) < np.float32(2.0**-126):
        clip = float(measured)
    scale = np.float32(clip / steps)
    with np.errstate(over="ignore"):
        q = np.clip(np.rint(x * (np.float32(1) / scale)), low, steps)
    return measured, (x.size, exponent, s1, s2), scale, q.astype(np.int64)
