"""The exact 4-bit GEMM and its scaled output (docs/numerics.md, "GEMM"), and the patches of a convolution."""
import torch

from .rounding import rn

EXACT_K = 1 << 21  # sums of fewer products fit 32 bits


def exact_gemm(a, b):
    """a @ b of integer values in float64. Every partial sum is an integer below 2^53: no order of summation, no fused
    multiply-add and no device can change it."""
    return a.to(torch.float64) @ b.to(torch.float64)


def scaled_gemm(a, b_samples, scale_a, scale_b, what="gemm"):
    """The float32 output of values a times each of `b_samples`, averaged."""
    k, samples = a.shape[1], len(b_samples)
    if k * samples >= EXACT_K:
        raise ValueError(f"{what}: k = {k} with {samples} samples; wanted fewer than 2^21 products in a sum")
    sums = exact_gemm(a, b_samples[0])
    for b in b_samples[1:]:
        sums = sums + exact_gemm(a, b)
    factor = rn(scale_a * scale_b)
    if samples > 1:
        factor = rn(factor / samples)
    return sums.to(torch.float32) * factor


def out_size(size, kernel, stride, padding):
    return (size + 2 * padding - kernel) // stride + 1


def _taps(geometry):
    """Of every place of the kernel, in order: which pixels of the padded image it meets."""
    stride = geometry["stride"]
    height, width = (out_size(geometry[s], geometry["kernel_" + s], stride, geometry["padding"]) for s in "hw")
    for y in range(geometry["kernel_h"]):
        for x in range(geometry["kernel_w"]):
            yield slice(y, y + stride * (height - 1) + 1, stride), slice(x, x + stride * (width - 1) + 1, stride)


def patches(image, geometry):
    """Rows (image, out_y, out_x), columns (kernel_y, kernel_x, channel) of an NHWC image stored as [n h w, c]."""
    g, p = geometry, geometry["padding"]
    padded = torch.nn.functional.pad(image.reshape(g["n"], g["h"], g["w"], g["c"]), (0, 0, p, p, p, p))
    taps = [padded[:, rows, cols, :] for rows, cols in _taps(g)]
    return torch.cat(taps, dim=3).reshape(-1, len(taps) * g["c"])


def image_of(columns, geometry):
    """Adds rows of patches into an image of zeros [n h w, c], in the order of the rows."""
    g, p = geometry, geometry["padding"]
    image = columns.new_zeros(g["n"], g["h"] + 2 * p, g["w"] + 2 * p, g["c"])
    taps = list(_taps(g))
    height, width = (out_size(g[s], g["kernel_" + s], g["stride"], p) for s in "hw")
    parts = columns.reshape(g["n"], height, width, len(taps), g["c"])
    # Patches in order of their rows reach a pixel from its last place in the kernel to its first.
    for tap in reversed(range(len(taps))):
        rows, cols = taps[tap]
        image[:, rows, cols, :] += parts[:, :, :, tap, :]
    return image[:, p : p + g["h"], p : p + g["w"], :].reshape(-1, g["c"])
