#!/usr/bin/env python3
"""What the gradients of recorded traces look like, and whether their codes have the mean and variance of the theory.

usage: gradients.py TRACE...
"""
import argparse
import math
import statistics
import sys

from tables import table
from trace_file import Trace

HEADER = ["trace", "step", "layer", "elements", "zeros", "log2 mean", "log2 deviation", "distance from lognormal",
          "below alpha", "bias, in range", "bias, below", "variance, in range", "variance, below"]


def lognormal(magnitudes):
    """Mean and deviation of log2, and the Kolmogorov-Smirnov distance from that normal distribution."""
    logs = sorted(math.log2(m) for m in magnitudes)
    mean, deviation = statistics.fmean(logs), statistics.pstdev(logs)
    if deviation == 0:
        return mean, deviation, 1.0
    normal = statistics.NormalDist(mean, deviation)
    n = len(logs)
    distance = max(max((i + 1) / n - p, p - i / n) for i, p in enumerate(map(normal.cdf, logs)))
    return mean, deviation, distance


def variance_of_luq(r):
    """Of the quantized magnitude, in units of alpha squared, where |x| = r alpha."""
    if r < 1:
        return r * (1 - r)
    low = 2.0 ** min(math.floor(math.log2(r)), 5)
    return (r - low) * (2 * low - r)


class Errors:
    """Of codes against their sources, in units of alpha."""

    def __init__(self):
        self.sum = self.squares = self.variance = 0.0

    def add(self, r, magnitude):
        self.sum += magnitude - r
        self.squares += (magnitude - r) ** 2
        self.variance += variance_of_luq(r)

    def bias(self):
        """Sum of the errors over the deviation that theory gives it: within 2 or so if there is no bias."""
        return self.sum / math.sqrt(self.variance) if self.variance > 0 else None

    def ratio(self):
        """Squared errors over what theory expects."""
        return self.squares / self.variance if self.variance > 0 else None


def code_errors(trace, operand, source):
    """Errors in range and below it. Beyond a hindsight maximum codes clip; those are left out."""
    alpha, columns = operand["scale"], operand["cols"]
    in_range, below = Errors(), Errors()
    for name in operand["codes"]:
        for x, code in zip(source, trace.code_values(name, operand["format"], columns)):
            r = abs(x) / alpha
            if 0 < r <= 64:
                (in_range if r >= 1 else below).add(r, abs(code))
    return in_range, below


def describe(trace, record, operand):
    """A gradient's statistics by name; None where they do not apply."""
    source = trace.floats(operand["source"])
    alpha = operand["scale"]
    magnitudes = [abs(x) for x in source if x != 0]
    result = {"step": record["step"], "layer": record["layer"], "elements": len(source),
              "zeros": 1 - len(magnitudes) / len(source)}
    if not magnitudes or alpha == 0:
        return result
    mean, deviation, distance = lognormal(magnitudes)
    result |= {"log2 mean": mean, "log2 deviation": deviation, "distance from lognormal": distance}
    quantizer = operand["quantizer"]
    if quantizer["rounding"] == "int4_sr":
        return result
    result["below alpha"] = sum(m < alpha for m in magnitudes) / len(magnitudes)
    if quantizer["rounding"] == "luq":
        in_range, below = code_errors(trace, operand, source)
        result |= {"bias, in range": in_range.bias(), "bias, below": below.bias(),
                   "variance, in range": in_range.ratio(), "variance, below": below.ratio()}
    return result


def cell(name, value):
    if value is None:
        return ""
    if name in ("zeros", "below alpha"):
        return f"{100 * value:.1f}%"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def gradient_rows(paths):
    rows = []
    for path in paths:
        trace = Trace(path)
        name = str(path).rsplit("/", 1)[-1].removesuffix(".safetensors")
        found = [describe(trace, record, operand) for record, operand in trace.gradients()]
        for result in sorted(found, key=lambda r: (r["step"], r["layer"])):
            rows.append([name] + [cell(column, result.get(column)) for column in HEADER[1:]])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("traces", nargs="+", metavar="TRACE")
    rows = gradient_rows(parser.parse_args().traces)
    sys.stdout.write(table(HEADER, rows, text_columns=(0, 2)) + "\n")


if __name__ == "__main__":
    main()
