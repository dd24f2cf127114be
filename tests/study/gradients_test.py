"""gradients_test.py SOURCE_DIR: statistics of made-up gradients, unbiased and biased, and of the bundled traces."""
import json
import math
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

source = pathlib.Path(sys.argv[1])
sys.path.append(str(source / "reports" / "study"))
import gradients  # noqa: E402
from trace_file import Trace  # noqa: E402

ALPHA = 2.0**-10


def stochastic(r, rng):
    """A level of LUQ, 0 or a power of two, whose mean is r."""
    if r < 1:
        return 1 if rng.random() < r else 0
    low = 2 ** min(int(math.log2(r)), 5)
    return 2 * low if rng.random() < (r - low) / low else low


def downward(r, _):
    return 0 if r < 1 else 2 ** int(math.log2(r))


def write_trace(path, values, level, columns):
    rng = random.Random(1)
    codes = [(8 if x < 0 else 0) | (m.bit_length() if m else 0) if m else 0
             for x in values for m in [level(abs(x) / ALPHA, rng)]]
    packed = bytearray()
    for first in range(0, len(codes), columns):
        row = codes[first : first + columns] + [0] * (columns % 2)
        packed += bytes(a | b << 4 for a, b in zip(row[::2], row[1::2]))
    floats = struct.pack(f"<{len(values)}f", *values)
    rows = len(values) // columns
    operand = {"format": "fp4_e3m0", "rows": rows, "cols": columns, "view": "direct", "scale": ALPHA, "codes": ["c"],
               "source": "s", "quantizer": {"kind": "luq", "rounding": "luq"}}
    other = {"format": "int4", "rows": rows, "cols": 1, "view": "transposed", "scale": 1, "codes": [], "source": ""}
    records = [{"step": 3, "layer": "fc", "pass": "dgrad", "a": operand, "b": other},
               {"step": 3, "layer": "fc", "pass": "wgrad", "a": other, "b": operand}]
    header = json.dumps({
        "s": {"dtype": "F32", "shape": [rows, columns], "data_offsets": [0, len(floats)]},
        "c": {"dtype": "U8", "shape": [rows, (columns + 1) // 2],
              "data_offsets": [len(floats), len(floats) + len(packed)]},
        "__metadata__": {"luqtrace.records": json.dumps(records), "luqtrace.provenance": "{}"},
    }).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + floats + packed)


def lognormal_values(count, mean, deviation):
    rng = random.Random(7)
    top = 64 * ALPHA
    return [rng.choice((-1, 1)) * min(2 ** rng.gauss(mean, deviation), top) for _ in range(count)]


class Gradients(unittest.TestCase):
    def described(self, values, level, columns=7):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "t.safetensors"
            write_trace(path, values, level, columns)
            trace = Trace(path)
            found = list(trace.gradients())
            self.assertEqual(len(found), 1)  # both records share it
            return gradients.describe(trace, *found[0])

    def test_unbiased_codes_of_a_lognormal(self):
        d = self.described(lognormal_values(7000, -9.5, 1.5), stochastic)
        self.assertAlmostEqual(d["log2 mean"], -9.5, delta=0.05)
        self.assertAlmostEqual(d["log2 deviation"], 1.5, delta=0.05)
        self.assertLess(d["distance from lognormal"], 0.02)
        self.assertAlmostEqual(d["below alpha"], 0.37, delta=0.02)  # Phi(-0.5 / 1.5)
        for part, delta in (("in range", 0.2), ("below", 0.06)):  # in range few large elements count most
            self.assertLess(abs(d["bias, " + part]), 3)
            self.assertAlmostEqual(d["variance, " + part], 1, delta=delta)

    def test_rounding_down_is_found(self):
        d = self.described(lognormal_values(7000, -9.5, 1.5), downward)
        self.assertLess(d["bias, in range"], -20)
        self.assertLess(d["bias, below"], -20)

    def test_another_distribution_is_found(self):
        values = [random.Random(i).uniform(-1, 1) * 64 * ALPHA for i in range(3500)]
        self.assertGreater(self.described(values, stochastic)["distance from lognormal"], 0.1)

    def test_zeros(self):
        d = self.described([0.0] * 700 + lognormal_values(700, -8, 1), stochastic)
        self.assertEqual(d["zeros"], 0.5)
        self.assertEqual(self.described([0.0] * 7, stochastic).get("log2 mean"), None)

    def test_variance(self):
        self.assertEqual([gradients.variance_of_luq(r) for r in (0.25, 1, 1.5, 3, 48, 64)], [0.1875, 0, 0.25, 1, 256, 0])

    def test_bundled_traces(self):
        traces = sorted(map(str, (source / "traces" / "samples").glob("*.safetensors")))
        done = subprocess.run([sys.executable, source / "reports" / "study" / "gradients.py", *traces],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines()[2:]]
        self.assertEqual(len(rows), 8)
        for row in rows:
            self.assertLess(max(abs(float(row[i])) for i in (9, 10)), 3.5, row)
            self.assertTrue(all(0.7 < float(row[i]) < 1.3 for i in (11, 12)), row)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
