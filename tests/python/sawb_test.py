"""SAWB against the NumPy implementation of reference.py, known answers, and what must be refused."""

import numpy as np
import pytest

import inputs
import luqsim
import reference


def check(x, **options):
    measured, moments, scale, levels = reference.sawb_quantize(x, **options)
    seen = luqsim.sawb_quantize(x, **options)
    m = seen.moments
    assert seen.measured_max_abs == measured
    assert (m.count, m.exponent, m.sum, m.sum_of_squares) == moments
    assert seen.scale == scale
    assert seen.shape == x.shape and seen.format == options.get("format", "int4")
    np.testing.assert_array_equal(seen.codes, reference.pack(levels, seen.format))


@pytest.mark.parametrize("format", ["int4", "uint4"])
def test_equals_the_reference(format):
    for i, shape in enumerate(inputs.shapes(2, 60)):
        random = np.random.default_rng(i)
        check(inputs.floats(i, shape, spread=4), format=format)
        check(inputs.floats(i, shape, spread=2), format=format, c1=float(random.uniform(1, 4)), c2=1.25)
        check(random.standard_normal(shape).astype(np.float32), format=format)


def test_bell_shaped():
    x = np.random.default_rng(1).standard_normal((300, 301)).astype(np.float32)
    check(x)
    check(x, format="uint4", c1=12.68, c2=12.80)
    assert luqsim.sawb_quantize(x).scale < np.abs(x).max() / 7  # a clip below the maximum


@pytest.mark.parametrize("largest", [0.0, 2.0**-121, 2.0**-120, 3.4028234663852886e38])
def test_extreme_maxima(largest):
    check(np.array([[largest, -largest / 2, largest / 3, 0.0]], np.float32))


def test_known_answer():
    x = np.array([[0.5, -1.0, 0.25, 0.01, -0.003], [0.3, 0.7, -0.09, 0.0, 1.5], [-0.02, 0.006, -0.6, 0.9, -0.001]],
                 np.float32)
    result = luqsim.sawb_quantize(x, c1=2.5, c2=1.0)
    assert result.codes.tobytes().hex() == "a302004" "20f07006c00"
    assert result.scale == float.fromhex("0x1.40f408p-3")
    assert (result.moments.sum, result.moments.sum_of_squares) == (770702, 91416552210)


def test_refused():
    x = np.ones((2, 2), np.float32)
    with pytest.raises(ValueError, match="format: 'fp4_e3m0'; wanted int4, uint4"):
        luqsim.sawb_quantize(x, format="fp4_e3m0")
    with pytest.raises(ValueError, match="format: 'int8'"):
        luqsim.sawb_quantize(x, format="int8")
    with pytest.raises(ValueError, match="c1: nan; wanted a finite number"):
        luqsim.sawb_quantize(x, c1=float("nan"))
    with pytest.raises(TypeError, match="c2: NoneType; wanted a number"):
        luqsim.sawb_quantize(x, c2=None)
    x[1, 0] = np.nan
    with pytest.raises(luqsim.NonFiniteError) as error:
        luqsim.sawb_quantize(x)
    assert error.value.index == 2
