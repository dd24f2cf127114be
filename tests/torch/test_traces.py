"""Recorded traces, and the luqsim program on them."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import warnings

import torch
from torch import nn

import luqtrace
import support
from luqtrace import convert, record


def digits():
    """The bundled IDX files: images [1797, 1, 8, 8] from 0 to 1, labels."""
    arrays = []
    for name, header in (("digits-images.idx3-ubyte", 16), ("digits-labels.idx1-ubyte", 8)):
        with open(os.path.join(support.data, name), "rb") as file:
            arrays.append(torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8))
    return arrays[0].reshape(-1, 1, 8, 8).float() / 16, arrays[1].long()


class Cnn(nn.Module):
    """With convolutions of both views, a linear layer on a sequence, and operations in place behind 4-bit layers."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 5, 3, padding=1)
        self.even = nn.Conv2d(5, 8, 3, stride=2, padding=1)
        self.odd = nn.Conv2d(8, 7, (2, 3), bias=False)
        self.sequence = nn.Linear(7, 9, bias=False)
        self.last = nn.Linear(54, 10)

    def forward(self, x):
        x = torch.relu_(self.odd(torch.relu_(self.even(torch.relu_(self.first(x))))))
        x = torch.relu_(self.sequence(x.flatten(2).transpose(1, 2)))  # image, pixel, channel
        return self.last(x.flatten(1))


def train(count, path=None, dtype=torch.float32, first_step=0, **options):
    """(model, losses) after some steps; recorded where a path is given."""
    torch.manual_seed(3)
    recording = {key: options.pop(key) for key in ("every", "steps", "layers") if key in options}
    model = convert(Cnn(), **options).to(dtype)
    luqtrace.set_step(model, first_step)
    images, labels = digits()
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    losses = []

    def run():
        for step in range(count):
            chosen = slice(32 * step, 32 * step + 32)
            loss = nn.functional.cross_entropy(model(images[chosen].to(dtype)).float(), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss))

    if path is None:
        run()
    else:
        with record(model, path, **recording):
            run()
    return model, losses


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(self.folder, "run.safetensors")

    def replay(self, path=None):
        """(exit status, exact tensors, tensors) of `luqsim run`."""
        result = support.luqsim("run", "default", path or self.path, "-o", os.path.join(self.folder, "report"))
        counts = re.search(r"(\d+) of (\d+) tensors bit-exact", result.stdout)
        self.assertIsNotNone(counts, result.stdout)
        return (result.returncode, *map(int, counts.groups()))


