"""Quantizers, packing and GEMM against exact rational arithmetic and against the project's other implementations."""
import itertools
import os
import unittest
import unittest.mock
from fractions import Fraction

import torch

import luqtrace
import oracle
import support
from luqtrace import LuqConfig, RandomStream
from luqtrace.luq import ROUNDINGS
from luqtrace.sawb import sawb_moments


def heavy(shape, seed, scale=1.0):
    """Normal times lognormal, with zeros, an exact power of two of the maximum, and the smallest numbers."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=generator) * torch.exp(2 * torch.randn(shape, generator=generator)) * scale
    flat = x.reshape(-1)
    if flat.numel() > 8:
        flat[1], flat[3], flat[4], flat[6] = 0.0, -0.0, 2.0**-149, -flat.abs().max() * 0.25
    return x


CONFIGS = [
    LuqConfig(rounding, alpha, top, bits, reuse)
    for (rounding, alpha), (top, bits, reuse) in itertools.product(
        itertools.product(ROUNDINGS, ("max", "pow2")), ((6, 16, 1), (4, 8, 3), (6, 1, 2), (7, 11, 1))
    )
    if (rounding, alpha) != ("int4_sr", "pow2")
]


class Luq(unittest.TestCase):
    def compare(self, x, config, stream, estimate=None):
        levels, scale = luqtrace.luq_quantize(x, config, stream, estimate)
        maximum = Fraction(float(x.abs().max()) if estimate is None else estimate)
        wanted_scale, inverse = oracle.luq_scale(maximum, config.rounding, config.alpha, config.top_exponent)
        ours = luqtrace.luq_scale(float(maximum), config)
        self.assertEqual((Fraction(scale), *map(Fraction, ours)), (wanted_scale, wanted_scale, inverse), config)
        for i, value in enumerate(x.reshape(-1).tolist()):
            lane = oracle.lane(stream.seed, stream.tensor, stream.step // config.reuse, stream.sample, i)
            u = lane >> (16 - config.random_bits)
            wanted = oracle.luq_level(value, inverse, u, config.rounding, config.top_exponent, config.random_bits)
            self.assertEqual(int(levels.reshape(-1)[i]), wanted, (config, i, value))

    def test_every_option(self):
        for number, config in enumerate(CONFIGS):
            stream = RandomStream(2**63 + number, number, 100 + number, number)
            for shape in ((1, 1), (3, 7), (16, 5)):
                self.compare(heavy(shape, number), config, stream)

    def test_estimates(self):
        for number, config in enumerate(CONFIGS):
            x = heavy((5, 9), number)
            for factor in (0.01, 0.9, 3.0, 1e30):
                estimate = float(x.abs().max() * torch.tensor(factor))
                self.compare(x, config, RandomStream(1, 2, 3, 4), estimate)

    def test_extreme_maxima(self):
        for exponent in (-140, -121, -120, 127):
            for config in CONFIGS:
                if config.top_exponent == 7 and exponent < 0:
                    continue  # its alpha would be no normal number
                x = torch.tensor([[1.0, -0.75, 0.01, 0.015625]]) * 2.0**exponent
                self.compare(x, config, RandomStream(3))
                self.compare(x * 1.5 if exponent < 127 else x * 1.25, config, RandomStream(3))

    def test_parts(self):
        x = heavy((37, 11), 3)
        for config in CONFIGS:
            whole, _ = luqtrace.luq_quantize(x, config, RandomStream(1, 2, 3, 4))
            with unittest.mock.patch("luqtrace.luq._PART", 16):
                parts, _ = luqtrace.luq_quantize(x, config, RandomStream(1, 2, 3, 4))
            self.assertTrue(torch.equal(whole, parts), config)

    def test_expectation_over_all_random_numbers(self):
        bits = 8
        u = torch.arange(2**bits)
        for r in (0.0, 0.3, 0.999, 1.0, 1.4, 1.5, 3.9, 17.7, 63.99, 64.0):
            levels = luqtrace.luq_levels(torch.full((2**bits,), r), 1.0, u, LuqConfig(random_bits=bits))
            mean = float(luqtrace.values_of(levels, "fp4_e3m0").mean())
            self.assertLessEqual(abs(mean - r), max(1, 2.0 ** int(torch.tensor(max(r, 1)).log2())) * 2.0**-bits, r)

    def test_the_same_as_the_other_implementation(self):
        other = support.reference()
        for shape in ((1, 3), (128, 10), (511, 65)):
            x = heavy(shape, 5, 1e-3)
            largest = x.abs().max()
            values, scale = other.luq(x.numpy(), other.F(largest), 9, 44, 1)
            levels, ours = luqtrace.luq_quantize(x, stream=RandomStream(other.SEED, 9, 44, 1))
            self.assertTrue(torch.equal(luqtrace.values_of(levels, "fp4_e3m0"), torch.from_numpy(values).double()))
            self.assertEqual(ours, float(scale))

    def test_hindsight(self):
        f = oracle.rn32
        eta = f(Fraction(0.1))
        for measured, estimate in ((1.7, 2.3), (1e-38, 3.1), (3e38, 3e38), (0.0, 0.7)):
            measured, estimate = (float(torch.tensor(v)) for v in (measured, estimate))
            wanted = f(f(f(1 - eta) * Fraction(measured)) + f(eta * Fraction(estimate)))
            self.assertEqual(Fraction(luqtrace.hindsight_maximum(measured, estimate, 0.1)), wanted)

    def test_not_finite(self):
        for bad in ("nan", "inf", "-inf"):
            x = torch.ones(4, 5)
            x[2, 3] = float(bad)
            for quantize in (luqtrace.luq_quantize, luqtrace.sawb_quantize):
                with self.assertRaisesRegex(ValueError, f"x: element 13 is {bad}; wanted finite numbers"):
                    quantize(x)

    def test_options_out_of_range(self):
        for key, value in (
            ("rounding", "up"),
            ("alpha", "min"),
            ("top_exponent", 5),
            ("random_bits", 0),
            ("random_bits", 17),
            ("reuse", 0),
        ):
            with self.assertRaisesRegex(ValueError, f"luq {key}: {value!r}; wanted"):
                LuqConfig(**{key: value})
        with self.assertRaisesRegex(ValueError, "luq alpha: 'pow2'; wanted max with rounding int4_sr"):
            LuqConfig(rounding="int4_sr", alpha="pow2")


class Sawb(unittest.TestCase):
    def compare(self, x, format, clip):
        levels, scale = luqtrace.sawb_quantize(x, format, clip)
        wanted, wanted_scale = oracle.sawb(x.reshape(-1).tolist(), 7 if format == "int4" else 15, *clip)
        self.assertEqual(Fraction(scale), wanted_scale)
        self.assertEqual(levels.reshape(-1).tolist(), wanted)

    def test_shapes_and_clips(self):
        for number, shape in enumerate(((1, 1), (1, 2), (5, 3), (17, 29), (64, 64))):
            for format, clip in itertools.product(("int4", "uint4"), ((12.035, 12.03), (12.68, 12.80), (3.0, 0.0))):
                self.compare(heavy(shape, number), format, clip)
                self.compare(torch.randn(shape, generator=torch.Generator().manual_seed(number)), format, clip)

    def test_extreme_tensors(self):
        for format in ("int4", "uint4"):
            for exponent in (-149, -121, -120, -119, 0, 127):
                for values in ([1.0], [1.0, 1.0, 1.0], [1.0, -1.0, 0.5], [0.0, 1.0], [1.0, 2.0**-10]):
                    self.compare(torch.tensor([values]) * 2.0**exponent, format, (12.035, 12.03))
            self.compare(torch.zeros(2, 2), format, (12.035, 12.03))

    def test_halfway_goes_to_even(self):
        levels = luqtrace.sawb_levels(torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5, 9.0]), 1.0)
        self.assertEqual(levels.tolist(), [0, 2, 2, 0, -2, 7])

    def test_largest_moments(self):
        # The most elements, all rounding up to 2^18: S2 is 2^63, past int64.
        x = torch.tensor(2 - 2.0**-23)
        self.assertEqual(sawb_moments(x.expand(1 << 27), float(x)), (0, 1 << 45, 1 << 63))
        with self.assertRaisesRegex(ValueError, "elements; wanted at most 2\\^27"):
            luqtrace.sawb_quantize(torch.ones(1).expand((1 << 27) + 1))

    def test_the_same_as_the_other_implementation(self):
        other = support.reference()
        for top, format in ((7, "int4"), (15, "uint4")):
            for seed in range(20):
                x = heavy((64, 64), seed).abs() if format == "uint4" else heavy((64, 64), seed)
                values, scale = other.sawb(x.numpy(), top)
                levels, ours = luqtrace.sawb_quantize(x, format)
                self.assertTrue(torch.equal(levels.long(), torch.from_numpy(values)))
                self.assertEqual(ours, float(scale))


class Codes(unittest.TestCase):
    def test_round_trip(self):
        for format, low, high in (("int4", -8, 8), ("uint4", 0, 16), ("fp4_e3m0", -7, 8)):
            for shape in ((1, 1), (3, 4), (5, 7), (0, 3)):
                levels = torch.randint(low, high, shape, dtype=torch.int8)
                packed = luqtrace.pack(levels, format)
                self.assertEqual(list(packed.shape), [shape[0], (shape[1] + 1) // 2])
                self.assertTrue(torch.equal(luqtrace.unpack(packed, shape[1], format), levels))

    def test_nibbles(self):
        self.assertEqual(luqtrace.pack(torch.tensor([[1, -2, 3]]), "int4").tolist(), [[0xE1, 0x03]])
        self.assertEqual(luqtrace.pack(torch.tensor([[7, -7, -1]]), "fp4_e3m0").tolist(), [[0xF7, 0x09]])
        self.assertEqual(luqtrace.unpack(torch.tensor([[0x88]], dtype=torch.uint8), 2, "fp4_e3m0").tolist(), [[0, 0]])

    def test_values(self):
        levels = torch.arange(-7, 8)
        self.assertEqual(
            luqtrace.values_of(levels, "fp4_e3m0").tolist(), [-64, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 32, 64]
        )
        self.assertEqual(luqtrace.values_of(levels, "int4").tolist(), levels.tolist())

    def test_refusals(self):
        with self.assertRaisesRegex(ValueError, "levels of uint4: -1 to 3; wanted 0 to 15"):
            luqtrace.pack(torch.tensor([[-1, 3]]), "uint4")
        with self.assertRaisesRegex(ValueError, "format: 'fp8'; wanted one of int4, uint4, fp4_e3m0"):
            luqtrace.pack(torch.tensor([[1]]), "fp8")


class Gemm(unittest.TestCase):
    def test_against_integers(self):
        a, b = torch.randint(-7, 8, (9, 1000)), torch.randint(0, 16, (1000, 11))
        sums = a @ b
        factor = oracle.rn32(Fraction(0.3) * 1)
        out = luqtrace.scaled_gemm(a, [b], 0.3, 1.0)
        for i, j in itertools.product(range(9), range(11)):
            self.assertEqual(Fraction(float(out[i, j])), oracle.rn32(oracle.rn32(Fraction(int(sums[i, j]))) * factor))

    def test_large_sums_round_once(self):
        # 2^24 + 1 is no binary32 number: the sum rounds before the factor.
        k = (1 << 21) - 1
        a = torch.full((1, k), 7)
        a[0, :20] = torch.arange(20) % 7
        for scale in (1.0, *(float(torch.tensor(v)) for v in (0.1, 0.7))):
            for last in range(4):
                a[0, -1] = last
                out = luqtrace.scaled_gemm(a, [torch.full((k, 1), 9)], scale, 1.0)
                wanted = oracle.rn32(oracle.rn32(Fraction(int(a.sum()) * 9)) * Fraction(scale))
                self.assertEqual(Fraction(float(out)), wanted)
        with self.assertRaisesRegex(ValueError, "k = 2097152 with 1 samples; wanted fewer than 2\\^21"):
            luqtrace.scaled_gemm(torch.ones(1, k + 1), [torch.ones(k + 1, 1)], 1.0, 1.0)

    def test_samples(self):
        a, b = torch.randint(-7, 8, (3, 40)), [torch.randint(-64, 65, (40, 5)) for _ in range(3)]
        sums = sum(a @ sample for sample in b)
        scale_a, scale_b = (Fraction(float(torch.tensor(v))) for v in (0.1, 0.7))
        factor = oracle.rn32(oracle.rn32(scale_a * scale_b) / 3)
        out = luqtrace.scaled_gemm(a, b, float(scale_a), float(scale_b))
        for i, j in itertools.product(range(3), range(5)):
            self.assertEqual(Fraction(float(out[i, j])), oracle.rn32(int(sums[i, j]) * factor))

    def test_patches_and_back(self):
        for n, c, h, w, kernel_h, kernel_w, stride, padding in (
            (2, 3, 5, 6, 3, 3, 1, 1),
            (1, 1, 4, 4, 1, 1, 1, 0),
            (2, 2, 7, 5, 3, 2, 2, 2),
            (3, 4, 8, 8, 2, 2, 3, 0),
        ):
            g = {
                "n": n,
                "c": c,
                "h": h,
                "w": w,
                "kernel_h": kernel_h,
                "kernel_w": kernel_w,
                "stride": stride,
                "padding": padding,
            }
            image = torch.randint(-9, 10, (n, c, h, w)).double()
            stored = image.permute(0, 2, 3, 1).reshape(-1, c)
            unfolded = torch.nn.functional.unfold(image, (kernel_h, kernel_w), padding=padding, stride=stride)
            order = unfolded.reshape(n, c, kernel_h * kernel_w, -1).permute(0, 3, 2, 1)
            rows = luqtrace.patches(stored, g)
            self.assertTrue(torch.equal(rows, order.reshape(rows.shape)))
            folded = torch.nn.functional.fold(unfolded, (h, w), (kernel_h, kernel_w), padding=padding, stride=stride)
            self.assertTrue(torch.equal(luqtrace.image_of(rows, g), folded.permute(0, 2, 3, 1).reshape(-1, c)))


class BundledTraces(unittest.TestCase):
    """The codes, scales and outputs of the C++ program's traces, from their sources alone."""

    def test_operands_and_outputs(self):
        for name in ("digits-mlp", "digits-cnn", "char-gpt"):
            trace = support.TraceFile(os.path.join(support.root, "traces/samples", name + ".safetensors"))
            for record in trace.records:
                values = [self.operand(trace, record[side]) for side in "ab"]
                out = luqtrace.scaled_gemm(values[0][0], values[1], record["a"]["scale"], record["b"]["scale"])
                self.assertTrue(support.same_bits(out, trace.tensor(record["out"])), record["id"])

    def operand(self, trace, operand):
        x, q = trace.tensor(operand["source"]), operand["quantizer"]
        matrices = []
        for sample, codes in enumerate(operand["codes"]):
            if q["kind"] == "sawb":
                levels, scale = luqtrace.sawb_quantize(x, operand["format"], (q["c1"], q["c2"]))
            else:
                config = LuqConfig(*(q[key] for key in ("rounding", "alpha", "top_exponent", "random_bits", "reuse")))
                stream = RandomStream(q["seed"], q["tensor"], q["step"], q["sample"] + sample)
                levels, scale = luqtrace.luq_quantize(x, config, stream, q.get("estimate"))
            self.assertEqual(scale, operand["scale"])
            self.assertTrue(torch.equal(luqtrace.pack(levels, operand["format"]), trace.tensor(codes)), codes)
            values = luqtrace.values_of(levels, operand["format"])
            values = luqtrace.patches(values, operand["im2col"]) if "im2col" in operand else values
            matrices.append(values.t() if operand["view"].endswith("transposed") else values)
        return matrices


if __name__ == "__main__":
    unittest.main()
