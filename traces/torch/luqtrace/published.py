"""The published PyTorch formula of LUQ, and how far it is from the specification: python3 -m luqtrace.published"""
import sys

import torch

from .formats import values_of
from .luq import LuqConfig, RandomStream, luq_quantize


def published_luq(x, generator=None):
    """The operations of the authors' code (OpenReview yTbNYYcopd), with |x| and the 4-bit alpha. Random numbers are
    torch's; the result is the quantized tensor, in float32, not codes."""

    def uniform():
        return torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype)

    alpha = x.abs().max() / 2**6
    kept = torch.where(x.abs() < alpha, alpha * torch.sign(x), x)
    kept = torch.where(x.abs() < alpha * uniform(), torch.zeros_like(x), kept)
    r = kept.abs() / alpha
    low = 2 ** torch.floor(torch.log2(r))
    noise = low * (uniform() - 0.5)
    q = 2 ** torch.floor(torch.log2((r + noise) * 4 / 3))
    return torch.where(kept == 0, torch.zeros_like(x), torch.sign(kept) * torch.where(q < low, low, q) * alpha)


def specified_luq(x, config=LuqConfig(), stream=RandomStream()):
    """The same of docs/numerics.md: dequantized codes."""
    levels, scale = luq_quantize(x, config, stream)
    return (values_of(levels, config.format) * scale).to(torch.float32)


def errors(quantize, x, repeats):
    """(bias, its standard error, mean square error) of quantize(x, repeat) over repeats: the bias relative to the mean
    of |x|, the square error to that of x."""
    x = x.to(torch.float64)
    biases, squares = [], 0.0
    for repeat in range(repeats):
        difference = quantize(x.to(torch.float32), repeat).to(torch.float64) - x
        # Outwards or inwards: a bias of magnitudes would cancel in a plain mean over both signs.
        biases.append(float((difference * torch.sign(x)).mean() / x.abs().mean()))
        squares += float((difference * difference).mean() / (x * x).mean())
    mean = sum(biases) / repeats
    deviation = (sum((b - mean) ** 2 for b in biases) / (repeats - 1)) ** 0.5
    return mean, deviation / repeats**0.5, squares / repeats


def compare(elements=1 << 16, sigma=1.0, repeats=400, seed=1):
    """{name: errors} of both on the same lognormal tensor of random signs."""
    generator = torch.Generator().manual_seed(seed)
    normal, sign = (torch.randn(elements, generator=generator) for _ in range(2))
    x = torch.exp(sigma * normal) * torch.sign(sign)
    return {
        "published": errors(lambda x, _: published_luq(x, generator), x, repeats),
        "specified": errors(lambda x, step: specified_luq(x, stream=RandomStream(seed, step=step)), x, repeats),
    }


def main():
    print("formula    sigma  bias of |x|  +- standard error  mean square error")
    for sigma in (1.0, 2.0, 3.0):
        for name, (bias, deviation, square) in compare(sigma=sigma).items():
            print(f"{name:10} {sigma:5.1f} {100 * bias:+11.4f}% {100 * deviation:16.4f}% {100 * square:18.3f}%")
    return 0


if __name__ == "__main__":
    sys.exit(main())
