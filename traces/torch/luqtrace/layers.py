"""nn.Linear and nn.Conv2d whose three GEMMs run in 4 bits."""
import weakref
from dataclasses import dataclass, fields

import torch
from torch import nn
from torch.autograd.function import once_differentiable

from .formats import values_of
from .gemm import image_of, out_size, patches, scaled_gemm
from .luq import LuqConfig, RandomStream, hindsight_maximum, luq_scale, streamed_levels
from .rounding import as_float32, max_abs
from .sawb import sawb_quantize
from .trace_writer import luq_quantizer, sawb_quantizer

recorders = weakref.WeakKeyDictionary()  # of layers that are being recorded; a layer itself knows nothing of it


@dataclass(frozen=True)
class Options:
    """How a layer quantizes. The five keys of `LuqConfig` are options too."""

    activation: str = "int4"  # or uint4, for inputs that are never negative
    rounding: str = "luq"
    alpha: str = "max"
    top_exponent: int = 6
    random_bits: int = 16
    reuse: int = 1
    samples: int = 1  # of the gradient: wgrad averages them, dgrad takes the first
    hindsight: bool = False  # the gradient's maximum estimated from the steps before
    eta: float = 0.1
    seed: int = 1
    activation_clip: tuple | None = None  # None: the pair fitted for the format
    weight_clip: tuple | None = None

    @classmethod
    def of(cls, options):
        known = [field.name for field in fields(cls)]
        for key in options:
            if key not in known:
                raise ValueError(f"option {key}: unknown; wanted one of {', '.join(known)}")
        return cls(**options)

    def __post_init__(self):
        for key, ok, wanted in (
            ("activation", self.activation in ("int4", "uint4"), "int4 or uint4"),
            ("samples", self.samples in range(1, 257), "1 to 256"),
            ("eta", 0 <= self.eta <= 1, "0 to 1"),
            ("seed", self.seed in range(1 << 64), "0 to 2^64 - 1"),
            ("top_exponent", self.top_exponent != 7, "4 or 6: 7 has no 4-bit codes"),
        ):
            if not ok:
                raise ValueError(f"option {key}: {getattr(self, key)!r}; wanted {wanted}")
        self.luq  # its own checks

    @property
    def luq(self):
        return LuqConfig(self.rounding, self.alpha, self.top_exponent, self.random_bits, self.reuse)


class Operand:
    """A quantized matrix: one or several samples of levels, their scale, and what a record says of it."""

    def __init__(self, source, samples, scale, format, quantizer):
        self.source, self.samples, self.scale, self.format, self.quantizer = source, samples, scale, format, quantizer

    def values(self, sample=0):
        return values_of(self.samples[sample], self.format)


def _quantize_activation(layer, x):
    options = layer.luq_options
    what = f"{layer.luq_name}: activation"
    if options.activation == "uint4" and x.numel() and float(x.min()) < 0:
        raise ValueError(f"{what}: minimum {float(x.min())}; wanted no negative number with activation uint4, or int4")
    levels, scale = sawb_quantize(x, options.activation, options.activation_clip, what)
    return Operand(x, [levels], scale, options.activation, sawb_quantizer(options.activation, options.activation_clip))


def _quantize_weight(layer, w):
    levels, scale = sawb_quantize(w, "int4", layer.luq_options.weight_clip, f"{layer.luq_name}: weight")
    return Operand(w, [levels], scale, "int4", sawb_quantizer("int4", layer.luq_options.weight_clip))


def _quantize_gradient(layer, d, step):
    options, config = layer.luq_options, layer.luq_options.luq
    x = as_float32(d, f"{layer.luq_name}: gradient")
    measured = max_abs(x, f"{layer.luq_name}: gradient")
    estimate = layer.luq_estimate if options.hindsight else None
    maximum = measured if estimate is None else estimate
    if options.hindsight:
        layer.luq_estimate = hindsight_maximum(measured, maximum, options.eta)
    scale, inverse = luq_scale(maximum, config)
    streams = [RandomStream(options.seed, layer.luq_tensor, step, sample) for sample in range(options.samples)]
    samples = [streamed_levels(x, inverse, config, stream) for stream in streams]
    return Operand(d, samples, scale, config.format, luq_quantizer(config, streams[0], estimate))


class _Gemms(torch.autograd.Function):
    """Z = A W of a matrix x (with `geometry`: of the patches of an image [n h w, c]) and w, rows inputs.

    The backward pass treats quantization as the identity: G = D W^T and dW = A^T D of the codes.
    """

    @staticmethod
    def forward(ctx, x, w, layer, geometry, step):
        a, b = _quantize_activation(layer, x), _quantize_weight(layer, w)
        out = scaled_gemm(_matrix(a, geometry), [b.values()], a.scale, b.scale, f"{layer.luq_name}: fprop")
        ctx.layer, ctx.geometry, ctx.step, ctx.a, ctx.b = layer, geometry, step, a, b
        ctx.dtypes = x.dtype, w.dtype
        recorder = recorders.get(layer)
        ctx.recorder = recorder if recorder is not None and recorder.wants(step) else None
        # Copies: what follows in the model may change a tensor in place.
        ctx.out = out.clone() if ctx.recorder else None
        a.source, b.source = (q.source.clone() if ctx.recorder else None for q in (a, b))
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, d):
        layer, geometry, a, b, name = ctx.layer, ctx.geometry, ctx.a, ctx.b, ctx.layer.luq_name
        grad = _quantize_gradient(layer, d.contiguous(), ctx.step)
        dgrad = wgrad = image = None
        if ctx.needs_input_grad[0]:
            dgrad = scaled_gemm(grad.values(), [b.values().t()], grad.scale, b.scale, f"{name}: dgrad")
            image = (dgrad if geometry is None else image_of(dgrad, geometry)).to(ctx.dtypes[0])
        if ctx.needs_input_grad[1]:
            samples = [grad.values(s) for s in range(len(grad.samples))]
            wgrad = scaled_gemm(_matrix(a, geometry).t(), samples, a.scale, grad.scale, f"{name}: wgrad")
        if ctx.recorder:
            ctx.recorder.add(layer, ctx.step, (a, b, grad), geometry, (ctx.out, dgrad, wgrad))
        return image, None if wgrad is None else wgrad.to(ctx.dtypes[1]), None, None, None


