"""binary32 arithmetic on Python floats, and the maximum that every quantizer needs."""
import torch

SMALLEST_MAXIMUM = 2.0**-120  # tensors below it quantize to scale 0


def rn(x):
    """x, a binary64 result, rounded to binary32.

    Sums, products, quotients and roots of two binary32 numbers round to the same whether they pass through binary64 or
    not, since binary64 has more than twice the digits: rn(a * b) is one rounded operation.
    """
    return float(torch.tensor(x, dtype=torch.float64).to(torch.float32))


def as_float32(x, what="x"):
    """x in binary32; the 16-bit formats convert exactly."""
    if x.dtype not in (torch.float32, torch.bfloat16, torch.float16):
        raise ValueError(f"{what}: dtype {x.dtype}; wanted float32, bfloat16 or float16")
    return x.detach().to(torch.float32)


def max_abs(x, what="x"):
    """max |x| as a Python float. ValueError for NaN and infinity, with the first index."""
    if x.numel() == 0:
        return 0.0
    largest = float(x.abs().max())
    if not largest < float("inf"):  # NaN too
        first = int(torch.nonzero(~torch.isfinite(x.reshape(-1)))[0])
        raise ValueError(f"{what}: element {first} is {float(x.reshape(-1)[first])}; wanted finite numbers")
    return largest
