"""torch_export_test.py LUQSIM: models that PyTorch exports to ONNX have the GEMMs of their layers written by hand."""
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("skipped: no PyTorch for this Python; Debian's package is python3-torch")
    sys.exit(77)

program = os.path.abspath(sys.argv[1])


class ResidualNet(torch.nn.Module):
    """A ResNet's parts: a strided stem, a residual block with a projection, grouped and depthwise convolutions."""

    def __init__(self):
        super().__init__()
        conv = torch.nn.Conv2d
        self.stem = torch.nn.Sequential(conv(3, 16, 7, stride=2, padding=3, bias=False), torch.nn.BatchNorm2d(16),
                                        torch.nn.ReLU(), torch.nn.MaxPool2d(3, stride=2, padding=1))
        self.block = torch.nn.Sequential(conv(16, 32, 1), torch.nn.ReLU(),
                                         conv(32, 32, 3, stride=2, padding=1, groups=4), torch.nn.ReLU(),
                                         conv(32, 64, 1))
        self.downsample = conv(16, 64, 1, stride=2)
        self.depthwise = conv(64, 64, (3, 1), padding=(1, 0), groups=64)
        self.fc = torch.nn.Linear(64, 10)

    def forward(self, x):
        x = self.stem(x)
        x = torch.relu(self.block(x) + self.downsample(x))
        return self.fc(self.depthwise(x).mean((2, 3)))


# The depthwise kernel's zeros are at two sides only: the image has them.
RESIDUAL_NET = """
layers:
  - {name: stem, type: conv, h: 64, w: 64, c: 3, kernel: 7, filters: 16, stride: 2, padding: 3}
  - {name: conv1, type: conv, h: 16, w: 16, c: 16, kernel: 1, filters: 32}
  - {name: conv2, type: conv, h: 16, w: 16, c: 32, kernel: 3, filters: 32, stride: 2, padding: 1, groups: 4}
  - {name: conv3, type: conv, h: 8, w: 8, c: 32, kernel: 1, filters: 64}
  - {name: downsample, type: conv, h: 16, w: 16, c: 16, kernel: 1, filters: 64, stride: 2}
  - {name: depthwise, type: conv, h: 10, w: 8, c: 64, kernel: [3, 1], filters: 64, groups: 64}
  - {name: fc, type: gemm, m: 1, n: 10, k: 64}
"""

# torch multiplies by the three projections of an attention at once.
ENCODER_LAYER = """
layers:
  - {name: qkv, type: gemm, m: 16, n: 192, k: 64}
  - {name: scores, type: gemm, m: 16, n: 16, k: 16, per_sample: true, repeat: 4}
  - {name: context, type: gemm, m: 16, n: 16, k: 16, per_sample: true, repeat: 4}
  - {name: output, type: gemm, m: 16, n: 64, k: 64}
  - {name: up, type: gemm, m: 16, n: 128, k: 64}
  - {name: down, type: gemm, m: 16, n: 64, k: 128}
"""


def records(arguments):
    """All that a record says but names and random streams."""
    subprocess.run([program, "import", *arguments, "-o", "trace.safetensors"], check=True, stdout=subprocess.DEVNULL)
    with open("trace.safetensors", "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    found = json.loads(header["__metadata__"]["luqtrace.records"])
    for record in found:
        for key in ("id", "layer"):
            del record[key]
        for operand in (record["a"], record["b"]):
            operand.get("quantizer", {}).pop("tensor", None)
    return found


def same_records(name, model, shape, yaml, batch, **export):
    torch.onnx.export(model, torch.zeros(shape), name + ".onnx", input_names=["x"], opset_version=13, **export)
    with open(name + ".yaml", "w") as file:
        file.write(yaml)
    batch_option = ["--batch", str(batch)]
    ours = records([name + ".onnx", *(batch_option if export.get("dynamic_axes") else [])])
    theirs = records([name + ".yaml", *batch_option])
    print(f"{name}, batch {batch}: {len(ours)} records, by hand {len(theirs)}")
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            print("record", i, "\n ", a, "\n ", b)
            return False
    return len(ours) == len(theirs)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    any_batch = {"dynamic_axes": {"x": {0: "batch"}}}
    passed = [same_records("net", ResidualNet(), (1, 3, 64, 64), RESIDUAL_NET, batch, **any_batch) for batch in (1, 5)]
    # Sizes are fixed: ONNX 1.12 does not follow the arithmetic with which torch splits heads of an open batch.
    training = {"training": torch.onnx.TrainingMode.TRAINING, "do_constant_folding": True}
    layer = torch.nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
    passed += [same_records("encoder", layer, (batch, 16, 64), ENCODER_LAYER, batch, **training) for batch in (1, 3)]
sys.exit(0 if all(passed) else 1)
