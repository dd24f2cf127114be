"""Philox4x32-10 random numbers, addressed by element (docs/numerics.md, "Random numbers")."""
import torch

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_LOW32 = 0xFFFFFFFF
LANES_PER_BLOCK = 8


def _multiply(constant, word):
    """High and low 32 bits of a product of 32-bit words. int64 cannot hold it: the halves of `word` go one by one."""
    low = constant * (word & 0xFFFF)
    rest = constant * (word >> 16) + (low >> 16)
    return rest >> 16, (rest & 0xFFFF) << 16 | (low & 0xFFFF)


def philox4x32_10(counter, key):
    """Four int64 tensors of 32-bit words from four such words of the counter and two integers of the key."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        high0, low0 = _multiply(_MULTIPLIERS[0], c0)
        high1, low1 = _multiply(_MULTIPLIERS[1], c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + _KEY_STEPS[0]) & _LOW32, (k1 + _KEY_STEPS[1]) & _LOW32
    return c0, c1, c2, c3


def _check(name, value, limit):
    if not 0 <= value < limit:
        raise ValueError(f"random stream {name}: {value}; wanted 0 to {limit - 1}")


def random_lanes(count, seed, tensor=0, step=0, sample=0, device="cpu", first=0):
    """The 16-bit random numbers of elements first .. first + count - 1, as int64. first: a multiple of 8."""
    for name, value, bits in (("seed", seed, 64), ("tensor", tensor, 32), ("step", step, 24), ("sample", sample, 8)):
        _check(name, value, 1 << bits)
    if first % LANES_PER_BLOCK:
        raise ValueError(f"random stream first: {first}; wanted a multiple of {LANES_PER_BLOCK}")
    block = torch.arange(first // LANES_PER_BLOCK, -(-(first + count) // LANES_PER_BLOCK), device=device)
    counter = (block & _LOW32, block >> 32, torch.full_like(block, tensor), torch.full_like(block, step * 256 + sample))
    words = philox4x32_10(counter, (seed & _LOW32, seed >> 32))
    lanes = torch.stack([half for word in words for half in (word & 0xFFFF, word >> 16)], dim=1)
    return lanes.reshape(-1)[:count]
