"""bench.py NUMERICS_BENCH SIM_BENCH OUT.json [--quick]: runs the benchmarks, each against its limit and a user's alternative.

One thread each, the same tensor, in one run, by processor time, so that other programs disturb less. OUT.json takes Google
Benchmark's results, the machine, the revision and the ratios. --quick tries the script: its times mean nothing. Exit status
77: skipped, with the reason.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import formulas

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
# What is compared with what: its time over the other's.
LIMITS = [("luq", "memory_copy", "a copy of the tensor"), ("sawb", "memory_copy", "a copy of the tensor"),
          ("exact_gemm/1024", "onednn_gemm/1024", "oneDNN's own call"), ("exact_gemm/2048", "onednn_gemm/2048", "oneDNN's own call"),
          ("functional/n:1024/array:128/dataflow:0", "plain_gemm/1024", "the product by one call"),
          ("functional/n:2048/array:128/dataflow:0", "plain_gemm/2048", "the product by one call")]


def revision():
    """Of the sources; "unknown" where they are not under version control, or there is no git."""
    try:
        return subprocess.run(["git", "describe", "--always", "--dirty"], check=True, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL, cwd=pathlib.Path(__file__).parent).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {"cpu": cpu.group(1) if cpu else os.uname().machine, "cores": os.cpu_count(), "load": os.getloadavg(),
            "kernel": os.uname().release}


def run(program, minimum, tensor_file):
    environment = dict(os.environ, LUQSIM_BENCH_TENSOR=tensor_file, OMP_NUM_THREADS="1")
    command = [program, "--benchmark_format=json", f"--benchmark_min_time={minimum}"]
    benchmarks = json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)["benchmarks"]
    for b in benchmarks:
        if b.get("error_occurred"):
            raise SystemExit(f"{b['name']}: {b['error_message']}")
    return benchmarks


def rate(benchmark):
    for counter, unit in (("items_per_second", "items"), ("MACs", "MACs"), ("bytes_per_second", "bytes")):
        if counter in benchmark:
            return f"{benchmark[counter] * 1e-9:10.4f} G {unit}/s"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs=2)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    report = {"revision": revision(), "machine": machine(), "benchmarks": []}
    rng = np.random.default_rng(1)
    x = (rng.standard_normal(1 << 22) * np.exp(rng.standard_normal(1 << 22))).astype(np.float32)
    with tempfile.NamedTemporaryFile() as file:
        x.tofile(file.name)
        for program in options.programs:
            report["benchmarks"] += run(program, 0.001 if options.quick else 0.5, file.name)
    seconds = {b["name"]: b["cpu_time"] * UNITS[b["time_unit"]] for b in report["benchmarks"]}
    for b in report["benchmarks"]:
        print(f"{b['name']:40}{seconds[b['name']] * 1e3:12.4f} ms {rate(b)}")

    ratios = [{"what": what, "limit": words, "ratio": seconds[what] / seconds[limit]} for what, limit, words in LIMITS]
    for r in ratios:
        print(f"{r['what']:40}{r['ratio']:12.3f}x the time of {r['limit']}")
    try:
        version, theirs = formulas.pytorch_seconds(x, 1 if options.quick else 7)
        for name, time in theirs.items():
            ratios.append({"what": name.split(",")[0], "alternative": f"PyTorch {version}: {name}",
                           "ratio": time / seconds[name.split(",")[0]]})
            print(f"{ratios[-1]['what']:40}{ratios[-1]['ratio']:12.1f}x as fast as {ratios[-1]['alternative']}")
    except ImportError as error:
        print(f"PyTorch not compared: {error}")
    options.out.write_text(json.dumps(report | {"ratios": ratios}, indent=1) + "\n")
    print(f"{report['revision']} on {report['machine']['cpu']}: {options.out}")


if __name__ == "__main__":
    main()
