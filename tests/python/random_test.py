"""Philox and the numbers of a tensor's elements."""

import numpy as np
import pytest

import luqsim
import reference


# From Random123.
@pytest.mark.parametrize("counter,key,answer", [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
])
def test_philox_known_answers(counter, key, answer):
    assert luqsim.philox4x32_10(counter, key) == answer
    assert tuple(reference.philox(np.array([counter], np.uint64), key)[0].tolist()) == answer


def test_lanes_equal_the_reference():
    for count, first, seed, tensor, step, sample in [
        (0, 0, 0, 0, 0, 0), (1, 8, 1, 2, 3, 4), (1000, 8 << 33, (1 << 64) - 1, (1 << 32) - 1, (1 << 24) - 1, 255),
        (5000, 64, 12345678901234, 7, 9, 11),
    ]:
        seen = luqsim.random_lanes(count, first=first, seed=seed, tensor=tensor, step=step, sample=sample)
        assert seen.dtype == np.uint16 and seen.shape == (count,)
        np.testing.assert_array_equal(seen, reference.lanes(count, first, seed, tensor, step, sample))


def test_refused():
    with pytest.raises(ValueError, match="first: 4; wanted a multiple of 8"):
        luqsim.random_lanes(8, first=4)
    with pytest.raises(ValueError, match="count: -1"):
        luqsim.random_lanes(-1)
    with pytest.raises(ValueError, match="step: 16777216"):
        luqsim.random_lanes(8, step=1 << 24)
    with pytest.raises(ValueError, match="counter: 3 words; wanted 4 below 2\\^32"):
        luqsim.philox4x32_10((1, 2, 3), (1, 2))
    with pytest.raises(ValueError, match="key: 4294967296"):
        luqsim.philox4x32_10((1, 2, 3, 4), (1, 1 << 32))
