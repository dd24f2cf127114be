"""Times luqsim's quantizers against the published formulas in PyTorch, and its GEMM against oneDNN's own call.

usage: compare.py NUMERICS_BENCH        (one thread each, the same tensor, one run; processor time, so that other programs disturb less)
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np


def luqsim_times(program, tensor_file):
    environment = dict(os.environ, LUQSIM_BENCH_TENSOR=tensor_file, OMP_NUM_THREADS="1")
    command = [program, "--benchmark_format=json", "--benchmark_min_time=0.5"]
    report = json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    return {b["name"]: b["cpu_time"] * 1e-9 for b in report["benchmarks"]}


def best_time(function, repeats=7):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def torch_times(x):
    import torch

    torch.set_num_threads(1)
    x = torch.from_numpy(x)

    def luq_published():  # the operations of the authors' code (OpenReview yTbNYYcopd), with |x| and the 4-bit alpha
        alpha = x.abs().max() / 2**6
        kept = torch.where(x.abs() < alpha, alpha * torch.sign(x), x)
        kept = torch.where(x.abs() < alpha * torch.rand_like(x), torch.zeros(()), kept)
        r = kept.abs() / alpha
        low = 2 ** torch.floor(torch.log2(r))
        noise = low * (torch.rand_like(r) - 0.5)
        q = 2 ** torch.floor(torch.log2((r + noise) * 4 / 3))
        return torch.where(kept == 0, torch.zeros(()), torch.sign(kept) * torch.where(q < low, low, q) * alpha)

    def luq_lean():  # the same function in as few operations as we found: no logarithm after the rounding
        alpha = x.abs().max() / 2**6
        r = x.abs() / alpha
        r = torch.where(r < 1, (torch.rand_like(r) < r).to(r.dtype), r)
        low = 2 ** torch.floor(torch.log2(r.clamp(min=1)))
        q = torch.where(torch.rand_like(r) < r / low - 1, 2 * low, low).clamp(max=2**6)
        return torch.where(r == 0, torch.zeros_like(q), q) * torch.sign(x) * alpha

    def sawb():  # clip = c1 rms - c2 mean|x|, 15 levels
        clip = 12.035 * (x**2).mean().sqrt() - 12.03 * x.abs().mean()
        scale = clip / 7
        return torch.clamp(torch.round(x / scale), -7, 7) * scale

    formulas = {"luq, published": luq_published, "luq, lean": luq_lean, "sawb": sawb}
    for luq in (luq_published, luq_lean):
        relative = (luq().sum() - x.sum()).abs() / x.abs().sum()
        assert relative < 1e-2, f"the formula is biased: {relative}"
    return {name: best_time(formula) for name, formula in formulas.items()}, torch.__version__


def main():
    program = sys.argv[1]
    rng = np.random.default_rng(1)
    x = (rng.standard_normal(1 << 22) * np.exp(rng.standard_normal(1 << 22))).astype(np.float32)
    with tempfile.NamedTemporaryFile() as file:
        x.tofile(file.name)
        ours = luqsim_times(program, file.name)
    for name in ("luq", "sawb"):
        print(f"{name:14} luqsim {x.size / ours[name] * 1e-9:6.2f} G elements/s")
    try:
        theirs, version = torch_times(x)
        for name, seconds in theirs.items():
            ratio = seconds / ours[name.split(",")[0]]
            print(f"{name:14} in PyTorch {version} {x.size / seconds * 1e-9:7.4f} G elements/s: luqsim is {ratio:.1f}x")
    except ImportError as error:
        print(f"PyTorch not compared: {error}")
    for n in (1024, 2048):
        ratio = ours[f"exact_gemm/{n}"] / ours[f"onednn_gemm/{n}"]
        print(f"GEMM {n}^3: {n**3 / ours[f'exact_gemm/{n}'] * 1e-9:.0f} GMAC/s from packed codes, {ratio:.3f}x the time of oneDNN's own call")


if __name__ == "__main__":
    main()
