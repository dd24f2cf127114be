"""Writing traces (docs/trace-format.md): tensors stream to temporary files, the trace appears at once."""
import ctypes
import json
import os
import secrets
import shutil
import struct
import tempfile
import unicodedata

import torch

from .formats import pack
from .luq import LuqConfig, RandomStream
from .sawb import FITTED_CLIP

# Wide elements first: with the header padded, every tensor is aligned for readers that map the file.
_DTYPES = {"F32": (torch.float32, 4), "BF16": (torch.bfloat16, 2), "U8": (torch.uint8, 1)}
_ALIGNMENT = 64
_COPY_BYTES = 1 << 22
_MOST_HEADER_BYTES = 100_000_000  # the longest header that readers take
_PROVENANCE = ("backend", "device", "driver", "cuda", "kernels", "network", "dataset", "date", "revision", "seed")


def sawb_quantizer(format="int4", clip=None):
    """The `quantizer` of an operand that SAWB made; clip as for sawb_scale."""
    c1, c2 = FITTED_CLIP[format] if clip is None else clip
    return {"kind": "sawb", "c1": float(c1), "c2": float(c2)}


def luq_quantizer(config=LuqConfig(), stream=RandomStream(), estimate=None):
    """The `quantizer` of an operand that LUQ made."""
    quantizer = {"kind": "luq", **vars(config), **vars(stream)}
    return quantizer if estimate is None else {**quantizer, "estimate": float(estimate)}


def transposed(operand):
    """The same stored tensors, read as the transpose."""
    return {**operand, "view": "im2col_transposed" if "im2col" in operand else "transposed"}


def first_sample(operand):
    return {**operand, "codes": operand["codes"][:1]}


def _viewed_shape(operand):
    rows, cols = operand["rows"], operand["cols"]
    if "im2col" in operand:
        g = operand["im2col"]
        rows, cols = g["n"], g["kernel_h"] * g["kernel_w"] * g["c"]
        for size, kernel in (("h", "kernel_h"), ("w", "kernel_w")):
            rows *= (g[size] + 2 * g["padding"] - g[kernel]) // g["stride"] + 1
    return (cols, rows) if operand["view"].endswith("transposed") else (rows, cols)


def _check_text(what, text):
    """Readers show names as they stand, and refuse control characters."""
    if not isinstance(text, str):
        raise ValueError(f"{what} {text!r}; wanted a text")
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise ValueError(f"{what} {text!r}; wanted no control characters")


def _sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError:  # some network file systems have none for folders
        pass
    finally:
        os.close(descriptor)


