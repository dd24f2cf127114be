"""A LUQ kernel in Triton, and its codes as a trace.

    PYTHONPATH=traces/torch python3 docs/examples/triton_snippet.py && luqsim validate triton.safetensors

Neither compiled by Triton nor run on a GPU yet: the kernel's arithmetic has been tried on a CPU, with NumPy in
Triton's place.
"""
import torch
import triton
import triton.language as tl

import luqtrace


@triton.jit
def luq_kernel(x_pointer, level_pointer, count, inverse, seed, tensor, step, SIZE: tl.constexpr):
    """Levels of LUQ with 16 random bits. Every element computes its Philox block: simple, and eight times the work."""
    index = tl.program_id(0) * SIZE + tl.arange(0, SIZE)
    mask = index < count
    x = tl.load(x_pointer + index, mask=mask, other=0.0)
    block = (index // 8).to(tl.uint32)
    zero = block * 0
    w0, w1, w2, w3 = tl.philox(seed, block, zero, zero + tensor, zero + step * 256)
    lane = index % 8
    word = tl.where(lane < 4, tl.where(lane < 2, w0, w1), tl.where(lane < 6, w2, w3))
    u = tl.where(lane % 2 == 0, word & 0xFFFF, word >> 16).to(tl.int32)
    r = tl.abs(x) * inverse
    carried = r.to(tl.int32, bitcast=True) + ((2 * u + 1) << 6)
    in_range = tl.minimum((carried >> 23) - 127, 6) + 1
    below = (r * 65536.0 >= 65535.5 - u.to(tl.float32)).to(tl.int32)  # both sides exact
    e = tl.where(r >= 1.0, in_range, below)
    tl.store(level_pointer + index, tl.where(x < 0.0, -e, e).to(tl.int8), mask=mask)


def main(device="cuda"):
    torch.manual_seed(0)
    d = torch.randn(300, 70, device=device) * torch.exp(2 * torch.randn(300, 70, device=device)) * 1e-4
    stream = luqtrace.RandomStream(seed=1, tensor=7, step=12)
    scale, inverse = luqtrace.luq_scale(float(d.abs().max()))
    levels = torch.empty_like(d, dtype=torch.int8)
    grid = (triton.cdiv(d.numel(), 1024),)
    luq_kernel[grid](d, levels, d.numel(), inverse, stream.seed, stream.tensor, stream.step, SIZE=1024)

    with luqtrace.TraceWriter("triton.safetensors", seed=stream.seed, network="my Triton kernel") as trace:
        # A wgrad whose other operand is a column of ones: the codes are all that is tested.
        ones = trace.operand("ones", torch.ones(300, 1, dtype=torch.int8), 1.0, "int4")
        right = trace.operand("d", levels, scale, "fp4_e3m0", luqtrace.luq_quantizer(luqtrace.LuqConfig(), stream), d)
        trace.gemm("luq", luqtrace.transposed(ones), right, layer="test", step=stream.step, kind="wgrad")


if __name__ == "__main__":
    main()
