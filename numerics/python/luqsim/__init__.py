"""luqsim's numerics: LUQ and SAWB quantizers to 4 bits, their random numbers, packed codes, exact GEMM.

Arrays are NumPy's, or any object with __dlpack__, __array_interface__ or the buffer protocol in the CPU's memory; they
must be C-contiguous and of the dtype that a function names (TypeError, ValueError otherwise), and are never copied.
Results have the bits of the C++ library. Functions that work on arrays release the GIL: do not write to an array while
one reads it.
"""

from ._core import (
    CodeTensor,
    LuqResult,
    LuqScale,
    NonFiniteError,
    SawbMoments,
    SawbResult,
    __version__,
    decode_values,
    dequantize,
    gemm,
    hindsight_max_abs,
    luq_levels,
    luq_quantize,
    luq_scale,
    max_abs,
    output_scale,
    pack_levels,
    philox4x32_10,
    random_lanes,
    sawb_quantize,
    scale_output,
)

__all__ = [
    "CodeTensor",
    "LuqResult",
    "LuqScale",
    "NonFiniteError",
    "SawbMoments",
    "SawbResult",
    "__version__",
    "decode_values",
    "dequantize",
    "gemm",
    "hindsight_max_abs",
    "luq_levels",
    "luq_quantize",
    "luq_scale",
    "max_abs",
    "output_scale",
    "pack_levels",
    "philox4x32_10",
    "random_lanes",
    "sawb_quantize",
    "scale_output",
]

# Where users find them, for help() and tracebacks.
for _name in __all__:
    if callable(globals()[_name]):
        globals()[_name].__module__ = "luqsim"
del _name
