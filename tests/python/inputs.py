"""Repeatable inputs where arithmetic goes wrong: powers of two, long runs of ones, subnormals, the largest floats."""

import numpy as np


def floats(seed, shape, spread=8):
    """Finite float32 whose exponents lie within `spread` of a random centre."""
    random = np.random.default_rng(seed)
    centre = int(random.integers(0, 255))
    low, high = max(0, centre - spread), min(254, centre + spread)
    exponent = random.integers(low, high + 1, shape, dtype=np.uint32)
    mantissa = random.integers(0, 1 << 23, shape, dtype=np.uint32)
    run = random.integers(0, 24, shape, dtype=np.uint32)
    kind = random.integers(0, 4, shape)
    ones = np.uint32(0x7FFFFF)
    mantissa = np.where(kind == 0, (ones << run) & ones, np.where(kind == 1, ones >> run, mantissa)).astype(np.uint32)
    sign = random.integers(0, 2, shape, dtype=np.uint32) << np.uint32(31)
    x = (sign | (exponent << np.uint32(23)) | mantissa).view(np.float32)
    x[random.random(shape) < 0.05] = 0
    return x


def shapes(seed, count):
    """Matrix shapes: odd and even columns, empty ones, rows longer than a quantizer's chunk."""
    random = np.random.default_rng(seed)
    fixed = [(1, 1), (0, 5), (5, 0), (1, 8191), (3, 4097), (2, 4096)]
    return fixed + [tuple(map(int, random.integers(1, 60, 2))) for _ in range(count - len(fixed))]
