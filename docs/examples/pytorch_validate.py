"""Validates your own LUQ kernel in PyTorch: runs it on a gradient, writes what it gave as a trace.

    PYTHONPATH=traces/torch python3 docs/examples/pytorch_validate.py kernel.safetensors [--bug]
    luqsim validate kernel.safetensors

`luqsim validate` recomputes every code, scale and output from the recorded sources and names the first that differs.
The kernel below is right; --bug makes it round as many kernels do, which here changes two codes of 65,536.
"""
import argparse

import torch

import luqtrace


def my_luq(x, random, bug=False):
    """Your kernel: levels (the sign of x times the exponent code, -7..7) and the scale of the values +-2^(e-1)."""
    top = x.abs().max()
    scale = top / 64
    r = x.abs() * (64 / top)
    power = 2 ** torch.floor(torch.log2(r.clamp(min=1)))
    fraction = torch.where(r < 1, r, r / power - 1)
    threshold = 65536 - (random if bug else random + 0.5)  # without the half, the values drift by 2^-17
    up = fraction.double() * 65536 >= threshold
    e = torch.where(r < 1, 0, torch.log2(power).long() + 1) + up
    return (e.clamp(max=7) * torch.sign(x)).to(torch.int8), scale


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("trace")
    parser.add_argument("--bug", action="store_true")
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    rows, inputs, outputs = 512, 96, 128
    x = torch.randn(rows, inputs, device=device)
    d = torch.randn(rows, outputs, device=device) * torch.exp(2 * torch.randn(rows, outputs, device=device)) * 1e-4

    # The numbers that a trace's quantizer names: your kernel takes these, or draws them itself (Philox, see
    # docs/numerics.md).
    stream = luqtrace.RandomStream(seed=1, tensor=7, step=12)
    random = luqtrace.random_lanes(d.numel(), stream.seed, stream.tensor, stream.step, device=device).reshape(d.shape)
    levels, scale = my_luq(d, random, arguments.bug)
    x_levels, x_scale = luqtrace.sawb_quantize(x)

    # dW = A^T D. Put your own GEMM here; this one is exact.
    a, b = luqtrace.values_of(x_levels, "int4"), luqtrace.values_of(levels, "fp4_e3m0")
    dw = luqtrace.scaled_gemm(a.t(), [b], x_scale, float(scale))

    with luqtrace.TraceWriter(arguments.trace, seed=stream.seed, network="my kernel") as trace:
        left = trace.operand("x", x_levels, x_scale, "int4", luqtrace.sawb_quantizer(), x)
        right = trace.operand("d", levels, scale, "fp4_e3m0", luqtrace.luq_quantizer(luqtrace.LuqConfig(), stream), d)
        trace.gemm("fc.wgrad", luqtrace.transposed(left), right, dw, layer="fc", step=stream.step, kind="wgrad")


if __name__ == "__main__":
    main()
