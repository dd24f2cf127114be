"""LUQ, the quantizer of gradients (docs/numerics.md, "LUQ")."""
import math
from dataclasses import dataclass

import torch

from .philox import random_lanes
from .rounding import SMALLEST_MAXIMUM, as_float32, max_abs, rn

ROUNDINGS = ("luq", "rdnp", "rdnp+su", "sr", "int4_sr")
ALPHAS = ("max", "pow2")
_PART = 1 << 24


@dataclass(frozen=True)
class LuqConfig:
    rounding: str = "luq"
    alpha: str = "max"
    top_exponent: int = 6  # 7 has levels, but no 4-bit codes
    random_bits: int = 16
    reuse: int = 1

    def __post_init__(self):
        for key, ok, wanted in (
            ("rounding", self.rounding in ROUNDINGS, f"one of {', '.join(ROUNDINGS)}"),
            ("alpha", self.alpha in ALPHAS, f"one of {', '.join(ALPHAS)}"),
            ("alpha", (self.alpha, self.rounding) != ("pow2", "int4_sr"), "max with rounding int4_sr"),
            ("top_exponent", self.top_exponent in (4, 6, 7), "4, 6 or 7"),
            ("random_bits", self.random_bits in range(1, 17), "1 to 16"),
            ("reuse", self.reuse in range(1, 1 << 32), "1 to 2^32 - 1"),
        ):
            if not ok:
                raise ValueError(f"luq {key}: {getattr(self, key)!r}; wanted {wanted}")

    @property
    def format(self):
        return "int4" if self.rounding == "int4_sr" else "fp4_e3m0"


@dataclass(frozen=True)
class RandomStream:
    seed: int = 0
    tensor: int = 0
    step: int = 0
    sample: int = 0


def hindsight_maximum(measured, estimate, eta):
    """The estimate that follows `estimate` when `measured` was the exact maximum."""
    eta = rn(eta)
    return rn(rn(rn(1 - eta) * measured) + rn(eta * estimate))


def luq_scale(maximum, config=LuqConfig()):
    """(scale, inverse) for a maximum: what one unit is worth, and the factor that makes r of |x|."""
    if maximum < SMALLEST_MAXIMUM:
        return 0.0, 0.0
    if config.rounding == "int4_sr":
        return rn(maximum / 7), rn(7 / maximum)
    if config.alpha == "max":
        return rn(maximum * 2.0**-config.top_exponent), rn(2.0**config.top_exponent / maximum)
    mantissa, exponent = math.frexp(maximum)  # mantissa in [1/2, 1)
    exponent -= (mantissa == 0.5) + config.top_exponent
    return 2.0**exponent, 2.0**-exponent


def _rounds_up(fraction, u, bits):
    """The rule of numerics.md for a fraction in [0, 1). The scaled fraction is exact in binary64."""
    return fraction.to(torch.float64) * 2.0**bits >= 2.0**bits - (u + 0.5)


def luq_levels(x, inverse, random, config=LuqConfig()):
    """int8 levels of x (float32) for a factor of `luq_scale` and random integers of `random_bits` bits."""
    if inverse == 0:
        return torch.zeros_like(x, dtype=torch.int8)
    r = x.abs() * inverse
    if config.rounding == "int4_sr":
        whole = torch.floor(r)
        magnitude = (whole + _rounds_up(r - whole, random, config.random_bits)).clamp(max=7)
        return torch.where(x < 0, -magnitude, magnitude).to(torch.int8)
    bits = r.view(torch.int32).to(torch.int64)
    if config.rounding in ("luq", "sr"):
        carried = bits + ((2 * random + 1) << (22 - config.random_bits))
    else:
        carried = bits + (1 << 22)  # half a significand: from 1.5 2^k on the exponent grows
    e = ((carried >> 23) - 127).clamp(max=config.top_exponent) + 1
    if config.rounding in ("luq", "rdnp+su"):
        below = _rounds_up(r, random, config.random_bits).to(torch.int64)
    else:
        below = torch.zeros_like(e)
    e = torch.where(r >= 1, e, below)
    return torch.where(x < 0, -e, e).to(torch.int8)


def random_numbers(count, config, stream, device="cpu", first=0):
    """The random integers of elements first .. first + count - 1 of a tensor. first: a multiple of 8."""
    lanes = random_lanes(count, stream.seed, stream.tensor, stream.step // config.reuse, stream.sample, device, first)
    return lanes >> (16 - config.random_bits)


def streamed_levels(x, inverse, config, stream):
    """`luq_levels` with the stream's numbers, a part at a time: the integers take many times the memory of x."""
    flat = x.reshape(-1)
    levels = torch.empty_like(flat, dtype=torch.int8)
    for first in range(0, flat.numel(), _PART):
        part = flat[first : first + _PART]
        random = random_numbers(part.numel(), config, stream, x.device, first)
        levels[first : first + _PART] = luq_levels(part, inverse, random, config)
    return levels.reshape(x.shape)


def luq_quantize(x, config=LuqConfig(), stream=RandomStream(), estimate=None, what="x"):
    """(levels, scale) of a tensor. `estimate`: the maximum to use instead of the exact one; above it x clips."""
    x = as_float32(x, what).contiguous()
    maximum = max_abs(x, what) if estimate is None else estimate
    scale, inverse = luq_scale(maximum, config)
    return streamed_levels(x, inverse, config, stream), scale
