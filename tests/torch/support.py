"""What the tests share: places, a reader of traces, the project's other Python implementation."""
import json
import os
import struct
import subprocess
import sys
import unittest

import torch

root = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
data = os.path.join(root, "traces/train/data")


def reference():
    """tests/train/reference.py, which wants NumPy."""
    sys.path.insert(0, os.path.join(root, "tests/train"))
    try:
        import reference

        return reference
    except SystemExit:
        raise unittest.SkipTest("no NumPy") from None


class TraceFile:
    """A trace as its bytes, by offsets: shares no code with luqtrace."""

    def __init__(self, path):
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            self.header = json.loads(file.read(length))
            self.begin = 8 + length
            self.bytes = file.read()
        metadata = self.header.pop("__metadata__")
        self.version = metadata["luqtrace.version"]
        self.provenance = json.loads(metadata["luqtrace.provenance"])
        self.records = json.loads(metadata["luqtrace.records"])

    def tensor(self, name):
        entry = self.header[name]
        dtype = {"F32": torch.float32, "BF16": torch.bfloat16, "U8": torch.uint8}[entry["dtype"]]
        begin, end = entry["data_offsets"]
        return torch.frombuffer(bytearray(self.bytes[begin:end]), dtype=dtype).reshape(entry["shape"])

    def offset(self, name):
        """Of the tensor's first byte in the file."""
        return self.begin + self.header[name]["data_offsets"][0]


def luqsim(*arguments):
    """Runs the luqsim program; its path comes from CMake."""
    program = os.environ.get("LUQSIM_PROGRAM")
    if not program:
        raise unittest.SkipTest("LUQSIM_PROGRAM not set: no luqsim program to replay the trace")
    return subprocess.run(
        [program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300
    )


def same_bits(a, b):
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return torch.equal(a.contiguous().view(torch.int32), b.contiguous().view(torch.int32))
