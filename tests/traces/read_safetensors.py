"""Reads a trace with the standard library and NumPy alone, from docs/trace-format.md, and prints what it holds as JSON.

Exit status 77: NumPy is missing.
"""
import json
import struct
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)

VALUES = {
    "int4": [c - 16 if c >= 8 else c for c in range(16)],
    "uint4": list(range(16)),
    "fp4_e3m0": [(-1 if c & 8 else 1) * (2 ** ((c & 7) - 1) if c & 7 else 0) for c in range(16)],
}

with open(sys.argv[1], "rb") as file:
    (length,) = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(length))
    data = file.read()
metadata = header.pop("__metadata__")
assert metadata["luqtrace.version"] == "1" and length % 64 == 56

tensors = {}
for name, t in header.items():
    begin, end = t["data_offsets"]
    tensors[name] = np.frombuffer(data[begin:end], {"U8": "<u1", "F32": "<f4"}[t["dtype"]]).reshape(t["shape"])


def values(operand, name):
    packed = tensors[name]
    nibbles = np.stack([packed & 15, packed >> 4], axis=-1).reshape(operand["rows"], -1)[:, : operand["cols"]]
    return np.array(VALUES[operand["format"]])[nibbles].ravel().tolist()


digest = []
for r in json.loads(metadata["luqtrace.records"]):
    entry = {"id": r["id"], "layer": r["layer"], "out": tensors[r["out"]].ravel().tolist() if "out" in r else []}
    for side in "ab":
        entry[side] = [values(r[side], name) for name in r[side].get("codes", [])]
        entry[side + "_scale"] = float(np.float32(r[side]["scale"])).hex()
    entry["seed"] = str(r["b"].get("quantizer", {}).get("seed", ""))
    digest.append(entry)
print(json.dumps({"records": digest, "provenance": json.loads(metadata["luqtrace.provenance"])}))
