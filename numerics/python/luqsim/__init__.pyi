from typing import Any, Literal, Protocol, Sequence, SupportsFloat, SupportsIndex, Union, overload

import numpy as np
import numpy.typing as npt

class _SupportsDLPack(Protocol):
    def __dlpack__(self, *, stream: Any = ...) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...

class _SupportsArrayInterface(Protocol):
    @property
    def __array_interface__(self) -> dict[str, Any]: ...

_Floats = Union[npt.NDArray[np.float32], _SupportsDLPack, _SupportsArrayInterface]
_Bytes = Union[npt.NDArray[np.uint8], _SupportsDLPack, _SupportsArrayInterface]
_Levels = Union[npt.NDArray[np.int8], _SupportsDLPack, _SupportsArrayInterface]
_Numbers = Union[npt.NDArray[np.uint16], _SupportsDLPack, _SupportsArrayInterface]
_Sums = Union[npt.NDArray[np.int32], npt.NDArray[np.int64], _SupportsDLPack, _SupportsArrayInterface]
_Format = Literal["int4", "uint4", "fp4_e3m0"]
_Rounding = Literal["luq", "rdnp", "rdnp+su", "sr", "int4_sr"]
_Alpha = Literal["max", "pow2"]

__version__: str

class NonFiniteError(ValueError):
    index: int

class CodeTensor:
    def __init__(self, codes: _Bytes, cols: SupportsIndex, format: _Format) -> None: ...
    @property
    def codes(self) -> npt.NDArray[np.uint8]: ...
    @property
    def format(self) -> _Format: ...
    @property
    def shape(self) -> tuple[int, int]: ...

class LuqScale:
    def __init__(self, alpha: SupportsFloat, inverse: SupportsFloat) -> None: ...
    @property
    def alpha(self) -> float: ...
    @property
    def inverse(self) -> float: ...

class LuqResult:
    @property
    def measured_max_abs(self) -> float: ...
    @property
    def estimate(self) -> float: ...
    @property
    def scale(self) -> float: ...
    @property
    def inverse(self) -> float: ...
    @property
    def codes(self) -> npt.NDArray[np.uint8]: ...
    @property
    def format(self) -> _Format: ...
    @property
    def shape(self) -> tuple[int, int]: ...

class SawbMoments:
    @property
    def count(self) -> int: ...
    @property
    def exponent(self) -> int: ...
    @property
    def sum(self) -> int: ...
    @property
    def sum_of_squares(self) -> int: ...

class SawbResult:
    @property
    def measured_max_abs(self) -> float: ...
    @property
    def moments(self) -> SawbMoments: ...
    @property
    def scale(self) -> float: ...
    @property
    def codes(self) -> npt.NDArray[np.uint8]: ...
    @property
    def format(self) -> _Format: ...
    @property
    def shape(self) -> tuple[int, int]: ...

_Codes = Union[CodeTensor, LuqResult, SawbResult]

def max_abs(x: _Floats) -> float: ...
def hindsight_max_abs(measured: SupportsFloat, estimate: SupportsFloat, eta: SupportsFloat) -> float: ...
def luq_scale(
    max_abs: SupportsFloat, *, rounding: _Rounding = "luq", alpha: _Alpha = "max", top_exponent: SupportsIndex = 6
) -> LuqScale: ...
def luq_levels(
    x: _Floats,
    scale: LuqScale,
    *,
    first: SupportsIndex = 0,
    random: _Numbers | None = None,
    rounding: _Rounding = "luq",
    alpha: _Alpha = "max",
    top_exponent: SupportsIndex = 6,
    random_bits: SupportsIndex = 16,
    reuse: SupportsIndex = 1,
    seed: SupportsIndex = 0,
    tensor: SupportsIndex = 0,
    step: SupportsIndex = 0,
    sample: SupportsIndex = 0,
) -> npt.NDArray[np.int8]: ...
def luq_quantize(
    x: _Floats,
    *,
    rounding: _Rounding = "luq",
    alpha: _Alpha = "max",
    top_exponent: SupportsIndex = 6,
    random_bits: SupportsIndex = 16,
    reuse: SupportsIndex = 1,
    seed: SupportsIndex = 0,
    tensor: SupportsIndex = 0,
    step: SupportsIndex = 0,
    sample: SupportsIndex = 0,
    estimate: SupportsFloat | None = None,
) -> LuqResult: ...
def sawb_quantize(
    x: _Floats, *, format: Literal["int4", "uint4"] = "int4", c1: SupportsFloat = 12.035, c2: SupportsFloat = 12.03
) -> SawbResult: ...
def pack_levels(levels: _Levels, format: _Format) -> CodeTensor: ...
def decode_values(codes: _Codes) -> npt.NDArray[np.int8]: ...
def dequantize(codes: _Codes, scale: SupportsFloat | None = None) -> npt.NDArray[np.float32]: ...
def philox4x32_10(
    counter: Sequence[SupportsIndex], key: Sequence[SupportsIndex]
) -> tuple[int, int, int, int]: ...
def random_lanes(
    count: SupportsIndex,
    *,
    first: SupportsIndex = 0,
    seed: SupportsIndex = 0,
    tensor: SupportsIndex = 0,
    step: SupportsIndex = 0,
    sample: SupportsIndex = 0,
) -> npt.NDArray[np.uint16]: ...
@overload
def gemm(
    a: _Codes, b: _Codes, *, transpose_a: bool = False, transpose_b: bool = False, scale: None = None
) -> npt.NDArray[np.int32]: ...
@overload
def gemm(
    a: _Codes, b: _Codes, *, transpose_a: bool = False, transpose_b: bool = False, scale: SupportsFloat
) -> npt.NDArray[np.float32]: ...
def output_scale(scale_a: SupportsFloat, scale_b: SupportsFloat, samples: SupportsIndex = 1) -> float: ...
def scale_output(sums: _Sums, scale: SupportsFloat) -> npt.NDArray[np.float32]: ...
