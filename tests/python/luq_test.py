"""LUQ against the NumPy implementation of reference.py, known answers, and what must be refused."""

import itertools

import numpy as np
import pytest

import inputs
import luqsim
import reference

ROUNDINGS = ["luq", "rdnp", "rdnp+su", "sr", "int4_sr"]


def check(x, **options):
    measured, used, (alpha, inverse), levels = reference.luq_quantize(x, **options)
    seen = luqsim.luq_quantize(x, **options)
    format = "int4" if options.get("rounding") == "int4_sr" else "fp4_e3m0"
    assert seen.measured_max_abs == measured
    assert seen.estimate == used
    assert seen.scale == alpha
    assert seen.inverse == inverse
    assert seen.format == format
    assert seen.shape == x.shape
    assert seen.codes.dtype == np.uint8 and seen.codes.shape == (x.shape[0], (x.shape[1] + 1) // 2)
    np.testing.assert_array_equal(seen.codes, reference.pack(levels, format))
    np.testing.assert_array_equal(luqsim.decode_values(seen), reference.values(levels, format))


# int4_sr with pow2 is refused.
MODES = [mode for mode in itertools.product(ROUNDINGS, ["max", "pow2"], [4, 6]) if mode[:2] != ("int4_sr", "pow2")]


@pytest.mark.parametrize("rounding,alpha,top_exponent", MODES)
def test_equals_the_reference(rounding, alpha, top_exponent):
    for i, shape in enumerate(inputs.shapes(1, 25)):
        random = np.random.default_rng(i)
        x = inputs.floats(i, shape)
        estimate = None
        if i % 3 == 0 and x.size > 0:
            estimate = float(np.abs(x).max() * np.float32(random.choice([0.3, 1, 1.7])))
            estimate = estimate if np.isfinite(estimate) else None
        check(x, rounding=rounding, alpha=alpha, top_exponent=top_exponent, random_bits=int(random.integers(1, 17)),
              reuse=int(random.integers(1, 5)), seed=int(random.integers(0, 1 << 63)) * 2 + 1,
              tensor=int(random.integers(0, 1 << 32)), step=int(random.integers(0, 1 << 24)),
              sample=int(random.integers(0, 256)), estimate=estimate)


def test_the_defaults():
    check(inputs.floats(3, (40, 33)))


def test_large_tensor():
    check(np.random.default_rng(1).standard_normal((1 << 9, 1 << 9)).astype(np.float32), seed=5)


def test_one_dimension_is_one_row():
    x = inputs.floats(4, (7,))
    assert luqsim.luq_quantize(x, seed=3).shape == (1, 7)
    np.testing.assert_array_equal(luqsim.luq_quantize(x, seed=3).codes, luqsim.luq_quantize(x[None], seed=3).codes)


# The maximum, and what lies on both sides of 2^-120.
@pytest.mark.parametrize("largest", [0.0, 2.0**-121, 2.0**-120, 2.0**-149, 3.4028234663852886e38, 1.0])
def test_extreme_maxima(largest):
    x = np.array([[largest, -largest / 2, largest / 64, 0.0]], np.float32)
    for rounding in ROUNDINGS:
        check(x, rounding=rounding, seed=2)


def test_known_answer():
    x = np.array([[0.5, -1.0, 0.25, 0.01, -0.003], [0.3, 0.7, -0.09, 0.0, 1.5], [-0.02, 0.006, -0.6, 0.9, -0.001]],
                 np.float32)
    result = luqsim.luq_quantize(x, seed=1, tensor=2, step=3, sample=4)
    assert result.codes.tobytes().hex() == "e6140065" "0b07096d00"
    assert (result.scale, result.inverse) == (0.0234375, float.fromhex("0x1.555556p+5"))


def test_rounding_has_no_bias():
    # 2^16 numbers for one magnitude: their mean is the magnitude to 2^-17 of a step.
    numbers = np.arange(1 << 16, dtype=np.uint16)
    scale = luqsim.luq_scale(64.0)
    for r in (0.3, 1.25, 5.5, 40.1):
        x = np.full(1 << 16, r, np.float32)
        levels = luqsim.luq_levels(x, scale, random=numbers).astype(np.int64)
        mean = reference.values(levels, "fp4_e3m0").mean()
        assert abs(mean - float(np.float32(r))) <= 2.0 ** np.floor(np.log2(max(r, 1))) * 2.0**-17


@pytest.mark.parametrize("top_exponent", [4, 6, 7])
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_levels(rounding, top_exponent):
    for i in range(10):
        x = inputs.floats(i, (3, 5, 41))
        scale = luqsim.luq_scale(float(np.abs(x).max()), rounding=rounding, top_exponent=top_exponent)
        wanted_scale = reference.luq_scale(np.abs(x).max(), rounding, "max", top_exponent)
        assert (scale.alpha, scale.inverse) == wanted_scale
        first = 13 * i
        numbers = reference.lanes(x.size, first, 9, 8, 28 // 3, 6).reshape(x.shape)
        wanted = reference.luq_levels(x, wanted_scale, numbers, rounding, top_exponent, 11)
        options = dict(rounding=rounding, top_exponent=top_exponent, random_bits=11)
        seen = luqsim.luq_levels(x, scale, first=first, reuse=3, seed=9, tensor=8, step=28, sample=6, **options)
        assert seen.dtype == np.int8 and seen.shape == x.shape
        np.testing.assert_array_equal(seen, wanted)
        given = luqsim.luq_levels(x, scale, random=numbers.astype(np.uint16), **options)
        np.testing.assert_array_equal(given, wanted)


def test_max_abs():
    x = inputs.floats(1, (3, 4, 5))
    assert luqsim.max_abs(x) == np.abs(x).max()
    assert luqsim.max_abs(np.zeros((0, 3), np.float32)) == 0


def test_hindsight():
    random = np.random.default_rng(1)
    for measured, estimate, eta in random.random((50, 3)).astype(np.float32):
        wanted = (np.float32(1) - eta) * measured + eta * estimate
        assert luqsim.hindsight_max_abs(measured, estimate, eta) == wanted


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_non_finite_input(bad):
    x = np.ones((3, 4), np.float32)
    x[1, 2] = x[2, 3] = bad
    for call in (lambda: luqsim.luq_quantize(x), lambda: luqsim.max_abs(x),
                 lambda: luqsim.luq_levels(x, luqsim.luq_scale(1))):
        with pytest.raises(luqsim.NonFiniteError, match="element 6 is a NaN or an infinity") as error:
            call()
        assert error.value.index == 6
        assert isinstance(error.value, ValueError)


@pytest.mark.parametrize("options,message", [
    (dict(rounding="nearest"), "rounding: 'nearest'; wanted luq, rdnp, rdnp\\+su, sr, int4_sr"),
    (dict(alpha="mean"), "alpha: 'mean'; wanted max, pow2"),
    (dict(rounding="int4_sr", alpha="pow2"), "alpha: pow2 with rounding int4_sr"),
    (dict(top_exponent=5), "top_exponent: 5; wanted 4, 6 or 7"),
    (dict(top_exponent=7), "top_exponent: 7 has no 4-bit code"),
    (dict(random_bits=0), "random_bits: 0; wanted 1 to 16"),
    (dict(random_bits=17), "random_bits: 17; wanted 1 to 16"),
    (dict(reuse=0), "reuse: 0; wanted at least 1"),
    (dict(seed=-1), "seed: -1; wanted 0 to 18446744073709551615"),
    (dict(seed=1 << 64), "seed: 18446744073709551616; wanted"),
    (dict(tensor=1 << 32), "tensor: 4294967296; wanted 0 to 4294967295"),
    (dict(step=1 << 24), "step: 16777216; wanted 0 to 16777215"),
    (dict(sample=256), "sample: 256; wanted 0 to 255"),
    (dict(estimate=-1.0), "estimate: -1.0; wanted at least 0"),
    (dict(estimate=float("nan")), "estimate: nan; wanted a number that is finite in float32"),
    (dict(estimate=1e39), "estimate: 1e\\+39; wanted a number that is finite in float32"),
])
def test_refused_options(options, message):
    with pytest.raises(ValueError, match=message):
        luqsim.luq_quantize(np.ones((2, 2), np.float32), **options)


@pytest.mark.parametrize("options,message", [
    (dict(rounding=3), "rounding: int; wanted a string"),
    (dict(seed=1.5), "seed: float; wanted an integer"),
    (dict(estimate="1"), "estimate: str; wanted a number"),
    (dict(temperature=1), "luq_quantize"),
])
def test_options_of_a_wrong_type(options, message):
    with pytest.raises(TypeError, match=message):
        luqsim.luq_quantize(np.ones((2, 2), np.float32), **options)


def test_refused_levels():
    x, scale = np.ones(4, np.float32), luqsim.luq_scale(1)
    with pytest.raises(ValueError, match="random: 3 numbers; wanted 4"):
        luqsim.luq_levels(x, scale, random=np.zeros(3, np.uint16))
    with pytest.raises(TypeError, match="random: dtype int64; wanted uint16"):
        luqsim.luq_levels(x, scale, random=np.zeros(4, np.int64))
    with pytest.raises(TypeError, match="scale: float; wanted a LuqScale"):
        luqsim.luq_levels(x, 1.0)
    with pytest.raises(ValueError, match="inverse: -1; wanted at least 0"):
        luqsim.LuqScale(1, -1)
    with pytest.raises(ValueError, match="max_abs: inf"):
        luqsim.luq_scale(float("inf"))
    with pytest.raises(ValueError, match="eta: 1.5; wanted 0 to 1"):
        luqsim.hindsight_max_abs(1, 1, 1.5)


def test_numpy_scalars_are_options():
    x = inputs.floats(1, (4, 4))
    seen = luqsim.luq_quantize(x, seed=np.int64(7), random_bits=np.uint8(3), estimate=np.float32(2))
    np.testing.assert_array_equal(seen.codes, luqsim.luq_quantize(x, seed=7, random_bits=3, estimate=2).codes)
