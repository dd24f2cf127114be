"""SAWB, the quantizer of weights and activations (docs/numerics.md, "SAWB")."""
import math

import torch

from .rounding import SMALLEST_MAXIMUM, as_float32, max_abs, rn

FITTED_CLIP = {"int4": (12.035, 12.03), "uint4": (12.68, 12.80)}  # for the format's 15 or 16 levels
MOST_ELEMENTS = 1 << 27  # up to here the moments are exact in 64 bits
SMALLEST_NORMAL = 2.0**-126
_PART = 1 << 24
_TOP = {"int4": 7, "uint4": 15}


def sawb_moments(x, maximum):
    """(Emax, S1, S2) of x, whose maximum magnitude is `maximum`: integers."""
    exponent = math.frexp(maximum)[1] - 1
    s1 = s2 = 0
    for part in x.reshape(-1).split(_PART):  # the wide integers of one part at a time; S2 of all may not fit int64
        scaled = torch.round(part.abs().to(torch.float64) * 2.0 ** (17 - exponent)).to(torch.int64)
        s1 += int(scaled.sum())
        s2 += int((scaled * scaled).sum())
    return exponent, s1, s2


def sawb_scale(x, format="int4", clip=None, what="x"):
    """The scale of x (float32); 0 for a tensor of (nearly) nothing. clip None: the pair fitted for the format."""
    if format not in _TOP:
        raise ValueError(f"{what}: sawb format {format!r}; wanted int4 or uint4")
    if x.numel() > MOST_ELEMENTS:
        raise ValueError(f"{what}: {x.numel()} elements; wanted at most 2^27, where sawb's moments are exact")
    maximum = max_abs(x, what)
    if maximum < SMALLEST_MAXIMUM:
        return 0.0
    exponent, s1, s2 = sawb_moments(x, maximum)
    c1, c2 = FITTED_CLIP[format] if clip is None else clip
    n = float(x.numel())
    limit = (c1 * math.sqrt(float(s2) / n) - c2 * (float(s1) / n)) * 2.0 ** (exponent - 17)
    if limit <= 0 or limit > maximum or limit / _TOP[format] < SMALLEST_NORMAL:
        limit = maximum
    return rn(limit / _TOP[format])


def sawb_levels(x, scale, format="int4"):
    """int8 levels of x (float32). With uint4, negative elements become 0."""
    if scale == 0:
        return torch.zeros_like(x, dtype=torch.int8)
    top = _TOP[format]
    return torch.round(x * rn(1 / scale)).clamp(0 if format == "uint4" else -top, top).to(torch.int8)


def sawb_quantize(x, format="int4", clip=None, what="x"):
    """(levels, scale) of a tensor; clip as for sawb_scale."""
    x = as_float32(x, what).contiguous()
    scale = sawb_scale(x, format, clip, what)
    return sawb_levels(x, scale, format), scale