class Traces(Folder):
    def test_replay_of_every_option(self):
        for options in (
            {},
            {"samples": 3},
            {"hindsight": True},
            {"alpha": "pow2", "reuse": 2},
            {"rounding": "rdnp"},
            {"rounding": "rdnp+su", "random_bits": 4},
            {"rounding": "sr", "top_exponent": 4},
            {"rounding": "int4_sr", "samples": 2, "seed": 2**64 - 1},
            {"activation": "uint4"},
            {"activation": "uint4", "activation_clip": (12.035, 12.03)},
            {"dtype": torch.bfloat16},
        ):
            with self.subTest(options):
                train(5, self.path, every=2, **options)
                trace = support.TraceFile(self.path)
                self.assertEqual(len(trace.records), 27)
                tensors = 81 + 9 * (options.get("samples", 1) - 1)  # codes of each gradient's further samples
                self.assertEqual(self.replay(), (0, tensors, tensors))

    def test_inspect(self):
        train(1, self.path)
        result = support.luqsim("inspect", self.path)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout, "step0.even.wgrad: layer even, step 0, wgrad, M 45 N 8 K 512")

    def test_a_damaged_code_is_found(self):
        train(1, self.path)
        trace = support.TraceFile(self.path)
        for operand in "awd":
            damaged = os.path.join(self.folder, "damaged.safetensors")
            shutil.copy(self.path, damaged)
            with open(damaged, "r+b") as file:
                file.seek(trace.offset(f"step0.sequence.{operand}.codes0") + 5)
                byte = file.read(1)[0]
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte ^ 0x02]))
            status, exact, total = self.replay(damaged)
            self.assertEqual((status, total), (1, 27))
            self.assertLess(exact, total)

    def test_recording_changes_nothing(self):
        for options in ({}, {"hindsight": True, "samples": 2}):
            plain, losses = train(6, **options)
            recorded, same_losses = train(6, self.path, every=4, **options)
            self.assertEqual(losses, same_losses)
            for a, b in zip(plain.parameters(), recorded.parameters()):
                self.assertTrue(support.same_bits(a.detach(), b.detach()))

    def test_changes_in_place_are_not_recorded(self):
        layer = luqtrace.LuqLinear(4, 3, bias=False)
        x = torch.randn(5, 4)
        before, weight = x.clone(), layer.weight.detach().clone()
        with record(layer, self.path):
            z = layer(x)
            x.add_(1)
            with torch.no_grad():
                layer.weight.add_(1)
                z.add_(1)
            z.sum().backward()
        trace = support.TraceFile(self.path)
        self.assertTrue(support.same_bits(trace.tensor("step0.linear.a.source"), before))
        self.assertTrue(support.same_bits(trace.tensor("step0.linear.w.source"), weight.t()))
        self.assertEqual(self.replay(), (0, 8, 8))

    def test_training_learns(self):
        torch.manual_seed(1)
        model = convert(
            nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
        )
        optimizer = torch.optim.Adam(model.parameters(), 0.003)
        images, labels = digits()
        for step in range(80):
            chosen = torch.arange(64 * step, 64 * step + 64) % 1400
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[chosen]), labels[chosen]).backward()
            optimizer.step()
        right = (model(images[1400:]).argmax(dim=1) == labels[1400:]).float().mean()
        self.assertGreater(float(right), 0.75)

    def test_what_is_recorded(self):
        train(7, self.path, every=3, layers=["odd", "sequence"], samples=2, seed=11)
        trace = support.TraceFile(self.path)
        self.assertEqual(
            {(r["step"], r["layer"]) for r in trace.records}, {(s, n) for s in (0, 3, 6) for n in ("odd", "sequence")}
        )
        self.assertEqual(trace.version, "1")
        self.assertEqual(
            (trace.provenance["backend"], trace.provenance["seed"], trace.provenance["network"]), ("torch", 11, "Cnn")
        )
        self.assertIn(torch.__version__, trace.provenance["kernels"])
        self.assertRegex(trace.provenance["date"], r"^\d{4}-\d\d-\d\d$")
        record = next(r for r in trace.records if r["id"] == "step3.odd.wgrad")
        self.assertEqual(
            (record["a"]["view"], record["b"]["view"], record["pass"]), ("im2col_transposed", "direct", "wgrad")
        )
        self.assertEqual(
            record["a"]["im2col"],
            {"n": 32, "h": 4, "w": 4, "c": 8, "kernel_h": 2, "kernel_w": 3, "stride": 1, "padding": 0},
        )
        self.assertEqual((record["m"], record["n"], record["k"]), (48, 7, 32 * 3 * 2))
        self.assertEqual(
            record["b"]["quantizer"],
            {
                "kind": "luq",
                "rounding": "luq",
                "alpha": "max",
                "top_exponent": 6,
                "random_bits": 16,
                "reuse": 1,
                "seed": 11,
                "tensor": 2,
                "step": 3,
                "sample": 0,
            },
        )
        self.assertEqual(len(record["b"]["codes"]), 2)
        dgrad = next(r for r in trace.records if r["id"] == "step3.odd.dgrad")
        self.assertEqual(dgrad["a"]["codes"], record["b"]["codes"][:1])

    def test_chosen_steps_and_estimates(self):
        train(6, self.path, steps=[1, 5], hindsight=True)
        trace = support.TraceFile(self.path)
        self.assertEqual({r["step"] for r in trace.records}, {1, 5})
        self.assertTrue(all("estimate" in r["b"]["quantizer"] for r in trace.records if r["pass"] == "wgrad"))
        train(1, self.path, hindsight=True, first_step=2**24 - 1)
        trace = support.TraceFile(self.path)
        self.assertFalse(any("estimate" in r["b"]["quantizer"] for r in trace.records))
        self.assertEqual(self.replay(), (0, 27, 27))

    def test_tensors_are_aligned_and_cover_the_data(self):
        train(1, self.path, dtype=torch.bfloat16)
        trace = support.TraceFile(self.path)
        self.assertEqual(trace.begin % 64, 0)
        end = 0
        for entry in sorted(trace.header.values(), key=lambda entry: entry["data_offsets"]):
            self.assertEqual(entry["data_offsets"][0], end)
            end = entry["data_offsets"][1]
            self.assertEqual(entry["data_offsets"][0] % {"F32": 4, "BF16": 2, "U8": 1}[entry["dtype"]], 0)
        self.assertEqual(end, len(trace.bytes))
        self.assertIn("BF16", {entry["dtype"] for entry in trace.header.values()})

    def test_an_exception_leaves_nothing(self):
        model = convert(Cnn())
        for older in (None, b"older"):
            if older:
                with open(self.path, "wb") as file:
                    file.write(older)
            with self.assertRaises(KeyboardInterrupt):
                with record(model, self.path):
                    model(torch.rand(2, 1, 8, 8)).sum().backward()
                    raise KeyboardInterrupt
            self.assertEqual(os.listdir(self.folder), ["run.safetensors"] if older else [])
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), b"older")
        with record(model, self.path):  # and the model can be recorded again
            model(torch.rand(2, 1, 8, 8)).sum().backward()
        self.assertEqual(os.listdir(self.folder), ["run.safetensors"])

    def test_nothing_to_record(self):
        model = convert(Cnn())
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            with record(model, self.path, every=3):
                model(torch.rand(0, 1, 8, 8)).sum().backward()
                with torch.no_grad():
                    model(torch.rand(2, 1, 8, 8))
                model(torch.rand(2, 1, 8, 8)).sum().backward()
        self.assertIn("no backward pass of a recorded layer ran in a wanted step", str(seen[-1].message))
        self.assertEqual(os.listdir(self.folder), [])

    def test_several_passes_of_one_step(self):
        layer = luqtrace.LuqLinear(4, 3)
        with record(layer, self.path, every=2) as recorder:
            z = layer(torch.randn(5, 4))
            z.sum().backward(retain_graph=True)
            z.sum().backward()
            layer(torch.randn(5, 4)).sum().backward()
        self.assertEqual(recorder.count, 4)
        ids = [r["id"] for r in support.TraceFile(self.path).records]
        self.assertEqual(
            ids, ["step0.linear.fprop", "step0.linear.wgrad", "step0.linear.pass2.fprop", "step0.linear.pass2.wgrad"]
        )
        self.assertEqual(self.replay(), (0, 16, 16))

    def test_a_graph_that_outlives_the_block(self):
        layer = luqtrace.LuqLinear(4, 3)
        with record(layer, self.path):
            layer(torch.randn(5, 4)).sum().backward()
            late = layer(torch.randn(5, 4))
        late.sum().backward()
        self.assertEqual(len(support.TraceFile(self.path).records), 2)

    def test_refusals(self):
        model = convert(Cnn())
        with self.assertRaisesRegex(ValueError, "layers to record: 'first'; wanted some of even, odd, sequence"):
            with record(model, self.path, layers=["first"]):
                pass
        with self.assertRaisesRegex(ValueError, "layers to record: none; wanted some of even, odd, sequence"):
            with record(model, self.path, layers=[]):
                pass
        with self.assertRaisesRegex(ValueError, "no 4-bit layers"):
            with record(Cnn(), self.path):
                pass
        with self.assertRaisesRegex(ValueError, "every: 0; wanted at least 1"):
            with record(model, self.path, every=0):
                pass
        with self.assertRaisesRegex(ValueError, "'even' is being recorded"):
            with record(model, self.path), record(model, self.path):
                pass
        with self.assertRaises(FileNotFoundError):
            with record(model, os.path.join(self.folder, "none/run.safetensors")):
                pass
        self.assertEqual(os.listdir(self.folder), [])


