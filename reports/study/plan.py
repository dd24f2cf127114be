"""Which runs the study consists of."""
from dataclasses import dataclass, field, replace

GRADIENT_SCHEMES = ["luq", "luq+smp2", "hindsight", "pow2", "rdnp", "rdnp+su", "sr", "int4_sr"]
SCHEMES = ["fp32", "fp32_grad", *GRADIENT_SCHEMES]
FNT_EPOCHS = [1, 2, 3]
LOW_RATE = 0.1  # of fine-tuning, as part of the rate
RANDOM_BITS = [4, 6, 8, 12, 16]
ACCUMULATORS = ["int16", "int20", "int24", "int32", "fp32", "fp16", "bf16", "chunk"]


@dataclass(frozen=True)
class Task:
    """A network and a set; options of luqtrain by name."""

    name: str
    options: dict
    seeds: int
    few_seeds: int  # of what varies something else than the scheme, see `shorter`
    probe_every: int
    rate: float  # of the recipe or the options
    text: bool = False  # judged by bits per character, else by the share that is right
    few_epochs: int = 0  # with the few seeds; 0: as many

    @property
    def unit(self):
        return "bits per character" if self.text else "% right"


def shorter(task):
    """The task of accumulators and random bits."""
    epochs = task.few_epochs or task.options["epochs"]
    return replace(task, seeds=task.few_seeds, options={**task.options, "epochs": epochs})


@dataclass(frozen=True)
class Variant:
    label: str
    options: dict = field(default_factory=dict)


def options_of(task, variant, seed):
    return {**task.options, **variant.options, "seed": seed}


EXACT = Variant("exact", {"scheme": "luq"})


def low_rate(task):
    return round(LOW_RATE * task.rate, 6)


def low_rate_variant(task, epochs):
    return Variant(f"luq+fnt{epochs}, low rate", {"scheme": "luq", "fnt-rate": low_rate(task), "fnt-epochs": epochs})


def scheme_variants(task):
    """Every scheme; fine-tuning, and as many more epochs of LUQ instead."""
    longest = FNT_EPOCHS[-1]
    return [
        *(Variant(scheme, {"scheme": scheme}) for scheme in SCHEMES),
        *(Variant(f"luq+fnt{n}", {"scheme": "luq", "fnt-epochs": n}) for n in FNT_EPOCHS),
        *(low_rate_variant(task, n) for n in FNT_EPOCHS),
        Variant(f"luq, {longest} more epochs", {"scheme": "luq", "epochs": task.options["epochs"] + longest}),
    ]


def random_bit_variants():
    return [Variant(str(b), {"scheme": "luq", "random-bits": b} if b != 16 else {"scheme": "luq"}) for b in RANDOM_BITS]


def accumulator_variants():
    return [EXACT, *(Variant(a, {"scheme": "luq", "accumulator": a}) for a in ACCUMULATORS)]


def probe_variants(task):
    return [Variant(s, {"scheme": s, "probe-every": task.probe_every}) for s in GRADIENT_SCHEMES]


# Of digits-mlp: do they tell gradient schemes apart?
HARDER_SCHEMES = ["fp32", "fp32_grad", "luq", "luq+smp2", "sr", "int4_sr"]
HARDER = [
    Variant("5 layers of 16, batch 256", {"hidden": 16, "hidden-layers": 5, "rate": 0.02, "batch": 256, "epochs": 60}),
    Variant("12 layers of 64", {"hidden": 64, "hidden-layers": 12, "rate": 0.01, "epochs": 40}),
    Variant("8 layers of 256, batch 16, all in 4 bits",
            {"hidden": 256, "hidden-layers": 8, "rate": 0.01, "batch": 16, "epochs": 10, "first-in-4-bits": True,
             "last-in-4-bits": True}),
]


def harder_tasks(small):
    """Tasks that are compared in one table; none in the small study."""
    return [] if small else [Task(v.label, {"recipe": "digits-mlp", **v.options}, 3, 3, 0, 0.0) for v in HARDER]


def harder_runs(task):
    for scheme in HARDER_SCHEMES:
        for seed in range(1, task.seeds + 1):
            yield options_of(task, Variant(scheme, {"scheme": scheme}), seed)


FULL = [
    Task("digits-mlp", {"recipe": "digits-mlp", "epochs": 20}, 10, 5, 20, 0.05),
    Task("digits-cnn", {"recipe": "digits-cnn", "epochs": 10}, 5, 2, 20, 0.05),
    Task("deep-mlp", {"recipe": "digits-mlp", "hidden": 16, "hidden-layers": 8, "rate": 0.02, "epochs": 40}, 5, 2, 40, 0.02),
    Task("char-gpt", {"recipe": "char-gpt", "epochs": 12}, 3, 1, 50, 0.1, text=True, few_epochs=4),
]
SMALL = [
    Task("digits-mlp", {"recipe": "digits-mlp", "hidden": 24, "batch": 128, "epochs": 1}, 2, 2, 5, 0.05),
    Task("char-gpt", {"recipe": "char-gpt", "context": 8, "width": 12, "heads": 2, "batch": 8, "steps-per-epoch": 4,
                      "epochs": 1}, 2, 2, 2, 0.1, text=True),
]


def image_task(images, labels):
    return Task(images, {"recipe": "digits-mlp", "images": images, "labels": labels, "epochs": 5}, 3, 3, 100, 0.05)


def text_task(text):
    return Task(text, {"recipe": "char-gpt", "text": text, "epochs": 12}, 3, 3, 100, 0.1, text=True)


def all_runs(task):
    """The options of every run of a task. The same options may come twice: they are one run."""
    for variant in scheme_variants(task):
        for seed in range(1, task.seeds + 1):
            yield options_of(task, variant, seed)
    for variant in [*random_bit_variants(), *accumulator_variants()]:
        for seed in range(1, task.few_seeds + 1):
            yield options_of(shorter(task), variant, seed)
    for variant in probe_variants(task):
        yield options_of(task, variant, 1)
