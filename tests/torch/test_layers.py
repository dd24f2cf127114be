"""Layers: their GEMMs against other implementations, gradients, conversion of models."""
import copy
import unittest

import torch
from torch import nn

import luqtrace
import support
from luqtrace import LuqConv2d, LuqLinear, convert


def step_of(layer, x, d):
    """(output, gradient of x) of one forward and backward pass; the layer's own gradients are in the layer."""
    x = x.clone().requires_grad_()
    layer.zero_grad()
    z = layer(x)
    z.backward(d)
    return z.detach(), x.grad


def cosine(a, b):
    return float(nn.functional.cosine_similarity(a.reshape(-1), b.reshape(-1), dim=0))


def pair(kind, *arguments, **options):
    """An ordinary layer and a 4-bit one with its parameters."""
    plain = (nn.Linear if kind is LuqLinear else nn.Conv2d)(*arguments)
    layer = kind(*arguments, **options)
    layer.load_state_dict(plain.state_dict())
    return plain, layer


class Net(nn.Module):
    """Layers inside layers, one of them used under two names."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.body = nn.ModuleDict(
            {
                "a": nn.Sequential(nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.ReLU()),
                "b": nn.Sequential(nn.Flatten(), nn.Linear(96, 12), nn.ReLU()),
            }
        )
        self.shared = self.body["b"][1]
        self.head = nn.Linear(12, 10)

    def forward(self, x):
        return self.head(self.body["b"](self.body["a"](self.stem(x))))


class AgainstTheOtherImplementation(unittest.TestCase):
    """A layer's outputs and gradients, bit for bit those of tests/train/reference.py."""

    def run_steps(self, scheme, image_size, top, **options):
        other = support.reference()
        other_layer = (
            other.Dense(3, 8, 6, scheme, 0, top, False)
            if not image_size
            else other.Dense(3, 27, 6, scheme, image_size, top, False)
        )
        weight = torch.from_numpy(other_layer.w.value)
        if image_size:
            layer = LuqConv2d(3, 6, 3, padding=1, tensor=3, seed=other.SEED, **options)
            layer.weight.data = weight.reshape(3, 3, 3, 6).permute(3, 2, 0, 1).clone()
        else:
            layer = LuqLinear(8, 6, tensor=3, seed=other.SEED, **options)
            layer.weight.data = weight.t().clone()
        layer.bias.data.zero_()
        generator = torch.Generator().manual_seed(1)
        rows, cols = (4 * image_size**2, 3) if image_size else (50, 8)
        for step in range(4):
            x = torch.randn(rows, cols, generator=generator)
            x = x.abs() if top == 15 else x
            d = torch.randn(rows, 6, generator=generator) * 1e-3
            z, g = other_layer.forward(x.numpy()), other_layer.backward(d.numpy(), step)
            if image_size:

                def image(rows):
                    return rows.reshape(4, image_size, image_size, -1).permute(0, 3, 1, 2)

                ours, our_g = (t.permute(0, 2, 3, 1).reshape(rows, -1) for t in step_of(layer, image(x), image(d)))
                our_dw = layer.weight.grad.permute(2, 3, 1, 0).reshape(27, 6)
            else:
                (ours, our_g), our_dw = step_of(layer, x, d), layer.weight.grad.t()
            for what, a, b in (("z", ours, z), ("g", our_g, g), ("dw", our_dw, other_layer.w.gradient)):
                self.assertTrue(support.same_bits(a + 0.0, torch.from_numpy(b + other.F(0))), (what, step))

    def test_linear(self):
        self.run_steps("luq", 0, 7)

    def test_linear_samples_uint4(self):
        self.run_steps("luq+smp2", 0, 15, samples=2, activation="uint4")

    def test_linear_hindsight(self):
        self.run_steps("hindsight", 0, 7, hindsight=True)

    def test_convolution(self):
        self.run_steps("luq", 5, 7)

    def test_convolution_samples(self):
        self.run_steps("luq+smp2", 8, 7, samples=2)


