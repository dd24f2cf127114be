"""Markdown tables."""
import math
import statistics


def table(header, rows, text_columns=(0,)):
    rule = ["---" if i in text_columns else "---:" for i in range(len(header))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *rows])


def mean_and_deviation(values, digits):
    """mean (sample standard deviation)"""
    if not values:
        return ""
    text = f"{statistics.fmean(values):.{digits}f}"
    return text if len(values) == 1 else f"{text} ({statistics.stdev(values):.{digits}f})"


def mean_and_error(values, digits):
    """mean ± standard error of the mean, for differences"""
    if len(values) < 2:
        return ""
    error = statistics.stdev(values) / math.sqrt(len(values))
    return f"{statistics.fmean(values):+.{digits}f} ± {error:.{digits}f}"
