"""docs/numerics.md for one element at a time, in exact rational arithmetic: no floating point before the last step."""
import math
from fractions import Fraction


def rn32(x):
    """A rational rounded to binary32, nearest even, as a rational."""
    if x == 0:
        return Fraction(0)
    sign, x = (-1 if x < 0 else 1), abs(x)
    unit = Fraction(2) ** (max(floor_log2(x), -126) - 23)
    return sign * round(x / unit) * unit  # round() of a Fraction is to nearest even


def floor_log2(x):
    k = x.numerator.bit_length() - x.denominator.bit_length()
    return k if Fraction(2) ** k <= x else k - 1


def luq_scale(maximum, rounding, alpha, top):
    if maximum < Fraction(1, 2**120):
        return Fraction(0), Fraction(0)
    if rounding == "int4_sr":
        return rn32(maximum / 7), rn32(7 / maximum)
    if alpha == "max":
        return rn32(maximum / 2**top), rn32(2**top / maximum)
    ceiling = floor_log2(maximum)
    ceiling += Fraction(2) ** ceiling != maximum
    return Fraction(2) ** (ceiling - top), Fraction(2) ** (top - ceiling)


def luq_level(x, inverse, u, rounding, top, bits):
    """The level of one x for the random integer u of `bits` bits."""
    x = Fraction(x)
    r = rn32(abs(x) * inverse)
    if inverse == 0:
        level = 0
    elif rounding == "int4_sr":
        whole = math.floor(r)
        level = min(whole + up(r - whole, u, bits), 7)
    elif r < 1:
        level = int(rounding in ("luq", "rdnp+su") and up(r, u, bits))
    else:
        k = floor_log2(r)
        f = r / Fraction(2) ** k - 1
        carry = f + Fraction(2 * u + 1, 2 ** (bits + 1)) >= 1 if rounding in ("luq", "sr") else f >= Fraction(1, 2)
        level = min(k + carry, top) + 1
    return -level if x < 0 else level


def up(fraction, u, bits):
    return fraction * 2**bits >= 2**bits - (u + Fraction(1, 2))


def lane(seed, tensor, step, sample, element):
    block = element // 8
    c = [block % 2**32, block >> 32, tensor, 256 * step + sample]
    k = [seed % 2**32, seed >> 32]
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [q >> 32 ^ c[1] ^ k[0], q % 2**32, p >> 32 ^ c[3] ^ k[1], p % 2**32]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return c[element % 8 // 2] >> 16 * (element % 2) & 0xFFFF


def sawb(x, top, c1, c2):
    """(levels, scale) of a list of floats."""
    x = [Fraction(v) for v in x]
    largest = max(map(abs, x))
    if largest < Fraction(1, 2**120):
        return [0] * len(x), Fraction(0)
    unit = Fraction(2) ** (floor_log2(largest) - 17)
    big = [round(abs(v) / unit) for v in x]
    s1, s2, n = float(sum(big)), float(sum(v * v for v in big)), float(len(x))
    clip = (c1 * math.sqrt(s2 / n) - c2 * (s1 / n)) * float(unit)
    if clip <= 0 or clip > largest or clip / top < 2.0**-126:
        clip = float(largest)
    scale = rn32(Fraction(clip / top))
    inverse = rn32(1 / scale)
    low = 0 if top == 15 else -top
    return [max(low, min(top, round(rn32(v * inverse)))) for v in x], scale
