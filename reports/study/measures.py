"""What runs come to: final values, differences between variants over the same seeds, means of probes."""
import math
import statistics

import plan

# Two-sided 1% points of Student's t by degrees of freedom; between them the next smaller entry serves.
T_ONE_PERCENT = {1: 63.66, 2: 9.92, 3: 5.84, 4: 4.60, 5: 4.03, 7: 3.50, 9: 3.25, 14: 2.98, 29: 2.76}


def metric(task, epoch):
    return epoch["bits" if task.text else "held_out"]


def final_values(results, task, variant, seeds):
    """By seed; None where training diverged."""
    runs = [results[plan.options_of(task, variant, seed)] for seed in range(1, seeds + 1)]
    return [metric(task, run["epochs"][-1]) if "epochs" in run else None for run in runs]


def paired_differences(values, base):
    return [a - b for a, b in zip(values, base) if a is not None and b is not None]


def is_significant(differences):
    """Whether a paired t-test at 1% tells the mean from 0."""
    if len(differences) < 2:
        return False
    error = statistics.stdev(differences) / math.sqrt(len(differences))
    freedom = max(f for f in T_ONE_PERCENT if f <= len(differences) - 1)
    return abs(statistics.fmean(differences)) > T_ONE_PERCENT[freedom] * error


def same_weights(results, task, variant, base, seeds):
    """How many seeds end with the weights of the other variant, bit for bit."""
    pairs = [(results[plan.options_of(task, v, seed)].get("crc") for v in (variant, base))
             for seed in range(1, seeds + 1)]
    return sum(a is not None and a == b for a, b in pairs)


def probe_rows(results, task, variant, gradient, reference):
    run = results[plan.options_of(task, variant, 1)]
    return [row for row in run.get("probe", []) if row["gradient"] == gradient and row["reference"] == reference]


def probe_mean(rows, name):
    """Over layers and steps; a gradient that is all zeros has no cosine."""
    values = [row[name] for row in rows if math.isfinite(row[name])]
    return statistics.fmean(values) if values else math.nan
