"""4-bit codes: levels, values, and two codes a byte (docs/numerics.md, "Codes").

Levels are what quantizers emit, as int8: the integer itself for int4 and uint4; for fp4_e3m0 the sign of x times the
exponent field e, so that level 3 is the value 4.
"""
import torch

FORMATS = ("int4", "uint4", "fp4_e3m0")


def _check(format):
    if format not in FORMATS:
        raise ValueError(f"format: {format!r}; wanted one of {', '.join(FORMATS)}")


def values_of(levels, format):
    """The integers that levels stand for, as float64: exact, and what `exact_gemm` multiplies."""
    _check(format)
    levels = levels.to(torch.int64)
    if format == "fp4_e3m0":  # by shifts: no GPU promises an exact power
        levels = torch.sign(levels) * (torch.bitwise_left_shift(torch.ones_like(levels), levels.abs()) >> 1)
    return levels.to(torch.float64)


def pack(levels, format):
    """Codes of a matrix of levels, uint8 [rows, (cols + 1) / 2]: even column in the low nibble, rows padded."""
    _check(format)
    codes = levels.to(torch.int16)
    low, high = (0, 15) if format == "uint4" else (-7 if format == "fp4_e3m0" else -8, 7)
    if codes.dim() != 2:
        raise ValueError(f"levels to pack: shape {list(levels.shape)}; wanted a matrix")
    if codes.numel() and not (low <= int(codes.min()) and int(codes.max()) <= high):
        raise ValueError(f"levels of {format}: {int(codes.min())} to {int(codes.max())}; wanted {low} to {high}")
    if format == "fp4_e3m0":
        codes = codes.abs() | (codes < 0).to(torch.int16) << 3
    codes = torch.nn.functional.pad(codes & 15, (0, codes.shape[1] % 2))
    return (codes[:, 0::2] | codes[:, 1::2] << 4).to(torch.uint8)


def unpack(packed, cols, format):
    """Levels (int8) of a packed matrix with `cols` columns. Code 8 of fp4_e3m0, a negative zero, gives 0."""
    _check(format)
    if packed.dtype != torch.uint8 or packed.dim() != 2 or packed.shape[1] != (cols + 1) // 2:
        raise ValueError(f"codes: {packed.dtype} {list(packed.shape)}; wanted uint8 [rows, {(cols + 1) // 2}]")
    codes = torch.stack((packed & 15, packed >> 4), dim=2).flatten(1)[:, :cols].to(torch.int8)
    if format == "uint4":
        return codes
    if format == "int4":
        return torch.where(codes > 7, codes - 16, codes)
    return torch.where(codes > 7, -(codes & 7), codes)