def _matrix(operand, geometry):
    return operand.values() if geometry is None else patches(operand.values(), geometry)


class _LuqLayer:
    """What both layers share. `luq_step` counts calls whose gradients can be asked for; in a training run without
    accumulation it is the number of the step."""

    def _set_luq(self, options, tensor, name):
        self.luq_options, self.luq_tensor, self.luq_name = options, tensor, name
        self.luq_step, self.luq_estimate = 0, None

    def _multiply(self, x, w, geometry=None):
        step = self.luq_step
        if torch.is_grad_enabled() and (x.requires_grad or w.requires_grad):
            self.luq_step += 1
        return _Gemms.apply(x, w, self, geometry, step)


class LuqLinear(_LuqLayer, nn.Linear):
    """nn.Linear in 4 bits. `tensor` names the layer's random numbers; keywords are `Options`."""

    def __init__(
        self, in_features, out_features, bias=True, device=None, dtype=None, *, tensor=0, name="linear", **options
    ):
        super().__init__(in_features, out_features, bias, device, dtype)
        self._set_luq(Options.of(options), tensor, name)

    def forward(self, x):
        rows = self._multiply(x.reshape(-1, self.in_features), self.weight.t())
        if self.bias is not None:
            rows = rows + self.bias.to(torch.float32)
        return rows.to(x.dtype).reshape(*x.shape[:-1], self.out_features)

    def extra_repr(self):
        return f"{super().extra_repr()}, {self.luq_options}"


class LuqConv2d(_LuqLayer, nn.Conv2d):
    """nn.Conv2d in 4 bits, by the patches of an NHWC image. Square strides and padding, no groups, no dilation."""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        bias=True,
        device=None,
        dtype=None,
        *,
        tensor=0,
        name="conv",
        **options,
    ):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=bias, device=device, dtype=dtype)
        check_conv(self, name)
        self._set_luq(Options.of(options), tensor, name)

    def forward(self, x):
        image = x.unsqueeze(0) if x.dim() == 3 else x
        n, c, h, w = image.shape
        kernel_h, kernel_w = self.kernel_size
        stride, padding = self.stride[0], square_padding(self)
        geometry = {
            "n": n,
            "h": h,
            "w": w,
            "c": c,
            "kernel_h": kernel_h,
            "kernel_w": kernel_w,
            "stride": stride,
            "padding": padding,
        }
        rows = image.permute(0, 2, 3, 1).reshape(-1, c)
        weight = self.weight.permute(2, 3, 1, 0).reshape(-1, self.out_channels)
        out = self._multiply(rows, weight, geometry)
        if self.bias is not None:
            out = out + self.bias.to(torch.float32)
        out_h, out_w = out_size(h, kernel_h, stride, padding), out_size(w, kernel_w, stride, padding)
        out = out.to(x.dtype).reshape(n, out_h, out_w, self.out_channels).permute(0, 3, 1, 2)
        return out.squeeze(0) if x.dim() == 3 else out

    def extra_repr(self):
        return f"{super().extra_repr()}, {self.luq_options}"


def square_padding(conv):
    """The one padding of all four sides, or None."""
    sides = conv.padding
    if sides == "valid":
        return 0
    if sides == "same":  # stride 1, which nn.Conv2d asks for: an odd kernel keeps the size
        sides = [(k - 1) / 2 for k in conv.kernel_size]
    return int(sides[0]) if len(set(sides)) == 1 and sides[0] == int(sides[0]) else None


def check_conv(conv, name):
    """ValueError for a convolution that the trace format's im2col view cannot describe."""
    for key, ok, wanted in (
        ("groups", conv.groups == 1, "1"),
        ("dilation", tuple(conv.dilation) == (1, 1), "1"),
        ("padding_mode", conv.padding_mode == "zeros", "zeros"),
        ("stride", len(set(conv.stride)) == 1, "the same in both directions"),
        ("padding", square_padding(conv) is not None, "the same on all four sides"),
        ("padding", (square_padding(conv) or 0) < min(conv.kernel_size), "less than the kernel's shorter side"),
    ):
        if not ok:
            raise ValueError(f"{name}: {key} {getattr(conv, key)!r}; wanted {wanted}, or the layer among those to skip")


def luq_layers(model):
    """{name: layer} of the 4-bit layers of a model."""
    return {name or layer.luq_name: layer for name, layer in model.named_modules() if isinstance(layer, _LuqLayer)}
