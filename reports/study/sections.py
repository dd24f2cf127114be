"""The study's tables, each with the command that makes it and a sentence of what it shows."""
import statistics
from dataclasses import dataclass, replace

import plan
from gradients import HEADER, gradient_rows
from measures import final_values, is_significant, paired_differences, probe_mean, probe_rows, same_weights
from runs import key_of
from tables import mean_and_deviation, mean_and_error


@dataclass
class Section:
    title: str
    sentence: str
    header: list
    rows: list
    commands: list
    text_columns: tuple = (0,)


def command(task, options, seeds):
    return f"luqtrain {key_of({**task.options, **options})} --seeds {seeds} --quiet"


def commands_for(task, option, values):
    """A loop of the shell: LUQ with each value of an option."""
    words = " ".join(str(v) for v in values)
    return f"for x in {words}; do {command(task, {'scheme': 'luq', option: '$x'}, task.seeds)}; done"


def digits(task):
    return 3 if task.text else 2


def value_cell(task, values):
    good = [v for v in values if v is not None]
    lost = len(values) - len(good)
    text = mean_and_deviation(good, digits(task))
    return text if lost == 0 else f"{text} {lost} of {len(values)} diverged".strip()


def names(labels):
    return ", ".join(labels) if labels else "none"


def seeds_text(task):
    return "1 seed" if task.seeds == 1 else f"{task.seeds} seeds"


def task_header(tasks):
    return [f"{task.name}, {task.unit} ({seeds_text(task)})" for task in tasks]


def variant_table(results, tasks, variants):
    """Final values, a row a variant, a column a task. variants(task) differ in options only."""
    labels = [v.label for v in variants(tasks[0])]
    rows = [[label] for label in labels]
    for task in tasks:
        for row, variant in zip(rows, variants(task)):
            row.append(value_cell(task, final_values(results, task, variant, task.seeds)))
    return rows


def difference_table(results, tasks, variants, base):
    """Differences from the variant labelled `base`, seed by seed; and which of them are significant."""
    rows = [[v.label] for v in variants(tasks[0]) if v.label != base]
    significant = {task.name: [] for task in tasks}
    for task in tasks:
        by_label = {v.label: v for v in variants(task)}
        base_values = final_values(results, task, by_label[base], task.seeds)
        for row in rows:
            values = final_values(results, task, by_label[row[0]], task.seeds)
            differences = paired_differences(values, base_values)
            star = " *" if is_significant(differences) else ""
            if star:
                significant[task.name].append(row[0])
            row.append(mean_and_error(differences, digits(task)) + star)
    return rows, "; ".join(f"{name}: {names(labels)}" for name, labels in significant.items())


def plain_schemes(_task):
    return [plan.Variant(s, {"scheme": s}) for s in plan.SCHEMES]


def schemes(results, tasks):
    commands = [command(t, {"scheme": ",".join(plan.SCHEMES)}, t.seeds) for t in tasks]
    worst = []
    for task in tasks:
        full, forward, luq = (final_values(results, task, plan.Variant(s, {"scheme": s}), task.seeds)
                              for s in ("fp32", "fp32_grad", "luq"))
        steps = [paired_differences(forward, full), paired_differences(luq, forward)]
        if all(steps):
            means = [f"{statistics.fmean(step):+.{digits(task)}f}" for step in steps]
            worst.append(f"{task.name}: {means[0]} and {means[1]}")
    sentence = ("Held-out results after the last epoch, mean (sample standard deviation); fp32_grad has the 4-bit forward "
                "pass and gradients that are not quantized. What the forward pass in 4 bits changes, and what quantizing "
                "the gradients with LUQ adds to that: " + "; ".join(worst) + ".")
    return Section("Schemes", sentence, ["scheme", *task_header(tasks)],
                   variant_table(results, tasks, plain_schemes), commands)


def quantized_gradients(results, tasks):
    def variants(task):
        return [v for v in plain_schemes(task) if v.label != "fp32"]

    rows, significant = difference_table(results, tasks, variants, "fp32_grad")
    sentence = ("The price of quantized gradients: differences from fp32_grad over the same seeds, mean ± standard error; "
                f"a star marks what a paired t-test at 1% tells from 0. They are: {significant}.")
    commands = [command(t, {"scheme": ",".join(plan.SCHEMES[1:])}, t.seeds) for t in tasks]
    return Section("Gradient schemes against gradients in fp32", sentence,
                   ["scheme", *task_header(tasks)], rows, commands)


def fine_tuning(results, tasks):
    def variants(task):
        return [v for v in plan.scheme_variants(task) if v.label.startswith("luq") and v.label != "luq+smp2"]

    rows, significant = difference_table(results, tasks, variants, "luq")
    for row, values in zip(rows, variant_table(results, tasks, variants)[1:]):
        row[1:] = [f"{value}; {difference}" for value, difference in zip(values[1:], row[1:])]
    sentence = ("N further epochs with gradients in fp32 and a rate that rises and falls, to that of the training or, low, "
                "a tenth of it, the forward pass in 4 bits; the last row trains as long with LUQ alone. Mean (deviation); difference from luq over the same seeds ± "
                f"standard error, a star as above: {significant}.")
    commands = [commands_for(t, "fnt-epochs", plan.FNT_EPOCHS) for t in tasks]
    commands += [commands_for(replace(t, options={**t.options, "fnt-rate": plan.low_rate(t)}), "fnt-epochs",
                              plan.FNT_EPOCHS) for t in tasks]
    commands += [command(t, plan.scheme_variants(t)[-1].options, t.seeds) for t in tasks]
    return Section("Fine-tuning", sentence, ["run", *task_header(tasks)], rows, commands)


