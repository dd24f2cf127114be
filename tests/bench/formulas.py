"""The quantizers' published formulas in PyTorch, timed: what a user has without luqsim."""
import time


def best_seconds(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def pytorch_seconds(x, repeats):
    """PyTorch's version and the processor seconds of each formula over the tensor x, one thread."""
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

    for luq in (luq_published, luq_lean):
        relative = (luq().sum() - x.sum()).abs() / x.abs().sum()
        assert relative < 1e-2, f"the formula is biased: {relative}"
    formulas = {"luq, published formula": luq_published, "luq, lean formula": luq_lean, "sawb, formula": sawb}
    return torch.__version__, {name: best_seconds(formula, repeats) for name, formula in formulas.items()}
