"""Which runs the study consists of."""
from dataclasses import dataclass, field

GRADIENT_SCHEMES = ["luq", "luq+smp2", "hindsight", "pow2", "rdnp", "rdnp+su", "sr", "int4_sr"]
SCHEMES = ["fp32", "fp32_grad", *GRADIENT_SCHEMES]
FNT_EPOCHS = [1, 2, 3]
RANDOM_BITS = [4, 6, 8, 12, 16]
ACCUMULATORS = ["int16", "int20", "int24", "int32", "fp32", "fp16", "bf16", "chunk"]


@dataclass(frozen=True)
class Task:
    """A network and a set; options of luqtrain by name."""

    name: str
    options: dict
    seeds: int
    few_seeds: int  # of what varies something else than the scheme
    probe_every: int
    text: bool = False  # judged by bits per character, else by the share that is right

    @property
    def unit(self):
        return "bits per character" if self.text else "% right"


@dataclass(frozen=True)
class Variant:
    label: str
    options: dict = field(default_factory=dict)


def options_of(task, variant, seed):
    return {**task.options, **variant.options, "seed": seed}


EXACT = Variant("exact", {"scheme": "luq"})


def scheme_variants(task):
    """Every scheme; fine-tuning, and as many more epochs of LUQ instead."""
    longest = FNT_EPOCHS[-1]
    return [
        *(Variant(scheme, {"scheme": scheme}) for scheme in SCHEMES),
        *(Variant(f"luq+fnt{n}", {"scheme": "luq", "fnt-epochs": n}) for n in FNT_EPOCHS),
        Variant(f"luq, {longest} more epochs", {"scheme": "luq", "epochs": task.options["epochs"] + longest}),
    ]


def random_bit_variants():
    return [Variant(str(b), {"scheme": "luq", "random-bits": b} if b != 16 else {"scheme": "luq"}) for b in RANDOM_BITS]


def accumulator_variants():
    return [EXACT, *(Variant(a, {"scheme": "luq", "accumulator": a}) for a in ACCUMULATORS)]


def probe_variants(task):
    return [Variant(s, {"scheme": s, "probe-every": task.probe_every}) for s in GRADIENT_SCHEMES]


FULL = [
    Task("digits-mlp", {"recipe": "digits-mlp", "epochs": 20}, 10, 5, 20),
    Task("digits-cnn", {"recipe": "digits-cnn", "epochs": 10}, 10, 5, 20),
    Task("deep-mlp", {"recipe": "digits-mlp", "hidden": 16, "hidden-layers": 8, "rate": 0.02, "epochs": 40}, 10, 5, 40),
    Task("char-gpt", {"recipe": "char-gpt", "epochs": 12}, 5, 3, 50, text=True),
]
SMALL = [
    Task("digits-mlp", {"recipe": "digits-mlp", "hidden": 24, "batch": 128, "epochs": 1}, 2, 2, 5),
    Task("char-gpt", {"recipe": "char-gpt", "context": 8, "width": 12, "heads": 2, "batch": 8, "steps-per-epoch": 4,
                      "epochs": 1}, 2, 2, 2, text=True),
]


def image_task(images, labels):
    return Task(images, {"recipe": "digits-mlp", "images": images, "labels": labels, "epochs": 5}, 3, 3, 100)


def text_task(text):
    return Task(text, {"recipe": "char-gpt", "text": text, "epochs": 12}, 3, 3, 100, text=True)


def all_runs(task):
    """The options of every run of a task. The same options may come twice: they are one run."""
    for variant in scheme_variants(task):
        for seed in range(1, task.seeds + 1):
            yield options_of(task, variant, seed)
    for variant in [*random_bit_variants(), *accumulator_variants()]:
        for seed in range(1, task.few_seeds + 1):
            yield options_of(task, variant, seed)
    for variant in probe_variants(task):
        yield options_of(task, variant, 1)