class Gradients(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)

    def test_shapes(self):
        layer = LuqLinear(6, 4)
        for shape in ((6,), (3, 6), (2, 3, 6), (2, 1, 3, 6), (0, 6)):
            z, g = step_of(layer, torch.randn(shape), torch.randn(*shape[:-1], 4))
            self.assertEqual(
                (z.shape[:-1], g.shape, layer.weight.grad.shape), (torch.Size(shape[:-1]), torch.Size(shape), (4, 6))
            )
        for size, stride, padding, bias in (((3, 2), 1, 0, True), (3, 2, 1, False), (1, 1, 0, True), (2, 3, 1, False)):
            plain, layer = pair(LuqConv2d, 3, 5, size, stride, padding)
            for shape in ((2, 3, 7, 6), (3, 7, 6)):
                x = torch.randn(shape)
                wanted = plain(x)
                z, g = step_of(layer, x, torch.randn_like(wanted))
                self.assertEqual((z.shape, g.shape), (wanted.shape, x.shape))

    def test_close_to_fp32(self):
        for plain, layer, x in (
            (*pair(LuqLinear, 32, 16, samples=64), torch.randn(256, 32)),
            (*pair(LuqConv2d, 8, 6, 3, 2, 1, samples=64), torch.randn(16, 8, 9, 9)),
        ):
            d = torch.randn_like(plain(x)) * 1e-4
            (z, g), (plain_z, plain_g) = step_of(layer, x, d), step_of(plain, x, d)
            self.assertGreater(cosine(z, plain_z), 0.97)
            self.assertGreater(cosine(g, plain_g), 0.9)  # one sample
            self.assertGreater(cosine(layer.weight.grad, plain.weight.grad), 0.97)
            self.assertLess(float((layer.bias.grad - plain.bias.grad).abs().max()), 1e-8)

    def test_samples_average_out(self):
        x, d = torch.randn(64, 8), torch.randn(64, 5) * torch.exp(torch.randn(64, 5))
        distances = []
        for samples in (1, 16, 256):
            plain, layer = pair(LuqLinear, 8, 5, samples=samples, tensor=9)
            step_of(layer, x, d)
            levels, scale = luqtrace.sawb_quantize(x)
            exact = (luqtrace.values_of(levels, "int4") * scale).t() @ d.double()
            distances.append(float((layer.weight.grad.t() - exact).norm() / exact.norm()))
        self.assertLess(distances[1], 0.6 * distances[0])
        self.assertLess(distances[2], 0.6 * distances[1])

    def test_convolution_is_linear_on_patches(self):
        # Kernel as large as the stride: the patches are the image's elements once each, so that scales agree too.
        n, c, size, kernel, outputs = 3, 4, 8, 2, 5
        conv = LuqConv2d(c, outputs, kernel, kernel, bias=False, tensor=7, samples=2)
        linear = LuqLinear(c * kernel**2, outputs, bias=False, tensor=7, samples=2)
        linear.weight.data = conv.weight.data.permute(0, 2, 3, 1).reshape(outputs, -1).contiguous()
        x, g = torch.randn(n, c, size, size), {
            "n": n,
            "h": size,
            "w": size,
            "c": c,
            "kernel_h": kernel,
            "kernel_w": kernel,
            "stride": kernel,
            "padding": 0,
        }
        rows = luqtrace.patches(x.permute(0, 2, 3, 1).reshape(-1, c), g)
        d = torch.randn(n, outputs, size // kernel, size // kernel)
        z, gx = step_of(conv, x, d)
        z_rows, g_rows = step_of(linear, rows, d.permute(0, 2, 3, 1).reshape(-1, outputs))
        self.assertTrue(support.same_bits(z.permute(0, 2, 3, 1).reshape(-1, outputs), z_rows))
        self.assertTrue(torch.equal(gx.permute(0, 2, 3, 1).reshape(-1, c), luqtrace.image_of(g_rows, g)))
        self.assertTrue(
            support.same_bits(conv.weight.grad.permute(0, 2, 3, 1).reshape(outputs, -1), linear.weight.grad)
        )

    def test_convolution_against_torch(self):
        for size, stride, padding in (((3, 3), 1, 1), ((2, 3), 2, 1), ((5, 5), 3, 2), ((1, 1), 2, 0)):
            layer = LuqConv2d(3, 4, size, stride, padding, bias=False)
            x = torch.randn(2, 3, 9, 8)
            (a, scale_a), (w, scale_w) = luqtrace.sawb_quantize(x), luqtrace.sawb_quantize(layer.weight)
            sums = nn.functional.conv2d(a.double(), w.double(), stride=stride, padding=padding)
            factor = torch.tensor(scale_a) * torch.tensor(scale_w)
            self.assertTrue(support.same_bits(layer(x).detach(), sums.float() * factor))

    def test_same_and_valid_padding(self):
        for padding in ("same", "valid"):
            plain, layer = pair(LuqConv2d, 2, 3, 3, 1, padding)
            x = torch.randn(2, 2, 6, 5)
            self.assertEqual(layer(x).shape, plain(x).shape)

    def test_only_what_is_asked_for(self):
        layer = LuqLinear(4, 3)
        layer(torch.randn(2, 4)).sum().backward()  # no gradient of x
        self.assertEqual(layer.luq_step, 1)
        layer.requires_grad_(False)
        x = torch.randn(2, 4, requires_grad=True)
        layer(x).sum().backward()
        self.assertIsNotNone(x.grad)
        self.assertEqual(layer.luq_step, 2)
        with torch.no_grad():
            layer(x)
        self.assertEqual(layer.luq_step, 2)

    def test_bfloat16(self):
        plain, layer = pair(LuqLinear, 8, 4)
        layer.to(torch.bfloat16)
        x = torch.randn(5, 8).to(torch.bfloat16)
        z, g = step_of(layer, x, torch.randn(5, 4).to(torch.bfloat16))
        self.assertEqual((z.dtype, g.dtype, layer.weight.grad.dtype), (torch.bfloat16,) * 3)
        with self.assertRaisesRegex(
            ValueError, "linear: activation: dtype torch.float64; wanted float32, bfloat16 or float16"
        ):
            LuqLinear(8, 4)(torch.randn(5, 8).double())

    def test_checkpointing_repeats_the_same_step(self):
        from torch.utils.checkpoint import checkpoint

        _, layer = pair(LuqLinear, 8, 4)
        twin = copy.deepcopy(layer)
        x, d = torch.randn(5, 8), torch.randn(5, 4)
        for _ in range(2):
            wanted = step_of(layer, x, d)[1]
            y = x.clone().requires_grad_()
            twin.zero_grad()
            checkpoint(twin, y).backward(d)
            self.assertTrue(support.same_bits(y.grad, wanted))
            self.assertTrue(support.same_bits(twin.weight.grad, layer.weight.grad))

    def test_steps_draw_new_numbers(self):
        layer, x, d = LuqLinear(8, 4), torch.randn(5, 8), torch.randn(5, 4)
        first, second = step_of(layer, x, d)[1], step_of(layer, x, d)[1]
        self.assertFalse(torch.equal(first, second))
        luqtrace.set_step(layer, 0)
        self.assertTrue(support.same_bits(step_of(layer, x, d)[1], first))

    def test_refusals(self):
        layer = LuqLinear(4, 2, activation="uint4", name="fc9")
        layer(torch.tensor([[0.0, -0.0, 1.0, 2.0]]))
        with self.assertRaisesRegex(
            ValueError, "fc9: activation: minimum -1.0; wanted no negative number with activation uint4"
        ):
            layer(torch.tensor([[0.0, -1.0, 1.0, 2.0]]))
        with self.assertRaisesRegex(ValueError, "fc9: gradient: element 1 is inf; wanted finite numbers"):
            layer(torch.ones(1, 4)).backward(torch.tensor([[1.0, float("inf")]]))
        for key, value, wanted in (
            ("activation", "int8", "int4 or uint4"),
            ("samples", 0, "1 to 256"),
            ("eta", 2, "0 to 1"),
            ("top_exponent", 7, "4 or 6"),
            ("seed", -1, "0 to 2\\^64 - 1"),
        ):
            with self.assertRaisesRegex(ValueError, f"option {key}: {value!r}; wanted {wanted}"):
                LuqLinear(4, 2, **{key: value})
        with self.assertRaisesRegex(ValueError, "option bits: unknown; wanted one of activation, rounding"):
            LuqLinear(4, 2, bits=4)


class Convert(unittest.TestCase):
    def test_nested(self):
        torch.manual_seed(0)
        model = Net()
        plain, parameters, keys = copy.deepcopy(model), list(model.parameters()), list(model.state_dict())
        self.assertIs(convert(model, seed=5, samples=2), model)
        self.assertEqual(list(luqtrace.luq_layers(model)), ["body.a.0", "body.b.1"])
        conv, linear = model.body["a"][0], model.shared
        self.assertIsInstance(conv, LuqConv2d)
        self.assertIs(linear, model.body["b"][1])
        self.assertEqual(
            [(layer.luq_tensor, layer.luq_name) for layer in (conv, linear)], [(1, "body.a.0"), (2, "body.b.1")]
        )
        self.assertTrue(all(a is b for a, b in zip(parameters, model.parameters())))
        self.assertEqual(list(model.state_dict()), keys)
        self.assertIs(type(model.stem), nn.Conv2d)
        self.assertIs(type(model.head), nn.Linear)
        self.assertIn("samples=2", repr(model))
        x = torch.rand(16, 1, 8, 8)
        self.assertGreater(cosine(model(x), plain(x)), 0.95)
        model(x).square().mean().backward()
        self.assertTrue(all(p.grad is not None for p in parameters))

    def test_every_layer_or_some(self):
        self.assertEqual(
            list(luqtrace.luq_layers(convert(Net(), skip_first_last=False))), ["stem", "body.a.0", "body.b.1", "head"]
        )
        self.assertEqual(list(luqtrace.luq_layers(convert(Net(), skip=["body.a.0"]))), ["body.b.1"])
        single = nn.Linear(3, 2)
        self.assertIs(convert(single, skip_first_last=False), single)
        self.assertEqual(list(luqtrace.luq_layers(single)), ["layer"])

    def test_copies_are_independent(self):
        model = convert(Net())
        other = copy.deepcopy(model)
        model(torch.rand(2, 1, 8, 8)).sum().backward()
        self.assertEqual((model.shared.luq_step, other.shared.luq_step), (1, 0))

    def test_refusals(self):
        for key, value, wanted in (
            ("groups", 2, "1"),
            ("dilation", 2, "1"),
            ("stride", (1, 2), "the same in both"),
            ("padding", (0, 1), "the same on all four"),
            ("padding", 3, "less than the kernel's shorter side"),
            ("padding_mode", "circular", "zeros"),
        ):
            convolution = nn.Conv2d(4, 4, 3, **{key: value})
            model = nn.Sequential(nn.Linear(4, 4), convolution, nn.Linear(4, 4))
            with self.assertRaisesRegex(ValueError, f"1: {key} .*; wanted {wanted}"):
                convert(model)
            self.assertIs(type(convolution), nn.Conv2d)
        with self.assertRaisesRegex(ValueError, "layers to convert: none of 0, 1 after skipping"):
            convert(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)))
        with self.assertRaisesRegex(ValueError, "skip stern: no such layer; wanted some of stem, body.a.0"):
            convert(Net(), skip=["stern"])
        with self.assertRaisesRegex(ValueError, "option sample: unknown"):
            convert(Net(), sample=2)
        with self.assertRaisesRegex(ValueError, "body.a.0: converted before"):
            convert(convert(Net()))


if __name__ == "__main__":
    unittest.main()
