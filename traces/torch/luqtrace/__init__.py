"""4-bit training in PyTorch with the bits of luqsim, and traces of it. docs/luqtrace.md is its manual."""
from .conversion import convert, set_step
from .formats import pack, unpack, values_of
from .gemm import exact_gemm, image_of, patches, scaled_gemm
from .layers import LuqConv2d, LuqLinear, Options, luq_layers
from .luq import LuqConfig, RandomStream, hindsight_maximum, luq_levels, luq_quantize, luq_scale, random_numbers
from .philox import philox4x32_10, random_lanes
from .recording import record
from .sawb import sawb_levels, sawb_quantize, sawb_scale
from .trace_writer import TraceWriter, first_sample, luq_quantizer, sawb_quantizer, transposed

__all__ = [
    "LuqConfig",
    "LuqConv2d",
    "LuqLinear",
    "Options",
    "RandomStream",
    "TraceWriter",
    "convert",
    "exact_gemm",
    "first_sample",
    "hindsight_maximum",
    "image_of",
    "luq_layers",
    "luq_levels",
    "luq_quantize",
    "luq_quantizer",
    "luq_scale",
    "pack",
    "patches",
    "philox4x32_10",
    "published_luq",
    "random_lanes",
    "random_numbers",
    "record",
    "sawb_levels",
    "sawb_quantize",
    "sawb_quantizer",
    "sawb_scale",
    "scaled_gemm",
    "set_step",
    "transposed",
    "unpack",
    "values_of",
]


def __getattr__(name):
    # Late, so that `python3 -m luqtrace.published` does not find its module imported already.
    if name == "published_luq":
        from .published import published_luq

        return published_luq
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
