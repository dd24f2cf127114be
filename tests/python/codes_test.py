"""Packing, values and dequantizing."""

import numpy as np
import pytest

import inputs
import luqsim
import reference

RANGES = {"int4": (-8, 7), "uint4": (0, 15), "fp4_e3m0": (-7, 7)}


@pytest.mark.parametrize("format", RANGES)
def test_round_trip(format):
    low, high = RANGES[format]
    for i, shape in enumerate(inputs.shapes(3, 30)):
        levels = np.random.default_rng(i).integers(low, high + 1, shape).astype(np.int8)
        packed = luqsim.pack_levels(levels, format)
        assert packed.shape == shape and packed.format == format
        np.testing.assert_array_equal(packed.codes, reference.pack(levels, format))
        values = luqsim.decode_values(packed)
        assert values.dtype == np.int8
        np.testing.assert_array_equal(values, reference.values(levels, format))
        x = luqsim.dequantize(packed, np.float32(0.1))
        assert x.dtype == np.float32
        np.testing.assert_array_equal(x, values.astype(np.float32) * np.float32(0.1))


def test_results_know_their_scale():
    x = inputs.floats(5, (6, 7))
    for result in (luqsim.luq_quantize(x), luqsim.sawb_quantize(x)):
        wanted = luqsim.decode_values(result).astype(np.float32) * np.float32(result.scale)
        np.testing.assert_array_equal(luqsim.dequantize(result), wanted)


def test_code_tensor_keeps_the_memory():
    codes = np.array([[0x21, 0x03], [0x65, 0x07]], np.uint8)
    tensor = luqsim.CodeTensor(codes, 3, "int4")
    assert tensor.shape == (2, 3)
    assert np.shares_memory(tensor.codes, codes)
    np.testing.assert_array_equal(luqsim.decode_values(tensor), [[1, 2, 3], [5, 6, 7]])
    assert luqsim.decode_values(luqsim.CodeTensor(codes, 4, "int4")).shape == (2, 4)
    assert luqsim.decode_values(luqsim.CodeTensor(np.zeros((1 << 40, 0), np.uint8), 0, "int4")).shape == (1 << 40, 0)


def test_refused():
    codes = np.zeros((2, 2), np.uint8)
    with pytest.raises(ValueError, match="cols: 5; wanted 4 or one less"):
        luqsim.CodeTensor(codes, 5, "int4")
    with pytest.raises(ValueError, match="cols: 2"):
        luqsim.CodeTensor(codes, 2, "int4")
    with pytest.raises(ValueError, match="codes: 1 dimensions"):
        luqsim.CodeTensor(codes[0], 4, "int4")
    with pytest.raises(TypeError, match="codes: dtype int8; wanted uint8"):
        luqsim.CodeTensor(codes.view(np.int8), 4, "int4")
    with pytest.raises(ValueError, match="format: 'fp16'; wanted int4, uint4, fp4_e3m0"):
        luqsim.CodeTensor(codes, 4, "fp16")
    with pytest.raises(ValueError, match="scale: None"):
        luqsim.dequantize(luqsim.CodeTensor(codes, 4, "int4"))
    with pytest.raises(TypeError, match="codes: ndarray; wanted a CodeTensor, LuqResult or SawbResult"):
        luqsim.decode_values(codes)
    with pytest.raises(ValueError, match="levels: 8 at element 1; wanted -8 to 7 for int4"):
        luqsim.pack_levels(np.array([[0, 8]], np.int8), "int4")
    with pytest.raises(ValueError, match="levels: -8 at element 0; wanted -7 to 7 for fp4_e3m0"):
        luqsim.pack_levels(np.array([[-8]], np.int8), "fp4_e3m0")
    with pytest.raises(ValueError, match="levels: -1"):
        luqsim.pack_levels(np.array([[-1]], np.int8), "uint4")
    with pytest.raises(TypeError, match="levels: dtype int64; wanted int8"):
        luqsim.pack_levels(np.array([[1]]), "int4")
