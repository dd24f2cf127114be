"""Reads what the study needs of a trace (docs/trace-format.md), with the standard library alone."""
import array
import json
import sys

E3M0 = [0 if e == 0 else 1 << (e - 1) for e in range(8)]
VALUES = {
    "fp4_e3m0": E3M0 + [-v for v in E3M0],
    "int4": list(range(8)) + list(range(-8, 0)),
}


class Trace:
    def __init__(self, path):
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            self.tensors = json.loads(file.read(length))
            self.data = file.read()
        metadata = self.tensors.pop("__metadata__")
        self.records = json.loads(metadata["luqtrace.records"])
        self.provenance = json.loads(metadata["luqtrace.provenance"])

    def bytes_of(self, name):
        begin, end = self.tensors[name]["data_offsets"]
        return self.data[begin:end]

    def floats(self, name):
        raw = self.bytes_of(name)
        if self.tensors[name]["dtype"] == "BF16":
            raw = b"".join(b"\0\0" + raw[i : i + 2] for i in range(0, len(raw), 2))
        values = array.array("f", raw)
        if sys.byteorder == "big":
            values.byteswap()
        return values

    def code_values(self, name, value_format, columns):
        """Integer values of packed codes, row-major."""
        values, raw, width = VALUES[value_format], self.bytes_of(name), (columns + 1) // 2
        out = []
        for first in range(0, len(raw), width):
            row = [values[nibble] for byte in raw[first : first + width] for nibble in (byte & 15, byte >> 4)]
            out += row[:columns]
        return out

    def gradients(self):
        """(record, operand) of each gradient that has codes and a source, once."""
        seen = set()
        for record in sorted(self.records, key=lambda r: r["pass"] != "wgrad"):
            for operand in (record["a"], record["b"]):
                source = operand.get("source")
                if operand.get("quantizer", {}).get("kind") == "luq" and source and source not in seen:
                    seen.add(source)
                    yield record, operand
