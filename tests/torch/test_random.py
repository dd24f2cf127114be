"""Random numbers: Random123's known answers, and the counter's layout."""
import unittest

import torch

import luqtrace
import oracle
import support

KNOWN_ANSWERS = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


class Random(unittest.TestCase):
    def test_known_answers(self):
        counters = torch.tensor([counter for counter, _, _ in KNOWN_ANSWERS])
        for row, (_, key, answer) in enumerate(KNOWN_ANSWERS):
            words = luqtrace.philox4x32_10(counters.t().unbind(), key)
            self.assertEqual([int(word[row]) for word in words], answer)

    def test_every_field_of_the_counter(self):
        for count, stream in (
            (1, (0, 0, 0, 0)),
            (7, (1, 2, 3, 4)),
            (41, (2**64 - 1, 2**32 - 1, 2**24 - 1, 255)),
            (64, (0xFEDCBA9876543210, 7, 12, 1)),
        ):
            wanted = [oracle.lane(*stream, element) for element in range(count)]
            self.assertEqual(luqtrace.random_lanes(count, *stream).tolist(), wanted)

    def test_the_same_as_the_other_implementation(self):
        other = support.reference()
        ours = luqtrace.random_lanes(100001, other.SEED, 1003, 77, 5)
        self.assertTrue(torch.equal(ours, torch.from_numpy(other.lanes(1003, 77, 5, 100001))))

    def test_parts_of_a_stream(self):
        whole = luqtrace.random_lanes(100, 5, 6, 7, 8)
        self.assertTrue(torch.equal(whole[24:95], luqtrace.random_lanes(71, 5, 6, 7, 8, first=24)))
        with self.assertRaisesRegex(ValueError, "random stream first: 4; wanted a multiple of 8"):
            luqtrace.random_lanes(1, 5, first=4)

    def test_fields_out_of_range(self):
        for key, value in (("seed", 2**64), ("tensor", -1), ("step", 2**24), ("sample", 256)):
            with self.assertRaisesRegex(ValueError, f"random stream {key}: {value}; wanted 0 to"):
                luqtrace.random_lanes(1, **{"seed": 0, key: value})


if __name__ == "__main__":
    unittest.main()
