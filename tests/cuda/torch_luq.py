"""Times the published LUQ formula in PyTorch on the GPU, as JSON: the user's alternative to the kernels.

usage: torch_luq.py [ELEMENTS]     (default 2^28; exit status 77 without PyTorch or a GPU)
"""
import json
import sys

try:
    import torch
except ImportError:
    torch = None


def published(x):
    """The operations of the authors' code (OpenReview yTbNYYcopd), with |x| and the 4-bit alpha."""
    alpha = x.abs().max() / 2**6
    kept = torch.where(x.abs() < alpha, alpha * torch.sign(x), x)
    kept = torch.where(x.abs() < alpha * torch.rand_like(x), 0.0, kept)
    r = kept.abs() / alpha
    low = 2 ** torch.floor(torch.log2(r))
    noise = low * (torch.rand_like(r) - 0.5)
    q = 2 ** torch.floor(torch.log2((r + noise) * 4 / 3))
    return torch.where(kept == 0, 0.0, torch.sign(kept) * torch.where(q < low, low, q) * alpha)


def main():
    if torch is None or not torch.cuda.is_available():
        print("no PyTorch with a GPU", file=sys.stderr)
        return 77
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1 << 28
    torch.manual_seed(1)
    x = torch.randn(n, device="cuda") * torch.exp(torch.randn(n, device="cuda"))
    report = {"torch": torch.__version__, "elements": n}
    for name, formula in (("eager", published), ("compiled", torch.compile(published))):
        try:
            times = []
            for repeat in range(8):
                begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
                begin.record()
                formula(x)
                end.record()
                torch.cuda.synchronize()
                times.append(begin.elapsed_time(end) * 1e-3)
            report[f"{name}_seconds"] = sorted(times[3:])[2]
        except Exception as error:  # torch.compile wants a compiler that a machine may lack
            report[f"{name}_error"] = str(error).splitlines()[0][:200]
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
