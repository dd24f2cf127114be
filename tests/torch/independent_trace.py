"""Writes a trace of one layer's fprop, dgrad and wgrad with NumPy alone, from the pages numerics and trace-format.

usage: independent_trace.py OUT.safetensors [SEED]       (exit status 77: no NumPy)
It shares nothing with the project: what reads its file and agrees has read the two pages alike.
"""
import json
import struct
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)

F, E, B = np.float32, 6, 16
ROWS, INPUTS, OUTPUTS, SAMPLES, STEP, TENSOR = 37, 51, 22, 2, 1234, 5
C1, C2 = 12.035, 12.03


def lane(seed, sample, element):
    """One element's 16 bits, by Python's unbounded integers."""
    block = element // 8
    c = [block % 2**32, block >> 32, TENSOR, 256 * STEP + sample]
    key = [seed % 2**32, seed >> 32]
    for _ in range(10):
        left, right = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [right >> 32 ^ c[1] ^ key[0], right % 2**32, left >> 32 ^ c[3] ^ key[1], left % 2**32]
        key = [(key[0] + 0x9E3779B9) % 2**32, (key[1] + 0xBB67AE85) % 2**32]
    return c[element % 8 // 2] >> 16 * (element % 2) & 0xFFFF


def luq(x, seed, sample):
    largest = np.abs(x).max()
    r = np.abs(x) * (F(2**E) / largest)
    u = np.array([lane(seed, sample, i) for i in range(x.size)], np.int64).reshape(x.shape)
    e = np.minimum((r.view(np.int32) + ((2 * u + 1) << (22 - B)) >> 23) - 127, E) + 1
    e = np.where(r >= 1, e, r.astype(np.float64) * 2**B >= 2**B - (u + 0.5))
    return e * np.where(x < 0, -1, 1), largest * F(2.0**-E)


def sawb(x):
    largest = float(np.abs(x).max())
    exponent = int(np.floor(np.log2(largest)))
    big = [round(abs(float(v)) * 2.0 ** (17 - exponent)) for v in x.reshape(-1)]  # round() is to nearest even
    s1, s2 = sum(big), sum(v * v for v in big)
    clip = (C1 * np.sqrt(s2 / x.size) - C2 * (s1 / x.size)) * 2.0 ** (exponent - 17)
    scale = F((largest if clip <= 0 or clip > largest else clip) / 7)
    return np.clip(np.rint(x * (F(1) / scale)), -7, 7).astype(np.int64), scale


def fp4_values(levels):
    return np.sign(levels) * 2 ** np.maximum(np.abs(levels) - 1, 0)


def packed(codes):
    codes = np.pad(codes & 15, ((0, 0), (0, codes.shape[1] % 2))).astype(np.uint8)
    return codes[:, 0::2] | codes[:, 1::2] << 4


def main(path, seed):
    rng = np.random.default_rng(seed % 1000)
    x = rng.standard_normal((ROWS, INPUTS)).astype(F)
    w = (rng.standard_normal((INPUTS, OUTPUTS)) * 0.1).astype(F)
    d = (rng.standard_normal((ROWS, OUTPUTS)) * np.exp(2 * rng.standard_normal((ROWS, OUTPUTS))) * 1e-3).astype(F)
    a, scale_a = sawb(x)
    b, scale_b = sawb(w)
    gradients = [luq(d, seed, s) for s in range(SAMPLES)]
    alpha, values = gradients[0][1], [fp4_values(levels) for levels, _ in gradients]

    tensors = {"x": x, "w": w, "d": d, "x4": packed(a), "w4": packed(b)}
    for s, (levels, _) in enumerate(gradients):
        tensors[f"d4.{s}"] = packed(np.abs(levels) | np.where(levels < 0, 8, 0))
    tensors["z"] = (a @ b).astype(F) * (scale_a * scale_b)
    tensors["g"] = (values[0] @ b.T).astype(F) * (alpha * scale_b)
    tensors["dw"] = sum(a.T @ v for v in values).astype(F) * (scale_a * alpha / F(SAMPLES))

    def operand(source, format, scale, codes, quantizer, view="direct"):
        rows, cols = tensors[source].shape
        return {"format": format, "rows": rows, "cols": cols, "view": view, "scale": float(scale),
                "quantizer": quantizer, "codes": codes, "source": source}

    by_sawb = {"kind": "sawb", "c1": C1, "c2": C2}
    by_luq = {"kind": "luq", "rounding": "luq", "alpha": "max", "top_exponent": E, "random_bits": B, "reuse": 1,
              "seed": seed, "tensor": TENSOR, "step": STEP, "sample": 0}
    x4, w4 = ("x", "int4", scale_a, ["x4"], by_sawb), ("w", "int4", scale_b, ["w4"], by_sawb)
    d4 = [f"d4.{s}" for s in range(SAMPLES)]
    shapes = {"fprop": (ROWS, OUTPUTS, INPUTS), "dgrad": (ROWS, INPUTS, OUTPUTS), "wgrad": (INPUTS, OUTPUTS, ROWS)}
    gemms = [
        ("fprop", operand(*x4), operand(*w4), "z"),
        ("dgrad", operand("d", "fp4_e3m0", alpha, d4[:1], by_luq), operand(*w4, "transposed"), "g"),
        ("wgrad", operand(*x4, "transposed"), operand("d", "fp4_e3m0", alpha, d4, by_luq), "dw"),
    ]
    records = [{"id": f"layer.{kind}", "step": STEP, "layer": "layer", "pass": kind, **dict(zip("mnk", shapes[kind])),
                "a": left, "b": right, "out": out} for kind, left, right, out in gemms]

    header, data = {}, b""
    for name, tensor in tensors.items():
        begin, data = len(data), data + tensor.tobytes()
        dtype = "U8" if tensor.dtype == np.uint8 else "F32"
        header[name] = {"dtype": dtype, "shape": tensor.shape, "data_offsets": [begin, len(data)]}
    header["__metadata__"] = {
        "luqtrace.version": "1",
        "luqtrace.records": json.dumps(records),
        "luqtrace.provenance": json.dumps({"backend": "torch", "device": "CPU", "seed": seed}),
    }
    text = json.dumps(header).encode()
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0xFEDCBA9876543210)
