"""The exact GEMM on packed codes, in both stored orders, and the scaling of its sums."""

import itertools

import numpy as np
import pytest

import inputs
import luqsim

RANGES = {"int4": (-8, 7), "uint4": (0, 15), "fp4_e3m0": (-7, 7)}


def operand(random, rows, cols, format, transposed):
    low, high = RANGES[format]
    shape = (cols, rows) if transposed else (rows, cols)
    tensor = luqsim.pack_levels(random.integers(low, high + 1, shape).astype(np.int8), format)
    values = luqsim.decode_values(tensor).astype(np.int64)
    return tensor, values.T if transposed else values


@pytest.mark.parametrize("transpose_a,transpose_b", itertools.product([False, True], repeat=2))
def test_equals_numpy(transpose_a, transpose_b):
    random = np.random.default_rng(1)
    for i, (format_a, format_b) in enumerate(itertools.product(RANGES, repeat=2)):
        if format_a == format_b == "fp4_e3m0":
            continue
        for m, n, k in [(1, 1, 1), (5, 7, 9), (16, 16, 64), (33, 2, 301), (3, 4, 0), (0, 4, 3)]:
            a, values_a = operand(random, m, k, format_a, transpose_a)
            b, values_b = operand(random, k, n, format_b, transpose_b)
            sums = luqsim.gemm(a, b, transpose_a=transpose_a, transpose_b=transpose_b)
            assert sums.dtype == np.int32
            np.testing.assert_array_equal(sums, values_a @ values_b)
            scale = luqsim.output_scale(0.1 * (i + 1), 0.37, 3)
            out = luqsim.gemm(a, b, transpose_a=transpose_a, transpose_b=transpose_b, scale=scale)
            assert out.dtype == np.float32
            np.testing.assert_array_equal(out, sums.astype(np.float32) * np.float32(scale))
            np.testing.assert_array_equal(luqsim.scale_output(sums, scale), out)


def test_results_are_operands():
    w, g = luqsim.sawb_quantize(inputs.floats(1, (6, 5))), luqsim.luq_quantize(inputs.floats(2, (4, 5)))
    wanted = luqsim.decode_values(w).astype(np.int64) @ luqsim.decode_values(g).T
    np.testing.assert_array_equal(luqsim.gemm(w, g, transpose_b=True), wanted)


def test_output_scale():
    a, b = np.float32(0.1), np.float32(0.3)
    assert luqsim.output_scale(0.1, 0.3) == a * b
    assert luqsim.output_scale(a, b, samples=3) == a * b / np.float32(3)
    sums = np.array([[2**40 + 1, -3]], np.int64)
    np.testing.assert_array_equal(luqsim.scale_output(sums, 0.5), sums.astype(np.float32) * np.float32(0.5))


def test_refused():
    random = np.random.default_rng(1)
    a, _ = operand(random, 2, 3, "fp4_e3m0", False)
    b, _ = operand(random, 4, 2, "int4", False)
    with pytest.raises(ValueError, match="b: 4 x 2; wanted 3 rows"):
        luqsim.gemm(a, b)
    with pytest.raises(ValueError, match="b: fp4_e3m0; wanted an integer format"):
        luqsim.gemm(a, a, transpose_b=True)
    with pytest.raises(TypeError, match="b: ndarray; wanted a CodeTensor"):
        luqsim.gemm(a, a.codes)
    with pytest.raises(ValueError, match="scale: nan"):
        luqsim.gemm(b, b, transpose_b=True, scale=float("nan"))
    long = luqsim.CodeTensor(np.zeros((1, 1 << 20), np.uint8), 1 << 21, "int4")
    with pytest.raises(ValueError, match="a: 2097152 columns; wanted fewer than 2\\^21"):
        luqsim.gemm(long, long, transpose_b=True)
    with pytest.raises(ValueError, match="samples: 0; wanted 1 to"):
        luqsim.output_scale(1, 1, 0)
    with pytest.raises(TypeError, match="sums: dtype float64; wanted int32 or int64"):
        luqsim.scale_output(np.zeros(3), 1)