def accumulators(results, tasks):
    variants = plan.accumulator_variants()
    tasks = [plan.shorter(task) for task in tasks]
    rows = variant_table(results, tasks, lambda _: variants)
    exact = []
    for row, variant in zip(rows, variants):
        counts = [same_weights(results, t, variant, plan.EXACT, t.seeds) for t in tasks]
        row.append(", ".join(f"{c} of {t.seeds}" for c, t in zip(counts, tasks)))
        if variant.label != "exact" and all(c == t.seeds for c, t in zip(counts, tasks)):
            exact.append(variant.label)
    sentence = ("LUQ with the sums of all 4-bit GEMMs in such an accumulator; the last column counts the runs that end with "
                f"the weights of exact sums, bit for bit. In every run: {names(exact)}.")
    commands = [commands_for(t, "accumulator", plan.ACCUMULATORS) for t in tasks]
    header = ["accumulator", *task_header(tasks), "same weights as exact"]
    return Section("Accumulators", sentence, header, rows, commands, text_columns=(0, len(header) - 1))


def random_bits(results, tasks):
    variants = plan.random_bit_variants()
    tasks = [plan.shorter(task) for task in tasks]
    rows = variant_table(results, tasks, lambda _: variants)
    _, significant = difference_table(results, tasks, lambda _: variants, "16")
    sentence = ("LUQ whose rounding draws fewer random bits for an element. Told from 16 bits by a paired t-test at 1%: "
                f"{significant}.")
    commands = [commands_for(t, "random-bits", plan.RANDOM_BITS) for t in tasks]
    return Section("Random bits", sentence, ["bits", *task_header(tasks)], rows, commands)


def harder(results, tasks):
    """Rows are tasks here, columns schemes."""
    rows, apart = [], []
    for task in tasks:
        values = {s: final_values(results, task, plan.Variant(s, {"scheme": s}), task.seeds) for s in plan.HARDER_SCHEMES}
        rows.append([task.name, *(value_cell(task, v) for v in values.values())])
        apart += [f"{scheme} ({task.name})" for scheme in plan.HARDER_SCHEMES[2:]
                  if is_significant(paired_differences(values[scheme], values["fp32_grad"]))]
    sentence = ("Deeper and narrower networks on the digits, and larger or smaller batches, % right: does gradient "
                f"quantization show? Told from fp32_grad by a paired t-test at 1%: {names(apart)}.")
    commands = [command(t, {"scheme": ",".join(plan.HARDER_SCHEMES)}, t.seeds) for t in tasks]
    return Section("Harder digits", sentence, [f"network ({seeds_text(tasks[0])})", *plan.HARDER_SCHEMES], rows, commands)


PROBE_COLUMNS = [("dW", "local", "cosine"), ("dW", "local", "slope"), ("dW", "local", "error"),
                 ("dW", "network", "cosine"), ("dW", "network", "slope"), ("dW", "network", "error"),
                 ("G", "local", "cosine"), ("G", "local", "slope"), ("G", "network", "cosine")]


def probes(results, task):
    rows = []
    for variant in plan.probe_variants(task):
        means = [probe_mean(probe_rows(results, task, variant, gradient, reference), name)
                 for gradient, reference, name in PROBE_COLUMNS]
        rows.append([variant.label, *(f"{m:.3f}" for m in means)])
    cosine = {row[0]: float(row[4]) for row in rows}
    slope = {row[0]: float(row[5]) for row in rows}
    best, last = max(cosine, key=cosine.get), min(cosine, key=cosine.get)
    far = max(slope, key=lambda s: abs(slope[s] - 1))
    sentence = (f"Gradients of {task.name} along one run against those of an fp32 backward pass, means over layers and "
                f"every {task.probe_every}th step (docs/training.md, Probes). The direction of dW is kept best by {best} "
                f"({cosine[best]:.3f}), least by {last} ({cosine[last]:.3f}); the slope is farthest from 1 with {far} "
                f"({slope[far]:.3f}).")
    header = ["scheme", *(f"{g} {r}: {n}" for g, r, n in PROBE_COLUMNS)]
    schemes_of_loop = " ".join(plan.GRADIENT_SCHEMES)
    run = key_of({**task.options, "scheme": "$x", "probe-every": task.probe_every})
    commands = [f"for x in {schemes_of_loop}; do luqtrain {run} --probe $x.csv; done"]
    return Section(f"Gradients along a run: {task.name}", sentence, header, rows, commands)


def recorded_gradients(traces):
    sentence = ("Gradients in recorded traces before quantization: a lognormal fit of their magnitudes (mean and deviation "
                "of log2, Kolmogorov-Smirnov distance), the share of exact zeros and, of the others, below alpha. The last "
                "columns test the codes of LUQ: the sum of their errors over the deviation that theory gives it (within 2 "
                "or 3 of 0 if there is no bias), and their squared errors over the variance of theory (1).")
    return Section("Gradients in recorded traces", sentence, HEADER, gradient_rows(traces),
                   ["reports/study/gradients.py traces/samples/*.safetensors"], text_columns=(0, 2))


def all_sections(results, tasks, harder_tasks, traces):
    return [schemes(results, tasks), quantized_gradients(results, tasks),
            *([harder(results, harder_tasks)] if harder_tasks else []), fine_tuning(results, tasks),
            accumulators(results, tasks), random_bits(results, tasks), *(probes(results, t) for t in tasks),
            recorded_gradients(traces)]