class TraceWriter:
    """`with TraceWriter(path, seed=1) as trace:` writes `path` at the end of the block, nothing if it raises."""

    def __init__(self, path, *, seed, backend="torch", **provenance):
        provenance = {"backend": backend, "seed": seed, **provenance}
        for key in provenance:
            if key not in _PROVENANCE:
                raise ValueError(f"provenance {key}: unknown; wanted one of {', '.join(_PROVENANCE)}")
            if key != "seed" and provenance[key] is not None:
                _check_text(f"provenance {key}", provenance[key])
        self.path = os.path.abspath(path)
        self._provenance = {key: value for key, value in provenance.items() if value is not None}
        self._streams = {dtype: tempfile.TemporaryFile(dir=os.path.dirname(self.path)) for dtype in _DTYPES}
        self._tensors = {}  # name: dtype, shape, begin and end in the dtype's stream
        self._records = []
        self._ids = set()
        self._header_bytes = 1024  # braces, padding and the keys of the metadata
        self._count_header_bytes(json.dumps(json.dumps(self._provenance, allow_nan=False)))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.commit()
        else:
            self.close()

    def tensor(self, name, values):
        """Writes a uint8, bfloat16 or float32 tensor; returns its name."""
        _check_text("tensor", name)
        dtype = next((d for d, (kind, _) in _DTYPES.items() if kind == values.dtype), None)
        if dtype is None:
            raise ValueError(f"tensor {name!r}: {values.dtype}; wanted float32, bfloat16 or uint8")
        if name in self._tensors or name in ("", "__metadata__"):
            raise ValueError(f"tensor {name!r}: name not free; wanted a new one")
        self._count_header_bytes(json.dumps({name: {"dtype": dtype, "shape": list(values.shape)}}), 64)
        values = values.detach().contiguous().cpu()
        stream = self._streams[dtype]
        begin = stream.tell()
        size = values.numel() * values.element_size()
        stream.write((ctypes.c_char * size).from_address(values.data_ptr()) if size else b"")  # needs no NumPy
        self._tensors[name] = dtype, list(values.shape), begin, stream.tell()
        return name

    def operand(self, name, levels, scale, format, quantizer=None, source=None, im2col=None, cols=None):
        """An operand for `gemm`. `levels`: a matrix of levels, or a list of several samples of one; uint8 are packed
        codes, of `cols` columns or those of `source`. `im2col`: the geometry, where the matrix is an image [n h w, c].
        """
        samples = levels if isinstance(levels, (list, tuple)) else [levels]
        rows = samples[0].shape[0]
        if cols is None:
            if source is None and samples[0].dtype == torch.uint8:
                raise ValueError(f"operand {name!r}: packed codes with neither cols nor source; wanted one of them")
            cols = samples[0].shape[1] if source is None else source.shape[1]
        packed_cols = (cols + 1) // 2
        shapes = [("levels", s, [rows, packed_cols if s.dtype == torch.uint8 else cols]) for s in samples]
        shapes += [("source", source, [rows, cols])] if source is not None else []
        for what, tensor, wanted in shapes:
            if list(tensor.shape) != wanted:
                raise ValueError(f"operand {name!r}: {what} {list(tensor.shape)}; wanted {wanted}")
        if im2col and im2col["padding"] >= min(im2col["kernel_h"], im2col["kernel_w"]):
            raise ValueError(f"operand {name!r}: padding {im2col['padding']}; wanted less than the kernel's shorter side")
        operand = {"format": format, "rows": rows, "cols": cols, "view": "im2col" if im2col else "direct"}
        if im2col:
            operand["im2col"] = dict(im2col)
        operand["scale"] = float(scale)
        if quantizer is not None:
            operand["quantizer"] = dict(quantizer)
        operand["codes"] = [
            self.tensor(f"{name}.codes{s}", sample if sample.dtype == torch.uint8 else pack(sample, format))
            for s, sample in enumerate(samples)
        ]
        if source is not None:
            source = source if source.dtype == torch.bfloat16 else source.to(torch.float32)
            operand["source"] = self.tensor(f"{name}.source", source)
        return operand

    def gemm(self, id, a, b, out=None, *, layer, step=0, kind="fprop", kernel=None):
        """A record. `kind`: fprop, dgrad or wgrad; `out`: float32, before any bias."""
        (m, k), (k_of_b, n) = _viewed_shape(a), _viewed_shape(b)
        if k != k_of_b:
            raise ValueError(f"record {id!r}: operands of {m} x {k} and {k_of_b} x {n}; wanted equal inner sizes")
        for what, text in (("record", id), ("layer", layer), ("kernel", "" if kernel is None else kernel)):
            _check_text(what, text)
        if id in self._ids or not id:
            raise ValueError(f"record {id!r}: id not free; wanted a new one")
        if out is not None and list(out.shape) != [m, n]:
            raise ValueError(f"record {id!r}: out {list(out.shape)}; wanted {[m, n]}")
        record = {"id": id, "step": step, "layer": layer, "pass": kind, "m": m, "n": n, "k": k, "a": a, "b": b}
        if out is not None:
            record["out"] = self.tensor(f"{id}.out", out)
        if kernel:
            record["kernel"] = kernel
        self._count_header_bytes(json.dumps(json.dumps(record, allow_nan=False)))
        self._ids.add(id)
        self._records.append(record)

    def _count_header_bytes(self, text, more=0):
        """A header that no reader takes is found here, not when a long run commits it."""
        length = self._header_bytes + len(text) + more
        if length > _MOST_HEADER_BYTES:
            raise ValueError(f"{self.path}: header length {length}; wanted at most {_MOST_HEADER_BYTES}")
        self._header_bytes = length

    def _header(self):
        base, at = {}, 0
        for dtype, stream in self._streams.items():
            base[dtype] = at
            at += stream.tell()
        metadata = {
            "luqtrace.version": "1",
            "luqtrace.provenance": json.dumps(self._provenance, allow_nan=False),
            "luqtrace.records": json.dumps(self._records, allow_nan=False),
        }
        header = {"__metadata__": metadata}
        for name, (dtype, shape, begin, end) in self._tensors.items():
            offsets = [base[dtype] + begin, base[dtype] + end]
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        text = json.dumps(header).encode()
        text += b" " * (-(8 + len(text)) % _ALIGNMENT)
        return struct.pack("<Q", len(text)) + text

    def commit(self):
        """Makes the trace appear under its name, replacing an older one."""
        folder = os.path.dirname(self.path)
        temporary = f"{self.path}.{secrets.token_hex(4)}.tmp"
        try:
            with open(temporary, "xb") as out:
                out.write(self._header())
                for stream in self._streams.values():
                    stream.seek(0)
                    shutil.copyfileobj(stream, out, _COPY_BYTES)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, self.path)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
        finally:
            self.close()
        _sync_folder(folder)

    def close(self):
        """Without `commit` before, nothing remains."""
        for stream in self._streams.values():
            stream.close()
