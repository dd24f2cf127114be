"""`with record(model, "run.safetensors"):` writes what the 4-bit layers multiply in a training run."""
import contextlib
import platform
import threading
import time
import warnings

import torch

from .layers import luq_layers, recorders
from .trace_writer import TraceWriter, first_sample, transposed

_KERNEL = "torch float64 matmul"


class Recorder:
    """Takes the backward passes of some layers of a model in some steps into a trace."""

    def __init__(self, writer, names, every, steps):
        self.count = 0  # records so far
        self._writer, self._names, self._every, self._steps = writer, names, every, steps
        self._open = True
        self._lock = threading.Lock()  # the backward passes of several devices run in threads of their own
        self._passes = {}  # a graph that is walked twice gives the same step twice: later ids get a number

    def wants(self, step):
        return self._open and (step % self._every == 0 if self._steps is None else step in self._steps)

    def close(self):
        with self._lock:
            self._open = False

    def add(self, layer, step, operands, geometry, outs):
        """Quantized activation, weight and gradient, and the outputs of fprop, dgrad and wgrad; None: not computed."""
        with self._lock:
            if self._open and outs[0].numel() > 0:
                self._write(self._names[layer], step, operands, geometry, outs)

    def _write(self, layer, step, operands, geometry, outs):
        name = f"step{step}.{layer}"
        again = self._passes[name] = self._passes.get(name, 0) + 1
        name = name if again == 1 else f"{name}.pass{again}"
        a, w, d = (
            self._writer.operand(f"{name}.{key}", q.samples, q.scale, q.format, q.quantizer, q.source, view)
            for key, q, view in zip("awd", operands, (geometry, None, None))
        )
        for kind, left, right, out in (
            ("fprop", a, w, outs[0]),
            ("dgrad", first_sample(d), transposed(w), outs[1]),
            ("wgrad", transposed(a), d, outs[2]),
        ):
            if out is not None:
                self._writer.gemm(f"{name}.{kind}", left, right, out, layer=layer, step=step, kind=kind, kernel=_KERNEL)
                self.count += 1


def _device_name(device):
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _provenance(layer):
    device = layer.weight.device
    return {
        "seed": layer.luq_options.seed,
        "device": _device_name(device),
        "cuda": torch.version.cuda if device.type == "cuda" else None,
        "kernels": f"luqtrace, PyTorch {torch.__version__}",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


@contextlib.contextmanager
def record(model, path, every=1, layers=None, steps=None, network=None, dataset=None, revision=None):
    """Records into `path` every n-th step, or the given `steps`, of all 4-bit layers of `model`, or of those named.

    The trace appears at the end of the block; if the block raises, there is none. Nothing about the training changes.
    """
    known = luq_layers(model)
    if not known:
        raise ValueError("model to record: no 4-bit layers; wanted a converted one (luqtrace.convert)")
    if layers is not None and not list(layers):
        raise ValueError(f"layers to record: none; wanted some of {', '.join(known)}")
    for name in layers if layers is not None else ():
        if name not in known:
            raise ValueError(f"layers to record: {name!r}; wanted some of {', '.join(known)}")
    if steps is None and every not in range(1, 1 << 24):
        raise ValueError(f"every: {every!r}; wanted at least 1")
    chosen = {layer: name for name, layer in known.items() if layers is None or name in layers}
    for layer, name in chosen.items():
        if layer in recorders:
            raise ValueError(f"layers to record: {name!r} is being recorded; wanted one recording at a time")
    provenance = _provenance(next(iter(chosen)))
    network = network or type(model).__name__
    writer = TraceWriter(path, **provenance, network=network, dataset=dataset, revision=revision)
    recorder = Recorder(writer, chosen, every, None if steps is None else frozenset(steps))
    try:
        for layer in chosen:
            recorders[layer] = recorder
        yield recorder
        recorder.close()
        if recorder.count:
            writer.commit()
        else:
            warnings.warn(f"{path}: not written, since no backward pass of a recorded layer ran in a wanted step")
    finally:
        recorder.close()
        for layer in chosen:
            del recorders[layer]
        writer.close()