class Writer(Folder):
    """The writer alone, as a user of other kernels calls it."""

    def test_an_exception_leaves_nothing(self):
        with self.assertRaises(KeyError):
            with luqtrace.TraceWriter(self.path, seed=1) as trace:
                trace.tensor("x", torch.zeros(3))
                raise KeyError
        self.assertEqual(os.listdir(self.folder), [])

    def test_levels_and_codes(self):
        levels = torch.randint(-7, 8, (5, 3), dtype=torch.int8)
        with luqtrace.TraceWriter(self.path, seed=1) as trace:
            a = trace.operand("a", levels, 0.5, "fp4_e3m0")
            b = trace.operand("b", luqtrace.pack(levels.t(), "int4"), 0.25, "int4", source=torch.zeros(3, 5))
            trace.gemm("g", a, b, layer="l", kind="wgrad")
        read = support.TraceFile(self.path)
        self.assertTrue(torch.equal(read.tensor("a.codes0"), luqtrace.pack(levels, "fp4_e3m0")))
        self.assertEqual((read.records[0]["m"], read.records[0]["n"], read.records[0]["k"]), (5, 5, 3))

    def test_refusals(self):
        writer = luqtrace.TraceWriter(self.path, seed=1)
        self.addCleanup(writer.close)
        a, codes = writer.operand("a", torch.zeros(2, 3), 1, "int4"), torch.zeros(2, 2, dtype=torch.uint8)
        for action, message in (
            (lambda: writer.tensor("a.codes0", torch.zeros(1)), "tensor 'a.codes0': name not free"),
            (
                lambda: writer.tensor("x", torch.zeros(1).double()),
                "tensor 'x': torch.float64; wanted float32, bfloat16 or uint8",
            ),
            (
                lambda: writer.gemm("g", a, a, layer="l"),
                "record 'g': operands of 2 x 3 and 2 x 3; wanted equal inner sizes",
            ),
            (
                lambda: writer.gemm("g", a, luqtrace.transposed(a), torch.zeros(2, 3), layer="l"),
                r"record 'g': out \[2, 3\]; wanted \[2, 2\]",
            ),
            (lambda: writer.operand("b", codes, 1, "int4"), "operand 'b': packed codes with neither cols nor source"),
            (lambda: writer.operand("b", codes, 1, "int4", cols=6), r"operand 'b': levels \[2, 2\]; wanted \[2, 3\]"),
            (
                lambda: writer.operand("b", codes, 1, "int4", source=torch.zeros(3, 4)),
                r"operand 'b': source \[3, 4\]; wanted \[2, 4\]",
            ),
            (
                lambda: writer.operand("b", codes, 1, "int4", cols=3, im2col={"kernel_h": 2, "kernel_w": 3, "padding": 2}),
                "operand 'b': padding 2; wanted less than the kernel's shorter side",
            ),
            (lambda: writer.tensor("x\x1b", torch.zeros(1)), r"tensor 'x\\x1b'; wanted no control characters"),
            (lambda: writer.gemm("g", a, luqtrace.transposed(a), layer="l\n"), r"layer 'l\\n'; wanted no control characters"),
            (
                lambda: luqtrace.TraceWriter(self.path, seed=1, device="\x9b2J"),
                r"provenance device '\\x9b2J'; wanted no control characters",
            ),
            (lambda: luqtrace.TraceWriter(self.path, seed=1, date=2026), "provenance date 2026; wanted a text"),
            (lambda: writer.gemm("g", a, luqtrace.transposed(a), layer=3), "layer 3; wanted a text"),
            (lambda: writer.gemm("g", a, luqtrace.transposed(a), layer=None), "layer None; wanted a text"),
            (lambda: writer.tensor(7, torch.zeros(1)), "tensor 7; wanted a text"),
            (
                lambda: luqtrace.TraceWriter(self.path, seed=1, colour="red"),
                "provenance colour: unknown; wanted one of backend, device",
            ),
        ):
            with self.assertRaisesRegex(ValueError, message):
                action()
        self.assertFalse(os.path.exists(self.path))

    def test_the_header_has_a_longest_length(self):
        with unittest.mock.patch("luqtrace.trace_writer._MOST_HEADER_BYTES", 3000):
            with luqtrace.TraceWriter(self.path, seed=1) as trace:
                a = trace.operand("a", torch.zeros(2, 2), 1, "int4")
                trace.gemm("g0", a, a, layer="l", kernel='"' * 200)
                with self.assertRaisesRegex(ValueError, "header length [3-9].*; wanted at most 3000"):
                    trace.gemm("g1", a, a, layer="l", kernel='"' * 200)
                with self.assertRaisesRegex(ValueError, "header length [3-9].*; wanted at most 3000"):
                    trace.tensor("x" * 2000, torch.zeros(1))
                trace.tensor("y", torch.zeros(1))
        self.assertEqual([r["id"] for r in support.TraceFile(self.path).records], ["g0"])


class IndependentTrace(Folder):
    """A trace by a script that shares nothing with the project."""

    def test_replay(self):
        script = os.path.join(os.path.dirname(__file__), "independent_trace.py")
        for seed in ("0", "18364758544493064720"):
            status = subprocess.run([sys.executable, script, self.path, seed]).returncode
            if status == 77:
                self.skipTest("no NumPy")
            self.assertEqual(status, 0)
            self.assertEqual(self.replay(), (0, 10, 10))


if __name__ == "__main__":
    unittest.main()
