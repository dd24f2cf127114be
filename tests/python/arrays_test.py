"""What is taken as an array, without a copy, and what is refused."""

import array
import tracemalloc

import numpy as np
import pytest

import inputs
import luqsim


class DLPack:
    """Another library's tensor, as far as this one looks at it."""

    def __init__(self, values, device=(1, 0)):
        self.values, self.device, self.asked = values, device, 0

    def __dlpack__(self, *, stream=None):
        self.asked += 1
        return self.values.__dlpack__()

    def __dlpack_device__(self):
        return self.device


class ArrayInterface:
    def __init__(self, values):
        self.values, self.__array_interface__ = values, values.__array_interface__


@pytest.fixture
def x():
    return inputs.floats(7, (9, 13))


def same(given, x):
    seen, wanted = luqsim.luq_quantize(given, seed=3), luqsim.luq_quantize(x, seed=3)
    assert seen.shape == wanted.shape
    np.testing.assert_array_equal(seen.codes, wanted.codes)


def test_dlpack(x):
    given = DLPack(x)
    same(given, x)
    assert given.asked == 1


def test_dlpack_of_another_device(x):
    with pytest.raises(TypeError, match="x: DLPack; wanted memory of the CPU, not of DLPack device type 2"):
        luqsim.luq_quantize(DLPack(x, device=(2, 0)))


def test_dlpack_that_fails(x):
    given = DLPack(x)
    given.__class__ = type("Gradient", (DLPack,), {"__dlpack__": lambda self, stream=None: 1 / 0})
    with pytest.raises(TypeError, match="x: its __dlpack__ gave no array") as error:
        luqsim.luq_quantize(given)
    assert isinstance(error.value.__cause__, ZeroDivisionError)


def test_dlpack_of_another_dtype(x):
    with pytest.raises(TypeError, match="x: dtype float64; wanted float32"):
        luqsim.luq_quantize(DLPack(x.astype(np.float64)))


def test_array_interface(x):
    same(ArrayInterface(x), x)


def test_buffers(x):
    same(memoryview(x), x)
    same(array.array("f", x[0].tolist()), x[0])


def test_torch(x):
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(x.copy())
    same(tensor, x)
    same(tensor[2:5], x[2:5])
    with pytest.raises(ValueError, match="x: not contiguous"):
        luqsim.luq_quantize(tensor.T)
    with pytest.raises(TypeError, match="x: dtype float64"):
        luqsim.luq_quantize(tensor.double())
    with pytest.raises(TypeError, match="x: "):
        luqsim.luq_quantize(tensor.bfloat16())
    with pytest.raises(TypeError, match="x: its __dlpack__ gave no array"):
        luqsim.luq_quantize(tensor.clone().requires_grad_())
    # Results go back without a copy.
    codes = luqsim.luq_quantize(tensor).codes
    assert torch.from_dlpack(codes).data_ptr() == codes.ctypes.data


def test_memory_is_not_copied():
    # NumPy would say so if 64 MB of input became 128.
    big = np.ones((1 << 12, 1 << 12), np.float32)
    tracemalloc.start()
    luqsim.max_abs(DLPack(big))
    luqsim.max_abs(big)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_a_slice_of_rows_is_contiguous(x):
    same(x[3:6], x[3:6].copy())


@pytest.mark.parametrize("view", [lambda x: x.T, lambda x: x[:, ::2], lambda x: x[::2], lambda x: x[::-1]])
def test_other_layouts_are_refused(x, view):
    with pytest.raises(ValueError, match="x: not contiguous; wanted a C-contiguous, aligned array"):
        luqsim.luq_quantize(view(x))


def test_unaligned_memory_is_refused():
    raw = np.zeros(4 * 6 + 1, np.uint8)
    with pytest.raises(ValueError, match="x: not contiguous"):
        luqsim.luq_quantize(raw[1:].view(np.float32).reshape(2, 3))


@pytest.mark.parametrize("dtype", ["f8", "f2", "i4", "u1", ">f4", "c8", "bool"])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match="x: dtype .*; wanted float32"):
        luqsim.luq_quantize(np.zeros((2, 2), dtype))


@pytest.mark.parametrize("given", [[1.0, 2.0], 1.0, None, "x", {}])
def test_what_is_no_array_is_refused(given):
    with pytest.raises(TypeError, match="x: .*; wanted a NumPy array"):
        luqsim.luq_quantize(given)


def test_dimensions():
    with pytest.raises(ValueError, match="x: 3 dimensions; wanted 2, or 1 for a single row"):
        luqsim.luq_quantize(np.zeros((2, 2, 2), np.float32))
    with pytest.raises(ValueError, match="x: 0 dimensions"):
        luqsim.sawb_quantize(np.float32(1))


def test_read_only_input(x):
    read_only = x.copy()
    read_only.flags.writeable = False
    same(read_only, x)


def test_results_outlive_their_result(x):
    codes = luqsim.luq_quantize(x, seed=3).codes
    filler = [luqsim.luq_quantize(x, seed=s) for s in range(50)]
    np.testing.assert_array_equal(codes, luqsim.luq_quantize(x, seed=3).codes)
    assert len(filler) == 50
